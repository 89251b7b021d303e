using Microsoft.ML;
using XanesMl.Spectra;
using XanesMl.Transforms.Evaluation;
using XanesMl.Transforms.Tests.Support;
using Xunit;

namespace XanesMl.Transforms.Tests.Evaluation;

/// <summary>ML.NET's metrics on descriptor vectors against the formulas.</summary>
public sealed class XanesEvaluationTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Metrics_are_the_plain_formulas_over_rows_that_have_a_label()
    {
        var table = Fixture.Table(60);
        var view = _ml.Data.LoadFromSpectraTable(table);
        using var step = _ml.Transforms.Xanes().PredictDescriptors("Spectrum", Fixture.Model("predictor.onnx")).Fit(view);
        var predicted = step.Transform(view);
        var vectors = Views.Read(predicted, "Descriptors").ConvertAll(r => (float[])r[0]);
        var metrics = _ml.EvaluateDescriptors(predicted, ["CT", "CN"]);
        Assert.Equal(["CT", "CN"], metrics.Select(m => m.Descriptor));
        for (int k = 0; k < 2; k++)
        {
            int[] rows = [.. Enumerable.Range(0, 60).Where(i => !float.IsNaN(table.Descriptor(i, k)))];
            double[] label = [.. rows.Select(i => (double)table.Descriptor(i, k))], error = [.. rows.Select(i => vectors[i][k] - (double)table.Descriptor(i, k))];
            double mean = label.Average(), square = error.Sum(e => e * e);
            Assert.Equal((rows.Length, 60 - rows.Length, 0), (metrics[k].Rows, metrics[k].Unlabelled, metrics[k].Unpredicted));
            Assert.Equal(error.Average(Math.Abs), metrics[k].MeanAbsoluteError, 1e-6);
            Assert.Equal(Math.Sqrt(square / rows.Length), metrics[k].RootMeanSquaredError, 1e-6);
            Assert.Equal(1 - (square / label.Sum(l => (l - mean) * (l - mean))), metrics[k].RSquared, 1e-5);
        }

        Assert.Equal(48, metrics[1].Rows);
    }

    [Fact]
    public void A_spectrum_with_a_missing_value_is_counted_not_averaged_in()
    {
        var rows = Fixture.Rows(20);
        rows[3].Spectrum[0] = float.NaN;
        IDataView data = _ml.Data.LoadFromEnumerable(rows);
        data = _ml.Transforms.Conversion.ConvertType("CT", "Number").Fit(data).Transform(data);
        using var step = _ml.Transforms.Xanes().PredictDescriptors("Spectrum", Fixture.Model("predictor.onnx"), new DescriptorColumns { Styles = null }).Fit(data);
        var m = Assert.Single(_ml.EvaluateDescriptors(step.Transform(data), ["CT"]));
        Assert.Equal((19, 0, 1), (m.Rows, m.Unlabelled, m.Unpredicted));
        Assert.True(double.IsFinite(m.MeanAbsoluteError));
    }

    [Fact]
    public void What_cannot_be_evaluated_is_refused()
    {
        var t = Fixture.Table(4);
        var view = _ml.Data.LoadFromSpectraTable(new SpectraTable(t.Grid, t.Spectra.ToArray(), ["CT"], [float.NaN, float.NaN, float.NaN, float.NaN], [.. t.Materials], [.. t.Sites], [.. t.Elements]));
        using var step = _ml.Transforms.Xanes().PredictDescriptors("Spectrum", Fixture.Model("predictor.onnx")).Fit(view);
        var predicted = step.Transform(view);
        Assert.Contains("4 without label", Assert.Throws<XanesDataException>(() => _ml.EvaluateDescriptors(predicted, ["CT"])).Message, StringComparison.Ordinal);
        Assert.Equal("OS", Assert.Throws<XanesDataException>(() => _ml.EvaluateDescriptors(predicted, ["OS"])).Column);
        Assert.Throws<XanesDataException>(() => _ml.EvaluateDescriptors(predicted, []));
        Assert.Contains("no slot 'CT'", Assert.Throws<XanesDataException>(() => _ml.EvaluateDescriptors(predicted, ["CT"], "Styles")).Message, StringComparison.Ordinal);
    }
}
