using XanesMl.Inference.Models;
using XanesMl.Inference.Sessions;

namespace XanesMl.Inference.Predictions;

/// <summary>What a result says of the model that made it, and what names its columns.</summary>
/// <param name="Name">Name for people.</param>
/// <param name="Id">Short hash (<see cref="ModelFolder.Id"/>).</param>
/// <param name="Sha256">Full hash over the folder's files (<see cref="ModelFolder.Sha256"/>).</param>
/// <param name="Elements">Elements that it was trained on.</param>
/// <param name="Descriptors">Names and units in the order of the estimates; empty for a model without calibrations.</param>
/// <param name="ClassDescriptor">The descriptor that <see cref="SpectrumPrediction.CoordinationClass"/> classifies, or null.</param>
public sealed record ModelIdentity(
    string Name, string Id, string Sha256, IReadOnlyList<string> Elements, IReadOnlyList<DescriptorInfo> Descriptors, string? ClassDescriptor)
{
    /// <summary>The identity of an open model.</summary>
    public static ModelIdentity Of(SpectrumModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Of(model.Metadata);
    }

    /// <summary>The identity of a folder with this model.json.</summary>
    public static ModelIdentity Of(ModelMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        string sha256 = ModelFolder.HashOf(metadata);
        return new ModelIdentity(metadata.Name, ModelFolder.IdOf(sha256), sha256, metadata.Elements,
            metadata.Calibrations.Count > 0 ? metadata.Descriptors : [], metadata.CoordinationThresholds?.Descriptor);
    }
}
