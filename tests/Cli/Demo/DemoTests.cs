using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Inference.Evaluation;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra.Reading;

namespace XanesMl.Cli.Tests.Demo;

[Collection(SharedDemo.Name)]
public sealed class DemoTests(DemoFixture demo)
{
    private static readonly string[] s_descriptors = ["OS", "CN", "OCN", "RSTD", "MOOD"];

    [Fact]
    public void It_succeeds_and_prints_one_table_for_a_pipe()
    {
        Assert.True(demo.Run.Code == 0, demo.Run.Error);
        Assert.DoesNotContain('\u001b', demo.Run.Out + demo.Run.Error);
        string[] lines = demo.Run.Out.Split('\n');
        Assert.Equal(s_descriptors, lines.Skip(3).Take(5).Select(l => l.Split(' ')[0]));
        Assert.All(lines.Take(9), l => Assert.InRange(l.Length, 0, 100));
        Assert.All(lines.Skip(3).Take(5), l => Assert.Equal(10, l.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length));
        foreach (string name in new[] { "model", "pipeline.zip", "metrics.json", "report.html", "plots" })
            Assert.Contains(Path.Combine("xanesml-demo", name), demo.Run.Out, StringComparison.Ordinal);
        Assert.Matches(@"done in \d+ s\n$", demo.Run.Out);
    }

    [Fact]
    public void Progress_is_plain_lines_on_stderr()
    {
        string[] lines = demo.Run.Error.TrimEnd().Split('\n');
        Assert.InRange(lines.Count(l => l.StartsWith("trial ", StringComparison.Ordinal)), 10, 30);
        Assert.Contains(lines, l => System.Text.RegularExpressions.Regex.IsMatch(l, @"^trial \d/2 epoch \d+/60 adv \S+ rank \S+ recon \S+ mi \S+ smooth \S+.* left \S+$"));
    }

    [Fact]
    public void It_leaves_its_files_and_nothing_temporary()
    {
        Assert.Equal(["xanesml-demo"], Directory.EnumerateFileSystemEntries(demo.WorkingFolder).Select(Path.GetFileName));
        string[] files = [.. Directory.EnumerateFiles(demo.Output, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(demo.Output, f).Replace('\\', '/'))];
        foreach (string expected in new[]
        {
            "model/encoder.onnx", "model/decoder.onnx", "model/predictor.onnx", "model/model.json", "model/card.md", "pipeline.zip", "metrics.json", "report.html", "run.json", "losses.csv",
            "plots/spectral_variation.png", "plots/spectral_variation.svg", "plots/spectral_variation.csv", "plots/parity.png", "plots/reconstruction.png", "plots/losses.png",
        })
            Assert.Contains(expected, files);
        Assert.DoesNotContain(files, f => f.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void Files_do_not_name_the_temporary_folder()
    {
        foreach (string file in new[] { "run.json", "metrics.json", "report.html", "model/model.json", "model/card.md" })
            Assert.DoesNotContain(".tmp", File.ReadAllText(Path.Combine(demo.Output, file)), StringComparison.Ordinal);
    }

    [Fact]
    public void Metrics_file_holds_the_tables_numbers_and_all_baselines()
    {
        var report = MetricsJson.Read(Path.Combine(demo.Output, "metrics.json"));
        Assert.Equal("test", report.Split);
        Assert.Equal(s_descriptors, report.Descriptors.Keys);
        string[] lines = demo.Run.Out.Split('\n');
        foreach (var (name, d) in report.Descriptors)
        {
            Assert.NotNull(d.Baseline);
            string[] cells = lines.Skip(3).Take(5).Single(l => l.StartsWith(name + " ", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(Cli.Reporting.MetricsTable.Correlation(d.Spearman), cells[2]);
            Assert.Equal(Cli.Reporting.MetricsTable.Error(d.Mae), cells[4]);
            Assert.Equal(Cli.Reporting.MetricsTable.Error(d.Baseline.Constant.Mae), cells[5]);
            Assert.Equal(Cli.Reporting.MetricsTable.Error(d.Baseline.Knn5.Mae), cells[7]);
        }

        Assert.True(double.IsFinite(report.Reconstruction.PcaMae));
        Assert.True(double.IsFinite(report.Styles.MaxInterstyle));
    }

    [Fact]
    public void Saved_pipeline_answers_raw_spectra_as_the_model_does()
    {
        // Oracle: the model folder through ONNX Runtime, on the table that Inference aligned.
        var table = SpectraTableReader.Read(Path.Combine(AppContext.BaseDirectory, "data", "Ni.csv.gz"));
        using var model = SpectrumModel.Open(demo.Model);
        var expected = Inference.Predictions.TablePredictor.Predict(model, table, resample: true);
        var ml = new MLContext(1).RegisterXanes();
        var scored = ml.Model.Load(Path.Combine(demo.Output, "pipeline.zip"), out _).Transform(ml.Data.LoadFromSpectraTable(table));
        int row = 0;
        foreach (float[] values in scored.GetColumn<float[]>("Descriptors"))
        {
            for (int k = 0; k < values.Length; k++)
                Assert.Equal(expected[row].Estimates[k].Value, values[k], 1e-5);
            row++;
        }

        Assert.Equal(table.RowCount, row);
    }

    [Fact]
    public void Small_demo_takes_seconds() => Assert.InRange(demo.Elapsed.TotalSeconds, 1, 60);

    [Fact]
    public void Interrupted_demo_leaves_the_earlier_one_as_it_was()
    {
        string before = File.ReadAllText(Path.Combine(demo.Output, "run.json"));
        var run = CliRun.InProcess(new CancellationToken(canceled: true), "demo", "--small", "--quiet", "--out", demo.Output);
        Assert.Equal(130, run.Code);
        Assert.Contains("interrupted", run.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(Path.Combine(demo.Output, "run.json")));
        Assert.Equal(["xanesml-demo"], Directory.EnumerateFileSystemEntries(demo.WorkingFolder).Select(Path.GetFileName));
    }
}
