using XanesMl.Inference.Models;
using XanesMl.Inference.Sessions;

namespace XanesMl.Inference.Predictions;

/// <summary>Predictions of one model with what names their columns.</summary>
/// <param name="ModelId">Id of the model folder (<see cref="ModelFolder.Id"/>).</param>
/// <param name="Descriptors">Names and units in the order of the estimates; empty for a model without calibrations.</param>
/// <param name="ClassDescriptor">The descriptor that <see cref="SpectrumPrediction.CoordinationClass"/> classifies, or null.</param>
/// <param name="Rows">One prediction a spectrum.</param>
public sealed record PredictionTable(
    string ModelId, IReadOnlyList<DescriptorInfo> Descriptors, string? ClassDescriptor, IReadOnlyList<SpectrumPrediction> Rows)
{
    /// <summary>Columns of a result file that are not descriptors; no descriptor may have such a name.</summary>
    public static IReadOnlyList<string> ReservedNames { get; } = ["material", "site", "element", "verdict", "reasons", "reconstruction_error", "percentile", "model"];

    /// <summary>Joins predictions with the model that made them.</summary>
    public static PredictionTable Of(SpectrumModel model, IReadOnlyList<SpectrumPrediction> rows)
    {
        ArgumentNullException.ThrowIfNull(model);
        var metadata = model.Metadata;
        bool labelled = metadata.Calibrations.Count > 0;
        return new PredictionTable(model.Folder.Id, labelled ? metadata.Descriptors : [], metadata.CoordinationThresholds?.Descriptor, rows);
    }
}
