using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Inference;
using XanesMl.Spectra;
using XanesMl.Transforms.Scoring;
using XanesMl.Transforms.Tests.Support;
using Xunit;

namespace XanesMl.Transforms.Tests.Scoring;

/// <summary>What the models answer, how often they are run, and what happens to bad rows, bad models and disposed transformers.</summary>
public sealed class ScoringTests
{
    private readonly MLContext _ml = new(seed: 1);

    private IDataView Rows(int count) => _ml.Data.LoadFromEnumerable(Fixture.Rows(count));

    // Oracle: Fixtures/make_fixtures.py, NumPy 1.24.2 in float64: run(ENC[0], x), and the mean and half difference of the two trials.
    [Fact]
    public void Predictions_are_those_of_NumPy()
    {
        using var step = _ml.Transforms.Xanes().PredictDescriptors("Spectrum", Fixture.Model("predictor.onnx"), new DescriptorColumns { Styles = "Z" }).Fit(Rows(1));
        var rows = Views.Read(step.Transform(Rows(8)), "Z", "Descriptors", "DescriptorStd", "Reconstruction", "ReconstructionError");
        Close([2.657982318, 2.185618655, -5.453634129], rows[0][0]);
        Close([1.575537029, 7.497100326], rows[0][1]);
        Close([0.75345413, 0.781327656], rows[0][2]);
        Close([2.396377524, 1.720674921, 0.000196498, 0.419271532, 4.432612884, 1.652852955, 2.498974534, 0.870672725, 0.000061246, 0.000115395, 0.011567151, 1.008954908], rows[0][3]);
        Assert.Equal(1.170481101, (float)rows[0][4], 1e-5);
        Close([2.812519526, 1.786625868, -4.863017091], rows[7][0]);
        Close([1.593072599, 7.217852355], rows[7][1]);
        Close([0.813187164, 0.462086447], rows[7][2]);
        Assert.Equal(1.130885169, (float)rows[7][4], 1e-5);
    }

    [Fact]
    public void Slots_are_named_after_descriptors_styles_and_energies()
    {
        using var step = _ml.Transforms.Xanes().PredictDescriptors("Spectrum", Fixture.Model("predictor.onnx"), new DescriptorColumns { Styles = "Z" }).Fit(Rows(1));
        var schema = step.GetOutputSchema(Rows(1).Schema);
        Assert.Equal(["CT", "CN"], EstimatorConformance.SlotNames(schema["Descriptors"]));
        Assert.Equal(["CT", "CN"], EstimatorConformance.SlotNames(schema["DescriptorStd"]));
        Assert.Equal(["Style1", "Style2", "Style3"], EstimatorConformance.SlotNames(schema["Z"]));
        Assert.Equal("ENE_8985.000", EstimatorConformance.SlotNames(schema["Reconstruction"])[0]);
        Assert.Equal("ENE_8996.000", EstimatorConformance.SlotNames(schema["Reconstruction"])[^1]);
        using var foreign = _ml.Transforms.Xanes().PredictDescriptors("Spectrum", Fixture.Bare("predictor.onnx")).Fit(Rows(1));
        var unnamed = foreign.GetOutputSchema(Rows(1).Schema);
        Assert.Equal(["Descriptor1", "Descriptor2"], EstimatorConformance.SlotNames(unnamed["Descriptors"]));
        Assert.Equal("Point12", EstimatorConformance.SlotNames(unnamed["Reconstruction"])[^1]);
    }

    // Oracle: ML.NET's own OnnxTransformer on the same file.
    [Fact]
    public void Styles_agree_with_ApplyOnnxModel()
    {
        var data = _ml.Transforms.CopyColumns("spectrum", "Spectrum").Fit(Rows(600)).Transform(Rows(600));
        using var stock = _ml.Transforms.ApplyOnnxModel("styles", "spectrum", Fixture.File("encoder.onnx")).Fit(data);
        using var ours = _ml.Transforms.Xanes().EncodeStyles("Z", "Spectrum", Fixture.Bare("encoder.onnx")).Fit(data);
        var expected = Views.Read(stock.Transform(data), "styles");
        var actual = Views.Read(ours.Transform(data), "Z");
        for (int i = 0; i < expected.Count; i++)
            for (int k = 0; k < Fixture.Styles; k++)
                Assert.Equal(((float[])expected[i][0])[k], ((float[])actual[i][0])[k], 1e-6f);
    }

