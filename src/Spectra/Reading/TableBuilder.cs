using System.Runtime.InteropServices;
using System.Text;

namespace XanesMl.Spectra.Reading;

/// <summary>Collects rows of unknown number in chunks, so that no array is ever copied to grow and the peak stays at twice the data.</summary>
internal sealed class TableBuilder(EnergyGrid grid, IReadOnlyList<string> descriptorNames, string source)
{
    private readonly int _rowsPerChunk = Math.Max(1, (1 << 18) / grid.Count);
    private readonly List<float[]> _chunks = [];
    private readonly List<float> _descriptors = [];
    private readonly List<string> _materials = [];
    private readonly List<string> _sites = [];
    private readonly List<string?> _elements = [];
    private readonly HashSet<string> _pool = new(StringComparer.Ordinal);

    public int RowCount => _materials.Count;

    /// <summary>Adds a row and returns its places: the spectrum and the descriptors, to be filled before the next call.</summary>
    public Span<float> AddRow(out Span<float> descriptors)
    {
        int inChunk = RowCount % _rowsPerChunk;
        if (inChunk == 0)
        {
            if ((RowCount + (long)_rowsPerChunk) * grid.Count > Array.MaxLength)
                throw new XanesDataException($"the table has more than {RowCount} rows of {grid.Count} points, more than one table can hold", source,
                    remedy: "Split the file.");
            _chunks.Add(GC.AllocateUninitializedArray<float>(_rowsPerChunk * grid.Count));
        }

        int k = descriptorNames.Count;
        CollectionsMarshal.SetCount(_descriptors, _descriptors.Count + k);
        descriptors = CollectionsMarshal.AsSpan(_descriptors)[^k..];
        descriptors.Fill(float.NaN);
        _materials.Add("");
        _sites.Add("");
        _elements.Add(null);
        return _chunks[^1].AsSpan(inChunk * grid.Count, grid.Count);
    }

    /// <summary>Sets the identifiers of the row added last.</summary>
    public void Identify(string material, string site, string? element) => (_materials[^1], _sites[^1], _elements[^1]) = (material, site, element);

    /// <summary>One string for equal identifiers: a material's sites share it. Null where the bytes are not UTF-8.</summary>
    public string? Intern(ReadOnlySpan<byte> utf8)
    {
        Span<char> text = stackalloc char[ReadLimits.IdentifierChars];
        if (utf8.Length > text.Length || !Encoding.UTF8.TryGetChars(utf8, text, out int length) || text[..length].Contains('\uFFFD'))
            return null;
        var lookup = _pool.GetAlternateLookup<ReadOnlySpan<char>>();
        if (lookup.TryGetValue(text[..length], out string? known))
            return known;
        string made = text[..length].ToString();
        _pool.Add(made);
        return made;
    }

    /// <summary>One string for equal identifiers.</summary>
    public string Intern(string text)
    {
        if (_pool.TryGetValue(text, out string? known))
            return known;
        _pool.Add(text);
        return text;
    }

    /// <summary>The finished table. The builder gives its chunks away one by one and cannot be used again.</summary>
    public SpectraTable Build()
    {
        if (RowCount == 0)
            throw new XanesDataException("the file has a header and no rows", source, remedy: "Give a file with at least one spectrum.");
        int total = RowCount * grid.Count;
        var spectra = GC.AllocateUninitializedArray<float>(total);
        for (int c = 0; c < _chunks.Count; c++)
        {
            int at = c * _rowsPerChunk * grid.Count;
            _chunks[c].AsSpan(0, Math.Min(_chunks[c].Length, total - at)).CopyTo(spectra.AsSpan(at));
            _chunks[c] = [];
        }

        return new SpectraTable(grid, spectra, descriptorNames, [.. _descriptors], [.. _materials], [.. _sites], [.. _elements]);
    }
}
