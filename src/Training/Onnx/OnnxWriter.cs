using XanesMl.Inference.Models;
using XanesMl.Training.Networks;
using static XanesMl.Inference.Models.ModelTensors;

namespace XanesMl.Training.Onnx;

/// <summary>Writes networks as ONNX files: opset 17, IR version 8, float32, dynamic batch axis. The graphs are described in docs/onnx.md.</summary>
public static class OnnxWriter
{
    /// <summary>encoder.onnx: spectrum to styles.</summary>
    /// <param name="weights">The encoder.</param>
    /// <param name="properties">metadata_props of the file.</param>
    /// <param name="center">[points] mean spectrum of the training rows, which the graph subtracts first (and the first bias makes up for): exact, and it
    /// keeps float32 rounding of trained encoders below 1e-5; empty for none.</param>
    /// <returns>The file's content.</returns>
    /// <exception cref="ArgumentException">The arrays of a block do not have its widths, or a block does not fit its predecessor.</exception>
    public static byte[] Encoder(NetworkWeights weights, IReadOnlyDictionary<string, string> properties, ReadOnlySpan<float> center = default) =>
        Single("encoder", weights, Spectrum, Styles, properties, center);

    /// <summary>decoder.onnx: styles to spectrum.</summary>
    /// <param name="weights">The decoder.</param>
    /// <param name="properties">metadata_props of the file.</param>
    /// <returns>The file's content.</returns>
    /// <exception cref="ArgumentException">The arrays of a block do not have its widths, or a block does not fit its predecessor.</exception>
    public static byte[] Decoder(NetworkWeights weights, IReadOnlyDictionary<string, string> properties) =>
        Single("decoder", weights, Styles, Spectrum, properties, []);

    /// <summary>predictor.onnx: spectrum to calibrated descriptors with their spread, styles, reconstruction and its error, in one graph.</summary>
    /// <param name="definition">The ensemble.</param>
    /// <param name="properties">metadata_props of the file.</param>
    /// <returns>The file's content. Descriptors are the mean of the members' calibrated values and their population standard deviation (0 for one member);
    /// both outputs are absent without calibrations.</returns>
    /// <exception cref="ArgumentException">No member, members of different form, or a network or calibration that is not usable.</exception>
    public static byte[] Predictor(PredictorDefinition definition, IReadOnlyDictionary<string, string> properties)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ArgumentNullException.ThrowIfNull(properties);
        Check(definition);
        PredictorMember first = definition.Members[0];
        int points = first.Encoder.Inputs, descriptors = first.Calibrations.Count;
        var graph = new GraphBuilder("predictor");
        string spectrum = graph.Input(Spectrum, points);

        var calibrated = new List<string>();
        string styles = "";
        for (int m = 0; m < definition.Members.Count; m++)
        {
            PredictorMember member = definition.Members[m];
            string value = NetworkGraph.Add(graph, member.Encoder, $"member{m}.encoder", spectrum, definition.Center.Span);
            if (m == 0)
                styles = value;
            if (descriptors > 0)
                calibrated.Add(CalibrationGraph.Add(graph, member.Calibrations, $"member{m}.calibration", FirstColumns(graph, value, descriptors, member.Encoder.Outputs)));
        }

        string reconstruction = NetworkGraph.Add(graph, first.Decoder, "member0.decoder", styles);
        string error = graph.Node("difference", "Sub", [reconstruction, spectrum]);
        error = graph.Node("absolute", "Abs", [error]);
        error = graph.Node("mean_absolute", "ReduceMean", [error], GraphBuilder.Integers("axes", 1), GraphBuilder.Integer("keepdims", 1));
        if (descriptors > 0)
        {
            (string mean, string spread) = MeanAndSpread(graph, calibrated);
            graph.Output(Descriptors, mean, descriptors);
            graph.Output(DescriptorStd, spread, descriptors);
        }

