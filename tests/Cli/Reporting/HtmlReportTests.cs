using XanesMl.Cli.Plotting;
using XanesMl.Cli.Reporting;
using XanesMl.Inference.Models;
using XanesMl.Training.Runs;

namespace XanesMl.Cli.Tests.Reporting;

public sealed class HtmlReportTests
{
    private static ModelMetadata Model(string name) => new()
    {
        FormatVersion = 1, Name = name, Elements = ["Cu"], Edge = "K", EnergyAxis = EnergyAxis.Absolute, Energies = [8985, 8986, 8987],
        EdgeReferences = new Dictionary<string, double> { ["Cu"] = 8979 }, Normalization = NormalizationPolicy.Simulated,
        Descriptors = [new("CT", "e", "charge transfer", 0, 2), new("CN", "", "neighbours", 4, 6)], StyleCount = 3, Calibrations = [],
        Provenance = new Provenance
        {
            Origin = "trained", DataHash = "0123456789abcdef", SplitRows = [70, 15, 24], SplitKind = "grouped", SplitSeed = 3, TrialSeeds = [2, 1],
            Configuration = "batch_size: 32\n", XanesMlVersion = "0.1.0", DataNotice = "Notice <of> the data",
        },
    };

    private static string Create(string name = "Cu") => HtmlReport.Create(new ReportContent
    {
        Model = Model(name),
        ModelId = "abcdef012345",
        Scores = SampleReport.Create(),
        Trials = [new(0, 1, 100, 90, 0.5, null, -0.2, 2), new(1, 2, 100, 80, 0.6, null, 0.2, 1), new(2, 3, 12, 0, double.NaN, "rank loss is NaN", double.NaN, 0)],
        Figures = [ReconstructionFigure.Create([1, 2, 3], false, [new("best", [0, 1, 1], [0, 1, 1.1], 0.03)]), ReconstructionFigure.Create([1, 2, 3], false, [new("worst", [0, 1, 1], [0, 1, 2], 0.3)])],
        Checks = [("ONNX Runtime against TorchSharp", "largest difference 1.0e-6")],
    });

    [Fact]
    public void Page_stands_alone_and_tells_split_seeds_baselines_and_where_it_is_worse()
    {
        string page = Create();
        foreach (string link in new[] { "src=\"http", "href=\"http", "<link", "<script", "@import" })
            Assert.DoesNotContain(link, page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Split grouped with seed 3: 70 train, 15 validation and 24 test rows", page, StringComparison.Ordinal);
        Assert.Contains("seeds 2, 1", page, StringComparison.Ordinal);
        Assert.Contains("<tr class=\"worse\"><td>CN</td>", page, StringComparison.Ordinal);
        Assert.Contains("<tr><td>CT</td>", page, StringComparison.Ordinal);
        Assert.Contains("failed: rank loss is NaN", page, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", page, StringComparison.Ordinal);
        Assert.Equal(2, page.Split("role=\"img\" aria-label=\"").Length - 1);
        Assert.InRange(page.Length, 1000, 5_000_000);
    }

    [Fact]
    public void Text_of_the_model_is_encoded()
    {
        string page = Create("<script>alert(1)</script>");
        Assert.DoesNotContain("<script>", page, StringComparison.Ordinal);
        Assert.Contains("Notice &lt;of&gt; the data", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Ids_of_two_drawings_do_not_meet()
    {
        string[] ids = [.. System.Text.RegularExpressions.Regex.Matches(Create(), " id=\"([^\"]+)\"").Select(m => m.Groups[1].Value)];
        Assert.NotEmpty(ids);
        Assert.Equal(ids.Length, ids.Distinct().Count());
    }
}
