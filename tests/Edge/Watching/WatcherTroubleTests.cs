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
