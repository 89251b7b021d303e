using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Inference.Domain;
using XanesMl.Inference.Models;
using XanesMl.Spectra;
using XanesMl.Transforms.Scoring;
using XanesMl.Transforms.Tests.Support;
using Xunit;

namespace XanesMl.Transforms.Tests.Scoring;

/// <summary>Reconstruction error, percentile and verdict; and the spectral variation.</summary>
public sealed class JudgementTests
{
    private readonly MLContext _ml = new(seed: 1);

    // Oracle: the Inference room's domain check with the same thresholds on the same model's numbers.
    [Fact]
    public void Percentile_verdict_and_reasons_are_the_domain_checks()
    {
        var view = _ml.Data.LoadFromEnumerable(Fixture.Rows(40));
        using var predict = _ml.Transforms.Xanes().PredictDescriptors("Spectrum", Fixture.Judging()).Fit(_ml.Transforms.DropColumns("Styles").Fit(view).Transform(view));
        var plain = Views.Read(predict.Transform(_ml.Transforms.DropColumns("Styles").Fit(view).Transform(view)), "Styles", "ReconstructionError", "Verdict");
        using var step = _ml.Transforms.Xanes().ReconstructionError("Spectrum", Fixture.Judging()).Fit(view);
        var rows = Views.Read(step.Transform(view), "ReconstructionError", "ErrorPercentile", "Verdict", "VerdictReasons");
        var check = new DomainCheck(Fixture.Thresholds);
        for (int i = 0; i < rows.Count; i++)
        {
            var expected = check.Assess((float[])plain[i][0], (float)plain[i][1]);
            Assert.Equal((float)plain[i][1], (float)rows[i][0], 1e-6f);
            Assert.Equal(expected.ErrorPercentile, (float)rows[i][1], 1e-3);
            Assert.Equal((expected.Verdict.ToText(), expected.Verdict.ToText()), ((string)plain[i][2], (string)rows[i][2]));
            Assert.Equal(string.Join("; ", expected.Reasons), rows[i][3]);
        }

        Assert.Equal(3, rows.Select(r => (string)r[2]).Distinct().Count());
    }

    [Fact]
    public void A_spectrum_with_a_value_that_is_not_finite_has_no_percentile_and_is_not_trusted()
    {
        var rows = Fixture.Rows(2);
        rows[1].Spectrum[3] = float.NaN;
        var view = _ml.Data.LoadFromEnumerable(rows);
        using var step = _ml.Transforms.Xanes().ReconstructionError("Spectrum", Fixture.Judging()).Fit(view);
        var read = Views.Read(step.Transform(view), "ReconstructionError", "ErrorPercentile", "Verdict", "VerdictReasons")[1];
        Assert.True(float.IsNaN((float)read[0]) && float.IsNaN((float)read[1]));
        Assert.Equal((Verdict.OutOfDomain.ToText(), "the spectrum has a value that is not finite"), ((string)read[2], (string)read[3]));
    }

    [Fact]
    public void A_model_without_thresholds_checks_nothing_and_says_so()
    {
        var view = _ml.Data.LoadFromEnumerable(Fixture.Rows(1));
        using var step = _ml.Transforms.Xanes().ReconstructionError("Spectrum", Fixture.Bare("predictor.onnx"), new ReconstructionErrorColumns { Error = null }).Fit(view);
        var row = Views.Read(step.Transform(view), "ErrorPercentile", "Verdict")[0];
        Assert.True(float.IsNaN((float)row[0]));
        Assert.Equal(Verdict.NotChecked.ToText(), row[1]);
        Assert.Null(step.GetOutputSchema(view.Schema).GetColumnOrNull("ReconstructionError"));
    }

