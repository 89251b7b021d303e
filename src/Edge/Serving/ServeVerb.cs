using System.CommandLine;
using XanesMl.Inference.Predictions;
using XanesMl.Spectra.IO;
using XanesMl.Verbs;

namespace XanesMl.Edge.Serving;

/// <summary>The verb serve: predictions over HTTP, and the page that explores a model.</summary>
internal sealed class ServeVerb
{
    private static readonly ServeOptions s_defaults = new();

    private readonly Option<string> _urls = Options.Path("--urls", "URL", $"Where to listen; several separated by semicolons. What other machines can reach needs a token. Default: {s_defaults.Urls}.");
    private readonly Option<string> _model = Options.Path("--model", "DIR", "Model folder. Default: the models in the program.");
    private readonly Option<string> _token = Options.Path("--token", "TOKEN",
        $"What clients send as Authorization: Bearer TOKEN, {ServeOptions.ShortestToken} characters or more. Default: as {ServeOptions.TokenVariable} says.");
    private readonly Option<string[]> _hosts = new("--host") { HelpName = "NAME", Description = "A further name by which clients address this server; may be repeated." };
    private readonly Option<int?> _body = Number("--max-body", "MIB", "Largest request body.", s_defaults.MaxBodyMiB, ServeOptions.MostBodyMiB);
    private readonly Option<int?> _batch = Number("--max-batch", "N", "Most spectra of a batch.", s_defaults.MaxBatch, ServeOptions.MostBatch);
    private readonly Option<int?> _rate = Number("--rate", "N", "Requests a second from one address.", s_defaults.Rate, ServeOptions.MostRate);
    private readonly Option<int?> _seconds = Number("--seconds", "S", "Time for one request.", s_defaults.Seconds, ServeOptions.MostSeconds);
    private readonly Option<int?> _connections = Number("--connections", "N", "Connections at the same time.", s_defaults.Connections, ServeOptions.MostConnections);
    private readonly Option<int?> _waiting = Number("--waiting", "N", "Requests that may wait for their turn.", s_defaults.Waiting, ServeOptions.MostConnections);
    private readonly Option<int?> _threads = Options.Whole("--threads", "N", "Spectra computed at the same time. Default: one a core.", 1, ServeOptions.MostThreads);
    private readonly Option<bool> _quiet = Options.Quiet();
    private readonly VerbHost _host;

    private ServeVerb(VerbHost host) => _host = host;

    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbHost host)
    {
        var verb = new ServeVerb(host);
        var command = new Command("serve", "Answer over HTTP, on this machine only unless told otherwise; the page at / shows how a spectrum changes with each descriptor.");
        foreach (var option in new Option[]
        {
            verb._urls, verb._model, verb._token, verb._hosts, verb._body, verb._batch, verb._rate, verb._seconds, verb._connections, verb._waiting, verb._threads, verb._quiet,
        })
            command.Add(option);
        command.SetAction(result => verb.Run(result).GetAwaiter().GetResult());
        return command;
    }

    private static Option<int?> Number(string name, string help, string description, int value, int most) =>
        Options.Whole(name, help, FormattableString.Invariant($"{description} Default: {value}."), 1, most);

    private ServeOptions Get(ParseResult result) => new()
    {
        Urls = result.GetValue(_urls) ?? s_defaults.Urls,
        Token = result.GetValue(_token) ?? (Environment.GetEnvironmentVariable(ServeOptions.TokenVariable) is { Length: > 0 } token ? token : null),
        Hosts = result.GetValue(_hosts) ?? [],
        MaxBodyMiB = result.GetValue(_body) ?? s_defaults.MaxBodyMiB,
        MaxBatch = result.GetValue(_batch) ?? s_defaults.MaxBatch,
        Rate = result.GetValue(_rate) ?? s_defaults.Rate,
        Seconds = result.GetValue(_seconds) ?? s_defaults.Seconds,
        Connections = result.GetValue(_connections) ?? s_defaults.Connections,
        Waiting = result.GetValue(_waiting) ?? s_defaults.Waiting,
        Threads = result.GetValue(_threads) ?? s_defaults.Threads,
    };

    private async Task<int> Run(ParseResult result)
    {
        var options = Get(result);
        options.Validate();
        using var models = result.GetValue(_model) is { } folder ? ModelSet.Open(folder) : _host.ShippedModels!();
        // Loaded and tried before the first request, which would have to wait otherwise, or learn that a model is damaged.
        foreach (var entry in models.Entries)
            _ = entry.Model.DecodeStyles(new float[entry.Metadata.StyleCount], 1);
        await using var server = new EdgeServer(models, options, _host.Error, _host.Clock);
        await server.StartAsync();
        bool quiet = result.GetValue(_quiet);
        if (!quiet)
            _host.Say($"serving {string.Join(", ", models.Identities.Select(m => SafeText.OneLine(m.Name) + " (" + m.Id + ")"))} at {string.Join(" and ", server.Addresses)}; Ctrl-C ends it");
        var interrupted = new TaskCompletionSource();
        await using (_host.Interrupt.Register(interrupted.SetResult))
            await interrupted.Task;
        await server.StopAsync();
        if (!quiet)
            _host.Say(FormattableString.Invariant($"ended after {server.Counts.Requests} requests and {server.Counts.Spectra} spectra"));
        return ExitCode.Done;
    }
}
