using System.Text.Json.Nodes;
using System.Xml.Linq;
using XanesMl.Cli.Reporting.Comparing;
using XanesMl.Cli.Tests.Commands;
using XanesMl.Inference.Evaluation;

namespace XanesMl.Cli.Tests.Reporting.Comparing;

/// <summary>Three runs on a made-up table: a and b share their split, c has another.</summary>
public sealed class CompareFixture : IDisposable
{
    private readonly TempFolder _folder = new();

    public CompareFixture()
    {
        Table = _folder.Write("table.csv", SyntheticCsv.Create(400));
        Train("a", 12, 1);
        Train("b", 2, 1);
        Train("c", 2, 9);
    }

    public string Table { get; }

    public string this[string name] => _folder[name];

    internal CliRun Compare(string output, params string[] more) => CliRun.InProcess(["report", "--compare", .. more, "--out", this[output]]);

    public void Dispose() => _folder.Dispose();

    /// <summary>A run of a table that came in two files, in another folder than they lie in now.</summary>
    internal void TrainOnTwoFiles(string name)
    {
        string[] lines = SyntheticCsv.Create(400).TrimEnd('\n').Split('\n');
        Directory.CreateDirectory(_folder["before"]);
        string[] parts = [_folder.Write("before/one.csv", string.Join('\n', lines[..150]) + "\n"), _folder.Write("before/two.csv", string.Join('\n', [.. lines[..2], .. lines[150..352]]) + "\n")];
        string config = _folder.Write(name + ".yaml", SyntheticCsv.Configuration(epochs: 2) + "split_seed: 1\n");
        var run = CliRun.InProcess(["train", "--data", .. parts, "--config", config, "--quiet", "--out", _folder[name]]);
        Assert.True(run.Code == 0, run.Error);
        Directory.Move(_folder["before"], _folder["now"]);
    }

    private void Train(string name, int epochs, int split)
    {
        string config = _folder.Write(name + ".yaml", SyntheticCsv.Configuration(epochs: epochs) + $"split_seed: {split}\n");
        var run = CliRun.InProcess("train", "--data", Table, "--config", config, "--quiet", "--out", _folder[name]);
        Assert.True(run.Code == 0, run.Error);
    }
}

/// <summary>xanesml report --compare.</summary>
public sealed class CompareTests(CompareFixture fixture) : IClassFixture<CompareFixture>
{
    /// <summary>Oracle: metrics.json of each run, which the training wrote on the same test rows.</summary>
    [Fact]
    public void Scores_are_those_of_the_runs_own_metrics()
    {
        var run = fixture.Compare("ab", fixture["a"], fixture["b"], "--json", "--quiet");
        Assert.True(run.Code == 0, run.Error);
        var json = JsonNode.Parse(run.Out)!;
        Assert.Equal(File.ReadAllText(Path.Combine(fixture["ab"], "compare.json")), run.Out);
        Assert.True(json["paired"]!.GetValue<bool>());
        Assert.StartsWith("All runs have the same ", json["rows"]!.GetValue<string>(), StringComparison.Ordinal);
        foreach (string name in new[] { "a", "b" })
        {
            var metrics = MetricsJson.Read(Path.Combine(fixture[name], "metrics.json"));
            Assert.Equal(metrics.Descriptors["CT"].Spearman, Value("CT.spearman", name), 1e-6);
            Assert.Equal(metrics.Descriptors["CN"].Mae, Value("CN.mae", name), 1e-6);
            Assert.Equal(metrics.Descriptors["CN"].R2, Value("CN.r2", name), 1e-6);
            Assert.Equal(metrics.Cn!.F1Weighted, Value("CN.f1_weighted", name), 1e-6);
            Assert.Equal(metrics.Reconstruction.Mae, Value("reconstruction.mae", name), 1e-6);
            Assert.Equal(metrics.Styles.MaxInterstyle, Value("styles.max_interstyle", name), 1e-6);
            Assert.Equal(metrics.Styles.MaxFree, Value("styles.max_free", name), 1e-6);
            Assert.Equal(metrics.Descriptors["CT"].Baseline!.Knn5.Mae, Value("CT.mae", "5-NN"), 1e-6);
            Assert.Equal(metrics.Descriptors["CT"].Baseline!.Ridge.Spearman, Value("CT.spearman", "ridge"), 1e-6);
            Assert.Equal(metrics.Descriptors["CN"].Baseline!.Constant.Mae, Value("CN.mae", "constant"), 1e-6);
        }

        double Value(string key, string name) => json["scores"]![key]!["values"]![name]!["value"]!.GetValue<double>();
    }

