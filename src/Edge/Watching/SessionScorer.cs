using System.Globalization;
using XanesMl.Inference.Domain;
using XanesMl.Inference.Predictions;
using XanesMl.Spectra.IO;
using XanesMl.Spectra.Reading;

namespace XanesMl.Edge.Watching;

/// <summary>Makes result rows with a <see cref="PredictionSession"/>: the same rows as those of predict.</summary>
internal sealed class SessionScorer : IContentScorer
{
    private readonly PredictionSession _session;
    private readonly PredictionOptions _options;

    /// <summary>Creates a scorer.</summary>
    /// <param name="models">The models to choose from; the caller disposes of them.</param>
    /// <param name="options">Reading and preparation.</param>
    /// <param name="given">The same options as text, which tells one run from another.</param>
    /// <param name="json">JSON lines instead of CSV.</param>
    public SessionScorer(ModelSet models, PredictionOptions options, string given, bool json)
    {
        (_session, _options) = (new PredictionSession(models, options), options);
        using var header = new MemoryStream();
        if (!json)
            PredictionWriter.WriteCsv(header, _session.ToTable([]));
        Run = new WatchRun([.. models.Identities.Select(m => m.Sha256)], given, json ? ".jsonl" : ".csv", header.ToArray());
    }

    /// <inheritdoc/>
    public WatchRun Run { get; }

    /// <inheritdoc/>
    public long MostBytes(ReadOnlyMemory<byte> head) => SpectraTableReader.Recognizes(head) ? _options.MaxTableBytes : _options.Reading.MaxBytes;

    /// <inheritdoc/>
    public ScoredContent Score(string file, byte[] content, string sha256)
    {
        PredictionResult[] results = [.. _session.Answers(content, file).Select(a => a.Result)];
        var table = _session.ToTable(results);
        using var rows = new MemoryStream();
        if (Run.Extension == ".csv")
            PredictionWriter.WriteCsv(rows, table, header: false);
        else
            PredictionWriter.WriteJsonLines(rows, table);
        return new ScoredContent(rows.ToArray(), results.Length, results.Length == 1 ? Words(results[0]) : Counts(results), Array.Find(results, r => r.Error is not null) is { Error: { } error } ? Without(file, error) : null);
    }

    // The watcher says the name itself.
    private static string Without(string file, string error)
    {
        string start = SafeText.OneLine(file) + ": ";
        return error.StartsWith(start, StringComparison.Ordinal) ? error[start.Length..] : error;
    }

    private static string Words(PredictionResult result)
    {
        if (result.Prediction is not { } prediction)
            return "";
        string text = prediction.Verdict.ToText();
        if (result.Model is { } model)
            for (int k = 0; k < prediction.Estimates.Count; k++)
                text += string.Create(CultureInfo.InvariantCulture, $"{(k == 0 ? ": " : ", ")}{model.Descriptors[k].Name} {prediction.Estimates[k].Value:0.###}{(prediction.Estimates[k].Unit.Length > 0 ? " " : "")}{prediction.Estimates[k].Unit}");
        return prediction.Verdict == Verdict.Ok || prediction.Reasons.Count == 0 ? text : $"{text} ({prediction.Reasons[0]})";
    }

    private static string Counts(PredictionResult[] results) => string.Create(CultureInfo.InvariantCulture, $"{results.Length} spectra: ") + string.Join(", ",
        results.GroupBy(r => r.Verdict).OrderBy(g => g.Key).Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Count()} {g.Key?.ToText()}")));
}
