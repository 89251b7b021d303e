using XanesMl.Inference.Domain;

namespace XanesMl.Inference.Predictions;

/// <summary>All that a model says of one spectrum.</summary>
public sealed record SpectrumPrediction
{
    /// <summary>Material identifier of the row.</summary>
    public required string Material { get; init; }

    /// <summary>Site identifier of the row.</summary>
    public required string Site { get; init; }

    /// <summary>Absorbing element, or null where the table does not say.</summary>
    public required string? Element { get; init; }

    /// <summary>One estimate for each descriptor of the model, in its order; empty for a model without calibrations.</summary>
    public required IReadOnlyList<DescriptorEstimate> Estimates { get; init; }

    /// <summary>Coordination class by the model's thresholds on the style, or null where it has none.</summary>
    public required int? CoordinationClass { get; init; }

    /// <summary>Whether the model knows this kind of spectrum.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>One sentence for each finding behind the verdict; empty when it is Ok.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>Mean absolute difference of reconstruction and spectrum.</summary>
    public required double ReconstructionError { get; init; }

    /// <summary>Percent of training rows whose error is not above this one's; NaN where the model carries no thresholds.</summary>
    public required double ErrorPercentile { get; init; }

    /// <summary>[styles] of the best trial.</summary>
    public required ReadOnlyMemory<float> Styles { get; init; }

    /// <summary>File and preparation; null for a row of a table.</summary>
    public SpectrumOrigin? Origin { get; init; }
}
