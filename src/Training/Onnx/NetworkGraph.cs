using XanesMl.Training.Networks;

namespace XanesMl.Training.Onnx;

/// <summary>Writes one fully connected network into a graph: Gemm, activation and normalization for each block; dropout does nothing in evaluation mode.</summary>
/// <remarks>Batch normalization is written as (x - mean) times 1 / sqrt(variance + epsilon), the factor taken in double: ONNX Runtime's own
/// BatchNormalization multiplies out to x scale + shift in float32, which cancels badly where |mean| is many deviations.</remarks>
internal static class NetworkGraph
{
    /// <summary>Adds the network.</summary>
    /// <param name="graph">Graph to extend.</param>
    /// <param name="network">The weights.</param>
    /// <param name="prefix">Prefix of every name, "encoder".</param>
    /// <param name="input">Value [batch, inputs].</param>
    /// <param name="fold">Whether batch normalization goes into the neighbouring linear layers where that is exact.</param>
    /// <param name="center">[inputs] what is subtracted from the input before the first layer, whose bias (in double) makes up for it; empty for nothing.
    /// Spectra are positive and alike: their sums over 256 points cancel to small differences, and centring takes that out of float32.</param>
    /// <returns>Value [batch, outputs].</returns>
    public static string Add(GraphBuilder graph, NetworkWeights network, string prefix, string input, bool fold, ReadOnlySpan<float> center = default)
    {
        string value = input;
        Affine? pending = null;
        if (!center.IsEmpty)
        {
            value = graph.Node(prefix + ".centred", "Sub", [input, graph.Constant(prefix + ".center", [center.Length], center)]);
            pending = Affine.Shifted(center);
        }

        for (int i = 0; i < network.Blocks.Count; i++)
        {
            BlockWeights block = network.Blocks[i];
            string name = $"{prefix}.{i}";
            bool last = i == network.Blocks.Count - 1;
            Affine? norm = block.Definition.BatchNorm ? Affine.Of(block) : null;
            bool before = fold && norm is not null && block.Definition.Activation == Activation.None;
            bool after = fold && norm is not null && !before && !last;

            value = Linear(graph, name, block, value, pending, before ? norm : null);
            value = Activated(graph, name, block, value);
            if (norm is not null && !before && !after)
                value = Normalized(graph, name, block, value);
            pending = after ? norm : null;
        }

        return value;
    }

    /// <summary>y = W x + b with the scale and shift of a normalization on either side multiplied in (in double).</summary>
    private static string Linear(GraphBuilder graph, string name, BlockWeights block, string input, Affine? onInput, Affine? onOutput)
    {
        (int inputs, int outputs) = (block.Definition.Inputs, block.Definition.Outputs);
        // log(1 + exp(2 y)) / 2: the factor 2 goes into the weights, which is exact in binary.
        double factor = block.Definition.Activation == Activation.Softplus2 ? 2 : 1;
        var weight = new float[outputs * inputs];
        var bias = new float[outputs];
        for (int o = 0; o < outputs; o++)
        {
            double scale = factor * (onOutput?.Scale[o] ?? 1), sum = block.Bias[o];
            for (int j = 0; j < inputs; j++)
            {
                double w = block.Weight[(o * inputs) + j];
                sum += w * (onInput?.Shift[j] ?? 0);
                weight[(o * inputs) + j] = (float)(w * (onInput?.Scale[j] ?? 1) * scale);
            }

            bias[o] = (float)((sum * scale) + (factor * (onOutput?.Shift[o] ?? 0)));
        }

        return graph.Node(name + ".linear", "Gemm",
            [input, graph.Constant(name + ".weight", [outputs, inputs], weight), graph.Constant(name + ".bias", [outputs], bias)],
            GraphBuilder.Integer("transB", 1));
    }

    private static string Activated(GraphBuilder graph, string name, BlockWeights block, string value)
    {
        switch (block.Definition.Activation)
        {
            case Activation.None:
                return value;
            case Activation.PRelu:
                return graph.Node(name + ".prelu", "PRelu", [value, graph.Constant(name + ".slope", [block.Definition.Outputs], block.Slope)]);
            case Activation.Relu:
                return graph.Node(name + ".relu", "Relu", [value]);
            case Activation.Softplus2:
                string soft = graph.Node(name + ".softplus", "Softplus", [value]);
                return graph.Node(name + ".halved", "Mul", [soft, graph.Constant(name + ".half", [], [0.5f])]);
            default:
                throw new ArgumentOutOfRangeException(nameof(block), block.Definition.Activation, "no ONNX form of this activation");
        }
    }

    private static string Normalized(GraphBuilder graph, string name, BlockWeights block, string value)
    {
        int width = block.Definition.Outputs;
        float[] factor = [.. Affine.Of(block).Scale.Select(v => (float)v)];
        string centred = graph.Node(name + ".norm.centred", "Sub", [value, graph.Constant(name + ".norm.mean", [width], block.RunningMean)]);
        return graph.Node(name + ".norm", "Mul", [centred, graph.Constant(name + ".norm.factor", [width], factor)]);
    }

    /// <summary>Per-channel y = scale x + shift: batch normalization in evaluation mode, or an undone centring.</summary>
    private sealed record Affine(double[] Scale, double[] Shift)
    {
        /// <summary>Undoes a centring: y = x + center.</summary>
        public static Affine Shifted(ReadOnlySpan<float> center)
        {
            var (scale, shift) = (new double[center.Length], new double[center.Length]);
            Array.Fill(scale, 1);
            for (int i = 0; i < shift.Length; i++)
                shift[i] = center[i];
            return new(scale, shift);
        }

        public static Affine Of(BlockWeights block)
        {
            double[] scale = [.. block.RunningVariance.Select(v => 1 / Math.Sqrt(v + NetworkWeights.BatchNormEpsilon))];
            return new(scale, [.. scale.Select((s, i) => -block.RunningMean[i] * s)]);
        }
    }
}
