namespace XanesMl.Edge.Watching;

/// <summary>Wakes the watcher early where the system tells of changes. Only a hint: notices get lost, and do not exist on many network drives.</summary>
internal sealed class PollHint : IDisposable
{
    private readonly AutoResetEvent _changed = new(false);
    private readonly FileSystemWatcher? _watcher;

    public PollHint(string folder, bool recursive)
    {
        try
        {
            _watcher = new FileSystemWatcher(folder) { IncludeSubdirectories = recursive, NotifyFilter = NotifyFilters.FileName | NotifyFilters.Size | NotifyFilters.LastWrite };
            _watcher.Created += (_, _) => _changed.Set();
            _watcher.Changed += (_, _) => _changed.Set();
            _watcher.Renamed += (_, _) => _changed.Set();
            _watcher.EnableRaisingEvents = true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or PlatformNotSupportedException)
        {
            // As many watches as the system allows are in use, or it has none: polling alone does it.
            _watcher?.Dispose();
            _watcher = null;
        }
    }

    /// <summary>Waits until something changed, the time is over, or a stop is asked for.</summary>
    public void Wait(TimeSpan most, CancellationToken stop) => WaitHandle.WaitAny([stop.WaitHandle, _changed], most);

    /// <inheritdoc/>
    public void Dispose()
    {
        _watcher?.Dispose();
        _changed.Dispose();
    }
}