        graph.Output(Styles, styles, first.Encoder.Outputs);
        graph.Output(Reconstruction, reconstruction, points);
        graph.Output(ReconstructionError, error, 1);
        return graph.ToBytes(properties);
    }

    private static byte[] Single(string name, NetworkWeights weights, string input, string output, IReadOnlyDictionary<string, string> properties, ReadOnlySpan<float> center)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(properties);
        Check(weights, name);
        CheckCenter(center, weights.Inputs);
        var graph = new GraphBuilder(name);
        string value = NetworkGraph.Add(graph, weights, name, graph.Input(input, weights.Inputs), center);
        graph.Output(output, value, weights.Outputs);
        return graph.ToBytes(properties);
    }

    private static string FirstColumns(GraphBuilder graph, string value, int count, int width) =>
        count == width ? value : graph.Node("ranked", "Slice",
            [value, graph.Constant("ranked.start", 0), graph.Constant("ranked.end", count), graph.Constant("ranked.axis", 1)]);

    /// <summary>Mean and population standard deviation over the members, in two passes so that equal members give (nearly) 0.</summary>
    private static (string Mean, string Spread) MeanAndSpread(GraphBuilder graph, List<string> values)
    {
        if (values.Count == 1)
        {
            string mean = graph.Node("mean", "Identity", [values[0]]);
            return (mean, graph.Node("spread", "Sub", [values[0], values[0]]));
        }

        string share = graph.Constant("share", [], [1f / values.Count]);
        string sum = graph.Node("sum", "Sum", values);
        string average = graph.Node("mean", "Mul", [sum, share]);
        List<string> squares = [];
        foreach (string value in values)
        {
            string deviation = graph.Node("deviation", "Sub", [value, average]);
            squares.Add(graph.Node("squared", "Mul", [deviation, deviation]));
        }

        string variance = graph.Node("variance", "Mul", [graph.Node("squares", "Sum", squares), share]);
        return (average, graph.Node("spread", "Sqrt", [variance]));
    }

    private static void CheckCenter(ReadOnlySpan<float> center, int inputs)
    {
        if (!center.IsEmpty && center.Length != inputs)
            throw new ArgumentException($"the centre has {center.Length} points, the network takes {inputs}", nameof(center));
    }

    private static void Check(PredictorDefinition definition)
    {
        if (definition.Members.Count == 0)
            throw new ArgumentException("a predictor needs a member", nameof(definition));
        PredictorMember first = definition.Members[0];
        CheckCenter(definition.Center.Span, first.Encoder.Inputs);
        Check(first.Decoder, "decoder of member 0");
        if (first.Decoder.Inputs != first.Encoder.Outputs || first.Decoder.Outputs != first.Encoder.Inputs)
            throw new ArgumentException("encoder and decoder of member 0 do not fit together", nameof(definition));
        for (int m = 0; m < definition.Members.Count; m++)
        {
            PredictorMember member = definition.Members[m];
            Check(member.Encoder, $"encoder of member {m}");
            if (member.Encoder.Inputs != first.Encoder.Inputs || member.Calibrations.Count != first.Calibrations.Count || member.Calibrations.Count > member.Encoder.Outputs)
                throw new ArgumentException(
                    $"member {m} has {member.Encoder.Inputs} points, {member.Encoder.Outputs} styles and {member.Calibrations.Count} calibrations; "
                    + $"member 0 has {first.Encoder.Inputs} points and {first.Calibrations.Count} calibrations", nameof(definition));
        }
    }

    private static void Check(NetworkWeights network, string name)
    {
        int width = network.Blocks.Count > 0 ? network.Inputs : throw new ArgumentException($"{name} has no blocks", nameof(network));
        for (int i = 0; i < network.Blocks.Count; i++)
        {
            (BlockDefinition d, float[] weight, float[] bias, float[] slope, float[] mean, float[] variance) = network.Blocks[i];
            int slopes = d.Activation == Activation.PRelu ? d.Outputs : 0, norms = d.BatchNorm ? d.Outputs : 0;
            if (d.Inputs != width || weight.LongLength != (long)d.Inputs * d.Outputs || bias.Length != d.Outputs || slope.Length != slopes
                || mean.Length != norms || variance.Length != norms)
                throw new ArgumentException(
                    $"block {i} of {name} ({d.Inputs} to {d.Outputs} after a width of {width}) has {weight.Length} weights, {bias.Length} biases, {slope.Length} slopes, "
                    + $"{mean.Length} means and {variance.Length} variances", nameof(network));
            width = d.Outputs;
        }
    }
}
