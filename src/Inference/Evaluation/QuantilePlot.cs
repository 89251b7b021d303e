namespace XanesMl.Inference.Evaluation;

/// <summary>A sample beside the normal distribution: the points of a Q-Q plot.</summary>
/// <param name="Theoretical">[n] quantiles of N(0, 1), increasing.</param>
/// <param name="Ordered">[n] the sample in increasing order.</param>
public sealed record QuantilePlot(IReadOnlyList<double> Theoretical, IReadOnlyList<double> Ordered)
{
    /// <summary>Pairs order statistics with the medians that they have in a normal sample, by Filliben's estimate (Technometrics 17, 111 (1975)):
    /// m_1 = 1 - m_n, m_i = (i - 0.3175) / (n + 0.365), m_n = 0.5^(1/n). As scipy.stats.probplot.</summary>
    /// <param name="sample">[any] values in any order; NaN = missing and left out.</param>
    public static QuantilePlot Normal(ReadOnlySpan<double> sample)
    {
        double[] ordered = Array.FindAll(sample.ToArray(), v => !double.IsNaN(v));
        Array.Sort(ordered);
        int n = ordered.Length;
        double last = n == 0 ? double.NaN : Math.Pow(0.5, 1.0 / n);
        var theoretical = new double[n];
        for (int i = 0; i < n; i++)
        {
            double median = i == n - 1 ? last : i == 0 ? 1 - last : (i + 1 - 0.3175) / (n + 0.365);
            theoretical[i] = MathNet.Numerics.Distributions.Normal.InvCDF(0, 1, median);
        }

        return new QuantilePlot(theoretical, ordered);
    }
}
