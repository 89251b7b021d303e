using System.Text.Json;
using Xunit;
using XanesMl.Inference.Evaluation;
using XanesMl.Inference.Models;
using XanesMl.Spectra;

namespace XanesMl.Inference.Tests.Evaluation;

public class ModelEvaluatorTests
{
    private const int Rows = 40, Points = 7, Styles = 3;

    [Fact]
    public void Scores_are_those_of_numpy_and_scipy()
    {
        // Oracle: numpy 1.24.2, scipy 1.10.1, scikit-learn 1.2.1 on the same float32 arrays; i = arange(1, 41), j = arange(1, 8):
        // z = [sin(1.1 i), cos(0.9 i^2), sin(2.3 i) + 0.5 sin(1.1 i)]; x_ij = 1 + sin(i j); r_ij = x_ij + 0.1 cos(0.5 i + j) i / 40;
        // CT = z0 + 0.3 cos(3 i), missing in every 7th row; CN = clip(round(5 + z1 + 0.5 sin(5 i)), 3, 6);
        // predictions [0.9 z0, 5 + z1]; half widths 0.3, 0.8; thresholds -0.4, 0.5 of classes 4, 5, 6.
        var report = ModelEvaluator.Evaluate(Input());
        Assert.Equal(Rows, report.Rows);
        Assert.Equal(["CT", "CN"], report.Descriptors.Keys);
        var ct = report.Descriptors["CT"];
        Near(EvaluatorOracle.Ct, [ct.Spearman, ct.Kendall, ct.LinearR2, ct.R2, ct.Mae, ct.Rmse, ct.Coverage90]);
        Assert.Equal(35, ct.LabelledRows);
        Assert.Equal("e", ct.Unit);
        Assert.Null(ct.Baseline);
        var cn = report.Descriptors["CN"];
        Near(EvaluatorOracle.CnDescriptor, [cn.Spearman, cn.Kendall, cn.LinearR2, cn.R2, cn.Mae, cn.Rmse, cn.Coverage90]);
        Assert.NotNull(report.Cn);
        Assert.Equal(EvaluatorOracle.Confusion, report.Cn.Confusion.Select(r => r.ToArray()).ToArray());
        Near(EvaluatorOracle.Classes, [report.Cn.F1Weighted, report.Cn.Rows]);
        Near(EvaluatorOracle.Reconstruction, [report.Reconstruction.Mae, report.Reconstruction.MaeStd]);
        Near(EvaluatorOracle.Styles, [report.Styles.MaxInterstyle, report.Styles.MaxFree]);
        Assert.All(EvaluatorOracle.Shapiro.Zip(report.Styles.Shapiro), p => Assert.Equal(p.First, p.Second, 2e-6));
    }

    [Fact]
    public void A_model_without_labels_still_gets_its_reconstruction_and_styles()
    {
        var report = ModelEvaluator.Evaluate(Input() with { Descriptors = [], Values = default, Predictions = default, HalfWidths = [], Thresholds = null });
        Assert.Empty(report.Descriptors);
        Assert.Null(report.Cn);
        Assert.True(report.Reconstruction.Mae > 0);
        Assert.True(double.IsNaN(report.Styles.MaxFree));
        Assert.InRange(report.Styles.MaxInterstyle, 0, 1);
    }

    [Fact]
    public void A_model_without_calibration_is_ranked_but_not_measured()
    {
        var ct = ModelEvaluator.Evaluate(Input() with { Predictions = default, HalfWidths = [] }).Descriptors["CT"];
        Assert.InRange(ct.Spearman, 0.9, 1);
        Assert.True(double.IsNaN(ct.Mae) && double.IsNaN(ct.Coverage90) && double.IsNaN(ct.HalfWidth90));
    }

