using Xunit;
using XanesMl.Spectra;
using XanesMl.Training.Configuration;
using XanesMl.Training.Trials;
using static TorchSharp.torch;

namespace XanesMl.Training.Tests.Trials;

public sealed class TrialTrainerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("xanesml-test-").FullName;

    private static readonly TrainingOptions s_options = new TrainingOptions { Epochs = 12, BatchSize = 32, Hidden = 16, Layers = 3 }.Validated();

    [Fact]
    public void A_resumed_trial_continues_bit_for_bit()
    {
        using var data = Data(SyntheticTable.Create(90, 40));
        using var whole = new TrialTrainer(data, s_options, 4);
        using var first = new TrialTrainer(data, s_options, 4);
        using var second = new TrialTrainer(data, s_options, 4);
        for (int e = 0; e < 5; e++)
        {
            whole.RunEpoch();
            first.RunEpoch();
        }

        string file = Path.Combine(_folder, "checkpoint.safetensors");
        TrialCheckpoint.Save(first, file, "run");
        TrialCheckpoint.Restore(second, file, "run");
        for (int e = 0; e < 4; e++)
        {
            var a = whole.RunEpoch();
            var b = second.RunEpoch();
            Assert.Equal(a.Losses, b.Losses);
            Assert.Equal(a.Validation, b.Validation);
            Assert.Equal(a.LearningRate, b.LearningRate);
        }

        Assert.Equal((whole.BestEpoch, whole.BestMetric, whole.Epoch), (second.BestEpoch, second.BestMetric, second.Epoch));
        AssertSame(whole, second);
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_weights_beside_other_trials_and_another_seed_does_not()
    {
        using var data = Data(SyntheticTable.Create(90, 40));
        using var alone = Run(data, 1);
        var beside = await Task.WhenAll(Enumerable.Range(1, 4).Select(seed => Task.Run(() => Run(data, seed))));
        AssertSame(alone, beside[0]);
        Assert.NotEqual(alone.Networks.ToWeights().Encoder.Blocks[0].Weight, beside[1].Networks.ToWeights().Encoder.Blocks[0].Weight);
        Array.ForEach(beside, t => t.Dispose());
    }

    /// <summary>TorchSharp does not keep scalars alive that it passes to native code: with its AdamW this test failed.</summary>
    [Fact]
    public async Task Garbage_collections_change_nothing()
    {
        using var data = Data(SyntheticTable.Create(90, 40));
        using var quiet = Run(data, 8);
        using var stop = new CancellationTokenSource();
        var collector = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
                GC.Collect(0);
        });
        using var disturbed = Run(data, 8);
        await stop.CancelAsync();
        await collector;
        AssertSame(quiet, disturbed);
    }

    /// <summary>With automatic differentiation and with gradients written out a trial takes the same way, until rounding has grown: here 5 epochs of 3 batches, the last one smaller,
    /// at a rate that lets Adam's first steps (the sign of the gradient, whatever its size) do little.</summary>
    [Fact]
    public void Both_engines_train_alike()
    {
        using var data = Data(SyntheticTable.Create(300, 40));
        var options = s_options with { Epochs = 5, BatchSize = 90, LearningRate = 1e-5 };
        using var fused = new TrialTrainer(data, options, 3, TrialEngine.Fused);
        using var tensor = new TrialTrainer(data, options, 3, TrialEngine.Tensors);
        for (int e = 0; e < 5; e++)
        {
            EpochReport f = fused.RunEpoch(), t = tensor.RunEpoch();
            for (int i = 0; i < f.Losses.Count; i++)
                Assert.Equal(t.Losses[i], f.Losses[i], 1e-3 * Math.Abs(t.Losses[i]));
            var (v, w) = (f.Validation!.Value, t.Validation!.Value);
            Assert.Equal(w.MinShapiro, v.MinShapiro, 1e-3);
            Assert.Equal(w.Reconstruction, v.Reconstruction, 1e-3 * w.Reconstruction);
            Assert.Equal(w.MutualInformation, v.MutualInformation, 1e-2 * w.MutualInformation);
            Assert.Equal(w.MaxInterstyle, v.MaxInterstyle, 2e-2);   // steps of 1e-3 in ranks of 40 rows
            Assert.Equal(w.Rank, v.Rank, 1e-3);
        }
    }

    /// <summary>The code of a GPU, on the CPU: other draws, so other numbers, but the same seed gives the same trial and it learns.</summary>
    [Fact]
    public void Noise_and_ranks_on_the_device_train_too()
    {
        using var data = Data(SyntheticTable.Create(300, 40));
        var options = s_options with { Epochs = 20, BatchSize = 90 };
        using var a = new TrialTrainer(data, options, 3, TrialEngine.TensorsOnDevice);
        using var b = new TrialTrainer(data, options, 3, TrialEngine.TensorsOnDevice);
        var start = a.Validate();
        for (int e = 0; e < 20; e++)
            Assert.Equal(a.RunEpoch().Losses, b.RunEpoch().Losses);
        var end = a.Validate();
        Assert.True(end.Rank < start.Rank - 0.3, $"rank loss {start.Rank} to {end.Rank}");
        Assert.True(end.Reconstruction < start.Reconstruction / 2, $"reconstruction {start.Reconstruction} to {end.Reconstruction}");
    }

    [Fact]
    public void Training_orders_the_styles_and_the_best_weights_are_kept()
    {
        using var data = Data(SyntheticTable.Create(300, 40));
        using var trial = new TrialTrainer(data, s_options with { Epochs = 60, BatchSize = 100 }, 2);
        var start = trial.Validate();
        double best = double.NegativeInfinity;
        for (int e = 0; e < 60; e++)
            best = Math.Max(best, trial.RunEpoch().Validation!.Value.Combined);
        var end = trial.Validate();
        Assert.Equal(best, trial.BestMetric);
        Assert.True(end.Rank < start.Rank - 0.3, $"rank loss {start.Rank} to {end.Rank}");
        Assert.True(end.Reconstruction < start.Reconstruction / 3, $"reconstruction {start.Reconstruction} to {end.Reconstruction}");
    }

    [Fact]
    public void Unlabelled_rows_and_a_lone_last_row_are_trained_on()
    {
        var table = SyntheticTable.Create(65, 40, missing: 20);   // batches of 32 and 33
        using var data = Data(table, validation: 20);
        using var trial = new TrialTrainer(data, s_options, 3);
        Assert.All(trial.RunEpoch().Losses, l => Assert.True(double.IsFinite(l)));
    }

    [Fact]
    public void A_diverging_trial_says_so()
    {
        using var data = Data(SyntheticTable.Create(60, 40));
        using var trial = new TrialTrainer(data, s_options with { LearningRate = 1e30 }, 5);
        var e = Assert.Throws<TrialDivergedException>(() =>
        {
            for (int i = 0; i < 12; i++)
                trial.RunEpoch();
        });
        Assert.Contains("seed 5", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_of_another_run_or_a_damaged_one_is_refused()
    {
        using var data = Data(SyntheticTable.Create(60, 40));
        using var trial = new TrialTrainer(data, s_options, 6);
        trial.RunEpoch();
        string file = Path.Combine(_folder, "checkpoint.safetensors");
        TrialCheckpoint.Save(trial, file, "run");
        Assert.Contains("another run", Assert.Throws<XanesDataException>(() => TrialCheckpoint.Restore(trial, file, "other")).Message, StringComparison.Ordinal);
        using var otherSeed = new TrialTrainer(data, s_options, 7);
        Assert.Throws<XanesDataException>(() => TrialCheckpoint.Restore(otherSeed, file, "run"));
        byte[] bytes = File.ReadAllBytes(file);
        File.WriteAllBytes(file, bytes[..(bytes.Length / 2)]);
        Assert.Throws<XanesDataException>(() => TrialCheckpoint.Restore(trial, file, "run"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static TrialTrainer Run(TrialData data, int seed)
    {
        var trial = new TrialTrainer(data, s_options, seed);
        for (int e = 0; e < 4; e++)
            trial.RunEpoch();
        return trial;
    }

    private static void AssertSame(TrialTrainer a, TrialTrainer b)
    {
        foreach (var (x, y) in a.Networks.State().Zip(b.Networks.State()))
            Assert.True(x.Value.equal(y.Value).all().item<bool>(), x.Name);
        foreach (var (x, y) in a.Best.Encoder.Blocks.Zip(b.Best.Encoder.Blocks))
            Assert.Equal(x.Weight, y.Weight);
    }

    private static TrialData Data(SpectraTable table, int validation = 25) => TrialData.Create(
        table, [.. Enumerable.Range(0, table.RowCount - validation)], [.. Enumerable.Range(table.RowCount - validation, validation)], CPU, float32);
}
