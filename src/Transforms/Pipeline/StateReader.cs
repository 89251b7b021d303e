using XanesMl.Spectra;

namespace XanesMl.Transforms.Pipeline;

/// <summary>Reads a transformer's saved state with the distrust that a file deserves.</summary>
/// <param name="reader">The state that Save wrote.</param>
/// <param name="blob">Finds a named blob, or null.</param>
/// <param name="component">Name of the transformer for errors.</param>
internal sealed class StateReader(BinaryReader reader, Func<string, byte[]?> blob, string component)
{
    /// <summary>Largest blob that is read: an ONNX file (a protobuf message) cannot be larger.</summary>
    public const int LargestBlob = int.MaxValue - 64;

    private const int LargestName = 4096;

    /// <summary>A column, slot or element name: not empty and not absurdly long.</summary>
    public string Name()
    {
        string s = reader.ReadString();
        return s.Length is > 0 and <= LargestName ? s : throw new InvalidDataException($"a name has {s.Length} characters");
    }

    /// <summary>An integer within bounds.</summary>
    public int Int(int min, int max)
    {
        int v = reader.ReadInt32();
        return v >= min && v <= max ? v : throw new InvalidDataException($"the number {v} should lie between {min} and {max}");
    }

    /// <summary>A long integer within bounds.</summary>
    public long Long(long min, long max)
    {
        long v = reader.ReadInt64();
        return v >= min && v <= max ? v : throw new InvalidDataException($"the number {v} should lie between {min} and {max}");
    }

    /// <summary>One byte; whoever uses it checks its meaning.</summary>
    public byte Byte() => reader.ReadByte();

    /// <summary>A double; whoever uses it checks its meaning.</summary>
    public double Double() => reader.ReadDouble();

    /// <summary>A double or null, as <see cref="StateWriting.WriteOptional(BinaryWriter, double?)"/> wrote it.</summary>
    public double? OptionalDouble() => Bool() ? Double() : null;

    /// <summary>An integer within bounds, or null.</summary>
    public int? OptionalInt(int min, int max) => Bool() ? Int(min, max) : null;

    /// <summary>A name or null, as <see cref="StateWriting.WriteOptional(BinaryWriter, string?)"/> wrote it.</summary>
    public string? OptionalName() => Bool() ? Name() : null;

    /// <summary>An enumeration's value, written as an integer.</summary>
    public T Enum<T>() where T : struct, Enum
    {
        int v = reader.ReadInt32();
        return System.Enum.IsDefined(typeof(T), v) ? (T)(object)v : throw new InvalidDataException($"{v} is no {typeof(T).Name}");
    }

    /// <summary>A truth value, written as one byte 0 or 1.</summary>
    public bool Bool() => reader.ReadByte() switch
    {
        0 => false,
        1 => true,
        var b => throw new InvalidDataException($"the byte {b} should be 0 or 1"),
    };

    /// <summary>A blob that Save wrote under this name.</summary>
    public byte[] Blob(string name) => blob(name) ?? throw new InvalidDataException($"the part '{name}' is missing");

    /// <summary>The error of a pipeline file whose state makes no sense.</summary>
    public XanesDataException Damaged(Exception cause) =>
        new($"the saved step '{component}' is damaged: {cause.Message}", source: "pipeline file",
            remedy: "Save the pipeline again, or fetch the file again.", inner: cause);

    /// <summary>Reads a blob in pieces: a wrong length must not reserve memory that the file does not have.</summary>
    public static byte[] ReadBlob(BinaryReader r, string name)
    {
        int length = r.ReadInt32();
        if (length is < 0 or > LargestBlob)
            throw new InvalidDataException($"the part '{name}' says that it has {length} bytes");
        using var whole = new MemoryStream();
        var piece = new byte[Math.Min(length, 1 << 16)];
        while (whole.Length < length)
        {
            int n = r.Read(piece, 0, (int)Math.Min(piece.Length, length - whole.Length));
            if (n == 0)
                throw new InvalidDataException($"the part '{name}' ends after {whole.Length} of {length} bytes");
            whole.Write(piece, 0, n);
        }

        return whole.ToArray();
    }
}

/// <summary>The writing side of <see cref="StateReader"/>'s optional values.</summary>
internal static class StateWriting
{
    public static void WriteOptional(this BinaryWriter w, string? value)
    {
        w.Write(value is not null);
        if (value is not null)
            w.Write(value);
    }

    public static void WriteOptional(this BinaryWriter w, double? value)
    {
        w.Write(value is not null);
        if (value is { } v)
            w.Write(v);
    }

    public static void WriteOptional(this BinaryWriter w, int? value)
    {
        w.Write(value is not null);
        if (value is { } v)
            w.Write(v);
    }
}
