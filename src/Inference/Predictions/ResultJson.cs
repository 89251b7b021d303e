using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using XanesMl.Inference.Domain;

namespace XanesMl.Inference.Predictions;

/// <summary>The JSON form of a result. Written by hand, so that no reflection is needed and the order stays.</summary>
internal static class ResultJson
{
    /// <summary>Readable text; control characters are escaped all the same. For files and programs, never pasted into HTML as it is.</summary>
    public static JsonWriterOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A small object as text: values that are numbers become numbers.</summary>
    public static string Object(IEnumerable<(string Name, string Value)> entries)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, Options))
            Object(json, entries);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>The object of <see cref="PredictionWriter.WriteJson"/>.</summary>
    public static void Row(Utf8JsonWriter json, PredictionResult row)
    {
        var (p, origin) = (row.Prediction, row.Prediction?.Origin);
        json.WriteStartObject();
        json.WriteString("file", row.File);
        json.WriteString("spectrum", row.Spectrum);
        json.WriteString("material", p?.Material);
        json.WriteString("site", p?.Site);
        json.WriteString("element", p?.Element);
        Descriptors(json, row);
        json.WriteString("verdict", row.Verdict?.ToText());
        Strings(json, "reasons", row.Reasons);
        Strings(json, "warnings", row.Warnings);
        Single(json, "reconstruction_error", p?.ReconstructionError);
        Single(json, "percentile", p?.ErrorPercentile);
        Double(json, "e0", origin?.E0);
        Double(json, "edge_step", origin?.EdgeStep);
        Double(json, "energy_shift", origin?.EnergyShift);
        json.WritePropertyName("parameters");
        Object(json, row.Parameters.Select(e => (e.Key, e.Value)));
        json.WriteStartArray("styles");
        foreach (float style in p is null ? default : p.Styles.Span)
        {
            if (float.IsFinite(style))
                json.WriteNumberValue(style);
            else
                json.WriteNullValue();
        }

        json.WriteEndArray();
        json.WriteString("model", row.Model?.Id);
        json.WriteString("model_sha256", row.Model?.Sha256);
        json.WriteString("input_sha256", row.InputSha256);
        json.WriteString("version", row.Version);
        json.WriteString("time", ResultColumn.Time(row.Time));
        json.WriteEndObject();
    }

    private static void Descriptors(Utf8JsonWriter json, PredictionResult row)
    {
        json.WriteStartObject("descriptors");
        for (int k = 0; k < (row.Model is null ? 0 : row.Prediction?.Estimates.Count ?? 0); k++)
        {
            var (name, estimate) = (row.Model!.Descriptors[k].Name, row.Prediction!.Estimates[k]);
            json.WriteStartObject(name);
            Single(json, "value", estimate.Value);
            Single(json, "low", estimate.Low);
            Single(json, "high", estimate.High);
            json.WriteString("unit", estimate.Unit);
            if (name == row.Model.ClassDescriptor && row.Prediction.CoordinationClass is { } c)
                json.WriteNumber("class", c);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void Object(Utf8JsonWriter json, IEnumerable<(string Name, string Value)> entries)
    {
        json.WriteStartObject();
        foreach (var (name, value) in entries)
        {
            if (double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number))
                json.WriteNumber(name, number);
            else
                json.WriteString(name, value);
        }

        json.WriteEndObject();
    }

    private static void Strings(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static void Single(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } v && float.IsFinite((float)v))
            json.WriteNumber(name, (float)v);
        else
            json.WriteNull(name);
    }

    private static void Double(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } v && double.IsFinite(v))
            json.WriteNumber(name, v);
        else
            json.WriteNull(name);
    }
}
