using System.Buffers.Binary;

namespace XanesMl.Spectra.Measured.Hdf5;

/// <summary>Class of a data type, by the specification's numbers.</summary>
internal enum Hdf5TypeClass
{
    Integer = 0,
    Float = 1,
    Text = 3,
    VariableLength = 9,
}

/// <summary>Data type of elements.</summary>
/// <param name="Class">Its class.</param>
/// <param name="Size">Bytes of an element.</param>
/// <param name="BigEndian">Most significant byte first.</param>
/// <param name="Signed">For integers.</param>
/// <param name="IsText">Text of fixed or variable length.</param>
internal readonly record struct Hdf5Type(Hdf5TypeClass Class, int Size, bool BigEndian, bool Signed, bool IsText)
{
    /// <summary>True for integers of 1, 2, 4 or 8 bytes and floating-point numbers of 4 or 8.</summary>
    public bool IsNumber => (Class == Hdf5TypeClass.Integer && Size is 1 or 2 or 4 or 8) || (Class == Hdf5TypeClass.Float && Size is 4 or 8);

    /// <summary>Reads a data type message.</summary>
    public static Hdf5Type Read(Hdf5File file, ReadOnlySpan<byte> message)
    {
        var cursor = new Hdf5Cursor(file, message);
        var kind = (Hdf5TypeClass)(cursor.U8() & 0x0f);
        byte bits = cursor.U8();
        cursor.Skip(2);
        uint size = cursor.U32();
        if (size is 0 or > 1 << 20)
            throw file.Unsupported($"elements of {size} bytes");
        bool text = kind == Hdf5TypeClass.Text || (kind == Hdf5TypeClass.VariableLength && (bits & 0x0f) == 1);
        return new Hdf5Type(kind, (int)size, (bits & 1) != 0, (bits & 8) != 0, text);
    }

    /// <summary>An element as a number.</summary>
    public double Number(ReadOnlySpan<byte> element) => (Class, Size) switch
    {
        (Hdf5TypeClass.Float, 8) => BigEndian ? BinaryPrimitives.ReadDoubleBigEndian(element) : BinaryPrimitives.ReadDoubleLittleEndian(element),
        (Hdf5TypeClass.Float, _) => BigEndian ? BinaryPrimitives.ReadSingleBigEndian(element) : BinaryPrimitives.ReadSingleLittleEndian(element),
        (_, 1) => Signed ? (sbyte)element[0] : element[0],
        (_, 2) => Integer(BigEndian ? BinaryPrimitives.ReadUInt16BigEndian(element) : BinaryPrimitives.ReadUInt16LittleEndian(element), 48),
        (_, 4) => Integer(BigEndian ? BinaryPrimitives.ReadUInt32BigEndian(element) : BinaryPrimitives.ReadUInt32LittleEndian(element), 32),
        _ => Integer(BigEndian ? BinaryPrimitives.ReadUInt64BigEndian(element) : BinaryPrimitives.ReadUInt64LittleEndian(element), 0),
    };

    /// <summary>An element as text, or null where the file has none at the place it names.</summary>
    public string? Text(Hdf5File file, ReadOnlySpan<byte> element)
    {
        if (Class == Hdf5TypeClass.Text)
            return Trimmed(element);
        var cursor = new Hdf5Cursor(file, element);
        uint length = cursor.U32();
        ulong collection = cursor.Address();
        uint index = cursor.U32();
        if (length == 0 || collection is 0 or Hdf5File.Undefined)
            return null;
        var stored = HeapObject(file, collection, index);
        return Trimmed(stored[..(int)Math.Min(length, (uint)stored.Length)]);
    }

    // Elements of variable length lie in global heap collections: objects one after the other, each with its index.
    private static ReadOnlySpan<byte> HeapObject(Hdf5File file, ulong collection, uint wanted)
    {
        var cursor = new Hdf5Cursor(file, file.From(collection));
        cursor.Expect("GCOL"u8, 1);
        cursor.Skip(3);
        ulong size = cursor.Length();
        int header = 8 + file.LengthSize;
        var objects = new Hdf5Cursor(file, cursor.Take((long)Math.Min(size - Math.Min(size, (ulong)header), (ulong)cursor.Left)));
        while (objects.Left >= 8 + file.LengthSize)
        {
            file.Step();
            ushort index = objects.U16();
            objects.Skip(6);
            ulong length = objects.Length();
            if (index == 0)
                break; // free space
            var data = objects.Take((long)Math.Min(length, int.MaxValue));
            if (index == wanted)
                return data;
            objects.Skip(Math.Min(objects.Left, (8 - (int)(length % 8)) % 8));
        }

        throw file.Damaged("a text is missing in its heap");
    }

    private double Integer(ulong bits, int unused) => Signed ? (long)(bits << unused) >> unused : bits;

    private static string? Trimmed(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        return MeasuredText.Value(MeasuredText.Decode(end < 0 ? bytes : bytes[..end]));
    }
}

/// <summary>Extent of a data set.</summary>
/// <param name="Dimensions">Elements along each dimension; empty for a single value.</param>
/// <param name="Largest">Most elements along each dimension, where the file says it; all ones mean no limit.</param>
internal readonly record struct Hdf5Shape(ulong[] Dimensions, ulong[] Largest)
{
    /// <summary>Number of elements; saturates.</summary>
    public ulong Count => Dimensions.Aggregate(1ul, (a, b) => b != 0 && a > ulong.MaxValue / b ? ulong.MaxValue : a * b);

    /// <summary>Reads a data space message.</summary>
    public static Hdf5Shape Read(Hdf5File file, ReadOnlySpan<byte> message)
    {
        var cursor = new Hdf5Cursor(file, message);
        byte version = cursor.U8();
        int rank = cursor.U8();
        byte flags = cursor.U8();
        if (version is not (1 or 2) || rank > 32)
            throw file.Damaged("a data space of unknown version");
        byte kind = version == 2 ? cursor.U8() : (byte)1;
        cursor.Skip(version == 1 ? 5 : 0);
        if (kind == 2)
            return new Hdf5Shape([0], [0]); // a null data space
        var dimensions = new ulong[rank];
        for (int i = 0; i < rank; i++)
            dimensions[i] = cursor.Length();
        var largest = (ulong[])dimensions.Clone();
        for (int i = 0; i < rank && (flags & 1) != 0; i++)
            largest[i] = cursor.Length() is var most && file.LengthSize == 4 && most == uint.MaxValue ? ulong.MaxValue : most;
        return new Hdf5Shape(dimensions, largest);
    }
}
