using MathNet.Numerics.Distributions;

namespace XanesMl.Training.Evaluation;

/// <summary>What a bootstrap says of one number.</summary>
/// <param name="Estimate">The number of the sample itself.</param>
/// <param name="Error">Standard deviation over the bootstrap samples; NaN where too many of them have no number.</param>
/// <param name="Low">2.5th percentile of the samples.</param>
/// <param name="High">97.5th percentile.</param>
/// <param name="P">Two-sided p value of "it is 0": estimate / error against Student's t. 1 for an estimate of 0 that never varies.</param>
public readonly record struct BootstrapSummary(double Estimate, double Error, double Low, double High, double P)
{
    /// <summary>Nothing can be said.</summary>
    public static BootstrapSummary Missing { get; } = new(double.NaN, double.NaN, double.NaN, double.NaN, double.NaN);

    /// <summary>Summarizes samples of one number.</summary>
    /// <param name="estimate">The number of the sample itself.</param>
    /// <param name="samples">[draws] its bootstrap samples; NaN where a sample has none. More than a tenth of NaN and nothing is said.</param>
    /// <param name="degreesOfFreedom">Of Student's t: independent units less fitted parameters, at least 1.</param>
    public static BootstrapSummary Of(double estimate, ReadOnlySpan<double> samples, double degreesOfFreedom)
    {
        var present = new List<double>(samples.Length);
        foreach (double s in samples)
            if (double.IsFinite(s))
                present.Add(s);
        if (!double.IsFinite(estimate) || present.Count < 0.9 * samples.Length || present.Count < 2)
            return Missing with { Estimate = estimate };
        double[] sorted = [.. present];
        Array.Sort(sorted);
        double mean = sorted.Average(), error = Math.Sqrt(sorted.Sum(s => (s - mean) * (s - mean)) / (sorted.Length - 1));
        return new BootstrapSummary(estimate, error, SpectralVariation.Percentile(sorted, 2.5), SpectralVariation.Percentile(sorted, 97.5), PValue(estimate, error, degreesOfFreedom));
    }

    private static double PValue(double estimate, double error, double degreesOfFreedom)
    {
        if (error <= 1e-12 * Math.Abs(estimate) || error == 0)
            return estimate == 0 ? 1 : 0;
        return 2 * StudentT.CDF(0, 1, Math.Max(1, degreesOfFreedom), -Math.Abs(estimate / error));
    }
}

/// <summary>p values of many tests at once.</summary>
public static class MultipleTests
{
    /// <summary>Benjamini and Hochberg's adjusted p values (J. R. Stat. Soc. B 57, 289 (1995)): calling q &lt;= level true keeps the expected share of false findings at the level.</summary>
    /// <param name="p">[tests] p values; NaN = not tested, and not counted.</param>
    /// <returns>[tests] q values, NaN where p is.</returns>
    public static double[] FalseDiscoveryRate(IReadOnlyList<double> p)
    {
        ArgumentNullException.ThrowIfNull(p);
        int[] order = [.. Enumerable.Range(0, p.Count).Where(i => !double.IsNaN(p[i])).OrderByDescending(i => p[i])];
        var q = new double[p.Count];
        Array.Fill(q, double.NaN);
        double smallest = 1;
        for (int j = 0; j < order.Length; j++)
        {
            smallest = Math.Min(smallest, p[order[j]] * order.Length / (order.Length - j));
            q[order[j]] = smallest;
        }

        return q;
    }
}
