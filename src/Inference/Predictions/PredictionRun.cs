namespace XanesMl.Inference.Predictions;

/// <summary>What <see cref="PredictionSession.PredictUntil"/> got done.</summary>
/// <param name="Rows">Results of the files that are done, in the order of the inputs.</param>
/// <param name="IsComplete">Whether these are all files.</param>
public sealed record PredictionRun(IReadOnlyList<PredictionResult> Rows, bool IsComplete);
