using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using XanesMl.Inference.Domain;
using XanesMl.Spectra;
using XanesMl.Spectra.IO;

namespace XanesMl.Inference.Predictions;

/// <summary>Writes predictions, one row a spectrum: CSV, JSON lines or Parquet.</summary>
/// <remarks>Columns of CSV and Parquet: material, site, element; D, D_low, D_high for each descriptor D; D_class for the classified one; verdict,
/// reasons (joined by "; "), reconstruction_error, percentile, model. Numbers are written so that they read back as the same float32; a value that
/// does not exist is an empty cell, or null. JSON lines carry the same with the unit beside each value.</remarks>
public static class PredictionWriter
{
    private static readonly SearchValues<char> s_quoted = SearchValues.Create("\",\r\n");
    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a file atomically; the extension says the format.</summary>
    /// <param name="path">A path that ends in .csv, .jsonl or .parquet.</param>
    /// <param name="table">The predictions.</param>
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

    /// <summary>Writes CSV: UTF-8 without byte-order mark, header line, line ends \n, quotes only where needed.</summary>
    public static void WriteCsv(Stream stream, PredictionTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine(string.Join(',', Columns(table).Select(Quoted)));
        foreach (var row in table.Rows)
            writer.WriteLine(string.Join(',', Cells(table, row)));
    }

    /// <summary>Writes one JSON object a line.</summary>
    /// <remarks>{"material", "site", "element", "descriptors": {D: {"value", "low", "high", "unit", "class"?}}, "verdict", "reasons": [],
    /// "reconstruction_error", "percentile", "styles": [], "model"}.</remarks>
    public static void WriteJsonLines(Stream stream, PredictionTable table)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(table);
        using var json = new Utf8JsonWriter(stream, s_json);
        foreach (var row in table.Rows)
        {
            WriteRow(json, table, row);
            json.Flush();
            json.Reset();
            stream.WriteByte((byte)'\n');
        }
    }

    internal static IEnumerable<string> Columns(PredictionTable table)
    {
        string[] descriptors = [.. table.Descriptors.SelectMany(d => (string[])[d.Name, d.Name + "_low", d.Name + "_high"])];
        string[] classes = table.ClassDescriptor is { } name ? [name + "_class"] : [];
        return ["material", "site", "element", .. descriptors, .. classes, "verdict", "reasons", "reconstruction_error", "percentile", "model"];
    }

    private static IEnumerable<string> Cells(PredictionTable table, SpectrumPrediction row)
    {
        yield return Quoted(row.Material);
        yield return Quoted(row.Site);
        yield return Quoted(row.Element ?? "");
        foreach (var e in row.Estimates)
        {
            yield return Number(e.Value);
            yield return Number(e.Low);
            yield return Number(e.High);
        }

        if (table.ClassDescriptor is not null)
            yield return row.CoordinationClass?.ToString(CultureInfo.InvariantCulture) ?? "";
        yield return row.Verdict.ToText();
        yield return Quoted(string.Join("; ", row.Reasons));
        yield return Number(row.ReconstructionError);
        yield return Number(row.ErrorPercentile);
        yield return table.ModelId;
    }

    private static void WriteRow(Utf8JsonWriter json, PredictionTable table, SpectrumPrediction row)
    {
        json.WriteStartObject();
        json.WriteString("material", row.Material);
        json.WriteString("site", row.Site);
        json.WriteString("element", row.Element);
        json.WriteStartObject("descriptors");
        for (int k = 0; k < row.Estimates.Count; k++)
        {
            string name = table.Descriptors[k].Name;
            json.WriteStartObject(name);
            Number(json, "value", row.Estimates[k].Value);
            Number(json, "low", row.Estimates[k].Low);
            Number(json, "high", row.Estimates[k].High);
            json.WriteString("unit", row.Estimates[k].Unit);
            if (name == table.ClassDescriptor && row.CoordinationClass is { } c)
                json.WriteNumber("class", c);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteString("verdict", row.Verdict.ToText());
        json.WriteStartArray("reasons");
        foreach (string reason in row.Reasons)
            json.WriteStringValue(reason);
        json.WriteEndArray();
        Number(json, "reconstruction_error", row.ReconstructionError);
        Number(json, "percentile", row.ErrorPercentile);
        json.WriteStartArray("styles");
        foreach (float style in row.Styles.Span)
        {
            if (float.IsFinite(style))
                json.WriteNumberValue(style);
            else
                json.WriteNullValue();
        }

        json.WriteEndArray();
        json.WriteString("model", table.ModelId);
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string name, double value)
    {
        if (float.IsFinite((float)value))
            json.WriteNumber(name, (float)value);
        else
            json.WriteNull(name);
    }

    private static string Number(double value) => float.IsFinite((float)value) ? ((float)value).ToString("R", CultureInfo.InvariantCulture) : "";

    private static string Quoted(string text) =>
        text.AsSpan().ContainsAny(s_quoted) ? "\"" + text.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"" : text;

    private static bool Is(string extension, string known) => string.Equals(extension, known, StringComparison.OrdinalIgnoreCase);
}
