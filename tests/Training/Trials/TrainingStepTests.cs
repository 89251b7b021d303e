using System.Text.Json;
using TorchSharp;
using Xunit;
using XanesMl.TestSupport;
using XanesMl.Training.Configuration;
using XanesMl.Training.Importing;
using XanesMl.Training.Networks;
using XanesMl.Training.Noise;
using XanesMl.Training.Trials;
using static TorchSharp.torch;

namespace XanesMl.Training.Tests.Trials;

/// <summary>Oracle: PyTorch 1.13.1 in float64, Fixtures/make_train_step.py, which says how every input is made.</summary>
public sealed class TrainingStepTests
{
    private const int Rows = 50, Points = 24, Hidden = 16, Styles = 4, Descriptors = 3;

    [Theory]
    [InlineData("reversal", true)]
    [InlineData("gan", false)]
    public void Two_batches_agree_with_PyTorch(string name, bool published)
    {
        using var fixture = JsonDocument.Parse(File.ReadAllText(SharedData.Repository("tests", "Training", "Fixtures", "train_step.json")));
        var expected = fixture.RootElement.GetProperty(name);
        var shape = new RankAaeShape { Points = Points, Styles = Styles, Layers = 3, Hidden = Hidden, DiscriminatorLayers = 3, Dropout = 0, DiscriminatorDropout = 0 };
        using var nets = new RankAaeNetworks(shape, new VectorRandom(1), CPU, float64);
        SetWaves(nets);
        var options = new TrainingOptions
        {
            GradientReversal = published, FlexibleTarget = published, BalanceRanks = published, GeneratorBeta = 1.05,
            DiscriminatorNoise = 0, DiscriminatorDropout = 0, Dropout = 0, SpectrumNoise = 0,
        };
        var noise = new RecordedNoise();
        using var step = new TrainingStep(nets, options, noise, Rows);
        nets.Train();
        for (int batch = 0; batch < 2; batch++)
        {
            noise.Queue(Matrix(Wave(300 + batch, Rows * Styles), Styles), Matrix(Wave(400 + batch, Rows * Styles), Styles));
            using var x = Matrix(Array.ConvertAll(Wave(100 + batch, Rows * Points), v => Math.Abs(v) + 0.2), Points);
            step.Run(x, Ranks(batch), 0.3 + (0.1 * batch), smooth: true);
            double[] losses = step.TakeMeanLosses(1);
            for (int i = 0; i < losses.Length; i++)
                Assert.Equal(expected.GetProperty("losses")[batch][i].GetDouble(), losses[i], 1e-7);
            if (batch == 0)
                AssertState(expected.GetProperty("state"), nets);
        }
    }

    /// <summary>The reference program's own first batch. Its spectra are printed with 7 digits, which is less than the float32 numbers it ran on:
    /// the adversarial loss, the only one before a weight has moved, agrees within 1e-8; later ones within what rounding the input by 1e-7
    /// changes in PyTorch itself (5e-6 rank, 5e-6 reconstruction), since Adam's first step is the sign of the gradient.</summary>
    [SharedDataFact]
    public void First_batch_agrees_with_the_reference_program_as_far_as_its_printed_input_allows()
    {
        string folder = SharedData.Path("rankaae-reference");
        double[][] spectra = Lines(Path.Combine(folder, "spectra.txt")), aux = Lines(Path.Combine(folder, "train-step", "aux.txt"));
        double[][] z = Lines(Path.Combine(folder, "train-step", "z.txt")), losses = Lines(Path.Combine(folder, "train-step", "losses.txt"));
        using var nets = new RankAaeNetworks(new RankAaeShape { Points = 256, Styles = 6, Dropout = 0, DiscriminatorDropout = 0 }, new VectorRandom(1), CPU, float64);
        var initial = SafeTensorsReader.Read(Path.Combine(folder, "train-step", "initial.safetensors")).Tensors;
        using (no_grad())
            foreach (var (name, value) in nets.State().Where(s => !s.Name.EndsWith("num_batches_tracked", StringComparison.Ordinal)))
                value.copy_(tensor(initial[name].ToDoubles(), value.shape));
        var options = new TrainingOptions { Dropout = 0, DiscriminatorDropout = 0, DiscriminatorNoise = 0, SpectrumNoise = 0 };
        var noise = new RecordedNoise();
        noise.Queue(Matrix([.. z.Take(200).SelectMany(r => r)], 6), Matrix([.. z.Skip(200).Take(200).SelectMany(r => r)], 6));
        using var step = new TrainingStep(nets, options, noise, 200);
        nets.Train();
        using var x = Matrix([.. spectra.Take(200).SelectMany(r => r)], 256);
        int[][] ranks = [.. Enumerable.Range(0, 5).Select(k => TrialData.DenseRanks([.. aux.Take(200).Select(r => (float)r[k])]))];
        step.Run(x, ranks, 0.3, smooth: true);
        double[] got = step.TakeMeanLosses(1);
        // PyTorch 1.13.1 with the same steps on the same printed input, float64: the whole step at full size
        double[] torch = [1.3934406393044598, 0.12284528652408229, 0.22374302920808134, 1.5954303672537427, 0.05923834380024138];
        for (int i = 0; i < 5; i++)
            Assert.Equal(torch[i], got[i], 1e-7);
        Assert.Equal(losses[0][0], got[0], 1e-8);
        Assert.Equal(losses[0][1], got[1], 5e-6);
        Assert.Equal(losses[0][2], got[2], 5e-6);
        Assert.Equal(losses[0][3], got[3], 5e-3);
        Assert.Equal(losses[0][4], got[4], 5e-4);
        // As many forward passes as the reference makes: 6 through the encoder, 4 through the decoder.
        var passes = nets.State().Where(s => s.Name.EndsWith("num_batches_tracked", StringComparison.Ordinal)).ToDictionary(s => s.Name, s => s.Value.item<long>());
        Assert.All(passes, p => Assert.Equal(p.Key.StartsWith("encoder", StringComparison.Ordinal) ? 6 : 4, p.Value));
    }

