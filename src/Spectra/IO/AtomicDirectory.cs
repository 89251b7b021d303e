namespace XanesMl.Spectra.IO;

/// <summary>Writes a whole folder so that it appears complete or not at all, and never deletes a folder that is not ours.</summary>
public static class AtomicDirectory
{
    /// <summary>Fills a temporary folder beside <paramref name="path"/>, flushes its files to disk, then moves it into place.
    /// On any failure the temporary is removed and an existing folder stays as it was.</summary>
    /// <param name="path">Folder to create or replace. Its parent must exist.</param>
    /// <param name="fill">Gets the temporary folder's path and writes the files into it.</param>
    /// <param name="replaceExisting">Allows an existing folder to be replaced, if it is empty or holds a file named in <paramref name="markers"/>.</param>
    /// <param name="markers">File names (no path) that prove that a folder was written by this program, such as "model.json".</param>
    /// <exception cref="XanesDataException">The folder exists and may not be replaced, its parent is missing or not writable, or the disk is full.</exception>
    public static void Write(string path, Action<string> fill, bool replaceExisting = false, params IReadOnlyList<string> markers)
    {
        ArgumentNullException.ThrowIfNull(fill);
        ArgumentNullException.ThrowIfNull(markers);
        string full = Path.TrimEndingDirectorySeparator(FileProblems.FullPath(path));
        try
        {
            string target = Directory.Exists(full) && Directory.ResolveLinkTarget(full, returnFinalTarget: true) is { } link ? link.FullName : full;
            string parent = Path.GetDirectoryName(target) ?? throw new XanesDataException("this is the root folder", path, remedy: "Name a folder inside it.");
            if (!Directory.Exists(parent))
                throw new XanesDataException($"the folder {parent} does not exist", path, remedy: "Create it first.");
            CheckReplaceable(target, path, replaceExisting, markers);
            string temporary = AtomicFile.TemporaryBeside(target);
            try
            {
                Directory.CreateDirectory(temporary);
                fill(temporary);
                FlushFiles(temporary);
                // Again: filling takes time, and somebody else may have put a folder there.
                CheckReplaceable(target, path, replaceExisting, markers);
                Swap(temporary, target);
            }
            finally
            {
                RemoveQuietly(temporary);
            }
        }
        catch (Exception e) when (FileProblems.IsFileProblem(e))
        {
            throw FileProblems.Writing(path, e);
        }
    }

    private static void CheckReplaceable(string target, string shown, bool replaceExisting, IReadOnlyList<string> markers)
    {
        if (File.Exists(target))
            throw new XanesDataException("this is a file, a folder is to be written", shown, remedy: "Choose another name.");
        if (!Directory.Exists(target))
            return;
        if (!replaceExisting)
            throw new XanesDataException("the folder exists already", shown, remedy: "Choose another name, or allow it to be replaced.");
        string current = Path.TrimEndingDirectorySeparator(Environment.CurrentDirectory) + Path.DirectorySeparatorChar;
        if (current.StartsWith(target + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new XanesDataException("the current folder lies in the folder to be replaced", shown, remedy: "Name a folder inside it.");
        bool empty = !Directory.EnumerateFileSystemEntries(target).Any();
        if (!empty && !markers.Any(m => File.Exists(Path.Combine(target, m))))
            throw new XanesDataException(
                markers.Count == 0 ? "the folder is not empty" : $"the folder is not empty and has no {string.Join(" or ", markers)}, so it was not written by this program",
                shown, remedy: "Choose another name, or empty the folder yourself.");
    }

    private static void Swap(string temporary, string target)
    {
        if (!Directory.Exists(target))
        {
            Directory.Move(temporary, target);
            return;
        }

        string old = AtomicFile.TemporaryBeside(target);
        Directory.Move(target, old);
        try
        {
            Directory.Move(temporary, target);
        }
        catch
        {
            Directory.Move(old, target);
            throw;
        }

        RemoveQuietly(old);
    }

    private static void FlushFiles(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            if (File.GetAttributes(file).HasFlag(FileAttributes.ReadOnly))
                continue;
            using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.Write);
            RandomAccess.FlushToDisk(handle);
        }
    }

    private static void RemoveQuietly(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (FileProblems.IsFileProblem(e))
        {
            // The new folder is in place, or the first failure is the one to report; a leftover has a name that says whose it is.
        }
    }
}
