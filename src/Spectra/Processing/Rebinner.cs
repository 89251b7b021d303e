using XanesMl.Spectra.Normalization;

namespace XanesMl.Spectra.Processing;

/// <summary>The grid of a rebinned scan: three regions as in Athena, whose defaults these are.</summary>
public sealed record RebinOptions
{
    /// <summary>Absolute E0 in eV. Null: <see cref="E0Finder"/>.</summary>
    public double? E0 { get; init; }

    /// <summary>Step below the XANES region, eV. Default 10.</summary>
    public double PreEdgeStep { get; init; } = 10;

    /// <summary>Where the XANES region begins, eV relative to E0. Default -30.</summary>
    public double XanesFirst { get; init; } = -30;

    /// <summary>Where it ends, eV relative to E0, above 0. Default 50.</summary>
    public double XanesLast { get; init; } = 50;

    /// <summary>Step of the XANES region, eV. Default 0.5.</summary>
    public double XanesStep { get; init; } = 0.5;

    /// <summary>Step of the photoelectron's wave number above it, 1/angstrom. Default 0.05.</summary>
    public double KStep { get; init; } = 0.05;

    internal void Validate()
    {
        foreach (double step in (ReadOnlySpan<double>)[PreEdgeStep, XanesStep, KStep])
            if (!(step >= 1e-3) || !double.IsFinite(step))
                throw new XanesDataException(FormattableString.Invariant($"a step is {step}"), "option rebin", remedy: "Give steps of 0.001 or more, in eV and 1/angstrom.");
        if (!double.IsFinite(XanesFirst) || !double.IsFinite(XanesLast) || XanesFirst >= XanesLast || XanesLast <= 0)
            throw new XanesDataException(FormattableString.Invariant($"the XANES region is {XanesFirst} to {XanesLast} eV"), "option rebin", remedy: "Give two energies relative to E0, the second one above 0.");
    }
}

/// <summary>Averages a finely or continuously scanned spectrum into bins.</summary>
public static class Rebinner
{
    /// <summary>2 m / hbar^2 in 1/(eV angstrom^2), so that k^2 = this times (E - E0). From CODATA 2018: m c^2 = 510998.95 eV, hbar c = 1973.269804 eV angstrom.</summary>
    public const double WaveNumberSquared = 2 * 510998.95 / (1973.269804 * 1973.269804);

    private const int MaximumPoints = 1_000_000;

    /// <summary>Rebins one spectrum.</summary>
    /// <param name="energies">Energies in eV, strictly increasing.</param>
    /// <param name="mu">[energies.Length] absorption.</param>
    /// <param name="options">The grid; null means Athena's.</param>
    /// <returns>Grid and averages.</returns>
    /// <exception cref="XanesDataException">Data or options that cannot be used.</exception>
    public static (EnergyGrid Grid, double[] Mu) Rebin(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, RebinOptions? options = null)
    {
        options ??= new RebinOptions();
        options.Validate();
        EnergyIndex.CheckSpectrum(energies, mu, minimum: 2);
        double e0 = options.E0 ?? energies[E0Finder.Find(energies, mu)];
        if (!(e0 >= energies[0] && e0 <= energies[^1]))
            throw new XanesDataException(FormattableString.Invariant($"E0 {e0} eV lies outside the scan, {energies[0]} to {energies[^1]} eV"), "option E0",
                remedy: "Give the absolute edge energy in eV, or leave it out to have it found.");
        var grid = Grid(energies[0], energies[^1], e0, options);
        return (grid, Average(energies, mu, grid));
    }

