namespace XanesMl.Edge.Watching;

/// <summary>A file as one listing of the watched folder shows it.</summary>
/// <param name="Path">Path below the watched folder, with '/' between names.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Modified">Ticks (UTC) of the last change.</param>
internal readonly record struct FileSight(string Path, long Length, long Modified);
