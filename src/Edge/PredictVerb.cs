using System.CommandLine;
using System.Globalization;
using XanesMl.Inference;
using XanesMl.Inference.Domain;
using XanesMl.Inference.Predictions;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Spectra.IO;
using XanesMl.Spectra.Reading;

namespace XanesMl.Edge;

/// <summary>The verb predict: tables of spectra in, one row a spectrum out.</summary>
internal sealed class PredictVerb
{
    private readonly Stream _results;
    private readonly TextWriter _messages;

    private PredictVerb(Stream results, TextWriter messages) => (_results, _messages) = (results, messages);

    public static Command Create(Stream results, TextWriter messages)
    {
        var inputs = new Argument<string[]>("INPUT")
        {
            Description = "Tables of spectra in RankAAE format: .csv, .csv.gz, .parquet, or folders of them.",
            Arity = ArgumentArity.OneOrMore,
        };
        var model = new Option<string>("--model") { Description = "The model folder.", HelpName = "DIR", Required = true };
        var output = new Option<string?>("--out") { Description = "Results file, .csv, .jsonl or .parquet; standard output without it.", HelpName = "FILE" };
        var resample = new Option<bool>("--resample") { Description = "Put spectra of another energy grid onto the model's grid by a quadratic spline." };
        var json = new Option<bool>("--json") { Description = "JSON lines instead of CSV on standard output." };
        var quiet = new Option<bool>("--quiet") { Description = "No summary on standard error." };
        var command = new Command("predict", "Predict the descriptors of spectra, each with its 90 % interval and a verdict on the model's domain.\n\n" +
            "Example:\n  xanesml-edge predict scan.csv --model models/Cu --out results.csv")
        {
            inputs, model, output, resample, json, quiet,
        };
        var verb = new PredictVerb(results, messages);
        command.SetAction(p => verb.Run(p.GetValue(inputs)!, p.GetValue(model)!, p.GetValue(output), p.GetValue(resample), p.GetValue(json), p.GetValue(quiet)));
        return command;
    }

    private int Run(string[] inputs, string modelFolder, string? output, bool resample, bool json, bool quiet)
    {
        if (output is not null && json)
            throw new XanesDataException("--json says how standard output looks, --out names a file", "--json", remedy: "Give --out a name that ends in .jsonl, or leave one of them out.");
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
            try
            {
                foreach (var table in SpectraTableReader.ReadMany([input]))
                    rows.AddRange(TablePredictor.Predict(model, table, resample));
            }
            catch (XanesDataException e)
            {
                // Names the input where the message itself does not: a mismatch of grids knows no file.
                EdgeCommandLine.Line(_messages, e.InputSource is null ? $"{input}: {e.Message}" : e.Message);
                failed++;
            }
        }

        if (failed == inputs.Length)
            return EdgeCommandLine.Bad;
        WriteResults(PredictionTable.Of(model, rows), output, json);
        if (!quiet)
            Summarize(rows, model.Folder.Id, failed);
        return failed == 0 ? EdgeCommandLine.Done : EdgeCommandLine.SomeFailed;
    }

    private void WriteResults(PredictionTable table, string? output, bool json)
    {
        if (output is not null)
            PredictionWriter.Write(output, table);
        else if (json)
            PredictionWriter.WriteJsonLines(_results, table);
        else
            PredictionWriter.WriteCsv(_results, table);
        _results.Flush();
    }

    private void Summarize(List<SpectrumPrediction> rows, string modelId, int failed)
    {
        string verdicts = string.Join(", ", Enum.GetValues<Verdict>().Select(v => (Verdict: v, Count: rows.Count(r => r.Verdict == v)))
            .Where(v => v.Count > 0).Select(v => string.Create(CultureInfo.InvariantCulture, $"{v.Count} {v.Verdict.ToText()}")));
        _messages.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{rows.Count} {(rows.Count == 1 ? "spectrum" : "spectra")} with model {modelId}: {verdicts}{(failed > 0 ? $"; {failed} of the inputs failed" : "")}"));
    }
}
