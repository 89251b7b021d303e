using XanesMl.Spectra;

namespace XanesMl.Edge.Watching;

/// <summary>Keeps results from becoming inputs.</summary>
internal static class WatchedFolder
{
    /// <summary>Refuses a folder that is not there, is the out folder, or lies in one.</summary>
    /// <exception cref="XanesDataException">So it is.</exception>
    public static void Require(string folder, string output)
    {
        if (!Directory.Exists(folder))
            throw new XanesDataException(File.Exists(folder) ? "this is a file, a folder is to be watched" : "there is no such folder", folder, remedy: "Name the folder where files arrive.");
        if (File.Exists(output))
            throw new XanesDataException("this is a file, results go to a folder", output, remedy: "Give another --out.");
        string watched = End(folder), results = End(output);
        if (watched == results || watched.StartsWith(results, StringComparison.Ordinal))
            throw new XanesDataException("the watched folder is the out folder, or lies in it", folder, remedy: "Give --out a folder of its own; it may lie in the watched one.");
        for (var parent = new DirectoryInfo(watched); parent is not null; parent = parent.Parent)
            RequireNoLedger(parent.FullName);
    }

    /// <summary>Refuses a folder that holds a ledger: what is in it are results.</summary>
    /// <exception cref="XanesDataException">So it is.</exception>
    public static void RequireNoLedger(string folder)
    {
        if (File.Exists(Path.Combine(folder, Ledger.FileName)))
            throw new XanesDataException($"this is the out folder of a watcher: it holds {Ledger.FileName}", folder, remedy: "Watch a folder outside of it.");
    }

    // With the separator at its end, so that the beginning of a name is not taken for a parent.
    private static string End(string folder)
    {
        string full = Path.GetFullPath(folder);
        if (Directory.Exists(full) && new DirectoryInfo(full).ResolveLinkTarget(returnFinalTarget: true) is { } target)
            full = target.FullName;
        return Path.TrimEndingDirectorySeparator(full) + Path.DirectorySeparatorChar;
    }
}
