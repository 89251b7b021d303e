using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using XanesMl.Edge.Watching;
using XanesMl.Spectra;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Edge.Tests.Watching;

/// <summary>Full disks, folders that go away, files that cannot be opened.</summary>
public sealed class WatcherTroubleTests : WatcherHarness
{
    [Fact]
    public async Task A_full_disk_is_said_once_and_everything_is_there_when_there_is_room()
    {
        var files = new FailingFiles(6, 0.5, crash: false);
        using var running = Start(Options(), files);
        for (int i = 0; i < 5; i++)
            Put($"{i}.dat", "content " + i);
        await Until(() => _errors.Count > 0);
        var clock = Stopwatch.StartNew();
        await Task.Delay(200);
        Put("5.dat", "content 5");
        await Task.Delay(100);
        // Waits of 20, 40, 80, 100, 100, ... ms lie between attempts.
        Assert.InRange(_scorer.Calls, 2, 10 + (int)(clock.Elapsed / TimeSpan.FromMilliseconds(80)));
        files.Full = false;
        await Until(() => OutFolder.Of(Output, _scorer.Run).Results().Length == 6 && Said("results can be written again"));
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
        await Until(() => Said("a.dat: "));
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
        await Until(() => Said("results can be written again"));
        await running.Stop();
        RequireExactlyOnce("one", "two");
        Assert.Single(_errors);
        Assert.Equal(0, Once());
        Assert.InRange(_scorer.Calls, 2, 3);
    }

    /// <summary>The folder of results is removed under the watcher. It notices with the next file, and has all results again without a restart.</summary>
    [Fact]
    public async Task Results_that_go_away_are_made_again_from_the_files_that_are_there()
    {
        using var running = Start(Options());
        Put("a.dat", "one");
        Put("b.dat", "bad");
        Put("gone.dat", "two");
        await Until(() => _scorer.Calls == 3 && Said("gone.dat: "));
        File.Delete(At("gone.dat"));
        await Task.Delay(100);
        Directory.Delete(Path.Combine(Output, _scorer.Run.FolderName), recursive: true);
        Put("c.dat", "three");
        await Until(() => Said("c.dat: ") && Directory.GetFiles(Path.Combine(Output, _scorer.Run.FolderName)).Length == 3);
        await running.Stop();
        Assert.True(Said("results gone or damaged; predicted again where their files are still there: 3"));
        Assert.Equal(new[] { "one", "bad", "three" }.Select(Hash).Order(), OutFolder.Of(Output, _scorer.Run).Results());
        Put("gone.dat", "two");
        Assert.Equal(1, Once());
        RequireExactlyOnce("one", "bad", "two", "three");
    }

    /// <summary>Files under the names of results that are none cost neither the start nor the watcher that runs.</summary>
    [Fact]
    public async Task Damaged_results_are_set_aside_and_made_again()
    {
        Put("a.dat", "one");
        Put("b.dat", "two");
        Assert.Equal(0, Once());
        string results = Path.Combine(Output, _scorer.Run.FolderName);
        File.WriteAllText(Path.Combine(results, Hash("one") + ".csv"), "");
        File.WriteAllText(Path.Combine(results, Hash("z") + ".csv"), "");
        File.Delete(Path.Combine(Output, _scorer.Run.TableName));
        using (var running = Start(Options()))
        {
            await Until(() => _scorer.Calls == 3 && OutFolder.Of(Output, _scorer.Run).Results().Length == 2);
            // While it runs: it opens the folder again when a result cannot be written.
            File.WriteAllText(Path.Combine(results, Hash("two") + ".csv"), "file");
            Directory.Move(results, results + "x");
            Put("c.dat", "three");
            await Until(() => _errors.Exists(e => e.StartsWith("results cannot be written", StringComparison.Ordinal)));
            if (Directory.Exists(results))
                Directory.Delete(results, recursive: true);
            Directory.Move(results + "x", results);
            await Until(() => Said("c.dat: "));
            await running.Stop();
        }

        Assert.Equal(0, Once());
        RequireExactlyOnce("one", "two", "three");
        Assert.Equal(3, Directory.GetFiles(results, "*.damaged").Length);
        Assert.Equal(3, _errors.Count(e => e.EndsWith(": a damaged result, set aside under this name", StringComparison.Ordinal)));
    }

    /// <summary>A crash between result and line: whether the content failed is found out again, and the result stays as it is.</summary>
    [Fact]
    public void A_failed_content_whose_line_is_lost_still_counts_as_failed()
    {
        Put("a.dat", "bad");
        Assert.Equal(1, Once());
        string ledger = Path.Combine(Output, Ledger.FileName), before = OutFolder.Of(Output, _scorer.Run).Result(Hash("bad"));
        File.WriteAllLines(ledger, File.ReadAllLines(ledger).Where(l => !l.Contains("\"failed\"", StringComparison.Ordinal)));
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(1, Once());
            Assert.Equal(2, _scorer.Calls);
        }

        RequireExactlyOnce("bad");
        Assert.Equal(before, OutFolder.Of(Output, _scorer.Run).Result(Hash("bad")));
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
}
