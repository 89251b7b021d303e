using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using XanesMl.Inference.Models;
using ModelMetadata = XanesMl.Inference.Models.ModelMetadata;
using static XanesMl.Inference.Models.ModelTensors;

namespace XanesMl.Inference.Sessions;

/// <summary>The inputs, outputs and properties that the ONNX files of a model folder must have.</summary>
internal static class OnnxContract
{
    /// <summary>Loads the file in ONNX Runtime and compares it with the metadata.</summary>
    /// <param name="model">Content of the file.</param>
    /// <param name="path">Path for error messages.</param>
    /// <param name="name">Which of the three files it is.</param>
    /// <param name="metadata">Content of model.json.</param>
    /// <exception cref="XanesModelException">It does not load, or differs in a name, a type, a width or a property.</exception>
    public static void Check(ReadOnlyMemory<byte> model, string path, string name, ModelMetadata metadata)
    {
        ExternalData.Refuse(model.Span, path);
        using var session = OnnxSession.Load(model, path, toRun: false);
        int points = metadata.Energies.Count, styles = metadata.StyleCount, descriptors = metadata.Calibrations.Count;
        (string, int)[] inputs = name == ModelFolder.DecoderFile ? [(Styles, styles)] : [(Spectrum, points)];
        (string, int)[] outputs = name switch
        {
            ModelFolder.EncoderFile => [(Styles, styles)],
            ModelFolder.DecoderFile => [(Spectrum, points)],
            _ => [.. PredictorOutputs(descriptors, styles, points)],
        };
        CheckSide("input", session.InputMetadata, inputs, path);
        CheckSide("output", session.OutputMetadata, outputs, path);
        CheckProperties(session.ModelMetadata.CustomMetadataMap, ModelJson.ToOnnxProperties(metadata), path);
    }

    /// <summary>Outputs of predictor.onnx with their widths; a model without calibrations has no descriptors.</summary>
    public static IEnumerable<(string Name, int Width)> PredictorOutputs(int descriptors, int styles, int points)
    {
        if (descriptors > 0)
        {
            yield return (Descriptors, descriptors);
            yield return (DescriptorStd, descriptors);
        }

        yield return (Styles, styles);
        yield return (Reconstruction, points);
        yield return (ReconstructionError, 1);
    }

    private static void CheckSide(string side, IReadOnlyDictionary<string, NodeMetadata> found, (string Name, int Width)[] expected, string path)
    {
        string names = string.Join(", ", expected.Select(e => e.Name));
        if (found.Count != expected.Length || expected.Any(e => !found.ContainsKey(e.Name)))
            throw new XanesModelException($"{side}s must be {names}", path, MetadataRules.Short(string.Join(", ", found.Keys), 200), ModelFolder.Restore);
        foreach (var (name, width) in expected)
        {
            string expectation = $"{side} '{name}' must be float [N, {width}] with a free first axis";
            var node = found[name];
            if (!node.IsTensor)
                throw new XanesModelException(expectation, path, node.OnnxValueType.ToString(), ModelFolder.Restore);
            if (node.ElementType != typeof(float) || node.Dimensions is not [< 0, _] || node.Dimensions[1] != width)
                throw new XanesModelException(expectation, path,
                    $"{node.ElementType.Name} [{string.Join(", ", node.Dimensions.Select(d => d < 0 ? "N" : d.ToString(CultureInfo.InvariantCulture)))}]",
                    ModelFolder.Restore);
        }
    }

    private static void CheckProperties(IReadOnlyDictionary<string, string> found, IReadOnlyDictionary<string, string> expected, string path)
    {
        foreach (var (key, value) in expected)
        {
            if (!found.TryGetValue(key, out string? text))
                throw new XanesModelException($"the metadata property '{key}' must be present", path, remedy: ModelFolder.Restore);
            if (!ModelJson.SameValue(value, text))
                throw new XanesModelException($"the metadata property '{key}' must be {MetadataRules.Short(value)} as {ModelFolder.MetadataFile} says", path,
                    MetadataRules.Short(text), "The file and model.json belong to different models, or one was edited. " + ModelFolder.Restore);
        }

        if (found.Keys.FirstOrDefault(k => k.StartsWith(ModelJson.PropertyPrefix, StringComparison.Ordinal) && !expected.ContainsKey(k)) is { } unknown)
            throw new XanesModelException($"{ModelFolder.MetadataFile} does not have the metadata property '{MetadataRules.Short(unknown)}'", path,
                MetadataRules.Short(found[unknown]), ModelFolder.Restore);
    }
}
