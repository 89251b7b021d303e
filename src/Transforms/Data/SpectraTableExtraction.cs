using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Spectra;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Data;

/// <summary>Names of the columns that a table is read from.</summary>
public sealed record SpectraTableColumns
{
    /// <summary>Text, or null: rows are numbered from 1.</summary>
    public string? Material { get; init; } = Defaults.MaterialColumn;

    /// <summary>Text, or null: every site is "0".</summary>
    public string? Site { get; init; } = Defaults.SiteColumn;

    /// <summary>Text, or null: the element is not known.</summary>
    public string? Element { get; init; } = Defaults.ElementColumn;

    /// <summary>Vector of Double or Single, eV; the same in every row.</summary>
    public string Energy { get; init; } = Defaults.EnergyColumn;

    /// <summary>Vector&lt;Single&gt;.</summary>
    public string Spectrum { get; init; } = Defaults.SpectrumColumn;

    /// <summary>Single columns that hold descriptors; null takes every visible Single column.</summary>
    public IReadOnlyList<string>? Descriptors { get; init; }
}

/// <summary>Reads an ML.NET view into a table of spectra.</summary>
public static class SpectraTableExtraction
{
    /// <summary>All rows as a table. The way back of LoadFromSpectraTable, and the way out of a pipeline.</summary>
    /// <param name="data">Spectra that share one energy grid.</param>
    /// <param name="columns">Names of the columns; null for those of LoadFromSpectraTable.</param>
    /// <exception cref="XanesDataException">A column is missing or of another type, a row has other energies than the first, or a spectrum value is not finite.</exception>
    public static SpectraTable ToSpectraTable(this IDataView data, SpectraTableColumns? columns = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        return Read(data, columns ?? new SpectraTableColumns(), grid: null);
    }

    /// <param name="data">Spectra that share one energy grid.</param>
    /// <param name="columns">Names of the columns.</param>
    /// <param name="grid">The grid, in place of an energy column; null to read that.</param>
    internal static SpectraTable Read(IDataView data, SpectraTableColumns columns, EnergyGrid? grid)
    {
        var schema = data.Schema;
        DataViewSchema.Column? energy = grid is null ? Columns.Require(schema, columns.Energy, EnergyReader.Expected, EnergyReader.Accepts) : null;
        var spectrum = Columns.Require(schema, columns.Spectrum, "Vector<Single> of absorption", t => Columns.IsVector(t, 0, NumberDataViewType.Single));
        DataViewSchema.Column?[] texts = [TextColumn(schema, columns.Material), TextColumn(schema, columns.Site), TextColumn(schema, columns.Element)];
        DataViewSchema.Column[] labels = columns.Descriptors is { } names
            ? [.. names.Select(n => Columns.Require(schema, n, "Single", t => t == NumberDataViewType.Single))]
            : [.. schema.Where(c => !c.IsHidden && c.Type == NumberDataViewType.Single)];
        return Read(data, grid, energy, spectrum, texts, labels);
    }

    private static SpectraTable Read(IDataView data, EnergyGrid? grid, DataViewSchema.Column? energy, DataViewSchema.Column spectrum, DataViewSchema.Column?[] texts, DataViewSchema.Column[] labels)
    {
        using var cursor = data.GetRowCursor([.. energy is { } e ? [e] : Array.Empty<DataViewSchema.Column>(), spectrum, .. texts.OfType<DataViewSchema.Column>(), .. labels]);
        var energies = energy is { } column ? new EnergyReader(cursor, column) : null;
        var readSpectrum = cursor.GetGetter<VBuffer<float>>(spectrum);
        var readLabels = Array.ConvertAll(labels, c => cursor.GetGetter<float>(c));
        var readTexts = Array.ConvertAll(texts, c => c is { } found ? cursor.GetGetter<ReadOnlyMemory<char>>(found) : null);
        var spectra = new List<float>();
        var descriptors = new List<float>();
        List<string>[] names = [[], [], []];
        VBuffer<float> mu = default;
        ReadOnlyMemory<char> text = default;
        float label = 0;
        while (cursor.MoveNext())
        {
            if (energies is not null)
                grid ??= new EnergyGrid(energies.Read());
            if (energies is not null && !energies.Read().SequenceEqual(grid!.Energies))
                throw EnergyReader.RowError(energy!.Value.Name, cursor, "the energies differ from those of the first row", "Resample the spectra onto one grid first.");
            readSpectrum(ref mu);
            if (mu.Length != grid!.Count)
                throw EnergyReader.RowError(spectrum.Name, cursor, $"{mu.Length} absorption values come with {grid.Count} energies", "Give one value for each energy.");
            int at = spectra.Count;
            System.Runtime.InteropServices.CollectionsMarshal.SetCount(spectra, at + grid.Count);
            mu.CopyTo(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(spectra)[at..]);
            foreach (var read in readLabels)
            {
                read(ref label);
                descriptors.Add(label);
            }

            for (int i = 0; i < names.Length; i++)
            {
                text = default;
                readTexts[i]?.Invoke(ref text);
                names[i].Add(text.ToString());
            }
        }

        if (grid is null || names[0].Count == 0)
            throw new XanesDataException("the data has no row", column: spectrum.Name, remedy: "Check the filters in front.");
        string[] materials = readTexts[0] is null ? [.. Enumerable.Range(1, names[0].Count).Select(i => $"{i}")] : [.. names[0]];
        string[] sites = readTexts[1] is null ? [.. names[1].Select(_ => "0")] : [.. names[1]];
        string?[] elements = [.. names[2].Select(e => e.Length == 0 ? null : e)];
        return new SpectraTable(grid, [.. spectra], [.. labels.Select(c => c.Name)], [.. descriptors], materials, sites, elements);
    }

    private static DataViewSchema.Column? TextColumn(DataViewSchema schema, string? name) =>
        name is null ? null : Columns.Require(schema, name, "Text", t => t is TextDataViewType);
}
