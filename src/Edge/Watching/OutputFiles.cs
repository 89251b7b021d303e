using XanesMl.Spectra;
using XanesMl.Spectra.IO;

namespace XanesMl.Edge.Watching;

/// <summary>The out folder cannot be written (or read) now: full, gone, locked, read-only. Tried again later, so never an error of an input.</summary>
internal sealed class OutputTroubleException(string message, Exception? inner = null) : Exception(message, inner)
{
    private const int UnixDiskFull = 28, UnixQuota = 122, WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>Whether an exception is the file system's.</summary>
    public static bool Is(Exception e) => e is IOException or UnauthorizedAccessException or System.Security.SecurityException;

    /// <summary>The trouble with a path in the words that fit the cause.</summary>
    public static OutputTroubleException Of(string path, Exception cause) => new(cause switch
    {
        XanesDataException data => data.Message,
        IOException { HResult: UnixDiskFull or UnixQuota or WindowsDiskFull } => $"{path}: the disk is full",
        UnauthorizedAccessException => $"{path}: permission denied",
        FileNotFoundException or DirectoryNotFoundException => $"{path}: the file or its folder is gone",
        _ => $"{path}: {cause.Message.TrimEnd('.')}",
    }, cause);
}

/// <summary>How the out folder is changed. An interface, so that a test can let every single step fail.</summary>
internal interface IOutputFiles
{
    /// <summary>Creates or replaces a file: complete and on the disk, or not at all.</summary>
    /// <exception cref="OutputTroubleException">It was not written.</exception>
    void WriteWhole(string path, Action<Stream> write);

    /// <summary>Adds to a file that has exactly <paramref name="end"/> bytes. Where that fails the file is cut back to them, if that works.</summary>
    /// <exception cref="OutputTroubleException">It was not written, or the file is gone or has another length.</exception>
    void Append(string path, long end, ReadOnlyMemory<byte> content, bool durable);

    /// <summary>Cuts a file of <paramref name="length"/> bytes to <paramref name="end"/>.</summary>
    /// <exception cref="OutputTroubleException">It was not cut, or the file is gone or has another length.</exception>
    void Cut(string path, long length, long end);

    /// <summary>Gives a file another name, which nobody has.</summary>
    /// <exception cref="OutputTroubleException">It keeps its name.</exception>
    void Rename(string path, string target);
}

/// <summary>The file system.</summary>
internal sealed class OutputFiles : IOutputFiles
{
    /// <inheritdoc/>
    public void WriteWhole(string path, Action<Stream> write)
    {
        try
        {
            AtomicFile.Write(path, write);
        }
        catch (XanesDataException e)
        {
            throw OutputTroubleException.Of(path, e);
        }
    }

    /// <inheritdoc/>
    public void Append(string path, long end, ReadOnlyMemory<byte> content, bool durable) => Change(path, end, file =>
    {
        try
        {
            file.Position = end;
            file.Write(content.Span);
            file.Flush(flushToDisk: durable);
        }
        catch (IOException)
        {
            // Needs no space. Where it fails too, the length tells the next attempt.
            file.SetLength(end);
            throw;
        }
    });

    /// <inheritdoc/>
    public void Cut(string path, long length, long end) => Change(path, length, file =>
    {
        file.SetLength(end);
        file.Flush(flushToDisk: true);
    });

    /// <inheritdoc/>
    public void Rename(string path, string target)
    {
        try
        {
            File.Move(path, target);
        }
        catch (Exception e) when (OutputTroubleException.Is(e))
        {
            throw OutputTroubleException.Of(path, e);
        }
    }

    private static void Change(string path, long length, Action<FileStream> change)
    {
        try
        {
            // Unbuffered: each write is one call of the system, and nothing is left for Dispose to write.
            using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            if (file.Length != length)
                throw new OutputTroubleException($"{path}: somebody changed it: {file.Length} bytes instead of {length}");
            change(file);
        }
        catch (Exception e) when (OutputTroubleException.Is(e))
        {
            throw OutputTroubleException.Of(path, e);
        }
    }
}