    // Oracle: the decoding step, one style vector at a time.
    [Fact]
    public void A_variation_is_the_decoded_sweep_of_the_rows_own_styles()
    {
        var view = _ml.Data.LoadFromEnumerable(Fixture.Rows(5));
        using var step = _ml.Transforms.Xanes().VarySpectrum(Fixture.Model("decoder.onnx"), new VarySpectrumOptions { Descriptor = "CN", Low = -2, High = 1, Steps = 4 }).Fit(view);
        Assert.Equal([-2.0, -1, 0, 1], step.SweepValues);
        var schema = step.GetOutputSchema(view.Schema);
        Assert.Equal("Vector<Single, 4, 12>", schema["Variation"].Type.ToString());
        Assert.Equal(["CN=-2 ENE_8985.000", "CN=-2 ENE_8986.000"], EstimatorConformance.SlotNames(schema["Variation"])[..2]);
        Assert.Equal("CN=1 ENE_8996.000", EstimatorConformance.SlotNames(schema["Variation"])[^1]);
        Assert.Equal("ENE_8985.000", EstimatorConformance.SlotNames(schema["Residual"])[0]);
        var rows = Views.Read(step.Transform(view), "Styles", "Variation", "Residual");
        using var decode = _ml.Transforms.Xanes().DecodeSpectrum("Decoded", "Styles", Fixture.Bare("decoder.onnx")).Fit(view);
        for (int i = 0; i < rows.Count; i++)
        {
            float[] own = (float[])rows[i][0], matrix = (float[])rows[i][1], residual = (float[])rows[i][2];
            var swept = Fixture.Rows(4);
            for (int j = 0; j < 4; j++)
                swept[j].Styles = [own[0], -2 + j, own[2]];
            float[] expected = [.. _ml.Data.LoadFromEnumerable(swept) is var data ? Views.Read(decode.Transform(data), "Decoded").SelectMany(r => (float[])r[0]) : []];
            Assert.Equal(48, expected.Length);
            for (int p = 0; p < 48; p++)
                Assert.Equal(expected[p], matrix[p], 1e-6f);
            for (int p = 0; p < 12; p++)
                Assert.Equal(matrix[36 + p] - matrix[p], residual[p]);
        }

        Assert.NotEqual(rows[0][1], rows[1][1]);
    }

    [Fact]
    public void Without_styles_the_others_are_zero_and_the_decoder_runs_once()
    {
        var view = _ml.Data.LoadFromEnumerable(Fixture.Rows(30));
        using var step = _ml.Transforms.Xanes().VarySpectrum(Fixture.Bare("decoder.onnx"), new VarySpectrumOptions { Style = 3, Styles = null, Low = -1, High = 1, Steps = 3 }).Fit(view);
        Assert.Equal("Style3", step.StyleName);
        var rows = Views.Read(step.Transform(view), "Variation");
        Assert.Equal(1, step.Scorer.Runs);
        Assert.All(rows, r => Assert.Equal(rows[0][0], r[0]));
        var zero = Fixture.Rows(1);
        zero[0].Styles = [0, 0, -1];
        var data = _ml.Data.LoadFromEnumerable(zero);
        using var decode = _ml.Transforms.Xanes().DecodeSpectrum("Decoded", "Styles", Fixture.Bare("decoder.onnx")).Fit(data);
        float[] expected = (float[])Views.Read(decode.Transform(data), "Decoded")[0][0];
        for (int p = 0; p < 12; p++)
            Assert.Equal(expected[p], ((float[])rows[0][0])[p], 1e-6f);
    }

    [Fact]
    public void What_cannot_be_varied_is_refused()
    {
        var xanes = _ml.Transforms.Xanes();
        var decoder = Fixture.Model("decoder.onnx");
        Refused(new VarySpectrumOptions(), "not said");
        Refused(new VarySpectrumOptions { Style = 1, Descriptor = "CT" }, "said twice");
        Refused(new VarySpectrumOptions { Descriptor = "OS" }, "CT, CN, Style3");
        Refused(new VarySpectrumOptions { Style = 4 }, "there is no style 4");
        Refused(new VarySpectrumOptions { Style = 0 }, "there is no style 0");
        Refused(new VarySpectrumOptions { Style = 1, Steps = 1 }, "the steps are 1");
        Refused(new VarySpectrumOptions { Style = 1, Low = 1, High = 1 }, "the range is 1 to 1");
        Refused(new VarySpectrumOptions { Style = 1, Variation = null, Residual = null }, "no output column");

        void Refused(VarySpectrumOptions options, string message) =>
            Assert.Contains(message, Assert.Throws<XanesDataException>(() => xanes.VarySpectrum(decoder, options)).Message, StringComparison.Ordinal);
    }
}
