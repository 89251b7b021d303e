using System.IO.Compression;
using XanesMl.Spectra;
using XanesMl.Spectra.Measured;

namespace XanesMl.Fuzz;

/// <summary>Gives bytes to the reader of measured files; whatever ends otherwise than in spectra or a <see cref="XanesDataException"/> is a finding.</summary>
internal static class Target
{
    /// <summary>For each format what stands before the fuzzer's bytes, so that it need not find the signature itself.</summary>
    public static IReadOnlyDictionary<string, Func<byte[], byte[]>> Formats { get; } = new Dictionary<string, Func<byte[], byte[]>>(StringComparer.Ordinal)
    {
        ["any"] = bytes => bytes,
        ["xdi"] = bytes => [.. "# XDI/1.0\n"u8, .. bytes],
        ["columns"] = bytes => [.. "# energy i0 itrans ifluor\n"u8, .. bytes],
        ["athena"] = bytes => [.. "# Athena project file\n"u8, .. bytes],
        ["json"] = bytes => [.. "{\"a\":{\"args\":{},"u8, .. bytes],
        ["nexus"] = bytes => [0x89, .. "HDF\r\n"u8, 0x1a, (byte)'\n', .. bytes],
        ["table"] = bytes => [.. "MPID,ENE_8979.0,ENE_8980.0\n"u8, .. bytes],
        ["parquet"] = bytes => [.. "PAR1"u8, .. bytes],
        ["gzip"] = Packed,
    };

    /// <summary>Reads a stream to its end and tries its bytes.</summary>
    public static void Run(Func<byte[], byte[]> frame, Stream stream)
    {
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        Run(frame, memory.ToArray());
    }

    /// <summary>Tries bytes that lie in memory.</summary>
    public static void Run(Func<byte[], byte[]> frame, ReadOnlySpan<byte> bytes) => Run(frame, bytes.ToArray());

    /// <summary>Tries bytes; says what came of it.</summary>
    public static string Run(Func<byte[], byte[]> frame, byte[] bytes)
    {
        try
        {
            return $"{MeasuredSpectrumReader.Read(new MemoryStream(frame(bytes)), "fuzz").Count} spectra";
        }
        catch (XanesDataException e)
        {
            return e.Message;
        }
    }

    private static byte[] Packed(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(bytes);
        return packed.ToArray();
    }
}
