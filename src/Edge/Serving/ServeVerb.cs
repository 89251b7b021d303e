using System.CommandLine;
using XanesMl.Inference.Sessions;

namespace XanesMl.Edge.Serving;

/// <summary>The verb serve: predictions over HTTP, and the page that explores a model.</summary>
internal sealed class ServeVerb
{
    private static readonly ServeOptions s_defaults = new();

    private readonly Option<string> _urls = new("--urls") { HelpName = "URL", Description = "Where to listen; several separated by semicolons. Addresses that other machines can reach need a token.", DefaultValueFactory = _ => s_defaults.Urls };
    private readonly Option<string> _model = new("--model") { HelpName = "DIR", Description = "The model folder.", Required = true };
    private readonly Option<string?> _token = new("--token") { HelpName = "TOKEN", Description = $"What clients send as Authorization: Bearer TOKEN, {ServeOptions.ShortestToken} characters or more. Also read from {ServeOptions.TokenVariable}." };
    private readonly Option<string[]> _hosts = new("--host") { HelpName = "NAME", Description = "A further name by which clients address this server; may be repeated." };
    private readonly Option<int> _body = Number("--max-body", "MIB", "Largest request body.", s_defaults.MaxBodyMiB);
    private readonly Option<int> _rate = Number("--rate", "N", "Requests a second from one address.", s_defaults.Rate);
    private readonly Option<int> _seconds = Number("--seconds", "S", "Time for one request.", s_defaults.Seconds);
    private readonly Option<int> _parallel = new("--parallel") { HelpName = "N", Description = "Spectra computed at the same time. Default: the number of cores.", DefaultValueFactory = _ => s_defaults.Parallel };
    private readonly Option<int> _batch = Number("--max-batch", "N", "Most spectra of a batch.", s_defaults.MaxBatch);
    private readonly Option<int> _connections = Number("--connections", "N", "Connections at the same time.", s_defaults.Connections);
    private readonly Option<int> _waiting = Number("--waiting", "N", "Requests that may wait for their turn.", s_defaults.Waiting);
    private readonly Option<bool> _quiet = new("--quiet") { Description = "No messages on standard error; errors still show." };
    private readonly TextWriter _messages;

    private ServeVerb(TextWriter messages) => _messages = messages;

    /// <summary>Creates the command.</summary>
    public static Command Create(TextWriter messages)
    {
        var verb = new ServeVerb(messages);
        var command = new Command("serve", "Answer over HTTP, on this machine only unless told otherwise; the page at / shows how a spectrum changes with each descriptor.\n\n" +
            "Example:\n  xanesml-edge serve --model models/Cu");
        foreach (var option in new Option[]
        {
            verb._urls, verb._model, verb._token, verb._hosts, verb._body, verb._rate, verb._seconds, verb._parallel, verb._batch, verb._connections, verb._waiting, verb._quiet,
        })
            command.Add(option);
        // Not as an asynchronous action: the host itself ends gracefully on SIGTERM and SIGINT, and two handlers of one signal would race.
        command.SetAction(result => verb.Run(result).GetAwaiter().GetResult());
        return command;
    }

    private static Option<int> Number(string name, string help, string description, int value) => new(name) { HelpName = help, Description = description, DefaultValueFactory = _ => value };

    private ServeOptions Options(ParseResult result) => new()
    {
        Urls = result.GetRequiredValue(_urls),
        Token = result.GetValue(_token) ?? (Environment.GetEnvironmentVariable(ServeOptions.TokenVariable) is { Length: > 0 } token ? token : null),
        Hosts = result.GetValue(_hosts) ?? [], MaxBodyMiB = result.GetValue(_body), Rate = result.GetValue(_rate), Seconds = result.GetValue(_seconds), Parallel = result.GetValue(_parallel),
        MaxBatch = result.GetValue(_batch), Connections = result.GetValue(_connections), Waiting = result.GetValue(_waiting),
    };

    private async Task<int> Run(ParseResult result)
    {
        var options = Options(result);
        options.Validate();
        using var models = new ServedModels([SpectrumModel.Open(result.GetRequiredValue(_model))]);
        await using var server = new EdgeServer(models, options, _messages);
        await server.StartAsync();
        bool quiet = result.GetValue(_quiet);
        if (!quiet)
            _messages.WriteLine($"xanesml-edge {EdgeServer.Version} serves {string.Join(", ", models.All.Select(m => $"{m.Metadata.Name} ({m.Folder.Id})"))} at {string.Join(" and ", server.Addresses)}. Ctrl+C ends it.");
        await server.WaitAsync();
        if (!quiet)
            _messages.WriteLine(FormattableString.Invariant($"xanesml-edge: ended after {server.Counts.Requests} requests and {server.Counts.Spectra} spectra"));
        return EdgeCommandLine.Done;
    }
}
