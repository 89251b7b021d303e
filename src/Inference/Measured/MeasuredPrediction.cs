using XanesMl.Inference.Alignment;
using XanesMl.Inference.Predictions;
using XanesMl.Spectra.Normalization;

namespace XanesMl.Inference.Measured;

/// <summary>What a model says of one measured spectrum, and every step on the way.</summary>
public sealed record MeasuredPrediction
{
    /// <summary>Descriptors, verdict and origin. Where the spectrum could not be brought before the model, the numbers are NaN, the styles empty, and the verdict and its reasons say why.</summary>
    public required SpectrumPrediction Prediction { get; init; }

    /// <summary>The normalized spectrum on its own energies; null where it could not be normalized.</summary>
    public NormalizationResult? Normalization { get; init; }

    /// <summary>How the energy shift was found; null where it was given, is 0 by rule, or could not be found.</summary>
    public AlignmentResult? Alignment { get; init; }

    /// <summary>[points] what the model saw, on its grid; empty where it saw nothing.</summary>
    public ReadOnlyMemory<float> Input { get; init; }

    /// <summary>[points] what the best trial's decoder draws of it; empty where the model saw nothing.</summary>
    public ReadOnlyMemory<float> Reconstruction { get; init; }
}