    [Theory]
    [InlineData(600, 256, 3)]
    [InlineData(512, 256, 2)]
    [InlineData(5, 256, 1)]
    [InlineData(5, 1, 5)]
    [InlineData(0, 256, 0)]
    public void The_model_runs_once_a_batch(int rows, int batch, int runs)
    {
        using var step = _ml.Transforms.Xanes().PredictDescriptors("Spectrum", Fixture.Model("predictor.onnx"), batchSize: batch).Fit(Rows(1));
        var view = step.Transform(Rows(rows));
        Assert.Equal(rows, Views.Read(view, "Number").Count);
        Assert.Equal(0, step.Scorer.Runs);
        Assert.Equal(rows, Views.Read(view, "Descriptors", "Styles", "Number").Count);
        Assert.Equal((runs, rows), (step.Scorer.Runs, step.Scorer.Rows));
    }

    [Fact]
    public void Several_outputs_of_a_row_come_from_one_run()
    {
        using var step = _ml.Transforms.Xanes().PredictDescriptors("Spectrum", Fixture.Model("predictor.onnx")).Fit(Rows(1));
        using var engine = _ml.Model.CreatePredictionEngine<FixtureRow, Answer>(step, new PredictionEngineOptions { OwnsTransformer = false });
        foreach (var row in Fixture.Rows(10))
            _ = engine.Predict(row);
        Assert.Equal(10, step.Scorer.Runs);
    }

    [Fact]
    public void A_row_with_a_value_that_is_not_finite_is_missing_in_every_output_and_leaves_the_others_alone()
    {
        var rows = Fixture.Rows(3);
        rows[1].Spectrum[5] = float.NaN;
        using var step = _ml.Transforms.Xanes().PredictDescriptors("Spectrum", Fixture.Model("predictor.onnx"), new DescriptorColumns { Styles = "Z" }).Fit(Rows(1));
        string[] columns = ["Descriptors", "DescriptorStd", "Z", "Reconstruction", "ReconstructionError"];
        var clean = Views.Read(step.Transform(Rows(3)), columns);
        var dirty = Views.Read(step.Transform(_ml.Data.LoadFromEnumerable(rows)), columns);
        Assert.Equal(clean[0], dirty[0]);
        Assert.Equal(clean[2], dirty[2]);
        foreach (object value in dirty[1])
            Assert.All(value as float[] ?? [(float)value], v => Assert.True(float.IsNaN(v)));
        rows[1].Spectrum[5] = float.NegativeInfinity;
        Assert.Equal(dirty[1], Views.Read(step.Transform(_ml.Data.LoadFromEnumerable(rows)), columns)[1]);
    }

    [Fact]
    public void Sparse_rows_are_read_as_dense_ones()
    {
        var schema = SchemaDefinition.Create(typeof(SparseRow));
        schema["Spectrum"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, Fixture.Points);
        var sparse = _ml.Data.LoadFromEnumerable([new SparseRow { Spectrum = new VBuffer<float>(Fixture.Points, 2, [0.5f, 1f], [3, 7]) }], schema);
        var dense = _ml.Data.LoadFromEnumerable([new FixtureRow { Energy = new double[Fixture.Points], Spectrum = [0, 0, 0, 0.5f, 0, 0, 0, 1, 0, 0, 0, 0], Styles = new float[Fixture.Styles] }]);
        using var step = _ml.Transforms.Xanes().EncodeStyles("Z", "Spectrum", Fixture.Bare("encoder.onnx")).Fit(sparse);
        Assert.Equal(Views.Read(step.Transform(dense), "Z"), Views.Read(step.Transform(sparse), "Z"));
    }

    [Fact]
    public void A_getter_leaves_the_callers_other_buffers_alone()
    {
        using var step = _ml.Transforms.Xanes().EncodeStyles("Z", "Spectrum", Fixture.Bare("encoder.onnx")).Fit(Rows(1));
        var view = step.Transform(Rows(3));
        using var cursor = view.GetRowCursor(view.Schema);
        var get = cursor.GetGetter<VBuffer<float>>(view.Schema["Z"]);
        VBuffer<float> first = default, second = default;
        Assert.True(cursor.MoveNext());
        get(ref first);
        float[] kept = [.. first.DenseValues()];
        Assert.True(cursor.MoveNext());
        get(ref second);
        Assert.Equal(kept, first.DenseValues());
        Assert.NotEqual(kept, second.DenseValues());
    }

