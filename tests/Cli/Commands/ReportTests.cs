using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using XanesMl.Cli.Tests.Demo;
using XanesMl.Cli.Tests.Reporting;
using XanesMl.Inference.Evaluation;

namespace XanesMl.Cli.Tests.Commands;

/// <summary>A run on a small made-up table whose materials lie on both sides of its random split, without a report yet.</summary>
public sealed class ReportFixture : IDisposable
{
    private readonly TempFolder _folder = new();

    public ReportFixture()
    {
        Table = _folder.Write("table.csv", SyntheticCsv.Create(80));
        var run = CliRun.InProcess("train", "--data", Table, "--config", _folder.Write("config.yaml", SyntheticCsv.Configuration(epochs: 12) + "validation_interval: 3\n"), "--trials", "2", "--split", "random", "--no-report", "--quiet", "--out", Run);
        Assert.True(run.Code == 0, run.Error);
        Assert.False(File.Exists(Path.Combine(Run, "report.html")));
    }

    public string Table { get; }

    public string Run => _folder["run"];

    public string this[string name] => _folder[name];

    /// <summary>A copy of the run folder, with a changed run.json.</summary>
    public string Copy(string name, Action<JsonObject> change)
    {
        foreach (string file in Directory.EnumerateFiles(Run, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(this[name], Path.GetRelativePath(Run, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(Run, "run.json")))!.AsObject();
        change(json);
        File.WriteAllText(Path.Combine(this[name], "run.json"), json.ToJsonString());
        return this[name];
    }

    public void Dispose() => _folder.Dispose();
}

/// <summary>xanesml report --run on a run of one element.</summary>
public sealed class ReportTests(ReportFixture fixture) : IClassFixture<ReportFixture>
{
    [Fact]
    public void The_table_is_found_again_and_what_leaks_is_said()
    {
        var run = CliRun.InProcess("report", "--run", fixture.Run, "--out", fixture["found"]);
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("80 spectra, verified by their hash", run.Error, StringComparison.Ordinal);
        Assert.Contains("have other spectra among those it learnt from", run.Out, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(fixture["found"], "report.html"), run.Out, StringComparison.Ordinal);
        Assert.Equal(["metrics.json", "plots", "report.html"], Directory.EnumerateFileSystemEntries(fixture["found"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        string page = File.ReadAllText(Path.Combine(fixture["found"], "report.html"));
        HtmlPageTests.Parse(page);
        Assert.Contains("This leaks: ", page, StringComparison.Ordinal);
        Assert.DoesNotContain(fixture["found"], page, StringComparison.Ordinal);

        // every finding has the range of its descriptor and its rows, in metrics.json and in the table beside the figures
        var features = JsonNode.Parse(File.ReadAllText(Path.Combine(fixture["found"], "metrics.json")))!["report"]!["findings"]!["features"]!.AsArray();
        JsonNode[] tests = [.. features.SelectMany(f => new[] { f!["model"], f["data"] }).OfType<JsonNode>()];
        Assert.NotEmpty(tests);
        Assert.All(tests, t => Assert.True(t["range_from"]!.GetValue<double>() < t["range_to"]!.GetValue<double>() && t["rows"]!.GetValue<int>() <= t["rows_looked_at"]!.GetValue<int>() && t["materials"] is not null));
        Assert.True(File.ReadLines(Path.Combine(fixture["found"], "plots", "findings.csv")).Count() > tests.Length);

        // a second time over the first, and --json prints the file
        var again = CliRun.InProcess("report", "--run", fixture.Run, "--out", fixture["found"], "--json", "--quiet");
        Assert.Equal((0, ""), (again.Code, again.Error));
        Assert.Equal(File.ReadAllText(Path.Combine(fixture["found"], "metrics.json")), again.Out);
        Assert.Equal(page, File.ReadAllText(Path.Combine(fixture["found"], "report.html")));
    }

    [Fact]
    public void Without_the_table_the_report_has_what_the_folder_holds_and_says_what_is_missing()
    {
        string moved = fixture.Copy("moved", json => json["data_files"] = new JsonArray("gone.csv"));
        var run = CliRun.InProcess("report", "--run", moved);
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("The table of the run is not here (gone.csv). Give it with --data", run.Out, StringComparison.Ordinal);
        string page = File.ReadAllText(Path.Combine(moved, "report.html"));
        Assert.Contains("class=\"warning\">The table of the run is not here", page, StringComparison.Ordinal);
        string[] plots = [.. Directory.EnumerateFiles(Path.Combine(moved, "plots"), "*.svg").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];
        Assert.Equal(["cn_classes", "correlations", "losses", "spectral_difference", "spectral_variation", "trials"], plots);

        // the scores are those of the run, the rest of the contract is as it was
        Assert.Equal(MetricsJson.Serialize(MetricsJson.Read(Path.Combine(fixture.Run, "metrics.json"))), MetricsJson.Serialize(MetricsJson.Read(Path.Combine(moved, "metrics.json"))));
        run = CliRun.InProcess("report", "--run", moved, "--data", fixture.Table, "--quiet");
        Assert.True(run.Code == 0, run.Error);
        Assert.DoesNotContain("class=\"warning\"", File.ReadAllText(Path.Combine(moved, "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_of_an_early_version_works_too()
    {
        string old = fixture.Copy("old", json =>
        {
            json.Remove("data_files");
            foreach (var trial in json["trials"]!.AsArray())
                foreach (string key in new[] { "scores", "in_ensemble", "retry" })
                    trial!.AsObject().Remove(key);
        });
        File.Delete(Path.Combine(old, "losses.csv"));
        var run = CliRun.InProcess("report", "--run", old);
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("does not say where its table is", run.Out, StringComparison.Ordinal);
        Assert.Contains("no losses.csv", run.Out, StringComparison.Ordinal);
        Assert.Contains("does not record the trials' scores", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_the_runs_is_refused_and_nothing_is_written()
    {
        string other = Path.Combine(Path.GetDirectoryName(fixture.Table)!, "other.csv");
        File.WriteAllText(other, SyntheticCsv.Create(82));
        CliRun.InProcess("report", "--run", fixture.Run, "--data", other, "--out", fixture["refused"]).AssertBadInput("this is not the table that the run was trained on", "other.csv", "table.csv");
        CliRun.InProcess("report", "--run", fixture.Run, "--data", fixture["none.csv"], "--out", fixture["refused"]).AssertBadInput("none.csv");
        CliRun.InProcess("report", "--run", fixture["absent"], "--out", fixture["refused"]).AssertBadInput("the run folder does not exist");
        CliRun.InProcess("report", "--out", fixture["refused"]).AssertBadInput("--run");
        string second = fixture.Copy("second", _ => { });
        CliRun.InProcess("report", "--run", fixture.Run, "--out", second).AssertBadInput("the output folder holds another run");
        string unfinished = fixture.Copy("unfinished", _ => { });
        Directory.Delete(Path.Combine(unfinished, "model"), recursive: true);
        CliRun.InProcess("report", "--run", unfinished).AssertBadInput("the run has no model yet", "--resume");
        File.WriteAllText(Path.Combine(second, "losses.csv"), "trial,seed,epoch,rank\n0,1,1,x\n");
        CliRun.InProcess("report", "--run", second).AssertBadInput("losses.csv", "'x' is not a number");
        File.WriteAllText(Path.Combine(second, "run.json"), File.ReadAllText(Path.Combine(second, "run.json")).Replace("\"index\":0", "\"index\":\"zero\"", StringComparison.Ordinal));
        CliRun.InProcess("report", "--run", second).AssertBadInput("run.json");
        Assert.False(Path.Exists(fixture["refused"]));
        Assert.False(Path.Exists(Path.Combine(second, "report.html")));
    }

    [Fact]
    public void A_folder_of_plots_that_is_somebody_elses_stays()
    {
        string copy = fixture.Copy("plotted", _ => { });
        Directory.CreateDirectory(Path.Combine(copy, "plots"));
        File.WriteAllText(Path.Combine(copy, "plots", "mine.txt"), "mine");
        CliRun.InProcess("report", "--run", copy).AssertBadInput("plots", "was not written by this program");
        Assert.True(File.Exists(Path.Combine(copy, "plots", "mine.txt")));
        Assert.False(Path.Exists(Path.Combine(copy, "report.html")));
    }
}

/// <summary>The report that the demo leaves: eight elements, five descriptors.</summary>
[Collection(SharedDemo.Name)]
public sealed class DemoReportTests(DemoFixture demo)
{
    private string Plot(string name) => Path.Combine(demo.Output, "plots", name);

    /// <summary>Rows of a CSV without quotes in it, by column name.</summary>
    private Dictionary<string, string>[] Rows(string name)
    {
        string[] lines = File.ReadAllLines(Plot(name + ".csv"));
        string[] header = lines[0].Split(',');
        return [.. lines[1..].Select(l => header.Zip(l.Split(',')).ToDictionary(p => p.First, p => p.Second))];
    }

    private static double Number(string text) => text.Length == 0 ? double.NaN : double.Parse(text, CultureInfo.InvariantCulture);

    [Fact]
    public void The_page_stands_alone_has_alt_texts_and_is_small()
    {
        string file = Path.Combine(demo.Output, "report.html"), page = File.ReadAllText(file);
        Assert.InRange(new FileInfo(file).Length, 100_000, 5_000_000);
        foreach (string link in new[] { "<link", "<script", "@import", "url(http", "src=\"http", "href=\"http", "xlink:href=\"http", "srcset" })
            Assert.DoesNotContain(link, page, StringComparison.OrdinalIgnoreCase);
        var root = HtmlPageTests.Parse(page).Root!;
        var figures = root.Descendants().Where(e => e.Name.LocalName == "figure").ToArray();
        Assert.Equal(Directory.EnumerateFiles(Path.Combine(demo.Output, "plots"), "*.svg").Count(), figures.Length);
        Assert.Equal(15, figures.Length);
        Assert.All(figures, f => Assert.Contains(f.Descendants().Attributes(), a => a.Name.LocalName is "aria-label" or "alt" && a.Value.Length > 40));
        foreach (string name in Directory.EnumerateFiles(Path.Combine(demo.Output, "plots"), "*.svg").Select(f => Path.GetFileNameWithoutExtension(f)!))
            Assert.True(new FileInfo(Plot(name + ".png")).Length > 5000 && new FileInfo(Plot(name + ".svg")).Length > 3000, name);
    }

    [Fact]
    public void Numbers_behind_the_parity_plots_give_the_scores_of_the_metrics_file()
    {
        // Oracle: metrics.json, which training computed from TorchSharp's answers; the CSV comes from the model folder through ONNX Runtime.
        var report = MetricsJson.Read(Path.Combine(demo.Output, "metrics.json"));
        foreach (var group in Rows("parity").GroupBy(r => r["descriptor"]))
        {
            var d = report.Descriptors[group.Key];
            Assert.Equal(d.LabelledRows, group.Count());
            Assert.Equal(d.Mae, group.Average(r => Math.Abs(Number(r["true"]) - Number(r["predicted"]))), 1e-5);
            Assert.Equal(d.Coverage90, group.Average(r => Number(r["true"]) >= Number(r["low_90"]) - 1e-6 && Number(r["true"]) <= Number(r["high_90"]) + 1e-6 ? 1.0 : 0), 1e-9);
        }

        foreach (var row in Rows("coverage").Where(r => r["nominal"] == "0.9"))
            Assert.Equal(report.Descriptors[row["descriptor"]].Coverage90, Number(row["measured"]), 1e-9);
        foreach (var group in Rows("residuals").GroupBy(r => r["descriptor"]))
            Assert.Equal(report.Descriptors[group.Key].LabelledRows, group.Sum(r => Number(r["rows"])));
        Assert.Equal(report.Rows, Rows("reconstruction_errors").Sum(r => Number(r["rows"])));
    }

    [Fact]
    public void Numbers_of_the_other_figures_agree_with_the_metrics_file()
    {
        var report = MetricsJson.Read(Path.Combine(demo.Output, "metrics.json"));
        var correlations = Rows("correlations");
        foreach (var (name, d) in report.Descriptors)
            Assert.Equal(d.Spearman, Number(correlations.Single(r => r["map"].StartsWith("descriptor", StringComparison.Ordinal) && r["row"] == name && r["column"] == name)["value"]), 1e-5);
        Assert.Equal(report.Styles.MaxInterstyle, correlations.Where(r => r["map"].StartsWith("style", StringComparison.Ordinal) && r["row"] != r["column"]).Max(r => Math.Abs(Number(r["value"]))), 1e-5);
        for (int t = 0; t < report.Cn!.Classes.Count; t++)
            for (int p = 0; p < report.Cn.Classes.Count; p++)
                Assert.Equal(report.Cn.Confusion[t][p], Number(Rows("cn_classes").Single(r => r["what"] == $"confusion_true_{report.Cn.Classes[t]}_predicted_{report.Cn.Classes[p]}")["y"]));
        // the mean of an element's errors, weighted with its rows, is the mean of all
        foreach (var group in Rows("elements").GroupBy(r => r["descriptor"]))
            Assert.Equal(report.Descriptors[group.Key].Mae, group.Where(r => r["rows"] != "0").Sum(r => Number(r["rows"]) * Number(r["mae"])) / group.Sum(r => Number(r["rows"])), 1e-5);
        // sweeps: the difference curve is the last curve minus the first
        var sweep = Rows("spectral_variation").Where(r => r["style"] == "1").ToArray();
        int points = sweep.Length / 50;
        foreach (var (row, i) in Rows("spectral_difference").Where(r => r["style"] == "1").Select((r, i) => (r, i)))
            Assert.Equal(Number(sweep[(49 * points) + i]["absorption"]) - Number(sweep[i]["absorption"]), Number(row["difference"]), 1e-6);
        // trials: the file of the run, which the ranking wrote
        string[] ranked = [.. File.ReadLines(Path.Combine(demo.Output, "trials.csv")).Skip(1)];
        Assert.Equal(ranked.Select(l => l.Split(',')[2]), Rows("trials").Where(r => r["quantity"] == "score").Select(r => r["seed"]));
    }

    [Fact]
    public void Report_of_the_demo_folder_repeats_every_number()
    {
        using var folder = new TempFolder();
        var run = CliRun.InProcess("report", "--run", demo.Output, "--out", folder["again"], "--quiet");
        Assert.True(run.Code == 0, run.Error);
        Assert.Equal(File.ReadAllText(Path.Combine(demo.Output, "metrics.json")), File.ReadAllText(Path.Combine(folder["again"], "metrics.json")));
        foreach (string file in Directory.EnumerateFiles(Path.Combine(demo.Output, "plots"), "*.csv"))
            Assert.Equal(File.ReadAllText(file), File.ReadAllText(Path.Combine(folder["again"], "plots", Path.GetFileName(file))));
    }

    [Fact]
    public void New_keys_stand_beside_the_contract()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(demo.Output, "metrics.json")));
        Assert.Equal(["split", "rows", "descriptors", "cn", "reconstruction", "styles", "provenance", "report"], json.RootElement.EnumerateObject().Select(p => p.Name));
        var added = json.RootElement.GetProperty("report");
        Assert.Equal(0, added.GetProperty("split").GetProperty("shared_materials").GetInt32());
        Assert.Equal(6, added.GetProperty("difference_cosine").GetArrayLength());
        Assert.InRange(added.GetProperty("summary").GetArrayLength(), 3, 7);
        string limits = string.Join(' ', added.GetProperty("limits").EnumerateArray().Select(l => l.GetString()));
        Assert.Contains("Split: grouped (whole materials together)", limits, StringComparison.Ordinal);
        // where 5 nearest neighbours are better is said by name, with both numbers
        foreach (var (name, d) in MetricsJson.Read(Path.Combine(demo.Output, "metrics.json")).Descriptors)
            Assert.Equal(d.Baseline!.Knn5.Mae < d.Mae, limits.Contains($"{name} ({Cli.Reporting.MetricsTable.Error(d.Baseline.Knn5.Mae)} against the model's {Cli.Reporting.MetricsTable.Error(d.Mae)}", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_figure_and_every_key_has_its_line_in_the_documentation()
    {
        string text = File.ReadAllText(TestSupport.SharedData.Repository("docs", "report.md"));
        string[] Names(string heading) => [.. text.Split("\n## " + heading + "\n")[1].Split("\n## ")[0].Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal))
            .SelectMany(l => l.Split('|')[1].Split(',')).Select(n => n.Trim().Trim('`')).Order(StringComparer.Ordinal)];
        Assert.Equal(Directory.EnumerateFiles(Path.Combine(demo.Output, "plots"), "*.svg").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal), Names("Figures"));
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(demo.Output, "metrics.json")));
        Assert.Equal(json.RootElement.GetProperty("report").EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal), Names("metrics.json"));
    }
}
