using System.Text;
using XanesMl.Inference.Evaluation;
using XanesMl.Inference.Models;

namespace XanesMl.Cli.Tests.Commands;

/// <summary>train on small made-up tables: files, resume, interrupt.</summary>
public sealed class TrainTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string[] Arguments(string output, int epochs, params string[] more) =>
    [
        "train", "--data", _folder.Write("table.csv", SyntheticCsv.Create(60)), "--config", _folder.Write("config.yaml", SyntheticCsv.Configuration(epochs: epochs)), "--out", _folder[output], .. more,
    ];

    [Fact]
    public void Run_folder_is_complete_and_options_override_the_configuration()
    {
        var run = CliRun.InProcess(Arguments("run", 3, "--trials", "2", "--seed", "7", "--split", "random", "--device", "cpu"));
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("2 descriptors (CT CN), 3 styles, split random, 2 trials of 3 epochs, batch 16, seed 7, cpu", run.Error, StringComparison.Ordinal);
        foreach (string file in new[] { "model/model.json", "trials/000", "trials/001", "metrics.json", "losses.csv", "run.json", "report.html", "plots/parity.svg" })
            Assert.True(Path.Exists(Path.Combine(_folder["run"], file)), file);
        var model = ModelFolder.Open(Path.Combine(_folder["run"], "model"));
        Assert.Equal("Cu", model.Metadata.Name);
        Assert.Equal("random", model.Metadata.Provenance.SplitKind);
        Assert.Equal([7, 8], model.Metadata.Provenance.TrialSeeds.Order());
        Assert.Equal("made-up spectra; licence: none needed", model.Metadata.Provenance.DataNotice);
        Assert.Contains(", 2 at once", run.Error, StringComparison.Ordinal);
        string[] table = run.Error.TrimEnd('\n').Split('\n')[^4..];
        Assert.Equal("rank trial seed epochs best metric inter-style CT CN F1 z-score ensemble", string.Join(' ', table[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.All(table[2..], row => Assert.EndsWith(" yes", row, StringComparison.Ordinal));
        string[] csv = File.ReadAllLines(Path.Combine(_folder["run"], "trials.csv"));
        Assert.Equal("rank,trial,seed,epochs,best_epoch,metric,inter_style,spearman_CT,f1_CN,z_score,in_ensemble,failure", csv[0]);
        Assert.Equal(["1", "2"], csv[1..].Select(l => l.Split(',')[0]));
        Assert.Equal(["config.yaml", "run", "table.csv"], _folder.Entries());
    }

    [Fact]
    public void A_small_table_trains_with_the_preset_and_is_told_its_batch()
    {
        var run = CliRun.InProcess("train", "--data", _folder.Write("table.csv", SyntheticCsv.Create(60)), "--config", _folder.Write("config.yaml", "preset: fast\nmax_epoch: 2\nhidden: 8\n"), "--no-report", "--out", _folder["run"]);
        Assert.True(run.Code == 0, run.Error);
        int rows = ModelFolder.Open(Path.Combine(_folder["run"], "model")).Metadata.Provenance.SplitRows[0];
        Assert.Contains($"batch {rows} (as many as training rows; the preset's 512 are more), seed 1", run.Error, StringComparison.Ordinal);
        Assert.Contains($"\"batch_size: {rows}\"", File.ReadAllText(Path.Combine(_folder["run"], "run.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void Json_is_the_metrics_file_and_nothing_else_goes_to_stdout()
    {
        var run = CliRun.InProcess(Arguments("run", 2, "--json", "--quiet", "--no-report"));
        Assert.Equal(0, run.Code);
        Assert.Equal("", run.Error);
        Assert.Equal(MetricsJson.Serialize(MetricsJson.Read(Path.Combine(_folder["run"], "metrics.json"))), MetricsJson.Serialize(MetricsJson.Parse(run.Out)));
        using var json = System.Text.Json.JsonDocument.Parse(run.Out);
        var trial = Assert.Single(json.RootElement.GetProperty("trials").EnumerateArray());
        Assert.Equal(["inter_style", "spearman_CT", "f1_CN"], trial.GetProperty("scores").EnumerateObject().Select(p => p.Name));
        Assert.True(trial.GetProperty("in_ensemble").GetBoolean());
    }

    [Fact]
    public void Finished_run_is_not_overwritten()
    {
        Assert.Equal(0, CliRun.InProcess(Arguments("run", 2, "--quiet", "--no-report")).Code);
        string before = File.ReadAllText(Path.Combine(_folder["run"], "run.json"));
        CliRun.InProcess(Arguments("run", 2, "--quiet", "--no-report")).AssertBadInput("already holds a run", "--resume");
        Assert.Equal(before, File.ReadAllText(Path.Combine(_folder["run"], "run.json")));
    }

    [Fact]
    public void Data_file_of_the_configuration_lies_beside_it()
    {
        _folder.Write("table.csv", SyntheticCsv.Create(60));
        string config = _folder.Write("config.yaml", "data_file: table.csv\n" + SyntheticCsv.Configuration(epochs: 2));
        var run = CliRun.InProcess("train", "--config", config, "--out", _folder["run"], "--quiet", "--no-report");
        Assert.True(run.Code == 0, run.Error);
    }

    [Fact]
    public void Interrupted_run_resumes_to_the_same_numbers()
    {
        const int Epochs = 40;
        Assert.Equal(0, CliRun.InProcess(Arguments("whole", Epochs, "--quiet", "--no-report")).Code);

        using var interrupt = new CancellationTokenSource();
        using var error = new InterruptingWriter(interrupt, "epoch 10/");
        int code = CommandLine.Run(Arguments("run", Epochs), new Cli.Terminal.CliHost { Out = TextWriter.Null, Error = error, Interrupt = interrupt.Token });
        Assert.Equal(130, code);
        Assert.Contains("--resume", error.ToString(), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder["run"], "metrics.json")));
        Assert.NotEmpty(Directory.EnumerateFiles(Path.Combine(_folder["run"], "trials"), "*", SearchOption.AllDirectories));

        var resumed = CliRun.InProcess(Arguments("run", Epochs, "--resume", "--no-report"));
        Assert.True(resumed.Code == 0, resumed.Error);
        Assert.DoesNotContain("epoch 1/", resumed.Error, StringComparison.Ordinal);
        // Oracle: the run that was never interrupted, to the last digit.
        Assert.Equal(File.ReadAllText(Path.Combine(_folder["whole"], "metrics.json")), File.ReadAllText(Path.Combine(_folder["run"], "metrics.json")));
        Assert.Equal(File.ReadAllBytes(Path.Combine(_folder["whole"], "model", "encoder.onnx")), File.ReadAllBytes(Path.Combine(_folder["run"], "model", "encoder.onnx")));
    }

    [LinuxFact]
    public void Ctrl_C_saves_says_how_to_resume_and_exits_with_130()
    {
        using var process = CliRun.Start(_folder.Path, Arguments("run", 200_000));
        var lines = new StringBuilder();
        while (process.StandardError.ReadLine() is { } line)
        {
            lines.AppendLine(line);
            if (line.StartsWith("trial 1/1 epoch", StringComparison.Ordinal))
                break;
        }

        using (var kill = System.Diagnostics.Process.Start("kill", ["-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
            kill.WaitForExit();
        lines.Append(process.StandardError.ReadToEnd());
        Assert.True(process.WaitForExit(30_000), "the program hangs");
        Assert.True(process.ExitCode == 130, lines.ToString());
        Assert.Contains("interrupted: stopping cleanly", lines.ToString(), StringComparison.Ordinal);
        Assert.Contains("--resume", lines.ToString(), StringComparison.Ordinal);
        Assert.NotEmpty(Directory.EnumerateFiles(Path.Combine(_folder["run"], "trials"), "*.safetensors", SearchOption.AllDirectories));
    }

    /// <summary>Presses Ctrl-C when a text appears.</summary>
    private sealed class InterruptingWriter(CancellationTokenSource interrupt, string text) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.Contains(text, StringComparison.Ordinal) == true)
                interrupt.Cancel();
        }
    }
}
