using System.Globalization;
using System.Security.Cryptography;
using XanesMl.Spectra;
using XanesMl.Verbs;

namespace XanesMl.Edge.Watching;

/// <summary>The loop of xanesml-edge watch: list, take what has settled, predict, store; wait.</summary>
/// <param name="options">What to watch.</param>
/// <param name="scorer">Makes results of contents.</param>
/// <param name="files">How the out folder is changed.</param>
/// <param name="clock">For waits and times.</param>
/// <param name="say">Gets every line of progress or trouble; true for an error.</param>
internal sealed class Watcher(WatchOptions options, IContentScorer scorer, IOutputFiles files, TimeProvider clock, Action<string, bool> say) : IDisposable
{
    private static readonly TimeSpan s_shortestPause = TimeSpan.FromMilliseconds(100);

    private readonly WatchState _state = new(options.Settle, options.FirstRetry, options.LongestRetry);
    private readonly FolderListing _listing = new(options.Folder, options.Recursive);
    private readonly InputReader _reader = new(options.Folder, scorer.MostBytes);
    private readonly HashSet<string> _closed = new(StringComparer.Ordinal);
    private readonly long _start = clock.GetTimestamp();
    private ResultStore? _store;
    private string _ledgerId = "";
    private bool _listed, _folderGone, _tableSaid;
    private int _outputFailures, _done, _failed, _known;
    private TimeSpan _lookedAt, _outputRetry, _tableRetry, _progressAt;

    /// <summary>Path of the table of results; "" before <see cref="Open"/>.</summary>
    public string TablePath { get; private set; } = "";

    private TimeSpan Now => clock.GetElapsedTime(_start);

    /// <summary>Takes hold of the out folder.</summary>
    /// <exception cref="XanesDataException">A folder that cannot be used, or that another watcher has.</exception>
    public void Open()
    {
        WatchedFolder.Require(options.Folder, options.Output);
        try
        {
            Use(ResultStore.Open(options.Output, scorer.Run, files, clock));
        }
        catch (OutputTroubleException e)
        {
            throw new XanesDataException("results cannot be written: " + e.Message, options.Output, remedy: "Make room, or give another --out.", inner: e);
        }

        WatchedFolder.RequireNoLedger(options.Folder);
        say($"watching {options.Folder}; results in {TablePath}" + (_store!.Count > 0 ? string.Create(CultureInfo.InvariantCulture, $", {_store.Count} {(_store.Count == 1 ? "is" : "are")} there already") : ""), false);
    }

    /// <summary>Watches until it is stopped, or until all is done where only that is asked for.</summary>
    /// <param name="stop">Ends it after the file at hand.</param>
    /// <returns>Exit code.</returns>
    public int Run(CancellationToken stop)
    {
        using var hint = new PollHint(options.Folder, options.Recursive);
        bool complete = true;
        while (!stop.IsCancellationRequested)
        {
            Look();
            TakeReady(stop);
            if (options.Once && IsOver(out complete))
                break;
            Wait(hint, stop);
        }

        complete &= TryCompleteTable();
        say(Summary(), false);
        return stop.IsCancellationRequested ? ExitCode.Interrupted : complete && _failed == 0 ? ExitCode.Done : ExitCode.SomeFailed;
    }

    /// <inheritdoc/>
    public void Dispose() => _store?.Dispose();

    private void Use(ResultStore store)
    {
        (_store, _ledgerId, TablePath) = (store, store.LedgerId, store.TablePath);
        foreach (var (count, what) in new[]
        {
            (store.Recovered, "found in place after a stop, and noted"), (store.Missing, "gone or damaged; predicted again where their files are still there"), (store.DamagedLines, "not known: a line of the ledger is damaged"),
        })
            if (count > 0)
                say(string.Create(CultureInfo.InvariantCulture, $"results {what}: {count}"), false);
        foreach (string path in store.SetAside)
            say($"{path}: a damaged result, set aside under this name", true);
        if (store.Missing > 0)
            _state.Reopen(store.FilesWithoutResult);
    }

    private void Look()
    {
        _lookedAt = Now;
        var closed = new List<string>();
        try
        {
            var listing = _listing.List(closed);
            _state.Observe(listing, _lookedAt, admitNew: !options.Once || !_listed);
            _listed = true;
            if (_folderGone)
                say($"{options.Folder}: the folder can be listed again", false);
            _folderGone = false;
        }
        catch (Exception e) when (OutputTroubleException.Is(e))
        {
            if (!_folderGone)
                say($"{options.Folder}: the folder cannot be listed now and is tried again: {e.Message.TrimEnd('.')}", true);
            _folderGone = true;
        }

        foreach (string folder in closed)
            if (_closed.Add(folder))
                say($"{folder}: the folder cannot be listed", true);
    }

    private void TakeReady(CancellationToken stop)
    {
        if (_folderGone || !OutputIsThere())
            return;
        // A long queue must not keep new files from settling.
        while (!stop.IsCancellationRequested && _store is not null && Now < _lookedAt + options.Poll && _state.TryTake(out var sight))
            Take(sight);
        CatchUpWithTable();
    }

