using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using XanesMl.Edge.Watching;
using XanesMl.Spectra;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Edge.Tests.Watching;

/// <summary>The whole loop on a real folder with a scorer that counts; times of some hundredths of a second.</summary>
public sealed class WatcherTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly CountingScorer _scorer = new();
    private readonly List<string> _errors = [], _progress = [];

    public WatcherTests() => Directory.CreateDirectory(Input);

    private string Input => _temporary.File("in");

    private string Output => _temporary.File("out");

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void Once_takes_what_is_there_and_a_second_time_nothing()
    {
        Put("a.dat", "one");
        Put("b.dat", "two");
        Put("copy.dat", "one");
        Assert.Equal(0, Once());
        RequireExactlyOnce("one", "two");
        File.Move(At("b.dat"), At("renamed.dat"));
        Assert.Equal(0, Once());
        RequireExactlyOnce("one", "two");
        Assert.Equal(2, _scorer.Calls);
        Assert.Equal(["a.dat: 2 spectra", "b.dat: 2 spectra", "copy.dat: its content is done already", "renamed.dat: its content is done already"],
            _progress.Where(p => p.Contains(".dat:", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Empty(_errors);
    }

    [Fact]
    public void A_bad_file_has_a_row_fails_once_and_is_tried_again_when_it_changes()
    {
        Put("a.dat", "bad");
        Put("b.dat", "two");
        Assert.Equal(1, Once());
        Assert.Equal(["a.dat: holds no spectrum"], _errors);
        Assert.Equal(0, Once());
        RequireExactlyOnce("bad", "two");
        Put("a.dat", "good");
        Assert.Equal(0, Once());
        RequireExactlyOnce("bad", "good", "two");
        Assert.Equal(3, _scorer.Calls);
    }

    [Fact]
    public void Hidden_temporary_and_empty_files_links_and_pipes_are_not_opened()
    {
        foreach (string name in new[] { ".hidden", "a.part", "a.TMP", "a.dat~", "~$a.dat", "#a#", "a.crdownload", "Thumbs.db" })
            Put(name, "content of " + name);
        Put("empty.dat", "");
        Put("a.dat", "one");
        File.WriteAllText(_temporary.File("outside.dat"), "outside");
        File.CreateSymbolicLink(At("link.dat"), _temporary.File("outside.dat"));
        Directory.CreateSymbolicLink(At("linked"), _temporary.Path);
        Directory.CreateDirectory(At("sub"));
        Put("sub/b.dat", "two");
        Pipe(At("pipe.dat"));
        Assert.Equal(0, Once());
        RequireExactlyOnce("one");
        Assert.EndsWith("; files without content: 2", _progress[^1], StringComparison.Ordinal);
        Assert.Equal(0, Run(Options() with { Once = true, Recursive = true }));
        RequireExactlyOnce("one", "two");
        Assert.Contains("sub/b.dat,", File.ReadAllText(Path.Combine(Output, _scorer.Run.TableName)), StringComparison.Ordinal);
    }

    [Fact]
    public void An_out_folder_in_the_watched_one_is_not_watched()
    {
        Put("a.dat", "one");
        var options = Options() with { Output = At("results"), Once = true, Recursive = true };
        for (int i = 0; i < 3; i++)
            Assert.Equal(0, Run(options));
        OutFolder.Of(options.Output, _scorer.Run).RequireExactlyOnce([Hash("one")]);
        Assert.Equal(1, _scorer.Calls);
    }

    [Fact]
    public void Folders_that_would_feed_on_their_own_results_are_refused()
    {
        Directory.CreateSymbolicLink(_temporary.File("link"), Input);
        Assert.Contains("is the out folder", Refused(Input, Input), StringComparison.Ordinal);
        Assert.Contains("is the out folder", Refused(Input, _temporary.File("link")), StringComparison.Ordinal);
        Assert.Contains("is the out folder", Refused(Input, _temporary.Path), StringComparison.Ordinal);
        Assert.Contains("no such folder", Refused(_temporary.File("absent"), Output), StringComparison.Ordinal);
        Put("a.dat", "one");
        Assert.Contains("a file", Refused(At("a.dat"), Output), StringComparison.Ordinal);
        Assert.Contains("a file", Refused(Input, At("a.dat")), StringComparison.Ordinal);
        Assert.Equal(["a.dat"], Directory.EnumerateFileSystemEntries(Input).Select(Path.GetFileName));
        Assert.Equal(0, Once());
        Assert.Contains("out folder of a watcher", Refused(Output, _temporary.File("other")), StringComparison.Ordinal);
        Assert.Contains("out folder of a watcher", Refused(Path.Combine(Output, _scorer.Run.FolderName), _temporary.File("other")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_above_the_limit_is_left_alone()
    {
        var small = new CountingScorer(mostBytes: 3);
        Put("a.dat", "four");
        Put("b.dat", "two");
        Assert.Equal(1, Run(Options() with { Once = true }, scorer: small));
        OutFolder.Of(Output, small.Run).RequireExactlyOnce([Hash("two")]);
        Assert.StartsWith("a.dat: the file has 4 bytes, above the limit of 3", Assert.Single(_errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_that_come_grow_change_and_go_while_it_runs()
    {
        using var running = Start(Options());
        Put("a.dat", "one");
        await Until(() => _scorer.Calls == 1);
        // Grows for longer than the settling time, without a rest that long.
        for (int i = 1; i <= 12; i++)
        {
            Put("b.dat", new string('x', i));
            await Task.Delay(10);
        }

        await Until(() => _scorer.Calls == 2);
        Put("a.dat", "other");
        await Until(() => _scorer.Calls == 3);
        File.Delete(At("a.dat"));
        File.Move(At("b.dat"), At("c.dat"));
        await Until(() => _progress.Any(p => p.StartsWith("c.dat", StringComparison.Ordinal)));
        Assert.Equal(130, await running.Stop());
        RequireExactlyOnce("one", "other", new string('x', 12));
        Assert.Empty(_errors);
    }

    /// <summary>Without the system's notices this would take two polls, 30 s each, and not two seconds.</summary>
    [Fact]
    public async Task Notices_of_the_system_shorten_the_wait_of_a_long_poll()
    {
        using var running = Start(Options() with { Poll = TimeSpan.FromSeconds(30) });
        await Task.Delay(100);
        var clock = Stopwatch.StartNew();
        Put("a.dat", "one");
        await Until(() => _scorer.Calls == 1);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(25), $"{clock.Elapsed}");
        await running.Stop();
        RequireExactlyOnce("one");
    }

    [Fact]
    public async Task A_full_disk_is_said_once_and_everything_is_there_when_there_is_room()
    {
        var files = new FailingFiles(6, 0.5, crash: false);
        using var running = Start(Options(), files);
        for (int i = 0; i < 5; i++)
            Put($"{i}.dat", "content " + i);
        await Until(() => _errors.Count > 0);
        await Task.Delay(200);
        Put("5.dat", "content 5");
        await Task.Delay(100);
        Assert.True(_scorer.Calls < 20, $"{_scorer.Calls} attempts");
        files.Full = false;
        await Until(() => OutFolder.Of(Output, _scorer.Run).Results().Length == 6 && _progress.Contains("results can be written again"));
        await running.Stop();
        RequireExactlyOnce([.. Enumerable.Range(0, 6).Select(i => "content " + i)]);
        Assert.StartsWith("results cannot be written now", Assert.Single(_errors), StringComparison.Ordinal);
    }

    /// <summary>A real full disk: a memory file system of 64 KiB, filled to the last byte by another file.</summary>
    [MountFact]
    public async Task A_full_file_system_loses_nothing()
    {
        Directory.CreateDirectory(Output);
        using var mounted = MountFactAttribute.Mount(Output, "64k");
        var filler = Path.Combine(Output, "filler");
        using var running = Start(Options());
        Put("a.dat", "one");
        await Until(() => _scorer.Calls == 1);
        Fill(filler);
        string[] contents = [.. Enumerable.Range(0, 8).Select(i => "content " + i)];
        for (int i = 0; i < contents.Length; i++)
            Put($"{i}.dat", contents[i]);
        await Until(() => _errors.Count > 0);
        await Task.Delay(200);
        Assert.Contains("the disk is full", Assert.Single(_errors), StringComparison.Ordinal);
        File.Delete(filler);
        await Until(() => OutFolder.Of(Output, _scorer.Run).Results().Length == 9);
        await running.Stop();
        RequireExactlyOnce([.. contents, "one"]);
    }

    [Fact]
    public async Task An_out_folder_that_goes_away_is_waited_for_and_never_made_anew()
    {
        using var running = Start(Options());
        Put("a.dat", "one");
        await Until(() => _progress.Any(p => p.StartsWith("a.dat", StringComparison.Ordinal)));
        Directory.Move(Output, _temporary.File("away"));
        Put("b.dat", "two");
        await Until(() => _errors.Count > 0);
        await Task.Delay(100);
        Assert.False(Directory.Exists(Output));
        // Another folder in its place, such as an empty mount point, is not taken for it.
        Directory.CreateDirectory(Output);
        await Task.Delay(150);
        Assert.Empty(Directory.EnumerateFiles(Output, "*.jsonl"));
        Directory.Delete(Output, recursive: true);
        Directory.Move(_temporary.File("away"), Output);
        await Until(() => _progress.Contains("results can be written again"));
        await running.Stop();
        RequireExactlyOnce("one", "two");
        Assert.Single(_errors);
        Assert.Equal(0, Once());
        Assert.InRange(_scorer.Calls, 2, 3);
    }

    [Fact]
    public async Task A_watched_folder_that_goes_away_is_waited_for()
    {
        Put("a.dat", "one");
        using var running = Start(Options());
        await Until(() => _scorer.Calls == 1);
        Directory.Move(Input, _temporary.File("away"));
        await Until(() => _errors.Count > 0);
        await Task.Delay(100);
        Directory.Move(_temporary.File("away"), Input);
        Put("b.dat", "two");
        await Until(() => _scorer.Calls == 2);
        await running.Stop();
        RequireExactlyOnce("one", "two");
        Assert.Contains("cannot be listed", Assert.Single(_errors), StringComparison.Ordinal);
        Assert.Contains(_progress, p => p.EndsWith("can be listed again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_that_cannot_be_opened_is_said_once_and_done_when_it_can()
    {
        Put("a.dat", "one");
        using (var running = Start(Options()))
        {
            await Until(() => _scorer.Calls == 1);
            using (Locked("b.dat", "two"))
            {
                await Until(() => _errors.Count > 0);
                await Task.Delay(200);
            }

            await Until(() => _scorer.Calls == 2);
            await running.Stop();
        }

        RequireExactlyOnce("one", "two");
        Assert.StartsWith("b.dat: it cannot be read now", Assert.Single(_errors), StringComparison.Ordinal);
    }

    [Fact]
    public void Once_gives_up_a_file_that_stays_closed_and_says_so()
    {
        Put("a.dat", "one");
        using (Locked("b.dat", "two"))
            Assert.Equal(1, Once());
        RequireExactlyOnce("one");
        Assert.Contains(_errors, e => e.StartsWith("b.dat: still changing, or not to be read", StringComparison.Ordinal));
        Assert.Equal(0, Once());
        RequireExactlyOnce("one", "two");
    }

    /// <summary>900 files, of which all are known at the second start. Memory is what lives after a collection: 600 more files may cost their entries, 1 KB each, and not their 12 MB.</summary>
    [Fact]
    public void Memory_and_work_do_not_grow_with_what_is_done()
    {
        var options = Options() with { Once = true, Poll = TimeSpan.FromSeconds(10), Settle = TimeSpan.Zero };
        long before = 0, after = 0;
        for (int i = 0; i < 900; i++)
            File.WriteAllBytes(At($"{i}.dat"), Content(i));
        var seen = new CountingScorer();
        using (var watcher = Watcher(options, new NoSync(), seen, (line, _) =>
        {
            if (seen.Calls == 300)
                before = GC.GetTotalMemory(forceFullCollection: true);
            if (seen.Calls == 900 && line.Contains("spectra", StringComparison.Ordinal))
                after = GC.GetTotalMemory(forceFullCollection: true);
        }))
        {
            watcher.Open();
            Assert.Equal(0, watcher.Run(CancellationToken.None));
        }

        Assert.Equal(900, OutFolder.Of(Output, seen.Run).Results().Length);
        Assert.InRange(after - before, -1_000_000, 600_000);
        Assert.Equal(0, Run(options, scorer: seen));
        Assert.Equal(900, seen.Calls);

        static byte[] Content(int i) => Encoding.UTF8.GetBytes(i + " " + new string('x', 20_000));
    }

    private static string Hash(string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));

    private static async Task Until(Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), "waited for 30 s in vain");
            await Task.Delay(5);
        }
    }

    private static void Pipe(string path)
    {
        if (OperatingSystem.IsWindows())
            File.WriteAllText(path, "");
        else
            Process.Start("mkfifo", [path]).WaitForExit();
    }

    private static void Fill(string path)
    {
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (int size = 4096; size > 0; size /= 2)
        {
            try
            {
                while (true)
                    stream.Write(new byte[size]);
            }
            catch (IOException)
            {
                // Full for pieces of this size.
            }
        }
    }

    private string At(string name) => Path.Combine(Input, name);

    private void Put(string name, string content) => File.WriteAllText(At(name), content);

    /// <summary>A file that nobody else may open until it is released: held without sharing, which .NET honours on every system.</summary>
    private FileStream Locked(string name, string content)
    {
        var file = new FileStream(At(name), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        file.Write(Encoding.UTF8.GetBytes(content));
        file.Flush();
        return file;
    }

    private WatchOptions Options() => new()
    {
        Folder = Input, Output = Output, Poll = TimeSpan.FromSeconds(0.02), Settle = TimeSpan.FromSeconds(0.05), LongestRetry = TimeSpan.FromSeconds(0.1),
    };

    private void RequireExactlyOnce(params string[] contents) => OutFolder.Of(Output, _scorer.Run).RequireExactlyOnce([.. contents.Select(Hash)]);

    private string Refused(string folder, string output) =>
        Assert.Throws<XanesDataException>(() => Run(Options() with { Folder = folder, Output = output, Once = true })).Message;

    private int Once() => Run(Options() with { Once = true });

    private int Run(WatchOptions options, CountingScorer? scorer = null)
    {
        using var watcher = Watcher(options, new OutputFiles(), scorer ?? _scorer, Say);
        watcher.Open();
        return watcher.Run(CancellationToken.None);
    }

    private void Say(string line, bool error)
    {
        lock (_errors)
            (error ? _errors : _progress).Add(line);
    }

    private static Watcher Watcher(WatchOptions options, IOutputFiles files, CountingScorer scorer, Action<string, bool> say) => new(options, scorer, files, TimeProvider.System, say);

    private Running Start(WatchOptions options, IOutputFiles? files = null) => new(Watcher(options, files ?? new OutputFiles(), _scorer, Say));

    private sealed class Running : IDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Watcher _watcher;
        private readonly Task<int> _run;

        public Running(Watcher watcher)
        {
            _watcher = watcher;
            watcher.Open();
            _run = Task.Run(() => watcher.Run(_stop.Token));
        }

        public async Task<int> Stop()
        {
            await _stop.CancelAsync();
            int code = await _run;
            _watcher.Dispose();
            return code;
        }

        public void Dispose()
        {
            _stop.Cancel();
            _run.GetAwaiter().GetResult();
            _watcher.Dispose();
            _stop.Dispose();
        }
    }

    /// <summary>The file system without waiting for the disk, which 900 files need not.</summary>
    private sealed class NoSync : IOutputFiles
    {
        private readonly OutputFiles _files = new();

        public void WriteWhole(string path, Action<Stream> write)
        {
            using var stream = File.Create(path);
            write(stream);
        }

        public void Append(string path, long end, ReadOnlyMemory<byte> content, bool durable) => _files.Append(path, end, content, durable: false);

        public void Cut(string path, long length, long end) => _files.Cut(path, length, end);
    }
}
