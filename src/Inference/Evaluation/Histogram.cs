using XanesMl.Spectra;

namespace XanesMl.Inference.Evaluation;

/// <summary>Counts in bins of equal width.</summary>
/// <param name="Edges">[bins + 1] ends of the bins, increasing.</param>
/// <param name="Counts">[bins] values in each: the lower end belongs to a bin, of the last bin the upper end too.</param>
/// <param name="Below">Values below the first edge.</param>
/// <param name="Above">Values above the last edge.</param>
public sealed record Histogram(IReadOnlyList<double> Edges, IReadOnlyList<int> Counts, int Below, int Above)
{
    /// <summary>Counts a sample, as numpy.histogram does within the range.</summary>
    /// <param name="sample">[any] values; NaN = missing and left out.</param>
    /// <param name="bins">Number of bins, at least 1.</param>
    /// <param name="low">Lower end of the first bin.</param>
    /// <param name="high">Upper end of the last bin, above <paramref name="low"/>.</param>
    /// <exception cref="XanesDataException">No bin or no range.</exception>
    public static Histogram Of(ReadOnlySpan<double> sample, int bins, double low, double high)
    {
        if (bins < 1 || !(high > low) || !double.IsFinite(high - low))
            throw new XanesDataException(FormattableString.Invariant($"{bins} bins from {low} to {high}"), remedy: "A histogram needs a bin and a finite range.");
        var edges = new double[bins + 1];
        for (int i = 0; i <= bins; i++)
            edges[i] = i == bins ? high : low + ((high - low) * i / bins);
        var counts = new int[bins];
        int below = 0, above = 0;
        foreach (double v in sample)
        {
            if (double.IsNaN(v))
                continue;
            if (v < low)
                below++;
            else if (v > high)
                above++;
            else
                counts[Bin(edges, v)]++;
        }

        return new Histogram(edges, counts, below, above);
    }

    private static int Bin(double[] edges, double v)
    {
        int at = Array.BinarySearch(edges, v);
        return Math.Min(at >= 0 ? at : ~at - 1, edges.Length - 2);
    }
}
