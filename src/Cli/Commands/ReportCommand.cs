using System.CommandLine;
using XanesMl.Cli.Reporting;
using XanesMl.Cli.Reporting.Comparing;
using XanesMl.Cli.Terminal;
using XanesMl.Spectra;

namespace XanesMl.Cli.Commands;

/// <summary>xanesml report: what a finished run has learnt, for people.</summary>
internal static class ReportCommand
{
    /// <summary>The verb and its example.</summary>
    public static (Command Command, string Example) Create(CliHost host)
    {
        var run = Options.Path("--run", "DIR", "Run folder that train, select or demo wrote.");
        var compare = new Option<string[]>("--compare")
        {
            Description = "Run folders to put side by side, the reference first: which differences are larger than their noise.",
            HelpName = "DIR",
            AllowMultipleArgumentsPerToken = true,
            Arity = ArgumentArity.OneOrMore,
        };
        var data = RunOptions.Tables("The tables that the run was trained on, in their order. Default: those that run.json names. Without them the report has no figures of held-out rows.");
        var output = Options.Path("--out", "DIR", "Folder to write: report.html, plots/, metrics.json. Default: the run folder; of a comparison: xanesml-compare.");
        var json = Options.Json("metrics.json with what the report adds");
        var quiet = Options.Quiet();
        var command = new Command("report", "Write report.html of a finished run, with its figures (PNG, SVG) and the numbers behind them (CSV, JSON).")
        {
            run, compare, data, output, json, quiet,
        };
        command.SetAction(result =>
        {
            if (result.GetValue(compare) is { Length: > 0 } folders)
                return Compare(host, folders, result.GetValue(run), result.GetValue(data) ?? [], result.GetValue(output) ?? CompareRun.DefaultOutput, result.GetValue(json), result.GetValue(quiet));
            string folder = result.GetValue(run) ?? throw new XanesDataException("no run folder is named", "--run", remedy: "Give --run DIR, or --compare DIR DIR.");
            string? target = result.GetValue(output);
            var report = RunReport.Execute(host, folder, result.GetValue(data) ?? [], target, result.GetValue(quiet));
            if (result.GetValue(json))
                host.Out.Write(report.Metrics);
            else if (!result.GetValue(quiet))
                host.Out.Write(string.Concat(RunSummary.Sentences(report.Numbers).Concat(report.Numbers.Missing).Select(s => SafeText.OneLine(s) + "\n"))
                    + $"\nreport:  {SafeText.OneLine(Path.Combine(target ?? folder, RunReport.PageName))}\nfigures: {SafeText.OneLine(Path.Combine(target ?? folder, RunReport.PlotsName))}\n");
            return ExitCode.Done;
        });
        return (command, "xanesml report --run runs/Cu --data Cu.csv.gz\nxanesml report --compare runs/a runs/b runs/c --data Cu.csv.gz --out comparison");
    }

    private static int Compare(CliHost host, string[] folders, string? run, string[] data, string output, bool json, bool quiet)
    {
        if (run is not null)
            throw new XanesDataException("--run and --compare are both given", "--run", remedy: "Give one of them; --compare takes every run folder.");
        var written = CompareRun.Execute(host, folders, data, output, quiet);
        if (json)
            host.Out.Write(written.Json);
        else if (!quiet)
            host.Out.Write(string.Concat(written.Result.Sentences.Select(s => SafeText.OneLine(s) + "\n")) + $"\ncomparison: {SafeText.OneLine(Path.Combine(output, CompareRun.PageName))}\n");
        return ExitCode.Done;
    }
}
