using Microsoft.Data.Analysis;
using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Inference.Evaluation;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.TestSupport;
using XanesMl.Transforms.Data;
using XanesMl.Transforms.Evaluation;
using XanesMl.Transforms.Tests.Support;
using Xunit;

namespace XanesMl.Transforms.Tests;

/// <summary>What a data team does with ML.NET: stock trainers, evaluators, cross-validation, importance, frames, the stock ONNX step.</summary>
public sealed class RealUseTests
{
    private readonly MLContext _ml = new(seed: 1);

    public static TheoryData<string> Trainers => ["Sdca", "FastTree", "FastForest", "LightGbm"];

    /// <summary>A head on the styles: trained, evaluated, saved, loaded, and asked which style matters, by its slot's name.</summary>
    [Theory]
    [MemberData(nameof(Trainers))]
    public void Stock_trainers_learn_on_the_styles(string name)
    {
        // A label that a head can learn, since it is one of the styles.
        var data = Labelled(300);
        var trainers = _ml.Regression.Trainers;
        IEstimator<ITransformer> trainer = name switch
        {
            "Sdca" => trainers.Sdca("Target", maximumNumberOfIterations: 50),
            "FastTree" => trainers.FastTree("Target", numberOfTrees: 40, minimumExampleCountPerLeaf: 3),
            "FastForest" => trainers.FastForest("Target", numberOfTrees: 40, minimumExampleCountPerLeaf: 3),
            _ => trainers.LightGbm("Target", numberOfIterations: 60, minimumExampleCountPerLeaf: 3),
        };
        var pipeline = _ml.Transforms.Xanes().EncodeStyles("Features", "Spectrum", Fixture.Bare("encoder.onnx")).Append(_ml.Transforms.NormalizeMeanVariance("Features"))
            .AppendCacheCheckpoint(_ml).Append(trainer);
        using var model = (IDisposable)pipeline.Fit(data);
        var scored = ((ITransformer)model).Transform(data);
        var metrics = _ml.Regression.Evaluate(scored, "Target");
        Assert.True(metrics.RSquared > 0.8, $"{metrics.RSquared}");

        using var zip = new MemoryStream();
        _ml.Model.Save((ITransformer)model, data.Schema, zip);
        zip.Position = 0;
        var loaded = new MLContext().RegisterXanes().Model.Load(zip, out _);
        Assert.Equal(scored.GetColumn<float>("Score"), loaded.Transform(data).GetColumn<float>("Score"));
        var importance = _ml.Regression.PermutationFeatureImportance((ITransformer)model, scored, "Target", permutationCount: 2);
        Assert.Equal(["Style1", "Style2", "Style3"], importance.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("Style3", importance.MinBy(i => i.Value.RSquared.Mean).Key);
        (loaded as IDisposable)?.Dispose();
    }

    /// <summary>Iterating trainers read their input again and again; with a cache checkpoint behind our step the model runs over the rows twice: for the normalizer, and to fill the cache.</summary>
    [Fact]
    public void A_cache_checkpoint_spares_the_model_the_iterations()
    {
        Assert.InRange(RowsRead(cached: true), 300, 3 * 300);
        Assert.True(RowsRead(cached: false) > 10 * 300, $"{RowsRead(cached: false)}");

        int RowsRead(bool cached)
        {
            var counting = new CountingDataView(Labelled(300));
            var encode = _ml.Transforms.Xanes().EncodeStyles("Features", "Spectrum", Fixture.Bare("encoder.onnx")).Append(_ml.Transforms.NormalizeMeanVariance("Features"));
            var sdca = _ml.Regression.Trainers.Sdca("Target", maximumNumberOfIterations: 20);
            using var model = (IDisposable)(cached ? encode.AppendCacheCheckpoint(_ml).Append(sdca).Fit(counting) : (ITransformer)encode.Append(sdca).Fit(counting));
            return counting.RowsRead;
        }
    }

    [Fact]
    public void CrossValidate_keeps_the_sites_of_a_material_in_one_fold()
    {
        var data = _ml.Data.LoadFromSpectraTable(Fixture.Table(300));
        var pipeline = _ml.Transforms.Xanes().EncodeStyles("Features", "Spectrum", Fixture.Bare("encoder.onnx")).Append(_ml.Transforms.NormalizeMeanVariance("Features"))
            .AppendCacheCheckpoint(_ml).Append(_ml.Regression.Trainers.Sdca("CT", maximumNumberOfIterations: 10));
        var folds = _ml.Regression.CrossValidate(data, pipeline, numberOfFolds: 3, labelColumnName: "CT", samplingKeyColumnName: "MaterialId");
        string[][] materials = [.. folds.Select(f => f.ScoredHoldOutSet.GetColumn<string>("MaterialId").ToArray())];
        Assert.Equal(300, materials.Sum(m => m.Length));
        Assert.Equal(150, materials.Sum(m => m.Distinct().Count()));
        Assert.All(folds, f => Assert.True(double.IsFinite(f.Metrics.RootMeanSquaredError)));
    }

    /// <summary>A model's own descriptor as Score: ML.NET's evaluator and its cross-validation take it without a name being given.</summary>
    [Fact]
    public void Evaluate_takes_a_selected_descriptor_as_Score()
    {
        var table = Fixture.Table(80);
        var data = _ml.Data.LoadFromSpectraTable(table);
        var xanes = _ml.Transforms.Xanes();
        var pipeline = xanes.PredictDescriptors("Spectrum", Fixture.Model("predictor.onnx")).Append(xanes.SelectDescriptor("Score", "Descriptors", "CT"));
        using var model = pipeline.Fit(data);
        var scored = model.Transform(data);
        var metrics = _ml.Regression.Evaluate(scored, "CT");
        Assert.Equal(Enumerable.Range(0, 80).Average(i => Math.Abs(scored.GetColumn<float>("Score").ElementAt(i) - table.Descriptor(i, 0))), metrics.MeanAbsoluteError, 1e-6);
        var folds = _ml.Regression.CrossValidate(data, pipeline, numberOfFolds: 2, labelColumnName: "CT", samplingKeyColumnName: "MaterialId");
        Assert.Equal(metrics.MeanAbsoluteError, folds.Sum(f => f.Metrics.MeanAbsoluteError * f.ScoredHoldOutSet.GetColumn<float>("CT").Count()) / 80, 1e-6);
    }

    // Oracle: the model shipped in the repository, through the stock step and through ours.
    [Fact]
    public void ApplyOnnxModel_on_a_shipped_encoder_gives_our_numbers()
    {
        string folder = SharedData.Repository("models", "Cu");
        using var model = SpectrumModel.Open(folder);
        var rows = Enumerable.Range(0, 50).Select(i => new OnnxRow { spectrum = model.DecodeStyles([.. Enumerable.Range(0, model.Metadata.StyleCount).Select(k => MathF.Sin(i + k))], 1) }).ToArray();
        var schema = SchemaDefinition.Create(typeof(OnnxRow));
        schema["spectrum"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, model.Grid.Count);
        var data = _ml.Data.LoadFromEnumerable(rows, schema);
        using var stock = _ml.Transforms.ApplyOnnxModel("styles", "spectrum", Path.Combine(folder, "encoder.onnx")).Fit(data);
        using var ours = _ml.Transforms.Xanes().EncodeStyles("Z", "spectrum", folder).Fit(data);
        float[][] expected = [.. stock.Transform(data).GetColumn<float[]>("styles")], actual = [.. ours.Transform(data).GetColumn<float[]>("Z")];
        double largest = 0;
        for (int i = 0; i < 50; i++)
            for (int k = 0; k < expected[i].Length; k++)
                largest = Math.Max(largest, Math.Abs(expected[i][k] - actual[i][k]));
        Assert.InRange(largest, 0, 1e-6);
        Assert.True(expected.SelectMany(e => e).Distinct().Count() > 200, "a model that always answers the same would agree too");
    }

    /// <summary>Frames in: vectors keep their length and their slots' names, and a pipeline that writes to its buffers does not reach the frame.</summary>
    [Fact]
    public void A_frame_with_vector_columns_is_input_of_a_pipeline_and_is_not_written_to()
    {
        using var temporary = new TemporaryFolder();
        var data = _ml.Data.LoadFromSpectraTable(Fixture.Table(130));
        DataFrame frame = data.ToVectorFrame();
        Assert.Equal(130, frame.Rows.Count);
        IDataView view = frame;
        Assert.Equal("Vector<Single, 12>", view.Schema["Spectrum"].Type.ToString());
        Assert.Equal(EstimatorConformance.SlotNames(data.Schema["Spectrum"]), EstimatorConformance.SlotNames(view.Schema["Spectrum"]));
        using var pipeline = XanesPipeline.ForModel(_ml, Fixture.Folder(temporary)).Fit(view);
        Assert.Equal(Views.Read(pipeline.Transform(data), "Descriptors", "MaterialId", "CT"), Views.Read(pipeline.Transform(view), "Descriptors", "MaterialId", "CT"));

        var column = (VectorDataFrameColumn<float>)frame["Spectrum"];
        float before = column[3].GetItemOrDefault(0);
        using (var cursor = view.GetRowCursor([view.Schema["Spectrum"]]))
        {
            var get = cursor.GetGetter<VBuffer<float>>(view.Schema["Spectrum"]);
            VBuffer<float> buffer = default;
            while (cursor.MoveNext())
            {
                get(ref buffer);
                VBufferEditor.CreateFromBuffer(ref buffer).Values.Fill(-1);
            }
        }

        Assert.Equal(before, column[3].GetItemOrDefault(0));
    }

    /// <summary>Frames out: every row (ML.NET's own ToDataFrame keeps 100), and chosen rows are still vectors of the same length.</summary>
    [Fact]
    public void What_a_pipeline_made_becomes_a_frame_and_a_part_of_it_a_pipelines_input()
    {
        var data = _ml.Data.LoadFromSpectraTable(Fixture.Table(130));
        using var predict = _ml.Transforms.Xanes().PredictDescriptors("Spectrum", Fixture.Model("predictor.onnx")).Fit(data);
        var predicted = predict.Transform(data);
        DataFrame frame = predicted.ToVectorFrame("MaterialId", "CT", "Descriptors", "ReconstructionError", "Verdict", "Energy");
        Assert.Equal((130, 6), (frame.Rows.Count, frame.Columns.Count));
        var expected = Views.Read(predicted, "Descriptors", "Verdict");
        for (int i = 0; i < 130; i++)
        {
            Assert.Equal(expected[i][0], ((VectorDataFrameColumn<float>)frame["Descriptors"])[i].DenseValues().ToArray());
            Assert.Equal(expected[i][1], frame["Verdict"][i]);
        }

        var some = frame.Filter(frame["CT"].ElementwiseGreaterThan(2.0));
        Assert.InRange(some.Rows.Count, 1, 129);
        var select = _ml.Transforms.Xanes().SelectDescriptor("CN", "Descriptors", "CN").Fit(some);
        float[] cn = [.. select.Transform(some).GetColumn<float>("CN")];
        int[] rows = [.. Enumerable.Range(0, 130).Where(i => Fixture.Table(130).Descriptor(i, 0) > 2)];
        Assert.Equal(rows.Select(r => ((float[])expected[r][0])[1]), cn);
        Assert.Contains("variable", Assert.Throws<XanesDataException>(() => Variable().ToVectorFrame("RawMu")).Message.Replace("Vector<Double>", "variable", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal("Nothing", Assert.Throws<XanesDataException>(() => data.ToVectorFrame("Nothing")).Column);
        Assert.Throws<XanesDataException>(() => new VectorDataFrameColumn<float>("V", 3, [new VBuffer<float>(2, [1f, 2f])]));

        IDataView Variable() => _ml.Data.LoadFromEnumerable(MeasuredFixture.Rows(1, [""]));
    }

    // Oracle: the evaluator of the Inference room on what its own session says of the same rows.
    [Fact]
    public void EvaluateModel_is_the_whole_table_in_one_call()
    {
        using var temporary = new TemporaryFolder();
        string folder = Fixture.Folder(temporary);
        var table = Fixture.Table(90);
        var data = _ml.Data.LoadFromSpectraTable(table);
        using var pipeline = XanesPipeline.ForModel(_ml, folder).Fit(data);
        var result = _ml.EvaluateModel(pipeline.Transform(data), folder, new ModelEvaluationColumns { Split = "test" });
        using var model = SpectrumModel.Open(folder);
        var batch = model.Predict(table.Spectra.Span, 90);
        var expected = ModelEvaluator.Evaluate(new EvaluationInput
        {
            Split = "test", PointCount = 12, StyleCount = 3, Spectra = table.Spectra, Reconstruction = batch.Reconstruction, Styles = batch.Styles, Descriptors = model.Metadata.Descriptors, Values = table.Descriptors,
            Predictions = batch.Descriptors, Spreads = batch.DescriptorStd, HalfWidths = [0.1, 0.3],
        });
        Assert.Equal(("test", 90, 0L), (result.Report.Split, result.Report.Rows, result.Unpredicted));
        foreach (var (name, e) in expected.Descriptors)
        {
            var a = result.Report.Descriptors[name];
            Assert.Equal((e.LabelledRows, e.Unit), (a.LabelledRows, a.Unit));
            foreach (var (x, y) in new[] { (e.Spearman, a.Spearman), (e.Kendall, a.Kendall), (e.R2, a.R2), (e.LinearR2, a.LinearR2), (e.Mae, a.Mae), (e.Rmse, a.Rmse), (e.Coverage90, a.Coverage90), (e.HalfWidth90, a.HalfWidth90) })
                Assert.Equal(x, y, 1e-4);
        }

        Assert.Equal(expected.Reconstruction.Mae, result.Report.Reconstruction.Mae, 1e-6);
        Assert.Equal(expected.Styles.MaxInterstyle, result.Report.Styles.MaxInterstyle, 1e-3);
        Assert.Equal(72, result.Report.Descriptors["CN"].LabelledRows);
    }

    [Fact]
    public void EvaluateModel_counts_rows_without_a_prediction_and_refuses_what_it_cannot_score()
    {
        using var temporary = new TemporaryFolder();
        string folder = Fixture.Folder(temporary);
        var rows = Fixture.Rows(20);
        rows[4].Spectrum[2] = float.NaN;
        var data = _ml.Data.LoadFromEnumerable(rows);
        data = _ml.Transforms.DropColumns("Styles").Append(_ml.Transforms.Conversion.ConvertType("CT", "Number")).Fit(data).Transform(data);
        using var pipeline = XanesPipeline.ForModel(_ml, folder).Fit(data);
        var result = _ml.EvaluateModel(pipeline.Transform(data), folder);
        Assert.Equal((19, 1L, 0), (result.Report.Rows, result.Unpredicted, result.Report.Descriptors["CN"].LabelledRows));
        var unlabelled = _ml.Transforms.DropColumns("CT").Fit(data).Transform(data);
        using var other = XanesPipeline.ForModel(_ml, folder).Fit(unlabelled);
        Assert.Contains("CT, CN", Assert.Throws<XanesDataException>(() => _ml.EvaluateModel(other.Transform(unlabelled), folder)).Message, StringComparison.Ordinal);
        Assert.Equal("ModelSpectrum", Assert.Throws<XanesDataException>(() => _ml.EvaluateModel(data, folder)).Column);
        Assert.Contains("no row has a prediction", Assert.Throws<XanesDataException>(() => _ml.EvaluateModel(_ml.Data.SkipRows(pipeline.Transform(data), 20), folder)).Message, StringComparison.Ordinal);
    }

    private IDataView Labelled(int count)
    {
        var data = _ml.Data.LoadFromSpectraTable(Fixture.Table(count));
        var xanes = _ml.Transforms.Xanes();
        var steps = xanes.EncodeStyles("Z", "Spectrum", Fixture.Bare("encoder.onnx")).Append(xanes.SelectDescriptor("Target", "Z", "Style3"));
        return _ml.Data.Cache(steps.Fit(data).Transform(data), "MaterialId", "Spectrum", "Target");
    }

    private sealed class OnnxRow
    {
        // The stock step wants the column to be called as the graph's input is.
        public float[] spectrum { get; set; } = [];
    }
}
