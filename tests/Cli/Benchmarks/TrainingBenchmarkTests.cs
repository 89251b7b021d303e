using System.Text.Json;
using Xunit;
using XanesMl.Cli.Benchmarks;
using XanesMl.Cli.Commands;
using XanesMl.Training.Native;
using XanesMl.Training.Networks;

namespace XanesMl.Cli.Tests.Benchmarks;

public sealed class TrainingBenchmarkTests
{
    /// <summary>Oracle: 6.04 GFLOP an epoch of 4,900 spectra of 256 points, counted by hand when the method was first probed.</summary>
    [Fact]
    public void Operations_of_the_published_shape_are_those_counted_by_hand() =>
        Assert.Equal(6.04e9, EpochArithmetic.Operations(new RankAaeShape { Points = 256, Styles = 6 }, 4_900, 0), 0.01e9);

    /// <summary>One layer of 3 to 2 numbers everywhere, by hand: encoder 3 x 2 and 2 x 2 products, and so on.</summary>
    [Fact]
    public void Operations_of_a_small_shape_are_counted_by_hand()
    {
        var shape = new RankAaeShape { Points = 3, Styles = 2, Layers = 2, Hidden = 2, DiscriminatorLayers = 2 };
        // encoder 6 + 4, decoder 4 + 6, discriminator 4 + 2
        double adversarial = (3 * 10) - 6 + (6 * 6) - 4, rank = (3 * 10) - 6, reconstruction = 24 + 30, mutual = 30 + 26, smoothness = 10 + 26;
        Assert.Equal(2 * ((7 * (adversarial + rank + reconstruction + mutual + smoothness)) + (5 * 40)), EpochArithmetic.Operations(shape, 7, 5));
    }

    [Fact]
    public void A_run_in_small_gives_every_figure()
    {
        TorchNative.Ensure();
        var said = new List<string>();
        var figures = new TrainingBenchmark(new TrainingBenchmarkSize
        {
            TrainRows = 60, ValidationRows = 30, Turns = 2, MemoryEpochs = 3, Trials = [3], EpochsOfTrials = 2, Rows = [50, 120], Batches = [16, 32], RowsOfBatches = 64,
        }, said.Add).Run();
        using var json = JsonDocument.Parse(BenchCommand.ToJson(figures));
        var root = json.RootElement;
        double limit = root.GetProperty("gflop_per_epoch").GetDouble() / root.GetProperty("gemm_gflops").GetDouble();
        Assert.Equal(limit, root.GetProperty("arithmetic_limit_seconds").GetDouble(), 1e-9);
        Assert.Equal(2, root.GetProperty("one_trial").GetArrayLength());
        foreach (var t in root.GetProperty("one_trial").EnumerateArray())
            Assert.Equal(t.GetProperty("seconds_per_epoch").GetDouble() / limit, t.GetProperty("ratio_to_limit").GetDouble(), 1e-6);
        var many = root.GetProperty("many_trials")[0];
        Assert.Equal(3, many.GetProperty("trials").GetInt32());
        Assert.Equal(3 / many.GetProperty("seconds_per_epoch").GetDouble(), many.GetProperty("trial_epochs_per_second").GetDouble(), 1e-6);
        Assert.All(root.GetProperty("memory").EnumerateArray(), m => Assert.InRange(m.GetProperty("megabytes").GetDouble(), 10, 100_000));
        Assert.Equal([50, 120], root.GetProperty("rows").EnumerateArray().Select(p => p.GetProperty("rows").GetInt32()));
        Assert.Equal([16, 32], root.GetProperty("batches").EnumerateArray().Select(p => p.GetProperty("batch_size").GetInt32()));
        Assert.Contains("trial-epochs a second", BenchCommand.Table(figures), StringComparison.Ordinal);
        Assert.Contains("3 trials on", string.Join('\n', said), StringComparison.Ordinal);
    }

    [Fact]
    public void Normalization_in_small_allocates_nothing_a_spectrum()
    {
        var figures = new NormalizationBenchmark(spectra: 300, turns: 2).Run();
        Assert.Equal(1e6 / figures.MicrosecondsPerSpectrum, figures.SpectraPerSecond, 1e-6 * figures.SpectraPerSecond);
        Assert.InRange(figures.BytesPerSpectrum, 0, 1);
    }
}
