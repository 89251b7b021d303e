namespace XanesMl.Spectra.Measured;

/// <summary>What the second column of a spectrum is, before any normalization of ours.</summary>
public enum SignalKind
{
    /// <summary>mu as the file gives it, arbitrary offset and scale.</summary>
    Absorption,

    /// <summary>ln(i0 / itrans), computed from two detectors.</summary>
    Transmission,

    /// <summary>ifluor / i0, computed from two detectors.</summary>
    Fluorescence,

    /// <summary>Already normalized to an edge step of 1: by the file's own words, never by a guess.</summary>
    Normalized,

    /// <summary>Computed by a simulation program (FEFF, FDMNES): normalized as that program does.</summary>
    Simulated,
}

/// <summary>One spectrum as a file holds it, on the file's own energies.</summary>
/// <remarks>Readers give energies in eV, strictly increasing (points of equal energy are averaged, scans that run downwards are turned around; each is
/// said in <see cref="Warnings"/>), at least two points, all numbers finite. Spectra of one file share nothing mutable.</remarks>
public sealed record MeasuredSpectrum
{
    /// <summary>Photon energies, eV, [n], strictly increasing.</summary>
    public required ReadOnlyMemory<double> Energies { get; init; }

    /// <summary>The signal at each energy, [n].</summary>
    public required ReadOnlyMemory<double> Mu { get; init; }

    /// <summary>mu of a reference foil measured at the same time, [n]; empty when there is none.</summary>
    public ReadOnlyMemory<double> Reference { get; init; }

    /// <summary>What <see cref="Mu"/> is.</summary>
    public required SignalKind Signal { get; init; }

    /// <summary>Name within the file: a group of a project, an entry of a container; else the file's name without extension.</summary>
    public required string Name { get; init; }

    /// <summary>Path of the file as the caller gave it.</summary>
    public required string Path { get; init; }

    /// <summary>Place among the spectra of the file, from 0.</summary>
    public int Index { get; init; }

    /// <summary>Name of the file's format, for instance "XDI 1.0" or "Athena project".</summary>
    public required string Format { get; init; }

    /// <summary>How energies and mu came out of the file's columns, for instance "energy (eV); mu = ln(i0 / itrans)".</summary>
    public required string Columns { get; init; }

    /// <summary>Chemical symbol of the absorbing element as the file says it; null when it does not.</summary>
    public string? Element { get; init; }

    /// <summary>Absorption edge as the file says it ("K", "L3"); null when it does not.</summary>
    public string? Edge { get; init; }

    /// <summary>Sample as the file names it; null when it does not.</summary>
    public string? Sample { get; init; }

    /// <summary>Facility (synchrotron); null when the file does not say.</summary>
    public string? Facility { get; init; }

    /// <summary>Beamline; null when the file does not say.</summary>
    public string? Beamline { get; init; }

    /// <summary>E0 that the file states, eV; null when it does not. Never used without being asked for.</summary>
    public double? StatedE0 { get; init; }

    /// <summary>Everything else that the file says, by the file's own names.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>What a careful reader would want to know: points averaged, a direction turned, columns guessed.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
