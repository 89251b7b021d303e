using System.Text.Json.Serialization;

namespace XanesMl.Inference.Models;

/// <summary>Limits for spectra that were measured, normalized and aligned, which differ from simulated ones by what that does to them: noise, the scale that a normalization finds, a shift that is not exact.</summary>
/// <remarks>Set on validation rows that went the same way as simulated measurements (<see cref="Domain.MeasuredThresholdsBuilder"/>).</remarks>
public sealed record MeasuredThresholds
{
    /// <summary>Reconstruction error above which a spectrum is out of the domain.</summary>
    public required double ReconstructionErrorLimit { get; init; }

    /// <summary>Mahalanobis distance above which styles are out of the domain.</summary>
    public required double MahalanobisLimit { get; init; }

    /// <summary>How far beyond <see cref="DomainThresholds.StyleMin"/> and <see cref="DomainThresholds.StyleMax"/> a style may lie, in parts of the distance between the two; 0 or more.</summary>
    public required double StyleMargin { get; init; }

    /// <summary>Correlation with the most similar spectrum that the decoder can draw below which a spectrum is out of the domain; offset and scale do not change it.</summary>
    public required double CorrelationLimit { get; init; }

    /// <summary>Normalized absorption before the model's first energy above which a spectrum is out of the domain: its edge begins where the model never saw one.</summary>
    public required double EarlyAbsorptionLimit { get; init; }

    /// <summary>Validation rows that the limits were set on; null in models that do not say.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Rows { get; init; }
}
