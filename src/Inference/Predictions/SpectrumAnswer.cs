using XanesMl.Inference.Measured;

namespace XanesMl.Inference.Predictions;

/// <summary>A result with the steps that led to it.</summary>
/// <param name="Result">The row.</param>
/// <param name="Steps">Normalized spectrum, alignment, what the model saw and drew; null for rows of tables and for what no model answered.</param>
public sealed record SpectrumAnswer(PredictionResult Result, MeasuredPrediction? Steps);