    [Fact]
    public void After_Dispose_every_use_says_so()
    {
        var step = _ml.Transforms.Xanes().EncodeStyles("Z", "Spectrum", Fixture.Bare("encoder.onnx")).Fit(Rows(1));
        var view = step.Transform(Rows(600));
        var engine = _ml.Model.CreatePredictionEngine<FixtureRow, StylesOnly>(step, new PredictionEngineOptions { OwnsTransformer = false });
        using var begun = view.GetRowCursor(view.Schema);
        Assert.True(begun.MoveNext());
        step.Dispose();
        step.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Views.Read(view, "Z"));
        Assert.Throws<ObjectDisposedException>(() => engine.Predict(Fixture.Rows(1)[0]));
        Assert.Throws<ObjectDisposedException>(() =>
        {
            while (begun.MoveNext())
            {
            }
        });
        Assert.Equal(600, Views.Read(view, "Number").Count);
    }

    [Fact]
    public async Task Dispose_while_cursors_run_ends_them_without_a_crash()
    {
        for (int round = 0; round < 20; round++)
        {
            var step = _ml.Transforms.Xanes().EncodeStyles("Z", "Spectrum", Fixture.Bare("encoder.onnx"), batchSize: 1).Fit(Rows(1));
            var view = step.Transform(Rows(400));
            using var started = new CountdownEvent(4);
            var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                started.Signal();
                try
                {
                    return Views.Read(view, "Z").Count;
                }
                catch (ObjectDisposedException)
                {
                    return -1;
                }
            })).ToArray();
            started.Wait();
            step.Dispose();
            Assert.All(await Task.WhenAll(readers), count => Assert.True(count is -1 or 400));
        }
    }

    [Fact]
    public void The_estimators_second_Fit_does_not_share_the_first_ones_session()
    {
        var estimator = _ml.Transforms.Xanes().EncodeStyles("Z", "Spectrum", Fixture.Bare("encoder.onnx"));
        estimator.Fit(Rows(1)).Dispose();
        using var second = estimator.Fit(Rows(1));
        Assert.Equal(3, Views.Read(second.Transform(Rows(3)), "Z").Count);
    }

    [Fact]
    public void Changing_the_callers_bytes_afterwards_changes_nothing()
    {
        byte[] bytes = Fixture.Bare("encoder.onnx");
        var estimator = _ml.Transforms.Xanes().EncodeStyles("Z", "Spectrum", bytes);
        Array.Clear(bytes);
        using var step = estimator.Fit(Rows(1));
        Assert.Single(Views.Read(step.Transform(Rows(1)), "Z"));
    }

    [Fact]
    public void Models_that_do_not_fit_the_step_are_refused_when_it_is_made()
    {
        var xanes = _ml.Transforms.Xanes();
        Assert.Contains("encoder.onnx: the one input must be 'spectrum', found styles",
            Assert.Throws<XanesModelException>(() => xanes.EncodeStyles("Z", "Spectrum", Fixture.Bare("decoder.onnx"))).Message, StringComparison.Ordinal);
        Assert.Contains("the model has no output 'descriptors', found styles",
            Assert.Throws<XanesModelException>(() => xanes.PredictDescriptors("Spectrum", Fixture.Bare("encoder.onnx"))).Message, StringComparison.Ordinal);
        Assert.Contains("cannot load the 3 bytes", Assert.Throws<XanesModelException>(() => xanes.EncodeStyles("Z", "Spectrum", new byte[] { 1, 2, 3 })).Message, StringComparison.Ordinal);
        byte[] cut = Fixture.Bare("encoder.onnx")[..400];
        Assert.Throws<XanesModelException>(() => xanes.EncodeStyles("Z", "Spectrum", cut));
        Assert.Throws<XanesModelException>(() => xanes.EncodeStyles("Z", "Spectrum", "no/such/folder"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(65537)]
    public void Batch_sizes_out_of_range_are_refused(int batch) =>
        Assert.Contains($"a batch of {batch} rows", Assert.Throws<XanesDataException>(() => _ml.Transforms.Xanes().EncodeStyles("Z", "Spectrum", Fixture.Bare("encoder.onnx"), batch)).Message, StringComparison.Ordinal);

    [Fact]
    public void Columns_must_be_asked_for_and_differ()
    {
        var xanes = _ml.Transforms.Xanes();
        var none = new DescriptorColumns { Descriptors = null, DescriptorStd = null, Styles = null, Reconstruction = null, ReconstructionError = null, Verdict = null };
        Assert.Contains("no output column", Assert.Throws<XanesDataException>(() => xanes.PredictDescriptors("Spectrum", Fixture.Bare("predictor.onnx"), none)).Message, StringComparison.Ordinal);
        Assert.Equal("A", Assert.Throws<XanesDataException>(() => xanes.PredictDescriptors("Spectrum", Fixture.Bare("predictor.onnx"), none with { Styles = "A", Descriptors = "A" })).Column);
        Assert.Throws<ArgumentException>(() => xanes.SelectDescriptor("", "Descriptors", "CN"));
    }

    private static void Close(double[] expected, object actual)
    {
        float[] values = (float[])actual;
        Assert.Equal(expected.Length, values.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], values[i], 1e-5);
    }

    private sealed class SparseRow
    {
        public VBuffer<float> Spectrum { get; set; }
    }

    private sealed class StylesOnly
    {
        public VBuffer<float> Z { get; set; }
    }

    private sealed class Answer
    {
        public VBuffer<float> Descriptors { get; set; }

        public VBuffer<float> DescriptorStd { get; set; }

        public float ReconstructionError { get; set; }
    }
}
