using System.CommandLine;
using XanesMl.Cli.Reporting;
using XanesMl.Cli.Terminal;
using XanesMl.Inference.Evaluation;
using XanesMl.Spectra.IO;
using XanesMl.Spectra.Reading;
using XanesMl.Training.Runs;

namespace XanesMl.Cli.Commands;

/// <summary>xanesml evaluate: a model folder against a labelled table.</summary>
internal static class EvaluateCommand
{
    /// <summary>The verb and its example.</summary>
    public static (Command Command, string Example) Create(CliHost host)
    {
        var model = Options.Path("--model", "DIR", "Model folder.", required: true);
        var data = RunOptions.Tables("Tables with AUX_ columns of the model's descriptors (.csv, .csv.gz, .parquet), or a folder of them.", required: true);
        var output = Options.Path("--out", "metrics.json", "Write the metrics to this file.");
        var rows = Options.Choice("--rows", "Which rows: all, or those that the model's split kept for the test (of its training table only). Default: all.", "all", "test");
        var resample = Options.Resample();
        var json = Options.Json("the metrics");
        var quiet = Options.Quiet();
        var command = new Command("evaluate", "Score a model on a table with known descriptors, beside simple baselines where its training rows are at hand.")
        {
            model, data, output, rows, resample, json, quiet,
        };
        command.SetAction(result =>
        {
            host.Interrupt.ThrowIfCancellationRequested();
            if (result.GetValue(output) is { } target)
                AtomicFile.RequireNotInput(target, result.GetRequiredValue(data));
            var which = result.GetValue(rows) == "test" ? EvaluationRows.Test : EvaluationRows.All;
            var report = ModelEvaluation.Evaluate(result.GetRequiredValue(model), SpectraTableReader.ReadMany(result.GetRequiredValue(data)), which, result.GetValue(resample));
            if (result.GetValue(output) is { } path)
                MetricsFile.Write(path, report);
            if (result.GetValue(json))
                host.Out.WriteLine(MetricsJson.Serialize(report));
            else if (!result.GetValue(quiet))
                host.Out.Write(MetricsTable.Descriptors(report) + "\n" + MetricsTable.Notes(report));
            return ExitCode.Done;
        });
        return (command, "xanesml evaluate --model models/Cu --data measured.csv.gz --resample --out metrics.json");
    }
}
