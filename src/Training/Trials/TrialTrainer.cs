using XanesMl.Inference.Evaluation;
using XanesMl.Training.Configuration;
using XanesMl.Training.Losses;
using XanesMl.Training.Networks;
using XanesMl.Training.Noise;

namespace XanesMl.Training.Trials;

/// <summary>One trial: the networks of one seed, trained epoch by epoch. Everything random comes from (seed, epoch), so that the same seed
/// gives the same weights whatever else runs, and a resumed trial continues bit for bit on the CPU.</summary>
public sealed class TrialTrainer : IDisposable
{
    // Streams of VectorRandom: the epoch numbers from 1 on are the epochs' own.
    private const long InitialWeightsStream = 0;
    private const long ValidationStream = -1;

    private readonly TrialData _data;
    private readonly TrainingOptions _options;
    private readonly VectorRandom _random;
    private readonly ITrialEngine _engine;
    private readonly PlateauSchedule _plateau;
    private readonly RankCounts _validationCounts;
    private readonly int[] _order;
    private readonly int[][] _batchRanks;

    /// <summary>Draws the initial weights of a trial.</summary>
    /// <param name="data">Rows to learn from; shared, not owned.</param>
    /// <param name="options">Validated options.</param>
    /// <param name="seed">Seed of this trial.</param>
    public TrialTrainer(TrialData data, TrainingOptions options, int seed)
        : this(data, options, seed, engine: null)
    {
    }

    /// <summary>As the public one, with a choice of engine for comparisons; null: the fastest that the device allows.</summary>
    internal TrialTrainer(TrialData data, TrainingOptions options, int seed, TrialEngine? engine)
    {
        engine ??= FusedEngine.Takes(data) ? TrialEngine.Fused : data.Device.type == TorchSharp.DeviceType.CPU ? TrialEngine.Tensors : TrialEngine.TensorsOnDevice;
        (_data, _options, Seed) = (data, options, seed);
        _random = new VectorRandom(seed, InitialWeightsStream);
        Networks = new RankAaeNetworks(Shape(options, data), _random, data.Device, data.Type);
        int capacity = Math.Min(options.BatchSize + 1, data.TrainRows);
        _plateau = new PlateauSchedule(options.ScheduleFactor, options.SchedulePatience);
        _validationCounts = new RankCounts(data.ValidationRows);
        _random.Reseed(seed, ValidationStream);
        var validationStyles = new float[data.ValidationRows * StyleCount];
        _random.FillNormal(validationStyles);
        _engine = engine == TrialEngine.Fused
            ? new FusedEngine(data, options, Networks, _random, validationStyles, capacity)
            : new TensorEngine(data, options, Networks, _random, validationStyles, capacity, onDevice: engine == TrialEngine.TensorsOnDevice);
        _order = new int[data.TrainRows];
        _batchRanks = [.. Enumerable.Range(0, data.DescriptorCount).Select(_ => new int[capacity])];
        Best = Networks.ToWeights();
    }

    /// <summary>Seed of this trial.</summary>
    public int Seed { get; }

    /// <summary>Epochs completed.</summary>
    public int Epoch { get; private set; }

    /// <summary>The networks in their current state.</summary>
    public RankAaeNetworks Networks { get; }

    /// <summary>Encoder and decoder at the best validation metric so far.</summary>
    public AutoencoderWeights Best { get; private set; }

    /// <summary>The best validation metric so far.</summary>
    public double BestMetric { get; private set; } = double.NegativeInfinity;

    /// <summary>Epoch of the best metric.</summary>
    public int BestEpoch { get; private set; }

    internal StepOptimizers Optimizers => _engine.Optimizers;

    internal PlateauSchedule Plateau => _plateau;

    private int StyleCount => Networks.Encoder.Blocks[^1].Outputs;

