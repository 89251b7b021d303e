using XanesMl.Spectra;

namespace XanesMl.Training.Evaluation;

/// <summary>Puts runs side by side on rows that none of them has seen.</summary>
/// <remarks>
/// Every bootstrap sample draws materials with replacement, as many as there are, and scores all runs on that same sample (paired), so that a difference does not carry the
/// noise that the runs share; runs with different rows are drawn independently. Intervals are the 2.5th to 97.5th percentile of the samples, spread by sqrt(G / (G - 1)) for G
/// materials. p values come from difference / error against Student's t; a difference is clear where Benjamini and Hochberg's q is at most the level
/// and its interval leaves 0 out. The bootstrap knows how
/// far the choice of test materials matters. How far another seed of the same training would differ it does not know: compare several seeds for that.
/// </remarks>
public static class Comparison
{
    /// <summary>Compares.</summary>
    /// <param name="runs">Runs, the first the reference, and after them simple methods: at least two together, one of them a run.</param>
    /// <param name="paired">All have the same rows in the same order.</param>
    /// <param name="options">Draws and seed; null for the defaults.</param>
    /// <param name="cancellation">Stops between two samples.</param>
    /// <exception cref="XanesDataException">Nothing to compare, equal names, no row, or rows that do not fit.</exception>
    public static ComparisonResult Compute(IReadOnlyList<ComparisonRows> runs, bool paired, ComparisonOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(runs);
        options ??= new ComparisonOptions();
        bool oneTask = options.OneTask;
        int count = Check(runs, paired, options);
        ComparisonScores[] scores = [.. runs.Select(r => new ComparisonScores(r))];
        Sampled[] sampled = new Sampled[runs.Count];
        Parallel.For(0, runs.Count, new ParallelOptions { CancellationToken = cancellation }, r => sampled[r] = Sample(runs[r], scores[r], options, paired ? options.Seed : options.Seed + (1000 * r), cancellation));
        ComparisonMetric[] metrics = [.. runs.Take(count).SelectMany((_, r) => scores[r].Metrics).DistinctBy(m => m.Key)];
        var (differences, against) = (new List<ComparisonDifference>(), new List<ComparisonDifference>());
        var compared = new List<ComparedMetric>();
        foreach (var metric in metrics)
        {
            BootstrapSummary[] values = [.. sampled.Select(s => s.Summary(metric.Key))];
            int best = oneTask ? BestOf(values, metric, count) : -1;
            compared.Add(new ComparedMetric(metric, values, best, [.. sampled.Select((s, r) => r < count && best >= 0 && !double.IsNaN(values[r].Estimate) && (r == best || Difference(s, sampled[best], metric.Key) is { Low: <= 0, High: >= 0 }))]));
            for (int r = 1; r < count && oneTask; r++)
                Add(differences, metric, runs[r].Name, runs[0].Name, Difference(sampled[r], sampled[0], metric.Key));
            for (int r = 0; r < count && paired && oneTask; r++)
                for (int b = count; b < runs.Count; b++)
                    Add(against, metric, runs[r].Name, runs[b].Name, Difference(sampled[r], sampled[b], metric.Key));
        }

        return new ComparisonResult
        {
            Names = [.. runs.Select(r => r.Name)], RunCount = count, Rows = [.. runs.Select(r => r.Materials.Count)], Materials = [.. sampled.Select(s => s.Groups)],
            Paired = paired, Metrics = compared, Differences = Judged(differences, options), AgainstBaselines = Judged(against, options), Options = options,
        };
    }

    private static Sampled Sample(ComparisonRows run, ComparisonScores scores, ComparisonOptions options, int seed, CancellationToken cancellation)
    {
        var bootstrap = new MaterialBootstrap(run.Materials, seed);
        var weights = new int[run.Materials.Count];
        Array.Fill(weights, 1);
        double[] estimates = scores.Of(weights);
        var samples = new double[options.Draws][];
        for (int d = 0; d < samples.Length; d++)
        {
            cancellation.ThrowIfCancellationRequested();
            int[] drawn = bootstrap.Next();
            for (int i = 0; i < weights.Length; i++)
                weights[i] = drawn[bootstrap.GroupOfRow[i]];
            samples[d] = scores.Of(weights);
        }

        return new Sampled([.. scores.Metrics.Select(m => m.Key)], estimates, samples, bootstrap.Groups);
    }

