using System.Buffers.Binary;
using System.Text.Json;
using XanesMl.Spectra;

namespace XanesMl.Training.Importing;

/// <summary>Content of a safetensors file.</summary>
/// <param name="Tensors">Tensors by name.</param>
/// <param name="Metadata">Free text by key; empty where the file has none.</param>
public sealed record SafeTensors(IReadOnlyDictionary<string, NamedTensor> Tensors, IReadOnlyDictionary<string, string> Metadata);

/// <summary>Reads safetensors files: an 8-byte little-endian header length, a JSON header, then the numbers.</summary>
/// <remarks>Format: safetensors 0.4 as documented by its project. Everything is checked before it is used: the header's length and JSON, every
/// tensor's type, shape and place, and that the tensors cover the data exactly once. Types F64, F32, F16, BF16 and I64.</remarks>
public static class SafeTensorsReader
{
    /// <summary>Largest header that is read, bytes; a network of the published size has 8 kB.</summary>
    public const int MaxHeaderBytes = 16 << 20;

    /// <summary>Largest file that is read, bytes.</summary>
    public const long MaxFileBytes = 1L << 30;

    private const string Remedy = "Export the weights again";

    /// <summary>Reads a file.</summary>
    /// <exception cref="XanesDataException">The file cannot be read or is not well-formed.</exception>
    public static SafeTensors Read(string path) => Read(WeightsFile.ReadAll(path, MaxFileBytes), path);

    /// <summary>Reads the content of a file.</summary>
    /// <param name="content">The whole file.</param>
    /// <param name="source">Name of the file, for errors.</param>
    /// <exception cref="XanesDataException">The content is not well-formed.</exception>
    public static SafeTensors Read(ReadOnlyMemory<byte> content, string source)
    {
        ReadOnlySpan<byte> span = content.Span;
        if (span.Length < 8)
            throw Error(source, $"{span.Length} bytes are too short for a safetensors file");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(span);
        if (length > MaxHeaderBytes || length > (ulong)span.Length - 8)
            throw Error(source, $"a header of {length} bytes is announced in a file of {span.Length} bytes (limit {MaxHeaderBytes})");
        ReadOnlyMemory<byte> header = content.Slice(8, (int)length), data = content[(8 + (int)length)..];
        if (header.Length == 0 || header.Span[0] != (byte)'{')
            throw Error(source, "the header does not begin with '{'");

        try
        {
            using JsonDocument document = JsonDocument.Parse(header, new JsonDocumentOptions { MaxDepth = 4, AllowDuplicateProperties = false });
            return ReadHeader(document.RootElement, data, source);
        }
        catch (JsonException e)
        {
            throw new XanesDataException($"the header is not valid JSON ({e.Message})", source, remedy: Remedy, inner: e);
        }
        catch (InvalidOperationException e)
        {
            // Text with a broken surrogate pair passes the parser and fails when it is decoded.
            throw new XanesDataException($"the header has text that is not valid ({e.Message})", source, remedy: Remedy, inner: e);
        }
    }

    private static SafeTensors ReadHeader(JsonElement header, ReadOnlyMemory<byte> data, string source)
    {
        var tensors = new Dictionary<string, NamedTensor>(StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var ranges = new List<(long Begin, long End, string Name)>();
        foreach (JsonProperty property in header.EnumerateObject())
        {
            if (property.Name == "__metadata__")
            {
                ReadMetadata(property.Value, metadata, source);
                continue;
            }

            (NamedTensor tensor, long begin, long end) = ReadTensor(property.Name, property.Value, data, source);
            tensors[property.Name] = tensor;
            ranges.Add((begin, end, property.Name));
        }

        CheckCover(ranges, data.Length, source);
        return new(tensors, metadata);
    }

    private static void ReadMetadata(JsonElement value, Dictionary<string, string> metadata, string source)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw Error(source, "__metadata__ is not an object");
        foreach (JsonProperty entry in value.EnumerateObject())
            metadata[entry.Name] = entry.Value.ValueKind == JsonValueKind.String
                ? entry.Value.GetString()! : throw Error(source, $"metadata {Show(entry.Name)} is not a text");
    }

    private static (NamedTensor Tensor, long Begin, long End) ReadTensor(string name, JsonElement value, ReadOnlyMemory<byte> data, string source)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw Error(source, $"the entry of tensor {Show(name)} is not an object");
        string? type = null;
        long[]? shape = null, offsets = null;
        foreach (JsonProperty field in value.EnumerateObject())
        {
            switch (field.Name)
            {
                case "dtype" when field.Value.ValueKind == JsonValueKind.String:
                    type = field.Value.GetString();
                    break;
                case "shape":
                    shape = Integers(field.Value, name, "shape", source);
                    break;
                case "data_offsets":
                    offsets = Integers(field.Value, name, "data_offsets", source);
                    break;
                default:
                    throw Error(source, $"tensor {Show(name)} has an unexpected field {Show(field.Name)}");
            }
        }

        if (type is null || shape is null || offsets is not { Length: 2 })
            throw Error(source, $"tensor {Show(name)} lacks dtype, shape or two data_offsets");
        TensorType kind = type switch
        {
            "F32" => TensorType.F32,
            "F64" => TensorType.F64,
            "F16" => TensorType.F16,
            "BF16" => TensorType.BF16,
            "I64" => TensorType.I64,
            _ => throw new XanesDataException($"tensor {Show(name)} has number type {Show(type)}", source,
                remedy: "F64, F32, F16, BF16 and I64 are read"),
        };
        (long begin, long end) = (offsets[0], offsets[1]);
        if (begin > end || end > data.Length)
            throw Error(source, $"tensor {Show(name)} lies at {begin}..{end} of {data.Length} bytes of data");
        if (NamedTensor.CountOf(shape, data.Length) * NamedTensor.Size(kind) != end - begin)
            throw Error(source, $"tensor {Show(name)} of shape [{string.Join(", ", shape)}] and type {type} has {end - begin} bytes of data");
        return (new(name, kind, shape, data[(int)begin..(int)end]), begin, end);
    }

    private static long[] Integers(JsonElement value, string name, string field, string source)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > 8)
            throw Error(source, $"tensor {Show(name)}: {field} is not a list of at most 8 numbers");
        return [.. value.EnumerateArray().Select(v => v.ValueKind == JsonValueKind.Number && v.TryGetInt64(out long n) && n >= 0
            ? n : throw Error(source, $"tensor {Show(name)}: {field} has {Show(v.GetRawText())}, a count is expected"))];
    }

    /// <summary>The format demands that the tensors cover the data without gap or overlap, so that nothing can hide in it.</summary>
    private static void CheckCover(List<(long Begin, long End, string Name)> ranges, long length, string source)
    {
        ranges.Sort();
        long at = 0;
        foreach ((long begin, long end, string name) in ranges)
        {
            if (begin != at)
                throw Error(source, $"tensor {Show(name)} begins at byte {begin} of the data, {(begin < at ? "inside another one" : "after a gap")}");
            at = end;
        }

        if (at != length)
            throw Error(source, $"{length - at} bytes after the last tensor");
    }

    private static string Show(string text) => WeightsFile.Show(text);

    private static XanesDataException Error(string source, string problem) => new(problem, source, remedy: Remedy);
}