    private void Take(FileSight sight)
    {
        switch (_reader.Read(sight, out byte[] content, out string problem))
        {
            case ReadOutcome.Changing:
                _state.Unsettle(sight, Now);
                break;
            case ReadOutcome.Unreadable:
                if (_state.Postpone(sight, Now))
                    say($"{sight.Path}: {problem}", true);
                break;
            case ReadOutcome.TooLarge:
                Store(sight, store => Fail(sight, problem, isNew: store.AddTooLarge(sight.Path, problem)));
                break;
            default:
                Store(sight, store => Predict(store, sight, content));
                break;
        }
    }

    private void Predict(ResultStore store, FileSight sight, byte[] content)
    {
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
        if (!store.Contains(sha256))
        {
            var scored = scorer.Score(sight.Path, content, sha256);
            store.Add(sight.Path, sha256, scored);
            if (scored.Failure is { } failure)
                Fail(sight, failure, isNew: true);
            else
                Do(sight, scored.Summary);
            return;
        }

        // After a crash a result may have lost the line that says how its content fared: it is asked again, and the result stays.
        var again = store.TryGetFailure(sha256, out string? known) ? null : scorer.Score(sight.Path, content, sha256);
        bool isNew = store.AddName(sight.Path, sha256, again);
        if ((known ?? again?.Failure) is { } why)
        {
            Fail(sight, why, isNew);
            return;
        }

        _known++;
        if (isNew)
            say($"{sight.Path}: its content is done already", false);
    }

    private void Do(FileSight sight, string summary)
    {
        _done++;
        say($"{sight.Path}: {summary}", false);
    }

    // Once ends with a code that has to be explained, also where an earlier run said the same.
    private void Fail(FileSight sight, string why, bool isNew)
    {
        _failed++;
        if (isNew || options.Once)
            say($"{sight.Path}: {why}", true);
    }

    private void Store(FileSight sight, Action<ResultStore> work)
    {
        try
        {
            work(_store!);
            Finish(sight);
            if (_outputFailures > 0)
                say("results can be written again", false);
            _outputFailures = 0;
        }
        catch (OutOfMemoryException)
        {
            if (_state.Postpone(sight, Now))
                say($"{sight.Path}: there is not enough memory for it now; it is tried again", true);
        }
        catch (OutputTroubleException e)
        {
            // The file stays among those that wait.
            CloseOutput(e);
        }
    }

    private void Finish(FileSight sight)
    {
        _state.Finish(sight);
        _progressAt = Now;
    }

    private void CloseOutput(Exception e)
    {
        _store?.Dispose();
        _store = null;
        if (_outputFailures == 0)
            say($"results cannot be written now, nothing is lost and it is tried again: {e.Message}", true);
        double factor = Math.Pow(2, Math.Min(_outputFailures++, 20));
        _outputRetry = Now + TimeSpan.FromTicks((long)Math.Min(options.LongestRetry.Ticks, options.FirstRetry.Ticks * factor));
    }

    // Opening it again makes good what the failure left half done.
    private bool OutputIsThere()
    {
        if (_store is not null)
            return true;
        if (Now < _outputRetry)
            return false;
        try
        {
            Use(ResultStore.Open(options.Output, scorer.Run, files, clock, _ledgerId));
            return true;
        }
        catch (Exception e) when (e is OutputTroubleException or XanesDataException)
        {
            CloseOutput(e);
            return false;
        }
    }

    private bool IsOver(out bool complete)
    {
        complete = _listed && !_folderGone && _store is not null && _state.IsIdle;
        if (complete)
            return true;
        if (Now - _progressAt < options.Patience)
            return false;
        foreach (string file in _state.Waiting)
            say($"{file}: still changing, or not to be read, or its result not to be written; left for the next time", true);
        return true;
    }

    // The store itself tries when the table falls behind; a failure that lasts is worth a line.
    private void CatchUpWithTable()
    {
        if (_store is not { TableIsBehind: true } || Now < _tableRetry)
            return;
        if (_tableRetry != default)
            TryCompleteTable();
        _tableRetry = Now + (10 * options.Poll);
    }

    private bool TryCompleteTable()
    {
        try
        {
            _store?.CompleteTable();
            (_tableRetry, _tableSaid) = (default, false);
            return _store is not null;
        }
        catch (OutputTroubleException e)
        {
            if (!_tableSaid)
                say($"the table lacks rows now: {e.Message}", true);
            _tableSaid = true;
            return false;
        }
    }

    private void Wait(PollHint hint, CancellationToken stop)
    {
        var until = _lookedAt + options.Poll;
        if (_store is null)
            until = Earlier(until, _outputRetry);
        else if (_state.NextDue is { } due)
            until = Earlier(until, due);
        // Not at once again, however many files change.
        var soonest = _lookedAt + Earlier(options.Poll / 10, s_shortestPause) - Now;
        if (soonest > TimeSpan.Zero)
            stop.WaitHandle.WaitOne(soonest);
        var rest = until - Now;
        if (rest > TimeSpan.Zero)
            hint.Wait(rest + TimeSpan.FromMilliseconds(1), stop);
    }

    private static TimeSpan Earlier(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private string Summary()
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{_done} done, {_failed} failed, {_known} with a content that was done before");
        return _state.EmptyFiles > 0 ? text + string.Create(CultureInfo.InvariantCulture, $"; files without content: {_state.EmptyFiles}") : text;
    }
}
