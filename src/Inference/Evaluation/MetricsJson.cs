using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using XanesMl.Spectra;
using XanesMl.Spectra.IO;

namespace XanesMl.Inference.Evaluation;

/// <summary>Reads and writes metrics.json (architecture.md section 5): snake_case keys, NaN and infinity as null.</summary>
public static class MetricsJson
{
    // A report of a thousand descriptors is far below this; a larger file is something else.
    private const long MaximumBytes = 16 << 20;

    /// <summary>The report as indented JSON.</summary>
    public static string Serialize(EvaluationReport report) => JsonSerializer.Serialize(report, MetricsJsonContext.Default.EvaluationReport);

    /// <summary>Reads a report; keys that are not known are ignored.</summary>
    /// <param name="json">Text of a metrics.json.</param>
    /// <param name="source">Where it comes from, for the error text.</param>
    /// <exception cref="XanesDataException">Not JSON, or a key that is missing or of the wrong kind.</exception>
    public static EvaluationReport Parse(string json, string? source = null)
    {
        try
        {
            return JsonSerializer.Deserialize(json, MetricsJsonContext.Default.EvaluationReport)
                ?? throw new XanesDataException("the file holds null instead of a report", source, remedy: Remedy);
        }
        catch (JsonException e)
        {
            throw new XanesDataException(e.Message, source, e.LineNumber + 1, e.Path, Remedy, e);
        }
    }

    /// <summary>Writes the report, replacing what was there; a reader sees the old file or the new one, never half of it.</summary>
    /// <exception cref="XanesDataException">The file cannot be written.</exception>
    public static void Write(string path, EvaluationReport report) =>
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(Serialize(report) + "\n")));

    /// <summary>Reads a metrics.json.</summary>
    /// <exception cref="XanesDataException">No such file, not readable, too large, not JSON, or a key that is missing or of the wrong kind.</exception>
    public static EvaluationReport Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > MaximumBytes)
                throw new XanesDataException($"{stream.Length} bytes are too many for a metrics.json", path, remedy: Remedy);
            using var reader = new StreamReader(stream);
            return Parse(reader.ReadToEnd(), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new XanesDataException(e.Message, path, remedy: Remedy, inner: e);
        }
    }

    private const string Remedy = "Write it anew with `xanesml evaluate`.";
}

/// <summary>JSON has no NaN: numbers that do not exist are null.</summary>
internal sealed class NullForNaN : JsonConverter<double>
{
    public override bool HandleNull => true;

    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (double.IsFinite(value))
            writer.WriteNumberValue(value);
        else
            writer.WriteNullValue();
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true, Converters = [typeof(NullForNaN)])]
[JsonSerializable(typeof(EvaluationReport))]
internal sealed partial class MetricsJsonContext : JsonSerializerContext;
