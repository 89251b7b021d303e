using System.CommandLine;
using XanesMl.Cli.Terminal;
using XanesMl.Spectra.Reading;
using XanesMl.Training.Runs;

namespace XanesMl.Cli.Commands;

/// <summary>xanesml select: trials of one or several run folders to the run folder that one process would have written.</summary>
internal static class SelectCommand
{
    /// <summary>The verb and its example.</summary>
    public static (Command Command, string Example) Create(CliHost host)
    {
        var folders = new Argument<string[]>("DIR") { Description = "Run folders with trials that xanesml train --trial-range has trained.", Arity = ArgumentArity.OneOrMore };
        var data = RunOptions.Tables("The tables that the trials were trained on, in the same order: they calibrate and evaluate.", required: true);
        var output = Options.Path("--out", "DIR", "Folder to write: model/, metrics.json, trials.csv, losses.csv, run.json, report.html, plots/.", required: true);
        var top = Options.Whole("--top", "K", "Trials, the best on validation rows, whose mean the model predicts. Default: top_n of the trials' configuration.", 1, 10_000);
        var allowMissing = new Option<bool>("--allow-missing") { Description = "Go on without trials that have not ended." };
        var noReport = RunOptions.NoReport();
        var json = Options.Json("metrics.json with the trials");
        var quiet = Options.Quiet();
        var command = new Command("select", "Rank trials that several processes have trained, and export the best as a model folder.")
        {
            folders, data, output, top, allowMissing, noReport, json, quiet,
        };
        command.SetAction(result =>
        {
            var trials = GatheredTrials.Read(result.GetRequiredValue(folders), result.GetValue(allowMissing));
            var options = trials.Options;
            options = options with { TopTrials = result.GetValue(top) ?? options.TopTrials };
            string[] paths = result.GetRequiredValue(data);
            string folder = result.GetRequiredValue(output);
            var input = RunInput.Prepare(SpectraTableReader.ReadMany(paths), options);
            var request = TrainingWork.Request(input, options, folder, options.DataNotice ?? DataNotice.Of(paths), resume: false, paths);
            if (!result.GetValue(quiet))
                host.Error.WriteLine($"{trials.Count} trials of {trials.Folders.Count} run {(trials.Folders.Count == 1 ? "folder" : "folders")}");
            var selected = TrialSelection.Execute(trials, request);
            if (!result.GetValue(noReport))
                TrainingWork.Report(host, request, result.GetValue(quiet));
            TrainingWork.Print(host, selected, folder, result.GetValue(json), result.GetValue(quiet));
            return ExitCode.Done;
        });
        return (command, "xanesml select runs/Cu --data Cu.csv.gz --top 8 --out runs/Cu-best");
    }
}
