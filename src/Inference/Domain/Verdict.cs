using System.Text.Json.Serialization;

namespace XanesMl.Inference.Domain;

/// <summary>Whether a model knows this kind of spectrum. Increasing caution; the worst finding wins. Files and pages show <see cref="VerdictText.ToText"/>.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Verdict>))]
public enum Verdict
{
    /// <summary>Inside the domain of the training data.</summary>
    [JsonStringEnumMemberName("ok")]
    Ok,

    /// <summary>The model carries no thresholds (imported without data), so nothing can be said.</summary>
    [JsonStringEnumMemberName("not-checked")]
    NotChecked,

    /// <summary>The spectrum looks normalized although nobody said so, and was left as it is: right if it is, wrong if it is raw.</summary>
    [JsonStringEnumMemberName("already-normalized")]
    AlreadyNormalized,

    /// <summary>A style, or the covered energy range, lies beyond what training saw: the answer is an extrapolation.</summary>
    [JsonStringEnumMemberName("extrapolating")]
    Extrapolating,

    /// <summary>The spectrum is unlike the training data: do not trust the descriptors.</summary>
    [JsonStringEnumMemberName("out-of-domain")]
    OutOfDomain,

    /// <summary>The spectrum covers too little of the energies that normalization or the model needs.</summary>
    [JsonStringEnumMemberName("range-too-short")]
    RangeTooShort,

    /// <summary>Another element, or another absorption edge, than the model was trained on.</summary>
    [JsonStringEnumMemberName("wrong-element-or-edge")]
    WrongElementOrEdge,
}

/// <summary>The words of a verdict in result files, columns and pages.</summary>
public static class VerdictText
{
    /// <summary>Lower case, words joined by hyphens: "ok", "out-of-domain".</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number that is no verdict.</exception>
    public static string ToText(this Verdict verdict) => verdict switch
    {
        Verdict.Ok => "ok",
        Verdict.NotChecked => "not-checked",
        Verdict.AlreadyNormalized => "already-normalized",
        Verdict.Extrapolating => "extrapolating",
        Verdict.OutOfDomain => "out-of-domain",
        Verdict.RangeTooShort => "range-too-short",
        Verdict.WrongElementOrEdge => "wrong-element-or-edge",
        _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, "not a verdict"),
    };

    /// <summary>Whether a result with this verdict has no numbers: "range-too-short" and "wrong-element-or-edge", of tables as of measured files.</summary>
    public static bool IsRefusal(this Verdict verdict) => verdict >= Verdict.RangeTooShort;
}
