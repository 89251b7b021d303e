using TorchSharp;
using Xunit;
using XanesMl.Training.Configuration;
using XanesMl.Training.Fused;
using XanesMl.Training.Networks;
using XanesMl.Training.Noise;
using XanesMl.Training.Trials;
using static TorchSharp.torch;

namespace XanesMl.Training.Tests.Fused;

/// <summary>Oracle: <see cref="TrainingStep"/>, libtorch's automatic differentiation, on the same stream of random numbers; it is compared with PyTorch and with
/// the reference program itself in TrainingStepTests. With a learning rate of nearly 0 the weights stay where they are, so that every loss, every gradient (the
/// first moment of each optimizer) and the running statistics can be compared number by number. In float64 there: rounding of float32 is on one side only.</summary>
public sealed class FusedStepTests
{
    public static TheoryData<string, int, int, int, int> Shapes => new()
    {
        // options, rows, points, hidden, styles
        { "published", 200, 256, 64, 6 },
        { "published", 33, 24, 20, 4 },       // nothing is a multiple of a vector
        { "published", 7, 17, 16, 3 },
        { "lean", 100, 31, 48, 5 },
        { "gan", 64, 40, 33, 4 },
        { "relu", 64, 40, 33, 4 },
        { "no noise", 64, 40, 32, 4 },
        { "unbalanced", 64, 5, 7, 4 },         // fewer points than taps of the smoothing kernel
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Losses_gradients_and_running_statistics_are_those_of_automatic_differentiation(string name, int rows, int points, int hidden, int styles)
    {
        var options = Options(name) with { LearningRate = 1e-30, WeightDecay = 0 };
        using var a = new Side(options, rows, points, hidden, styles, float64);
        using var b = new Side(options, rows, points, hidden, styles, float32);
        using var expected = new TrainingStep(a.Networks, options, new NoiseSource(a.Random, CPU, float64), rows);
        using var actual = new FusedStep(b.Networks, options, b.Random, rows);
        a.Networks.Train();
        for (int batch = 0; batch < 2; batch++)   // the second finds moved running statistics and used work space
        {
            float[] x = Spectra(batch, rows, points);
            int[][] ranks = Ranks(batch, rows, styles - 1);
            using (var tensorX = tensor(x, [rows, points]).to(float64))
                expected.Run(tensorX, ranks, alpha: 0.4, smooth: true);
            using var matrix = Matrix(x, rows, points);
            actual.Run(matrix, rows, ranks, alpha: 0.4, smooth: true);

            double[] e = expected.TakeMeanLosses(1), g = actual.TakeMeanLosses(1);
            for (int i = 0; i < e.Length; i++)
                Assert.True(Math.Abs(e[i] - g[i]) <= Math.Max(1e-6, Math.Abs(e[i]) * 1e-4), $"{TrainingStep.LossNames[i]} in batch {batch}: {g[i]} instead of {e[i]}");
        }

        // Where float32 puts one activation on the other side of PReLU's kink a gradient moves by a percent or so, in libtorch's float32 as much as here:
        // that may happen to a step or two, the others agree to rounding.
        double[] differences = [.. expected.Optimizers.All.Zip(actual.Optimizers.All, (l, r) => Difference(l.Optimizer.Moments.Select(m => m.First), r.Optimizer.Moments.Select(m => m.First)))];
        Assert.All(differences, d => Assert.InRange(d, 0, 0.05));
        Assert.True(differences.Count(d => d < 2e-4) >= 4, string.Join(", ", differences));
        Assert.InRange(Difference(Running(a), Running(b)), 0, 1e-5);
        // Batch normalization takes the bias of the styles away: no gradient at all, where automatic differentiation leaves rounding.
        int last = (2 * b.Networks.Encoder.Blocks.Count) + b.Networks.Encoder.Blocks.Count - 2;   // weight, bias and slope of each block; the last has no slope
        Assert.All(actual.Optimizers.All.Where(o => o.Name != "smoothness" && o.Name != "discriminator"), o => Assert.Equal(0, o.Optimizer.Moments.ElementAt(last).First.abs().max().item<float>()));
        Assert.Equal(a.Random.NextUInt32(), b.Random.NextUInt32());   // both drew as many numbers
    }

    [Fact]
    public void A_step_allocates_nothing_after_the_first()
    {
        var options = new TrainingOptions();
        using var side = new Side(options, 64, 48, 32, 4, float32);
        using var step = new FusedStep(side.Networks, options, side.Random, 64);
        using var x = Matrix(Spectra(0, 64, 48), 64, 48);
        int[][] ranks = Ranks(0, 64, 3);
        long Run(int times)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < times; i++)
                step.Run(x, 64, ranks, 0.4, smooth: true);
            return (GC.GetAllocatedBytesForCurrentThread() - before) / times;
        }

