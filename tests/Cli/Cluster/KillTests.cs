using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using XanesMl.Cli.Tests.Commands;
using XanesMl.Training.Importing;
using Xunit.Abstractions;

namespace XanesMl.Cli.Tests.Cluster;

/// <summary>A run that is killed hard, again and again, and resumed. Oracle: the bytes of a run that nobody touched.</summary>
public sealed partial class KillTests(ITestOutputHelper output) : IDisposable
{
    private const int Trials = 3, Epochs = 80, Interval = 8, LeastKills = 3;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(6);

    private static readonly string[] s_arguments = ["train", "--data", "Cu.csv.gz", "--config", "Cu.yaml", "--trials", Trials.ToString(CultureInfo.InvariantCulture), "--resume", "--no-report", "--out", "killed"];

    private readonly ClusterFolder _folder = new(Epochs, $"checkpoint_interval: {Interval}\nverbose: true\n");

    public void Dispose() => _folder.Dispose();

    [LinuxFact]
    public void Kill_minus_nine_at_any_moment_loses_at_most_one_interval_and_changes_no_byte()
    {
        var clock = Stopwatch.StartNew();
        _folder.TrainWhole(Trials, "--no-report");
        int seed = Environment.TickCount, sixth = (int)clock.ElapsedMilliseconds / 6;
        var random = new Random(seed);
        int kills = 0;
        int[] saved = new int[Trials];
        clock.Restart();
        long start = 0;
        while (clock.Elapsed < s_limit || kills < LeastKills)
        {
            long began = clock.ElapsedMilliseconds;
            using var process = CliRun.Start(_folder.Path, s_arguments);
            _ = process.StandardOutput.ReadToEndAsync();
            string shown = FirstEpoch(process);
            start = clock.ElapsedMilliseconds - began;
            if (process.WaitForExit(random.Next(sixth)))
            {
                Assert.True(process.ExitCode == 0, shown + process.StandardError.ReadToEnd());
                if (kills >= LeastKills)
                    break;
                // the machine is quicker than the first run said: again, with shorter delays
                Directory.Delete(_folder["killed"], recursive: true);
                Array.Clear(saved);
                sixth = Math.Max(1, sixth / 2);
                continue;
            }

            process.Kill();
            process.WaitForExit();
            kills++;
            AssertAtMostOneIntervalIsLost(shown + process.StandardError.ReadToEnd(), saved, $"seed {seed}, kill {kills}");
        }

        output.WriteLine($"seed {seed}: {kills} kills of a training program that starts in {start} ms and is killed within {sixth} ms of its first epoch; epochs saved: {string.Join(' ', saved)}");
        Assert.True(kills >= LeastKills, $"only {kills} kills");
        Finish();
        // now nothing is left to train: these hit the start of the program, or its end while it writes the model
        for (int i = 0; i < 2; i++)
        {
            using var process = CliRun.Start(_folder.Path, s_arguments);
            process.WaitForExit((int)(start * (0.5 + random.NextDouble())));
            process.Kill();
            process.WaitForExit();
        }

        Finish();
        string[] weights = [.. Enumerable.Range(0, Trials).Select(t => $"trials/{t:000}/weights.safetensors")];
        Assert.Equal(_folder.Hashes("whole", weights), _folder.Hashes("killed", weights));
        Assert.Equal(Names("whole"), Names("killed"));   // no leftover of a killed process
    }

    private void Finish()
    {
        var end = CliRun.AsProcess(_folder.Path, s_arguments);
        Assert.True(end.Code == 0, end.Error);
    }

    /// <summary>What the program writes until a trial reports its first epoch, or until it ends.</summary>
    private static string FirstEpoch(Process process)
    {
        var shown = new StringBuilder();
        while (process.StandardError.ReadLine() is { } line)
        {
            shown.Append(line).Append('\n');
            if (line.StartsWith("trial ", StringComparison.Ordinal))
                break;
        }

        return shown.ToString();
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
