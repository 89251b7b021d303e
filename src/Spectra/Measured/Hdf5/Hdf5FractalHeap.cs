using System.Numerics;

namespace XanesMl.Spectra.Measured.Hdf5;

/// <summary>A fractal heap, where large groups keep their links: blocks whose size doubles from row to row.</summary>
internal sealed class Hdf5FractalHeap
{
    private readonly Hdf5File _file;
    private readonly int _offsetSize;
    private readonly int _lengthSize;
    private readonly ulong _width;
    private readonly ulong _first;
    private readonly ulong _largestDirect;
    private readonly ulong _root;
    private readonly int _rootRows;

    /// <summary>Reads the heap's header.</summary>
    public Hdf5FractalHeap(Hdf5File file, ulong address)
    {
        _file = file;
        var cursor = new Hdf5Cursor(file, file.From(address));
        cursor.Expect("FRHP"u8, 0);
        cursor.Skip(2);
        if (cursor.U16() != 0)
            throw file.Unsupported("a compressed list of links");
        cursor.Skip(1);
        ulong largestObject = cursor.U32();
        cursor.Skip((10 * file.LengthSize) + (2 * file.AddressSize));
        _width = cursor.U16();
        (_first, _largestDirect) = (cursor.Length(), cursor.Length());
        int bits = cursor.U16();
        cursor.Skip(2);
        (_root, _rootRows) = (cursor.Address(), cursor.U16());
        if (_width == 0 || _first == 0 || bits is 0 or > 64 || _rootRows > 64 || !BitOperations.IsPow2(_first) || _first > _largestDirect)
            throw file.Damaged("a heap without blocks");
        _offsetSize = (bits + 7) / 8;
        _lengthSize = Math.Min(EncodedSize(_largestDirect), EncodedSize(largestObject));
    }

    /// <summary>Bytes that are needed for numbers up to a limit.</summary>
    public static int EncodedSize(ulong limit) => limit == 0 ? 1 : (BitOperations.Log2(limit) / 8) + 1;

    /// <summary>The object with an identifier.</summary>
    public ReadOnlySpan<byte> Object(ReadOnlySpan<byte> identifier)
    {
        var cursor = new Hdf5Cursor(_file, identifier);
        byte kind = cursor.U8();
        if ((kind & 0xf0) == 0x20)
            return cursor.Take(Math.Min(cursor.Left, (kind & 0x0f) + 1)); // a tiny object lies in its identifier
        if ((kind & 0xf0) != 0)
            throw _file.Unsupported("a link in a block of its own");
        ulong offset = cursor.Unsigned(_offsetSize), length = cursor.Unsigned(_lengthSize);
        return Locate(_root, _rootRows, offset, length, depth: 0);
    }

    private ReadOnlySpan<byte> Locate(ulong address, int rows, ulong offset, ulong length, int depth)
    {
        if (depth > 16 || length > 1 << 16)
            throw _file.Damaged("a heap that is too deep");
        if (rows == 0)
        {
            // Offsets count from the beginning of a block, its header included.
            var rest = _file.From(address);
            return offset <= (ulong)rest.Length && length <= (ulong)rest.Length - offset ? rest.Slice((int)offset, (int)length) : throw _file.Damaged("an object lies beyond its heap");
        }

        ulong rowOne = _first * _width;
        int row = offset < rowOne ? 0 : BitOperations.Log2(offset / rowOne) + 1;
        ulong size = row == 0 ? _first : _first << (row - 1), start = row == 0 ? 0 : rowOne << (row - 1);
        ulong column = (offset - start) / size;
        if (row >= rows)
            throw _file.Damaged("an object lies beyond its heap");
        var cursor = new Hdf5Cursor(_file, _file.From(address));
        cursor.Expect("FHIB"u8, 0);
        cursor.Skip(_file.AddressSize + _offsetSize + (long)(((ulong)row * _width + column) * (ulong)_file.AddressSize));
        ulong child = cursor.Address();
        // A block that is too large to be direct is a table again, with as many rows as make up its size.
        int childRows = size <= _largestDirect ? 0 : BitOperations.Log2(size / rowOne) + 1;
        return Locate(child, childRows, offset - start - (column * size), length, depth + 1);
    }
}
