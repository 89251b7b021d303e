using XanesMl.Spectra;

namespace XanesMl.Training.Evaluation;

/// <summary>Regions of energies whose simultaneous band leaves zero out.</summary>
internal static class FindingsRegions
{
    /// <summary>All regions of one source.</summary>
    public static IEnumerable<Finding> Of(FindingsEvidence evidence, EnergyGrid grid, double e0, FindingsOptions options)
    {
        if (evidence.Curves is not { } curves)
            return [];
        int points = grid.Count;
        double[] errors = [.. Enumerable.Range(0, curves.Estimates.Length).Select(e => curves.Summary(e).Error)];
        double[] largest = curves.LargestDeviations();
        if (largest.Length < 2)
            return [];
        double band = curves.AsStudent(SpectralVariation.Percentile(largest, 100 * (1 - options.Level)));
        var regions = new List<Finding>();
        for (int k = 0; k < evidence.Ranges.Count; k++)
        {
            var found = new List<Finding>();
            for (int p = 0; p < points;)
            {
                int sign = Sign(curves, errors, band, (k * points) + p), end = p + 1;
                while (end < points && Sign(curves, errors, band, (k * points) + end) == sign)
                    end++;
                if (sign != 0)
                    found.Add(Region(evidence, curves, errors, largest, band, grid, e0, k, p, end));
                p = end;
            }

            regions.AddRange(found.Where(f => Math.Abs(f.Effect) >= options.SmallestIntensity).OrderByDescending(f => Math.Abs(f.Effect)));
        }

        return regions;
    }

    private static int Sign(BootstrapEffects curves, double[] errors, double band, int e) =>
        errors[e] > 0 && Math.Abs(curves.Estimates[e]) > band * errors[e] ? Math.Sign(curves.Estimates[e]) : 0;

    private static Finding Region(FindingsEvidence evidence, BootstrapEffects curves, double[] errors, double[] largest, double band, EnergyGrid grid, double e0, int k, int from, int end)
    {
        int offset = k * grid.Count, top = from;
        for (int p = from; p < end; p++)
            if (Math.Abs(curves.Estimates[offset + p]) > Math.Abs(curves.Estimates[offset + top]))
                top = p;
        double effect = curves.Estimates[offset + top], error = errors[offset + top], z = curves.AsNormal(effect / error);
        // Counting the sample itself keeps p above 0 (Davison and Hinkley 1997, equation 4.11).
        double adjusted = (1.0 + largest.Count(l => l >= z)) / (1 + largest.Length);
        var range = evidence.Ranges[k];
        var finding = new Finding
        {
            Text = "", Descriptor = range.Name, Source = evidence.Source, Kind = FindingKind.Region, Quantity = "absorption", EffectUnit = "",
            Energy = grid[top] - e0, RegionFrom = grid[from] - e0, RegionTo = grid[end - 1] - e0, Effect = effect, Error = error, Low = effect - (band * error), High = effect + (band * error),
            P = adjusted, Q = adjusted, RangeFrom = range.From, RangeTo = range.To, RangeUnit = range.Unit, Rows = evidence.Rows, Looked = evidence.Rows, Materials = curves.Groups, Found = true,
        };
        return finding with { Text = FindingsText.Region(finding) };
    }
}
