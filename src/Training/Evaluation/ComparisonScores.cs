using XanesMl.Spectra;

namespace XanesMl.Training.Evaluation;

/// <summary>A score that runs are compared by.</summary>
/// <param name="Key">"CT.spearman", "CN.f1_weighted", "reconstruction.mae", "styles.max_interstyle": the keys of metrics.json.</param>
/// <param name="Descriptor">The descriptor, or "".</param>
/// <param name="Label">"Spearman", "MAE", "R2", "weighted F1", "reconstruction MAE", "max inter-style", "max with a free style".</param>
/// <param name="Unit">Its unit, or "".</param>
/// <param name="HigherIsBetter">False for errors and correlations between styles.</param>
public sealed record ComparisonMetric(string Key, string Descriptor, string Label, string Unit, bool HigherIsBetter)
{
    /// <summary>"CT Spearman", "reconstruction MAE".</summary>
    public string Name => Descriptor.Length == 0 ? Label : Descriptor + " " + Label;
}

/// <summary>All scores of one run as functions of how often each row counts, so that a bootstrap sample costs no sorting.</summary>
/// <remarks>Whole weights give exactly the scores of a table in which a row stands so often.</remarks>
internal sealed class ComparisonScores
{
    private readonly List<(ComparisonMetric Metric, Func<int[], double> Score)> _scores = [];

    public ComparisonScores(ComparisonRows rows)
    {
        int n = rows.Materials.Count;
        foreach (var d in rows.Descriptors)
        {
            Require(d.Truth.Length == n && d.Style.Length == n && (d.Predicted is null || d.Predicted.Length == n), rows.Name, d.Name, n);
            var correlation = new WeightedSpearman(d.Style, d.Truth);
            Add(new ComparisonMetric(d.Name + ".spearman", d.Name, "Spearman", "", true), correlation.Score);
            if (d.Predicted is not { } predicted)
                continue;
            Add(new ComparisonMetric(d.Name + ".mae", d.Name, "MAE", d.Unit, false), w => Mean(w, d.Truth, i => Math.Abs(d.Truth[i] - predicted[i])));
            Add(new ComparisonMetric(d.Name + ".r2", d.Name, "R2", "", true), w => R2(w, d.Truth, predicted));
        }

        if (rows.Thresholds is { } t && rows.Descriptors.FirstOrDefault(d => d.Name == t.Descriptor) is { } cn)
        {
            int[] truth = Array.ConvertAll(cn.Truth, v => double.IsNaN(v) ? -1 : t.Classes.ToList().IndexOf((int)Math.Round(v)));
            int[] given = Array.ConvertAll(cn.Style, s => t.Classes.ToList().IndexOf(t.Classify(s)));
            Add(new ComparisonMetric(cn.Name + ".f1_weighted", cn.Name, "weighted F1", "", true), w => WeightedF1(w, truth, given, t.Classes.Count));
        }

        if (rows.ReconstructionError is { } error)
        {
            Require(error.Length == n, rows.Name, "reconstruction", n);
            Add(new ComparisonMetric("reconstruction.mae", "", "reconstruction MAE", "", false), w => Mean(w, error, i => error[i]));
        }

        if (rows.Styles.Count > 1)
        {
            var ranks = new WeightedRanks([.. rows.Styles]);
            int known = rows.Descriptors.Count;
            Add(new ComparisonMetric("styles.max_interstyle", "", "max inter-style", "", false), w => ranks.Largest(w, (_, _) => true));
            if (known > 0 && known < rows.Styles.Count)
                Add(new ComparisonMetric("styles.max_free", "", "max with a free style", "", false), w => ranks.Largest(w, (a, b) => a < known && b >= known));
        }
    }

    /// <summary>The scores that this run has.</summary>
    public IReadOnlyList<ComparisonMetric> Metrics => [.. _scores.Select(s => s.Metric)];

    /// <summary>Each score for rows that count so often, in the order of <see cref="Metrics"/>.</summary>
    public double[] Of(int[] weights) => [.. _scores.Select(s => s.Score(weights))];

    private void Add(ComparisonMetric metric, Func<int[], double> score) => _scores.Add((metric, score));

