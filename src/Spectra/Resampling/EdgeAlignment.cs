using System.Collections.ObjectModel;
using System.Globalization;

namespace XanesMl.Spectra.Resampling;

/// <summary>The energy that counts as zero for each element when spectra are put on a grid relative to the edge.</summary>
public sealed record EdgeReferences
{
    /// <summary>Takes reference energies.</summary>
    /// <param name="energies">Element symbol to energy in eV, finite and above 0.</param>
    /// <exception cref="XanesDataException">No element, or an energy that is not finite and positive.</exception>
    public EdgeReferences(IReadOnlyDictionary<string, double> energies)
    {
        ArgumentNullException.ThrowIfNull(energies);
        if (energies.Count == 0)
            throw new XanesDataException("no reference energy is given", "option edge references", remedy: "Give at least one element and its energy in eV.");
        foreach (var (symbol, energy) in energies)
            if (!double.IsFinite(energy) || energy <= 0)
                throw new XanesDataException($"the reference energy of {symbol} is {energy.ToString(CultureInfo.InvariantCulture)} eV", "option edge references", remedy: "Give the edge energy in eV.");
        Energies = new ReadOnlyDictionary<string, double>(new SortedDictionary<string, double>(energies.ToDictionary(), StringComparer.Ordinal));
    }

    /// <summary>The tabulated K edges, <see cref="KEdges"/>.</summary>
    public static EdgeReferences Default { get; } = new(KEdges.Elements.ToDictionary(e => e, KEdges.Energy, StringComparer.Ordinal));

    /// <summary>Element symbol to energy in eV, by symbol.</summary>
    public IReadOnlyDictionary<string, double> Energies { get; }

    /// <summary>Two sets of references are equal when they hold the same elements and energies.</summary>
    public bool Equals(EdgeReferences? other) => other is not null && Energies.SequenceEqual(other.Energies);

    /// <inheritdoc/>
    public override int GetHashCode() => Energies.Aggregate(0, (h, e) => HashCode.Combine(h, e.Key, e.Value));
}

/// <summary>Brings spectra of several elements onto one grid of energies relative to each element's reference.</summary>
public static class EdgeAlignment
{
    /// <summary>The table on a relative grid: each row's energies minus its element's reference, resampled as <see cref="GridResampler"/> does.</summary>
    /// <param name="table">Spectra on absolute energies, with an element in every row.</param>
    /// <param name="references">Reference energies.</param>
    /// <param name="relativeGrid">Target energies in eV relative to the reference.</param>
    /// <exception cref="XanesDataException">A row without an element or reference, or ranges that do not overlap.</exception>
    public static SpectraTable ToRelative(SpectraTable table, EdgeReferences references, EnergyGrid relativeGrid)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(references);
        ArgumentNullException.ThrowIfNull(relativeGrid);
        var resamplers = new Dictionary<string, GridResampler>(StringComparer.Ordinal);
        var spectra = new float[checked(table.RowCount * relativeGrid.Count)];
        for (int i = 0; i < table.RowCount; i++)
        {
            double reference = Reference(table, i, references);
            string element = table.Elements[i]!;
            if (!resamplers.TryGetValue(element, out var resampler))
                resamplers.Add(element, resampler = new GridResampler(table.Grid.Shift(-reference), relativeGrid));
            resampler.Resample(table.Spectrum(i), spectra.AsSpan(i * relativeGrid.Count, relativeGrid.Count));
        }

        return table.WithSpectra(relativeGrid, spectra);
    }

    /// <summary>The widest equidistant grid of relative energies that every row of every table covers.</summary>
    /// <param name="tables">Tables on absolute energies, with an element in every row.</param>
    /// <param name="references">Reference energies.</param>
    /// <param name="points">Points of the grid.</param>
    /// <exception cref="XanesDataException">No row, a row without an element or reference, or no range that all cover.</exception>
    public static EnergyGrid CommonGrid(IReadOnlyList<SpectraTable> tables, EdgeReferences references, int points)
    {
        ArgumentNullException.ThrowIfNull(tables);
        ArgumentNullException.ThrowIfNull(references);
        double first = double.NegativeInfinity, last = double.PositiveInfinity;
        foreach (var table in tables)
        {
            for (int i = 0; i < table.RowCount; i++)
            {
                double reference = Reference(table, i, references);
                first = Math.Max(first, table.Grid.First - reference);
                last = Math.Min(last, table.Grid.Last - reference);
            }
        }

        if (double.IsInfinity(first))
            throw new XanesDataException("there is no spectrum to find a common grid for", remedy: "Give tables with at least one row.");
        if (first >= last)
            throw new XanesDataException(FormattableString.Invariant($"no range of relative energies is covered by all spectra: the last begins at {first:0.###} eV, the first ends at {last:0.###} eV"),
                remedy: "Give a grid of your own, or leave out the table that does not fit.");
        return EnergyGrid.Uniform(first, last, points);
    }

    private static double Reference(SpectraTable table, int row, EdgeReferences references)
    {
        string element = table.Elements[row]
            ?? throw new XanesDataException($"the element of row {row + 1} ({table.Materials[row]}, site {table.Sites[row]}) is not known",
                remedy: "Name it when reading (option Element), or give the file an ELEMENT column.");
        return references.Energies.TryGetValue(element, out double energy) ? energy
            : throw new XanesDataException($"no reference energy for element {element} of row {row + 1} ({table.Materials[row]}, site {table.Sites[row]})",
                remedy: $"Give one; there are {string.Join(", ", references.Energies.Keys)}.");
    }
}
