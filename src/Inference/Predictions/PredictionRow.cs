using XanesMl.Inference.Domain;
using XanesMl.Inference.Models;
using XanesMl.Inference.Sessions;

namespace XanesMl.Inference.Predictions;

/// <summary>Makes a prediction of one row of the network's answers: calibrated values with intervals, class, verdict of the styles.</summary>
internal static class PredictionRow
{
    /// <summary>The prediction of row <paramref name="i"/>; names of the spectrum are empty and left to the caller.</summary>
    public static SpectrumPrediction Of(ModelMetadata metadata, PredictionBatch batch, int i, DomainAssessment assessment)
    {
        int k = batch.DescriptorCount, s = metadata.StyleCount;
        var styles = batch.Styles.AsSpan(i * s, s);
        var estimates = new DescriptorEstimate[k];
        for (int d = 0; d < k; d++)
            estimates[d] = DescriptorEstimate.From(batch.Descriptors[(i * k) + d], batch.DescriptorStd[(i * k) + d],
                metadata.Calibrations[d].HalfWidth90, metadata.Descriptors[d].Unit);
        return new SpectrumPrediction
        {
            Material = "", Site = "", Element = null, Estimates = estimates, CoordinationClass = CoordinationClass(metadata, styles),
            Verdict = assessment.Verdict, Reasons = assessment.Reasons,
            ReconstructionError = batch.ReconstructionError[i], ErrorPercentile = assessment.ErrorPercentile, Styles = styles.ToArray(),
        };
    }

    /// <summary>The prediction of a spectrum that the model must not answer: no numbers, one estimate of NaN for each descriptor.</summary>
    public static SpectrumPrediction Nothing(ModelMetadata metadata) => new()
    {
        Material = "", Site = "", Element = null,
        Estimates = [.. metadata.Calibrations.Select((_, k) => new DescriptorEstimate(double.NaN, double.NaN, double.NaN, metadata.Descriptors[k].Unit))],
        CoordinationClass = null, Verdict = Verdict.OutOfDomain, Reasons = [], ReconstructionError = double.NaN, ErrorPercentile = double.NaN, Styles = ReadOnlyMemory<float>.Empty,
    };

    private static int? CoordinationClass(ModelMetadata metadata, ReadOnlySpan<float> styles)
    {
        if (metadata.CoordinationThresholds is not { } thresholds)
            return null;
        for (int k = 0; k < metadata.Descriptors.Count; k++)
            if (metadata.Descriptors[k].Name == thresholds.Descriptor)
                return !float.IsFinite(styles[k]) ? null : thresholds.Classify(styles[k]);
        return null;
    }
}