    [Fact]
    public void A_collapsed_style_has_no_normality_and_no_correlation()
    {
        float[] styles = new float[Rows * 2];
        for (int i = 0; i < Rows; i++)
            styles[2 * i] = MathF.Sin(i);
        var s = StyleEvaluation.Of(styles, 2, 1);
        Assert.InRange(s.Shapiro[0], 0.5, 1);
        Assert.True(double.IsNaN(s.Shapiro[1]) && double.IsNaN(s.MaxInterstyle) && double.IsNaN(s.MaxFree));
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_refused()
    {
        var good = Input();
        Refused("no row", good with { Spectra = default });
        Refused("rows of styles", good with { Styles = good.Styles[..^3] });
        Refused("rows of reconstruction", good with { Reconstruction = good.Reconstruction[..^Points] });
        Refused("rows of descriptor values", good with { Values = good.Values[..^2] });
        Refused("rows of predictions", good with { Predictions = good.Predictions[..^2] });
        Refused("half widths", good with { HalfWidths = [1] });
        Refused("descriptors for 1 styles", good with { StyleCount = 1, Styles = good.Styles[..Rows] });
        Refused("repeat", good with { Descriptors = [good.Descriptors[0], good.Descriptors[0]] });
        Refused("'XX'", good with { Thresholds = new ClassThresholds("XX", [4, 5], [0]) });
        Refused("do not fill rows", good with { PointCount = 11 });

        static void Refused(string expected, EvaluationInput input) =>
            Assert.Contains(expected, Assert.Throws<XanesDataException>(() => ModelEvaluator.Evaluate(input)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_json_has_exactly_the_promised_keys()
    {
        var baseline = new DescriptorBaseline(new ConstantBaseline(1), new PredictorBaseline(0.5, 2, 0.25), new PredictorBaseline(0.25, 3, double.NaN));
        var report = (ModelEvaluator.Evaluate(Input()) with { Provenance = new Dictionary<string, string> { ["Seed"] = "3" } })
            .WithBaselines(new Dictionary<string, DescriptorBaseline> { ["CT"] = baseline }, 0.03);
        using var json = JsonDocument.Parse(MetricsJson.Serialize(report));
        var root = json.RootElement;
        Assert.Equal(["split", "rows", "descriptors", "cn", "reconstruction", "styles", "provenance"], Keys(root));
        var ct = root.GetProperty("descriptors").GetProperty("CT");
        Assert.Equal(["spearman", "kendall", "linear_r2", "r2", "mae", "rmse", "coverage90", "half_width90", "labelled_rows", "unit", "baseline"], Keys(ct));
        Assert.Equal(["constant", "knn5", "ridge"], Keys(ct.GetProperty("baseline")));
        Assert.Equal(["mae"], Keys(ct.GetProperty("baseline").GetProperty("constant")));
        Assert.Equal(["spearman", "mae", "r2"], Keys(ct.GetProperty("baseline").GetProperty("ridge")));
        Assert.Equal(JsonValueKind.Null, ct.GetProperty("baseline").GetProperty("ridge").GetProperty("r2").ValueKind);
        Assert.Equal(["f1_weighted", "f1", "confusion", "classes", "thresholds", "rows"], Keys(root.GetProperty("cn")));
        Assert.Equal(3, root.GetProperty("cn").GetProperty("confusion")[2].GetArrayLength());
        Assert.Equal(["mae", "mae_std", "pca_mae"], Keys(root.GetProperty("reconstruction")));
        Assert.Equal(["shapiro", "max_interstyle", "max_free"], Keys(root.GetProperty("styles")));
        Assert.Equal("3", root.GetProperty("provenance").GetProperty("Seed").GetString());

        static string[] Keys(JsonElement e) => [.. e.EnumerateObject().Select(p => p.Name)];
    }

    [Fact]
    public void A_report_survives_the_file()
    {
        string folder = Directory.CreateTempSubdirectory("xanesml-metrics").FullName;
        try
        {
            string path = Path.Combine(folder, "metrics.json");
            var report = ModelEvaluator.Evaluate(Input() with { Predictions = default });
            File.WriteAllText(path, "old");
            MetricsJson.Write(path, report);
            Assert.Equal([path], Directory.GetFiles(folder));
            var again = MetricsJson.Read(path);
            Assert.Equal(MetricsJson.Serialize(report), MetricsJson.Serialize(again));
            Assert.True(double.IsNaN(again.Descriptors["CT"].Mae));
            Assert.Equal(report.Descriptors["CT"].Spearman, again.Descriptors["CT"].Spearman);
            Assert.Contains("metrics.jsonx", Assert.Throws<XanesDataException>(() => MetricsJson.Read(path + "x")).Message);
            Assert.Throws<XanesDataException>(() => MetricsJson.Read(folder));
            Assert.Throws<XanesDataException>(() => MetricsJson.Write(Path.Combine(folder, "absent", "m.json"), report));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("{}")]
    [InlineData("{\"split\": \"test\"")]
    [InlineData("{\"split\": null, \"rows\": 1, \"descriptors\": {}, \"reconstruction\": {\"mae\": 1, \"mae_std\": 1}, \"styles\": {\"shapiro\": [], \"max_interstyle\": 0, \"max_free\": 0}}")]
    [InlineData("{\"split\": \"test\", \"rows\": \"x\", \"descriptors\": {}, \"reconstruction\": {\"mae\": 1, \"mae_std\": 1}, \"styles\": {\"shapiro\": [], \"max_interstyle\": 0, \"max_free\": 0}}")]
    [InlineData("{\"split\": \"test\", \"rows\": 1, \"descriptors\": {}, \"reconstruction\": {\"mae\": \"x\", \"mae_std\": 1}, \"styles\": {\"shapiro\": [], \"max_interstyle\": 0, \"max_free\": 0}}")]
    [InlineData("{\"split\": \"test\", \"rows\": 1, \"descriptors\": {}, \"reconstruction\": {\"mae\": 1, \"mae_std\": 1}}")]
    public void Damaged_json_is_refused_with_its_source(string json) =>
        Assert.StartsWith("m.json", Assert.Throws<XanesDataException>(() => MetricsJson.Parse(json, "m.json")).Message, StringComparison.Ordinal);

    [Fact]
    public void The_example_of_the_documentation_is_a_report_without_unknown_keys()
    {
        string page = File.ReadAllText(TestSupport.SharedData.Repository("docs", "evaluation.md"));
        string example = page.Split("```json")[1].Split("```")[0];
        using var expected = JsonDocument.Parse(example);
        using var actual = JsonDocument.Parse(MetricsJson.Serialize(MetricsJson.Parse(example)));
        Assert.True(JsonElement.DeepEquals(expected.RootElement, actual.RootElement));
    }

    [Fact]
    public void Unknown_keys_are_ignored()
    {
        const string json = """{"split": "test", "new": [1], "rows": 1, "descriptors": {}, "reconstruction": {"mae": null, "mae_std": 1, "x": 1}, "styles": {"shapiro": [null], "max_interstyle": 0, "max_free": 0}}""";
        var report = MetricsJson.Parse(json);
        Assert.True(double.IsNaN(report.Reconstruction.Mae));
        Assert.True(double.IsNaN(report.Styles.Shapiro[0]));
    }

    private static EvaluationInput Input()
    {
        var spectra = new float[Rows * Points];
        var reconstruction = new float[Rows * Points];
        var styles = new float[Rows * Styles];
        var values = new float[Rows * 2];
        var predictions = new float[Rows * 2];
        for (int i = 1; i <= Rows; i++)
        {
            double z0 = Math.Sin(1.1 * i), z1 = Math.Cos(0.9 * i * i), z2 = Math.Sin(2.3 * i) + (0.5 * z0);
            (styles[3 * i - 3], styles[3 * i - 2], styles[3 * i - 1]) = ((float)z0, (float)z1, (float)z2);
            values[2 * i - 2] = i % 7 == 0 ? float.NaN : (float)(z0 + (0.3 * Math.Cos(3 * i)));
            values[2 * i - 1] = (float)Math.Clamp(Math.Round(5 + z1 + (0.5 * Math.Sin(5 * i))), 3, 6);
            predictions[2 * i - 2] = (float)(0.9 * z0);
            predictions[2 * i - 1] = (float)(5 + z1);
            for (int j = 1; j <= Points; j++)
            {
                double x = 1 + Math.Sin(i * j);
                spectra[((i - 1) * Points) + j - 1] = (float)x;
                reconstruction[((i - 1) * Points) + j - 1] = (float)(x + (0.1 * Math.Cos((0.5 * i) + j) * i / 40));
            }
        }

        return new EvaluationInput
        {
            Split = "test",
            PointCount = Points,
            StyleCount = Styles,
            Spectra = spectra,
            Reconstruction = reconstruction,
            Styles = styles,
            Descriptors = [new DescriptorInfo("CT", "e", "charge transfer", 0, 1), new DescriptorInfo("CN", "", "coordination number", 3, 6)],
            Values = values,
            Predictions = predictions,
            HalfWidths = [0.3, 0.8],
            Thresholds = new ClassThresholds("CN", [4, 5, 6], [-0.4, 0.5]),
        };
    }

    private static void Near(double[] expected, double[] actual)
    {
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 1e-7);
        Assert.Equal(expected.Length, actual.Length);
    }
}
