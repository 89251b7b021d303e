using TorchSharp;
using XanesMl.Training.Configuration;
using XanesMl.Training.Losses;
using XanesMl.Training.Networks;
using XanesMl.Training.Noise;
using XanesMl.Training.Optimization;
using static TorchSharp.torch;

namespace XanesMl.Training.Trials;

/// <summary>One batch of RankAAE: five losses, each with its own forward pass, backward pass and optimizers (domain.md section 2.2).</summary>
public sealed class TrainingStep : IDisposable
{
    /// <summary>Names of the losses in the order of the steps.</summary>
    public static IReadOnlyList<string> LossNames { get; } = ["adversarial", "rank", "reconstruction", "mutual_information", "smoothness"];

    // AdamW's own default in PyTorch, which the reference relies on where it passes no weight decay.
    private const double DefaultWeightDecay = 0.01;

    private readonly RankAaeNetworks _nets;
    private readonly TrainingOptions _options;
    private readonly INoiseSource _noise;
    private readonly RankCounts _counts;
    private readonly Tensor _roughness;
    private readonly Tensor[] _sums;
    private readonly AdamW _discriminator, _generator, _rank, _reconstruction, _mutual, _smooth;

    /// <summary>Prepares the optimizers for the given networks.</summary>
    /// <param name="networks">The trial's networks; not owned.</param>
    /// <param name="options">Rates, weights, switches.</param>
    /// <param name="noise">Random numbers of the steps.</param>
    /// <param name="batchCapacity">Largest number of rows of a batch.</param>
    public TrainingStep(RankAaeNetworks networks, TrainingOptions options, INoiseSource noise, int batchCapacity)
    {
        (_nets, _options, _noise, _counts) = (networks, options, noise, new RankCounts(batchCapacity));
        var first = networks.Encoder.parameters().First();
        _roughness = RankAaeLosses.Roughness(networks.Decoder.Blocks[^1].Outputs, first.dtype, first.device);
        _sums = [.. LossNames.Select(_ => zeros([], first.dtype, first.device))];
        networks.Encoder.UseNoise(noise);
        networks.Decoder.UseNoise(noise);
        networks.Discriminator.UseNoise(noise);
        TorchSharp.Modules.Parameter[] e = [.. networks.Encoder.parameters()], d = [.. networks.Decoder.parameters()];
        _discriminator = Adversarial(networks.Discriminator.parameters(), options.DiscriminatorRatio, options.DiscriminatorBeta);
        // Through the reversal layer one adversarial optimizer moves both networks: the encoder then has the discriminator's rate and betas.
        var (generatorRatio, generatorBeta) = options.GradientReversal
            ? (options.DiscriminatorRatio, options.DiscriminatorBeta) : (options.GeneratorRatio, options.GeneratorBeta);
        _generator = Adversarial(e, generatorRatio, generatorBeta);
        _rank = Plain(e, options.RankRatio, options.WeightDecay);
        _reconstruction = Plain([.. e, .. d], options.ReconstructionRatio, options.WeightDecay);
        _mutual = Plain([.. e, .. d], options.MutualRatio, DefaultWeightDecay);
        _smooth = Plain(d, options.SmoothRatio, options.WeightDecay);
        Optimizers =
        [
            ("discriminator", _discriminator, options.DiscriminatorRatio), ("generator", _generator, generatorRatio), ("rank", _rank, options.RankRatio),
            ("reconstruction", _reconstruction, options.ReconstructionRatio), ("mutual_information", _mutual, options.MutualRatio), ("smoothness", _smooth, options.SmoothRatio),
        ];

        AdamW Adversarial(IEnumerable<TorchSharp.Modules.Parameter> p, double ratio, double b) =>
            new(p, options.LearningRate * ratio, 0.9 * b, (0.009 * b) + 0.99, DefaultWeightDecay);
        AdamW Plain(IEnumerable<TorchSharp.Modules.Parameter> p, double ratio, double decay) => new(p, options.LearningRate * ratio, weightDecay: decay);
    }

    /// <summary>Every optimizer with its name and the ratio of its learning rate to lr_base.</summary>
    internal IReadOnlyList<(string Name, AdamW Optimizer, double Ratio)> Optimizers { get; }

    /// <summary>Sets all learning rates to <paramref name="rate"/> times their ratio.</summary>
    public void SetLearningRate(double rate)
    {
        foreach (var (_, optimizer, ratio) in Optimizers)
            optimizer.LearningRate = rate * ratio;
    }

