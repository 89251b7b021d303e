using System.Buffers;
using System.Text;
using System.Text.Json;
using XanesMl.Spectra;
using XanesMl.Spectra.IO;

namespace XanesMl.Inference.Predictions;

/// <summary>Writes results, one row a spectrum: CSV, JSON lines or Parquet. Both programs and all their verbs write with this.</summary>
/// <remarks>Columns of CSV and Parquet: file, spectrum, material, site, element; D, D_low, D_high for each descriptor D; D_class for a classified one; verdict (empty for a file
/// that could not be used), reasons (or the error), warnings (both joined by "; "), reconstruction_error, percentile, e0, edge_step, energy_shift, parameters and units (each the text of a
/// JSON object), model, model_sha256, input_sha256, version, time. Numbers read back as the same value; one that does not exist is an empty cell, or null. Control characters
/// of names are written as \xNN. JSON lines carry the same as values, with the unit beside each descriptor, and the styles.</remarks>
public static class PredictionWriter
{
    private static readonly byte[] s_csvStart = "file,spectrum,material,site,element,"u8.ToArray();
    private static readonly SearchValues<char> s_quoted = SearchValues.Create("\",\r\n");

    /// <summary>Writes a file atomically; the extension says the format.</summary>
    /// <param name="path">A path that ends in .csv, .jsonl or .parquet.</param>
    /// <param name="table">The results.</param>
    /// <exception cref="XanesDataException">Another extension, or the file cannot be written.</exception>
    public static void Write(string path, PredictionTable table)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentNullException.ThrowIfNull(table);
        RequireFormat(path);
        string extension = Path.GetExtension(path);
        AtomicFile.Write(path, stream =>
        {
            if (Is(extension, ".csv"))
                WriteCsv(stream, table);
            else if (Is(extension, ".jsonl"))
                WriteJsonLines(stream, table);
            else
                PredictionParquet.Write(stream, table);
        });
    }

    /// <summary>Checks that a path names a format that <see cref="Write"/> knows, so that a program can refuse it before the work.</summary>
    /// <exception cref="XanesDataException">It does not end in .csv, .jsonl or .parquet.</exception>
    public static void RequireFormat(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string extension = Path.GetExtension(path);
        if (!Is(extension, ".csv") && !Is(extension, ".jsonl") && !Is(extension, ".parquet"))
            throw new XanesDataException($"results cannot be written as '{extension}'", path, remedy: "End the name in .csv, .jsonl or .parquet.");
    }

    /// <summary>Whether a file holds nothing, or what <see cref="Write"/> wrote: then nothing is lost with it but results.</summary>
    /// <param name="path">A regular file; anything else, and a file that cannot be read, is none.</param>
    public static bool IsResult(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            if (!File.Exists(path))
                return false;
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var head = new byte[s_csvStart.Length];
            int read = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            return read == 0 || head.AsSpan().SequenceEqual(s_csvStart) || head.AsSpan().StartsWith("{\"file\":"u8) || (head.AsSpan().StartsWith("PAR1"u8) && PredictionParquet.IsResult(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Writes CSV: UTF-8 without byte-order mark, header line, line ends \n, quotes only where needed.</summary>
    /// <param name="stream">Stays open.</param>
    /// <param name="table">The results.</param>
    /// <param name="header">False for rows that go behind earlier ones of the same models.</param>
    public static void WriteCsv(Stream stream, PredictionTable table, bool header = true)
    {
        ArgumentNullException.ThrowIfNull(table);
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        var columns = ResultColumn.Of(table);
        if (header)
            Line(writer, columns, c => c.Name);
        foreach (var row in table.Rows)
            Line(writer, columns, c => c.Cell(row));
    }

    /// <summary>Writes one JSON object a line.</summary>
    /// <inheritdoc cref="WriteJson" path="/remarks"/>
    public static void WriteJsonLines(Stream stream, PredictionTable table)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(table);
        using var json = new Utf8JsonWriter(stream, ResultJson.Options);
        foreach (var row in table.Rows)
        {
            ResultJson.Row(json, row);
            json.Flush();
            json.Reset();
            stream.WriteByte((byte)'\n');
        }
    }

    /// <summary>Writes one result as a JSON object.</summary>
    /// <remarks>{"file", "spectrum", "material", "site", "element", "descriptors": {D: {"value", "low", "high", "unit", "class"?}}, "verdict", "reasons": [], "warnings": [],
    /// "reconstruction_error", "percentile", "e0", "edge_step", "energy_shift", "parameters": {}, "styles": [], "model", "model_sha256", "input_sha256", "version", "time"}.</remarks>
    public static void WriteJson(Utf8JsonWriter json, PredictionResult result)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(result);
        ResultJson.Row(json, result);
    }

    private static void Line(StreamWriter writer, IReadOnlyList<ResultColumn> columns, Func<ResultColumn, string> cell)
    {
        for (int c = 0; c < columns.Count; c++)
        {
            if (c > 0)
                writer.Write(',');
            writer.Write(Quoted(cell(columns[c])));
        }

        writer.WriteLine();
    }

    private static string Quoted(string text) =>
        text.AsSpan().ContainsAny(s_quoted) ? "\"" + text.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"" : text;

    private static bool Is(string extension, string known) => string.Equals(extension, known, StringComparison.OrdinalIgnoreCase);
}
