using XanesMl.Inference.Alignment;
using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Normalization;

namespace XanesMl.Cli.Normalizing;

/// <summary>What became of one spectrum, or of a file that could not be read.</summary>
internal sealed record NormalizeOutcome
{
    /// <summary>Path of the file as given or found in a folder.</summary>
    public required string File { get; init; }

    /// <summary>Name of the spectrum within the file; "" for a file that could not be read.</summary>
    public required string Name { get; init; }

    /// <summary>Why there is no result; null where there is one.</summary>
    public string? Error { get; init; }

    /// <summary>The spectrum that was normalized: as read, without glitches, rebinned or merged as asked. Null after an error.</summary>
    public MeasuredSpectrum? Spectrum { get; init; }

    /// <summary>The result; null after an error.</summary>
    public NormalizationResult? Result { get; init; }

    /// <summary>Element, where it is known.</summary>
    public string? Element { get; init; }

    /// <summary>Edge, where it is known.</summary>
    public string? Edge { get; init; }

    /// <summary>"option", "file", "E0" or "".</summary>
    public string ElementFrom { get; init; } = "";

    /// <summary>eV added to the energies on the way to a table.</summary>
    public double Shift { get; init; }

    /// <summary>How the shift was found; null where it was given or no model was.</summary>
    public AlignmentResult? Alignment { get; init; }

    /// <summary>Energies of removed glitches, eV.</summary>
    public IReadOnlyList<double> Removed { get; init; } = [];

    /// <summary>[n] standard deviation of merged scans; empty otherwise.</summary>
    public ReadOnlyMemory<double> Deviation { get; init; }

    /// <summary>Everything that a careful reader would want to know.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>File name without extension in the output folder, or null.</summary>
    public string? OutputName { get; init; }
}
