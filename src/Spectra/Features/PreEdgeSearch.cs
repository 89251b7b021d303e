namespace XanesMl.Spectra.Features;

/// <summary>Finds the pre-edge peak above the lower convex hull of the curve below the edge.</summary>
internal static class PreEdgeSearch
{
    /// <summary>The highest peak above the hull.</summary>
    /// <param name="energies">[n] eV.</param>
    /// <param name="values">[n] smoothed curve.</param>
    /// <param name="inflection">Steepest rise of the main edge, eV: the hull ends there.</param>
    /// <param name="edge">Half step, eV: apexes lie below it.</param>
    /// <param name="smallest">Height that a peak must reach.</param>
    /// <param name="options">Where the hull begins, and how much of the spectrum there must be below edge and peak.</param>
    public static PreEdgePeak Find(ReadOnlySpan<double> energies, ReadOnlySpan<double> values, double inflection, double edge, double smallest, SpectralFeatureOptions options)
    {
        // Close to the edge a spectrum shows its rise only, and the foot of a shoulder on it looks like the background of a peak.
        if (edge - energies[0] < options.PreEdgeStart)
            return PreEdgePeak.Missing;
        int from = 0, to = -1;
        for (int i = 0; i < energies.Length && energies[i] <= inflection; i++)
        {
            if (energies[i] < inflection - options.PreEdgeWindow)
                from = i + 1;
            to = i;
        }

        var hull = LowerHull(energies, values, from, to);
        double height = 0;
        (int Left, int Right) best = (-1, -1);
        for (int j = 1; j < hull.Count; j++)
        {
            var (apex, top) = Highest(energies, values, hull[j - 1], hull[j]);
            if (top > height && energies[apex] < edge)
                (height, best) = (top, (hull[j - 1], hull[j]));
        }

        // A fit needs its width on the left of the foot to know the background there; at the spectrum's first points it extrapolates.
        if (height < smallest || best.Left < 0 || energies[best.Left] - energies[0] < options.FitWidth)
            return PreEdgePeak.Missing;
        var (area, centroid) = Moments(energies, values, best.Left, best.Right);
        return new PreEdgePeak(centroid, height, area);
    }

    /// <summary>Andrew's monotone chain over the points from..to.</summary>
    private static List<int> LowerHull(ReadOnlySpan<double> x, ReadOnlySpan<double> y, int from, int to)
    {
        var hull = new List<int>();
        for (int i = from; i <= to; i++)
        {
            while (hull.Count > 1 && (y[hull[^1]] - y[hull[^2]]) * (x[i] - x[hull[^2]]) >= (y[i] - y[hull[^2]]) * (x[hull[^1]] - x[hull[^2]]))
                hull.RemoveAt(hull.Count - 1);
            hull.Add(i);
        }

        return hull;
    }

    private static double Above(ReadOnlySpan<double> x, ReadOnlySpan<double> y, int left, int right, int i) =>
        y[i] - (y[left] + ((y[right] - y[left]) * (x[i] - x[left]) / (x[right] - x[left])));

    private static (int Apex, double Height) Highest(ReadOnlySpan<double> x, ReadOnlySpan<double> y, int left, int right)
    {
        (int apex, double height) = (left, 0);
        for (int i = left + 1; i < right; i++)
            if (Above(x, y, left, right, i) is var h && h > height)
                (apex, height) = (i, h);
        return (apex, height);
    }

    /// <summary>Area and centroid of what is above the chord, by trapezoids; energies relative to the left foot keep digits.</summary>
    private static (double Area, double Centroid) Moments(ReadOnlySpan<double> x, ReadOnlySpan<double> y, int left, int right)
    {
        double area = 0, moment = 0, before = 0;
        for (int i = left + 1; i <= right; i++)
        {
            double h = i == right ? 0 : Above(x, y, left, right, i), width = x[i] - x[i - 1];
            area += width * (before + h) / 2;
            moment += width * ((before * (x[i - 1] - x[left])) + (h * (x[i] - x[left]))) / 2;
            before = h;
        }

        return (area, x[left] + (moment / area));
    }
}
