using System.Buffers.Binary;
using System.Text.Json;
using XanesMl.Spectra;
using XanesMl.Spectra.IO;

namespace XanesMl.Training.Importing;

/// <summary>Writes safetensors files, for checkpoints and for exchange with other programs.</summary>
public static class SafeTensorsWriter
{
    /// <summary>Writes a file: to a temporary name beside it, flushed to disk, then moved into place.</summary>
    /// <param name="path">File to write; replaced where it exists.</param>
    /// <param name="tensors">Tensors with different names, in the order in which they are written.</param>
    /// <param name="metadata">Free text by key, or null.</param>
    /// <exception cref="XanesDataException">The file cannot be written.</exception>
    /// <exception cref="ArgumentException">Two tensors have one name, or one is named __metadata__.</exception>
    public static void Write(string path, IEnumerable<NamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        NamedTensor[] list = [.. tensors];
        byte[] header = Header(list, metadata);
        AtomicFile.Write(path, stream => WriteTo(stream, header, list));
    }

    /// <summary>The content of a file.</summary>
    /// <inheritdoc cref="Write(string, IEnumerable{NamedTensor}, IReadOnlyDictionary{string, string}?)"/>
    public static byte[] ToBytes(IEnumerable<NamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        NamedTensor[] list = [.. tensors];
        using var stream = new MemoryStream();
        WriteTo(stream, Header(list, metadata), list);
        return stream.ToArray();
    }

    private static void WriteTo(Stream stream, byte[] header, NamedTensor[] tensors)
    {
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (NamedTensor tensor in tensors)
            stream.Write(tensor.Bytes);
    }

    private static byte[] Header(NamedTensor[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach ((string key, string value) in metadata.OrderBy(p => p.Key, StringComparer.Ordinal))
                    json.WriteString(key, value);
                json.WriteEndObject();
            }

            WriteEntries(json, tensors);
            json.WriteEndObject();
        }

        // Spaces are allowed after the header and align the numbers for readers that map the file.
        while (stream.Length % 8 != 0)
            stream.WriteByte((byte)' ');
        return stream.ToArray();
    }

    private static void WriteEntries(Utf8JsonWriter json, NamedTensor[] tensors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal) { "__metadata__" };
        long at = 0;
        foreach (NamedTensor tensor in tensors)
        {
            if (!names.Add(tensor.Name))
                throw new ArgumentException($"two tensors are named {tensor.Name}, or the name is reserved", nameof(tensors));
            json.WriteStartObject(tensor.Name);
            json.WriteString("dtype", tensor.Type switch
            {
                TensorType.F32 => "F32",
                TensorType.F64 => "F64",
                TensorType.F16 => "F16",
                TensorType.BF16 => "BF16",
                _ => "I64",
            });
            json.WriteStartArray("shape");
            foreach (long size in tensor.Shape)
                json.WriteNumberValue(size);
            json.WriteEndArray();
            json.WriteStartArray("data_offsets");
            json.WriteNumberValue(at);
            at += tensor.Bytes.Length;
            json.WriteNumberValue(at);
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }
}
