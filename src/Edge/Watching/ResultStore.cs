using System.Globalization;
using XanesMl.Spectra;

namespace XanesMl.Edge.Watching;

/// <summary>The out folder: its lock, its ledger, one result file a content, and the table of them all.</summary>
/// <remarks>A content is done when its result file is in place; the name is its hash, so that it cannot be there twice. The file comes first, on the disk and
/// complete, then its line of the ledger, then its rows of the table. What a crash leaves between these steps <see cref="Open"/> makes good: it takes away a cut-off
/// line, writes the line of a result that has none, sets aside a result that is not as its line says or cannot be one, forgets a line whose result is gone, and writes a table anew
/// that is not the sum of the results.</remarks>
internal sealed class ResultStore : IDisposable
{
    private const string LockName = "watch.lock";

    private readonly IOutputFiles _files;
    private readonly WatchRun _run;
    private readonly TimeProvider _clock;
    private readonly string _results;
    private readonly Dictionary<string, ResultRows> _done = new(StringComparer.Ordinal);
    private readonly HashSet<(string Sha256, string File)> _names = [];
    private readonly HashSet<(string File, string Reason)> _left = [];
    private readonly List<string> _setAside = [];

    // Why a content failed, null where it did not. Not known of a result whose line had been lost.
    private readonly Dictionary<string, string?> _failures = new(StringComparer.Ordinal);
    private readonly FileStream _lock;
    private Ledger _ledger = null!;
    private ResultTable _table = null!;

    private ResultStore(string folder, WatchRun run, IOutputFiles files, TimeProvider clock, FileStream held)
    {
        (_run, _files, _clock, _lock) = (run, files, clock, held);
        _results = Path.Combine(folder, run.FolderName);
    }

    /// <summary>Contents that have their result.</summary>
    public int Count => _done.Count;

    /// <summary>Results whose line of the ledger had been lost.</summary>
    public int Recovered { get; private set; }

    /// <summary>Results that are gone or were set aside.</summary>
    public int Missing { get; private set; }

    /// <summary>Files whose contents miss their result; null where that is not known of all.</summary>
    public IReadOnlySet<string>? FilesWithoutResult { get; private set; } = new HashSet<string>();

    /// <summary>Where damaged results are now.</summary>
    public IReadOnlyList<string> SetAside => _setAside;

    /// <summary>Lines of the ledger that are damaged.</summary>
    public int DamagedLines => _ledger.DamagedLines;

    /// <summary>Tells the ledger from another.</summary>
    public string LedgerId => _ledger.Id;

    /// <summary>Path of the table.</summary>
    public string TablePath => _table.Path;

