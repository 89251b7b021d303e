using XanesMl.Inference.Alignment;
using XanesMl.Inference.Domain;
using XanesMl.Inference.Measured;
using XanesMl.Inference.Predictions;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra.Measured;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Inference.Tests.Domain;

/// <summary>docs/domain.md: its figures stand in the committed result, its limits in the code, and its snippet runs.</summary>
public sealed class DomainPageTests
{
    private static string Page { get; } = File.ReadAllText(SharedData.Repository("docs", "domain.md"));

    /// <summary>The sections of the result, below its heading, stand in the page as they are.</summary>
    [Fact]
    public void The_page_shows_the_committed_result()
    {
        string result = File.ReadAllText(SharedData.Repository("bench", "Results", "domain.md"));
        string sections = result[result.IndexOf("## Misses", StringComparison.Ordinal)..].TrimEnd('\n');
        Assert.Contains(sections, Page, StringComparison.Ordinal);
    }

    /// <summary>Wherever 90 % intervals are promised, the same sentence says what they are worth on measured spectra.</summary>
    [Theory]
    [InlineData("README.md", "measured on simulated spectra")]
    [InlineData("docs/edge.md", "on measured ones it covers less")]
    [InlineData("docs/edge-serve.md", "on measured ones they cover less")]
    [InlineData("src/Edge/Serving/Page/index.html", "on measured ones they cover less")]
    [InlineData("src/Edge/Serving/Page/openapi.json", "on measured ones it covers less")]
    public void Pages_say_what_intervals_are_worth(string page, string words) =>
        Assert.Contains(words, File.ReadAllText(SharedData.Repository(page.Split('/'))), StringComparison.Ordinal);

    [Fact]
    public void Its_words_are_those_of_the_verdicts()
    {
        string table = Page.Split("| verdict | what it says")[1].Split("\n\n")[0];
        Assert.Equal(Enum.GetValues<Verdict>().Select(v => v.ToText()), table.Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal)).Select(l => l.Split('`')[1]));
    }

    [Fact]
    public void Its_limits_are_those_of_the_code()
    {
        foreach (FormattableString text in new FormattableString[]
        {
            $"from {ElementIdentification.Below} eV below to {ElementIdentification.Above} eV above the tabulated K edge",
            $"from {SpectrumIdentityCheck.EdgeBelow} eV below to {SpectrumIdentityCheck.EdgeAbove} eV above the tabulated edge",
            $"from {RangeCheck.BeforeForAnAnswer} eV before to {RangeCheck.AfterForAnAnswer} eV after its edge",
            $"less than {RangeCheck.BeforeForOk} eV before or {RangeCheck.AfterForOk} eV after it",
            $"{100 * RangeCheck.CoverageForOk} % of them", $"Below a correlation of {ModelAligner.PoorCorrelation}", $"Fewer than {MeasuredThresholdsBuilder.EnoughRows} rows have no such quantile",
        })
            Assert.Contains(FormattableString.Invariant(text), Page, StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant($"**Measure to {RangeCheck.AfterForOk} eV after the edge or further**"), File.ReadAllText(SharedData.Repository("docs", "edge.md")), StringComparison.Ordinal);
    }

    /// <summary>Oracle: the snippet's text, compared with the page; and a spectrum of another element in a file of columns.</summary>
    [Fact]
    public void The_snippet_runs()
    {
        using var temporary = new TemporaryFolder();
        string folder = SharedData.Repository("models", "Cu"), path = temporary.File("iron.xmu");
        File.WriteAllLines(path, Enumerable.Range(0, 600).Select(i => FormattableString.Invariant($"{7000 + (0.7 * i)} {1 / (1 + Math.Exp((7112 - 7000 - (0.7 * i)) / 1.5)) + 0.2}")));
        var written = new StringWriter();
        var console = Console.Out;
        Console.SetOut(written);
        try
        {
            Snippet(folder, path);
        }
        finally
        {
            Console.SetOut(console);
        }

        Assert.StartsWith("iron: wrong-element-or-edge ", written.ToString(), StringComparison.Ordinal);
        string source = File.ReadAllText(SharedData.Repository("tests", "Inference", "Domain", "DomainPageTests.cs"));
        string body = source.Split("private static void Snippet(string folder, string path)\n    {\n")[1].Split("\n    }\n")[0];
        string expected = string.Join('\n', body.Split('\n').Select(l => l.StartsWith("        ", StringComparison.Ordinal) ? l[8..] : l));
        Assert.Contains("<!-- run -->\n```csharp\n" + expected + "\n```", Page, StringComparison.Ordinal);
    }

    private static void Snippet(string folder, string path)
    {
        using var model = SpectrumModel.Open(folder);
        var predictor = new MeasuredPredictor(model);
        foreach (var spectrum in MeasuredSpectrumReader.Read(path))
        {
            SpectrumPrediction p = predictor.Predict(spectrum).Prediction;
            Console.WriteLine($"{spectrum.Name}: {p.Verdict.ToText()} {string.Join("; ", p.Reasons)}");
        }
    }
}
