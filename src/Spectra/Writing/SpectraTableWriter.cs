using System.IO.Compression;
using XanesMl.Spectra.IO;

namespace XanesMl.Spectra.Writing;

/// <summary>Writes a table of spectra; what <see cref="Reading.SpectraTableReader"/> reads back is equal to the last bit of every float32.</summary>
public static class SpectraTableWriter
{
    /// <summary>Writes the table, atomically, in the format that the extension names.</summary>
    /// <param name="table">At least one row, with non-empty identifiers.</param>
    /// <param name="path">*.csv, *.csv.gz or *.parquet (the CSV's columns, float32). An existing file is replaced.</param>
    /// <exception cref="XanesDataException">Another extension, a table that the format cannot hold, or a path that cannot be written.</exception>
    public static void Write(SpectraTable table, string path)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(path);
        Check(table, path);
        if (path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
            AtomicFile.Write(path, s => CsvTableFormatter.Write(table, s, path));
        else if (path.EndsWith(".csv.gz", StringComparison.OrdinalIgnoreCase))
            AtomicFile.Write(path, s =>
            {
                using var gzip = new GZipStream(s, CompressionLevel.Optimal, leaveOpen: true);
                CsvTableFormatter.Write(table, gzip, path);
            });
        else if (path.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase))
            AtomicFile.Write(path, s => ParquetTableWriter.Write(table, s));
        else
            throw new XanesDataException($"unknown extension '{Path.GetExtension(path)}'", path, remedy: "Name the file *.csv, *.csv.gz or *.parquet.");
    }

    private static void Check(SpectraTable table, string path)
    {
        if (table.RowCount == 0)
            throw new XanesDataException("the table has no rows", path, remedy: "Write a table with at least one spectrum.");
        for (int i = 0; i < table.RowCount; i++)
            if (table.Materials[i].Length == 0 || table.Sites[i].Length == 0)
                throw new XanesDataException($"row {i + 1} has an empty material or site identifier", path, remedy: "Give every row both.");
    }
}
