using XanesMl.Inference.Models;
using XanesMl.Spectra;

namespace XanesMl.Training.Configuration;

/// <summary>Everything that decides a training run. One property a YAML key; keys without a remark on the source are the reference program's own.</summary>
/// <remarks>Defaults are the published V run's (domain.md section 2.2). Units: energies eV, epochs counted from 0.</remarks>
public sealed record TrainingOptions
{
    /// <summary>Most trials of a run.</summary>
    public const int MaxTrials = 10_000;

    private readonly int? _batchSize;

    // --- data -------------------------------------------------------------------------------------------------------------------
    /// <summary>data_file: table to train on when the command line names none.</summary>
    public string? DataFile { get; init; }

    /// <summary>data_notice (ours): licence and citation of the data, for the model's card; default: what the tables' comment lines say.</summary>
    public string? DataNotice { get; init; }

    /// <summary>descriptors (ours): descriptors to follow, in the order of the styles; empty = all of the table.</summary>
    public IReadOnlyList<string> Descriptors { get; init; } = [];

    /// <summary>n_aux: number of descriptors; must be that of the data when given.</summary>
    public int? DescriptorCount { get; init; }

    /// <summary>dim_in: points of a spectrum; must be the grid's when given.</summary>
    public int? Points { get; init; }

    /// <summary>dim_out: points of a reconstruction; must be those of a spectrum when given.</summary>
    public int? OutputPoints { get; init; }

    // --- networks ---------------------------------------------------------------------------------------------------------------
    /// <summary>nstyle: latent numbers; default one more than descriptors, so that one style stays free.</summary>
    public int? StyleCount { get; init; }

    /// <summary>n_layers: linear layers of encoder and of decoder.</summary>
    public int Layers { get; init; } = 5;

    /// <summary>hidden (ours): width of hidden layers; the reference has 64 built in.</summary>
    public int Hidden { get; init; } = 64;

    /// <summary>FC_discriminator_layers: linear layers of the discriminator.</summary>
    public int DiscriminatorLayers { get; init; } = 3;

    /// <summary>decoder_activation: Softplus (beta 2) or ReLU after the decoder's last layer.</summary>
    public DecoderActivation DecoderActivation { get; init; } = DecoderActivation.Softplus;

    /// <summary>dropout_rate of encoder and decoder.</summary>
    public double Dropout { get; init; } = 0.04;

    /// <summary>dis_dropout_rate of the discriminator.</summary>
    public double DiscriminatorDropout { get; init; } = 0.056;

    /// <summary>dis_noise: standard deviation of the noise on the discriminator's input in training.</summary>
    public double DiscriminatorNoise { get; init; } = 0.56;

    // --- losses -----------------------------------------------------------------------------------------------------------------
    /// <summary>gradient_reversal: one adversarial step through a reversal layer, or a discriminator and a generator step.</summary>
    public bool GradientReversal { get; init; } = true;

    /// <summary>alpha_flat_step: how slowly the reversal rises; see <see cref="Losses.GradientReversal.Alpha"/>.</summary>
    public double AlphaStep { get; init; } = 739;

    /// <summary>alpha_limit: final strength of the reversal.</summary>
    public double AlphaLimit { get; init; } = 0.7172;

    /// <summary>kendall_activation (force_balance): weigh concordant pairs down to the number of discordant ones.</summary>
    public bool BalanceRanks { get; init; } = true;

    /// <summary>use_flex_spec_target: forgive a scale of the reconstruction within 0.7 to 1.3.</summary>
    public bool FlexibleTarget { get; init; } = true;

    /// <summary>spec_noise: standard deviation of the noise on the spectra of a batch.</summary>
    public double SpectrumNoise { get; init; } = 0.02;

    /// <summary>epoch_stop_smooth: epochs with a smoothness step.</summary>
    public int SmoothEpochs { get; init; } = 1500;

    /// <summary>reference_exact (ours): run the two forward passes whose results the reference does not use; they shift batch normalization's
    /// running statistics a little and cost a few percent of the time (docs/performance.md).</summary>
    public bool ReferenceExact { get; init; } = true;

    // --- optimization -----------------------------------------------------------------------------------------------------------
    /// <summary>max_epoch.</summary>
    public int Epochs { get; init; } = 1500;

    /// <summary>batch_size: rows of a step; the last batch of an epoch may be smaller. A value that is set must not be more than the training rows; one that
    /// comes from a preset or from nowhere is lowered to them.</summary>
    public int BatchSize { get => _batchSize ?? UsualBatchSize; init => _batchSize = value; }

    /// <summary>Whether somebody asked for this batch size.</summary>
    internal bool HasOwnBatchSize => _batchSize is not null;

    /// <summary>The batch size when nobody asks for one.</summary>
    internal int UsualBatchSize { get; init; } = 1024;

