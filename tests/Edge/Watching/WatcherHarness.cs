using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using XanesMl.Edge.Watching;
using XanesMl.Spectra;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Edge.Tests.Watching;

/// <summary>A watcher on a real folder with a scorer that counts; times of some hundredths of a second.</summary>
public abstract class WatcherHarness : IDisposable
{
    private protected readonly TemporaryFolder _temporary = new();
    private protected readonly CountingScorer _scorer = new();
    private protected readonly List<string> _errors = [], _progress = [];

    protected WatcherHarness() => Directory.CreateDirectory(Input);

    protected string Input => _temporary.File("in");

    protected string Output => _temporary.File("out");

    public void Dispose()
    {
        _temporary.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static string Hash(string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));

    private protected static async Task Until(Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), "waited for 30 s in vain");
            await Task.Delay(5);
        }
    }

    private protected static void Pipe(string path)
    {
        if (OperatingSystem.IsWindows())
            File.WriteAllText(path, "");
        else
            Process.Start("mkfifo", [path]).WaitForExit();
    }

    private protected static void Fill(string path)
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

    private protected string At(string name) => Path.Combine(Input, name);

    private protected void Put(string name, string content) => File.WriteAllText(At(name), content);

    /// <summary>A file that nobody else may open until it is released: held without sharing, which .NET honours on every system.</summary>
    private protected FileStream Locked(string name, string content)
    {
        var file = new FileStream(At(name), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        file.Write(Encoding.UTF8.GetBytes(content));
        file.Flush();
        return file;
    }

    private protected WatchOptions Options() => new()
    {
        Folder = Input, Output = Output, Poll = TimeSpan.FromSeconds(0.02), Settle = TimeSpan.FromSeconds(0.05), LongestRetry = TimeSpan.FromSeconds(0.1),
    };

    private protected void RequireExactlyOnce(params string[] contents) => OutFolder.Of(Output, _scorer.Run).RequireExactlyOnce([.. contents.Select(Hash)]);

    private protected bool Said(string start)
    {
        lock (_errors)
            return _progress.Exists(p => p.StartsWith(start, StringComparison.Ordinal));
    }

    private protected string Refused(string folder, string output) =>
        Assert.Throws<XanesDataException>(() => Run(Options() with { Folder = folder, Output = output, Once = true })).Message;

    private protected int Once() => Run(Options() with { Once = true });

    private protected int Run(WatchOptions options, CountingScorer? scorer = null)
    {
        using var watcher = Watcher(options, new OutputFiles(), scorer ?? _scorer, Say);
        watcher.Open();
        return watcher.Run(CancellationToken.None);
    }

    private protected void Say(string line, bool error)
    {
        lock (_errors)
            (error ? _errors : _progress).Add(line);
    }

    private protected static Watcher Watcher(WatchOptions options, IOutputFiles files, CountingScorer scorer, Action<string, bool> say) => new(options, scorer, files, TimeProvider.System, say);

    private protected Running Start(WatchOptions options, IOutputFiles? files = null) => new(Watcher(options, files ?? new OutputFiles(), _scorer, Say));

    private protected sealed class Running : IDisposable
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
    private protected sealed class NoSync : IOutputFiles
    {
        private readonly OutputFiles _files = new();

        public void WriteWhole(string path, Action<Stream> write)
        {
            using var stream = File.Create(path);
            write(stream);
        }

        public void Append(string path, long end, ReadOnlyMemory<byte> content, bool durable) => _files.Append(path, end, content, durable: false);

        public void Cut(string path, long length, long end) => _files.Cut(path, length, end);

        public void Rename(string path, string target) => _files.Rename(path, target);
    }
}
