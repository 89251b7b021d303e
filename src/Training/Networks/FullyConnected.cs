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
    public NetworkWeights ToWeights()
    {
        var layers = main.children().ToArray();
        var blocks = new List<BlockWeights>();
        int at = 0;
        foreach (var b in Blocks)
        {
            var linear = (Linear)layers[at++];
            float[] slope = [], mean = [], variance = [];
            if (b.Activation != Activation.None && layers[at++] is PReLU prelu)
                slope = Floats(prelu.weight!);
            if (b.BatchNorm && layers[at++] is BatchNorm1d norm)
                (mean, variance) = (Floats(norm.running_mean!), Floats(norm.running_var!));
            if (at < layers.Length && layers[at] is SeededDropout)
                at++;
            blocks.Add(new BlockWeights(b, Floats(linear.weight!), Floats(linear.bias!), slope, mean, variance));
        }

        return new NetworkWeights(blocks);
    }

    /// <summary>Takes the numbers of <paramref name="weights"/>, whose form must be this network's.</summary>
    public void Load(NetworkWeights weights)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var layers = main.children().ToArray();
        int at = 0;
        for (int i = 0; i < Blocks.Count; i++)
        {
            var (b, w) = (Blocks[i], weights.Blocks[i]);
            if (b.Inputs != w.Definition.Inputs || b.Outputs != w.Definition.Outputs || b.Activation != w.Definition.Activation || b.BatchNorm != w.Definition.BatchNorm)
                throw new ArgumentException($"block {i} is {b}, the weights are for {w.Definition}", nameof(weights));
            var linear = (Linear)layers[at++];
            Copy(linear.weight!, w.Weight);
            Copy(linear.bias!, w.Bias);
            if (b.Activation != Activation.None && layers[at++] is PReLU prelu)
                Copy(prelu.weight!, w.Slope);
            if (b.BatchNorm && layers[at++] is BatchNorm1d norm)
            {
                Copy(norm.running_mean!, w.RunningMean);
                Copy(norm.running_var!, w.RunningVariance);
            }

            if (at < layers.Length && layers[at] is SeededDropout)
                at++;
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

    private static void Copy(Tensor target, float[] values) => target.copy_(tensor(values, target.shape));

    private static float[] Floats(Tensor t)
    {
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
