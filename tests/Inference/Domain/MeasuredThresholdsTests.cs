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
        Assert.Equal(check.Assess([0, 0, 0], 0.05).Reasons, check.AssessMeasured([0, 0, 0], 0.05, 0.1, 9).Reasons);
        Assert.Equal(Verdict.OutOfDomain, check.AssessMeasured([0, 0, 0], 0.05, 1, 0).Verdict);
        Assert.Equal(Verdict.NotChecked, new DomainCheck(null).AssessMeasured([0, 0, 0], 0.05, 1, 0).Verdict);
    }

    [Fact]
    public void They_travel_in_model_json_and_a_folder_without_them_reads_as_before()
    {
        var with = TinyModel.Metadata() with { Domain = Thresholds with { Measured = s_limits } };
        Assert.Equal(s_limits, ModelJson.Parse(ModelJson.Serialize(with), "model.json").Domain!.Measured);
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
        Refuse(s_limits with { StyleMargin = -1 }, "style_margin must be finite and not negative");
        Refuse(s_limits with { EarlyAbsorptionLimit = double.PositiveInfinity }, "early_absorption_limit");
    }

    /// <summary>Rows that the copper model's decoder draws, so that all of them are of the domain: of 60 at most 3 % (1 row) pass any limit, and with other noise about as many.</summary>
    [Fact]
    public void Fit_lets_nearly_all_rows_of_the_domain_pass()
    {
        using var model = SpectrumModel.Open(SharedData.Repository("models", "Cu"));
        var random = new Random(3);
        float[] styles = [.. Enumerable.Range(0, 60 * model.Metadata.StyleCount).Select(_ => (float)(2 * (random.NextDouble() - 0.5)))];
        string[] names = [.. Enumerable.Range(0, 60).Select(i => $"{i}")];
        var table = new SpectraTable(model.Grid, model.DecodeStyles(styles, 60), [], [], names, names, [.. names.Select(_ => "Cu")]);
        var m = MeasuredThresholdsBuilder.Fit(model, model.Metadata.Domain!, table, 1)!;
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
