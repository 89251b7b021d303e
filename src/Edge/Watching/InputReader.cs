namespace XanesMl.Edge.Watching;

/// <summary>How reading a settled file ended.</summary>
internal enum ReadOutcome
{
    /// <summary>All of it was read, and it did not change meanwhile.</summary>
    Read,

    /// <summary>It is not as the listing showed it: it is still being written.</summary>
    Changing,

    /// <summary>It cannot be opened or read now.</summary>
    Unreadable,

    /// <summary>It is larger than any file of spectra.</summary>
    TooLarge,
}

/// <summary>Reads a settled file into memory, unless it changes.</summary>
/// <param name="folder">The watched folder.</param>
/// <param name="mostBytes">Bytes above which a file that begins so is not read.</param>
internal sealed class InputReader(string folder, Func<ReadOnlyMemory<byte>, long> mostBytes)
{
    private const int HeadBytes = 1 << 16;

    /// <summary>Reads.</summary>
    /// <param name="sight">The file as the listing showed it; it has content.</param>
    /// <param name="content">All bytes; empty unless the outcome is <see cref="ReadOutcome.Read"/>.</param>
    /// <param name="problem">Why not; empty where that is said already.</param>
    public ReadOutcome Read(FileSight sight, out byte[] content, out string problem)
    {
        (content, problem) = ([], "");
        string path = Path.Combine(folder, sight.Path);
        try
        {
            // A link or a pipe may have taken its place: opening a pipe waits for ever, and pipes have no length.
            if (!IsAs(sight, path))
                return ReadOutcome.Changing;
            // Whoever writes to the file must not be disturbed.
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
            var head = new byte[Math.Min(HeadBytes, sight.Length)];
            int read = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            long most = Math.Min(mostBytes(head.AsMemory(0, read)), Array.MaxLength);
            if (sight.Length > most)
            {
                problem = $"the file has {sight.Length} bytes, above the limit of {most}: it is left alone";
                return ReadOutcome.TooLarge;
            }

            Array.Resize(ref head, (int)sight.Length);
            if (read < head.Length)
                read += file.ReadAtLeast(head.AsSpan(read), head.Length - read, throwOnEndOfStream: false);
            if (read < head.Length || file.ReadByte() >= 0 || !IsAs(sight, path))
                return ReadOutcome.Changing;
            content = head;
            return ReadOutcome.Read;
        }
        catch (Exception e) when (OutputTroubleException.Is(e) || e is OutOfMemoryException)
        {
            problem = "it cannot be read now and is tried again: " + e.Message.TrimEnd('.');
            return ReadOutcome.Unreadable;
        }
    }

    private static bool IsAs(FileSight sight, string path)
    {
        var info = new FileInfo(path);
        return info.LinkTarget is null && info.Length == sight.Length && info.LastWriteTimeUtc.Ticks == sight.Modified;
    }
}
