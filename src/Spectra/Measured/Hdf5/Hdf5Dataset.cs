using System.IO.Compression;

namespace XanesMl.Spectra.Measured.Hdf5;

/// <summary>Reads the numbers or the text of a data set.</summary>
internal sealed class Hdf5Dataset
{
    private const int MostChunkBytes = 32 << 20;
    private const int Deflate = 1, Shuffle = 2, Checksum = 3;

    private readonly Hdf5File _file;
    private readonly Hdf5Object _object;
    private readonly Hdf5Shape _shape;

    /// <summary>Reads type and extent.</summary>
    public Hdf5Dataset(Hdf5File file, Hdf5Object dataset)
    {
        (_file, _object) = (file, dataset);
        Type = Hdf5Type.Read(file, (dataset.Message(Hdf5MessageType.Datatype) ?? throw file.Damaged("a data set without a type")).Span);
        _shape = Hdf5Shape.Read(file, (dataset.Message(Hdf5MessageType.Dataspace) ?? throw file.Damaged("a data set without an extent")).Span);
    }

    /// <summary>Type of the elements.</summary>
    public Hdf5Type Type { get; }

    /// <summary>Elements along each dimension; empty for a single value.</summary>
    public IReadOnlyList<ulong> Dimensions => _shape.Dimensions;

    /// <summary>Number of elements; saturates.</summary>
    public ulong Count => _shape.Count;

    /// <summary>All numbers, row-major; NaN where the file keeps none (chunks that were never written).</summary>
    /// <param name="most">Elements above which the data set is refused before memory is taken for them.</param>
    public double[] Numbers(int most)
    {
        if (!Type.IsNumber)
            throw _file.Unsupported("numbers of an unusual kind");
        if (Count > (ulong)most)
            throw _file.Damaged($"a data set of {Count} numbers");
        var values = new double[(int)Count];
        Array.Fill(values, double.NaN);
        if (values.Length > 0)
            Fill(values);
        return values;
    }

    /// <summary>The first text, or null.</summary>
    public string? Text()
    {
        if (!Type.IsText || Count != 1)
            return null;
        var cursor = new Hdf5Cursor(_file, Layout());
        byte version = cursor.U8(), kind = cursor.U8();
        if (version is not (3 or 4))
            return null;
        switch (kind)
        {
            case 0:
                return Type.Text(_file, cursor.Take(Math.Min(cursor.U16(), Type.Size)));
            case 1 when cursor.Address() is var address and not Hdf5File.Undefined:
                return Type.Text(_file, _file.Block(address, (ulong)Type.Size).Span);
            default:
                return null;
        }
    }

    /// <summary>Bytes of a chunk after its filters are undone; exactly <paramref name="size"/>.</summary>
    internal byte[] Decode(ReadOnlyMemory<byte> stored, uint mask, int size, IReadOnlyList<int> filters)
    {
        byte[] bytes = stored.ToArray();
        for (int i = filters.Count - 1; i >= 0; i--)
        {
            if (i < 32 && (mask & (1u << i)) != 0)
                continue;
            bytes = filters[i] switch
            {
                Deflate => Inflated(bytes, size),
                Shuffle => Unshuffled(bytes),
                Checksum => bytes.Length >= 4 ? bytes[..^4] : throw _file.Damaged("a chunk without its checksum"),
                _ => throw _file.Unsupported($"filter {filters[i]} (only deflate, shuffle and fletcher32 are)"),
            };
        }

        return bytes.Length >= size ? bytes : throw _file.Damaged("a chunk is too short");
    }

    private ReadOnlySpan<byte> Layout()
    {
        if (_object.Has(Hdf5MessageType.ExternalFiles))
            throw _file.Unsupported("numbers that lie in another file");
        return (_object.Message(Hdf5MessageType.Layout) ?? throw _file.Damaged("a data set without a layout")).Span;
    }