        Run(3);
        long managed = Run(20), tensors = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        Run(20);
        Assert.Equal(tensors, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
        Assert.InRange(managed, 0, 16 * 1024);   // handles of native calls; the matrices of one batch alone are over 100 KB
    }

    private static TrainingOptions Options(string name) => name switch
    {
        "published" => new TrainingOptions { Dropout = 0.1 },
        "lean" => new TrainingOptions { ReferenceExact = false },
        "gan" => new TrainingOptions { GradientReversal = false, FlexibleTarget = false },
        "relu" => new TrainingOptions { DecoderActivation = DecoderActivation.ReLU },
        "no noise" => new TrainingOptions { Dropout = 0, DiscriminatorDropout = 0, DiscriminatorNoise = 0, SpectrumNoise = 0 },
        "unbalanced" => new TrainingOptions { BalanceRanks = false },
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };

    private static float[] Spectra(int batch, int rows, int points)
    {
        var random = new Random(100 + batch);
        return [.. Enumerable.Range(0, rows * points).Select(i => (float)(1 / (1 + Math.Exp((points / 3.0) - (i % points))) + (0.2 * random.NextDouble())))];
    }

    /// <summary>Few values, so that there are ties; one in ten is missing.</summary>
    private static int[][] Ranks(int batch, int rows, int descriptors)
    {
        var random = new Random(200 + batch);
        return [.. Enumerable.Range(0, descriptors).Select(k => Enumerable.Range(0, rows).Select(_ => random.Next(10) == 0 ? -1 : random.Next(3 + (10 * k))).ToArray())];
    }

    private static FloatMatrix Matrix(float[] values, int rows, int columns)
    {
        var m = new FloatMatrix(rows, columns);
        for (int i = 0; i < rows; i++)
            values.AsSpan(i * columns, columns).CopyTo(m.Row(i));
        return m;
    }

    /// <summary>Norm of all differences over the norm of all expected numbers.</summary>
    private static double Difference(IEnumerable<Tensor> expected, IEnumerable<Tensor> actual)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        double difference = 0, size = 0;
        foreach (var (e, a) in expected.Zip(actual))
        {
            difference += (e - a.to(float64)).pow(2).sum().item<double>();
            size += e.pow(2).sum().item<double>();
        }

        return Math.Sqrt(difference / Math.Max(size, double.Epsilon));
    }

    private static IEnumerable<Tensor> Running(Side side) => side.Networks.State().Where(s => s.Name.Contains("running", StringComparison.Ordinal)).Select(s => s.Value);

    private sealed class Side : IDisposable
    {
        public Side(TrainingOptions options, int rows, int points, int hidden, int styles, ScalarType type)
        {
            Random = new VectorRandom(5);
            var shape = new RankAaeShape
            {
                Points = points, Styles = styles, Layers = rows > 150 ? 5 : 3, Hidden = hidden, Dropout = options.Dropout, DiscriminatorDropout = options.DiscriminatorDropout,
                DecoderActivation = options.DecoderActivation == DecoderActivation.Softplus ? Activation.Softplus2 : Activation.Relu,
            };
            Networks = new RankAaeNetworks(shape, Random, CPU, type);
        }

        public VectorRandom Random { get; }

        public RankAaeNetworks Networks { get; }

        public void Dispose() => Networks.Dispose();
    }
}