    [Fact]
    public void The_number_of_tensors_stays_flat()
    {
        var shape = new RankAaeShape { Points = Points, Styles = Styles, Layers = 3, Hidden = Hidden };
        var random = new VectorRandom(3);
        var noise = new NoiseSource(random, CPU, float32);
        using var nets = new RankAaeNetworks(shape, random, CPU, float32);
        using var step = new TrainingStep(nets, new TrainingOptions(), noise, Rows);
        nets.Train();
        long Run()
        {
            using var x = noise.Normal(Rows, Points, 1);
            step.Run(x, Ranks(0), 0.3, smooth: true);
            return DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        }

        Run();
        long after = Run();
        for (int i = 0; i < 100; i++)
            Run();
        Assert.Equal(after, Run());
    }

    private static void SetWaves(RankAaeNetworks nets)
    {
        using var off = no_grad();
        int number = 0;
        foreach (var net in new[] { nets.Encoder, nets.Decoder, nets.Discriminator })
            foreach (var linear in net.modules().OfType<TorchSharp.Modules.Linear>())
                foreach (var p in new[] { linear.weight!, linear.bias! })
                {
                    number++;
                    double amplitude = 1 / Math.Sqrt(linear.weight!.shape[1]);
                    using var values = tensor(Array.ConvertAll(Wave(number, (int)p.numel()), v => v * amplitude), p.shape);
                    p.copy_(values);
                }
    }

    private static void AssertState(JsonElement expected, RankAaeNetworks nets)
    {
        double[] state = [.. expected.EnumerateArray().Select(v => v.GetDouble())];
        int at = 0, near = 0;
        foreach (var (name, value) in nets.State().Where(s => !s.Name.EndsWith("num_batches_tracked", StringComparison.Ordinal)))
            foreach (double v in value.detach().to(float64).data<double>())
            {
                // PReLU slopes: 0.01 in float32 there, in double here
                near += Math.Abs(v - state[at]) < (name.Contains(".1.", StringComparison.Ordinal) || name.Contains(".4.", StringComparison.Ordinal) ? 1e-6 : 1e-7) ? 1 : 0;
                at++;
            }

        Assert.Equal(state.Length, at);
        Assert.True(near >= 0.99 * at, $"{near} of {at} numbers agree");
    }

    private static int[][] Ranks(int batch)
    {
        double[] labels = Array.ConvertAll(Wave(200 + batch, Rows * Descriptors), v => Math.Round(3 * v));
        return [.. Enumerable.Range(0, Descriptors).Select(k => TrialData.DenseRanks([.. Enumerable.Range(0, Rows).Select(i => (float)labels[(i * Descriptors) + k])]))];
    }

    private static double[] Wave(int number, int count) => [.. Enumerable.Range(0, count).Select(j => Math.Sin((0.7 * number) + (1.3 * j) + 0.1))];

    private static Tensor Matrix(double[] values, int columns) => tensor(values, [values.Length / columns, columns]);

    private static double[][] Lines(string path) =>
        [.. File.ReadLines(path).Where(l => !l.StartsWith('#')).Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(v => double.Parse(v, System.Globalization.CultureInfo.InvariantCulture)).ToArray())];

    private sealed class RecordedNoise : INoiseSource
    {
        private readonly Queue<Tensor> _draws = new();

        public void Queue(params Tensor[] draws) => Array.ForEach(draws, _draws.Enqueue);

        public Tensor Normal(long rows, long columns, double sigma) => _draws.Dequeue();

        public Tensor KeepMask(long rows, long columns, double p) => throw new InvalidOperationException("no dropout in this test");
    }
}
