using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using XanesMl.Edge.Watching;
using XanesMl.Spectra;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Edge.Tests.Watching;

/// <summary>What the loop takes and what it leaves.</summary>
public sealed class WatcherTests : WatcherHarness
{
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
        // It is as bad the second time, and named, for the code has to be explained.
        Assert.Equal(1, Once());
        Assert.Equal(["a.dat: holds no spectrum", "a.dat: holds no spectrum"], _errors);
        Assert.Equal("0 done, 1 failed, 1 with a content that was done before", _progress[^1]);
        Put("copy.dat", "bad");
        Assert.Equal(1, Once());
        Assert.Equal("0 done, 2 failed, 1 with a content that was done before", _progress[^1]);
        File.Delete(At("copy.dat"));
        RequireExactlyOnce("bad", "two");
        Assert.Equal(2, _scorer.Calls);
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
        Assert.Equal(1, Run(Options() with { Once = true }, scorer: small));
        string line = Assert.Single(File.ReadAllLines(Path.Combine(Output, Ledger.FileName)), l => l.Contains("a.dat", StringComparison.Ordinal));
        Assert.Contains("\"kind\":\"too-large\"", line, StringComparison.Ordinal);
        Assert.Contains("4 bytes, above the limit of 3", line, StringComparison.Ordinal);
        Put("a.dat", "seven..");
        Assert.Equal(1, Run(Options() with { Once = true }, scorer: small));
        Assert.Equal(2, File.ReadAllLines(Path.Combine(Output, Ledger.FileName)).Count(l => l.Contains("too-large", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_is_known_to_fail_is_not_said_again_by_a_watcher_that_goes_on()
    {
        var small = new CountingScorer(mostBytes: 3);
        Put("a.dat", "bad");
        Put("b.dat", "four");
        Assert.Equal(1, Run(Options() with { Once = true }, scorer: small));
        Assert.Equal(2, _errors.Count);
        using var watcher = Watcher(Options(), new OutputFiles(), small, Say);
        using var stop = new CancellationTokenSource();
        watcher.Open();
        var run = Task.Run(() => watcher.Run(stop.Token));
        Put("c.dat", "one");
        await Until(() => Said("c.dat: "));
        await stop.CancelAsync();
        Assert.Equal(130, await run);
        Assert.Equal(2, _errors.Count);
        Assert.Equal("1 done, 2 failed, 0 with a content that was done before", _progress[^1]);
    }

    [Fact]
    public async Task Files_that_come_change_and_go_while_it_runs()
    {
        using var running = Start(Options());
        Put("a.dat", "one");
        await Until(() => _scorer.Calls == 1);
        Put("b.dat", "two");
        await Until(() => _scorer.Calls == 2);
        Put("a.dat", "other");
        await Until(() => _scorer.Calls == 3);
        File.Delete(At("a.dat"));
        File.Move(At("b.dat"), At("c.dat"));
        await Until(() => Said("c.dat: "));
        Assert.Equal(130, await running.Stop());
        RequireExactlyOnce("one", "other", "two");
        Assert.Empty(_errors);
    }

    /// <summary>A file that grows for three settling times without a rest of one. A busy machine may make the writer rest; then it tries again.</summary>
    [Fact]
    public async Task A_file_that_grows_is_taken_when_it_is_whole()
    {
        var settle = TimeSpan.FromSeconds(0.4);
        using var running = Start(Options() with { Settle = settle });
        int attempt = 0;
        string[] parts = [];
        for (bool rested = true; rested;)
        {
            string name = ++attempt + ".dat";
            parts = [.. Enumerable.Range(1, 40).Select(i => name + new string('x', i))];
            var (clock, last) = (Stopwatch.StartNew(), TimeSpan.Zero);
            rested = false;
            foreach (string part in parts)
            {
                Put(name, part);
                rested |= clock.Elapsed - last > settle / 2;
                last = clock.Elapsed;
                await Task.Delay(30);
            }

            await Until(() => Said(name + ": "));
        }

        await running.Stop();
        string[] results = OutFolder.Of(Output, _scorer.Run).Results();
        Assert.Contains(Hash(parts[^1]), results);
        Assert.All(parts[..^1], p => Assert.DoesNotContain(Hash(p), results));
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
}
