using XanesMl.Training.Networks;

namespace XanesMl.Training.Onnx;

/// <summary>Writes one fully connected network into a graph with as few and as cheap nodes as exactness allows; dropout does nothing in evaluation mode.</summary>
/// <remarks>ONNX Runtime spends as much time on what lies between the products as its number of nodes makes it, so
/// - a batch normalization goes into a neighbouring linear layer, in double: into its own without an activation in between, otherwise into the next. Its mean stays a node (Sub) where it is
///   many deviations, since a product of float32 numbers would cancel (<see cref="LargestFoldedMean"/>);
/// - PReLU is max(x, s x), which holds for every slope s up to 1. A channel with a larger slope is turned round: s max(y, y / s) with y = -x, and the next layer takes the factor -s.</remarks>
internal static class NetworkGraph
{
    /// <summary>Largest mean, in standard deviations, that goes into the next layer's bias: it costs two of float32's 24 bits. Activations behind PReLU have about 1;
    /// those of a first layer, which sees spectra that are all alike, up to a hundred.</summary>
    private const double LargestFoldedMean = 4;

    private const float SoftplusClip = 80;

    /// <summary>Adds the network.</summary>
    /// <param name="graph">Graph to extend.</param>
    /// <param name="network">The weights.</param>
    /// <param name="prefix">Prefix of every name, "encoder".</param>
    /// <param name="input">Value [batch, inputs].</param>
    /// <param name="center">[inputs] what is subtracted from the input before the first layer, whose bias (in double) makes up for it; empty for nothing.
    /// Spectra are positive and alike: their sums over 256 points cancel to small differences, and centring takes that out of float32.</param>
    /// <returns>Value [batch, outputs].</returns>
    public static string Add(GraphBuilder graph, NetworkWeights network, string prefix, string input, ReadOnlySpan<float> center = default)
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
            if (last || block.Definition.Activation == Activation.None)
            {
                bool own = block.Definition.Activation == Activation.None;
                value = Activated(graph, name, block, Linear(graph, name, block, value, pending, own ? norm : null));
                if (norm is not null && !own)
                    value = Normalized(graph, name, block, value);
                pending = null;
                continue;
            }

            var turned = block.Definition.Activation == Activation.PRelu ? Affine.Turning(block.Slope) : null;
            value = Linear(graph, name, block, value, pending, turned?.Sign);
            value = turned is null ? Activated(graph, name, block, value) : Rectified(graph, name, turned, value);
            pending = turned?.Back;
            if (norm is null)
                continue;
            if (norm.Shift.Max(Math.Abs) > LargestFoldedMean)
            {
                // (x - mean) is computed on what the graph has, which is x without the factor of a turned channel.
                float[] mean = [.. block.RunningMean.Select((m, c) => (float)(m / (pending?.Scale[c] ?? 1)))];
                value = graph.Node(name + ".centred", "Sub", [value, graph.Constant(name + ".mean", [mean.Length], mean)]);
                norm = norm with { Shift = new double[mean.Length] };
            }

            pending = pending is null ? norm : new Affine([.. norm.Scale.Zip(pending.Scale, (a, b) => a * b)], norm.Shift);
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
                return Softplus(graph, name, value);
            default:
                throw new ArgumentOutOfRangeException(nameof(block), block.Definition.Activation, "no ONNX form of this activation");
        }
    }

    /// <summary>log(1 + exp(y)) / 2 of y = 2 x, from Exp and Log, which ONNX Runtime computes eight or sixteen numbers at a time; its own Softplus takes one by one and several times as long.
    /// Above the clip, where exp would overflow, softplus is y itself to the last bit of float32, and so says Max.</summary>
    private static string Softplus(GraphBuilder graph, string name, string value)
    {
        string power = graph.Node(name + ".power", "Exp", [graph.Node(name + ".clipped", "Min", [value, graph.Constant(name + ".clip", [], [SoftplusClip])])]);
        string sum = graph.Node(name + ".sum", "Add", [power, graph.Constant(name + ".one", [], [1f])]);
        string soft = graph.Node(name + ".softplus", "Max", [graph.Node(name + ".log", "Log", [sum]), value]);
        return graph.Node(name + ".halved", "Mul", [soft, graph.Constant(name + ".half", [], [0.5f])]);
    }

    /// <summary>PReLU of a layer whose channels are turned so that no slope is above 1.</summary>
    private static string Rectified(GraphBuilder graph, string name, Turn turn, string value)
    {
        string sloped = graph.Node(name + ".sloped", "Mul", [value, graph.Constant(name + ".slope", [turn.Slope.Length], turn.Slope)]);
        return graph.Node(name + ".prelu", "Max", [value, sloped]);
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

        /// <summary>Turns channels with a slope above 1 round: s x for x below 0 is -s max(y, y / s) with y = -x.</summary>
        public static Turn Turning(float[] slope)
        {
            double[] sign = [.. slope.Select(s => s > 1 ? -1.0 : 1)], back = [.. slope.Select(s => s > 1 ? -(double)s : 1)];
            return new Turn(new(sign, new double[slope.Length]), [.. slope.Select(s => s > 1 ? (float)(1 / (double)s) : s)], new(back, new double[slope.Length]));
        }

        public static Affine Of(BlockWeights block)
        {
            double[] scale = [.. block.RunningVariance.Select(v => 1 / Math.Sqrt(v + NetworkWeights.BatchNormEpsilon))];
            return new(scale, [.. scale.Select((s, i) => -block.RunningMean[i] * s)]);
        }
    }

    /// <summary>A layer's turned channels.</summary>
    /// <param name="Sign">1, or -1 for a turned channel.</param>
    /// <param name="Slope">Slopes, none above 1.</param>
    /// <param name="Back">What the next layer multiplies by.</param>
    private sealed record Turn(Affine Sign, float[] Slope, Affine Back);
}
