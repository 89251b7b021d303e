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
    private const int SmallestSteps = 10;

    /// <summary>Finds E0.</summary>
    /// <param name="energies">At least <see cref="MinimumPoints"/> energies in eV, strictly increasing.</param>
    /// <param name="mu">[energies.Length] absorption.</param>
    /// <returns>Index of E0 in <paramref name="energies"/>: E0 is always a measured energy.</returns>
    /// <exception cref="XanesDataException">Too few points, values that are not finite, or energies that do not increase.</exception>
    public static int Find(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu) => Find(energies, mu, new NormalizationWorkspace());

    /// <inheritdoc cref="Find(ReadOnlySpan{double}, ReadOnlySpan{double})"/>
    /// <param name="energies">At least <see cref="MinimumPoints"/> energies in eV, strictly increasing.</param>
    /// <param name="mu">[energies.Length] absorption.</param>
    /// <param name="workspace">Memory, so that nothing is allocated.</param>
    public static int Find(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, NormalizationWorkspace workspace)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        EnergyIndex.CheckSpectrum(energies, mu, MinimumPoints);
        workspace.Reset();
        return FindChecked(energies, mu, workspace);
    }

    /// <summary><see cref="Find(ReadOnlySpan{double}, ReadOnlySpan{double}, NormalizationWorkspace)"/> on a spectrum that was checked, with memory from where the workspace stands.</summary>
    internal static int FindChecked(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, NormalizationWorkspace workspace)
    {
        if (energies.Length < MinimumPoints)
            throw EnergyIndex.TooFew(energies.Length, MinimumPoints);
        int n = energies.Length;
        // xraylarch's filter for unordered points compares neighbours and so never keeps the last point; both searches go without it.
        var e = energies[..^1];
        var derivative = workspace.Take(n - 1);
        Derivative(e, mu[..^1], derivative);
        int first = Steepest(derivative);
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
        double step = 0.5 * (Math.Clamp(TypicalStep(e, workspace), 0.01, 1) + Math.Clamp(e1 / 25000, 0.01, 1));
        var window = energies[start..(stop - 1)];
        derivative = workspace.Take(window.Length);
        Derivative(window, mu[start..(stop - 1)], derivative);
        var smooth = workspace.Take(window.Length);
        LorentzianSmoothing.Smooth(window, derivative, step, workspace, smooth);
        int second = Steepest(smooth);
        return start + (second < 1 ? 2 : second);
    }

    /// <summary>D = grad(mu) / grad(E): central differences with unit spacing, one-sided at the ends.</summary>
    internal static void Derivative(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, Span<double> derivative)
    {
        int n = energies.Length;
        mu = mu[..n];
        derivative = derivative[..n];
        for (int i = 1; i < n - 1; i++)
            derivative[i] = (mu[i + 1] - mu[i - 1]) / (energies[i + 1] - energies[i - 1]);
        derivative[0] = (mu[1] - mu[0]) / (energies[1] - energies[0]);
        derivative[n - 1] = (mu[n - 1] - mu[n - 2]) / (energies[n - 1] - energies[n - 2]);
    }

    // Index of the highest derivative among the candidates whose two neighbours are candidates too; 0 where there is none. Scales the derivative in place.
    private static int Steepest(Span<double> derivative)
    {
        int n = derivative.Length, margin = Math.Max(Margin, (int)(n * 0.02));
        double min = derivative[margin], max = min;
        foreach (double d in derivative[margin..(n - margin)])
        {
            min = d < min ? d : min;
            max = d > max ? d : max;
        }

        double range = Math.Max(1e-10, max - min);
        foreach (ref double d in derivative)
            d = (d - min) / range;
        double threshold = Threshold(derivative);
        int best = 0;
        double highest = 0;
        for (int i = margin; i <= n - margin && i < n - 1; i++)
            if (derivative[i] > highest && derivative[i] > threshold && derivative[i - 1] > threshold && derivative[i + 1] > threshold)
                (best, highest) = (i, derivative[i]);
        return best;
    }

    // A candidate is above 0.60 (0.30 in a short scan; halved up to twice where fewer than three are); minus infinity where everything is one.
    private static double Threshold(ReadOnlySpan<double> scaled)
    {
        double threshold = scaled.Length > 20 ? 0.60 : 0.30;
        if (CountAbove(scaled, threshold) >= 3)
            return threshold;
        for (int halving = 0; halving < 2 && CountAbove(scaled, threshold) <= 3; halving++)
            threshold /= 2;
        return CountAbove(scaled, threshold) >= 3 ? threshold : double.NegativeInfinity;
    }

    private static int CountAbove(ReadOnlySpan<double> values, double threshold)
    {
        int count = 0;
        foreach (double v in values)
            count += v > threshold ? 1 : 0;
        return count;
    }

    // Mean of the ten smallest steps after skipping the lowest 1 %; 1 % of the points at either end of the scan do not count.
    private static double TypicalStep(ReadOnlySpan<double> energies, NormalizationWorkspace workspace)
    {
        int skip = (int)(0.01 * energies.Length);
        var inner = energies[skip..^(skip + 1)];
        int count = inner.Length - 1, wanted = Math.Min(count, skip + SmallestSteps);
        // The smallest so far, ascending: a sort of all steps would cost more than everything else here.
        var smallest = workspace.Take(wanted);
        smallest.Fill(double.PositiveInfinity);
        for (int i = 0; i < count; i++)
        {
            double step = inner[i + 1] - inner[i];
            if (step >= smallest[^1])
                continue;
            int at = wanted - 1;
            for (; at > 0 && smallest[at - 1] > step; at--)
                smallest[at] = smallest[at - 1];
            smallest[at] = step;
        }

        return Mean(smallest.Slice(skip, Math.Min(SmallestSteps, count - skip)));
    }

    private static double Mean(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double v in values)
            sum += v;
        return sum / values.Length;
    }
}
