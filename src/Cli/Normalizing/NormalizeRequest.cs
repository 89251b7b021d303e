using XanesMl.Spectra;
using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Normalization;

namespace XanesMl.Cli.Normalizing;

/// <summary>One command line of xanesml normalize, resolved.</summary>
internal sealed record NormalizeRequest
{
    /// <summary>Files and folders.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>Folder, or table of spectra.</summary>
    public required string Output { get; init; }

    /// <summary>How files are read.</summary>
    public MeasuredReadOptions Reading { get; init; } = new();

    /// <summary>How spectra are normalized.</summary>
    public NormalizationOptions Normalization { get; init; } = new();

    /// <summary>Element of all spectra, above what files say; null: as they say or their E0 does.</summary>
    public string? Element { get; init; }

    /// <summary>Whether glitches are removed.</summary>
    public bool Deglitch { get; init; }

    /// <summary>Whether spectra are rebinned.</summary>
    public bool Rebin { get; init; }

    /// <summary>Whether all spectra are scans of one sample to be merged.</summary>
    public bool Merge { get; init; }

    /// <summary>Grid of the table; null: the model's.</summary>
    public EnergyGrid? Grid { get; init; }

    /// <summary>Model folder whose energy reference is looked for, and whose grid the table gets; or null.</summary>
    public string? Model { get; init; }

    /// <summary>Table of f2 that is read; or null.</summary>
    public string? F2 { get; init; }

    /// <summary>eV to add to all energies on the way to the table; null: found with the model, or 0 without one.</summary>
    public double? Shift { get; init; }

    /// <summary>Whether the table gets norm instead of flat.</summary>
    public bool NotFlattened { get; init; }

    /// <summary>Whether figures are drawn.</summary>
    public bool Plot { get; init; }

    /// <summary>Whether the output is a table of spectra, by its extension.</summary>
    public bool IsTable => TableExtensions.Any(x => Output.EndsWith(x, StringComparison.OrdinalIgnoreCase));

    /// <summary>Extensions of tables.</summary>
    public static IReadOnlyList<string> TableExtensions { get; } = [".csv.gz", ".csv", ".parquet"];
}
