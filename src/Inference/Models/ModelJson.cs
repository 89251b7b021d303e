using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace XanesMl.Inference.Models;

/// <summary>The text forms of <see cref="ModelMetadata"/>: model.json, and the metadata_props of every ONNX file of the folder.</summary>
/// <remarks>Names are snake_case, enumerations are strings, numbers are written so that they read back bit for bit. Metrics that are
/// not finite (an undefined correlation) are left out of both forms, since JSON has no word for them.</remarks>
public static class ModelJson
{
    /// <summary>What every property name of an ONNX file begins with.</summary>
    public const string PropertyPrefix = "xanesml.";

    private static readonly ModelJsonContext s_indented = Context(indented: true);
    private static readonly ModelJsonContext s_compact = Context(indented: false);

    /// <summary>The content of model.json: UTF-8, indented, line ends \n, one at the end of the file.</summary>
    /// <exception cref="XanesModelException">A value outside the contract, for instance an energy that is not finite.</exception>
    public static byte[] Serialize(ModelMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        MetadataRules.Check(metadata, ModelFolder.MetadataFile);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(Finite(metadata), s_indented.ModelMetadata);
        return [.. json, (byte)'\n'];
    }

    /// <summary>Reads model.json and checks every value against the contract.</summary>
    /// <param name="json">UTF-8 text; a byte-order mark is skipped.</param>
    /// <param name="file">Name for error messages.</param>
    /// <exception cref="XanesModelException">Not JSON, another format version, a missing, unknown, repeated or impossible value.</exception>
    public static ModelMetadata Parse(ReadOnlySpan<byte> json, string file)
    {
        if (json.StartsWith(Encoding.UTF8.Preamble))
            json = json[3..];
        try
        {
            CheckVersion(json, file);
            var metadata = JsonSerializer.Deserialize(json, s_indented.ModelMetadata)
                ?? throw new XanesModelException("must be a JSON object", file, "null", ModelFolder.Restore);
            MetadataRules.Check(metadata, file);
            return metadata;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw Unreadable(e, file);
        }
    }

    /// <summary>One property for each part of the metadata except the file hashes; values are JSON text.</summary>
    /// <returns>"xanesml.edge" -> "\"K\"" and so on; docs/model-folder.md lists the keys. Parts that are null have no property.</returns>
    /// <exception cref="XanesModelException">A value outside the contract.</exception>
    public static IReadOnlyDictionary<string, string> ToOnnxProperties(ModelMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        MetadataRules.Check(metadata, ModelFolder.MetadataFile);
        var properties = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var whole = JsonSerializer.SerializeToElement(Finite(metadata), s_compact.ModelMetadata);
        foreach (var part in whole.EnumerateObject())
        {
            if (part.Name is not ("provenance" or "files") && part.Value.ValueKind != JsonValueKind.Null)
                properties[PropertyPrefix + part.Name] = part.Value.GetRawText();
        }

        // Provenance is spread out, so that a reader finds the data hash or the seeds without knowing our records.
        var from = whole.GetProperty("provenance");
        var p = metadata.Provenance;
        properties[PropertyPrefix + "origin"] = from.GetProperty("origin").GetRawText();
        properties[PropertyPrefix + "data_hash"] = from.GetProperty("data_hash").GetRawText();
        properties[PropertyPrefix + "data_notice"] = from.GetProperty("data_notice").GetRawText();
        properties[PropertyPrefix + "seeds"] = from.GetProperty("trial_seeds").GetRawText();
        properties[PropertyPrefix + "configuration"] = from.GetProperty("configuration").GetRawText();
        properties[PropertyPrefix + "version"] = from.GetProperty("xanes_ml_version").GetRawText();
        properties[PropertyPrefix + "split"] = JsonSerializer.Serialize(new SplitProperty(p.SplitKind, p.SplitSeed, p.SplitRows), s_compact.SplitProperty);
        return properties;
    }

    /// <summary>Whether two property values say the same: equal text, or JSON that differs only in spacing, key order or number notation.</summary>
    internal static bool SameValue(string expected, string found)
    {
        if (string.Equals(expected, found, StringComparison.Ordinal))
            return true;
        try
        {
            using var a = JsonDocument.Parse(expected);
            using var b = JsonDocument.Parse(found);
            return JsonElement.DeepEquals(a.RootElement, b.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Reads the value of the property xanesml.domain, for whoever has an ONNX file and no folder.</summary>
    /// <param name="json">JSON text.</param>
    /// <exception cref="JsonException">Not JSON of this form.</exception>
    public static DomainThresholds? ParseDomain(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return JsonSerializer.Deserialize(json, s_compact.DomainThresholds);
    }

    internal static byte[] Serialize(ModelSplit split) => [.. JsonSerializer.SerializeToUtf8Bytes(split, s_compact.ModelSplit), (byte)'\n'];

    internal static ModelSplit ParseSplit(ReadOnlySpan<byte> json, string file)
    {
        try
        {
            return JsonSerializer.Deserialize(json, s_compact.ModelSplit)
                ?? throw new XanesModelException("must be a JSON object", file, "null", ModelFolder.Restore);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Unreadable(e, file);
        }
    }

    /// <summary>The version comes first: a folder of a later format must be refused for its version, not for a key that we do not know.</summary>
    private static void CheckVersion(ReadOnlySpan<byte> json, string file)
    {
        var reader = new Utf8JsonReader(json);
        using var document = JsonDocument.ParseValue(ref reader);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            throw new XanesModelException("must be a JSON object", file, document.RootElement.ValueKind.ToString(), ModelFolder.Restore);
        if (!document.RootElement.TryGetProperty("format_version", out var version))
            throw new XanesModelException("has no format_version", file, remedy: ModelFolder.Restore);
        if (version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out int number) || number != ModelMetadata.CurrentFormat)
            throw new XanesModelException($"format_version must be {ModelMetadata.CurrentFormat}", file, MetadataRules.Short(version.GetRawText()),
                "Use the XanesMl version that wrote the folder, or export the model again with this one.");
    }

    private static XanesModelException Unreadable(Exception e, string file)
    {
        string where = e is JsonException { LineNumber: { } line } j ? $" (line {line + 1}, byte {j.BytePositionInLine + 1}, at {j.Path ?? "$"})" : "";
        return new XanesModelException($"is not what this version writes{where}: {MetadataRules.Short(e.Message, 300)}", file, remedy: ModelFolder.Restore, inner: e);
    }

    private static ModelMetadata Finite(ModelMetadata m) => m with
    {
        Metrics = m.Metrics.Where(p => double.IsFinite(p.Value)).OrderBy(p => p.Key, StringComparer.Ordinal).ToDictionary(p => p.Key, p => p.Value, StringComparer.Ordinal),
    };

    private static ModelJsonContext Context(bool indented) => new(new JsonSerializerOptions(ModelJsonContext.Default.Options)
    {
        WriteIndented = indented,
        NewLine = "\n",
        AllowDuplicateProperties = false,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // files for people and numerical programs, never pasted into HTML as they are
    });
}

/// <summary>Value of the property xanesml.split.</summary>
internal sealed record SplitProperty(string Kind, int Seed, IReadOnlyList<int> Rows);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ModelMetadata))]
[JsonSerializable(typeof(DomainThresholds))]
[JsonSerializable(typeof(ModelSplit))]
[JsonSerializable(typeof(SplitProperty))]
internal sealed partial class ModelJsonContext : JsonSerializerContext;