    [Fact]
    public void The_page_is_one_well_formed_file_and_the_csv_has_every_number()
    {
        var run = fixture.Compare("page", fixture["a"], fixture["b"]);
        Assert.True(run.Code == 0, run.Error);
        Assert.Equal(["compare.html", "compare.json", "differences.csv", "scores.csv", "scores.png", "scores.svg"], Directory.EnumerateFiles(fixture["page"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        string page = File.ReadAllText(Path.Combine(fixture["page"], "compare.html"));
        var html = XDocument.Parse(page.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal).Replace("&nbsp;", "&#160;", StringComparison.Ordinal)
            .Replace("<meta charset=\"utf-8\">", "", StringComparison.Ordinal).Replace("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">", "", StringComparison.Ordinal));
        Assert.DoesNotContain(html.Descendants(), e => e.Name.LocalName is "script" or "link" or "iframe");
        Assert.DoesNotContain("http://", page.Replace("http://www.w3.org", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("https://", page, StringComparison.Ordinal);
        Assert.InRange(page.Length, 10_000, 2_000_000);
        Assert.Contains(html.Descendants(), e => e.Attribute("role")?.Value == "img" && e.Attribute("aria-label")!.Value.Contains("CT Spearman: best ", StringComparison.Ordinal));
        Assert.Contains("b against a: ", run.Out, StringComparison.Ordinal);
        Assert.Contains("All runs have the same ", run.Error, StringComparison.Ordinal);
        string[] scores = File.ReadAllLines(Path.Combine(fixture["page"], "scores.csv"));
        Assert.Equal("score,unit,run,rows,materials,value,low,high,error,as_good_as_best", scores[0]);
        Assert.Equal(1 + (10 * 5), scores.Length);
        Assert.Equal(1 + 10 + (2 * 3 * 6) - (2 * 2), File.ReadAllLines(Path.Combine(fixture["page"], "differences.csv")).Length);
        // The same folder again: what an earlier comparison wrote is replaced.
        Assert.Equal(0, fixture.Compare("page", fixture["b"], fixture["a"], "--quiet").Code);
        Assert.Contains("against the first run, b", File.ReadAllText(Path.Combine(fixture["page"], "compare.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_with_other_test_rows_are_said_to_be_and_carry_the_noise_of_both()
    {
        var run = fixture.Compare("abc", fixture["a"], fixture["b"], fixture["c"], "--json");
        Assert.True(run.Code == 0, run.Error);
        var json = JsonNode.Parse(run.Out)!;
        Assert.False(json["paired"]!.GetValue<bool>());
        Assert.Contains("are unseen by all runs: too few", run.Error, StringComparison.Ordinal);
        Assert.Empty(json["against_baselines"]!.AsArray());
        Assert.Contains("not scored on the same rows", File.ReadAllText(Path.Combine(fixture["abc"], "compare.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_use_is_refused_before_anything_is_written()
    {
        fixture.Compare("x", fixture["a"]).AssertBadInput("1 run", "Name 2 to 24 run folders");
        fixture.Compare("x", fixture["a"], fixture["a"] + Path.DirectorySeparatorChar).AssertBadInput("is named twice");
        fixture.Compare("x", fixture["a"], fixture["nowhere"]).AssertBadInput("the run folder does not exist", "nowhere");
        fixture.Compare("x", fixture["a"], fixture["b"], "--run", fixture["a"]).AssertBadInput("--run and --compare are both given");
        File.WriteAllText(fixture["other.csv"], SyntheticCsv.Create(20));
        fixture.Compare("x", fixture["a"], fixture["b"], "--data", fixture["other.csv"]).AssertBadInput("none of the tables of --data is the one that the run was trained on");
        Assert.False(Directory.Exists(fixture["x"]));
        fixture.Compare("a", fixture["a"], fixture["b"]).AssertBadInput();
        Assert.True(File.Exists(Path.Combine(fixture["a"], "run.json")));
    }

    [Fact]
    public void Several_tables_are_tried_together_and_one_by_one()
    {
        File.WriteAllText(fixture["more.csv"], SyntheticCsv.Create(30));
        var run = fixture.Compare("more", fixture["a"], fixture["b"], "--data", fixture["more.csv"], fixture.Table, "--quiet");
        Assert.True(run.Code == 0, run.Error);
    }

    /// <summary>Two runs of two tables, one of which came in two files: in any order, by their names, or by their folder under other names; and nothing is ranked across tables.</summary>
    [Fact]
    public void A_run_of_several_files_finds_its_own_and_tables_are_not_ranked()
    {
        fixture.TrainOnTwoFiles("d");
        string one = fixture["now/one.csv"], two = fixture["now/two.csv"];
        var run = fixture.Compare("ad", fixture["a"], fixture["d"], "--data", two, fixture.Table, one, "--json");
        Assert.True(run.Code == 0, run.Error);
        var json = JsonNode.Parse(run.Out)!;
        Assert.False(json["one_task"]!.GetValue<bool>());
        Assert.Contains("their tasks differ", run.Error, StringComparison.Ordinal);
        Assert.Empty(json["differences"]!.AsArray());
        Assert.Equal("The runs are of different tables: their tasks differ, and no score is better or worse than one of another table.", json["summary"]!.AsArray().Single()!.GetValue<string>());
        Assert.All(json["scores"]!.AsObject(), s => Assert.Null(s.Value!["best"]));
        string page = File.ReadAllText(Path.Combine(fixture["ad"], "compare.html"));
        Assert.DoesNotContain("Differences against", page, StringComparison.Ordinal);
        Assert.DoesNotContain("best", page.Split("<body")[1].Replace("best epoch", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);

        // Other names: the files of one folder, in the order that they are given in.
        File.Move(one, fixture["now/x.csv"]);
        File.Move(two, fixture["now/y.csv"]);
        run = fixture.Compare("ad", fixture["d"], fixture["a"], "--data", fixture.Table, fixture["now/x.csv"], fixture["now/y.csv"], "--quiet");
        Assert.True(run.Code == 0, run.Error);
    }

    [Fact]
    public void Names_have_as_many_parents_as_it_takes()
    {
        Assert.Equal(["x", "y"], CompareRun.Names(["runs/x", "runs/y/"]));
        Assert.Equal(["one/x", "two/x", "two/z"], CompareRun.Names(["one/x", "two/x", "two/z"]));
    }
}
