using XanesMl.TestSupport;
using System.Text.Json;
using XanesMl.Cli.Tests.Demo;
using XanesMl.Inference.Evaluation;

namespace XanesMl.Cli.Tests.Commands;

/// <summary>evaluate and predict on the demo's model, with good and with bad input.</summary>
[Collection(SharedDemo.Name)]
public sealed class ModelVerbTests(DemoFixture demo) : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string Data(string element) => Path.Combine(AppContext.BaseDirectory, "data", element + ".csv.gz");

    private string CopyModel()
    {
        string copy = _folder["model"];
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.EnumerateFiles(demo.Model))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        return copy;
    }

    [Fact]
    public void Predict_writes_csv_to_stdout_and_says_how_many_on_stderr()
    {
        var run = CliRun.AsProcess(_folder.Path, "predict", Data("Cu"), "--model", demo.Model, "--resample");
        Assert.Equal(0, run.Code);
        string[] lines = run.Out.TrimEnd('\n').Split('\n');
        Assert.StartsWith("file,spectrum,material,site,element,OS,OS_low,OS_high,CN,", lines[0], StringComparison.Ordinal);
        Assert.All(lines.Skip(1), l => Assert.Contains(",Cu,", l, StringComparison.Ordinal));
        Assert.StartsWith($"{lines.Length - 1} spectra from 1 file with ", run.Error, StringComparison.Ordinal);
        Assert.All(lines.Skip(1), l => Assert.StartsWith(Data("Cu") + ",", l, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(".csv")]
    [InlineData(".jsonl")]
    [InlineData(".parquet")]
    public void Predict_goes_on_after_a_bad_file(string extension)
    {
        string bad = _folder.Write("bad.csv", "MPID\nx\n"), output = _folder["results" + extension];
        var run = CliRun.InProcess("predict", Data("Cu"), bad, Data("Ni"), "--model", demo.Model, "--resample", "--out", output);
        Assert.Equal(1, run.Code);
        Assert.Contains("error: " + bad, run.Error, StringComparison.Ordinal);
        Assert.Contains("from 3 files", run.Error, StringComparison.Ordinal);
        Assert.Contains("; 1 file failed", run.Error, StringComparison.Ordinal);
        Assert.Equal(["bad.csv", "results" + extension], _folder.Entries());
        Assert.True(new FileInfo(output).Length > 100);
    }

    [Fact]
    public void Predict_with_bad_files_only_writes_rows_that_say_why()
    {
        string bad = _folder.Write("bad.csv", "MPID\nx\n");
        var run = CliRun.InProcess("predict", bad, _folder["missing.csv"], "--model", demo.Model, "--out", _folder["results.csv"]);
        Assert.Equal(1, run.Code);
        Assert.Equal(2, run.Error.Split("error: ").Length - 1);
        string[] lines = File.ReadAllLines(_folder["results.csv"]);
        Assert.Equal(3, lines.Length);
        Assert.Contains("file not found", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Predict_takes_a_measured_file()
    {
        string scan = _folder.Write("scan.xdi", SyntheticScan.Xdi(element: "Cu", edge: 8979));
        var run = CliRun.InProcess("predict", scan, "--model", SharedData.Repository("models", "Cu"), "--json", "--quiet");
        Assert.Equal((0, ""), (run.Code, run.Error));
        using var row = JsonDocument.Parse(run.Out);
        Assert.Equal("Cu", row.RootElement.GetProperty("element").GetString());
        Assert.InRange(row.RootElement.GetProperty("e0").GetDouble(), 8970, 8995);
        Assert.Equal(64, row.RootElement.GetProperty("input_sha256").GetString()!.Length);
    }

    [Fact]
    public void Predict_prints_json_lines()
    {
        var run = CliRun.InProcess("predict", Data("V"), "--model", demo.Model, "--resample", "--json", "--quiet");
        Assert.Equal(0, run.Code);
        Assert.Equal("", run.Error);
        foreach (string line in run.Out.TrimEnd('\n').Split('\n'))
        {
            using var row = JsonDocument.Parse(line);
            Assert.Equal("V", row.RootElement.GetProperty("element").GetString());
            Assert.True(row.RootElement.GetProperty("descriptors").GetProperty("CN").GetProperty("low").GetDouble()
                <= row.RootElement.GetProperty("descriptors").GetProperty("CN").GetProperty("high").GetDouble());
        }
    }

    [Fact]
    public void Evaluate_prints_a_table_and_writes_metrics()
    {
        var run = CliRun.InProcess("evaluate", "--model", demo.Model, "--data", Data("Fe"), "--resample", "--out", _folder["metrics.json"]);
        Assert.True(run.Code == 0, run.Error);
        Assert.Matches("^descriptor +unit +Spearman +R2 +MAE\n-+\nOS ", run.Out);
        var report = MetricsJson.Read(_folder["metrics.json"]);
        Assert.Equal("all", report.Split);
        Assert.Equal(["metrics.json"], _folder.Entries());
        var json = CliRun.InProcess("evaluate", "--model", demo.Model, "--data", Data("Fe"), "--resample", "--json");
        Assert.Equal(report.Rows, MetricsJson.Parse(json.Out).Rows);
    }

    /// <summary>Oracle: the demo's own metrics.json, computed in TorchSharp on tables that training had aligned.</summary>
    [Fact]
    public void Evaluate_finds_the_test_rows_of_several_elements_tables_and_repeats_the_demos_scores()
    {
        var run = CliRun.InProcess("evaluate", "--model", demo.Model, "--data", SharedData.Repository("data"), "--resample", "--rows", "test", "--json");
        Assert.True(run.Code == 0, run.Error);
        var (expected, got) = (MetricsJson.Read(Path.Combine(demo.Output, "metrics.json")), MetricsJson.Parse(run.Out));
        Assert.Equal(expected.Rows, got.Rows);
        foreach (var (name, d) in expected.Descriptors)
        {
            Assert.Equal(d.Mae, got.Descriptors[name].Mae, 1e-4);
            Assert.Equal(d.Baseline!.Knn5.Mae, got.Descriptors[name].Baseline!.Knn5.Mae, 1e-9);
        }
    }

    [Fact]
    public void An_output_never_replaces_an_input()
    {
        File.Copy(Data("Cu"), _folder["spectra.csv"]);
        byte[] before = File.ReadAllBytes(_folder["spectra.csv"]);
        CliRun.InProcess("predict", _folder["spectra.csv"], "--model", demo.Model, "--resample", "--out", _folder["spectra.csv"]).AssertBadInput("spectra.csv", "another --out");
        CliRun.InProcess("predict", _folder.Path, "--model", demo.Model, "--resample", "--out", _folder["spectra.csv"]).AssertBadInput("spectra.csv", "another --out");
        CliRun.InProcess("evaluate", "--data", _folder["spectra.csv"], "--model", demo.Model, "--resample", "--out", _folder["spectra.csv"]).AssertBadInput("spectra.csv", "another --out");
        Assert.Equal(before, File.ReadAllBytes(_folder["spectra.csv"]));
    }

    [Fact]
    public void Grid_that_does_not_fit_names_both_grids_and_the_remedy()
    {
        var run = CliRun.InProcess("predict", Data("Cu"), "--model", demo.Model, "--quiet");
        Assert.Equal(1, run.Code);
        foreach (string part in (string[])["8983 to 9068 eV", "--resample", "256 points"])
            Assert.Contains(part, Assert.Single(run.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        CliRun.InProcess("evaluate", "--model", demo.Model, "--data", Data("Cu"), "--out", _folder["metrics.json"]).AssertBadInput("--resample");
        Assert.Empty(_folder.Entries());
    }

    [Fact]
    public void Test_rows_of_another_table_are_refused() =>
        CliRun.InProcess("evaluate", "--model", demo.Model, "--data", Data("Cu"), "--resample", "--rows", "test").AssertBadInput("--rows all");

    [Theory]
    [InlineData("truncated")]
    [InlineData("swapped")]
    [InlineData("text")]
    [InlineData("missing")]
    public void Damaged_or_mismatched_onnx_is_refused(string damage)
    {
        string model = CopyModel(), encoder = Path.Combine(model, "encoder.onnx"), decoder = Path.Combine(model, "decoder.onnx");
        switch (damage)
        {
            case "truncated": File.WriteAllBytes(encoder, File.ReadAllBytes(encoder)[..100]); break;
            case "swapped": File.Move(encoder, encoder + "x"); File.Move(decoder, encoder); File.Move(encoder + "x", decoder); break;
            case "text": File.WriteAllText(encoder, "not a model"); break;
            default: File.Delete(encoder); break;
        }

        CliRun.InProcess("predict", Data("Cu"), "--model", model, "--resample", "--out", _folder["results.csv"]).AssertBadInput(damage == "swapped" ? "coder.onnx" : "encoder.onnx");
        Assert.Equal(["model"], _folder.Entries());
    }

    [Fact]
    public void Unwritable_output_is_refused()
    {
        string file = _folder.Write("file", "mine");
        CliRun.InProcess("predict", Data("Cu"), "--model", demo.Model, "--resample", "--out", Path.Combine(file, "results.csv")).AssertBadInput("results.csv");
        CliRun.InProcess("predict", Data("Cu"), "--model", demo.Model, "--resample", "--out", _folder["none/results.csv"]).AssertBadInput("Create it first");
        Assert.Equal("mine", File.ReadAllText(file));
        Assert.Equal(["file"], _folder.Entries());
    }

    [LinuxFact]
    public void Full_disk_is_refused() =>
        CliRun.AsProcess(_folder.Path, "evaluate", "--model", demo.Model, "--data", Data("Cu"), "--resample", "--out", "/dev/full").AssertBadInput("/dev/full");
}

/// <summary>A fact about devices and kernel folders of Linux.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute()
    {
        if (!OperatingSystem.IsLinux())
            Skip = "needs Linux";
    }
}
