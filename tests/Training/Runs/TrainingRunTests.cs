using Xunit;
using XanesMl.Inference.Evaluation;
using XanesMl.Inference.Models;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Training.Configuration;
using XanesMl.Training.Runs;

namespace XanesMl.Training.Tests.Runs;

public sealed class TrainingRunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("xanesml-test-").FullName;

    private static readonly TrainingOptions s_options = new() { Epochs = 60, BatchSize = 64, Hidden = 16, Layers = 3, Trials = 2, CheckpointInterval = 20 };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void CardSaysWhatItsLimitsRestOn(TrainingResult result)
    {
        var metadata = ModelFolder.Open(result.ModelFolder).Metadata;
        string Card(int rows) => ModelCard.Write(metadata with { Domain = metadata.Domain! with { Measured = new() { ReconstructionErrorLimit = 1, MahalanobisLimit = 1, StyleMargin = 0, CorrelationLimit = 0, EarlyAbsorptionLimit = 0, Rows = rows } } }, result.Report, 1, 1);
        Assert.Contains("set on 23 validation rows, taken through a simulated measurement; so few that verdicts on measured spectra are rough", Card(23), StringComparison.Ordinal);
        Assert.Contains("set on 600 validation rows, taken through a simulated measurement.\n", Card(600), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_writes_a_model_that_answers_and_every_file_of_the_contract()
    {
        var table = SyntheticTable.Create(400, 40);
        var result = TrainingRun.Execute(Request(table, s_options), null, CancellationToken.None);

        foreach (string file in new[] { "run.json", "losses.csv", "metrics.json", "model/model.json", "model/encoder.onnx", "model/decoder.onnx", "model/predictor.onnx", "model/card.md", "model/split.json", "trials/000/checkpoint.safetensors", "trials/001/losses.csv" })
            Assert.True(File.Exists(Path.Combine(_folder, "run", file)), file);
        Assert.InRange(result.OnnxDifference, 0, 1e-5);
        Assert.Equal("test", result.Report.Split);
        Assert.All(result.Report.Descriptors.Values, d =>
        {
            Assert.True(d.Mae < d.Baseline!.Constant.Mae, "better than the mean");
            Assert.InRange(d.Coverage90, 0.7, 1);
        });
        Assert.All(result.Trials, t => Assert.Null(t.Failure));
        Assert.Equal([1, 2], result.Trials.Select(t => t.Rank).Order());
        Assert.Equal(1 + (2 * 60), File.ReadLines(Path.Combine(_folder, "run", "losses.csv")).Count());

        // through ONNX and the folder: the same numbers as the run's own report
        var again = ModelEvaluation.Evaluate(result.ModelFolder, [table], EvaluationRows.Test, resample: false);
        foreach (var (name, d) in result.Report.Descriptors)
        {
            Assert.Equal(d.Spearman, again.Descriptors[name].Spearman, 1e-6);
            Assert.Equal(d.Mae, again.Descriptors[name].Mae, 1e-5);
            Assert.Equal(d.Coverage90, again.Descriptors[name].Coverage90, 0.02);
            Assert.Equal(d.Baseline!.Knn5.Mae, again.Descriptors[name].Baseline!.Knn5.Mae, 1e-9);
        }

        Assert.Equal(result.Report.Reconstruction.Mae, again.Reconstruction.Mae, 1e-6);
        Assert.Contains("on measured ones they cover less", File.ReadAllText(Path.Combine(result.ModelFolder, "card.md")), StringComparison.Ordinal);
        CardSaysWhatItsLimitsRestOn(result);
        var other = SyntheticTable.Create(50, 40, seed: 9);
        Assert.Contains("--rows all", Assert.Throws<XanesDataException>(() => ModelEvaluation.Evaluate(result.ModelFolder, [other], EvaluationRows.Test, false)).Message, StringComparison.Ordinal);
        Assert.Equal(50, ModelEvaluation.Evaluate(result.ModelFolder, [other], EvaluationRows.All, false).Rows);
        Assert.Equal(MetricsJson.Serialize(result.Report), MetricsJson.Serialize(MetricsJson.Read(Path.Combine(_folder, "run", "metrics.json"))));
    }

    [Fact]
    public void A_cancelled_run_resumes_to_the_same_model()
    {
        var table = SyntheticTable.Create(300, 40);
        var whole = TrainingRun.Execute(Request(table, s_options, "whole"), null, CancellationToken.None);
        using var cancel = new CancellationTokenSource();
        var stopAt25 = new SynchronousProgress(p => { if (p.Epoch >= 25) cancel.Cancel(); });
        Assert.Throws<OperationCanceledException>(() => TrainingRun.Execute(Request(table, s_options, "cut"), stopAt25, cancel.Token));
        Assert.True(File.Exists(Path.Combine(_folder, "cut", "trials", "000", "checkpoint.safetensors")));
        Assert.False(Directory.Exists(Path.Combine(_folder, "cut", "model")));
        Assert.Contains("--resume", Assert.Throws<XanesDataException>(() => TrainingRun.Execute(Request(table, s_options, "cut"), null, CancellationToken.None)).Message, StringComparison.Ordinal);

        var resumed = TrainingRun.Execute(Request(table, s_options, "cut") with { Resume = true }, null, CancellationToken.None);
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole.ModelFolder, "encoder.onnx")), File.ReadAllBytes(Path.Combine(resumed.ModelFolder, "encoder.onnx")));
        Assert.Equal(File.ReadAllText(Path.Combine(_folder, "whole", "losses.csv")), File.ReadAllText(Path.Combine(_folder, "cut", "losses.csv")));
    }

    [Fact]
    public void Resuming_with_other_options_is_refused_and_changes_nothing()
    {
        var table = SyntheticTable.Create(200, 40);
        var options = s_options with { Epochs = 3, Trials = 1 };
        TrainingRun.Execute(Request(table, options), null, CancellationToken.None);
        string Content() => string.Join('\n', Directory.EnumerateFiles(Path.Combine(_folder, "run"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(f => f + Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f)))));
        string before = Content();
        foreach (var other in new[] { options with { Hidden = 24, Trials = 2 }, options with { Seed = 9 } })
            Assert.Contains("another run", Assert.Throws<XanesDataException>(() => TrainingRun.Execute(Request(table, other) with { Resume = true }, null, CancellationToken.None)).Message, StringComparison.Ordinal);
        Assert.Equal(before, Content());
    }

    [Fact]
    public void A_trial_without_a_finite_metric_is_no_model()
    {
        var options = s_options with { Epochs = 50, ValidationInterval = 50, TimeoutHours = 1e-9 };
        var e = Assert.Throws<XanesDataException>(() => TrainingRun.Execute(Request(SyntheticTable.Create(200, 40), options), null, CancellationToken.None));
        Assert.Contains("validation_interval", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("lr_base", e.Message, StringComparison.Ordinal);
        // the checkpoint is there, so nothing is lost: keep_weights may change in a resume, and then there is a model
        Assert.True(File.Exists(Path.Combine(_folder, "run", "trials", "000", "checkpoint.safetensors")));
        var last = options with { KeepWeights = KeptWeights.Last };
        Assert.True(Directory.Exists(TrainingRun.Execute(Request(SyntheticTable.Create(200, 40), last) with { Resume = true }, null, CancellationToken.None).ModelFolder));
    }

    // A folder where a file should go is a disk that refuses: the checkpoint of epoch 20 is written, the weights of epoch 30 are not.
    [Fact]
    public void Trouble_with_the_disk_loses_no_training_and_the_run_goes_on_when_it_is_over()
    {
        var table = SyntheticTable.Create(200, 40);
        var options = s_options with { Epochs = 30 };
        var whole = TrainingRun.Execute(Request(table, options, "whole"), null, CancellationToken.None);
        string trials = Path.Combine(_folder, "run", "trials");
        string[] inTheWay = [Path.Combine(trials, "000", "weights.safetensors"), Path.Combine(trials, "001", "weights.safetensors")];
        Array.ForEach(inTheWay, d => Directory.CreateDirectory(d));
        var ends = new System.Collections.Concurrent.ConcurrentBag<TrainingProgress>();
        var record = new SynchronousProgress(p => { if (p.Finished) ends.Add(p); });

        var e = Assert.Throws<XanesDataException>(() => TrainingRun.Execute(Request(table, options), record, CancellationToken.None));
        Assert.Contains("every trial failed", e.Message, StringComparison.Ordinal);
        Assert.Contains("--resume", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("lr_base", e.Message, StringComparison.Ordinal);
        Assert.Equal([30, 30], ends.Select(p => p.Epoch));
        Assert.True(File.Exists(Path.Combine(_folder, "run", "run.json")));
        Assert.All(inTheWay, d => Assert.True(File.Exists(Path.Combine(d, "..", "checkpoint.safetensors"))));

        var range = TrainingRun.ExecuteRange(Request(table, options) with { Resume = true }, new TrialRange(0, 1), null, CancellationToken.None);
        Assert.All(range, t => Assert.Equal((30, true), (t.Epochs, t.Retry)));
        Assert.All(range, t => Assert.InRange(t.BestEpoch, 1, 30));

        Array.ForEach(inTheWay, d => Directory.Delete(d));
        var resumed = TrainingRun.Execute(Request(table, options) with { Resume = true }, null, CancellationToken.None);
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole.ModelFolder, "encoder.onnx")), File.ReadAllBytes(Path.Combine(resumed.ModelFolder, "encoder.onnx")));
    }

    [Fact]
    public void Several_elements_on_one_absolute_grid_are_aligned_or_refused()
    {
        var copper = SyntheticTable.Create(40, 40);
        var iron = new SpectraTable(copper.Grid, copper.Spectra.ToArray(), copper.DescriptorNames, copper.Descriptors.ToArray(), [.. copper.Materials], [.. copper.Sites], [.. Enumerable.Repeat<string?>("Fe", 40)]);
        Assert.Contains("no range", Assert.Throws<XanesDataException>(() => RunInput.Prepare([copper, iron], s_options)).Message, StringComparison.Ordinal);
        var nickel = new SpectraTable(copper.Grid.Shift(8333 - 8979), copper.Spectra.ToArray(), copper.DescriptorNames, copper.Descriptors.ToArray(), [.. copper.Materials], [.. copper.Sites], [.. Enumerable.Repeat<string?>("Ni", 40)]);
        var both = RunInput.Prepare([copper, nickel], s_options);
        Assert.Equal(EnergyAxis.RelativeToEdge, both.EnergyAxis);
        Assert.Equal(1, both.Table.Grid.First, 1e-9);
    }

    [Fact]
    public void A_diverging_trial_does_not_stop_the_others_but_a_run_of_only_such_trials_fails()
    {
        var bad = s_options with { LearningRate = 1e30, Epochs = 5 };
        var e = Assert.Throws<XanesDataException>(() => TrainingRun.Execute(Request(SyntheticTable.Create(200, 40), bad), null, CancellationToken.None));
        Assert.Contains("every trial failed", e.Message, StringComparison.Ordinal);
        Assert.Contains("A smaller lr_base", e.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, "run")));   // nothing to go on with
    }

    [Theory]
    [InlineData("batch", "batch_size")]
    [InlineData("n_aux", "n_aux is 5")]
    [InlineData("dim_in", "dim_in is 256")]
    [InlineData("nstyle", "nstyle is 2")]
    public void Input_that_does_not_fit_writes_nothing(string what, string message)
    {
        var options = what switch
        {
            "batch" => s_options with { BatchSize = 1000 },
            "n_aux" => s_options with { DescriptorCount = 5 },
            "dim_in" => s_options with { Points = 256 },
            _ => s_options with { StyleCount = 2 },
        };
        var e = Assert.Throws<XanesDataException>(() => TrainingRun.Execute(Request(SyntheticTable.Create(200, 40), options), null, CancellationToken.None));
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, "run")));
    }

    // 200 rows, of which the split leaves about 140 to train on.
    [Fact]
    public void A_batch_size_that_nobody_asked_for_is_lowered_to_the_training_rows()
    {
        var table = SyntheticTable.Create(200, 40);
        var options = TrainingPresets.Fast with { Epochs = 2, Hidden = 16, Layers = 3, SmoothEpochs = 2, ValidationInterval = 1 };
        var request = Request(table, options);
        var result = TrainingRun.Execute(request, null, CancellationToken.None);
        int rows = result.Split.Train.Length;
        Assert.InRange(rows, 100, 200);
        Assert.Equal(rows, TrainingRun.Resolve(request).BatchSize);
        Assert.Contains($"batch_size: {rows}", RunDescription.Read(request.OutputFolder).Configuration);
        // what a resume and a choice among the trials compare is the resolved value
        TrainingRun.Execute(request with { Resume = true }, null, CancellationToken.None);
        var trials = GatheredTrials.Read([request.OutputFolder], allowMissing: false);
        Assert.Equal(rows, trials.Options.BatchSize);
        TrialSelection.Execute(trials, Request(table, trials.Options, "chosen"));

        foreach (string yaml in new[] { "preset: fast", "max_epoch: 3", "preset: reference" })
            Assert.Equal(rows, TrainingRun.Resolve(Request(table, ConfigurationFile.Parse(yaml, "text"))).BatchSize);
        Assert.Equal(64, TrainingRun.Resolve(Request(table, options with { BatchSize = 64 })).BatchSize);
        foreach (var asked in new[] { ConfigurationFile.Parse("preset: fast\nbatch_size: 512", "text"), ConfigurationFile.Parse("batch_size: 1024", "text"), options with { BatchSize = 512 } })
            Assert.Contains($"{rows} training rows are fewer than batch_size, {asked.BatchSize}", Assert.Throws<XanesDataException>(() => TrainingRun.Resolve(Request(table, asked))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_not_a_run_is_left_alone()
    {
        string folder = Path.Combine(_folder, "run");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "thesis.txt"), "mine");
        Assert.Throws<XanesDataException>(() => TrainingRun.Execute(Request(SyntheticTable.Create(200, 40), s_options), null, CancellationToken.None));
        Assert.Equal(["thesis.txt"], Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName));
    }

    [Fact]
    public void Six_descriptors_and_seven_styles_on_141_points_and_a_plain_GAN_train_without_a_code_change()
    {
        var three = SyntheticTable.Create(160, 141);
        // six labels: the three and their squares, which keeps their order
        var values = new float[160 * 6];
        for (int i = 0; i < 160; i++)
            for (int k = 0; k < 6; k++)
                values[(i * 6) + k] = k < 3 ? three.Descriptor(i, k) : MathF.Pow(three.Descriptor(i, k - 3), 2);
        var table = new SpectraTable(three.Grid, three.Spectra.ToArray(), ["A", "B", "C", "D", "E", "CN"], values, [.. three.Materials], [.. three.Sites], [.. three.Elements]);
        var options = ConfigurationFile.Parse("nstyle: 7\nn_aux: 6\ndim_in: 141\ngradient_reversal: false\nuse_flex_spec_target: false\ndecoder_activation: ReLU\nmax_epoch: 3\nbatch_size: 32\nschedule: cosine\nkeep_weights: last\ncalibration: quadratic\n", "test");
        var result = TrainingRun.Execute(Request(table, options), null, CancellationToken.None);
        using var model = SpectrumModel.Open(result.ModelFolder);
        Assert.Equal(7, model.Metadata.StyleCount);
        Assert.Equal(6, model.Metadata.Descriptors.Count);
        Assert.Equal(141, model.Grid.Count);
    }

    [Fact]
    public void Nothing_held_out_reports_validation_rows_and_says_so_on_the_card()
    {
        var options = s_options with { SplitFractions = [0.8, 0.2, 0], Epochs = 5, Trials = 1 };
        var result = TrainingRun.Execute(Request(SyntheticTable.Create(200, 40), options), null, CancellationToken.None);
        Assert.Equal("validation", result.Report.Split);
        Assert.Contains("nothing was held out", File.ReadAllText(Path.Combine(result.ModelFolder, "card.md")), StringComparison.Ordinal);
    }

    private TrainingRequest Request(SpectraTable table, TrainingOptions options, string name = "run") => new()
    {
        Table = table, EnergyAxis = EnergyAxis.Absolute, EdgeReferences = new Dictionary<string, double> { ["Cu"] = 8979 }, Name = "synthetic", DataNotice = "made by a test",
        Options = options, OutputFolder = Path.Combine(_folder, name), Parallelism = 2,
    };

    private sealed class SynchronousProgress(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
