using System.CommandLine;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;

namespace XanesMl.Edge.Watching;

/// <summary>The verb watch: files that arrive in a folder in, results in another folder out.</summary>
internal sealed class WatchVerb
{
    /// <summary>Exit code of a watcher that was stopped.</summary>
    public const int Interrupted = 130;

    private const double LongestTime = 86400;

    private readonly TextWriter _messages;
    private readonly Argument<string> _folder = new("FOLDER") { Description = "The folder where files arrive." };
    private readonly Option<string> _output = new("--out") { Description = "Folder of results, of this watcher alone; made where it is missing.", HelpName = "FOLDER", Required = true };
    private readonly Option<string> _model = new("--model") { Description = "The model folder.", HelpName = "DIR", Required = true };
    private readonly Option<double> _poll = new("--poll") { Description = "Longest time between two looks at the folder, s. Default: 1.", HelpName = "S", DefaultValueFactory = _ => WatchOptions.DefaultPoll };
    private readonly Option<double> _settle = new("--settle") { Description = "A file is taken when its size and time have been the same for so long, s. Default: 3.", HelpName = "S", DefaultValueFactory = _ => WatchOptions.DefaultSettle };
    private readonly Option<bool> _once = new("--once") { Description = "Do what is there now, then end." };
    private readonly Option<bool> _recursive = new("--recursive") { Description = "Watch the folders in it too." };
    private readonly Option<bool> _quiet = new("--quiet") { Description = "Only errors on standard error." };

    private WatchVerb(TextWriter messages) => _messages = messages;

    public static Command Create(TextWriter messages)
    {
        var verb = new WatchVerb(messages);
        var command = new Command("watch", "Predict every file that arrives in a folder, exactly once.\n\nExample:\n  xanesml-edge watch scans --out results")
        {
            verb._folder, verb._output, verb._model, verb._poll, verb._settle, verb._once, verb._recursive, verb._quiet,
        };
        command.SetAction(verb.Run);
        return command;
    }

    private static TimeSpan Time(ParseResult parsed, Option<double> option, double least)
    {
        double s = parsed.GetValue(option);
        return s >= least && s <= LongestTime ? TimeSpan.FromSeconds(s)
            : throw new XanesDataException(FormattableString.Invariant($"the time is {s} s"), "option " + option.Name, remedy: FormattableString.Invariant($"Give {least} to {LongestTime} s."));
    }

    private int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(_quiet);
        var options = new WatchOptions
        {
            Folder = parsed.GetRequiredValue(_folder), Output = parsed.GetRequiredValue(_output), Once = parsed.GetValue(_once), Recursive = parsed.GetValue(_recursive),
            Poll = Time(parsed, _poll, 0.01), Settle = Time(parsed, _settle, 0),
        };
        using var model = SpectrumModel.Open(parsed.GetRequiredValue(_model));
        using var stop = new StopSignal();
        using var watcher = new Watcher(options, new ModelScorer(model), new OutputFiles(), TimeProvider.System, (line, isError) =>
        {
            if (isError)
                EdgeCommandLine.Line(_messages, line);
            else if (!quiet)
                _messages.WriteLine(line);
        });
        watcher.Open();
        return watcher.Run(stop.Token);
    }
}
