using System.CommandLine;
using System.Globalization;
using XanesMl.Inference.Domain;
using XanesMl.Inference.Predictions;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra.IO;

namespace XanesMl.Verbs;

/// <summary>The verb predict of both programs: files in, one row a spectrum out, and one for every file that gave none.</summary>
internal sealed class PredictVerb
{
    private readonly VerbHost _host;
    private readonly Argument<string[]> _inputs = new("INPUT")
    {
        Description = "Measured files (XDI, columns, FEFF, Athena projects, NeXus), tables of spectra, or folders of them. The content decides.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly PredictArguments _arguments;
    private readonly Option<string> _output = Options.Path("--out", "FILE", "Results as .csv, .jsonl or .parquet. Default: CSV to standard output.");
    private readonly Option<int?> _threads = Options.Whole("--threads", "N", "Files at once. Default: one a core. Results do not depend on it.", 1, 1024);
    private readonly Option<bool> _json = Options.Json("one object a spectrum");
    private readonly Option<bool> _quiet = Options.Quiet();

    private PredictVerb(VerbHost host) => (_host, _arguments) = (host, new PredictArguments(host));

    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbHost host)
    {
        var verb = new PredictVerb(host);
        var command = new Command("predict", "Predict the structure descriptors of spectra, each with its 90 % interval and a verdict on the model's domain.") { verb._inputs, verb._output, verb._threads };
        verb._arguments.AddTo(command);
        command.Add(verb._json);
        command.Add(verb._quiet);
        command.SetAction(verb.Run);
        return command;
    }

    private int Run(ParseResult result)
    {
        var loading = SpectrumModel.BeginLoading();
        try
        {
            return Predict(result);
        }
        finally
        {
            // Also where it has not been needed: a bad file must not crash the end of the process.
            loading.Wait();
        }
    }

    private int Predict(ParseResult result)
    {
        string[] inputs = result.GetRequiredValue(_inputs);
        string? output = result.GetValue(_output);
        if (output is not null)
            RequireWritable(output, [.. inputs, .. _arguments.Model(result) is { } folder ? (string[])[folder] : []]);
        var options = _arguments.Get(result, _host);
        using var models = _arguments.Models(result, _host);
        var session = new PredictionSession(models, options);
        int files = 0;
        var (rows, complete) = session.PredictUntil(inputs, result.GetValue(_threads) ?? Environment.ProcessorCount, output, of => Report(of, ref files), _host.Interrupt);
        if (!complete && rows.Count == 0)
            return ExitCode.Interrupted;
        // A part must not replace a whole.
        bool keep = !complete && output is not null && new FileInfo(output) is { Exists: true, Length: > 0 };
        Write(session.ToTable(rows), output, toFile: output is not null && !keep, result.GetValue(_json));
        if (keep)
            _host.Say($"interrupted: {output} keeps the results of an earlier run");
        else if (!result.GetValue(_quiet))
            _host.Say((complete ? "" : "interrupted: ") + Summary(rows, files, output));
        return !complete ? ExitCode.Interrupted : rows.Any(r => r.Error is not null) ? ExitCode.SomeFailed : ExitCode.Done;
    }

    // Results of an earlier run in a folder of inputs are replaced and not read (PredictUntil); any other file there is an input.
    private static void RequireWritable(string output, string[] inputs)
    {
        PredictionWriter.RequireFormat(output);
        AtomicFile.RequireNotInput(output, PredictionWriter.IsResult(output) ? inputs.Where(i => !Directory.Exists(i)) : inputs);
        AtomicFile.RequireFolder(output);
    }

    // Names the file where the message itself does not: a mismatch of grids knows none.
    private void Report(IReadOnlyList<PredictionResult> rows, ref int files)
    {
        files++;
        foreach (var row in rows)
            if (row.Error is { } error)
                _host.Error(error.Contains(SafeText.OneLine(row.File), StringComparison.Ordinal) ? error : SafeText.OneLine(row.File) + ": " + error);
    }

    private void Write(PredictionTable table, string? output, bool toFile, bool json)
    {
        if (toFile)
            PredictionWriter.Write(output!, table);
        if (json)
            _host.Results(stream => PredictionWriter.WriteJsonLines(stream, table));
        else if (output is null)
            _host.Results(stream => PredictionWriter.WriteCsv(stream, table));
    }

    private static string Summary(IReadOnlyList<PredictionResult> rows, int files, string? output)
    {
        int failed = rows.Count(r => r.Error is not null), spectra = rows.Count - failed;
        string models = string.Join(", ", rows.Select(r => r.Model).OfType<ModelIdentity>().DistinctBy(m => m.Sha256).Select(m => $"{m.Name} ({m.Id})"));
        string verdicts = string.Join(", ", Enum.GetValues<Verdict>().Select(v => (Verdict: v, Count: rows.Count(r => r.Verdict == v)))
            .Where(v => v.Count > 0).Select(v => string.Create(CultureInfo.InvariantCulture, $"{v.Count} {v.Verdict.ToText()}")));
        return string.Create(CultureInfo.InvariantCulture,
            $"{spectra} {(spectra == 1 ? "spectrum" : "spectra")} from {files} {(files == 1 ? "file" : "files")}{(models.Length > 0 ? " with " + models : "")}{(spectra > 0 ? ": " + verdicts : "")}")
            + (failed > 0 ? FormattableString.Invariant($"; {failed} {(failed == 1 ? "file" : "files")} failed") : "") + (output is null ? "" : "; written to " + output);
    }
}