    /// <summary>The energies of all three regions that lie between two energies.</summary>
    /// <param name="first">Lowest energy of the data, eV.</param>
    /// <param name="last">Highest energy of the data, eV.</param>
    /// <param name="e0">Edge energy, eV.</param>
    /// <param name="options">Regions and steps.</param>
    /// <exception cref="XanesDataException">Fewer than two energies, or more than a million.</exception>
    public static EnergyGrid Grid(double first, double last, double e0, RebinOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        double xanes = e0 + options.XanesFirst, exafs = e0 + options.XanesLast, k = Math.Sqrt(WaveNumberSquared * options.XanesLast);
        // Each region on its own: one that lies wholly outside the data has no points, not fewer than none.
        double points = Math.Max(0, (xanes - first) / options.PreEdgeStep) + ((exafs - xanes) / options.XanesStep) + (Math.Sqrt(WaveNumberSquared * Math.Max(0, last - e0)) / options.KStep);
        if (!(points <= MaximumPoints))
            throw new XanesDataException(FormattableString.Invariant($"the steps give {points:0} points"), "option rebin", remedy: $"Give larger steps; at most {MaximumPoints} points.");
        var grid = new List<double>();
        for (int i = (int)Math.Max(0, Math.Floor((xanes - first) / options.PreEdgeStep)); i > 0; i--)
            grid.Add(xanes - (i * options.PreEdgeStep));
        // Rounded: a region whose width is a multiple of the step ends before the next one begins.
        int steps = (int)Math.Ceiling(Math.Round((exafs - xanes) / options.XanesStep, 9));
        for (int i = 0; i < steps; i++)
            grid.Add(xanes + (i * options.XanesStep));
        for (int i = 0; e0 + (Math.Pow(k + (i * options.KStep), 2) / WaveNumberSquared) <= last; i++)
            grid.Add(e0 + (Math.Pow(k + (i * options.KStep), 2) / WaveNumberSquared));
        double[] covered = [.. grid.Where(e => e >= first && e <= last)];
        if (covered.Length < 2)
            throw new XanesDataException(FormattableString.Invariant($"{covered.Length} points of the new grid lie between {first} and {last} eV"), "option rebin", remedy: "Check E0 and the regions.");
        return new EnergyGrid(covered);
    }

    /// <summary>Mean of the piecewise linear curve through the points over each bin. Bins reach half-way to the neighbouring energies of the grid, so the area under the curve is kept
    /// exactly; a bin without a point gets the value of the line through it.</summary>
    /// <param name="energies">Energies in eV, strictly increasing.</param>
    /// <param name="mu">[energies.Length] absorption.</param>
    /// <param name="grid">Centres of the bins, within the energies.</param>
    /// <exception cref="XanesDataException">Data that cannot be used, or a grid that reaches beyond them.</exception>
    public static double[] Average(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, EnergyGrid grid)
    {
        ArgumentNullException.ThrowIfNull(grid);
        EnergyIndex.CheckSpectrum(energies, mu, minimum: 2);
        if (grid.First < energies[0] || grid.Last > energies[^1])
            throw new XanesDataException(FormattableString.Invariant($"the grid ({grid}) reaches beyond the data, {energies[0]} to {energies[^1]} eV"), remedy: "Give a grid within the data.");
        var integral = new double[mu.Length];
        for (int i = 1; i < integral.Length; i++)
            integral[i] = integral[i - 1] + (0.5 * (mu[i] + mu[i - 1]) * (energies[i] - energies[i - 1]));
        var result = new double[grid.Count];
        for (int b = 0; b < result.Length; b++)
        {
            double low = b == 0 ? energies[0] : 0.5 * (grid[b - 1] + grid[b]), high = b == result.Length - 1 ? energies[^1] : 0.5 * (grid[b] + grid[b + 1]);
            // The outermost bins are as wide to the outside as to the inside.
            low = Math.Max(low, b == 0 ? (1.5 * grid[0]) - (0.5 * grid[1]) : low);
            high = Math.Min(high, b == result.Length - 1 ? (1.5 * grid[^1]) - (0.5 * grid[^2]) : high);
            result[b] = (IntegralTo(energies, mu, integral, high) - IntegralTo(energies, mu, integral, low)) / (high - low);
        }

        return result;
    }

    private static double IntegralTo(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, double[] integral, double energy)
    {
        int i = Math.Min(EnergyIndex.Of(energies, energy), energies.Length - 2);
        double d = energy - energies[i], slope = (mu[i + 1] - mu[i]) / (energies[i + 1] - energies[i]);
        return integral[i] + (d * (mu[i] + (0.5 * d * slope)));
    }
}
