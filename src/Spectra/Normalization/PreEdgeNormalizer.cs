namespace XanesMl.Spectra.Normalization;

/// <summary>Pre-edge subtraction and normalization of a measured spectrum, as xraylarch's pre_edge does it.</summary>
/// <remarks>Pre-edge: least-squares line a + bE through mu E^nvict; post-edge: polynomial through mu - pre; step = their distance at E0;
/// norm = (mu - pre)/step; flat = norm - r + r(E0) from E0 on, with r = (post - pre)/step. Numbers: docs/normalization.md.</remarks>
public static class PreEdgeNormalizer
{
    private const int MinimumPoints = 5;
    private const double SmallestStep = 1e-12;

    /// <summary>Normalizes one spectrum.</summary>
    /// <param name="energies">Energies in eV, strictly increasing: at least 14 where E0 is to be found, 5 where it is given.</param>
    /// <param name="mu">[energies.Length] absorption with any offset, slope and scale, not normalized before.</param>
    /// <param name="options">Ranges and degrees; null means xraylarch's choice of all.</param>
    /// <exception cref="XanesDataException">Data or options that cannot be used, an E0 outside the data, or a range with too few points.</exception>
    public static PreEdgeResult Normalize(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, PreEdgeOptions? options = null)
    {
        options ??= new PreEdgeOptions();
        options.Validate();
        EnergyIndex.CheckSpectrum(energies, mu, MinimumPoints);
        int edge = EdgeIndex(energies, mu, options);
        double e0 = energies[edge];
        var (pre1, pre2) = PreLimits(energies, edge, options);
        var (norm1, norm2) = NormLimits(energies, e0, options);
        int degree = options.NNorm ?? (norm2 - norm1 < 30 ? 0 : norm2 - norm1 < 300 ? 1 : 2);

        Range preRange = FitRange(energies, e0, pre1, pre2, widenDown: false);
        double[] weighted = Weighted(energies, mu, preRange, options.NVict);
        CheckPoints(weighted.Length, 2, "pre-edge", pre1, pre2);
        var line = FittedPolynomial.Fit(energies[preRange], weighted, degree: 1);
        var pre = new double[mu.Length];
        for (int i = 0; i < pre.Length; i++)
            pre[i] = line.At(energies[i]) * Math.Pow(energies[i], -options.NVict);

        Range postRange = FitRange(energies, e0, norm1, norm2, widenDown: true);
        double[] above = mu[postRange].ToArray();
        CheckPoints(above.Length, degree + 1, "post-edge", norm1, norm2);
        for (int i = 0; i < above.Length; i++)
            above[i] -= pre[postRange.Start.Value + i];
        var polynomial = FittedPolynomial.Fit(energies[postRange], above, degree);
        double step = Math.Max(SmallestStep, options.EdgeStep ?? Math.Abs(polynomial.At(e0)));
        var (post, norm, flat) = Curves(energies, mu, pre, polynomial, edge, step);
        return new PreEdgeResult
        {
            E0 = e0, E0Index = edge, EdgeStep = step, Pre1 = pre1, Pre2 = pre2, Norm1 = norm1, Norm2 = norm2, NNorm = degree, NVict = options.NVict,
            PreRange = preRange, PostRange = postRange, PreCoefficients = line.Coefficients(), PostCoefficients = polynomial.Coefficients(),
            PreEdge = pre, PostEdge = post, Norm = norm, Flat = flat,
        };
    }

    private static int EdgeIndex(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, PreEdgeOptions options)
    {
        if (options.E0 is not { } e0)
            return E0Finder.Find(energies, mu);
        if (e0 < energies[1] || e0 > energies[^2])
            throw new XanesDataException(FormattableString.Invariant($"E0 {e0} eV lies outside the scan, {energies[0]} to {energies[^1]} eV"), "option E0",
                remedy: "Give the absolute edge energy in eV, or leave it out to have it found.");
        return EnergyIndex.Nearest(energies, e0);
    }

    private static (double Pre1, double Pre2) PreLimits(ReadOnlySpan<double> energies, int edge, PreEdgeOptions options)
    {
        double e0 = energies[edge];
        // The first point is often bad, hence the second. Finer rounding where there is little before the edge.
        double rounding = edge > 20 ? 5 : 2;
        double pre1 = Math.Max(options.Pre1 ?? (rounding * Math.Round((energies[1] - e0) / rounding)), energies[0] - e0);
        double pre2 = options.Pre2 ?? (0.5 * pre1);
        if (pre1 > pre2)
            (pre1, pre2) = (pre2, pre1);
        int first = EnergyIndex.Of(energies, pre1 + e0), last = EnergyIndex.Of(energies, pre2 + e0);
        int least = first + 2 + options.NVict;
        if (last < least)
        {
            if (least >= energies.Length)
                throw new XanesDataException(FormattableString.Invariant($"no points are left for the pre-edge fit from {pre1} eV on"), "option Pre1", remedy: "Begin the fit earlier.");
            pre2 = energies[least] - e0;
        }

        return (pre1, pre2);
    }

    private static (double Norm1, double Norm2) NormLimits(ReadOnlySpan<double> energies, double e0, PreEdgeOptions options)
    {
        double end = energies[^1] - e0;
        double norm2 = options.Norm2 ?? (5 * Math.Round(end / 5));
        norm2 = norm2 < 0 ? end : Math.Min(norm2, end);
        double norm1 = options.Norm1 ?? Math.Min(25, 5 * Math.Round(norm2 / 15));
        if (norm1 > norm2)
            (norm1, norm2) = (norm2, norm1);
        return (Math.Min(norm1, norm2 - 10), norm2);
    }

    // [index_of(E0 + low), nearest(E0 + high)), and at least two points where the scan has them.
    private static Range FitRange(ReadOnlySpan<double> energies, double e0, double low, double high, bool widenDown)
    {
        int start = EnergyIndex.Of(energies, low + e0), end = EnergyIndex.Nearest(energies, high + e0);
        if (end - start < 2)
            end = Math.Min(energies.Length, start + 2);
        if (widenDown && end - start < 2)
            start = Math.Max(0, start - 2);
        return start..end;
    }

    private static double[] Weighted(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, Range range, int nvict)
    {
        double[] weighted = mu[range].ToArray();
        for (int i = 0; i < weighted.Length; i++)
            weighted[i] *= Math.Pow(energies[range.Start.Value + i], nvict);
        return weighted;
    }

    private static (double[] Post, double[] Norm, double[] Flat) Curves(
        ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, double[] pre, FittedPolynomial polynomial, int edge, double step)
    {
        int n = mu.Length;
        double[] post = new double[n], norm = new double[n], flat = new double[n];
        double atEdge = polynomial.At(energies[edge]) / step;
        for (int i = 0; i < n; i++)
        {
            double rise = polynomial.At(energies[i]);
            post[i] = pre[i] + rise;
            norm[i] = (mu[i] - pre[i]) / step;
            flat[i] = i < edge ? norm[i] : norm[i] - (rise / step) + atEdge;
        }

        return (post, norm, flat);
    }

    private static void CheckPoints(int points, int needed, string name, double low, double high)
    {
        if (points < needed)
            throw new XanesDataException(FormattableString.Invariant($"the {name} range from {low} to {high} eV has {points} points, its fit needs {needed}"),
                remedy: "Widen the range or lower the degree.");
    }
}
