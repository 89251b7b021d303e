using System.IO.Compression;
using System.Runtime.InteropServices;
using XanesMl.Spectra.IO;
using XanesMl.Spectra.Measured;

namespace XanesMl.Spectra.Reading;

/// <summary>Reads tables of spectra: RankAAE CSV, plain or gzip, and Parquet. The content decides, never the extension.</summary>
public static class SpectraTableReader
{
    // A row of 256 float32 values; a Parquet file can state more rows than it has bytes.
    private const long SmallestRow = 1024;

    private static readonly string[] s_extensions = [".csv", ".csv.gz", ".parquet"];

    /// <summary>Reads one file. Time is linear in its size; memory peaks at about twice the spectra.</summary>
    /// <param name="path">A RankAAE CSV (plain or gzip) or a Parquet file with the same columns.</param>
    /// <param name="options">What to take; null means everything.</param>
    /// <returns>At least one row; energies in eV as in the column names.</returns>
    /// <exception cref="XanesDataException">The file cannot be read or is not such a table; says line and column.</exception>
    public static SpectraTable Read(string path, SpectraReadOptions? options = null)
    {
        options ??= new SpectraReadOptions();
        options.Validate();
        string full = FileProblems.FullPath(path);
        if (Directory.Exists(full))
            throw new XanesDataException("this is a folder, a file is expected", path, remedy: "Name a file in it, or read the folder with ReadMany.");
        try
        {
            using var file = new FileStream(full, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
            return Read(file, path, options, long.MaxValue);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(path, e);
        }
        catch (Exception e) when (FileProblems.IsFileProblem(e))
        {
            throw FileProblems.Reading(path, e);
        }
    }

    /// <summary>Reads several files; a folder means its *.csv, *.csv.gz and *.parquet files, sorted by name.</summary>
    /// <returns>One table a file, in this order.</returns>
    /// <exception cref="XanesDataException">No path, a folder without such files, or a file that cannot be read.</exception>
    public static IReadOnlyList<SpectraTable> ReadMany(IEnumerable<string> pathsOrFolders, SpectraReadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(pathsOrFolders);
        var tables = new List<SpectraTable>();
        foreach (string path in pathsOrFolders)
            foreach (string file in Expand(path))
                tables.Add(Read(file, options));
        if (tables.Count == 0)
            throw new XanesDataException("no file to read", remedy: "Name at least one file or folder.");
        return tables;
    }

    /// <summary>Whether content is a table of spectra: Parquet, or CSV (plain or gzip) whose header has ENE_ columns.</summary>
    /// <param name="content">The content, or its first 64 KiB.</param>
    public static bool Recognizes(ReadOnlyMemory<byte> content)
    {
        switch (ContentKinds.Of(content.Span))
        {
            case ContentKind.SpectraTable or ContentKind.Parquet:
                return true;
            case ContentKind.Gzip:
                var head = new byte[MeasuredLimits.SniffBytes];
                try
                {
                    using var gzip = new GZipStream(InMemory(content), CompressionMode.Decompress);
                    return ContentKinds.Of(head.AsSpan(0, gzip.ReadAtLeast(head, head.Length, throwOnEndOfStream: false))) == ContentKind.SpectraTable;
                }
                catch (InvalidDataException)
                {
                    return false; // damaged: whoever reads it says so
                }

            default:
                return false;
        }
    }

    /// <summary>Reads a table that is in memory. Nothing in it reaches the file system.</summary>
    /// <param name="content">All bytes of a RankAAE CSV (plain or gzip) or a Parquet file.</param>
    /// <param name="name">Name of the content, for messages.</param>
    /// <param name="maxBytes">Bytes above which decompressed content is refused.</param>
    /// <param name="options">What to take; null means everything.</param>
    /// <exception cref="XanesDataException">It is not such a table, damaged or too large; says line and column.</exception>
    public static SpectraTable Read(ReadOnlyMemory<byte> content, string name, long maxBytes, SpectraReadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        options ??= new SpectraReadOptions();
        options.Validate();
        try
        {
            using var stream = InMemory(content);
            return Read(stream, name, options, maxBytes);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(name, e);
        }
    }

    private static MemoryStream InMemory(ReadOnlyMemory<byte> content) =>
        MemoryMarshal.TryGetArray(content, out var array) ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false) : new MemoryStream(content.ToArray(), writable: false);

    private static XanesDataException Damaged(string source, InvalidDataException cause) =>
        new($"the compressed data is damaged or cut off: {FileProblems.Sentence(cause)}", source, remedy: "Download or copy the file again.", inner: cause);

    private static string[] Expand(string path)
    {
        if (!Directory.Exists(FileProblems.FullPath(path)))
            return [path];
        try
        {
            string[] files = [.. Directory.EnumerateFiles(path)
                .Where(f => s_extensions.Any(x => f.EndsWith(x, StringComparison.OrdinalIgnoreCase)))
                .Order(StringComparer.Ordinal)];
            return files.Length > 0 ? files : throw new XanesDataException("the folder has no *.csv, *.csv.gz or *.parquet file", path, remedy: "Name a folder with tables of spectra, or the files.");
        }
        catch (Exception e) when (FileProblems.IsFileProblem(e))
        {
            throw FileProblems.Reading(path, e);
        }
    }

    private static SpectraTable Read(Stream file, string source, SpectraReadOptions options, long maxBytes)
    {
        Span<byte> magic = stackalloc byte[4];
        int n = file.ReadAtLeast(magic, 4, throwOnEndOfStream: false);
        if (n == 0)
            throw new XanesDataException("the file is empty", source, remedy: "Give a table with a header and at least one spectrum.");
        magic = magic[..n];
        if (!file.CanSeek)
            throw new XanesDataException("this is a pipe or device, a file is expected", source, remedy: "Save the data to a file first.");
        file.Position = 0;
        if (magic.SequenceEqual("PAR1"u8))
            return ParquetTableReader.Read(file, source, options, (int)Math.Min(int.MaxValue, maxBytes / SmallestRow));
        if (magic.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]))
            return ReadGzip(file, source, options, maxBytes);

        if (magic.StartsWith("PK\u0003\u0004"u8))
            throw new XanesDataException("this is a zip archive or a spreadsheet", source, remedy: "Unpack it, or save the sheet as CSV.");
        if (magic.StartsWith((ReadOnlySpan<byte>)[0xff, 0xfe]) || magic.StartsWith((ReadOnlySpan<byte>)[0xfe, 0xff]))
            throw new XanesDataException("the text is UTF-16", source, remedy: "Save it as UTF-8.");
        return CsvTableParser.Parse(file, source, options);
    }

    private static SpectraTable ReadGzip(Stream file, string source, SpectraReadOptions options, long maxBytes)
    {
        using var gzip = new CheckedGzipStream(file);
        SpectraTable table;
        try
        {
            table = CsvTableParser.Parse(new LimitedStream(default, gzip, maxBytes, source, decompressed: true), source, options);
        }
        catch (XanesDataException e) when (gzip.IsCutOff())
        {
            throw CutOff(source, e);
        }

        return gzip.IsCutOff() ? throw CutOff(source, null) : table;
    }

    private static XanesDataException CutOff(string source, Exception? cause) =>
        new("the compressed file is damaged: it has been cut off", source, remedy: "Download or copy the file again.", inner: cause);
}
