using System.Globalization;
using System.Text;
using System.Text.Json;
using XanesMl.Cli.Tests.Commands;
using XanesMl.Training.Importing;

namespace XanesMl.Cli.Tests.Cluster;

/// <summary>train --trial-range, select, and trials that go wrong, at the command line.</summary>
public sealed class RangeTests : IDisposable
{
    private readonly ClusterFolder _folder = new(epochs: 3);

    public void Dispose() => _folder.Dispose();

    private string[] Train(string output, params string[] more) => ["train", "--data", _folder["Cu.csv.gz"], "--config", _folder["Cu.yaml"], "--out", _folder[output], .. more];

    [Fact]
    public void Ranges_and_select_write_what_one_process_writes()
    {
        _folder.TrainWhole(4);
        var first = CliRun.InProcess(Train("parts", "--trials", "4", "--trial-range", "0..2", "--parallel", "2"));
        Assert.True(first.Code == 0, first.Error);
        Assert.Contains("4 trials of 3 epochs, batch 16, seed 1, cpu, trials 0..2 here, 2 at once", first.Error, StringComparison.Ordinal);
        Assert.Equal("", first.Out);
        Assert.Equal(["run.json", "run.lock", "trials"], Directory.EnumerateFileSystemEntries(_folder["parts"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(["checkpoint.safetensors", "losses.csv", "run.lock", "trial.json", "weights.safetensors"],
            Directory.EnumerateFiles(Path.Combine(_folder["parts"], "trials", "002")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var second = CliRun.InProcess(Train("parts", "--trials", "4", "--trial-range", "3..3", "--quiet", "--json"));
        Assert.Equal((0, ""), (second.Code, second.Error));
        using (var json = JsonDocument.Parse(second.Out))
            Assert.Equal(4, Assert.Single(json.RootElement.GetProperty("trials").EnumerateArray()).GetProperty("seed").GetInt32());

        var select = CliRun.InProcess("select", _folder["parts"], "--data", _folder["Cu.csv.gz"], "--out", _folder["best"]);
        Assert.True(select.Code == 0, select.Error);
        Assert.StartsWith("4 trials of 1 run folder\n", select.Error, StringComparison.Ordinal);
        Assert.Equal(4, select.Error.Split('\n').Count(l => l.EndsWith(" yes", StringComparison.Ordinal) || l.EndsWith(" no", StringComparison.Ordinal)));
        Assert.Equal(_folder.Hashes("whole"), _folder.Hashes("best"));
        Assert.Equal(["losses.csv", "metrics.json", "model", "plots", "report.html", "run.json", "run.lock", "trials.csv"], Directory.EnumerateFileSystemEntries(_folder["best"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        var top = CliRun.InProcess("select", _folder["parts"], "--data", _folder["Cu.csv.gz"], "--top", "1", "--json", "--quiet", "--no-report", "--out", _folder["one"]);
        using (var json = JsonDocument.Parse(top.Out))
            Assert.Equal([true, false, false, false], json.RootElement.GetProperty("trials").EnumerateArray().Select(t => t.GetProperty("in_ensemble").GetBoolean()));
    }

    [Fact]
    public void Select_refuses_another_table_and_missing_trials()
    {
        Assert.Equal(0, CliRun.InProcess(Train("parts", "--trials", "3", "--trial-range", "1..2", "--quiet")).Code);
        string other = Path.Combine(_folder.Path, "other.csv");
        File.WriteAllText(other, SyntheticCsv.Create(62));
        CliRun.InProcess("select", _folder["parts"], "--data", _folder["Cu.csv.gz"], "--out", _folder["best"]).AssertBadInput("1 of 3 trials have not ended: 0 (seed 1)", "--allow-missing");
        CliRun.InProcess("select", _folder["parts"], "--allow-missing", "--data", other, "--out", _folder["best"]).AssertBadInput("the data differ");
        Assert.False(Path.Exists(_folder["best"]));
        var run = CliRun.InProcess("select", _folder["parts"], "--allow-missing", "--data", _folder["Cu.csv.gz"], "--no-report", "--out", _folder["best"]);
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("trial 000 (seed 1) failed: missing", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void One_diverging_and_one_broken_trial_do_not_stop_the_rest()
    {
        // One interrupted trial, whose weights become NaN, and a file where another trial's folder should be.
        using var interrupt = new CancellationTokenSource();
        using var error = new StopAt(interrupt, "trial 2/4 epoch");
        string[] arguments = ["train", "--data", _folder["Cu.csv.gz"], "--config", _folder["long.yaml"], "--trials", "4", "--parallel", "3", "--out", _folder["run"]];
        File.WriteAllText(_folder["long.yaml"], SyntheticCsv.Configuration(epochs: 80) + "top_n: 2\nverbose: true\n");
        Assert.Equal(130, CommandLine.Run([.. arguments, "--trial-range", "1..1"], new Cli.Terminal.CliHost { Out = TextWriter.Null, Error = error, Interrupt = interrupt.Token }));
        Poison(Path.Combine(_folder["run"], "trials", "001", "checkpoint.safetensors"));
        File.WriteAllText(Path.Combine(_folder["run"], "trials", "003"), "in the way");

        var run = CliRun.InProcess([.. arguments, "--resume"]);
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("trial 001 (seed 2) failed: trial with seed 2 diverged in epoch", run.Error, StringComparison.Ordinal);
        Assert.Contains("trial 003 (seed 4) failed: ", run.Error, StringComparison.Ordinal);
        string[] csv = File.ReadAllLines(Path.Combine(_folder["run"], "trials.csv"));
        Assert.Equal(["yes", "yes", "no", "no"], csv[1..].Select(l => l.Split(',')[10]));
        Assert.Contains("Best 2 of 2 trials", File.ReadAllText(Path.Combine(_folder["run"], "model", "card.md")), StringComparison.Ordinal);

        // the same of a range: what another attempt may cure is exit code 1
        var range = CliRun.InProcess([.. arguments, "--resume", "--trial-range", "1..2"]);
        Assert.True(range.Code == 0, range.Error);
        File.Delete(Path.Combine(_folder["run"], "trials", "002", "trial.json"));
        File.Delete(Path.Combine(_folder["run"], "trials", "002", "weights.safetensors"));
        Directory.CreateDirectory(Path.Combine(_folder["run"], "trials", "002", "weights.safetensors"));
        var broken = CliRun.InProcess([.. arguments, "--resume", "--trial-range", "1..2", "--quiet"]);
        Assert.Equal(1, broken.Code);
        Assert.Contains("error: 1 of 2 trials could not be finished: ", broken.Error, StringComparison.Ordinal);
        Assert.Contains("--resume", broken.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder["run"], "trials", "002", "trial.json")));
    }

    [LinuxFact]
    public void A_second_process_in_a_run_folder_is_refused_until_the_first_is_gone()
    {
        File.WriteAllText(_folder["long.yaml"], SyntheticCsv.Configuration(epochs: 200_000));
        string[] arguments = ["train", "--data", _folder["Cu.csv.gz"], "--config", _folder["long.yaml"], "--out", _folder["run"]];
        using var process = CliRun.Start(_folder.Path, arguments);
        try
        {
            string line = "";
            while (!line.StartsWith("trial 1/1 epoch", StringComparison.Ordinal))
                line = process.StandardError.ReadLine() ?? throw new InvalidOperationException("the program ended");
            CliRun.InProcess([.. arguments, "--resume"]).AssertBadInput("another process is at work in this folder", "Wait until it has ended");
            CliRun.InProcess("select", _folder["run"], "--data", _folder["Cu.csv.gz"], "--out", _folder["best"]).AssertBadInput("another process is at work in this folder");
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }

        CliRun.InProcess("select", _folder["run"], "--data", _folder["Cu.csv.gz"], "--out", _folder["best"]).AssertBadInput("no trial has ended here");
    }

    /// <summary>Replaces the first weights of a checkpoint by NaN.</summary>
    private static void Poison(string path)
    {
        var file = SafeTensorsReader.Read(path);
        Assert.True(int.Parse(file.Metadata["epoch"], CultureInfo.InvariantCulture) > 0);
        SafeTensorsWriter.Write(path, file.Tensors.Values.Select(t => t.Name.EndsWith("main.0.weight", StringComparison.Ordinal)
            ? NamedTensor.FromSingles(t.Name, t.Shape, Enumerable.Repeat(float.NaN, t.ToSingles().Length).ToArray()) : t), file.Metadata);
    }

    /// <summary>Presses Ctrl-C when a text appears.</summary>
    private sealed class StopAt(CancellationTokenSource interrupt, string text) : StringWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.Contains(text, StringComparison.Ordinal) == true)
                interrupt.Cancel();
        }
    }
}
