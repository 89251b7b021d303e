using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Inference.Models;
using XanesMl.Inference.Predictions;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Spectra.Reading;
using XanesMl.TestSupport;
using XanesMl.Training.Configuration;
using XanesMl.Training.Runs;
using XanesMl.Training.Tests;
using XanesMl.Transforms;
using XanesMl.Transforms.Evaluation;
using Xunit;
using Xunit.Abstractions;

namespace XanesMl.Pipeline.Tests;

/// <summary>From a table to a trained model, its folder, the pipeline around it, the zip, and back: every door gives the same answers.</summary>
public sealed class TrainedModels(ITestOutputHelper log)
{
    private const double Tolerance = 1e-5;

    private static readonly TrainingOptions s_options = new() { Epochs = 40, BatchSize = 64, Hidden = 16, Layers = 3, Trials = 2, CheckpointInterval = 40, ValidationInterval = 5 };

    // Oracle: the model folder's own ONNX session, and the scores that the training run computed with TorchSharp.
    [Fact]
    public void A_model_of_one_element_answers_alike_through_every_door()
    {
        using var temporary = new TemporaryFolder();
        var table = SyntheticTable.Create(400, 40, missing: 10);
        var result = Train(new RunInput(table, EnergyAxis.Absolute, new Dictionary<string, double> { ["Cu"] = KEdges.Energy("Cu") }), s_options, temporary.File("run"));
        using var model = SpectrumModel.Open(result.ModelFolder);
        var expected = model.Predict(table.Spectra.Span, table.RowCount);
        string zip = temporary.File("pipeline.zip");
        Save(result.ModelFolder, table, zip);

        var fresh = new MLContext(seed: 2).RegisterXanes();
        var loaded = fresh.Model.Load(zip, out _);
        var scored = loaded.Transform(fresh.Data.LoadFromSpectraTable(table));
        Compare(scored, expected, model.Metadata);

        // ML.NET's own regression metrics of the test rows are those that the run reported.
        var test = loaded.Transform(fresh.Data.LoadFromSpectraTable(table.Select(result.Split.Test)));
        foreach (var m in fresh.EvaluateDescriptors(test, table.DescriptorNames))
        {
            var reported = result.Report.Descriptors[m.Descriptor];
            log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{m.Descriptor}: MAE {m.MeanAbsoluteError:0.0000} (run {reported.Mae:0.0000}), R2 {m.RSquared:0.000}"));
            Assert.Equal(reported.Mae, m.MeanAbsoluteError, Tolerance);
            Assert.Equal(reported.Rmse, m.RootMeanSquaredError, Tolerance);
            Assert.Equal(reported.R2, m.RSquared, 1e-4);
        }

        // One row at a time takes another way through the session than a cursor does.
        using var engine = fresh.Model.CreatePredictionEngine<OneSpectrum, Answer>(loaded, new PredictionEngineOptions { OwnsTransformer = false });
        for (int i = 0; i < table.RowCount; i += 50)
        {
            float[] answer = engine.Predict(new OneSpectrum { Energy = table.Grid.Energies.ToArray(), Spectrum = table.Spectrum(i).ToArray() }).Descriptors;
            for (int k = 0; k < answer.Length; k++)
                Assert.Equal(expected.Descriptors[(i * answer.Length) + k], answer[k], Tolerance);
        }

        (loaded as IDisposable)?.Dispose();
    }

    // Oracle: RunInput's own alignment of the raw tables, answered by the model folder's ONNX session. The raw tables keep their absolute energies.
    [Fact]
    public void A_model_of_two_elements_takes_raw_energies_and_the_element()
    {
        using var temporary = new TemporaryFolder();
        SpectraTable[] raw = [.. new[] { "Cu", "V" }.Select(e => SpectraTableReader.Read(SharedData.Repository("data", e + ".csv.gz")))];
        var options = s_options with { Descriptors = ["OS", "CN", "RSTD"], BatchSize = 16, Epochs = 15 };
        var input = RunInput.Prepare(raw, options);
        Assert.Equal(EnergyAxis.RelativeToEdge, input.EnergyAxis);
        var result = Train(input, options, temporary.File("run"));
        using var model = SpectrumModel.Open(result.ModelFolder);
        string zip = temporary.File("pipeline.zip");
        Save(result.ModelFolder, raw[0], zip);

        var fresh = new MLContext(seed: 2).RegisterXanes();
        var loaded = fresh.Model.Load(zip, out _);
        int first = 0;
        foreach (var table in raw)
        {
            var rows = input.Table.Select([.. Enumerable.Range(first, table.RowCount)]);
            first += table.RowCount;
            var expected = model.Predict(rows.Spectra.Span, rows.RowCount);
            Compare(loaded.Transform(fresh.Data.LoadFromSpectraTable(table)), expected, model.Metadata);
            var predictions = TablePredictor.Predict(model, table, resample: true);
            for (int i = 0; i < table.RowCount; i++)
                Assert.Equal(expected.Descriptors[i * expected.DescriptorCount], predictions[i].Estimates[0].Value, Tolerance);
        }

        Assert.Equal(input.Table.RowCount, first);
        var stranger = raw[0].Select([0]);
        stranger = new SpectraTable(stranger.Grid, stranger.Spectra.ToArray(), [], [], [.. stranger.Materials], [.. stranger.Sites], ["Fe"]);
        var e = Assert.ThrowsAny<Exception>(() => loaded.Transform(fresh.Data.LoadFromSpectraTable(stranger)).GetColumn<float[]>("Descriptors").ToArray());
        Assert.Contains("Fe", e.GetBaseException().Message, StringComparison.Ordinal);
        (loaded as IDisposable)?.Dispose();
    }

