using System.IO.Enumeration;

namespace XanesMl.Edge.Watching;

/// <summary>Lists the files of the watched folder without opening any. Links are never followed: neither those to files nor those to folders.</summary>
/// <param name="folder">The watched folder.</param>
/// <param name="recursive">Whether folders in it are listed too. A folder with a ledger, which is somebody's results, never is.</param>
internal sealed class FolderListing(string folder, bool recursive)
{
    private static readonly EnumerationOptions s_all = new() { AttributesToSkip = 0, IgnoreInaccessible = false, RecurseSubdirectories = false };

    /// <summary>The files that may be inputs, in no particular order.</summary>
    /// <param name="closed">Gets the folders below that may not be listed.</param>
    /// <exception cref="IOException">The watched folder cannot be listed now.</exception>
    /// <exception cref="UnauthorizedAccessException">The watched folder may not be listed.</exception>
    public List<FileSight> List(List<string> closed)
    {
        var files = new List<FileSight>();
        var left = new Stack<string>([""]);
        while (left.TryPop(out string? below))
        {
            try
            {
                List(below, files, left);
            }
            catch (Exception e) when (below.Length > 0 && e is IOException or UnauthorizedAccessException)
            {
                // Gone since its parent was listed, or closed to us. The rest of the tree is still worth having.
                if (e is not DirectoryNotFoundException)
                    closed.Add(below);
            }
        }

        return files;
    }

    private void List(string below, List<FileSight> files, Stack<string> left)
    {
        string full = Path.Combine(folder, below);
        if (below.Length > 0 && File.Exists(Path.Combine(full, Ledger.FileName)))
            return;
        var entries = new FileSystemEnumerable<(FileSight Sight, bool IsFolder)>(full, (ref FileSystemEntry entry) => Entry(below, ref entry), s_all)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !IsLink(ref entry) && (entry.IsDirectory ? recursive && !entry.FileName.StartsWith('.') : !IgnoredNames.Contains(entry.FileName)),
        };
        foreach (var (sight, isFolder) in entries)
        {
            if (isFolder)
                left.Push(sight.Path);
            else
                files.Add(sight);
        }
    }

    private static (FileSight Sight, bool IsFolder) Entry(string below, ref FileSystemEntry entry)
    {
        string path = below.Length == 0 ? entry.FileName.ToString() : string.Concat(below, "/", entry.FileName);
        return entry.IsDirectory ? (new FileSight(path, 0, 0), true) : (new FileSight(path, entry.Length, entry.LastWriteTimeUtc.UtcTicks), false);
    }

    // A file that a cloud drive keeps elsewhere is a reparse point too, and no link.
    private static bool IsLink(ref FileSystemEntry entry) =>
        (entry.Attributes & FileAttributes.ReparsePoint) != 0 && entry.ToFileSystemInfo().LinkTarget is not null;
}
