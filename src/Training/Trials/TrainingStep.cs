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

    private readonly RankAaeNetworks _nets;
    private readonly TrainingOptions _options;
    private readonly INoiseSource _noise;
    private readonly RankCounts _counts;
    private readonly Tensor _roughness;
    private readonly Tensor[] _sums;
    private readonly StepOptimizers _optimizers;

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
        _optimizers = new StepOptimizers(networks, options);
    }

    /// <summary>The optimizers of the five steps.</summary>
    internal StepOptimizers Optimizers => _optimizers;

    /// <summary>Runs the five steps on one batch. Networks must be in training mode.</summary>
    /// <param name="spectra">[B, points], noise already added.</param>
    /// <param name="ranks">[K][at least B] ranks of the descriptors, negative where missing.</param>
    /// <param name="alpha">Strength of the gradient reversal.</param>
    /// <param name="smooth">Whether the smoothness step runs.</param>
    public void Run(Tensor spectra, IReadOnlyList<int[]> ranks, double alpha, bool smooth) =>
        Run(spectra, styles => RankAaeLosses.Rank(styles, ranks, _options.BalanceRanks, _counts), alpha, smooth);

    /// <summary>As the public one, with the ranks on the device, [B, K]: nothing of the batch waits for the CPU.</summary>
    internal void Run(Tensor spectra, Tensor ranks, double alpha, bool smooth) =>
        Run(spectra, styles => RankAaeLosses.RankOfPairs(styles, ranks, _options.BalanceRanks), alpha, smooth);

    private void Run(Tensor spectra, Func<Tensor, Tensor> rankLoss, double alpha, bool smooth)
    {
        using var scope = NewDisposeScope();
        set_num_threads(1);   // a setting of the calling thread: one core a trial, since two threads on 64-wide layers fight more than they help
        long rows = spectra.shape[0];
        long styles = _nets.Encoder.Blocks[^1].Outputs;
        AdversarialStep(spectra, rows, styles, alpha);

        Record(1, Step(rankLoss(_nets.Encoder.forward(spectra)), _optimizers.Rank));

        Record(2, Step(RankAaeLosses.Reconstruction(spectra, _nets.Decoder.forward(_nets.Encoder.forward(spectra)), _options.FlexibleTarget), _optimizers.Reconstruction));

        if (_options.ReferenceExact)
            Dead(_nets.Encoder, spectra);
        var z = _noise.Normal(rows, styles, 1);
        Record(3, Step(RankAaeLosses.MutualInformation(z, _nets.Encoder.forward(_nets.Decoder.forward(z))), _optimizers.Mutual));

        if (!smooth)
            return;
        Tensor latent;
        using (no_grad())   // the step moves the decoder only
            latent = _nets.Encoder.forward(spectra);
        Record(4, Step(RankAaeLosses.Smoothness(_nets.Decoder.forward(latent), _roughness), _optimizers.Smooth));
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
        _optimizers.Dispose();
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
            Record(0, Step(loss, _optimizers.Discriminator, _optimizers.Generator));
            return;
        }

        Record(0, Step(RankAaeLosses.Adversarial(Judge(real), Judge(fake.detach())), _optimizers.Discriminator));
        Step(RankAaeLosses.TowardsReal(Judge(_nets.Encoder.forward(spectra))), _optimizers.Generator);
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
