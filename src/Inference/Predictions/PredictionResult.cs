using System.Reflection;
using XanesMl.Inference.Domain;

namespace XanesMl.Inference.Predictions;

/// <summary>One row of a result: what a model says of a spectrum, or why a file gave none, and all that is needed to get it again.</summary>
public sealed record PredictionResult
{
    /// <summary>Version of XanesMl in results, such as "0.1.0".</summary>
    public static string ThisVersion { get; } =
        typeof(PredictionResult).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    /// <summary>The file as the caller named it, or the name of content that came from elsewhere.</summary>
    public required string File { get; init; }

    /// <summary>Name of the spectrum within the file; material and site of a table's row; empty for a file that could not be read.</summary>
    public required string Spectrum { get; init; }

    /// <summary>Descriptors and verdict; null where the file could not be used.</summary>
    public SpectrumPrediction? Prediction { get; init; }

    /// <summary>Why the file could not be used: what, where, value and remedy in one line; null where it could.</summary>
    public string? Error { get; init; }

    /// <summary>The model that answered; null where none did.</summary>
    public ModelIdentity? Model { get; init; }

    /// <summary>SHA-256 (hex, lower case) of the file's bytes; null where they could not be read.</summary>
    public string? InputSha256 { get; init; }

    /// <summary>Everything that was chosen or found on the way: columns, normalization, alignment; names to values in the invariant culture.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>Version of XanesMl that made the result.</summary>
    public string Version { get; init; } = ThisVersion;

    /// <summary>When it was made, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The verdict; null where the file could not be used.</summary>
    public Verdict? Verdict => Prediction?.Verdict;

    /// <summary>The findings behind the verdict, or the error.</summary>
    public IReadOnlyList<string> Reasons => Error is { } error ? [error] : Prediction?.Reasons ?? [];

    /// <summary>What reader, normalization and alignment want a careful reader to know.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
