namespace XanesMl.Spectra.Measured;

/// <summary>What a reader knows about a spectrum besides its numbers; filled while reading, turned into a <see cref="MeasuredSpectrum"/> at the end.</summary>
internal sealed class SpectrumSource
{
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

    public required string Path { get; init; }

    public required string Name { get; set; }

    public required string Format { get; set; }

    public int Index { get; set; }

    public string? Element { get; set; }

    public string? Edge { get; set; }

    public string? Sample { get; set; }

    public string? Facility { get; set; }

    public string? Beamline { get; set; }

    public double? StatedE0 { get; set; }

    /// <summary>Spacing of the monochromator's planes as the file says it, angstrom.</summary>
    public double? DSpacing { get; set; }

    /// <summary>Energy of the edge that relative energies are counted from, as the file says it, eV.</summary>
    public double? EnergyOrigin { get; set; }

    /// <summary>Set where a file with normalized-looking columns is the output of a simulation.</summary>
    public bool Simulated { get; set; }

    public List<string> Warnings { get; } = [];

    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Keeps an entry; the first one of a name wins, later ones get a number.</summary>
    public void Keep(string key, string? value)
    {
        string? kept = MeasuredText.Value(value);
        if (kept is null || _metadata.Count >= MeasuredLimits.MetadataEntries)
            return;
        string name = MeasuredText.Value(key) ?? "";
        for (int i = 2; name.Length > 0 && !_metadata.TryAdd(name, kept) && i < 100; i++)
            name = $"{key} ({i})";
    }
}