    /// <summary>optimizer_name: AdamW, the published one.</summary>
    public string Optimizer { get; init; } = "AdamW";

    /// <summary>lr_base: learning rate that the ratios multiply.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>lr_ratio_dis: of the adversarial step; with gradient reversal it moves the encoder too.</summary>
    public double DiscriminatorRatio { get; init; } = 1;

    /// <summary>lr_ratio_gen: of the generator step, which only a run without gradient reversal has.</summary>
    public double GeneratorRatio { get; init; } = 10;

    /// <summary>lr_ratio_Corr.</summary>
    public double RankRatio { get; init; } = 10;

    /// <summary>lr_ratio_Reconn.</summary>
    public double ReconstructionRatio { get; init; } = 10;

    /// <summary>lr_ratio_Mutual.</summary>
    public double MutualRatio { get; init; } = 1;

    /// <summary>lr_ratio_Smooth.</summary>
    public double SmoothRatio { get; init; } = 1;

    /// <summary>dis_beta: b of the adversarial step's betas (0.9 b, 0.009 b + 0.99).</summary>
    public double DiscriminatorBeta { get; init; } = 1.1;

    /// <summary>gen_beta: b of the generator step's betas, without gradient reversal.</summary>
    public double GeneratorBeta { get; init; } = 1.1;

    /// <summary>weight_decay of the rank, reconstruction and smoothness optimizers; the other two have AdamW's 0.01.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>schedule (ours): how learning rates fall: the reference's plateau rule, or a cosine from the full rate to zero.</summary>
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Plateau;

    /// <summary>sch_factor: what a plateau multiplies the rates by.</summary>
    public double ScheduleFactor { get; init; } = 0.1;

    /// <summary>sch_patience: looks at the validation rows (one every validation_interval epochs) without improvement that a plateau must exceed.</summary>
    public int SchedulePatience { get; init; } = 100;

    // --- run --------------------------------------------------------------------------------------------------------------------
    /// <summary>trials: seeds to train.</summary>
    public int Trials { get; init; } = 1;

    /// <summary>top_n: trials that the predictor averages over, the best on validation.</summary>
    public int TopTrials { get; init; } = 8;

    /// <summary>keep_weights (ours): the epoch with the best checkpoint metric, or the last one, as the reference reports.</summary>
    public KeptWeights KeepWeights { get; init; } = KeptWeights.Best;

    /// <summary>timeout: hours after which a trial stops where it is; 0 = none.</summary>
    public double TimeoutHours { get; init; }

    /// <summary>seed (ours): seed of the first trial; trial t has seed + t.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>split (ours): grouped, positional or random.</summary>
    public string Split { get; init; } = "grouped";

    /// <summary>split_seed (ours): seed of the split, apart from the trials' so that seeds compare on the same rows.</summary>
    public int SplitSeed { get; init; } = 1;

    /// <summary>split_fractions (ours): train, validation and test.</summary>
    public IReadOnlyList<double> SplitFractions { get; init; } = [0.70, 0.15, 0.15];

    /// <summary>calibration (ours): isotonic, linear or quadratic curve from style to descriptor.</summary>
    public CalibrationKind Calibration { get; init; } = CalibrationKind.Isotonic;

    /// <summary>checkpoint_interval (ours): epochs between saved checkpoints.</summary>
    public int CheckpointInterval { get; init; } = 50;

    /// <summary>validation_interval (ours): epochs between looks at the validation rows.</summary>
    public int ValidationInterval { get; init; } = 1;

    /// <summary>gpu: train on the GPU when there is one.</summary>
    public bool UseGpu { get; init; }

    /// <summary>verbose: report every epoch instead of about a hundred times a run.</summary>
    public bool Verbose { get; init; }

    /// <summary>output_name: name of the model.</summary>
    public string? Name { get; init; }

