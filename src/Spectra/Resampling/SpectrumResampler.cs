using System.Runtime.InteropServices;

namespace XanesMl.Spectra.Resampling;

/// <summary>Puts spectra on a model's grid: quadratic spline, end values held outside the measured or simulated range, no normalization.</summary>
public static class SpectrumResampler
{
    /// <summary>Resamples one spectrum whose energies are its own. For many spectra on one grid use <see cref="GridResampler"/>.</summary>
    /// <param name="energies">At least three energies in eV, strictly increasing.</param>
    /// <param name="mu">[energies.Length] absorption.</param>
    /// <param name="grid">Target grid, in the same energies.</param>
    /// <param name="destination">[grid.Count] result.</param>
    /// <exception cref="XanesDataException">Energies that are no grid or do not overlap the target, lengths that differ, or a value that is not finite.</exception>
    public static void Resample(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, EnergyGrid grid, Span<float> destination)
    {
        CheckLengths(energies.Length, mu.Length);
        for (int i = 0; i < mu.Length; i++)
            if (!double.IsFinite(mu[i]))
                throw NotFinite(mu[i], energies[i]);
        new GridResampler(new EnergyGrid(energies), grid).Resample(mu, destination);
    }

    /// <inheritdoc cref="Resample(ReadOnlySpan{double}, ReadOnlySpan{double}, EnergyGrid, Span{float})"/>
    public static void Resample(ReadOnlySpan<double> energies, ReadOnlySpan<float> mu, EnergyGrid grid, Span<float> destination)
    {
        CheckLengths(energies.Length, mu.Length);
        for (int i = 0; i < mu.Length; i++)
            if (!float.IsFinite(mu[i]))
                throw NotFinite(mu[i], energies[i]);
        new GridResampler(new EnergyGrid(energies), grid).Resample(mu, destination);
    }

    /// <summary>The table on another grid. Where the grids are equal within <see cref="EnergyGrid.MatchTolerance"/> the spectra are shared, not copied.</summary>
    /// <exception cref="XanesDataException">The ranges do not overlap.</exception>
    public static SpectraTable Resample(this SpectraTable table, EnergyGrid grid)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(grid);
        if (table.Grid.Equals(grid))
            return table;
        if (table.Grid.Matches(grid) && MemoryMarshal.TryGetArray(table.Spectra, out var shared) && shared.Offset == 0 && shared.Count == shared.Array!.Length)
            return table.WithSpectra(grid, shared.Array);
        var resampler = new GridResampler(table.Grid, grid);
        var spectra = new float[checked(table.RowCount * grid.Count)];
        for (int i = 0; i < table.RowCount; i++)
            resampler.Resample(table.Spectrum(i), spectra.AsSpan(i * grid.Count, grid.Count));
        return table.WithSpectra(grid, spectra);
    }

    private static void CheckLengths(int energies, int mu)
    {
        if (energies != mu)
            throw new XanesDataException($"{energies} energies come with {mu} absorption values", remedy: "Give one value for each energy.");
    }

    private static XanesDataException NotFinite(double value, double energy) =>
        new(FormattableString.Invariant($"the absorption at {energy} eV is {value}"), remedy: "Remove the point or repair the value.");
}
