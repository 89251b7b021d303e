using System.Globalization;
using System.Text;
using XanesMl.Spectra.IO;

namespace XanesMl.Training.Runs;

/// <summary>trials.csv: a line for each trial, best first, failed ones last.</summary>
public static class TrialTable
{
    /// <summary>Name of the file in a run folder.</summary>
    public const string FileName = "trials.csv";

    /// <summary>Trials in the order of the table: by rank, then those without one in their own order.</summary>
    /// <param name="trials">Any order.</param>
    public static IReadOnlyList<TrialOutcome> Sorted(IReadOnlyList<TrialOutcome> trials) =>
        [.. trials.OrderBy(t => t.Failure is not null).ThenBy(t => t.Rank == 0 ? int.MaxValue : t.Rank).ThenBy(t => t.Index)];

    /// <summary>The file's text: rank, trial (from 0), seed, epochs, best_epoch, metric, the scores on validation rows by name, z_score, in_ensemble, failure.
    /// Numbers have as many digits as they need to be read back the same; a number that does not exist is empty.</summary>
    /// <param name="trials">Any order.</param>
    public static string ToCsv(IReadOnlyList<TrialOutcome> trials)
    {
        ArgumentNullException.ThrowIfNull(trials);
        string[] scores = [.. trials.SelectMany(t => t.Scores.Keys).Distinct(StringComparer.Ordinal)];
        var text = new StringBuilder();
        Line(text, ["rank", "trial", "seed", "epochs", "best_epoch", "metric", .. scores, "z_score", "in_ensemble", "failure"]);
        foreach (var t in Sorted(trials))
            Line(text,
            [
                t.Rank == 0 ? "" : Text(t.Rank), Text(t.Index), Text(t.Seed), Text(t.Epochs), t.BestEpoch == 0 ? "" : Text(t.BestEpoch), Text(t.BestMetric),
                .. scores.Select(s => Text(t.Scores.GetValueOrDefault(s, double.NaN))), Text(t.Score), t.InEnsemble ? "yes" : "no", t.Failure ?? "",
            ]);
        return text.ToString();
    }

    /// <summary>Writes the file, replacing what was there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="trials">Any order.</param>
    /// <exception cref="Spectra.XanesDataException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<TrialOutcome> trials)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(ToCsv(trials));
        AtomicFile.Write(path, s => s.Write(bytes));
    }

    private static void Line(StringBuilder text, IEnumerable<string> cells) =>
        text.AppendJoin(',', cells.Select(c => c.AsSpan().ContainsAny(",\"\r\n") ? "\"" + c.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"" : c)).Append('\n');

    private static string Text(double v) => double.IsFinite(v) ? v.ToString("R", CultureInfo.InvariantCulture) : "";
}
