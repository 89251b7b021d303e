using TorchSharp;
using XanesMl.Training.Noise;
using static TorchSharp.torch;

namespace XanesMl.Training.Networks;

/// <summary>Widths of the three networks of a RankAAE, domain.md section 2.1.</summary>
public sealed record RankAaeShape
{
    /// <summary>Energies of a spectrum.</summary>
    public required int Points { get; init; }

    /// <summary>Latent numbers.</summary>
    public required int Styles { get; init; }

    /// <summary>Linear layers of encoder and of decoder, at least 2.</summary>
    public int Layers { get; init; } = 5;

    /// <summary>Width of hidden layers.</summary>
    public int Hidden { get; init; } = 64;

    /// <summary>Linear layers of the discriminator, at least 2.</summary>
    public int DiscriminatorLayers { get; init; } = 3;

    /// <summary>Dropout of encoder and decoder.</summary>
    public double Dropout { get; init; } = 0.04;

    /// <summary>Dropout of the discriminator.</summary>
    public double DiscriminatorDropout { get; init; } = 0.056;

    /// <summary>Last activation of the decoder.</summary>
    public Activation DecoderActivation { get; init; } = Activation.Softplus2;

    /// <summary>Spectrum to styles; the last batch normalization standardizes each style.</summary>
    public IReadOnlyList<BlockDefinition> Encoder() =>
        Chain(Points, Styles, Layers, new BlockDefinition(0, 0, Activation.PRelu, true, Dropout), Activation.None, lastNorm: true);

    /// <summary>Styles to spectrum.</summary>
    public IReadOnlyList<BlockDefinition> Decoder() =>
        Chain(Styles, Points, Layers, new BlockDefinition(0, 0, Activation.PRelu, true, Dropout), DecoderActivation, lastNorm: false);

    /// <summary>Styles to one logit: real (drawn from N(0, I)) against encoded.</summary>
    public IReadOnlyList<BlockDefinition> Discriminator() =>
        Chain(Styles, 1, DiscriminatorLayers, new BlockDefinition(0, 0, Activation.PRelu, false, DiscriminatorDropout), Activation.None, lastNorm: false);

    private BlockDefinition[] Chain(int inputs, int outputs, int layers, BlockDefinition hidden, Activation last, bool lastNorm)
    {
        var blocks = new BlockDefinition[layers];
        for (int i = 0; i < layers - 1; i++)
            blocks[i] = hidden with { Inputs = i == 0 ? inputs : Hidden, Outputs = Hidden };
        blocks[^1] = new BlockDefinition(layers == 1 ? inputs : Hidden, outputs, last, lastNorm, 0);
        return blocks;
    }
}

/// <summary>Encoder, decoder and discriminator of one trial.</summary>
public sealed class RankAaeNetworks : IDisposable
{
    /// <summary>Builds the networks with fresh numbers of the given generator.</summary>
    /// <param name="shape">Widths.</param>
    /// <param name="random">Generator of the initial weights.</param>
    /// <param name="device">Where the parameters live.</param>
    /// <param name="type">float32; float64 for comparisons with the reference program.</param>
    public RankAaeNetworks(RankAaeShape shape, VectorRandom random, Device device, ScalarType type)
    {
        Encoder = Create("encoder", shape.Encoder());
        Decoder = Create("decoder", shape.Decoder());
        Discriminator = Create("discriminator", shape.Discriminator());

        FullyConnected Create(string name, IReadOnlyList<BlockDefinition> blocks)
        {
            var net = new FullyConnected(name, blocks);
            net.Initialize(random);
            net.to(device, type);
            return net;
        }
    }

    /// <summary>Spectrum [N, points] to styles [N, styles].</summary>
    public FullyConnected Encoder { get; }

    /// <summary>Styles [N, styles] to spectrum [N, points].</summary>
    public FullyConnected Decoder { get; }

    /// <summary>Styles [N, styles] to one logit [N, 1].</summary>
    public FullyConnected Discriminator { get; }

    /// <summary>Training mode: batch statistics, dropout.</summary>
    public void Train()
    {
        Encoder.train();
        Decoder.train();
        Discriminator.train();
    }

    /// <summary>Evaluation mode: running statistics, no dropout.</summary>
    public void Evaluate()
    {
        Encoder.eval();
        Decoder.eval();
        Discriminator.eval();
    }

    /// <summary>Encoder and decoder as plain data.</summary>
    public AutoencoderWeights ToWeights() => new(Encoder.ToWeights(), Decoder.ToWeights());

    /// <summary>All numbers by their names in the reference program ("encoder.main.0.weight", ...); the tensors are the live ones.</summary>
    public IEnumerable<(string Name, Tensor Value)> State() =>
        new[] { Encoder, Decoder, Discriminator }.SelectMany(n => n.state_dict().Select(e => ($"{n.GetName()}.{e.Key}", e.Value)));

    /// <inheritdoc/>
    public void Dispose()
    {
        Encoder.Dispose();
        Decoder.Dispose();
        Discriminator.Dispose();
    }
}
