using System.Buffers.Binary;

namespace XanesMl.Spectra.Measured.Hdf5;

/// <summary>Reads little-endian fields one after the other; every read is checked against the end of its block.</summary>
internal ref struct Hdf5Cursor(Hdf5File file, ReadOnlySpan<byte> block)
{
    private ReadOnlySpan<byte> _rest = block;

    /// <summary>Bytes that are left.</summary>
    public readonly int Left => _rest.Length;

    /// <summary>The next bytes.</summary>
    public ReadOnlySpan<byte> Take(long count)
    {
        if (count < 0 || count > _rest.Length)
            throw file.Damaged("a structure ends before its last field");
        var taken = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return taken;
    }

    /// <summary>Passes over bytes.</summary>
    public void Skip(long count) => Take(count);

    /// <summary>One byte.</summary>
    public byte U8() => Take(1)[0];

    /// <summary>Two bytes.</summary>
    public ushort U16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    /// <summary>Four bytes.</summary>
    public uint U32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    /// <summary>An unsigned number of 0 to 8 bytes.</summary>
    public ulong Unsigned(int size)
    {
        if (size > 8)
            throw file.Damaged($"a number of {size} bytes");
        ulong value = 0;
        var bytes = Take(size);
        for (int i = size - 1; i >= 0; i--)
            value = (value << 8) | bytes[i];
        return value;
    }

    /// <summary>An address within the file, or <see cref="Hdf5File.Undefined"/>.</summary>
    public ulong Address()
    {
        ulong value = Unsigned(file.AddressSize);
        return file.AddressSize < 8 && value == (1ul << (8 * file.AddressSize)) - 1 ? Hdf5File.Undefined : value;
    }

    /// <summary>A size.</summary>
    public ulong Length() => Unsigned(file.LengthSize);

    /// <summary>Four letters and a version that a structure begins with.</summary>
    public void Expect(ReadOnlySpan<byte> signature, byte version)
    {
        if (!Take(4).SequenceEqual(signature))
            throw file.Damaged($"no {System.Text.Encoding.ASCII.GetString(signature)} where one should be");
        byte found = U8();
        if (found != version)
            throw file.Unsupported($"version {found} of {System.Text.Encoding.ASCII.GetString(signature)}");
    }
}