    private void Fill(double[] values)
    {
        var cursor = new Hdf5Cursor(_file, Layout());
        byte version = cursor.U8(), kind = cursor.U8();
        if (version is not (3 or 4))
            throw _file.Unsupported($"layout version {version}");
        switch (kind)
        {
            case 0:
                Convert(cursor.Take(cursor.U16()), values);
                break;
            case 1:
                ulong address = cursor.Address();
                if (address != Hdf5File.Undefined)
                    Convert(_file.Block(address, (ulong)values.Length * (ulong)Type.Size).Span, values);
                break;
            case 2:
                foreach (var chunk in Hdf5Chunks.Read(_file, ref cursor, version, _shape, Type.Size, MostChunkBytes))
                    Place(chunk, values);
                break;
            default:
                throw _file.Unsupported("virtual data sets, whose numbers lie in other files");
        }
    }

    private void Convert(ReadOnlySpan<byte> bytes, double[] values)
    {
        if (bytes.Length < values.Length * Type.Size)
            throw _file.Damaged("a data set is shorter than its extent");
        for (int i = 0; i < values.Length; i++)
            values[i] = Type.Number(bytes.Slice(i * Type.Size, Type.Size));
    }

    private void Place(Hdf5Chunk chunk, double[] values)
    {
        _file.Inflate(chunk.Bytes + (long)Math.Min(chunk.StoredBytes, int.MaxValue));
        byte[] bytes = Decode(_file.Block(chunk.Address, chunk.StoredBytes), chunk.FilterMask, chunk.Bytes, Filters());
        // At most two dimensions are read; a missing one has extent 1.
        var extent = _shape.Dimensions;
        int rows = (int)extent[0], columns = extent.Length > 1 ? (int)extent[1] : 1, chunkColumns = chunk.Extent.Length > 1 ? chunk.Extent[1] : 1;
        long left = chunk.Origin.Length > 1 ? chunk.Origin[1] : 0;
        for (int r = 0; r < chunk.Extent[0] && chunk.Origin[0] + r < rows; r++)
            for (int c = 0; c < chunkColumns && left + c < columns; c++)
                values[((chunk.Origin[0] + r) * columns) + left + c] = Type.Number(bytes.AsSpan(((r * chunkColumns) + c) * Type.Size, Type.Size));
    }

    private List<int> Filters()
    {
        var filters = new List<int>();
        if (_object.Message(Hdf5MessageType.Filters) is not { } message)
            return filters;
        var cursor = new Hdf5Cursor(_file, message.Span);
        byte version = cursor.U8();
        int count = cursor.U8();
        if (version is not (1 or 2))
            throw _file.Unsupported($"filter version {version}");
        cursor.Skip(version == 1 ? 6 : 0);
        for (int i = 0; i < count; i++)
        {
            int id = cursor.U16();
            int nameLength = version == 1 || id >= 256 ? cursor.U16() : 0;
            cursor.Skip(2);
            int parameters = cursor.U16();
            cursor.Skip(version == 1 ? (nameLength + 7) & ~7 : nameLength);
            cursor.Skip(4 * (parameters + (version == 1 ? parameters & 1 : 0)));
            filters.Add(id);
        }

        return filters;
    }

    private byte[] Inflated(byte[] bytes, int size)
    {
        var inflated = new byte[size + 8]; // a checksum may have been added before compression
        int n = 0;
        try
        {
            using var zlib = new ZLibStream(new MemoryStream(bytes), CompressionMode.Decompress);
            int read;
            while (n < inflated.Length && (read = zlib.Read(inflated, n, inflated.Length - n)) > 0)
                n += read;
        }
        catch (InvalidDataException)
        {
            throw _file.Damaged("a compressed chunk");
        }

        return inflated[..n];
    }

    // Bytes of equal place stand together: all first bytes, then all second ones.
    private byte[] Unshuffled(byte[] bytes)
    {
        int size = Type.Size, count = bytes.Length / size;
        var plain = (byte[])bytes.Clone();
        for (int b = 0; b < size; b++)
            for (int i = 0; i < count; i++)
                plain[(i * size) + b] = bytes[(b * count) + i];
        return plain;
    }
}
