namespace XanesMl.Inference.Models;

/// <summary>Names of the inputs and outputs of a model folder's ONNX files; N rows, docs/model-folder.md.</summary>
public static class ModelTensors
{
    /// <summary>The spectrum: input of encoder and predictor, output of the decoder, [N, points].</summary>
    public const string Spectrum = "spectrum";

    /// <summary>The styles: output of encoder and predictor, input of the decoder, [N, styles].</summary>
    public const string Styles = "styles";

    /// <summary>The predictor's descriptors in their units, [N, K].</summary>
    public const string Descriptors = "descriptors";

    /// <summary>The descriptors' spread over the members, in their units, [N, K].</summary>
    public const string DescriptorStd = "descriptor_std";

    /// <summary>The predictor's reconstructed spectrum, [N, points].</summary>
    public const string Reconstruction = "reconstruction";

    /// <summary>The mean absolute difference of reconstruction and spectrum, [N, 1].</summary>
    public const string ReconstructionError = "reconstruction_error";
}
