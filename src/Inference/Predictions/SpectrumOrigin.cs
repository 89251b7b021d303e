namespace XanesMl.Inference.Predictions;

/// <summary>Where the spectrum of a prediction came from, and what was done to it before the model saw it.</summary>
public sealed record SpectrumOrigin
{
    /// <summary>The file as the caller named it, or the name of content that came from elsewhere.</summary>
    public required string File { get; init; }

    /// <summary>Name of the spectrum within the file.</summary>
    public required string Name { get; init; }

    /// <summary>Place among the spectra of the file, from 0.</summary>
    public int Index { get; init; }

    /// <summary>SHA-256 (hex, lower case) of the file's bytes; null where the caller has not computed it.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Edge energy that was found or given, eV; null where there is none.</summary>
    public double? E0 { get; init; }

    /// <summary>Edge step that the spectrum was divided by; null where it was not normalized by us.</summary>
    public double? EdgeStep { get; init; }

    /// <summary>eV that were added to the energies before the model saw them; null where the spectrum never came that far.</summary>
    public double? EnergyShift { get; init; }

    /// <summary>Parameters of normalization and alignment that were used: names of docs/normalization.md ("pre1", "norm2", ...) to values in the invariant culture.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>What reader, normalization and alignment want a careful reader to know.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
