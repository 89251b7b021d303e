using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using XanesMl.TestSupport;
using Xunit;
using Xunit.Abstractions;

namespace XanesMl.Edge.Tests.Watching;

/// <summary>The program itself, in its own process, killed while files arrive.</summary>
public sealed class KillTests(ITestOutputHelper output) : IDisposable
{
    private const int Kills = 50;

    private readonly TemporaryFolder _temporary = new();

    private string Input => _temporary.File("in");

    private string Output => _temporary.File("out");

    public void Dispose() => _temporary.Dispose();

    /// <summary>Kill -9 at random moments: of start and repair, and of work. Files meanwhile come in bursts: at once, in two halves, under a temporary name,
    /// renamed, copied, replaced, deleted. Oracle: the contents that are there in the end each have one result; every result is of a content that was there;
    /// no result ever changes or goes; results, ledger and table say the same and the ledger has every content once.</summary>
    [Fact]
    public async Task Fifty_kills_lose_nothing_and_do_nothing_twice()
    {
        int seed = Environment.GetEnvironmentVariable("XANESML_SEED") is { Length: > 0 } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        output.WriteLine($"XANESML_SEED={seed}");
        Directory.CreateDirectory(Input);
        string model = TinyModel.Write(_temporary.File("model"));
        var random = new Random(seed);
        var traffic = new Traffic(Input, random.Next());
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        int atWork = 0, repaired = 0;
        using (traffic.Start())
        {
            for (int kill = 0; kill < Kills; kill++)
            {
                using var child = Start(model, once: false);
                // Half of the kills hit the start and its repairs, half the work after some files.
                string said = kill % 2 == 0 ? await Lines(child, random.Next(1, 9)) : "";
                await Task.Delay(random.Next(kill % 2 == 0 ? 40 : 500));
                child.Kill();
                said += await child.StandardError.ReadToEndAsync();
                await child.WaitForExitAsync();
                Assert.Equal(137, child.ExitCode);
                Assert.DoesNotContain("error: results", said, StringComparison.Ordinal);
                atWork += said.Contains(".dat: ", StringComparison.Ordinal) ? 1 : 0;
                repaired += said.Contains("found in place after a stop", StringComparison.Ordinal) ? 1 : 0;
                RequireNothingChanged(seen);
            }
        }

        using (var last = Start(model, once: true))
        {
            string said = await last.StandardError.ReadToEndAsync();
            await last.WaitForExitAsync();
            Assert.True(last.ExitCode is 0 or 1, said);
        }

        RequireNothingChanged(seen);
        var folder = OutFolder.Of(Output);
        string[] noted = folder.RequireWhole();
        Assert.Equal(noted.Order(StringComparer.Ordinal), folder.Results());
        Assert.Subset(traffic.Ever.Keys.ToHashSet(), folder.Results().ToHashSet());
        Assert.Subset(folder.Results().ToHashSet(), traffic.Left().ToHashSet());
        output.WriteLine($"{traffic.Actions} actions, {traffic.Ever.Count} contents, {noted.Length} results, {atWork} of {Kills} kills at work, {repaired} starts found a result without its line");
        Assert.InRange(noted.Length, 20, traffic.Ever.Count);
        Assert.True(atWork >= 15, $"only {atWork} kills hit work");
    }

    [Fact]
    public async Task A_signal_ends_it_after_the_file_at_hand_with_130_and_a_second_watcher_is_refused_with_2()
    {
        Directory.CreateDirectory(Input);
        string model = TinyModel.Write(_temporary.File("model"));
        File.WriteAllText(Path.Combine(Input, "a.dat"), Traffic.Spectrum(1));
        using var child = Start(model, once: false);
        string first = "";
        while (!first.StartsWith("a.dat: ", StringComparison.Ordinal))
            first = await child.StandardError.ReadLineAsync() ?? throw new InvalidOperationException("it ended");
        using (var second = Start(model, once: true))
        {
            string refused = await second.StandardError.ReadToEndAsync();
            await second.WaitForExitAsync();
            Assert.Equal(2, second.ExitCode);
            Assert.Contains("another watcher", refused, StringComparison.Ordinal);
        }

        if (OperatingSystem.IsWindows())
            child.Kill();
        else
            Process.Start("kill", ["-TERM", child.Id.ToString(CultureInfo.InvariantCulture)]).WaitForExit();
        string rest = await child.StandardError.ReadToEndAsync();
        await child.WaitForExitAsync();
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(130, child.ExitCode);
            Assert.EndsWith("1 done, 0 failed, 0 with a content that was done before\n", rest, StringComparison.Ordinal);
        }

