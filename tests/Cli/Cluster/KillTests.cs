using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using XanesMl.Cli.Tests.Commands;
using XanesMl.Training.Importing;

namespace XanesMl.Cli.Tests.Cluster;

/// <summary>A run that is killed hard, again and again, and resumed. Oracle: the bytes of a run that nobody touched.</summary>
public sealed partial class KillTests : IDisposable
{
    private const int Trials = 3, Epochs = 100, Interval = 10;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(8);

    private readonly ClusterFolder _folder = new(Epochs, $"checkpoint_interval: {Interval}\nverbose: true\n");

    public void Dispose() => _folder.Dispose();

    [LinuxFact]
    public void Kill_minus_nine_at_any_moment_loses_at_most_one_interval_and_changes_no_byte()
    {
        _folder.TrainWhole(Trials);
        string[] arguments = ["train", "--data", "Cu.csv.gz", "--config", "Cu.yaml", "--trials", Trials.ToString(CultureInfo.InvariantCulture), "--resume", "--out", "killed"];
        int seed = Environment.TickCount;
        var random = new Random(seed);
        var clock = Stopwatch.StartNew();
        int kills = 0, began = 0;
        int[] saved = new int[Trials];
        while (clock.Elapsed < s_limit || kills < 3)
        {
            using var process = CliRun.Start(_folder.Path, arguments);
            var shown = process.StandardError.ReadToEndAsync();
            _ = process.StandardOutput.ReadToEndAsync();
            if (process.WaitForExit(random.Next(200, 2000)))
            {
                Assert.True(process.ExitCode == 0, shown.Result);
                break;
            }

            process.Kill();
            process.WaitForExit();
            kills++;
            began += shown.Result.Contains(" epoch ", StringComparison.Ordinal) ? 1 : 0;
            AssertAtMostOneIntervalIsLost(shown.Result, saved, $"seed {seed}, kill {kills}");
        }

        var end = CliRun.AsProcess(_folder.Path, arguments);
        Assert.True(end.Code == 0, end.Error);
        string[] weights = [.. Enumerable.Range(0, Trials).Select(t => $"trials/{t:000}/weights.safetensors")];
        Assert.Equal(_folder.Hashes("whole", weights), _folder.Hashes("killed", weights));
        Assert.Equal(Names("whole"), Names("killed"));   // no leftover of a killed process
        Assert.True(kills >= 3, $"only {kills} kills");
        Assert.True(began >= 1, "no kill hit a process that trained");
    }

    /// <summary>Checkpoints never go back, and hold at least the last multiple of the interval that was reported.</summary>
    private void AssertAtMostOneIntervalIsLost(string shown, int[] saved, string when)
    {
        for (int t = 0; t < Trials; t++)
        {
            string checkpoint = Path.Combine(_folder["killed"], "trials", t.ToString("000", CultureInfo.InvariantCulture), "checkpoint.safetensors");
            int epoch = File.Exists(checkpoint) ? int.Parse(SafeTensorsReader.Read(checkpoint).Metadata["epoch"], CultureInfo.InvariantCulture) : 0;
            Assert.True(epoch >= saved[t], $"{when}: the checkpoint of trial {t} went from epoch {saved[t]} back to {epoch}");
            saved[t] = epoch;
            int reported = TrialEpoch().Matches(shown).Where(m => m.Groups["trial"].Value == (t + 1).ToString(CultureInfo.InvariantCulture))
                .Select(m => int.Parse(m.Groups["epoch"].Value, CultureInfo.InvariantCulture)).DefaultIfEmpty(0).Max();
            Assert.True(reported - epoch < Interval, $"{when}: trial {t} was in epoch {reported}, its checkpoint has {epoch}");
        }
    }

    private string[] Names(string run) =>
        [.. Directory.EnumerateFileSystemEntries(_folder[run], "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(_folder[run], f)).Order(StringComparer.Ordinal)];

    [GeneratedRegex(@"^trial (?<trial>\d+)/\d+ epoch (?<epoch>\d+)/", RegexOptions.Multiline)]
    private static partial Regex TrialEpoch();
}