    /// <summary>Throws where a value makes no sense, naming the key, the value and what is allowed.</summary>
    /// <exception cref="XanesDataException">The first value at fault.</exception>
    public TrainingOptions Validated(string source = "configuration")
    {
        void Need(bool ok, string key, object value, string allowed)
        {
            if (!ok)
                throw new XanesDataException(FormattableString.Invariant($"{key} is {value}"), source, remedy: $"Allowed: {allowed}.");
        }

        Need(Layers is >= 2 and <= 100, "n_layers", Layers, "2 to 100");
        Need(DiscriminatorLayers is >= 2 and <= 100, "FC_discriminator_layers", DiscriminatorLayers, "2 to 100");
        Need(Hidden is >= 1 and <= 16384, "hidden", Hidden, "1 to 16384");
        Need(StyleCount is null or (>= 2 and <= 1000), "nstyle", StyleCount ?? 0, "2 to 1000");
        Need(OutputPoints is null || Points is null || OutputPoints == Points, "dim_out", OutputPoints ?? 0, $"dim_in, {Points}");
        Need(Dropout is >= 0 and < 1, "dropout_rate", Dropout, "0 up to but not 1");
        Need(DiscriminatorDropout is >= 0 and < 1, "dis_dropout_rate", DiscriminatorDropout, "0 up to but not 1");
        Need(DiscriminatorNoise >= 0 && double.IsFinite(DiscriminatorNoise), "dis_noise", DiscriminatorNoise, "0 or more, finite");
        Need(SpectrumNoise >= 0 && double.IsFinite(SpectrumNoise), "spec_noise", SpectrumNoise, "0 or more, finite");
        Need(Epochs is >= 1 and <= 10_000_000, "max_epoch", Epochs, "1 to 10000000");
        Need(BatchSize >= 2, "batch_size", BatchSize, "2 or more, since batch normalization needs two rows");
        Need(Optimizer == "AdamW", "optimizer_name", Optimizer, "AdamW");
        Need(AlphaStep > 0, "alpha_flat_step", AlphaStep, "above 0");
        Need(AlphaLimit >= 0 && double.IsFinite(AlphaLimit), "alpha_limit", AlphaLimit, "0 or more, finite");
        Need(LearningRate > 0 && double.IsFinite(LearningRate), "lr_base", LearningRate, "above 0");
        foreach (var (key, ratio) in new[] { ("lr_ratio_dis", DiscriminatorRatio), ("lr_ratio_gen", GeneratorRatio), ("lr_ratio_Corr", RankRatio), ("lr_ratio_Reconn", ReconstructionRatio), ("lr_ratio_Mutual", MutualRatio), ("lr_ratio_Smooth", SmoothRatio) })
            Need(ratio >= 0 && double.IsFinite(ratio), key, ratio, "0 or more");
        Need(DiscriminatorBeta is > 0 and < 1.111, "dis_beta", DiscriminatorBeta, "above 0 and below 1.111, since 0.9 b and 0.009 b + 0.99 must be below 1");
        Need(GeneratorBeta is > 0 and < 1.111, "gen_beta", GeneratorBeta, "above 0 and below 1.111, since 0.9 b and 0.009 b + 0.99 must be below 1");
        Need(WeightDecay >= 0 && double.IsFinite(WeightDecay), "weight_decay", WeightDecay, "0 or more, finite");
        Need(ScheduleFactor is > 0 and <= 1, "sch_factor", ScheduleFactor, "above 0 up to 1");
        Need(SchedulePatience >= 0, "sch_patience", SchedulePatience, "0 or more");
        Need(Trials is >= 1 and <= MaxTrials, "trials", Trials, $"1 to {MaxTrials}");
        Need(Seed is >= 0 and <= int.MaxValue - MaxTrials, "seed", Seed, $"0 to {int.MaxValue - MaxTrials}");
        Need(SplitSeed >= 0, "split_seed", SplitSeed, "0 or more");
        Need(TopTrials >= 1, "top_n", TopTrials, "1 or more");
        Need(TimeoutHours is >= 0 and <= 8760, "timeout", TimeoutHours, "0 (none) or hours, up to a year");
        Need(CheckpointInterval >= 1, "checkpoint_interval", CheckpointInterval, "1 or more");
        Need(ValidationInterval >= 1, "validation_interval", ValidationInterval, "1 or more");
        Need(SplitFractions.Count == 3 && SplitFractions.All(f => f is >= 0 and <= 1) && Math.Abs(SplitFractions.Sum() - 1) < 1e-6 && SplitFractions[0] > 0 && SplitFractions[1] > 0,
            "split_fractions", "[" + string.Join(", ", SplitFractions) + "]", "three numbers of 0 to 1 that add up to 1; train and validation above 0");
        Need(Split is "grouped" or "positional" or "random", "split", Split, "grouped, positional, random");
        return this;
    }
}

/// <summary>Activation after the decoder's last layer.</summary>
public enum DecoderActivation
{
    /// <summary>log(1 + exp(2 x)) / 2: smooth and positive.</summary>
    Softplus,

    /// <summary>max(x, 0).</summary>
    ReLU,
}

/// <summary>How learning rates fall.</summary>
public enum LearningRateSchedule
{
    /// <summary>Times sch_factor when the checkpoint metric has not improved by 1 % in more than sch_patience looks at the validation rows.</summary>
    Plateau,

    /// <summary>lr (1 + cos(pi e / max_epoch)) / 2.</summary>
    Cosine,
}

/// <summary>Which weights of a trial make its model.</summary>
public enum KeptWeights
{
    /// <summary>Those with the best checkpoint metric on validation rows.</summary>
    Best,

    /// <summary>Those after the last epoch; right when the learning rate has come down to nothing by then.</summary>
    Last,
}
