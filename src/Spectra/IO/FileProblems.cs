namespace XanesMl.Spectra.IO;

/// <summary>Turns the operating system's complaint about a path into an error that says what the user can do.</summary>
internal static class FileProblems
{
    private const int UnixDiskFull = 28;                          // ENOSPC
    private const int UnixQuota = 122;                            // EDQUOT on Linux
    private const int WindowsDiskFull = unchecked((int)0x80070070); // ERROR_DISK_FULL

    /// <summary>True for the failures of the file system, which <see cref="Writing"/> and <see cref="Reading"/> explain.</summary>
    public static bool IsFileProblem(Exception e) => e is IOException or UnauthorizedAccessException or System.Security.SecurityException;

    /// <summary>The error for a write that failed.</summary>
    public static XanesDataException Writing(string path, Exception cause) => cause switch
    {
        IOException { HResult: UnixDiskFull or UnixQuota or WindowsDiskFull } =>
            new("the disk is full", path, remedy: "Free some space or write to another disk; nothing was changed.", inner: cause),
        UnauthorizedAccessException => new("cannot write here: permission denied", path, remedy: "Choose a folder that you may write to.", inner: cause),
        PathTooLongException => new("the path is too long", path, remedy: "Use a shorter name.", inner: cause),
        DirectoryNotFoundException => new("the folder does not exist", path, remedy: "Create it first.", inner: cause),
        _ => new($"cannot write: {Sentence(cause)}", path, remedy: "Nothing was changed; check the path and the disk.", inner: cause),
    };

    /// <summary>The error for a read that failed.</summary>
    public static XanesDataException Reading(string path, Exception cause) => cause switch
    {
        FileNotFoundException or DirectoryNotFoundException => new("file not found", path, remedy: "Check the spelling of the path.", inner: cause),
        UnauthorizedAccessException => new("cannot read: permission denied", path, remedy: "Ask for read access, or copy the file.", inner: cause),
        _ => new($"cannot read: {Sentence(cause)}", path, remedy: "Check the path and the disk.", inner: cause),
    };

    /// <summary>The cause's own words, without the full stop that the remedy's sentence brings.</summary>
    public static string Sentence(Exception cause) => cause.Message.TrimEnd('.', ' ');

    /// <summary>The full path, or an error for one that no file system takes.</summary>
    public static string FullPath(string path)
    {
        if (string.IsNullOrWhiteSpace(path))
            throw new XanesDataException("the path is empty", remedy: "Name a file or folder.");
        if (path.Contains('\0', StringComparison.Ordinal))
            throw new XanesDataException("the path contains a NUL character", path.Replace("\0", "\\0", StringComparison.Ordinal), remedy: "Name a file or folder.");
        try
        {
            return Path.GetFullPath(path);
        }
        catch (Exception e) when (e is ArgumentException || IsFileProblem(e))
        {
            throw new XanesDataException("not a valid path", path, remedy: "Name a file or folder.", inner: e);
        }
    }
}
