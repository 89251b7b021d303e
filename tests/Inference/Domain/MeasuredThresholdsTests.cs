using System.Text;
using XanesMl.Inference.Domain;
using XanesMl.Inference.Models;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Inference.Tests.Domain;

public sealed class MeasuredThresholdsTests
{
    private static readonly MeasuredThresholds s_limits = new() { ReconstructionErrorLimit = 0.1, MahalanobisLimit = 5, StyleMargin = 0.1, CorrelationLimit = 0.98, EarlyAbsorptionLimit = 0.2 };

    private static DomainThresholds Thresholds { get; } = TinyModel.Metadata().Domain!;

    /// <summary>Styles of the tiny model fill [-2, 2]: a margin of 0.1 reaches to 2.4.</summary>
    [Theory]
    [InlineData(0, 0.05, 0.99, 0.1, Verdict.Ok, "")]
    [InlineData(2.3f, 0.05, 0.99, 0.1, Verdict.Ok, "")]
    [InlineData(2.5f, 0.05, 0.99, 0.1, Verdict.Extrapolating, "style 1 is 2.5, training covers -2 to 2")]
    [InlineData(0, 0.2, 0.99, 0.1, Verdict.OutOfDomain, "reconstruction error 0.2 is above the limit 0.1")]
    [InlineData(9, 0.05, 0.99, 0.1, Verdict.OutOfDomain, "style distance 6.34 is above the limit 5")]
    [InlineData(0, 0.05, 0.97, 0.1, Verdict.OutOfDomain, "correlation 0.97 with the nearest spectrum that the model can draw is below the limit 0.98")]
    [InlineData(0, 0.05, 0.99, 0.3, Verdict.OutOfDomain, "absorption of 0.3 before the model's first energy is above the limit 0.2")]
    [InlineData(0, 0.05, double.NaN, 0.1, Verdict.OutOfDomain, "correlation NaN")]
    public void AssessMeasured_uses_its_own_limits(float style, double error, double correlation, double early, Verdict verdict, string reason)
    {
        var a = new DomainCheck(Thresholds with { Measured = s_limits }).AssessMeasured([style, 0, 0], error, correlation, early);
        Assert.Equal(verdict, a.Verdict);
        Assert.Contains(reason, string.Join('\n', a.Reasons), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_them_the_limits_for_simulated_spectra_hold()
    {
        var check = new DomainCheck(Thresholds);
        Assert.Equal(check.Assess([0, 0, 0], 0.05).Reasons, check.AssessMeasured([0, 0, 0], 0.05, 0.96, 9).Reasons);
        Assert.Equal(Verdict.OutOfDomain, check.AssessMeasured([0, 0, 0], 0.05, 1, 0).Verdict);
        Assert.Equal(Verdict.NotChecked, new DomainCheck(null).AssessMeasured([0, 0, 0], 0.05, 1, 0).Verdict);
    }

    /// <summary>Alignment warns below 0.95 not to rely on the shift: no verdict may then be ok, with limits, without them, and without any thresholds.</summary>
    [Theory]
    [InlineData(0.9, Verdict.Extrapolating)]
    [InlineData(0.98, Verdict.OutOfDomain)]
    [InlineData(null, Verdict.OutOfDomain)]
    public void What_the_model_cannot_draw_is_never_ok(double? limit, Verdict verdict)
    {
        var check = new DomainCheck(Thresholds with { Measured = limit is { } l ? s_limits with { CorrelationLimit = l } : null });
        foreach (double correlation in new[] { 0.949, limit is null ? double.NaN : 0.949 })
        {
            var a = check.AssessMeasured([0, 0, 0], 0.005, correlation, 0.1);
            Assert.Equal(verdict, a.Verdict);
            Assert.Contains("correlation", Assert.Single(a.Reasons), StringComparison.Ordinal);
        }

        Assert.Equal(limit == 0.98 ? Verdict.OutOfDomain : Verdict.Ok, check.AssessMeasured([0, 0, 0], 0.005, 0.951, 0.1).Verdict);
        Assert.Equal((Verdict.OutOfDomain, Verdict.NotChecked), (new DomainCheck(null).AssessMeasured([0, 0, 0], 0.05, 0.9, 0).Verdict, new DomainCheck(null).AssessMeasured([0, 0, 0], 0.05, 0.96, 0).Verdict));
    }

    [Fact]
    public void Limits_of_few_rows_say_so_where_they_speak()
    {
        DomainAssessment Of(int? rows, double early) => new DomainCheck(Thresholds with { Measured = s_limits with { Rows = rows } }).AssessMeasured([0, 0, 0], 0.05, 0.99, early);
        Assert.Contains(Of(31, 0.3).Reasons, r => r.Contains("rest on 31 rows", StringComparison.Ordinal));
        Assert.Empty(Of(31, 0.1).Reasons);
        Assert.Single(Of(MeasuredThresholdsBuilder.EnoughRows, 0.3).Reasons);
        Assert.Single(Of(null, 0.3).Reasons);
    }

    /// <summary>Oracle: the conformal guarantee. Five independent measures of 31 rows, 2000 times, each with 20 new rows of the same kind: 1 in 32 = 3.1 % pass a limit
    /// (a little more, since the scales are of the same rows); the five sample maxima would let 5 in 36 = 14 % pass.</summary>
    [Fact]
    public void Limits_of_few_rows_alarm_as_often_as_they_promise()
    {
        var random = new Random(5);
        double Draw() => -Math.Log(1 - random.NextDouble());
        int alarms = 0, maxima = 0;
        for (int run = 0; run < 2000; run++)
        {
            double[][] measures = [.. Enumerable.Range(0, 5).Select(m => Enumerable.Range(0, 31).Select(_ => (m + 1) * Draw()).ToArray())];
            double[] limits = MeasuredThresholdsBuilder.OfFew(measures);
            for (int i = 0; i < 20; i++)
            {
                double[] row = [.. Enumerable.Range(0, 5).Select(m => (m + 1) * Draw())];
                alarms += Enumerable.Range(0, 5).Any(m => row[m] > limits[m]) ? 1 : 0;
                maxima += Enumerable.Range(0, 5).Any(m => row[m] > measures[m].Max()) ? 1 : 0;
            }
        }

        Assert.InRange(alarms / 40000.0, 0.025, 0.05);
        Assert.InRange(maxima / 40000.0, 0.12, 0.16);
    }

    /// <summary>Oracle: by hand. 33 rows 0 to 32 of two measures, the second ten times the first: medians 16 and 160, quantiles 0.9 28.8 and 288; the ceil(0.97 * 34) = 33rd score is (32 - 16) / 12.8.</summary>
    [Fact]
    public void Limits_of_few_rows_by_hand()
    {
        double[] first = [.. Enumerable.Range(0, 33).Select(i => (double)i)], limits = MeasuredThresholdsBuilder.OfFew([first, Array.ConvertAll(first, v => 10 * v)]);
        Assert.Equal(32, limits[0], 1e-9);
        Assert.Equal(320, limits[1], 1e-9);
        // one row that stands out in the first measure moves the limit of both: the row's score is theirs in common
        first[32] = 64;
        limits = MeasuredThresholdsBuilder.OfFew([first, Array.ConvertAll(first, v => v == 64 ? 0 : 10 * v)]);
        Assert.Equal(64, limits[0], 1e-9);
        Assert.True(limits[1] > 320);
    }

    [Fact]
    public void They_travel_in_model_json_and_a_folder_without_them_reads_as_before()
    {
        var with = TinyModel.Metadata() with { Domain = Thresholds with { Measured = s_limits } };
        Assert.Equal(s_limits, ModelJson.Parse(ModelJson.Serialize(with), "model.json").Domain!.Measured);
        var counted = with with { Domain = Thresholds with { Measured = s_limits with { Rows = 31 } } };
        Assert.Equal(31, ModelJson.Parse(ModelJson.Serialize(counted), "model.json").Domain!.Measured!.Rows);
        Assert.DoesNotContain("\"rows\"", ModelJson.ToOnnxProperties(with)["xanesml.domain"], StringComparison.Ordinal);
        byte[] without = ModelJson.Serialize(TinyModel.Metadata());
        Assert.Null(ModelJson.Parse(without, "model.json").Domain!.Measured);
        Assert.DoesNotContain("measured", Encoding.UTF8.GetString(without), StringComparison.Ordinal);
        Assert.DoesNotContain("measured", ModelJson.ToOnnxProperties(TinyModel.Metadata())["xanesml.domain"], StringComparison.Ordinal);
        Assert.Contains("\"correlation_limit\":0.98", ModelJson.ToOnnxProperties(with)["xanesml.domain"], StringComparison.Ordinal);
        using var temporary = new TemporaryFolder();
        ModelFolder.Write(temporary.File("m"), with, TinyModel.Files(with));
        using var model = SpectrumModel.Open(temporary.File("m"));
        Assert.Equal(s_limits, model.Metadata.Domain!.Measured);
    }

    [Fact]
    public void Impossible_limits_are_refused()
    {
        void Refuse(MeasuredThresholds m, string message) => Assert.Contains(message,
            Assert.Throws<XanesModelException>(() => ModelJson.Serialize(TinyModel.Metadata() with { Domain = Thresholds with { Measured = m } })).Message, StringComparison.Ordinal);
        Refuse(s_limits with { CorrelationLimit = 1.5 }, "correlation_limit must be from -1 to 1");
        Refuse(s_limits with { CorrelationLimit = double.NaN }, "correlation_limit");
        Refuse(s_limits with { Rows = 0 }, "domain: measured: rows must be 1 or more");
        Refuse(s_limits with { StyleMargin = -1 }, "style_margin must be finite and not negative");
        Refuse(s_limits with { EarlyAbsorptionLimit = double.PositiveInfinity }, "early_absorption_limit");
    }

    /// <summary>Rows that the copper model's decoder draws, so that all of them are of the domain: of 60 one row passes a limit or lies on it, and with other noise about as many.</summary>
    [Fact]
    public void Fit_lets_nearly_all_rows_of_the_domain_pass()
    {
        using var model = SpectrumModel.Open(SharedData.Repository("models", "Cu"));
        var random = new Random(3);
        float[] styles = [.. Enumerable.Range(0, 60 * model.Metadata.StyleCount).Select(_ => (float)(2 * (random.NextDouble() - 0.5)))];
        string[] names = [.. Enumerable.Range(0, 60).Select(i => $"{i}")];
        var table = new SpectraTable(model.Grid, model.DecodeStyles(styles, 60), [], [], names, names, [.. names.Select(_ => "Cu")]);
        var m = MeasuredThresholdsBuilder.Fit(model, model.Metadata.Domain!, table, 1)!;
        Assert.Equal(60, m.Rows);
        Assert.Equal(m, MeasuredThresholdsBuilder.Fit(model, model.Metadata.Domain!, table, 1));
        Assert.InRange(m.CorrelationLimit, 0.9, 1);
        Assert.InRange(m.EarlyAbsorptionLimit, 0.001, 0.6);
        Assert.InRange(m.ReconstructionErrorLimit, 0.005, 0.5);

        var predictor = new XanesMl.Inference.Measured.MeasuredPredictor(model, null, model.Metadata.Domain! with { Measured = m });
        var noise = new Random(9);
        int alarms = Enumerable.Range(0, 60).Count(i => predictor.Predict(XanesMl.Inference.Measured.SimulatedMeasurement.Of(model.Grid, table.Spectrum(i), 2, 0.005, noise, "Cu")).Prediction.Verdict != Verdict.Ok);
        Assert.InRange(alarms, 0, 9);
    }

    [Fact]
    public void Fit_says_nothing_of_rows_without_an_edge_or_of_too_few()
    {
        using var model = SpectrumModel.Open(SharedData.Repository("models", "Cu"));
        string[] names = [.. Enumerable.Range(0, 30).Select(i => $"{i}")];
        var flat = new SpectraTable(model.Grid, new float[30 * model.Grid.Count], [], [], names, names, [.. names.Select(_ => "Cu")]);
        Assert.Null(MeasuredThresholdsBuilder.Fit(model, model.Metadata.Domain!, flat.Select([0, 1, 2]), 1));
    }
}
