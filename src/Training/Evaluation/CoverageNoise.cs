using MathNet.Numerics.Distributions;
using XanesMl.Spectra;

namespace XanesMl.Training.Evaluation;

/// <summary>How far a measured coverage may lie from its level by chance.</summary>
/// <param name="Level">The level that the interval promises, 0 to 1.</param>
/// <param name="Measured">Part of the rows that it holds; NaN without rows.</param>
/// <param name="Low">Lower end of what chance explains.</param>
/// <param name="High">Upper end, at most 1.</param>
/// <param name="DesignEffect">Variance over materials beside that of independent rows, at least 1.</param>
public sealed record CoverageBand(double Level, double Measured, double Low, double High, double DesignEffect)
{
    /// <summary>True where the interval holds fewer rows than chance explains.</summary>
    public bool TooNarrow => Measured < Low;
}

/// <summary>Tests the coverage of intervals.</summary>
/// <remarks>
/// Two things make a coverage c of m rows differ from its level p. The rows are a sample, and those of one material go together: bootstrap samples of the materials give the design effect
/// D = var(c) m / (c (1 - c)), at least 1; where all rows or none are held it cannot be seen and is that of materials whose rows are all alike, sum m_g^2 / m. And the half width
/// is a quantile of n calibration rows, so that the coverage which it truly has follows Beta(p (n + 1), (1 - p)(n + 1)) (Vovk, Proc. Mach. Learn. Res. 25, 475 (2012)), of variance p (1 - p) / (n + 2), with n / D
/// for n since calibration rows have materials too. Together error^2 = p (1 - p) (D / m + 1 / (n / D + 2)), the variance of a beta-binomial for D = 1. The band is p -+ t error with Student's t of
/// G - 1 degrees of freedom for G materials at 1 - 0.05 / (2 T), T tests (Bonferroni). Fewer than p / (1 - p) calibration rows can promise n / (n + 1) only, which then stands for p.
/// </remarks>
public static class CoverageNoise
{
    /// <summary>The band of one level.</summary>
    /// <param name="level">The level p, between 0 and 1.</param>
    /// <param name="held">[rows] 1 where the interval holds the true value, 0 where not, NaN = not scored.</param>
    /// <param name="materials">[rows].</param>
    /// <param name="calibrationRows">Rows n that the half width is a quantile of, at least 1.</param>
    /// <param name="tests">Number of tests T made at once, at least 1.</param>
    /// <param name="draws">Bootstrap samples, at least 100.</param>
    /// <param name="seed">Their seed.</param>
    /// <returns>The band; null where no row was scored or all are of one material.</returns>
    /// <exception cref="XanesDataException">Sizes that do not fit, or numbers out of their range.</exception>
    public static CoverageBand? Of(double level, IReadOnlyList<double> held, IReadOnlyList<string> materials, int calibrationRows, int tests, int draws = 1000, int seed = 1)
    {
        ArgumentNullException.ThrowIfNull(held);
        ArgumentNullException.ThrowIfNull(materials);
        if (held.Count != materials.Count)
            throw new XanesDataException($"{held.Count} rows have {materials.Count} materials", remedy: "Give the material of every row.");
        if (!(level > 0 && level < 1) || calibrationRows < 1 || tests < 1 || draws < 100)
            throw new XanesDataException(FormattableString.Invariant($"level {level}, {calibrationRows} calibration rows, {tests} tests, {draws} draws"),
                remedy: "The level lies between 0 and 1; at least 1 row, 1 test and 100 draws are needed.");
        int[] scored = [.. Enumerable.Range(0, held.Count).Where(i => !double.IsNaN(held[i]))];
        var bootstrap = new MaterialBootstrap([.. scored.Select(i => materials[i])], seed);
        if (bootstrap.Groups < 2)
            return null;
        int m = scored.Length;
        var (rows, hits) = (new double[bootstrap.Groups], new double[bootstrap.Groups]);
        for (int i = 0; i < m; i++)
        {
            rows[bootstrap.GroupOfRow[i]]++;
            hits[bootstrap.GroupOfRow[i]] += held[scored[i]];
        }

        double measured = hits.Sum() / m, independent = measured * (1 - measured) / m;
        double design = independent > 0 ? Math.Max(1, Variance(bootstrap, rows, hits, draws) / independent) : rows.Sum(r => r * r) / m;
        double p = Math.Min(level, calibrationRows / (calibrationRows + 1.0));
        double error = Math.Sqrt(p * (1 - p) * ((design / m) + (1 / ((calibrationRows / design) + 2))));
        double t = StudentT.InvCDF(0, 1, bootstrap.Groups - 1, 1 - (0.025 / tests));
        return new CoverageBand(level, measured, p - (t * error), Math.Min(1, p + (t * error)), design);
    }

    /// <summary>Variance of the coverage over samples of the materials, spread by G / (G - 1).</summary>
    private static double Variance(MaterialBootstrap bootstrap, double[] rows, double[] hits, int draws)
    {
        var samples = new double[draws];
        for (int d = 0; d < draws; d++)
        {
            int[] drawn = bootstrap.Next();
            double n = 0, sum = 0;
            for (int g = 0; g < drawn.Length; g++)
            {
                n += drawn[g] * rows[g];
                sum += drawn[g] * hits[g];
            }

            samples[d] = sum / n;
        }

        double mean = samples.Average();
        return samples.Sum(s => (s - mean) * (s - mean)) / (draws - 1) * bootstrap.Groups / (bootstrap.Groups - 1.0);
    }
}
