using System.Security.Cryptography;

namespace XanesMl.Spectra.IO;

/// <summary>Writes a file so that a reader, or a crash, sees the old content or the new one and never half of it.</summary>
public static class AtomicFile
{
    /// <summary>Writes to a temporary name in the same folder, flushes to disk, then moves it over <paramref name="path"/>.
    /// The temporary is removed on any failure. A link is followed and stays; an existing file's Unix mode is kept;
    /// a device or pipe such as /dev/stdout is written to directly, since it cannot be replaced.</summary>
    /// <param name="path">File to create or replace. Its folder must exist.</param>
    /// <param name="write">Writes the content to the stream; it need not close it. Whatever it throws passes through, except file-system failures.</param>
    /// <exception cref="XanesDataException">The folder is missing or not writable, the path is a folder or read-only, or the disk is full.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        string full = FileProblems.FullPath(path);
        try
        {
            string target = Resolve(full);
            if (IsDevice(full) || IsDevice(target))
            {
                using var device = new FileStream(target, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
                write(device);
                return;
            }

            Replace(target, path, write);
        }
        catch (Exception e) when (FileProblems.IsFileProblem(e))
        {
            throw FileProblems.Writing(path, e);
        }
    }

    /// <summary>Refuses an output that is one of the inputs, or lies in a folder that is one: a result must never replace the spectra it came from.</summary>
    /// <param name="output">File to write.</param>
    /// <param name="inputs">Files or folders that are read; links are followed.</param>
    /// <exception cref="XanesDataException">The output is an input.</exception>
    public static void RequireNotInput(string output, IEnumerable<string> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        string target = Resolve(FileProblems.FullPath(output));
        if (IsDevice(target))
            return;
        foreach (string input in inputs)
        {
            string source = Resolve(FileProblems.FullPath(input));
            bool inside = Directory.Exists(source) && File.Exists(target)
                && string.Equals(Path.GetDirectoryName(target), Path.TrimEndingDirectorySeparator(source), StringComparison.Ordinal);
            if (inside || string.Equals(target, source, StringComparison.Ordinal))
                throw new XanesDataException("the output would replace a file that is read", output, remedy: "Give another --out.");
        }
    }

    /// <summary>Refuses an output whose folder does not exist, so that a program can say so before the work.</summary>
    /// <param name="output">File to write.</param>
    /// <exception cref="XanesDataException">There is no such folder, or the path is one itself.</exception>
    public static void RequireFolder(string output)
    {
        string target = Resolve(FileProblems.FullPath(output));
        if (!IsDevice(target))
            RequireFolderOf(target, output);
    }

    /// <summary>A name beside <paramref name="target"/> that nobody uses: hidden, short, and not derived from a name that may already be at the length limit.</summary>
    internal static string TemporaryBeside(string target) =>
        Path.Combine(Path.GetDirectoryName(target) ?? target, ".xanesml-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)) + ".tmp");

    private static void Replace(string target, string shown, Action<Stream> write)
    {
        RequireFolderOf(target, shown);
        bool exists = File.Exists(target);
        if (exists && File.GetAttributes(target).HasFlag(FileAttributes.ReadOnly))
            throw new XanesDataException("the existing file is read-only", shown, remedy: "Make it writable or choose another name.");

        string temporary = TemporaryBeside(target);
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                if (stream.CanWrite)
                    stream.Flush(flushToDisk: true);
            }

            if (exists && !OperatingSystem.IsWindows())
                File.SetUnixFileMode(temporary, File.GetUnixFileMode(target));
            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            RemoveQuietly(temporary);
            throw;
        }
    }

    private static void RequireFolderOf(string target, string shown)
    {
        string folder = Path.GetDirectoryName(target) ?? throw new XanesDataException("this is the root folder, not a file", shown, remedy: "Name a file.");
        if (Directory.Exists(target) || Path.EndsInDirectorySeparator(target))
            throw new XanesDataException("this is a folder, a file is expected", shown, remedy: "Add a file name.");
        if (!Directory.Exists(folder))
            throw new XanesDataException($"the folder {folder} does not exist", shown, remedy: "Create it first.");
    }

    /// <summary>The full path of the file that <see cref="Write"/> would replace: the last of a chain of links.</summary>
    internal static string Target(string path) => Resolve(FileProblems.FullPath(path));

    private static string Resolve(string full) =>
        new FileInfo(full).LinkTarget is not null && File.ResolveLinkTarget(full, returnFinalTarget: true) is { } target ? target.FullName : full;

    private static bool IsDevice(string full) =>
        !OperatingSystem.IsWindows()
        && (full.StartsWith("/proc/", StringComparison.Ordinal)
            || (full.StartsWith("/dev/", StringComparison.Ordinal) && !full.StartsWith("/dev/shm/", StringComparison.Ordinal)));

    private static void RemoveQuietly(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (FileProblems.IsFileProblem(e))
        {
            // The first failure is the one to report; a disk that fails here failed before.
        }
    }
}
