namespace XanesMl.Spectra.Measured;

/// <summary>What the energy column holds.</summary>
public enum EnergyUnit
{
    /// <summary>As the label says; without a label, from the range of the values (eV or keV), else an error that asks.</summary>
    Auto,

    /// <summary>Electronvolt.</summary>
    ElectronVolt,

    /// <summary>Kiloelectronvolt.</summary>
    KiloElectronVolt,

    /// <summary>Bragg angle of the monochromator in degrees; needs the spacing of its crystal planes.</summary>
    MonochromatorDegrees,
}

/// <summary>Which signal to take where a file holds several.</summary>
public enum SignalChoice
{
    /// <summary>mu where the file has it; else the detectors' signal with the largest step over its noise, said among the warnings
    /// (fluorescence instead of transmission only where it is twice as good).</summary>
    Auto,

    /// <summary>Transmission.</summary>
    Transmission,

    /// <summary>Fluorescence.</summary>
    Fluorescence,

    /// <summary>The reference foil.</summary>
    Reference,

    /// <summary>The normalized column.</summary>
    Normalized,
}

/// <summary>How to read a measured file. The defaults read what beamlines write without being told anything.</summary>
/// <remarks>A column is named as in the file (any case) or by its number from 1. Numbers and names apply to XDI, columns and NeXus; Athena projects and
/// tables of spectra have fixed names.</remarks>
public sealed record MeasuredReadOptions
{
    /// <summary>Default of <see cref="MaxBytes"/>.</summary>
    public const long DefaultMaxBytes = 64L << 20;

    /// <summary>Energy (or angle) column; null (default): found by its label.</summary>
    public string? Energy { get; init; }

    /// <summary>Column of mu; null (default): found by its label, or computed from detectors.</summary>
    public string? Mu { get; init; }

    /// <summary>Column of the detector before the sample; null (default): found by its label.</summary>
    public string? I0 { get; init; }

    /// <summary>Column of the detector behind the sample; null (default): found by its label. Setting it asks for transmission.</summary>
    public string? Itrans { get; init; }

    /// <summary>Columns of the fluorescence detector, summed; empty (default): found by their labels. Setting them asks for fluorescence.</summary>
    public IReadOnlyList<string> Ifluor { get; init; } = [];

    /// <summary>Column of the detector behind the reference foil; null (default): found by its label.</summary>
    public string? Iref { get; init; }

    /// <summary>Unit of the energy column.</summary>
    public EnergyUnit EnergyUnit { get; init; }

    /// <summary>Spacing of the monochromator's crystal planes, angstrom (Si 111: 3.1356), for files with angles; null (default): as the file says.</summary>
    public double? DSpacing { get; init; }

    /// <summary>eV that are added to energies which a file gives relative to an edge; null (default): as the file says.</summary>
    public double? EnergyOrigin { get; init; }

    /// <summary>Which signal to take where a file holds several.</summary>
    public SignalChoice Signal { get; init; }

    /// <summary>Adds the energy shift that an Athena project stores for a group. False by default: energies are the file's own, and the shift is said
    /// among the warnings.</summary>
    public bool ApplyStoredShift { get; init; }

    /// <summary>Bytes above which a file is refused, before and after decompression: 64 MiB by default, which is 100 times the largest project of
    /// the test data. Memory peaks at a few times the bytes that are really there.</summary>
    public long MaxBytes { get; init; } = DefaultMaxBytes;

    /// <summary>Most spectra that one file may hold: 100,000 by default, more than the largest table (57,000 rows).</summary>
    public int MaxSpectra { get; init; } = 100_000;

    /// <summary>Most numbers that one file of measured spectra may hold, all its columns together: 16,777,216 by default, which is also the largest value. Each is 8 bytes once it is read.</summary>
    public int MaxValues { get; init; } = MeasuredLimits.Values;

    /// <summary>Refuses options that no file could be read with.</summary>
    /// <exception cref="XanesDataException">An option that cannot be used.</exception>
    public void Validate()
    {
        if (MaxBytes < 1)
            throw new XanesDataException($"the size limit is {MaxBytes} bytes", "option MaxBytes", remedy: "Give a positive number.");
        if (MaxSpectra < 1)
            throw new XanesDataException($"the most spectra of a file are {MaxSpectra}", "option MaxSpectra", remedy: "Give a positive number.");
        if (MaxValues is < 1 or > MeasuredLimits.Values)
            throw new XanesDataException($"the most numbers of a file are {MaxValues}", "option MaxValues", remedy: $"Give 1 to {MeasuredLimits.Values}.");
        if (DSpacing is { } d && !(d is > 0.1 and < 100))
            throw new XanesDataException(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{d} angstrom is no spacing of crystal planes"), "option DSpacing",
                remedy: "Si 111 has 3.1356, Si 220 1.9202 angstrom.");
        if (EnergyOrigin is { } origin && !double.IsFinite(origin))
            throw new XanesDataException("the energy origin is not a finite number", "option EnergyOrigin", remedy: "Give the edge's energy in eV.");
        if (Mu is not null && (Itrans is not null || Ifluor.Count > 0))
            throw new XanesDataException("mu and a detector are both chosen", "option Mu", remedy: "Choose the mu column, or the detectors to compute it from.");
        if (Itrans is not null && Ifluor.Count > 0)
            throw new XanesDataException("transmission and fluorescence detectors are both chosen", "option Itrans", remedy: "Choose one of them.");
    }
}