    /// <summary>Widths of the networks for given options and data.</summary>
    public static RankAaeShape Shape(TrainingOptions options, TrialData data) => new()
    {
        Points = data.PointCount,
        Styles = options.StyleCount ?? data.DescriptorCount + 1,
        Layers = options.Layers,
        Hidden = options.Hidden,
        DiscriminatorLayers = options.DiscriminatorLayers,
        Dropout = options.Dropout,
        DiscriminatorDropout = options.DiscriminatorDropout,
        DecoderActivation = options.DecoderActivation == DecoderActivation.Softplus ? Activation.Softplus2 : Activation.Relu,
    };

    /// <summary>Trains one epoch and looks at the validation rows.</summary>
    /// <exception cref="TrialDivergedException">A loss is no longer finite.</exception>
    public EpochReport RunEpoch()
    {
        _random.Reseed(Seed, Epoch + 1);
        double rate = _options.LearningRate * (_options.Schedule == LearningRateSchedule.Cosine
            ? 0.5 * (1 + Math.Cos(Math.PI * Epoch / _options.Epochs))
            : _plateau.Scale);
        Optimizers.SetLearningRate(rate);
        double alpha = GradientReversal.Alpha((double)Epoch / _options.Epochs, _options.AlphaStep, _options.AlphaLimit);
        int batches = TrainBatches(alpha, smooth: Epoch < _options.SmoothEpochs);
        double[] losses = _engine.TakeMeanLosses(batches);
        Epoch++;
        if (Array.FindIndex(losses, l => !double.IsFinite(l)) is >= 0 and var bad)
            throw new TrialDivergedException(Seed, Epoch, TrainingStep.LossNames[bad], losses[bad]);

        ValidationMetrics? validation = null;
        if (Epoch % _options.ValidationInterval == 0 || Epoch == _options.Epochs)
        {
            var v = Validate();
            validation = v;
            _plateau.Step(v.Combined);
            if (v.Combined > BestMetric)
                (BestMetric, BestEpoch, Best) = (v.Combined, Epoch, Networks.ToWeights());
        }

        return new EpochReport(Epoch, losses, rate, validation);
    }

    /// <summary>The checkpoint metric of the current weights, evaluation mode, no noise on the spectra.</summary>
    public ValidationMetrics Validate()
    {
        var pass = _engine.Validate();
        double rank = 0, n = _data.ValidationRows;
        for (int k = 0; k < _data.DescriptorCount; k++)
            rank += _validationCounts.Loss(_data.ValidationRanks[k], pass.Styles[k], balance: false, _validationCounts.Gradient(_data.ValidationRows));
        rank /= ((n * n) - n) * _data.DescriptorCount;
        return new ValidationMetrics(pass.Styles.Min(c => ShapiroWilk.Test(c).W), pass.Reconstruction, pass.MutualInformation, RankCorrelation.LargestSpearman(pass.Styles), rank);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _engine.Dispose();
        Networks.Dispose();
    }

    internal void Restore(int epoch, AutoencoderWeights best, double bestMetric, int bestEpoch) =>
        (Epoch, Best, BestMetric, BestEpoch) = (epoch, best, bestMetric, bestEpoch);

    private int TrainBatches(double alpha, bool smooth)
    {
        int n = _order.Length, batches = 0;
        for (int i = 0; i < n; i++)
            _order[i] = i;
        _random.Shuffle(_order);
        for (int first = 0; first < n; batches++)
        {
            int count = Math.Min(_options.BatchSize, n - first);
            if (n - first - count == 1)
                count++;   // a lone last row has no batch statistics: it joins the batch before it
            for (int k = 0; k < _batchRanks.Length; k++)
                for (int i = 0; i < count; i++)
                    _batchRanks[k][i] = _data.TrainRanks[k][_order[first + i]];
            _engine.Train(_order.AsSpan(first, count), _batchRanks, alpha, smooth);
            first += count;
        }

        return batches;
    }
}

/// <summary>A trial whose losses are no longer finite.</summary>
public sealed class TrialDivergedException : Exception
{
    /// <summary>Creates the error.</summary>
    public TrialDivergedException(int seed, int epoch, string loss, double value)
        : base(FormattableString.Invariant($"trial with seed {seed} diverged in epoch {epoch}: the {loss} loss is {value}. Lower lr_base or the loss's lr_ratio."))
    {
    }
}
