using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Inference.Models;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.TestSupport;
using XanesMl.Training.Configuration;
using XanesMl.Training.Runs;
using XanesMl.Training.Trainers;
using XanesMl.Transforms;
using XanesMl.Transforms.Evaluation;
using Xunit;

namespace XanesMl.Training.Tests.Trainers;

/// <summary>The trainer as ML.NET uses it: fitted, saved, loaded where TorchSharp is absent, cross-validated, watched and stopped.</summary>
public sealed class RankAaeTrainerTests : IDisposable
{
    private const float Tolerance = 1e-5f; // ONNX Runtime on other batches
    private static readonly string[] s_descriptors = ["EDGE", "PEAK", "RIPPLE"];
    private static readonly TrainingOptions s_training = new()
    {
        Epochs = 40, BatchSize = 64, Hidden = 16, Layers = 3, Schedule = LearningRateSchedule.Cosine, KeepWeights = KeptWeights.Last, SplitFractions = [0.85, 0.15, 0], ValidationInterval = 10, Seed = 3,
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("xanesml-test-").FullName;
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // Oracle: the model folder of the same run, through the Inference room.
    [Fact]
    public void Fit_gives_the_step_that_predicts_with_the_trained_model()
    {
        var table = SyntheticTable.Create(300, 40, missing: 20);
        var data = _ml.Data.LoadFromSpectraTable(table);
        string run = Path.Combine(_folder, "run");
        var trainer = _ml.Regression.Trainers.RankAae(Options() with { OutputFolder = run });
        using var fitted = trainer.Fit(data);
        using var model = SpectrumModel.Open(Path.Combine(run, "model"));
        var expected = model.Predict(table.Spectra.Span, table.RowCount);
        var scored = fitted.Transform(data);
        float[] actual = [.. scored.GetColumn<float[]>("Descriptors").SelectMany(d => d)];
        Assert.Equal(expected.Descriptors.Length, actual.Length);
        for (int i = 0; i < actual.Length; i++)
            Assert.Equal(expected.Descriptors[i], actual[i], Tolerance);
        Assert.Equal(s_descriptors, model.Metadata.Descriptors.Select(d => d.Name));
        Assert.Equal(3, Assert.Single(model.Metadata.Provenance.TrialSeeds));

        // Rows of one material are in one part, and none is kept from Fit for a test.
        var split = model.Folder.Split!;
        Assert.Empty(split.Test);
        Assert.Empty(split.Train.Select(r => table.Materials[r]).Intersect(split.Validation.Select(r => table.Materials[r])));
        Assert.Equal(300, split.Train.Count + split.Validation.Count);

        // It has learnt: better than the mean on rows that it was fitted to.
        Assert.All(_ml.EvaluateDescriptors(scored, s_descriptors), m => Assert.True(m.RSquared > 0.3, $"{m}"));

        // The promise of the estimator is what the transformer delivers.
        var promise = trainer.GetOutputSchema(ShapeOf(data.Schema)).ToDictionary(c => c.Name);
        var delivered = ShapeOf(fitted.GetOutputSchema(data.Schema)).ToDictionary(c => c.Name);
        Assert.Equal(delivered.Keys.Order(), promise.Keys.Order());
        Assert.All(delivered, d => Assert.Equal((d.Value.Kind, d.Value.ItemType, d.Value.Annotations.Count), (promise[d.Key].Kind, promise[d.Key].ItemType, promise[d.Key].Annotations.Count)));
    }

    [Fact]
    public void The_same_seed_gives_the_same_answers_and_leaves_no_folder_behind()
    {
        var data = _ml.Data.LoadFromSpectraTable(SyntheticTable.Create(200, 40));
        string[] before = Directory.GetDirectories(Path.GetTempPath(), "xanesml-rankaae-*");
        float[][] first = Answers(Options()), second = Answers(Options()), other = Answers(Options() with { Training = s_training with { Epochs = 5, Seed = 4 } });
        Assert.Equal(first, second);
        Assert.NotEqual(first, other);
        Assert.Equal(before, Directory.GetDirectories(Path.GetTempPath(), "xanesml-rankaae-*"));

        float[][] Answers(RankAaeTrainerOptions options)
        {
            using var fitted = _ml.Regression.Trainers.RankAae(options with { Training = options.Training with { Epochs = 5 } }).Fit(data);
            return [.. fitted.Transform(data).GetColumn<float[]>("Descriptors")];
        }
    }

    /// <summary>The loader's own folder holds no TorchSharp, and its process says which of our assemblies it has loaded.</summary>
    [Fact]
    public void A_saved_pipeline_loads_in_a_process_without_TorchSharp()
    {
        var table = SyntheticTable.Create(200, 40);
        var data = _ml.Data.LoadFromSpectraTable(table);
        using var fitted = _ml.Regression.Trainers.RankAae(Options() with { Training = s_training with { Epochs = 5 } }).Fit(data);
        string zip = Path.Combine(_folder, "trained.zip"), spectra = Path.Combine(_folder, "spectra.txt");
        _ml.Model.Save(fitted, data.Schema, zip);
        File.WriteAllLines(spectra, [Line(table.Grid.Energies.ToArray()), .. Enumerable.Range(0, 4).Select(i => Line(Array.ConvertAll(table.Spectrum(i).ToArray(), v => (double)v)))]);

        string[] parts = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar).Split(Path.DirectorySeparatorChar);
        string loader = SharedData.Repository("tests", "Transforms.Loader", "bin", parts[^2], parts[^1], "XanesMl.Transforms.Loader.dll");
        Assert.True(File.Exists(loader), loader);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(loader)!, "*orch*", SearchOption.AllDirectories));
        string[] output = Run(loader, zip, spectra);
        Assert.Equal("XanesMl.Inference XanesMl.Spectra XanesMl.Transforms XanesMl.Transforms.Loader", output[4]);
        float[][] expected = [.. fitted.Transform(data).GetColumn<float[]>("Descriptors").Take(4)];
        for (int i = 0; i < 4; i++)
        {
            float[] values = [.. output[i].Split(' ').Select(v => float.Parse(v, CultureInfo.InvariantCulture))];
            for (int k = 0; k < 3; k++)
                Assert.Equal(expected[i][k], values[k], Tolerance);
        }
    }

    /// <summary>CrossValidate reads a scalar Score: SelectDescriptor behind the trainer names which descriptor it is of. Folds are of whole materials.</summary>
    [Fact]
    public void CrossValidate_grouped_by_material_scores_a_selected_descriptor()
    {
        var data = _ml.Data.LoadFromSpectraTable(SyntheticTable.Create(300, 40));
        var pipeline = _ml.Regression.Trainers.RankAae(Options()).Append(_ml.Transforms.Xanes().SelectDescriptor("Score", "Descriptors", "EDGE"));
        var folds = _ml.Regression.CrossValidate(data, pipeline, numberOfFolds: 2, labelColumnName: "EDGE", samplingKeyColumnName: "MaterialId");
        Assert.Equal(2, folds.Count);
        string[][] heldOut = [.. folds.Select(f => f.ScoredHoldOutSet.GetColumn<string>("MaterialId").Distinct().ToArray())];
        Assert.Empty(heldOut[0].Intersect(heldOut[1]));
        Assert.Equal(150, heldOut.Sum(h => h.Length));
        foreach (var fold in folds)
        {
            float[] score = [.. fold.ScoredHoldOutSet.GetColumn<float>("Score")], label = [.. fold.ScoredHoldOutSet.GetColumn<float>("EDGE")];
            double mean = label.Average(), residual = score.Zip(label, (s, l) => Math.Pow(s - l, 2)).Sum(), total = label.Sum(l => Math.Pow(l - mean, 2));
            Assert.Equal(1 - (residual / total), fold.Metrics.RSquared, 1e-4);
            Assert.True(fold.Metrics.RSquared > 0.3, $"{fold.Metrics.RSquared}");
            (fold.Model as IDisposable)?.Dispose();
        }
    }

    [Fact]
    public void Progress_reaches_the_log_and_the_caller()
    {
        var messages = new ConcurrentBag<string>();
        var reports = new ConcurrentBag<TrainingProgress>();
        _ml.Log += (_, e) => messages.Add($"{e.Source} {e.Kind} {e.RawMessage}");
        using var fitted = _ml.Regression.Trainers.RankAae(Options() with { Training = s_training with { Epochs = 4, Trials = 2, Verbose = true }, Progress = new Reports(reports.Add) })
            .Fit(_ml.Data.LoadFromSpectraTable(SyntheticTable.Create(200, 40)));
        Assert.Contains(messages, m => m.Contains("RankAae", StringComparison.Ordinal) && m.Contains("trial 2 of 2 (seed 4): epoch 4 of 4, losses", StringComparison.Ordinal));
        Assert.Contains(messages, m => m.Contains("ONNX Runtime and TorchSharp differ", StringComparison.Ordinal));
        Assert.Contains(reports, r => r is { Epoch: 4, Finished: true });
    }

    [Fact]
    public void Cancelling_ends_Fit_and_an_output_folder_can_be_resumed()
    {
        var data = _ml.Data.LoadFromSpectraTable(SyntheticTable.Create(200, 40));
        using var cancel = new CancellationTokenSource();
        var options = Options() with
        {
            OutputFolder = Path.Combine(_folder, "cut"), Training = s_training with { Epochs = 30, Verbose = true }, Cancellation = cancel.Token,
            Progress = new Reports(p => { if (p.Epoch >= 10) cancel.Cancel(); }),
        };
        Assert.Throws<OperationCanceledException>(() => _ml.Regression.Trainers.RankAae(options).Fit(data));
        using var resumed = _ml.Regression.Trainers.RankAae(options with { Resume = true, Cancellation = default, Progress = null }).Fit(data);
        using var whole = _ml.Regression.Trainers.RankAae(options with { OutputFolder = null, Cancellation = default, Progress = null }).Fit(data);
        Assert.Equal(whole.Transform(data).GetColumn<float[]>("Descriptors"), resumed.Transform(data).GetColumn<float[]>("Descriptors"));
    }

    /// <summary>Two elements: aligned and resampled in front, with the grid that the energy column does not hold.</summary>
    [Fact]
    public void Several_elements_train_behind_AlignEnergy_and_Resample()
    {
        SpectraTable copper = SyntheticTable.Create(120, 40), second = SyntheticTable.Create(120, 40, seed: 2);
        var nickel = new SpectraTable(copper.Grid.Shift(8333 - 8979), second.Spectra.ToArray(), second.DescriptorNames, second.Descriptors.ToArray(), [.. second.Materials.Select(m => "n" + m)], [.. second.Sites], [.. Enumerable.Repeat("Ni", 120)]);
        var rows = new[] { copper, nickel }.SelectMany(t => Enumerable.Range(0, t.RowCount).Select(i => new Site
        {
            Energy = t.Grid.Energies.ToArray(), Spectrum = t.Spectrum(i).ToArray(), Element = t.Elements[i]!, MaterialId = t.Materials[i], EDGE = t.Descriptor(i, 0),
        })).ToArray();
        var data = _ml.Data.LoadFromEnumerable(rows);
        var grid = EnergyGrid.Uniform(2, 39, 38);
        var xanes = _ml.Transforms.Xanes();
        var trainer = _ml.Regression.Trainers.RankAae(new RankAaeTrainerOptions { Features = "OnGrid", Grid = grid, Descriptors = ["EDGE"], Training = s_training with { Epochs = 5 }, OutputFolder = Path.Combine(_folder, "two") });
        using var chain = xanes.AlignEnergy("Aligned", "Energy", "Element", new Dictionary<string, double> { ["Cu"] = 8979, ["Ni"] = 8333 })
            .Append(xanes.Resample("OnGrid", grid, "Aligned", "Spectrum")).Append(trainer).Fit(data);
        Assert.Equal(240, chain.Transform(data).GetColumn<float[]>("Descriptors").Count(d => d.Length == 1 && float.IsFinite(d[0])));
        var metadata = ModelFolder.Open(Path.Combine(_folder, "two", "model")).Metadata;
        Assert.Equal((EnergyAxis.RelativeToEdge, "Cu Ni"), (metadata.EnergyAxis, string.Join(' ', metadata.Elements)));
        var mixed = _ml.Data.LoadFromSpectraTable(new SpectraTable(copper.Grid, copper.Spectra.ToArray(), copper.DescriptorNames, copper.Descriptors.ToArray(), [.. copper.Materials], [.. copper.Sites], [.. Enumerable.Range(0, 120).Select(i => i % 2 == 0 ? "Cu" : "Zn")]));
        Assert.Contains("several elements (Cu, Zn)", Assert.Throws<XanesDataException>(() => _ml.Regression.Trainers.RankAae(Options()).Fit(mixed)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Spectrum", "known-size Vector<Single> of spectra")]
    [InlineData("EDGE", "Single")]
    [InlineData("Energy", "energies in eV")]
    [InlineData("MaterialId", "Text with the material")]
    [InlineData("Element", "Text with the element's symbol")]
    public void A_wrong_column_is_refused_before_a_row_is_read(string column, string expected)
    {
        var data = _ml.Data.LoadFromSpectraTable(SyntheticTable.Create(4, 40));
        string by = column is "MaterialId" or "Element" ? "PEAK" : "SiteId";
        var missing = _ml.Transforms.DropColumns(column).Fit(data).Transform(data);
        var wrong = _ml.Transforms.DropColumns(column).Append(_ml.Transforms.CopyColumns(column, by)).Fit(data).Transform(data);
        var trainer = _ml.Regression.Trainers.RankAae(Options());
        foreach (var (view, actual) in new[] { (missing, "missing"), (wrong, by == "PEAK" ? "got Single" : "got String") })
        {
            foreach (var use in new Action[] { () => trainer.Fit(view), () => trainer.GetOutputSchema(ShapeOf(view.Schema)) })
            {
                var e = Assert.Throws<XanesDataException>(use);
                Assert.Equal(column, e.Column);
                Assert.Contains(expected, e.Message, StringComparison.Ordinal);
                Assert.Contains(actual, e.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Options_and_rows_that_cannot_be_trained_on_are_refused()
    {
        var trainers = _ml.Regression.Trainers;
        Assert.Contains("no descriptor", Assert.Throws<XanesDataException>(() => trainers.RankAae(Options() with { Descriptors = [] })).Message, StringComparison.Ordinal);
        Assert.Contains("comes twice", Assert.Throws<XanesDataException>(() => trainers.RankAae(Options() with { Descriptors = ["A", "A"] })).Message, StringComparison.Ordinal);
        Assert.Contains("resume", Assert.Throws<XanesDataException>(() => trainers.RankAae(Options() with { Resume = true })).Message, StringComparison.Ordinal);
        Assert.Contains("max_epoch", Assert.Throws<XanesDataException>(() => trainers.RankAae(Options() with { Training = s_training with { Epochs = 0 } })).Message, StringComparison.Ordinal);
        var data = _ml.Data.LoadFromSpectraTable(SyntheticTable.Create(20, 40));
        Assert.Contains("batch_size", Assert.Throws<XanesDataException>(() => trainers.RankAae(Options()).Fit(data)).Message, StringComparison.Ordinal);
        Assert.Contains("the data has no row", Assert.Throws<XanesDataException>(() => trainers.RankAae(Options()).Fit(_ml.Data.SkipRows(data, 20))).Message, StringComparison.Ordinal);
        Assert.Contains("40 points, the grid 3", Assert.Throws<XanesDataException>(() => trainers.RankAae(Options() with { Grid = EnergyGrid.Uniform(1, 3, 3) }).Fit(data)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MLNET_still_lets_the_trainers_reach_their_environment() => Assert.NotNull(typeof(TrainCatalogBase.CatalogInstantiatorBase)
        .GetMethod("Microsoft.ML.Data.IInternalCatalog.get_Environment", BindingFlags.Instance | BindingFlags.NonPublic));

    private static RankAaeTrainerOptions Options() => new() { Descriptors = s_descriptors, Training = s_training, Parallelism = 2 };

    // Of the one public way to ML.NET's own shape of a schema, as the Transforms room has it.
    private static SchemaShape ShapeOf(DataViewSchema schema) => Transforms.Pipeline.SchemaShapes.Of(schema);

    private static string Line(double[] values) => string.Join(' ', values.Select(v => v.ToString("R", CultureInfo.InvariantCulture)));

    private static string[] Run(string program, params string[] arguments)
    {
        string host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
        var start = new ProcessStartInfo(host) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string a in (string[])["exec", program, .. arguments])
            start.ArgumentList.Add(a);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.True(process.WaitForExit(60_000), "the process did not end");
        Assert.True(process.ExitCode == 0, errors.GetAwaiter().GetResult());
        return lines;
    }

    private sealed class Reports(Action<TrainingProgress> take) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => take(value);
    }

    private sealed class Site
    {
        [VectorType(40)]
        public double[] Energy { get; set; } = [];

        [VectorType(40)]
        public float[] Spectrum { get; set; } = [];

        public string Element { get; set; } = "";

        public string MaterialId { get; set; } = "";

        public float EDGE { get; set; }
    }
}
