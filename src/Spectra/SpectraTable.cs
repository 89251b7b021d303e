namespace XanesMl.Spectra;

/// <summary>Spectra of one energy grid with their labels: row i is one absorbing site. Immutable; numbers are row-major float32.</summary>
public sealed class SpectraTable
{
    private readonly float[] _spectra;
    private readonly float[] _descriptors;
    private readonly string[] _materials;
    private readonly string[] _sites;
    private readonly string?[] _elements;

    /// <summary>Takes ownership of the arrays; nothing is copied.</summary>
    /// <param name="grid">Energy grid of all spectra, points = grid.Count.</param>
    /// <param name="spectra">[rows x points] absorption, about 1 far above the edge; all finite.</param>
    /// <param name="descriptorNames">K names without the AUX_ prefix, distinct.</param>
    /// <param name="descriptors">[rows x K] values in their own units; NaN marks a missing one.</param>
    /// <param name="materials">[rows] material identifiers (MPID): rows of one material belong to one split.</param>
    /// <param name="sites">[rows] site identifiers within the material.</param>
    /// <param name="elements">[rows] absorbing element's symbol, or null where it is not known.</param>
    /// <exception cref="XanesDataException">Lengths that do not fit, repeated names, or a spectrum value that is not finite.</exception>
    public SpectraTable(EnergyGrid grid, float[] spectra, IReadOnlyList<string> descriptorNames, float[] descriptors, string[] materials, string[] sites, string?[] elements)
    {
        ArgumentNullException.ThrowIfNull(grid);
        ArgumentNullException.ThrowIfNull(spectra);
        ArgumentNullException.ThrowIfNull(descriptorNames);
        ArgumentNullException.ThrowIfNull(descriptors);
        ArgumentNullException.ThrowIfNull(materials);
        ArgumentNullException.ThrowIfNull(sites);
        ArgumentNullException.ThrowIfNull(elements);
        int rows = materials.Length;
        if (spectra.LongLength != (long)rows * grid.Count)
            throw new XanesDataException($"{rows} rows of {grid.Count} points need {(long)rows * grid.Count} values, got {spectra.LongLength}");
        if (descriptors.LongLength != (long)rows * descriptorNames.Count)
            throw new XanesDataException($"{rows} rows of {descriptorNames.Count} descriptors need {(long)rows * descriptorNames.Count} values, got {descriptors.LongLength}");
        if (sites.Length != rows || elements.Length != rows)
            throw new XanesDataException($"{rows} materials come with {sites.Length} sites and {elements.Length} elements");
        if (descriptorNames.Distinct(StringComparer.Ordinal).Count() != descriptorNames.Count)
            throw new XanesDataException($"descriptor names repeat: {string.Join(", ", descriptorNames)}");
        for (int i = 0; i < spectra.Length; i++)
            if (!float.IsFinite(spectra[i]))
                throw new XanesDataException($"spectrum value {spectra[i]} in row {i / grid.Count + 1} at {grid[i % grid.Count]} eV", remedy: "Remove the row or repair the value.");
        Grid = grid;
        DescriptorNames = [.. descriptorNames];
        (_spectra, _descriptors, _materials, _sites, _elements) = (spectra, descriptors, materials, sites, elements);
    }

    /// <summary>Energy grid of every row.</summary>
    public EnergyGrid Grid { get; }

    /// <summary>Number of spectra.</summary>
    public int RowCount => _materials.Length;

    /// <summary>Points of a spectrum.</summary>
    public int PointCount => Grid.Count;

    /// <summary>Names of the K descriptors, without the AUX_ prefix.</summary>
    public IReadOnlyList<string> DescriptorNames { get; }

    /// <summary>All spectra, [rows x points] row-major.</summary>
    public ReadOnlyMemory<float> Spectra => _spectra;

    /// <summary>All descriptors, [rows x K] row-major, NaN = missing.</summary>
    public ReadOnlyMemory<float> Descriptors => _descriptors;

    /// <summary>Material identifier of each row.</summary>
    public IReadOnlyList<string> Materials => _materials;

    /// <summary>Site identifier of each row.</summary>
    public IReadOnlyList<string> Sites => _sites;

    /// <summary>Element symbol of each row, or null.</summary>
    public IReadOnlyList<string?> Elements => _elements;

    /// <summary>Spectrum of one row, [points].</summary>
    public ReadOnlySpan<float> Spectrum(int row) => _spectra.AsSpan(checked(row * PointCount), PointCount);

    /// <summary>Descriptor <paramref name="descriptor"/> (index into <see cref="DescriptorNames"/>) of one row; NaN = missing.</summary>
    public float Descriptor(int row, int descriptor) => _descriptors[(row * DescriptorNames.Count) + descriptor];

