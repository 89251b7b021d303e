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

    /// <summary>A double; whoever uses it checks its meaning.</summary>
    public double Double() => reader.ReadDouble();

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