    /// <summary>Runs the five steps on one batch. Networks must be in training mode.</summary>
    /// <param name="spectra">[B, points], noise already added.</param>
    /// <param name="ranks">[K][at least B] ranks of the descriptors, negative where missing.</param>
    /// <param name="alpha">Strength of the gradient reversal.</param>
    /// <param name="smooth">Whether the smoothness step runs.</param>
    public void Run(Tensor spectra, IReadOnlyList<int[]> ranks, double alpha, bool smooth)
    {
        using var scope = NewDisposeScope();
        set_num_threads(1);   // a setting of the calling thread: one core a trial, since two threads on 64-wide layers fight more than they help
        long rows = spectra.shape[0];
        long styles = _nets.Encoder.Blocks[^1].Outputs;
        AdversarialStep(spectra, rows, styles, alpha);

        Record(1, Step(RankAaeLosses.Rank(_nets.Encoder.forward(spectra), ranks, _options.BalanceRanks, _counts), _rank));

        Record(2, Step(RankAaeLosses.Reconstruction(spectra, _nets.Decoder.forward(_nets.Encoder.forward(spectra)), _options.FlexibleTarget), _reconstruction));

        if (_options.ReferenceExact)
            Dead(_nets.Encoder, spectra);
        var z = _noise.Normal(rows, styles, 1);
        Record(3, Step(RankAaeLosses.MutualInformation(z, _nets.Encoder.forward(_nets.Decoder.forward(z))), _mutual));

        if (!smooth)
            return;
        Tensor latent;
        using (no_grad())   // the step moves the decoder only
            latent = _nets.Encoder.forward(spectra);
        Record(4, Step(RankAaeLosses.Smoothness(_nets.Decoder.forward(latent), _roughness), _smooth));
    }

    /// <summary>Sums of the losses since the last call, divided by <paramref name="batches"/>, [5]; waits for the device.</summary>
    public double[] TakeMeanLosses(int batches)
    {
        var means = new double[_sums.Length];
        for (int i = 0; i < means.Length; i++)
        {
            using var value = _sums[i].to(float64, CPU);
            means[i] = value.item<double>() / batches;
            _sums[i].zero_();
        }

        return means;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, optimizer, _) in Optimizers)
            optimizer.Dispose();
        foreach (var s in _sums)
            s.Dispose();
        _roughness.Dispose();
    }

    private void AdversarialStep(Tensor spectra, long rows, long styles, double alpha)
    {
        var fake = _nets.Encoder.forward(spectra);
        if (_options.ReferenceExact)
            Dead(_nets.Decoder, fake.detach());
        var real = _noise.Normal(rows, styles, 1);
        if (_options.GradientReversal)
        {
            var loss = RankAaeLosses.Adversarial(Judge(GradientReversal.Apply(real, alpha)), Judge(GradientReversal.Apply(fake, alpha)));
            Record(0, Step(loss, _discriminator, _generator));
            return;
        }

        Record(0, Step(RankAaeLosses.Adversarial(Judge(real), Judge(fake.detach())), _discriminator));
        Step(RankAaeLosses.TowardsReal(Judge(_nets.Encoder.forward(spectra))), _generator);
    }

    private Tensor Judge(Tensor styles)
    {
        var input = _options.DiscriminatorNoise > 0 ? styles.Plus(_noise.Normal(styles.shape[0], styles.shape[1], _options.DiscriminatorNoise)) : styles;
        return _nets.Discriminator.forward(input);
    }

    private Tensor Step(Tensor loss, params ReadOnlySpan<AdamW> optimizers)
    {
        // Gradients accumulate in whatever the loss reaches, so all three networks start from none.
        _nets.Encoder.zero_grad();
        _nets.Decoder.zero_grad();
        _nets.Discriminator.zero_grad();
        loss.backward();
        foreach (var o in optimizers)
            o.Step();
        return loss;
    }

    private void Record(int index, Tensor loss)
    {
        using var off = no_grad();
        _sums[index].PlusInPlace(loss.detach());
    }

    /// <summary>A forward pass whose result nobody uses: it moves the running statistics as the reference's does.</summary>
    private static void Dead(FullyConnected network, Tensor input)
    {
        using var off = no_grad();
        using var unused = network.forward(input);
    }
}