    /// <summary>One descriptor of all rows, [rows]; NaN = missing.</summary>
    /// <exception cref="XanesDataException">The table has no such descriptor.</exception>
    public float[] DescriptorColumn(string name)
    {
        int k = IndexOfDescriptor(name);
        var v = new float[RowCount];
        for (int i = 0; i < v.Length; i++)
            v[i] = Descriptor(i, k);
        return v;
    }

    /// <summary>Index of a descriptor by name.</summary>
    /// <exception cref="XanesDataException">The table has no such descriptor.</exception>
    public int IndexOfDescriptor(string name)
    {
        for (int k = 0; k < DescriptorNames.Count; k++)
            if (string.Equals(DescriptorNames[k], name, StringComparison.Ordinal))
                return k;
        throw new XanesDataException($"the table has no descriptor '{name}'", remedy: $"It has {(DescriptorNames.Count == 0 ? "none" : string.Join(", ", DescriptorNames))}.");
    }

    /// <summary>The given rows, in the given order, as a new table.</summary>
    public SpectraTable Select(IReadOnlyList<int> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        int n = rows.Count, p = PointCount, k = DescriptorNames.Count;
        var s = new float[checked(n * p)];
        var d = new float[n * k];
        var m = new string[n];
        var t = new string[n];
        var e = new string?[n];
        for (int i = 0; i < n; i++)
        {
            int r = rows[i];
            Spectrum(r).CopyTo(s.AsSpan(i * p));
            _descriptors.AsSpan(r * k, k).CopyTo(d.AsSpan(i * k));
            (m[i], t[i], e[i]) = (_materials[r], _sites[r], _elements[r]);
        }

        return new SpectraTable(Grid, s, DescriptorNames, d, m, t, e);
    }

    /// <summary>The same rows with these descriptors, in this order.</summary>
    /// <exception cref="XanesDataException">A name that the table does not have.</exception>
    public SpectraTable WithDescriptors(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        int[] index = [.. names.Select(IndexOfDescriptor)];
        var d = new float[RowCount * index.Length];
        for (int i = 0; i < RowCount; i++)
            for (int k = 0; k < index.Length; k++)
                d[(i * index.Length) + k] = Descriptor(i, index[k]);
        return new SpectraTable(Grid, _spectra, names, d, _materials, _sites, _elements);
    }

    /// <summary>The same rows and labels with other spectra on another grid; used by resampling and alignment.</summary>
    /// <param name="grid">New grid.</param>
    /// <param name="spectra">[rows x grid.Count], owned by the new table.</param>
    public SpectraTable WithSpectra(EnergyGrid grid, float[] spectra) => new(grid, spectra, DescriptorNames, _descriptors, _materials, _sites, _elements);

    /// <summary>All rows of tables that share one grid; a descriptor that a table lacks is missing (NaN) in its rows.</summary>
    /// <exception cref="XanesDataException">No table, or grids that differ.</exception>
    public static SpectraTable Concat(IReadOnlyList<SpectraTable> tables)
    {
        ArgumentNullException.ThrowIfNull(tables);
        if (tables.Count == 0)
            throw new XanesDataException("no table to put together");
        if (tables.Count == 1)
            return tables[0];
        var grid = tables[0].Grid;
        if (tables.FirstOrDefault(t => !t.Grid.Matches(grid)) is { } odd)
            throw new XanesDataException($"energy grids differ: {grid} and {odd.Grid}", remedy: "Align or resample the tables onto one grid first.");
        string[] names = [.. tables.SelectMany(t => t.DescriptorNames).Distinct(StringComparer.Ordinal)];
        int rows = tables.Sum(t => t.RowCount), at = 0;
        var spectra = new float[checked(rows * grid.Count)];
        var descriptors = new float[rows * names.Length];
        Array.Fill(descriptors, float.NaN);
        foreach (var t in tables)
        {
            t._spectra.CopyTo(spectra, at * grid.Count);
            for (int k = 0; k < t.DescriptorNames.Count; k++)
            {
                int target = Array.IndexOf(names, t.DescriptorNames[k]);
                for (int i = 0; i < t.RowCount; i++)
                    descriptors[((at + i) * names.Length) + target] = t.Descriptor(i, k);
            }

            at += t.RowCount;
        }

        return new SpectraTable(grid, spectra, names, descriptors,
            [.. tables.SelectMany(t => t._materials)], [.. tables.SelectMany(t => t._sites)], [.. tables.SelectMany(t => t._elements)]);
    }
}
