using System.Globalization;
using XanesMl.Inference.Evaluation;
using XanesMl.Spectra;

namespace XanesMl.Training.Evaluation;

/// <summary>Scores of one trial on the validation rows.</summary>
/// <param name="Trial">Number or seed that names the trial.</param>
/// <param name="InterStyle">Largest |Spearman| between two styles; smaller is better.</param>
/// <param name="Descriptors">Score of each descriptor, larger is better: Spearman with its style, or the weighted F1 of a class descriptor.</param>
public sealed record TrialScores(int Trial, double InterStyle, IReadOnlyList<double> Descriptors)
{
    /// <summary>Takes the scores out of a report on validation rows; the class descriptor's weighted F1 stands in for its Spearman.</summary>
    /// <param name="trial">Number or seed that names the trial.</param>
    /// <param name="report">The trial's report.</param>
    /// <param name="classDescriptor">Descriptor that has class thresholds.</param>
    /// <exception cref="XanesDataException">The report is of test rows, which must not choose a model.</exception>
    public static TrialScores From(int trial, EvaluationReport report, string classDescriptor = "CN")
    {
        ArgumentNullException.ThrowIfNull(report);
        if (report.Split == "test")
            throw new XanesDataException($"trial {trial} comes with scores of test rows", remedy: "Rank trials on validation rows.");
        return new TrialScores(trial, report.Styles.MaxInterstyle,
            [.. report.Descriptors.Select(d => report.Cn is { } cn && d.Key == classDescriptor ? cn.F1Weighted : d.Value.Spearman)]);
    }
}

/// <summary>A trial in its place.</summary>
/// <param name="Trial">Number or seed that names the trial.</param>
/// <param name="Score">-z(inter-style) + sum of z(descriptor); NaN for a failed trial.</param>
/// <param name="Values">Inter-style, then the descriptors' scores: the table's row.</param>
/// <param name="ZScores">The same columns in standard deviations from the mean over trials; NaN for a failed trial.</param>
public sealed record RankedTrial(int Trial, double Score, IReadOnlyList<double> Values, IReadOnlyList<double> ZScores);

/// <summary>Ranks trials as RankAAE does (domain.md section 2.3), on validation rows only.</summary>
public static class TrialRanking
{
    /// <summary>z-scores every column over the trials (population standard deviation) and sorts by -z(inter-style) + sum of z(descriptor), best first.</summary>
    /// <remarks>A trial with a NaN has failed: it takes no part in means and deviations and comes last. A column that no trial has (a descriptor
    /// without labelled validation rows) and a constant column score 0. Equal scores keep the order in which they came.</remarks>
    /// <param name="trials">Scores of the trials, all with the same descriptors.</param>
    /// <exception cref="XanesDataException">No trial, or trials with different numbers of descriptors.</exception>
    public static IReadOnlyList<RankedTrial> Rank(IReadOnlyList<TrialScores> trials)
    {
        ArgumentNullException.ThrowIfNull(trials);
        if (trials.Count == 0)
            throw new XanesDataException("no trial to rank");
        int columns = trials[0].Descriptors.Count + 1;
        if (trials.FirstOrDefault(t => t.Descriptors.Count + 1 != columns) is { } odd)
            throw new XanesDataException($"trial {odd.Trial} has {odd.Descriptors.Count} descriptors, trial {trials[0].Trial} has {columns - 1}");

        double[][] values = [.. trials.Select(t => (double[])[t.InterStyle, .. t.Descriptors])];
        bool[] known = [.. Enumerable.Range(0, columns).Select(c => values.Any(row => double.IsFinite(row[c])))];
        bool[] valid = [.. values.Select(row => Enumerable.Range(0, columns).All(c => !known[c] || double.IsFinite(row[c])))];
        double[][] z = [.. values.Select(row => new double[row.Length])];
        for (int c = 0; c < columns; c++)
            Standardize(values, valid, z, known[c] ? c : -1);
        var ranked = new List<RankedTrial>();
        for (int i = 0; i < values.Length; i++)
        {
            if (!valid[i])
                Array.Fill(z[i], double.NaN);
            ranked.Add(new RankedTrial(trials[i].Trial, z[i].Skip(1).Sum() - z[i][0], values[i], z[i]));
        }

        return [.. ranked.OrderBy(t => double.IsNaN(t.Score) ? 1 : 0).ThenByDescending(t => t.Score)];
    }

    /// <summary>The ranking as a text table with a row for each trial: value and, in brackets, z-score.</summary>
    /// <param name="ranking">What <see cref="Rank"/> gave.</param>
    /// <param name="descriptors">Names of the descriptors.</param>
    public static string Table(IReadOnlyList<RankedTrial> ranking, IReadOnlyList<string> descriptors)
    {
        ArgumentNullException.ThrowIfNull(ranking);
        ArgumentNullException.ThrowIfNull(descriptors);
        var lines = new List<string> { "trial\tscore\tinter-style\t" + string.Join('\t', descriptors) };
        foreach (var t in ranking)
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"{t.Trial}\t{t.Score:0.00}\t")
                + string.Join('\t', t.Values.Zip(t.ZScores, (v, z) => string.Create(CultureInfo.InvariantCulture, $"{v:0.000} ({z:+0.00;-0.00;0.00})"))));
        return string.Join('\n', lines) + "\n";
    }

    private static void Standardize(double[][] values, bool[] valid, double[][] z, int column)
    {
        if (column < 0 || !valid.Contains(true))
            return;
        double[] present = [.. values.Where((_, i) => valid[i]).Select(row => row[column])];
        double mean = present.Average(), deviation = Math.Sqrt(present.Average(v => (v - mean) * (v - mean)));
        if (deviation <= 1e-12 * Math.Max(1, Math.Abs(mean)))
            return;
        for (int i = 0; i < values.Length; i++)
            z[i][column] = (values[i][column] - mean) / deviation;
    }
}