    /// <summary>Opens an out folder for this process alone.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="run">Models and options.</param>
    /// <param name="files">How to write.</param>
    /// <param name="clock">For the times in the ledger.</param>
    /// <param name="ledgerId">Null: the folder is made where it is missing. Else it must be there with this ledger.</param>
    /// <exception cref="XanesDataException">Another watcher has it, or what is in it is not ours.</exception>
    /// <exception cref="OutputTroubleException">It cannot be used now.</exception>
    public static ResultStore Open(string folder, WatchRun run, IOutputFiles files, TimeProvider clock, string? ledgerId = null)
    {
        var store = new ResultStore(folder, run, files, clock, Lock(folder, create: ledgerId is null));
        try
        {
            store.Load(folder, ledgerId);
            return store;
        }
        catch (Exception e) when (OutputTroubleException.Is(e))
        {
            store.Dispose();
            throw OutputTroubleException.Of(folder, e);
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Whether a content has its result.</summary>
    public bool Contains(string sha256) => _done.ContainsKey(sha256);

    /// <summary>Whether it is known how a content fared, which is not so after the line of its result was lost.</summary>
    /// <param name="sha256">A content that has its result.</param>
    /// <param name="failure">Why it cannot be read; null where it could.</param>
    public bool TryGetFailure(string sha256, out string? failure) => _failures.TryGetValue(sha256, out failure);

    /// <summary>Puts a result in place, then its line, then its rows of the table. Does nothing for a content that has its result.</summary>
    /// <exception cref="OutputTroubleException">Not all of it is written; another <see cref="Open"/> finds out how far it came.</exception>
    public void Add(string file, string sha256, ScoredContent scored)
    {
        if (_done.ContainsKey(sha256))
            return;
        _files.WriteWhole(ResultPath(sha256), stream =>
        {
            stream.Write(_run.Header.Span);
            stream.Write(scored.Rows.Span);
        });
        var rows = ResultRows.Of(sha256, scored.Rows.Span);
        _ledger.Append(new LedgerEntry
        {
            Kind = scored.Failure is null ? LedgerKind.Done : LedgerKind.Failed, Time = Now, Run = _run.Id, Sha256 = sha256, File = file, Rows = scored.Count,
            Reason = scored.Failure, Bytes = rows.Bytes, Digest = rows.Digest,
        });
        _done.Add(sha256, rows);
        _failures[sha256] = scored.Failure;
        _names.Add((sha256, file));
        _table.Add(rows, scored.Rows);
    }

    /// <summary>Notes another file with a content that has its result, once a name.</summary>
    /// <param name="file">The file.</param>
    /// <param name="sha256">Its content.</param>
    /// <param name="scored">How the content fares, where <see cref="TryGetFailure"/> does not know it; only that is noted of it.</param>
    /// <returns>Whether the name was not known.</returns>
    /// <exception cref="OutputTroubleException">It is not noted.</exception>
    public bool AddName(string file, string sha256, ScoredContent? scored = null)
    {
        if (scored is null && _names.Contains((sha256, file)))
            return false;
        _ledger.Append(new LedgerEntry { Kind = LedgerKind.Same, Time = Now, Run = _run.Id, Sha256 = sha256, File = file, Rows = scored?.Count, Reason = scored?.Failure });
        if (scored is not null)
            _failures[sha256] = scored.Failure;
        return _names.Add((sha256, file));
    }

    /// <summary>Notes a file that is left alone, once a reason.</summary>
    /// <returns>Whether it was not known.</returns>
    /// <exception cref="OutputTroubleException">It is not noted.</exception>
    public bool AddTooLarge(string file, string reason)
    {
        if (_left.Contains((file, reason)))
            return false;
        _ledger.Append(new LedgerEntry { Kind = LedgerKind.TooLarge, Time = Now, Run = _run.Id, File = file, Reason = reason });
        return _left.Add((file, reason));
    }

    /// <summary>Writes the table anew where it lacks rows.</summary>
    /// <exception cref="OutputTroubleException">It still does.</exception>
    public void CompleteTable() => _table.Complete();

    /// <summary>Whether the table lacks rows.</summary>
    public bool TableIsBehind => _table.IsBehind;

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private DateTime Now => _clock.GetUtcNow().UtcDateTime;

    private string ResultPath(string sha256) => Path.Combine(_results, sha256 + _run.Extension);

    private static FileStream Lock(string folder, bool create)
    {
        // EWOULDBLOCK of Linux and of macOS, and the two sharing violations of Windows.
        int[] held = [11, 35, unchecked((int)0x80070020), unchecked((int)0x80070021)];
        try
        {
            if (create)
                Directory.CreateDirectory(folder);
            return new FileStream(Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException e) when (held.Contains(e.HResult))
        {
            throw new XanesDataException("another watcher writes to this folder", folder, remedy: "Stop it, or give another --out.", inner: e);
        }
        catch (Exception e) when (OutputTroubleException.Is(e))
        {
            throw OutputTroubleException.Of(folder, e);
        }
    }

    private void Load(string folder, string? ledgerId)
    {
        bool known = false;
        _ledger = Ledger.Open(folder, _files, Now, ledgerId, entry =>
        {
            known |= entry.Kind == LedgerKind.Run && entry.Run == _run.Id;
            if (entry.Run == _run.Id)
                Take(entry);
        });
        if (!known)
            _ledger.Append(new LedgerEntry { Kind = LedgerKind.Run, Time = Now, Run = _run.Id, Models = _run.Models, Options = _run.Options });
        Directory.CreateDirectory(_results);
        Sweep(folder);
        Sweep(_results);
        Reconcile();
        _table = new ResultTable(Path.Combine(folder, _run.TableName), _run.Header, _files, ResultPath);
        _table.Load(_done.Values);
    }

    private void Take(LedgerEntry entry)
    {
        if (entry is { Kind: LedgerKind.TooLarge, File: { } large, Reason: { } reason })
            _left.Add((large, reason));
        if (entry.Sha256 is not { } sha256)
            return;
        if (entry.File is { } file)
            _names.Add((sha256, file));
        if (entry.Rows is not null)
            _failures[sha256] = entry.Reason;
        if (entry is { Bytes: { } bytes, Digest: { } digest })
            _done[sha256] = new ResultRows(sha256, bytes, digest);
    }

    private void Reconcile()
    {
        var present = Directory.EnumerateFiles(_results, "*" + _run.Extension).Select(f => Path.GetFileNameWithoutExtension(f)).Where(IsHash).ToHashSet(StringComparer.Ordinal);
        var missing = _done.Keys.Where(s => !present.Contains(s)).ToHashSet(StringComparer.Ordinal);
        foreach (string sha256 in present.Order(StringComparer.Ordinal))
        {
            bool noted = _done.TryGetValue(sha256, out var expected);
            if (Rows(sha256, noted ? expected : null) is not { } rows)
            {
                PutAside(sha256);
                missing.Add(sha256);
            }
            else if (!noted)
            {
                _ledger.Append(new LedgerEntry { Kind = LedgerKind.Recovered, Time = Now, Run = _run.Id, Sha256 = sha256, Bytes = rows.Bytes, Digest = rows.Digest });
                _done.Add(sha256, rows);
                Recovered++;
            }
        }

        foreach (string sha256 in missing)
            _done.Remove(sha256);
        var named = _names.Where(n => missing.Contains(n.Sha256)).ToLookup(n => n.Sha256, n => n.File);
        FilesWithoutResult = DamagedLines == 0 && named.Count == missing.Count ? named.SelectMany(files => files).ToHashSet(StringComparer.Ordinal) : null;
        Missing = missing.Count;
    }

    // The rows of a result that is whole and, where the ledger has it, as it was written; else null.
    private ResultRows? Rows(string sha256, ResultRows? expected)
    {
        string path = ResultPath(sha256);
        int header = _run.Header.Length;
        // The length first: what has none, such as a pipe, is not opened.
        long length = new FileInfo(path).Length - header;
        if (expected is { } noted ? length != noted.Bytes : length < 1 || length > Array.MaxLength - header)
            return null;
        byte[] content = File.ReadAllBytes(path);
        if (content.Length <= header || !content.AsSpan().StartsWith(_run.Header.Span) || content[^1] != '\n')
            return null;
        var rows = ResultRows.Of(sha256, content.AsSpan(header));
        return expected is null || rows == expected ? rows : null;
    }

    private void PutAside(string sha256)
    {
        string target = ResultPath(sha256) + ".damaged";
        for (int i = 2; File.Exists(target); i++)
            target = string.Create(CultureInfo.InvariantCulture, $"{ResultPath(sha256)}.damaged-{i}");
        _files.Rename(ResultPath(sha256), target);
        _setAside.Add(target);
    }

    // Only what AtomicFile names so, and nobody else writes here while the lock is held.
    private static void Sweep(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder, ".xanesml-*.tmp"))
            File.Delete(file);
    }

    private static bool IsHash(string name) => name.Length == 64 && name.All(char.IsAsciiHexDigitLower);
}
