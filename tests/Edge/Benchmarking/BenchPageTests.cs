using System.Globalization;
using System.Text.RegularExpressions;
using XanesMl.Edge.Benchmarking;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Edge.Tests.Benchmarking;

/// <summary>The part of docs/edge.md that src/Edge/measure.sh writes is what docs/results/edge.txt says, and that file is what the program prints.</summary>
public sealed partial class BenchPageTests
{
    private static readonly string s_path = SharedData.Repository("docs", "edge.md");
    private static readonly string s_figures = File.ReadAllText(SharedData.Repository("docs", "results", "edge.txt"));

    /// <summary>With XANESML_WRITE_DOCS the page is written instead of compared.</summary>
    [Fact]
    public void The_page_shows_the_figures_and_compares_them_with_the_aims()
    {
        string page = File.ReadAllText(s_path);
        string expected = Bench().Replace(Aims().Replace(page, _ => "<!-- aims-edge -->\n" + Table() + "<!-- /aims-edge -->"), _ => "<!-- bench-edge -->\n```\n" + s_figures + "```\n<!-- /bench-edge -->");
        if (Environment.GetEnvironmentVariable("XANESML_WRITE_DOCS") is { Length: > 0 })
            File.WriteAllText(s_path, expected);
        else
            Assert.Equal(expected, page);
    }

    // Oracle: what the program prints now, with numbers, blanks and the build left out.
    [Fact]
    public void The_figures_have_the_form_that_bench_prints()
    {
        using var output = new MemoryStream();
        using var messages = new StringWriter();
        Assert.Equal(0, EdgeCommandLine.Run(["bench", "--seconds", "0.1", "--starts", "0", "--quiet"], output, messages, messages));
        string printed = System.Text.Encoding.UTF8.GetString(output.ToArray());
        // Cold starts are of the published program; their line has the form of the others.
        var cold = new BenchFigures
        {
            Machine = BenchMachine.Current(), Files = 1, Models = ["Cu"], Warm = new(1000, 1, 1, 1, 1, 1), WarmGivenShift = new(1000, 1, 1, 1, 1, 1), Stages = [], Cold = new(20, 1, 1, 1, 1, 0),
            Encoder = new() { Model = "Cu", MultiplyAdds = 1, GemmGflops = 1, LimitMicroseconds = 1, Ways = [] },
        };
        string[] fabricated = Lines(BenchVerb.Words(cold));
        string[] forms = [.. Lines(printed).Where(l => !l.StartsWith("warm", StringComparison.Ordinal)), .. fabricated.Where(l => l.StartsWith("warm", StringComparison.Ordinal) || l.StartsWith("cold", StringComparison.Ordinal))];
        Assert.Equal(forms.Distinct().Order(StringComparer.Ordinal), Lines(s_figures).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(2, Lines(s_figures).Count(l => l.StartsWith("cold", StringComparison.Ordinal)));
        Assert.DoesNotContain("p99", fabricated.Single(l => l.StartsWith("cold", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    private static string Table()
    {
        string[] builds = ["native AOT", "single file"];
        // One block a build, each beginning with the build's name.
        int second = s_figures.IndexOf(builds[1] + ",", StringComparison.Ordinal);
        Assert.StartsWith(builds[0] + ",", s_figures, StringComparison.Ordinal);
        string[] blocks = [s_figures[..second], s_figures[second..]];
        double[] warm = Each(blocks, BenchVerb.Warm, P99()), given = Each(blocks, BenchVerb.WarmGivenShift, P99()), cold = Each(blocks, BenchVerb.Cold, P50());
        double[] rate = [.. blocks.Select(b => Rate().Matches(b).Max(m => double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture)))];
        string Cell(double value, double aim, string unit, bool least = false) =>
            string.Create(CultureInfo.InvariantCulture, $"{(unit == "ms" ? value.ToString("0.0", CultureInfo.InvariantCulture) + " ms" : value.ToString("#,0", CultureInfo.InvariantCulture) + "/s")}, {((least ? value >= aim : value < aim) ? "reached" : "missed")}");
        return $"""
            | aim | native AOT | single file |
            |---|---|---|
            | warm, p99 below 5 ms, shift looked for | {Cell(warm[0], 5, "ms")} | {Cell(warm[1], 5, "ms")} |
            | the same, shift given | {Cell(given[0], 5, "ms")} | {Cell(given[1], 5, "ms")} |
            | cold, median below 80 ms (native AOT) and 400 ms (single file) | {Cell(cold[0], 80, "ms")} | {Cell(cold[1], 400, "ms")} |
            | encoder, 2,500,000 spectra/s on two cores, best batch size | {Cell(rate[0], 2.5e6, "/s", true)} | {Cell(rate[1], 2.5e6, "/s", true)} |

            """.ReplaceLineEndings("\n");
    }

    private static double[] Each(string[] blocks, string series, Regex figure) =>
        [.. blocks.Select(b => double.Parse(figure.Match(b.Split('\n').Single(l => l.StartsWith(series + " ", StringComparison.Ordinal))).Groups[1].Value, CultureInfo.InvariantCulture))];

    private static string[] Lines(string text) => [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => Blanks().Replace(Number().Replace(Build().Replace(Hash().Replace(l, "(#)"), "BUILD,"), "#"), " ").Replace("thread:", "threads:", StringComparison.Ordinal))];

    [GeneratedRegex("<!-- bench-edge -->.*?<!-- /bench-edge -->", RegexOptions.Singleline)]
    private static partial Regex Bench();

    [GeneratedRegex("<!-- aims-edge -->.*?<!-- /aims-edge -->", RegexOptions.Singleline)]
    private static partial Regex Aims();

    [GeneratedRegex(@"p99 +([\d.]+) ms")]
    private static partial Regex P99();

    [GeneratedRegex(@"p50 +([\d.]+) ms")]
    private static partial Regex P50();

    [GeneratedRegex(@" 2 threads: +(\d+) spectra/s")]
    private static partial Regex Rate();

    [GeneratedRegex("^(native AOT|single file|framework),")]
    private static partial Regex Build();

    [GeneratedRegex(@"\([0-9a-f]{12}\)")]
    private static partial Regex Hash();

    [GeneratedRegex(@"\d+(\.\d+)*")]
    private static partial Regex Number();

    [GeneratedRegex(" +")]
    private static partial Regex Blanks();
}
