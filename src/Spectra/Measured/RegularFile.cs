namespace XanesMl.Spectra.Measured;

/// <summary>Keeps readers from files that are none: opening a named pipe waits for ever when nobody writes to it.</summary>
internal static class RegularFile
{
    // What a shell connects: somebody holds the other end, so opening does not wait.
    private static readonly string[] s_streams = ["/dev/stdin", "/dev/fd/", "/proc/self/fd/"];

    /// <summary>Refuses pipes, sockets and devices, which have no length, and with them files without content. Standard input is taken.</summary>
    /// <param name="full">Full path; the file must exist.</param>
    /// <param name="shown">The path as it was given, for the message.</param>
    /// <exception cref="XanesDataException">Not a regular file with content.</exception>
    /// <exception cref="IOException">There is no such file.</exception>
    public static void Require(string full, string shown)
    {
        if (!OperatingSystem.IsWindows() && Array.Exists(s_streams, s => full.StartsWith(s, StringComparison.Ordinal)))
            return;
        // The length of a link would be that of its text.
        string target = new FileInfo(full).LinkTarget is not null && File.ResolveLinkTarget(full, returnFinalTarget: true) is { } end ? end.FullName : full;
        if (new FileInfo(target).Length == 0)
            throw new XanesDataException("the file is empty, or a pipe, socket or device and not a regular file", shown, remedy: "Name a regular file with the measured data.");
    }
}
