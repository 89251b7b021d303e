using XanesMl.Inference.Evaluation;
using XanesMl.Spectra;

namespace XanesMl.Training.Evaluation;

/// <summary>How to sweep the styles.</summary>
public sealed record SpectralVariationOptions
{
    /// <summary>Steps of a sweep, ends included, at least 2. 50 as in the RankAAE paper: enough for a smooth colour scale.</summary>
    public int Steps { get; init; } = 50;

    /// <summary>Percentile of a style where its sweep begins; 5 keeps clear of stray rows.</summary>
    public double LowPercentile { get; init; } = 5;

    /// <summary>Percentile of a style where its sweep ends.</summary>
    public double HighPercentile { get; init; } = 95;

    /// <summary>Draws of the other styles from N(0, 1) that are averaged at each step, the same at every step; 0 sets the other styles to 0.
    /// Costs Steps x Draws decoded spectra for each style.</summary>
    public int Draws { get; init; } = 1000;

    /// <summary>Seed of the draws.</summary>
    public int Seed { get; init; }
}

/// <summary>How the spectrum changes with one style.</summary>
/// <param name="Style">Index of the style.</param>
/// <param name="SweepValues">[steps] its values.</param>
/// <param name="Curves">[steps][points] mean decoded spectrum at each value.</param>
/// <param name="Residual">[points] last curve minus first curve.</param>
public sealed record StyleSweep(int Style, IReadOnlyList<double> SweepValues, IReadOnlyList<double[]> Curves, IReadOnlyList<double> Residual);

/// <summary>How the spectrum changes with each style.</summary>
/// <param name="Sweeps">One for each style.</param>
/// <param name="CosineSimilarity">[styles][styles] cosine between residuals: 1 the same change, 0 independent changes; NaN for a style that changes nothing.</param>
/// <param name="Options">What was asked for, seed included.</param>
public sealed record SpectralVariationResult(IReadOnlyList<StyleSweep> Sweeps, IReadOnlyList<double[]> CosineSimilarity, SpectralVariationOptions Options);

/// <summary>Sweeps each style through its range and decodes (domain.md section 2.3): what does the spectrum do when only this style changes?</summary>
public static class SpectralVariation
{
    /// <summary>Sweeps every style.</summary>
    /// <param name="styles">[rows x styleCount] styles of the rows that define the range.</param>
    /// <param name="styleCount">Number of styles.</param>
    /// <param name="pointCount">Points of a decoded spectrum.</param>
    /// <param name="decode">Decoder: styles [n x styleCount] and n to spectra [n x pointCount], row-major. The array is reused between calls.</param>
    /// <param name="options">How to sweep; null for the defaults.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="XanesDataException">No row, options outside their range, or a decoder whose output does not fit.</exception>
    public static SpectralVariationResult Compute(ReadOnlySpan<float> styles, int styleCount, int pointCount, Func<float[], int, float[]> decode,
        SpectralVariationOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(decode);
        options ??= new SpectralVariationOptions();
        Check(options);
        if (RowMajor.Rows(styles, styleCount, "styles") == 0)
            throw new XanesDataException("no styles to sweep");
        float[] batch = Draw(styleCount, options);
        int draws = batch.Length / styleCount;
        var sweeps = new List<StyleSweep>();
        for (int s = 0; s < styleCount; s++)
        {
            double[] sorted = RowMajor.Column(styles, styleCount, s);
            Array.Sort(sorted);
            double low = Percentile(sorted, options.LowPercentile), high = Percentile(sorted, options.HighPercentile);
            float[] drawn = RowMajorColumn(batch, styleCount, s);
            var values = new double[options.Steps];
            var curves = new double[options.Steps][];
            for (int step = 0; step < options.Steps; step++)
            {
                cancellation.ThrowIfCancellationRequested();
                values[step] = low + ((high - low) * step / (options.Steps - 1));
                for (int d = 0; d < draws; d++)
                    batch[(d * styleCount) + s] = (float)values[step];
                curves[step] = Mean(decode(batch, draws), draws, pointCount);
            }

            for (int d = 0; d < draws; d++)
                batch[(d * styleCount) + s] = drawn[d];
            sweeps.Add(new StyleSweep(s, values, curves, [.. curves[^1].Zip(curves[0], (last, first) => last - first)]));
        }

        return new SpectralVariationResult(sweeps, Cosines(sweeps), options);
    }

    /// <summary>Linear interpolation between order statistics, as numpy.percentile does by default.</summary>
    /// <param name="sorted">[n] values in increasing order, at least one.</param>
    /// <param name="percentile">0 to 100.</param>
    internal static double Percentile(ReadOnlySpan<double> sorted, double percentile)
    {
        double position = percentile / 100 * (sorted.Length - 1);
        int below = Math.Min((int)position, sorted.Length - 1), above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
    }

    private static float[] Draw(int styleCount, SpectralVariationOptions options)
    {
        var batch = new float[Math.Max(1, options.Draws) * styleCount];
        if (options.Draws == 0)
            return batch;
        var normal = new NormalDraws(options.Seed);
        for (int i = 0; i < batch.Length; i++)
            batch[i] = (float)normal.Next();
        return batch;
    }

    private static float[] RowMajorColumn(float[] matrix, int columns, int column)
    {
        var values = new float[matrix.Length / columns];
        for (int i = 0; i < values.Length; i++)
            values[i] = matrix[(i * columns) + column];
        return values;
    }

    private static double[] Mean(float[] spectra, int rows, int points)
    {
        if (spectra.Length != rows * points)
            throw new XanesDataException($"the decoder gave {spectra.Length} values for {rows} spectra of {points} points");
        var mean = new double[points];
        for (int i = 0; i < spectra.Length; i++)
            mean[i % points] += spectra[i];
        for (int j = 0; j < points; j++)
            mean[j] /= rows;
        return mean;
    }

    private static List<double[]> Cosines(List<StyleSweep> sweeps)
    {
        var cosines = new List<double[]>();
        foreach (var a in sweeps)
        {
            var row = new double[sweeps.Count];
            for (int b = 0; b < row.Length; b++)
                row[b] = Dot(a, sweeps[b]) / Math.Sqrt(Dot(a, a) * Dot(sweeps[b], sweeps[b]));
            cosines.Add(row);
        }

        return cosines;

        static double Dot(StyleSweep a, StyleSweep b) => a.Residual.Zip(b.Residual, (x, y) => x * y).Sum();
    }

    private static void Check(SpectralVariationOptions o)
    {
        if (o.Steps < 2)
            throw new XanesDataException($"{o.Steps} steps", nameof(o.Steps), remedy: "A sweep needs at least 2.");
        if (o.Draws < 0)
            throw new XanesDataException($"{o.Draws} draws", nameof(o.Draws), remedy: "Give 0 (the other styles are 0) or more.");
        if (!(o.LowPercentile >= 0 && o.LowPercentile < o.HighPercentile && o.HighPercentile <= 100))
            throw new XanesDataException(FormattableString.Invariant($"percentiles {o.LowPercentile} to {o.HighPercentile}"), nameof(o.LowPercentile),
                remedy: "They must increase and lie between 0 and 100.");
    }
}
