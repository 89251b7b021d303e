namespace XanesMl.Edge.Watching;

/// <summary>Names of files that are on their way to become something else, or that belong to the system.</summary>
internal static class IgnoredNames
{
    private static readonly string[] s_endings = ["~", ".part", ".partial", ".filepart", ".crdownload", ".tmp", ".temp", ".swp", ".lock"];
    private static readonly string[] s_beginnings = [".", "~$", "#"];
    private static readonly string[] s_names = ["desktop.ini", "thumbs.db"];

    /// <summary>Whether a file of this name is never looked at: hidden, temporary, a lock, or the system's own.</summary>
    public static bool Contains(ReadOnlySpan<char> name)
    {
        foreach (string beginning in s_beginnings)
            if (name.StartsWith(beginning, StringComparison.Ordinal))
                return true;
        foreach (string ending in s_endings)
            if (name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
                return true;
        foreach (string known in s_names)
            if (name.Equals(known, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }
}