        Assert.Single(OutFolder.Of(Output).RequireWhole());
    }

    private static async Task<string> Lines(Process child, int count)
    {
        var lines = new StringBuilder();
        for (; count > 0; count--)
            lines.AppendLine(await child.StandardError.ReadLineAsync() ?? throw new InvalidOperationException("it ended by itself: " + lines));
        return lines.ToString();
    }

    private void RequireNothingChanged(Dictionary<string, string> seen)
    {
        string[] folders = Directory.Exists(Output) ? Directory.GetDirectories(Output, "results-*") : [];
        var now = folders.SelectMany(f => Directory.EnumerateFiles(f, "*.csv")).ToDictionary(f => Path.GetFileNameWithoutExtension(f), File.ReadAllText);
        foreach (var (sha256, text) in seen)
            Assert.Equal(text, now.GetValueOrDefault(sha256));
        foreach (var (sha256, text) in now)
            seen[sha256] = text;
    }

    private Process Start(string model, bool once) => Process.Start(new ProcessStartInfo("dotnet",
    [
        "exec", Path.Combine(AppContext.BaseDirectory, "xanesml-edge.dll"), "watch", Input, "--out", Output, "--model", model, "--poll", "0.02", "--settle", "0.05", .. once ? ["--once"] : Array.Empty<string>(),
    ])
    { RedirectStandardError = true })!;

    /// <summary>A beamline that writes files in every way, with a record of every content that a file ever had.</summary>
    private sealed class Traffic(string folder, int seed)
    {
        private readonly Random _random = new(seed);
        private int _next;

        public ConcurrentDictionary<string, bool> Ever { get; } = new();

        public int Actions { get; private set; }

        /// <summary>A measured spectrum, different for each number: columns of energy and mu about the edge of Cu.</summary>
        public static string Spectrum(int number)
        {
            var text = new StringBuilder("# energy mu\n");
            for (double e = 8900; e < 9100; e += 4)
                text.Append(CultureInfo.InvariantCulture, $"{e} {(1 / (1 + Math.Exp((8985 - e) / 3))) + (0.01 * Math.Sin((e + number) / 7)) + (1e-7 * number):F9}\n");
            return text.ToString();
        }

        public IDisposable Start()
        {
            var stop = new CancellationTokenSource();
            var task = Task.Factory.StartNew(() => Run(stop.Token), TaskCreationOptions.LongRunning);
            return new Stopping(stop, task);
        }

        /// <summary>Hashes of the contents that are there.</summary>
        public IEnumerable<string> Left() => Directory.EnumerateFiles(folder, "*.dat").Select(f => Hash(File.ReadAllBytes(f)));

        private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

        private void Run(CancellationToken stop)
        {
            while (!stop.IsCancellationRequested)
            {
                for (int burst = _random.Next(1, 8); burst > 0; burst--)
                    Act(Directory.GetFiles(folder, "*.dat"));
                Thread.Sleep(_random.Next(150));
            }
        }

        private void Act(string[] there)
        {
            Actions++;
            string name = Path.Combine(folder, _random.Next(1_000_000).ToString(CultureInfo.InvariantCulture) + ".dat");
            string some = there.Length > 0 ? there[_random.Next(there.Length)] : name;
            switch (there.Length is 0 ? 0 : there.Length > 30 ? 6 : _random.Next(7))
            {
                case 0:
                    Write(name, New(), FileMode.Create);
                    break;
                case 1:
                    byte[] whole = New();
                    Write(name, whole[..(whole.Length / 2)], FileMode.Create);
                    Thread.Sleep(_random.Next(120));
                    Ever[Hash(whole)] = true;
                    Write(name, whole[(whole.Length / 2)..], FileMode.Append, record: false);
                    break;
                case 2:
                    Write(name + ".part", New(), FileMode.Create);
                    File.Move(name + ".part", name, overwrite: true);
                    break;
                case 3:
                    File.Move(some, name, overwrite: true);
                    break;
                case 4:
                    Write(name, File.ReadAllBytes(some), FileMode.Create);
                    break;
                case 5:
                    Write(some, New(), FileMode.Create);
                    break;
                default:
                    File.Delete(some);
                    break;
            }
        }

        private byte[] New() => Encoding.UTF8.GetBytes(Spectrum(_next++));

        // One call of the system, so that no other content is ever there but the empty one.
        private void Write(string path, byte[] bytes, FileMode mode, bool record = true)
        {
            if (record)
                Ever[Hash(bytes)] = true;
            using var file = new FileStream(path, mode, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            file.Write(bytes);
        }

        private sealed class Stopping(CancellationTokenSource stop, Task task) : IDisposable
        {
            public void Dispose()
            {
                stop.Cancel();
                task.GetAwaiter().GetResult();
                stop.Dispose();
            }
        }
    }
}
