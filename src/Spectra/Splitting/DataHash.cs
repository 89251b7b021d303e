using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace XanesMl.Spectra.Splitting;

/// <summary>A fingerprint of a table's content: the same for the same table read from CSV, gzip or Parquet.</summary>
public static class DataHash
{
    private const int CanonicalNaN = 0x7FC00000;

    /// <summary>SHA-256, as 64 small hexadecimal digits, of the energies (float64), descriptor names, identifiers, elements (UTF-8 with lengths),
    /// descriptors and spectra (float32), all little-endian and in row order. Every missing descriptor counts alike, -0 is not 0.</summary>
    public static string Of(SpectraTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, "xanesml-table-1");
        Add(hash, table.Grid.Count);
        foreach (double e in table.Grid.Energies)
            Add(hash, BitConverter.DoubleToInt64Bits(e));
        Add(hash, table.DescriptorNames.Count);
        foreach (string name in table.DescriptorNames)
            Add(hash, name);
        Add(hash, table.RowCount);
        for (int i = 0; i < table.RowCount; i++)
        {
            Add(hash, table.Materials[i]);
            Add(hash, table.Sites[i]);
            Add(hash, table.Elements[i] ?? "");
        }

        Add(hash, table.Descriptors.Span);
        Add(hash, table.Spectra.Span);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Add(IncrementalHash hash, long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        hash.AppendData(bytes);
    }

    private static void Add(IncrementalHash hash, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Add(hash, bytes.Length);
        hash.AppendData(bytes);
    }

    private static void Add(IncrementalHash hash, ReadOnlySpan<float> values)
    {
        const int block = 2048;
        Span<byte> bytes = stackalloc byte[block * sizeof(float)];
        for (int first = 0; first < values.Length; first += block)
        {
            int n = Math.Min(block, values.Length - first);
            for (int i = 0; i < n; i++)
            {
                float v = values[first + i];
                BinaryPrimitives.WriteInt32LittleEndian(bytes[(i * sizeof(float))..], float.IsNaN(v) ? CanonicalNaN : BitConverter.SingleToInt32Bits(v));
            }

            hash.AppendData(bytes[..(n * sizeof(float))]);
        }
    }
}
