using System.CommandLine;
using XanesMl.Cli.Terminal;
using XanesMl.Inference.Predictions;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra.IO;
using XanesMl.Spectra.Reading;

namespace XanesMl.Cli.Commands;

/// <summary>xanesml predict: tables of spectra to descriptors with interval and verdict.</summary>
internal static class PredictCommand
{
    /// <summary>The verb and its example.</summary>
    public static (Command Command, string Example) Create(CliHost host)
    {
        var inputs = new Argument<string[]>("INPUT") { Description = "Tables of spectra (.csv, .csv.gz, .parquet), one spectrum a row.", Arity = ArgumentArity.OneOrMore };
        var model = Options.Path("--model", "DIR", "Model folder.", required: true);
        var output = Options.Path("--out", "F", "Results as .csv, .jsonl or .parquet. Default: CSV to stdout.");
        var resample = Options.Resample();
        var json = Options.Json("one object a spectrum");
        var quiet = Options.Quiet();
        var command = new Command("predict", "Predict structure descriptors of spectra, with 90 % interval and whether the model knows such spectra.")
        {
            inputs, model, output, resample, json, quiet,
        };
        command.SetAction(result => Run(host, result.GetRequiredValue(inputs), result.GetRequiredValue(model), result.GetValue(output),
            result.GetValue(resample), result.GetValue(json), result.GetValue(quiet)));
        return (command, "xanesml predict spectra.csv.gz --model models/Cu --out results.csv");
    }

    private static int Run(CliHost host, string[] inputs, string modelFolder, string? output, bool resample, bool json, bool quiet)
    {
        if (output is not null)
        {
            PredictionWriter.RequireFormat(output);
            AtomicFile.RequireNotInput(output, inputs);
        }

        using var model = SpectrumModel.Open(modelFolder);
        var rows = new List<SpectrumPrediction>();
        int failed = 0;
        foreach (string input in inputs)
        {
            host.Interrupt.ThrowIfCancellationRequested();
            try
            {
                rows.AddRange(TablePredictor.Predict(model, SpectraTableReader.Read(input), resample));
            }
            catch (Exception e) when (inputs.Length > 1 && ErrorBoundary.IsExpected(e))
            {
                // One bad file of many must not cost the others.
                host.Error.WriteLine("error: " + SafeText.OneLine(e.Message));
                failed++;
            }
        }

        if (failed == inputs.Length)
            return ExitCode.BadInput;
        Write(host, output, json, PredictionTable.Of(model, rows));
        if (!quiet)
            host.Error.WriteLine($"{rows.Count} spectra from {inputs.Length - failed} of {inputs.Length} files" + (output is null ? "" : $" written to {SafeText.OneLine(output)}"));
        return failed > 0 ? ExitCode.SomeFailed : ExitCode.Done;
    }

    private static void Write(CliHost host, string? output, bool json, PredictionTable table)
    {
        if (output is not null)
            PredictionWriter.Write(output, table);
        if (output is not null && !json)
            return;
        using var buffer = new MemoryStream();
        if (json)
            PredictionWriter.WriteJsonLines(buffer, table);
        else
            PredictionWriter.WriteCsv(buffer, table);
        host.Out.Write(System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }
}
