namespace XanesMl.Spectra.Normalization;

/// <summary>Ranges of the pre-edge and post-edge fit as xraylarch chooses them where the options do not say. Energies in eV relative to E0.</summary>
internal readonly record struct FitRanges(double Pre1, double Pre2, double Norm1, double Norm2, int Degree, Range Pre, Range Post)
{
    /// <summary>Limits and points of both fits.</summary>
    public static FitRanges Resolve(ReadOnlySpan<double> energies, int edge, PreEdgeOptions options)
    {
        double e0 = energies[edge];
        var (pre1, pre2) = PreLimits(energies, edge, options);
        var (norm1, norm2) = NormLimits(energies, e0, options);
        int degree = options.NNorm ?? (norm2 - norm1 < 30 ? 0 : norm2 - norm1 < 300 ? 1 : 2);
        return new FitRanges(pre1, pre2, norm1, norm2, degree, Points(energies, e0, pre1, pre2, widenDown: false), Points(energies, e0, norm1, norm2, widenDown: true));
    }

    /// <summary>Index of E0: found, or the measured energy nearest to the one that is given.</summary>
    public static int EdgeIndex(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, PreEdgeOptions options, NormalizationWorkspace workspace)
    {
        if (options.E0 is not { } e0)
            return E0Finder.FindChecked(energies, mu, workspace);
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
    private static Range Points(ReadOnlySpan<double> energies, double e0, double low, double high, bool widenDown)
    {
        int start = EnergyIndex.Of(energies, low + e0), end = EnergyIndex.Nearest(energies, high + e0);
        if (end - start < 2)
            end = Math.Min(energies.Length, start + 2);
        if (widenDown && end - start < 2)
            start = Math.Max(0, start - 2);
        return start..end;
    }

    /// <summary>Throws where a fit has fewer points than it needs.</summary>
    public static void CheckPoints(int points, int needed, string name, double low, double high)
    {
        if (points < needed)
            throw new XanesDataException(FormattableString.Invariant($"the {name} range from {low} to {high} eV has {points} points, its fit needs {needed}"),
                remedy: "Widen the range or lower the degree.");
    }
}
