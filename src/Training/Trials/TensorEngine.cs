using TorchSharp;
using XanesMl.Training.Configuration;
using XanesMl.Training.Losses;
using XanesMl.Training.Networks;
using XanesMl.Training.Noise;
using static TorchSharp.torch;

namespace XanesMl.Training.Trials;

/// <summary>Trains with libtorch's automatic differentiation, on the device and in the number type of the data.</summary>
internal sealed class TensorEngine : ITrialEngine
{
    private readonly TrialData _data;
    private readonly TrainingOptions _options;
    private readonly RankAaeNetworks _networks;
    private readonly INoiseSource _noise;
    private readonly DeviceNoise? _deviceNoise;
    private readonly VectorRandom _random;
    private readonly Tensor? _deviceRanks;
    private readonly TrainingStep _step;
    private readonly Tensor _validationStyles;

    /// <summary>Prepares a trial.</summary>
    /// <param name="data">Rows; not owned.</param>
    /// <param name="options">Options.</param>
    /// <param name="networks">The trial's networks; not owned.</param>
    /// <param name="random">The trial's generator.</param>
    /// <param name="validationStyles">[validation rows x styles] fixed draw for the mutual information.</param>
    /// <param name="capacity">Most rows of a batch.</param>
    /// <param name="onDevice">Draw noise and count ranks on the device instead of on the CPU.</param>
    public TensorEngine(TrialData data, TrainingOptions options, RankAaeNetworks networks, VectorRandom random, float[] validationStyles, int capacity, bool onDevice)
    {
        (_data, _options, _networks, _random) = (data, options, networks, random);
        _deviceNoise = onDevice ? new DeviceNoise(data.Device, data.Type) : null;
        _noise = _deviceNoise is null ? new NoiseSource(random, data.Device, data.Type) : _deviceNoise;
        _step = new TrainingStep(networks, options, _noise, capacity);
        using var scope = NewDisposeScope();
        if (onDevice)
            _deviceRanks = stack([.. data.TrainRanks.Select(r => tensor(r))], 1).to(data.Device).DetachFromDisposeScope();
        _validationStyles = tensor(validationStyles, [data.ValidationRows, validationStyles.Length / data.ValidationRows]).to(data.Type, data.Device).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public StepOptimizers Optimizers => _step.Optimizers;

    /// <inheritdoc/>
    public void Train(ReadOnlySpan<int> rows, IReadOnlyList<int[]> ranks, double alpha, bool smooth)
    {
        using var scope = NewDisposeScope();
        _networks.Train();
        var index = new long[rows.Length];
        for (int i = 0; i < index.Length; i++)
            index[i] = rows[i];
        var chosen = tensor(index, [index.Length]).to(_data.Device);
        var spectra = _data.TrainSpectra.index_select(0, chosen);
        _deviceNoise?.Reseed(_random);
        if (_options.SpectrumNoise > 0)
            spectra.PlusInPlace(_noise.Normal(rows.Length, _data.PointCount, _options.SpectrumNoise));
        if (_deviceRanks is null)
            _step.Run(spectra, ranks, alpha, smooth);
        else
            _step.Run(spectra, _deviceRanks.index_select(0, chosen), alpha, smooth);
    }

    /// <inheritdoc/>
    public double[] TakeMeanLosses(int batches) => _step.TakeMeanLosses(batches);

    /// <inheritdoc/>
    public ValidationPass Validate()
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        _networks.Evaluate();
        var styles = _networks.Encoder.forward(_data.ValidationSpectra);
        double reconstruction = Number(RankAaeLosses.Reconstruction(_data.ValidationSpectra, _networks.Decoder.forward(styles), flexible: false));
        double mutual = Number(RankAaeLosses.MutualInformation(_validationStyles, _networks.Encoder.forward(_networks.Decoder.forward(_validationStyles))));
        return new ValidationPass(Columns(styles), reconstruction, mutual);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _step.Dispose();
        _validationStyles.Dispose();
        _deviceRanks?.Dispose();
        _deviceNoise?.Dispose();
    }

    private static double[][] Columns(Tensor styles)
    {
        int count = (int)styles.shape[1];
        double[] values = styles.to(float64, CPU).t().contiguous().data<double>().ToArray();
        return [.. values.Chunk(values.Length / count)];
    }

    private static double Number(Tensor scalar) => scalar.to(float64, CPU).item<double>();
}