    private static BootstrapSummary Difference(Sampled a, Sampled b, string key)
    {
        int i = Array.IndexOf(a.Keys, key), j = Array.IndexOf(b.Keys, key);
        return i < 0 || j < 0 ? BootstrapSummary.Missing
            : Spread(a.Estimates[i] - b.Estimates[j], [.. a.Samples.Zip(b.Samples, (x, y) => x[i] - y[j])], Math.Min(a.Groups, b.Groups));
    }

    private static BootstrapSummary Spread(double estimate, double[] samples, int groups)
    {
        double factor = Math.Sqrt(groups / (groups - 1.0));
        return BootstrapSummary.Of(estimate, Array.ConvertAll(samples, s => estimate + (factor * (s - estimate))), groups - 1);
    }

    private static int BestOf(BootstrapSummary[] values, ComparisonMetric metric, int count)
    {
        int best = -1;
        for (int r = 0; r < count; r++)
            if (!double.IsNaN(values[r].Estimate) && (best < 0 || (metric.HigherIsBetter ? values[r].Estimate > values[best].Estimate : values[r].Estimate < values[best].Estimate)))
                best = r;
        return best;
    }

    private static void Add(List<ComparisonDifference> list, ComparisonMetric metric, string run, string other, BootstrapSummary difference)
    {
        if (!double.IsNaN(difference.P))
            list.Add(new ComparisonDifference(metric, run, other, difference, double.NaN, false, difference.Estimate != 0 && difference.Estimate > 0 == metric.HigherIsBetter));
    }

    /// <summary>A family of tests for each simple method: easy differences, as those against the constant, would make the others look certain. Against the first run all are one family.</summary>
    private static List<ComparisonDifference> Judged(List<ComparisonDifference> differences, ComparisonOptions options)
    {
        var q = new double[differences.Count];
        foreach (var family in Enumerable.Range(0, q.Length).GroupBy(i => differences[i].Against, StringComparer.Ordinal))
        {
            int[] members = [.. family];
            double[] adjusted = MultipleTests.FalseDiscoveryRate([.. members.Select(i => differences[i].Summary.P)]);
            for (int j = 0; j < members.Length; j++)
                q[members[j]] = adjusted[j];
        }

        return [.. differences.Select((d, i) => d with { Q = q[i], Clear = q[i] <= options.Level && d.Summary is not { Low: <= 0, High: >= 0 } })];
    }

    private static int Check(IReadOnlyList<ComparisonRows> runs, bool paired, ComparisonOptions options)
    {
        int count = runs.TakeWhile(r => !r.IsBaseline).Count();
        if (count < 1 || runs.Count < 2)
            throw new XanesDataException($"{count} run to compare", remedy: "Name at least two, or one and a simple method.");
        if (runs.Skip(count).Any(r => !r.IsBaseline))
            throw new XanesDataException("a run comes after a simple method");
        if (runs.Select(r => r.Name).Distinct(StringComparer.Ordinal).Count() != runs.Count)
            throw new XanesDataException($"names repeat: {string.Join(", ", runs.Select(r => r.Name))}");
        foreach (var r in runs)
            if (r.Materials.Distinct(StringComparer.Ordinal).Count() < 2)
                throw new XanesDataException($"{r.Materials.Count} rows of fewer than 2 materials", r.Name, remedy: "A bootstrap needs several materials.");
        if (paired && runs.FirstOrDefault(r => !r.Materials.SequenceEqual(runs[0].Materials, StringComparer.Ordinal)) is { } odd)
            throw new XanesDataException($"its rows are not those of {runs[0].Name}", odd.Name);
        if (options.Draws < 100)
            throw new XanesDataException($"{options.Draws} draws", nameof(options.Draws), remedy: "Give at least 100.");
        if (!(options.Level > 0 && options.Level < 1))
            throw new XanesDataException(FormattableString.Invariant($"level {options.Level}"), nameof(options.Level), remedy: "Give a rate between 0 and 1, such as 0.05.");
        return count;
    }

    private sealed record Sampled(string[] Keys, double[] Estimates, double[][] Samples, int Groups)
    {
        public BootstrapSummary Summary(string key) => Array.IndexOf(Keys, key) is >= 0 and var i ? Spread(Estimates[i], Array.ConvertAll(Samples, s => s[i]), Groups) : BootstrapSummary.Missing;
    }
}
