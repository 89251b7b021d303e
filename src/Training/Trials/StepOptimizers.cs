using XanesMl.Training.Configuration;
using XanesMl.Training.Networks;
using XanesMl.Training.Optimization;
using Parameter = TorchSharp.Modules.Parameter;

namespace XanesMl.Training.Trials;

/// <summary>The optimizers of the five steps of a batch, domain.md section 2.2.</summary>
internal sealed class StepOptimizers : IDisposable
{
    // AdamW's own default in PyTorch, which the reference relies on where it passes no weight decay.
    private const double DefaultWeightDecay = 0.01;

    /// <summary>Prepares them, moments zero.</summary>
    public StepOptimizers(RankAaeNetworks networks, TrainingOptions options)
    {
        Parameter[] encoder = [.. networks.Encoder.parameters()], decoder = [.. networks.Decoder.parameters()], both = [.. encoder, .. decoder];
        Discriminator = Adversarial(networks.Discriminator.parameters(), options.DiscriminatorRatio, options.DiscriminatorBeta);
        // Through the reversal layer one adversarial optimizer moves both networks: the encoder then has the discriminator's rate and betas.
        var (generatorRatio, generatorBeta) = options.GradientReversal
            ? (options.DiscriminatorRatio, options.DiscriminatorBeta) : (options.GeneratorRatio, options.GeneratorBeta);
        Generator = Adversarial(encoder, generatorRatio, generatorBeta);
        Rank = Plain(encoder, options.RankRatio, options.WeightDecay);
        Reconstruction = Plain(both, options.ReconstructionRatio, options.WeightDecay);
        Mutual = Plain(both, options.MutualRatio, DefaultWeightDecay);
        Smooth = Plain(decoder, options.SmoothRatio, options.WeightDecay);
        All =
        [
            ("discriminator", Discriminator, options.DiscriminatorRatio), ("generator", Generator, generatorRatio), ("rank", Rank, options.RankRatio),
            ("reconstruction", Reconstruction, options.ReconstructionRatio), ("mutual_information", Mutual, options.MutualRatio), ("smoothness", Smooth, options.SmoothRatio),
        ];

        AdamW Adversarial(IEnumerable<Parameter> p, double ratio, double b) =>
            new(p, options.LearningRate * ratio, 0.9 * b, (0.009 * b) + 0.99, DefaultWeightDecay);
        AdamW Plain(IEnumerable<Parameter> p, double ratio, double decay) => new(p, options.LearningRate * ratio, weightDecay: decay);
    }

    /// <summary>Moves the discriminator.</summary>
    public AdamW Discriminator { get; }

    /// <summary>Moves the encoder in the adversarial step.</summary>
    public AdamW Generator { get; }

    /// <summary>Moves the encoder.</summary>
    public AdamW Rank { get; }

    /// <summary>Moves encoder and decoder.</summary>
    public AdamW Reconstruction { get; }

    /// <summary>Moves encoder and decoder.</summary>
    public AdamW Mutual { get; }

    /// <summary>Moves the decoder.</summary>
    public AdamW Smooth { get; }

    /// <summary>Every optimizer with its name and the ratio of its learning rate to lr_base.</summary>
    public IReadOnlyList<(string Name, AdamW Optimizer, double Ratio)> All { get; }

    /// <summary>Sets all learning rates to <paramref name="rate"/> times their ratio.</summary>
    public void SetLearningRate(double rate)
    {
        foreach (var (_, optimizer, ratio) in All)
            optimizer.LearningRate = rate * ratio;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, optimizer, _) in All)
            optimizer.Dispose();
    }
}
