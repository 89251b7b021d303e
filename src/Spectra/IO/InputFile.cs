using XanesMl.Spectra.Measured;

namespace XanesMl.Spectra.IO;

/// <summary>Reads a whole file once, so that its hash and its content are of the same bytes.</summary>
public static class InputFile
{
    /// <summary>The bytes of a regular file, or of /dev/stdin.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mostBytes">How many bytes the file may have, asked once with its first 64 KiB (or all of a shorter one): a kind of content may allow more.</param>
    /// <exception cref="XanesDataException">Missing, unreadable, empty, too large, a folder, a pipe or a device; says what to do.</exception>
    public static ReadOnlyMemory<byte> Read(string path, Func<ReadOnlyMemory<byte>, long> mostBytes)
    {
        ArgumentNullException.ThrowIfNull(mostBytes);
        string full = FileProblems.FullPath(path);
        if (Directory.Exists(full))
            throw new XanesDataException("this is a folder, a file is expected", path, remedy: "Name the files in it.");
        try
        {
            RegularFile.Require(full, path);
            // No buffer of its own: what is read goes where it stays.
            using var file = new FileStream(full, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
            var head = new byte[file.CanSeek ? Math.Min(file.Length, MeasuredLimits.SniffBytes) : MeasuredLimits.SniffBytes];
            int read = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            long most = Math.Min(mostBytes(head.AsMemory(0, read)), Array.MaxLength), expected = file.CanSeek ? file.Length : read;
            if (expected > most)
                throw TooLarge(path, expected, most);
            byte[] content = head;
            Array.Resize(ref content, (int)Math.Max(expected, read));
            while (true)
            {
                read += file.ReadAtLeast(content.AsSpan(read), content.Length - read, throwOnEndOfStream: false);
                // Full: at the end of the file, or of what its length promised while it grows (and a stream has no length).
                int next = read < content.Length ? -1 : file.ReadByte();
                if (next < 0)
                    break;
                if (read >= most)
                    throw TooLarge(path, read + 1L, most);
                Array.Resize(ref content, (int)Math.Min(most, Math.Max(2L * read, MeasuredLimits.SniffBytes)));
                content[read++] = (byte)next;
            }

            return content.AsMemory(0, read);
        }
        catch (Exception e) when (FileProblems.IsFileProblem(e))
        {
            throw FileProblems.Reading(path, e);
        }
    }

    /// <summary>The files that an argument names: itself, or the files of a folder, by name, without hidden ones and without those of its folders.</summary>
    /// <exception cref="XanesDataException">A folder without files, or one that cannot be read.</exception>
    public static IReadOnlyList<string> Expand(string pathOrFolder) => Expand(pathOrFolder, output: null);

    /// <summary>The same without a file that is going to be written, where a folder holds one from before.</summary>
    /// <param name="pathOrFolder">The argument.</param>
    /// <param name="output">The file to write; links are followed. Null for none.</param>
    /// <exception cref="XanesDataException">A folder without other files, or one that cannot be read.</exception>
    public static IReadOnlyList<string> Expand(string pathOrFolder, string? output)
    {
        if (!Directory.Exists(FileProblems.FullPath(pathOrFolder)))
            return [pathOrFolder];
        try
        {
            string? target = output is null ? null : AtomicFile.Target(output);
            string[] found =
            [
                .. Directory.EnumerateFiles(pathOrFolder).Where(f => !Path.GetFileName(f).StartsWith('.') && !IsTarget(f, target)).Order(StringComparer.Ordinal),
            ];
            return found.Length > 0 ? found : throw new XanesDataException("the folder holds no files", pathOrFolder, remedy: "Name a folder of measured spectra, or the files themselves.");
        }
        catch (Exception e) when (FileProblems.IsFileProblem(e))
        {
            throw FileProblems.Reading(pathOrFolder, e);
        }
    }

    // A link that leads nowhere is an input, and says so when it is read.
    private static bool IsTarget(string file, string? target)
    {
        try
        {
            return target is not null && AtomicFile.Target(file) == target;
        }
        catch (Exception e) when (FileProblems.IsFileProblem(e))
        {
            return false;
        }
    }

    private static XanesDataException TooLarge(string path, long bytes, long most) =>
        new($"the file has {bytes} bytes or more, above the limit of {most}", path, remedy: "A file of spectra is smaller; split it if this is one.");
}