    // The unlabelled table has no descriptor columns at all; docs/training.md promises that it may be named beside a labelled one.
    [Fact]
    public void Unlabelled_tables_train_beside_a_labelled_one_and_change_no_score_of_their_own()
    {
        using var temporary = new TemporaryFolder();
        SpectraTable labelled = SyntheticTable.Create(200, 40), other = SyntheticTable.Create(100, 40, seed: 2);
        var unlabelled = new SpectraTable(other.Grid, other.Spectra.ToArray(), [], [], [.. other.Materials.Select(m => "u" + m)], [.. other.Sites], [.. other.Elements]);
        var input = RunInput.Prepare([labelled, unlabelled], s_options);
        Assert.Equal(300, input.Table.RowCount);
        var result = Train(input, s_options, temporary.File("run"));
        int labelledTestRows = result.Split.Test.Count(r => r < 200);
        Assert.InRange(labelledTestRows, 1, result.Split.Test.Length - 1);
        Assert.All(result.Report.Descriptors.Values, d =>
        {
            Assert.Equal(labelledTestRows, d.LabelledRows);
            Assert.True(d.Mae < d.Baseline!.Constant.Mae, "better than the mean");
        });

        var mlContext = new MLContext(seed: 1);
        var data = mlContext.Data.LoadFromSpectraTable(input.Table.Select(result.Split.Test));
        using var pipeline = XanesPipeline.ForModel(mlContext, result.ModelFolder).Fit(data);
        foreach (var m in mlContext.EvaluateDescriptors(pipeline.Transform(data), labelled.DescriptorNames))
        {
            Assert.Equal((labelledTestRows, result.Split.Test.Length - labelledTestRows), (m.Rows, m.Unlabelled));
            Assert.Equal(result.Report.Descriptors[m.Descriptor].Mae, m.MeanAbsoluteError, Tolerance);
        }
    }

    private static TrainingResult Train(RunInput input, TrainingOptions options, string folder) => TrainingRun.Execute(new TrainingRequest
    {
        Table = input.Table, EnergyAxis = input.EnergyAxis, EdgeReferences = input.EdgeReferences, Name = "test", DataNotice = "made by a test",
        Options = options, OutputFolder = folder, Parallelism = 2,
    }, null, CancellationToken.None);

    /// <summary>Builds the pipeline in a context of its own and keeps nothing but the file.</summary>
    private static void Save(string modelFolder, SpectraTable table, string zip)
    {
        var mlContext = new MLContext(seed: 1);
        var data = mlContext.Data.LoadFromSpectraTable(table);
        using var pipeline = XanesPipeline.ForModel(mlContext, modelFolder).Fit(data);
        mlContext.Model.Save(pipeline, data.Schema, zip);
    }

    private void Compare(IDataView scored, PredictionBatch expected, ModelMetadata metadata)
    {
        VBuffer<ReadOnlyMemory<char>> slots = default;
        scored.Schema["Descriptors"].GetSlotNames(ref slots);
        Assert.Equal(metadata.Descriptors.Select(d => d.Name), slots.DenseValues().Select(s => s.ToString()));
        double largest = 0;
        foreach (var (column, values) in new[] { ("Descriptors", expected.Descriptors), ("DescriptorStd", expected.DescriptorStd), ("Styles", expected.Styles), ("Reconstruction", expected.Reconstruction) })
        {
            float[] actual = [.. scored.GetColumn<float[]>(column).SelectMany(v => v)];
            Assert.Equal(values.Length, actual.Length);
            for (int i = 0; i < actual.Length; i++)
                largest = Math.Max(largest, Math.Abs((double)actual[i] - values[i]));
        }

        log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{string.Join(' ', metadata.Elements)}: pipeline to model {largest:g3} over {expected.Rows} rows"));
        Assert.InRange(largest, 0, Tolerance);
        Assert.True(expected.Descriptors.Distinct().Count() > expected.Rows / 2, "a model that always answers the same would pass any comparison");
    }

    private sealed class OneSpectrum
    {
        public double[] Energy { get; set; } = [];
        public float[] Spectrum { get; set; } = [];
    }

    private sealed class Answer
    {
        public float[] Descriptors { get; set; } = [];
    }
}
