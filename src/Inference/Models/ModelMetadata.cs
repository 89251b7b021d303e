namespace XanesMl.Inference.Models;

/// <summary>What a model folder says of itself: the content of model.json, and (without <see cref="Files"/>) of every ONNX file's metadata_props.</summary>
/// <remarks>JSON names are snake_case. A loader refuses a folder whose format version it does not know, whose files do not have the
/// recorded SHA-256, or whose ONNX files carry other metadata.</remarks>
public sealed record ModelMetadata
{
    /// <summary>Version of this contract that this code writes and reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Version of the folder contract.</summary>
    public required int FormatVersion { get; init; }

    /// <summary>Name for people, for instance "Cu".</summary>
    public required string Name { get; init; }

    /// <summary>Elements that the model was trained on, symbols.</summary>
    public required IReadOnlyList<string> Elements { get; init; }

    /// <summary>Absorption edge, "K".</summary>
    public required string Edge { get; init; }

    /// <summary>What the grid's numbers are.</summary>
    public required EnergyAxis EnergyAxis { get; init; }

    /// <summary>Energies of the model's input, eV; relative to the element's reference when <see cref="EnergyAxis"/> says so.</summary>
    public required IReadOnlyList<double> Energies { get; init; }

    /// <summary>Reference energy E0 of each element, eV: what is subtracted from absolute energies by a relative model.</summary>
    public required IReadOnlyDictionary<string, double> EdgeReferences { get; init; }

    /// <summary>What a spectrum must look like before it reaches the model.</summary>
    public required NormalizationPolicy Normalization { get; init; }

    /// <summary>The K descriptors; descriptor k follows style k.</summary>
    public required IReadOnlyList<DescriptorInfo> Descriptors { get; init; }

    /// <summary>Number of styles, at least K; those from K on are free.</summary>
    public required int StyleCount { get; init; }

    /// <summary>Calibration of each descriptor in the order of <see cref="Descriptors"/>: that of the best trial. Empty for an imported model without labels.</summary>
    public required IReadOnlyList<Calibration> Calibrations { get; init; }

    /// <summary>Class thresholds of the coordination number on its style, or null.</summary>
    public ClassThresholds? CoordinationThresholds { get; init; }

    /// <summary>Domain check, or null for a model without training data.</summary>
    public DomainThresholds? Domain { get; init; }

    /// <summary>Where the model comes from.</summary>
    public required Provenance Provenance { get; init; }

    /// <summary>Headline numbers on held-out rows: "CT.spearman" -> 0.95. Empty where nothing was held out.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    /// <summary>SHA-256 (hex, lower case) of each file of the folder other than model.json.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();
}

/// <summary>What the numbers of a model's energy grid are.</summary>
public enum EnergyAxis
{
    /// <summary>Photon energies in eV.</summary>
    Absolute,

    /// <summary>Photon energies minus the reference energy of the element, in eV.</summary>
    RelativeToEdge,
}

/// <summary>What a spectrum must look like before it reaches the model.</summary>
public enum NormalizationPolicy
{
    /// <summary>As FEFF writes it: mu without further normalization, about 1 far above the edge (domain.md section 4).</summary>
    Simulated,
}

/// <summary>One structure descriptor of the absorbing site.</summary>
/// <param name="Name">Column name without AUX_, for instance "CN".</param>
/// <param name="Unit">"e", "angstrom", or "" for a number without unit.</param>
/// <param name="Meaning">One sentence.</param>
/// <param name="Min">Smallest value in the training rows.</param>
/// <param name="Max">Largest value in the training rows.</param>
public sealed record DescriptorInfo(string Name, string Unit, string Meaning, double Min, double Max);

/// <summary>Where a model comes from.</summary>
public sealed record Provenance
{
    /// <summary>"trained" or "imported".</summary>
    public required string Origin { get; init; }

    /// <summary>SHA-256 of the training table's content, or of the imported weights file.</summary>
    public required string DataHash { get; init; }

    /// <summary>Rows in train, validation and test.</summary>
    public required IReadOnlyList<int> SplitRows { get; init; }

    /// <summary>"grouped", "positional", "random", or "none".</summary>
    public required string SplitKind { get; init; }

    /// <summary>Seed of the split.</summary>
    public required int SplitSeed { get; init; }

    /// <summary>Seeds of the trials in predictor.onnx, best first.</summary>
    public required IReadOnlyList<int> TrialSeeds { get; init; }

    /// <summary>Resolved configuration as YAML.</summary>
    public required string Configuration { get; init; }

    /// <summary>Version of XanesMl that wrote the folder.</summary>
    public required string XanesMlVersion { get; init; }

    /// <summary>Licence and citation of the training data.</summary>
    public required string DataNotice { get; init; }
}
