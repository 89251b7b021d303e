using TorchSharp;
using TorchSharp.Modules;
using XanesMl.Training.Noise;
using static TorchSharp.torch;

namespace XanesMl.Training.Networks;

/// <summary>A network of blocks (Linear, activation, batch normalization without affine part, dropout), domain.md section 2.1.
/// Input [N, first block's inputs], output [N, last block's outputs]. Parameter names are main.N.*, as in the reference program.</summary>
public sealed class FullyConnected : nn.Module<Tensor, Tensor>
{
    /// <summary>Initial slope of every PReLU channel.</summary>
    public const double InitialSlope = 0.01;

    private readonly Sequential main;
    private readonly List<SeededDropout> _dropouts = [];

    /// <summary>Builds the network; its numbers are libtorch's until <see cref="Initialize"/> or <see cref="Load"/>.</summary>
    /// <param name="name">"encoder", "decoder" or "discriminator".</param>
    /// <param name="blocks">From input to output. Every block but the last owns a dropout layer, even with probability 0, so that names agree.</param>
    public FullyConnected(string name, IReadOnlyList<BlockDefinition> blocks)
        : base(name)
    {
        Blocks = [.. blocks];
        var layers = new List<(string, nn.Module<Tensor, Tensor>)>();
        void Add(nn.Module<Tensor, Tensor> layer) => layers.Add(($"{layers.Count}", layer));
        for (int i = 0; i < blocks.Count; i++)
        {
            var b = blocks[i];
            if (i > 0 && b.Inputs != blocks[i - 1].Outputs)
                throw new ArgumentException($"{name}: block {i} takes {b.Inputs} values, its predecessor gives {blocks[i - 1].Outputs}", nameof(blocks));
            Add(nn.Linear(b.Inputs, b.Outputs));
            switch (b.Activation)
            {
                case Activation.PRelu: Add(nn.PReLU(b.Outputs, InitialSlope)); break;
                case Activation.Relu: Add(nn.ReLU()); break;
                case Activation.Softplus2: Add(nn.Softplus(beta: 2)); break;
                default: break;
            }

            if (b.BatchNorm)
                Add(nn.BatchNorm1d(b.Outputs, eps: NetworkWeights.BatchNormEpsilon, affine: false));
            if (i < blocks.Count - 1)
            {
                var dropout = new SeededDropout(b.Dropout);
                _dropouts.Add(dropout);
                Add(dropout);
            }
        }

        main = nn.Sequential(layers);
        RegisterComponents();
    }

    /// <summary>The network's form.</summary>
    public IReadOnlyList<BlockDefinition> Blocks { get; }

    /// <summary>Number of trained parameters.</summary>
    public long ParameterCount => parameters().Sum(p => p.numel());

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => main.forward(input);

    /// <summary>Sets where the dropout masks come from; needed before a forward pass in training mode.</summary>
    public void UseNoise(INoiseSource noise)
    {
        foreach (var d in _dropouts)
            d.Noise = noise;
    }

    /// <summary>Draws weights and biases uniformly in +-1/sqrt(inputs), PyTorch's default for Linear, from the trial's own generator.</summary>
    public void Initialize(VectorRandom random)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        foreach (var layer in main.children().OfType<Linear>())
        {
            float bound = (float)(1 / Math.Sqrt(layer.weight!.shape[1]));
            foreach (var p in new[] { layer.weight, layer.bias! })
            {
                var values = new float[p.numel()];
                random.FillUniform(values, bound);
                p.copy_(tensor(values, p.shape));
            }
        }
    }

    /// <summary>The numbers as plain data, evaluation mode.</summary>
    public NetworkWeights ToWeights() => new([.. Layers().Select(l => new BlockWeights(l.Definition,
        Floats(l.Weight), Floats(l.Bias), Floats(l.Slope), Floats(l.RunningMean), Floats(l.RunningVariance)))]);

    /// <summary>Takes the numbers of <paramref name="weights"/>, whose form must be this network's.</summary>
    public void Load(NetworkWeights weights)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        int i = 0;
        foreach (var layer in Layers())
        {
            var (b, w) = (layer.Definition, weights.Blocks[i]);
            if (b.Inputs != w.Definition.Inputs || b.Outputs != w.Definition.Outputs || b.Activation != w.Definition.Activation || b.BatchNorm != w.Definition.BatchNorm)
                throw new ArgumentException($"block {i} is {b}, the weights are for {w.Definition}", nameof(weights));
            Copy(layer.Weight, w.Weight);
            Copy(layer.Bias, w.Bias);
            Copy(layer.Slope, w.Slope);
            Copy(layer.RunningMean, w.RunningMean);
            Copy(layer.RunningVariance, w.RunningVariance);
            i++;
        }
    }

    /// <summary>The live tensors of each block.</summary>
    internal IEnumerable<LayerParameters> Layers()
    {
        var layers = main.children().ToArray();
        int at = 0;
        foreach (var b in Blocks)
        {
            var linear = (Linear)layers[at++];
            var slope = b.Activation != Activation.None && layers[at++] is PReLU prelu ? prelu.weight : null;
            var norm = b.BatchNorm ? (BatchNorm1d)layers[at++] : null;
            if (at < layers.Length && layers[at] is SeededDropout)
                at++;
            yield return new LayerParameters(b, linear.weight!, linear.bias!, slope, norm?.running_mean, norm?.running_var);
        }
    }

    /// <summary>A network in evaluation mode that holds the given numbers.</summary>
    public static FullyConnected FromWeights(string name, NetworkWeights weights)
    {
        var net = new FullyConnected(name, [.. weights.Blocks.Select(b => b.Definition)]);
        net.Load(weights);
        net.eval();
        return net;
    }

    private static void Copy(Tensor? target, float[] values) => target?.copy_(tensor(values, target.shape));

    private static float[] Floats(Tensor? t)
    {
        if (t is null)
            return [];
        using var scope = NewDisposeScope();
        return t.detach().to(float32, CPU).contiguous().data<float>().ToArray();
    }

    /// <summary>Inverted dropout whose mask comes from the trial's own stream.</summary>
    private sealed class SeededDropout(double p) : nn.Module<Tensor, Tensor>(nameof(SeededDropout))
    {
        public INoiseSource? Noise { get; set; }

        public override Tensor forward(Tensor input)
        {
            if (!training || p <= 0)
                return input.alias();
            var noise = Noise ?? throw new InvalidOperationException("dropout in training mode needs UseNoise first");
            using var mask = noise.KeepMask(input.shape[0], input.shape[1], p);
            return input * mask;
        }
    }
}

/// <summary>The live tensors of one block; what a block does not have is null.</summary>
/// <param name="Definition">The block's form.</param>
/// <param name="Weight">[outputs, inputs].</param>
/// <param name="Bias">[outputs].</param>
/// <param name="Slope">[outputs] of PReLU.</param>
/// <param name="RunningMean">[outputs] of batch normalization.</param>
/// <param name="RunningVariance">[outputs] of batch normalization.</param>
internal sealed record LayerParameters(BlockDefinition Definition, Tensor Weight, Tensor Bias, Tensor? Slope, Tensor? RunningMean, Tensor? RunningVariance);
