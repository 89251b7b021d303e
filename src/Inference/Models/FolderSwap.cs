namespace XanesMl.Inference.Models;

/// <summary>Replaces a whole folder in one step, so that a reader sees the old one or the new one and never half of either.</summary>
internal static class FolderSwap
{
    /// <summary>Fills a temporary sibling folder, then moves it to <paramref name="path"/>.</summary>
    /// <param name="path">The folder to write.</param>
    /// <param name="marker">A file whose presence shows that an existing folder is ours to replace.</param>
    /// <param name="fill">Writes into the temporary folder; its exceptions pass through after the temporary folder is gone.</param>
    public static void Write(string path, string marker, Action<string> fill)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (File.Exists(full))
            throw new XanesModelException("a file is in the way of the model folder", path, remedy: "Give another path or remove the file.");
        if (Directory.Exists(full) && !File.Exists(Path.Combine(full, marker)) && Directory.EnumerateFileSystemEntries(full).Any())
            throw new XanesModelException($"the folder holds something else than a model (it has files but no {marker}), so it is not replaced", path,
                remedy: "Give an empty or new folder.");
        string parent = Path.GetDirectoryName(full) ?? throw new XanesModelException("a model cannot be written to the root of a disk", path, remedy: "Give a folder.");
        string unique = $".{Path.GetFileName(full)}.{Guid.NewGuid():N}";
        string temporary = Path.Combine(parent, unique + ".tmp"), previous = Path.Combine(parent, unique + ".old");
        try
        {
            Directory.CreateDirectory(temporary);
            fill(temporary);
            Swap(temporary, full, previous);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new XanesModelException("the model folder cannot be written: " + e.Message, path, remedy: "Check the path, your rights and the free space.", inner: e);
        }
        finally
        {
            TryDelete(temporary);
            if (Directory.Exists(full))
                TryDelete(previous);
        }
    }

    private static void Swap(string temporary, string full, string previous)
    {
        bool replaces = Directory.Exists(full);
        if (replaces)
            Directory.Move(full, previous);
        try
        {
            Directory.Move(temporary, full);
        }
        catch when (replaces)
        {
            Directory.Move(previous, full);
            throw;
        }
    }

    private static void TryDelete(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A leftover hidden folder is harmless; the result in place is what counts.
        }
    }
}
