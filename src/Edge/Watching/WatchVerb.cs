using System.CommandLine;
using System.CommandLine.Parsing;
using XanesMl.Spectra;
using XanesMl.Verbs;

namespace XanesMl.Edge.Watching;

/// <summary>The verb watch: files that arrive in a folder in, results in another folder out.</summary>
internal sealed class WatchVerb
{
    private const double ShortestPoll = 0.01, LongestTime = 86_400;

    private readonly VerbHost _host;
    private readonly PredictArguments _arguments;
    private readonly Argument<string> _folder = new("FOLDER") { Description = "The folder where files arrive." };
    private readonly Option<string> _output = Options.Path("--out", "DIR", "Folder of the results, of this watcher alone; made where it is missing.", required: true);
    private readonly Option<double?> _poll = Options.Number("--poll", "S", "Longest time between two looks at the folder, seconds. Default: 1.");
    private readonly Option<double?> _settle = Options.Number("--settle", "S", "A file is taken when its size and time have been the same for so many seconds. Default: 3.");
    private readonly Option<bool> _once = new("--once") { Description = "Do what is there now, then end." };
    private readonly Option<bool> _recursive = new("--recursive") { Description = "Watch the folders in it too." };
    private readonly Option<bool> _json = new("--json") { Description = "Results as JSON lines instead of CSV." };
    private readonly Option<bool> _quiet = Options.Quiet();

    private WatchVerb(VerbHost host) => (_host, _arguments) = (host, new PredictArguments(host));

    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbHost host)
    {
        var verb = new WatchVerb(host);
        var command = new Command("watch", "Predict every file that arrives in a folder, each content exactly once, until it is stopped.")
        {
            verb._folder, verb._output, verb._poll, verb._settle, verb._once, verb._recursive, verb._json, verb._quiet,
        };
        verb._arguments.AddTo(command);
        command.SetAction(verb.Run);
        return command;
    }

    private int Run(ParseResult result)
    {
        bool quiet = result.GetValue(_quiet);
        var options = new WatchOptions
        {
            Folder = result.GetRequiredValue(_folder), Output = result.GetRequiredValue(_output), Once = result.GetValue(_once), Recursive = result.GetValue(_recursive),
            Poll = Time(result, _poll, ShortestPoll, WatchOptions.DefaultPoll), Settle = Time(result, _settle, 0, WatchOptions.DefaultSettle),
        };
        var prediction = _arguments.Get(result, _host);
        using var models = _arguments.Models(result, _host);
        var scorer = new SessionScorer(models, prediction, Given(result), result.GetValue(_json));
        using var watcher = new Watcher(options, scorer, new OutputFiles(), _host.Clock, (line, isError) =>
        {
            if (isError)
                _host.Error(line);
            else if (!quiet)
                _host.Say(line);
        });
        watcher.Open();
        return watcher.Run(_host.Interrupt);
    }

    private static TimeSpan Time(ParseResult result, Option<double?> option, double least, double usual)
    {
        double s = result.GetValue(option) ?? usual;
        return s >= least && s <= LongestTime ? TimeSpan.FromSeconds(s)
            : throw new XanesDataException(FormattableString.Invariant($"{s} s is no time to wait"), "option " + option.Name, remedy: FormattableString.Invariant($"Give {least} to {LongestTime} seconds."));
    }

    // What changes results, as it was given; the models stand beside it by their hashes.
    private string Given(ParseResult result)
    {
        Option[] others = [_output, _poll, _settle, _once, _recursive, _json, _quiet];
        return string.Join(' ', result.CommandResult.Children.OfType<OptionResult>()
            .Where(o => !o.Implicit && !others.Contains(o.Option) && o.Option.Name != "--model")
            .OrderBy(o => o.Option.Name, StringComparer.Ordinal)
            .Select(o => string.Join('=', [o.Option.Name, .. o.Tokens.Select(t => t.Value)])));
    }
}
