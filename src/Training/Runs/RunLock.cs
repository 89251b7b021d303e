using XanesMl.Spectra;

namespace XanesMl.Training.Runs;

/// <summary>A lock on a run or on one of its trials: a file that the process keeps open. The operating system takes it back when the process ends,
/// however it ends, so that nothing stale can stand in the way of a resume. The empty file stays: removing it would race with others.</summary>
internal sealed class RunLock : IDisposable
{
    /// <summary>Name of the file in a run folder and in a trial's folder.</summary>
    public const string FileName = "run.lock";

    // EWOULDBLOCK of Linux and of macOS, and the two sharing violations of Windows: what .NET reports when another handle has the file.
    private static readonly int[] s_held = [11, 35, unchecked((int)0x80070020), unchecked((int)0x80070021)];

    private readonly FileStream _file;

    private RunLock(FileStream file) => _file = file;

    /// <summary>Takes the lock of a folder for this process alone; the folder must exist.</summary>
    /// <exception cref="XanesDataException">Another process has it, or the folder cannot be written to.</exception>
    public static RunLock Exclusive(string folder) => Take(folder, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    /// <summary>Takes the lock of a folder together with other processes that take it like this.</summary>
    /// <exception cref="XanesDataException">Another process has it alone, or the folder cannot be written to.</exception>
    public static RunLock Shared(string folder) => Take(folder, FileMode.OpenOrCreate, FileAccess.Read, FileShare.Read);

    /// <summary>Throws while another process has the lock of a folder alone; writes nothing.</summary>
    /// <exception cref="XanesDataException">Another process has it.</exception>
    public static void RequireFree(string folder)
    {
        if (File.Exists(Path.Combine(folder, FileName)))
            Take(folder, FileMode.Open, FileAccess.Read, FileShare.Read).Dispose();
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static RunLock Take(string folder, FileMode mode, FileAccess access, FileShare share)
    {
        try
        {
            return new RunLock(new FileStream(Path.Combine(folder, FileName), mode, access, share, bufferSize: 0));
        }
        catch (IOException e) when (s_held.Contains(e.HResult))
        {
            throw new XanesDataException("another process is at work in this folder", folder, remedy: "Wait until it has ended, or give another --out.", inner: e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new XanesDataException("the folder cannot be locked: " + e.Message.TrimEnd('.'), folder, remedy: "Give a folder that you may write to.", inner: e);
        }
    }
}