    private static double Mean(int[] weights, double[] present, Func<int, double> value)
    {
        double sum = 0;
        long count = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] == 0 || double.IsNaN(present[i]) || double.IsNaN(value(i)))
                continue;
            sum += weights[i] * value(i);
            count += weights[i];
        }

        return count == 0 ? double.NaN : sum / count;
    }

    private static double R2(int[] weights, double[] truth, double[] predicted)
    {
        double mean = Mean(weights, predicted, i => truth[i]), squared = Mean(weights, predicted, i => (truth[i] - predicted[i]) * (truth[i] - predicted[i]));
        double total = Mean(weights, predicted, i => (truth[i] - mean) * (truth[i] - mean));
        return total > 0 ? 1 - (squared / total) : double.NaN;
    }

    private static double WeightedF1(int[] weights, int[] truth, int[] given, int classes)
    {
        var (actual, answered, right) = (new double[classes], new double[classes], new double[classes]);
        for (int i = 0; i < weights.Length; i++)
        {
            if (truth[i] < 0)
                continue;
            actual[truth[i]] += weights[i];
            answered[given[i]] += weights[i];
            right[truth[i]] += truth[i] == given[i] ? weights[i] : 0;
        }

        double rows = actual.Sum();
        return rows == 0 ? double.NaN : Enumerable.Range(0, classes).Sum(c => actual[c] == 0 ? 0 : actual[c] * 2 * right[c] / (actual[c] + answered[c])) / rows;
    }

    private static void Require(bool holds, string run, string what, int rows)
    {
        if (!holds)
            throw new XanesDataException($"{what} has not {rows} rows", run);
    }
}

/// <summary>Spearman's correlation of the rows in which both values are known.</summary>
internal sealed class WeightedSpearman
{
    private readonly int[] _rows;
    private readonly WeightedRanks _ranks;

    public WeightedSpearman(double[] x, double[] y)
    {
        _rows = [.. Enumerable.Range(0, x.Length).Where(i => !double.IsNaN(x[i]) && !double.IsNaN(y[i]))];
        _ranks = new WeightedRanks([Array.ConvertAll(_rows, i => x[i]), Array.ConvertAll(_rows, i => y[i])]);
    }

    public double Score(int[] weights) => _ranks.Correlation(Array.ConvertAll(_rows, i => weights[i]), 0, 1);
}

/// <summary>Average ranks of columns whose rows count so often; the order of each column is found once.</summary>
internal sealed class WeightedRanks
{
    private readonly double[][] _columns;
    private readonly int[][] _orders;

    public WeightedRanks(double[][] columns)
    {
        _columns = columns;
        _orders = Array.ConvertAll(columns, c => Enumerable.Range(0, c.Length).OrderBy(i => c[i]).ToArray());
    }

    /// <summary>Spearman's correlation of two columns; NaN where one of them is constant or fewer than 3 rows count.</summary>
    public double Correlation(int[] weights, int a, int b) => Pearson(weights, Of(weights, a), Of(weights, b));

    /// <summary>Largest |Spearman| of the pairs a &lt; b that are asked for.</summary>
    public double Largest(int[] weights, Func<int, int, bool> wanted)
    {
        double[][] ranks = [.. Enumerable.Range(0, _columns.Length).Select(c => Of(weights, c))];
        double largest = double.NaN;
        for (int a = 0; a < ranks.Length; a++)
            for (int b = a + 1; b < ranks.Length; b++)
                if (wanted(a, b) && Math.Abs(Pearson(weights, ranks[a], ranks[b])) is var r && !(r <= largest))
                    largest = double.IsNaN(r) ? largest : r;
        return largest;
    }

    private double[] Of(int[] weights, int column)
    {
        var (values, order, ranks) = (_columns[column], _orders[column], new double[weights.Length]);
        long below = 0;
        for (int start = 0; start < order.Length;)
        {
            long tied = 0;
            int end = start;
            for (; end < order.Length && values[order[end]] == values[order[start]]; end++)
                tied += weights[order[end]];
            for (int i = start; i < end; i++)
                ranks[order[i]] = below + ((tied + 1) / 2.0);
            below += tied;
            start = end;
        }

        return ranks;
    }

    private static double Pearson(int[] weights, double[] x, double[] y)
    {
        double n = 0, meanX = 0, meanY = 0, xx = 0, yy = 0, xy = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            n += weights[i];
            meanX += weights[i] * x[i];
            meanY += weights[i] * y[i];
        }

        if (n < 3)
            return double.NaN;
        (meanX, meanY) = (meanX / n, meanY / n);
        for (int i = 0; i < weights.Length; i++)
        {
            double dx = x[i] - meanX, dy = y[i] - meanY, w = weights[i];
            xx += w * dx * dx;
            yy += w * dy * dy;
            xy += w * dx * dy;
        }

        return xx <= 1e-12 * n * n || yy <= 1e-12 * n * n ? double.NaN : Math.Clamp(xy / Math.Sqrt(xx) / Math.Sqrt(yy), -1, 1);
    }
}
