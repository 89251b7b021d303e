using System.Numerics.Tensors;
using TorchSharp;
using XanesMl.Training.Configuration;
using XanesMl.Training.Fused;
using XanesMl.Training.Networks;
using XanesMl.Training.Noise;

namespace XanesMl.Training.Trials;

/// <summary>Trains on the CPU in float32 with <see cref="FusedStep"/>: several times faster than <see cref="TensorEngine"/> (docs/performance.md).</summary>
internal sealed class FusedEngine : ITrialEngine
{
    private readonly TrialData _data;
    private readonly TrainingOptions _options;
    private readonly VectorRandom _random;
    private readonly FusedStep _step;
    private readonly FloatMatrix _train, _validation, _batch, _cycle;
    private readonly float[] _validationStyles, _noise;
    private readonly int _styleCount, _capacity;

    /// <summary>Prepares a trial.</summary>
    /// <param name="data">Rows, float32 on the CPU; not owned.</param>
    /// <param name="options">Options.</param>
    /// <param name="networks">The trial's networks; not owned.</param>
    /// <param name="random">The trial's generator.</param>
    /// <param name="validationStyles">[validation rows x styles] fixed draw for the mutual information.</param>
    /// <param name="capacity">Most rows of a batch.</param>
    public FusedEngine(TrialData data, TrainingOptions options, RankAaeNetworks networks, VectorRandom random, float[] validationStyles, int capacity)
    {
        (_data, _options, _random, _validationStyles, _capacity) = (data, options, random, validationStyles, capacity);
        _styleCount = validationStyles.Length / data.ValidationRows;
        _step = new FusedStep(networks, options, random, capacity);
        (_train, _validation) = (FloatMatrix.Over(data.TrainSpectra), FloatMatrix.Over(data.ValidationSpectra));
        (_batch, _cycle) = (new FloatMatrix(capacity, data.PointCount), new FloatMatrix(capacity, _styleCount));
        _noise = new float[data.PointCount * NoiseRows];
    }

    // Rows whose noise is drawn at once. Box and Muller's 16 numbers never straddle two draws, since 16 rows are always whole vectors.
    private const int NoiseRows = 16;

    /// <inheritdoc/>
    public StepOptimizers Optimizers => _step.Optimizers;

    /// <summary>Whether data lies where this engine can read it.</summary>
    public static bool Takes(TrialData data) => data.Device.type == DeviceType.CPU && data.Type == torch.ScalarType.Float32;

    /// <inheritdoc/>
    public void Train(ReadOnlySpan<int> rows, IReadOnlyList<int[]> ranks, double alpha, bool smooth)
    {
        torch.set_num_threads(1);   // a setting of the calling thread: one core a trial
        for (int first = 0; first < rows.Length; first += NoiseRows)
        {
            int count = Math.Min(NoiseRows, rows.Length - first), points = _data.PointCount;
            var noise = _noise.AsSpan(0, count * points);
            if (_options.SpectrumNoise > 0)
                _random.FillNormal(noise, (float)_options.SpectrumNoise);
            else
                noise.Clear();
            for (int i = 0; i < count; i++)
                TensorPrimitives.Add(_train.Row(rows[first + i]), noise.Slice(i * points, points), _batch.Row(first + i));
        }

        _step.Run(_batch, rows.Length, ranks, alpha, smooth);
    }

    /// <inheritdoc/>
    public double[] TakeMeanLosses(int batches) => _step.TakeMeanLosses(batches);

    /// <inheritdoc/>
    public ValidationPass Validate()
    {
        torch.set_num_threads(1);
        int n = _data.ValidationRows;
        double[][] columns = [.. Enumerable.Range(0, _styleCount).Select(_ => new double[n])];
        double squares = 0, cycle = 0;
        for (int first = 0; first < n; first += _capacity)
        {
            int count = Math.Min(_capacity, n - first);
            for (int i = 0; i < count; i++)
                _validation.Row(first + i).CopyTo(_batch.Row(i));
            var (styles, reconstruction) = _step.Evaluate(_batch, count);
            for (int i = 0; i < count; i++)
            {
                var row = styles.Row(i);
                for (int c = 0; c < columns.Length; c++)
                    columns[c][first + i] = row[c];
                squares += SquaredDistance(reconstruction.Row(i), _batch.Row(i));
                _validationStyles.AsSpan((first + i) * _styleCount, _styleCount).CopyTo(_cycle.Row(i));
            }

            var recovered = _step.EvaluateCycle(_cycle, count);
            for (int i = 0; i < count; i++)
                cycle += SquaredDistance(recovered.Row(i), _cycle.Row(i));
        }

        return new ValidationPass(columns, squares / n / _data.PointCount, cycle / n / _styleCount);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _step.Dispose();
        foreach (var m in new[] { _train, _validation, _batch, _cycle })
            m.Dispose();
    }

    private static double SquaredDistance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double distance = TensorPrimitives.Distance(a, b);
        return distance * distance;
    }
}
