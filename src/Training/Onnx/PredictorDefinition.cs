using XanesMl.Inference.Models;
using XanesMl.Training.Networks;

namespace XanesMl.Training.Onnx;

/// <summary>One trial of a predictor.</summary>
/// <param name="Encoder">Spectrum to styles.</param>
/// <param name="Decoder">Styles to spectrum; written for the first member only.</param>
/// <param name="Calibrations">Style k to descriptor k, K in number: the same K in every member, at most the number of styles.</param>
public sealed record PredictorMember(NetworkWeights Encoder, NetworkWeights Decoder, IReadOnlyList<Calibration> Calibrations);

/// <summary>What predictor.onnx computes: an ensemble of trials, best first.</summary>
/// <param name="Members">At least one. The first gives styles and reconstruction; all give descriptors.</param>
public sealed record PredictorDefinition(IReadOnlyList<PredictorMember> Members)
{
    /// <summary>[points] mean spectrum of the training rows, as for <see cref="OnnxWriter.Encoder"/>; empty for none.</summary>
    public ReadOnlyMemory<float> Center { get; init; }
}
