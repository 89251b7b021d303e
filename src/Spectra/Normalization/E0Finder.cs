namespace XanesMl.Spectra.Normalization;

/// <summary>Finds E0, the steepest rise of mu(E), as xraylarch's find_e0 does: once on the raw derivative, once more on a smoothed one near the first answer.</summary>
/// <remarks>The steepest rise is not always the main edge: for Cr6+, V5+ and Mn7+ it is the pre-edge peak. Set E0 by hand there if that is not what you want.</remarks>
public static class E0Finder
{
    /// <summary>Fewest points that leave a window for the second search.</summary>
    public const int MinimumPoints = 14;

    private const int WindowPoints = 75;
    private const int PointsBeforeMean = 20;
    private const int Margin = 3;

    /// <summary>Finds E0.</summary>
    /// <param name="energies">At least <see cref="MinimumPoints"/> energies in eV, strictly increasing.</param>
    /// <param name="mu">[energies.Length] absorption.</param>
    /// <returns>Index of E0 in <paramref name="energies"/>: E0 is always a measured energy.</returns>
    /// <exception cref="XanesDataException">Too few points, values that are not finite, or energies that do not increase.</exception>
    public static int Find(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu)
    {
        EnergyIndex.CheckSpectrum(energies, mu, MinimumPoints);
        int n = energies.Length;
        // xraylarch's filter for unordered points compares neighbours and so never keeps the last point; both searches go without it.
        var e = energies[..^1];
        int first = Steepest(Derivative(e, mu[..^1]));
        double e1 = energies[first];
        int start = Math.Max(Margin, first - WindowPoints), stop = Math.Min(first + WindowPoints, n - Margin);
        if (first < 0.05 * n)
        {
            // A rise among the first 5 % is a glitch of the beamline.
            e1 = Mean(energies);
            start = Math.Max(Margin, EnergyIndex.Nearest(energies, e1) - PointsBeforeMean);
            stop = n - Margin;
        }

        if (stop - start - 1 <= 2 * Margin)
            throw new XanesDataException(FormattableString.Invariant($"the steepest rise, at {e1} eV, is too near to an end of the scan to find E0"), remedy: "Give E0, or a scan that reaches further.");
        double step = 0.5 * (Math.Clamp(TypicalStep(e), 0.01, 1) + Math.Clamp(e1 / 25000, 0.01, 1));
        var window = energies[start..(stop - 1)];
        int second = Steepest(LorentzianSmoothing.Smooth(window, Derivative(window, mu[start..(stop - 1)]), step));
        return start + (second < 1 ? 2 : second);
    }

    /// <summary>D = grad(mu) / grad(E): central differences with unit spacing, one-sided at the ends.</summary>
    internal static double[] Derivative(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu)
    {
        var d = new double[energies.Length];
        for (int i = 0; i < d.Length; i++)
        {
            int low = Math.Max(0, i - 1), high = Math.Min(d.Length - 1, i + 1);
            d[i] = (mu[high] - mu[low]) / (energies[high] - energies[low]);
        }

        return d;
    }

    // Index of the highest derivative among the candidates whose two neighbours are candidates too; 0 where there is none.
    private static int Steepest(double[] derivative)
    {
        int n = derivative.Length, margin = Math.Max(Margin, (int)(n * 0.02));
        var inner = derivative.AsSpan(margin, n - (2 * margin));
        double min = inner[0], max = inner[0];
        foreach (double d in inner)
            (min, max) = (Math.Min(min, d), Math.Max(max, d));
        double range = Math.Max(1e-10, max - min);
        double[] scaled = Array.ConvertAll(derivative, d => (d - min) / range);
        bool[] candidate = Candidates(scaled);
        int best = 0;
        double highest = 0;
        for (int i = margin; i <= n - margin && i < n - 1; i++)
            if (candidate[i] && candidate[i - 1] && candidate[i + 1] && scaled[i] > highest)
                (best, highest) = (i, scaled[i]);
        return best;
    }

    private static bool[] Candidates(double[] scaled)
    {
        double threshold = scaled.Length > 20 ? 0.60 : 0.30;
        bool[] candidate = Array.ConvertAll(scaled, d => d > threshold);
        if (candidate.Count(c => c) >= 3)
            return candidate;
        for (int halving = 0; halving < 2 && candidate.Count(c => c) <= 3; halving++)
        {
            threshold /= 2;
            candidate = Array.ConvertAll(scaled, d => d > threshold);
        }

        return candidate.Count(c => c) >= 3 ? candidate : Array.ConvertAll(scaled, _ => true);
    }

    // Mean of the ten smallest steps after skipping the lowest 1 %; 1 % of the points at either end of the scan do not count.
    private static double TypicalStep(ReadOnlySpan<double> energies)
    {
        int skip = (int)(0.01 * energies.Length);
        var inner = energies[skip..^(skip + 1)];
        var steps = new double[inner.Length - 1];
        for (int i = 0; i < steps.Length; i++)
            steps[i] = inner[i + 1] - inner[i];
        Array.Sort(steps);
        return Mean(steps.AsSpan(skip, Math.Min(10, steps.Length - skip)));
    }

    private static double Mean(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double v in values)
            sum += v;
        return sum / values.Length;
    }
}
