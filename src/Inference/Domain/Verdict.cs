using System.Text.Json.Serialization;

namespace XanesMl.Inference.Domain;

/// <summary>Whether a model knows this kind of spectrum. Increasing caution; the worst finding wins.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Verdict>))]
public enum Verdict
{
    /// <summary>Inside the domain of the training data.</summary>
    Ok,

    /// <summary>The model carries no thresholds (imported without data), so nothing can be said.</summary>
    NotChecked,

    /// <summary>A style, or the covered energy range, lies beyond what training saw: the answer is an extrapolation.</summary>
    Extrapolating,

    /// <summary>The spectrum is unlike the training data: do not trust the descriptors.</summary>
    OutOfDomain,
}
