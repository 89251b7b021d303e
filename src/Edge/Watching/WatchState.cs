namespace XanesMl.Edge.Watching;

/// <summary>Decides which files of the watched folder to take, and when. Knows no file system and no clock: listings and times are given to it.</summary>
/// <remarks>A file is taken when listings have shown the same size and time for <paramref name="settle"/>. Taken and finished, it is left alone until its size
/// or time changes. A file that cannot be read is tried again after a wait that doubles. An empty file is one that nobody has written yet.
/// Memory: one entry for each file that is in the folder now.</remarks>
/// <param name="settle">How long size and time must stay the same.</param>
/// <param name="firstRetry">Wait after the first failure to read a file.</param>
/// <param name="longestRetry">Longest wait between two attempts.</param>
internal sealed class WatchState(TimeSpan settle, TimeSpan firstRetry, TimeSpan longestRetry)
{
    private readonly Dictionary<string, Entry> _files = new(StringComparer.Ordinal);
    private readonly List<Entry> _ready = [];
    private int _round;

    /// <summary>Files with content that are neither finished nor given up.</summary>
    public IEnumerable<string> Waiting => _files.Values.Where(f => !f.Finished && f.Sight.Length > 0).Select(f => f.Sight.Path);

    /// <summary>Files without content.</summary>
    public int EmptyFiles => _files.Values.Count(f => f.Sight.Length == 0);

    /// <summary>Whether nothing waits.</summary>
    public bool IsIdle => !Waiting.Any();

    /// <summary>When the next file may be due, provided that it stays as it is; null when none waits.</summary>
    public TimeSpan? NextDue
    {
        get
        {
            TimeSpan? next = null;
            foreach (var f in _files.Values)
                if (!f.Finished && f.Sight.Length > 0 && (next is null || f.Due < next))
                    next = f.Due;
            return next;
        }
    }

    /// <summary>Takes in a listing: new and changed files begin to settle, vanished ones are forgotten.</summary>
    /// <param name="listing">All files of the folder, each once.</param>
    /// <param name="now">When the listing began, on a clock that only runs forward.</param>
    /// <param name="admitNew">Whether files that no earlier listing had are taken in.</param>
    public void Observe(IReadOnlyList<FileSight> listing, TimeSpan now, bool admitNew = true)
    {
        _round++;
        _ready.Clear();
        foreach (var sight in listing)
        {
            if (!_files.TryGetValue(sight.Path, out var file))
            {
                if (!admitNew)
                    continue;
                _files.Add(sight.Path, file = new Entry { Sight = sight, Due = now + settle });
            }
            else if (file.Sight != sight)
            {
                (file.Sight, file.Due, file.Failures, file.Finished) = (sight, now + settle, 0, false);
            }

            file.Round = _round;
            if (!file.Finished && sight.Length > 0 && now >= file.Due)
                _ready.Add(file);
        }

        foreach (var (path, file) in _files)
            if (file.Round != _round)
                _files.Remove(path);
        // Last in the list is taken first: the oldest file.
        _ready.Sort((a, b) => b.Sight.Modified != a.Sight.Modified ? b.Sight.Modified.CompareTo(a.Sight.Modified) : string.CompareOrdinal(b.Sight.Path, a.Sight.Path));
    }

    /// <summary>Gives the next file that the last listing showed as settled, oldest first; each once a listing.</summary>
    public bool TryTake(out FileSight file)
    {
        file = default;
        if (_ready.Count == 0)
            return false;
        file = _ready[^1].Sight;
        _ready.RemoveAt(_ready.Count - 1);
        return true;
    }

    /// <summary>Nothing is left to do for a file as it is.</summary>
    public void Finish(FileSight file)
    {
        if (Find(file) is { } entry)
            entry.Finished = true;
    }

    /// <summary>A file turned out to be changing: it settles anew.</summary>
    public void Unsettle(FileSight file, TimeSpan now)
    {
        if (Find(file) is { } entry)
            entry.Due = now + settle;
    }

    /// <summary>A file could not be read: it is tried again later.</summary>
    /// <returns>Whether to say so: once, at the second failure in a row. The first may be a file that has just vanished or is being put in place.</returns>
    public bool Postpone(FileSight file, TimeSpan now)
    {
        if (Find(file) is not { } entry)
            return false;
        entry.Due = now + TimeSpan.FromTicks((long)Math.Min(longestRetry.Ticks, firstRetry.Ticks * Math.Pow(2, entry.Failures)));
        return ++entry.Failures == 2;
    }

    /// <summary>Finished files are to be done again.</summary>
    /// <param name="files">Which; null for all.</param>
    public void Reopen(IReadOnlySet<string>? files)
    {
        foreach (var (path, file) in _files)
            if (files is null || files.Contains(path))
                file.Finished = false;
    }

    private Entry? Find(FileSight file) => _files.TryGetValue(file.Path, out var entry) && entry.Sight == file ? entry : null;

    private sealed class Entry
    {
        public required FileSight Sight { get; set; }

        /// <summary>From when on it may be taken.</summary>
        public required TimeSpan Due { get; set; }

        public int Failures { get; set; }

        public bool Finished { get; set; }

        public int Round { get; set; }
    }
}
