using System.Numerics;

namespace XanesMl.Spectra.Measured.Hdf5;

/// <summary>A chunk of a data set.</summary>
/// <param name="Origin">Index of its first element along each dimension.</param>
/// <param name="Extent">Elements along each dimension, those beyond the data set included.</param>
/// <param name="Bytes">Bytes without filters.</param>
/// <param name="Address">Where it lies.</param>
/// <param name="StoredBytes">Bytes there.</param>
/// <param name="FilterMask">Bit set: that filter was not used.</param>
internal readonly record struct Hdf5Chunk(long[] Origin, int[] Extent, int Bytes, ulong Address, ulong StoredBytes, uint FilterMask);

/// <summary>Lists the chunks of a data set with one or two dimensions, for every index but the version 2 B-tree (several unlimited dimensions).</summary>
internal sealed class Hdf5Chunks
{
    private readonly Hdf5File _file;
    private readonly Hdf5Shape _shape;
    private readonly int[] _extent;
    private readonly int _bytes;
    private readonly long[] _counts;
    private readonly List<Hdf5Chunk> _chunks = [];
    private bool _filtered;

    private Hdf5Chunks(Hdf5File file, Hdf5Shape shape, ulong[] extent, int elementSize, int mostBytes)
    {
        (_file, _shape) = (file, shape);
        ulong bytes = (ulong)elementSize;
        foreach (ulong e in extent)
        {
            if (e == 0 || e > (ulong)mostBytes || (bytes *= e) > (ulong)mostBytes)
                throw file.Damaged("a chunk without a plausible size");
        }

        _extent = [.. extent.Select(e => (int)e)];
        _bytes = (int)bytes;
        _counts = new long[extent.Length];
        for (int d = 0; d < extent.Length; d++)
            _counts[d] = (long)((shape.Dimensions[d] + extent[d] - 1) / extent[d]);
    }

    /// <summary>The chunks that a layout message lists.</summary>
    public static IReadOnlyList<Hdf5Chunk> Read(Hdf5File file, ref Hdf5Cursor layout, byte version, Hdf5Shape shape, int elementSize, int mostBytes)
    {
        byte flags = version == 4 ? layout.U8() : (byte)0;
        int rank = layout.U8() - 1; // the element's size counts as a dimension
        if (rank != shape.Dimensions.Length || rank is not (1 or 2))
            throw file.Unsupported($"chunks of {rank} dimensions");
        ulong tree = version == 3 ? layout.Address() : 0;
        int size = version == 3 ? 4 : layout.U8();
        var extent = new ulong[rank];
        for (int d = 0; d < rank; d++)
            extent[d] = layout.Unsigned(size);
        layout.Skip(size);
        var chunks = new Hdf5Chunks(file, shape, extent, elementSize, mostBytes);
        if (version == 3)
        {
            if (tree != Hdf5File.Undefined)
                chunks.Tree(tree, level: -1);
        }
        else
        {
            chunks.Index(ref layout, flags);
        }

        return chunks._chunks;
    }

    private void Add(long[] origin, ulong address, ulong stored, uint mask)
    {
        _file.Step();
        if (address == Hdf5File.Undefined)
            return;
        for (int d = 0; d < origin.Length; d++)
            if (origin[d] < 0 || (ulong)origin[d] >= _shape.Dimensions[d])
                return; // left over from a data set that was shrunk
        _chunks.Add(new Hdf5Chunk(origin, _extent, _bytes, address, stored, mask));
    }

    private void Add(long index, ulong address, ulong stored, uint mask)
    {
        // Chunks are numbered row by row; rows are as long as the data set may become.
        long perRow = _extent.Length == 1 ? 1 : Math.Max(_counts[1], _shape.Largest[1] == ulong.MaxValue ? 0 : (long)Math.Min((_shape.Largest[1] + (ulong)_extent[1] - 1) / (ulong)_extent[1], int.MaxValue));
        Add(_extent.Length == 1 ? [index * _extent[0]] : [index / perRow * _extent[0], index % perRow * _extent[1]], address, stored, mask);
    }

    private void Tree(ulong address, int level)
    {
        var cursor = new Hdf5Cursor(_file, _file.From(address));
        cursor.Expect("TREE"u8, 1);
        int own = cursor.U8();
        if (level >= 0 && own != level - 1)
            throw _file.Damaged("the levels of a tree do not fall");
        int entries = cursor.U16();
        cursor.Skip(2 * _file.AddressSize);
        for (int i = 0; i < entries; i++)
        {
            uint stored = cursor.U32(), mask = cursor.U32();
            var origin = new long[_extent.Length];
            for (int d = 0; d < origin.Length; d++)
                origin[d] = (long)cursor.Unsigned(8);
            cursor.Skip(8);
            ulong child = cursor.Address();
            if (own == 0)
                Add(origin, child, stored, mask);
            else
                Tree(child, own);
        }
    }

    private void Index(ref Hdf5Cursor layout, byte flags)
    {
        long total = _counts.Aggregate(1L, (a, b) => checked(a * b));
        switch (layout.U8())
        {
            case 1: // a single chunk
                bool filtered = (flags & 2) != 0;
                ulong stored = filtered ? layout.Length() : (ulong)_bytes;
                uint mask = filtered ? layout.U32() : 0;
                Add(0, layout.Address(), stored, mask);
                break;
            case 2: // all chunks one after the other
                ulong first = layout.Address();
                for (long i = 0; i < total && first != Hdf5File.Undefined; i++)
                    Add(i, first + ((ulong)i * (ulong)_bytes), (ulong)_bytes, 0);
                break;
            case 3:
                layout.Skip(1);
                FixedArray(layout.Address());
                break;
            case 4:
                layout.Skip(5);
                new ExtensibleArray(_file, this).Read(layout.Address());
                break;
            default:
                throw _file.Unsupported("chunks of a data set with several unlimited dimensions");
        }
    }

    // One entry of an array: the address, and for filtered chunks size and mask.
    private void Entry(ref Hdf5Cursor cursor, long index, int entrySize)
    {
        ulong address = cursor.Address();
        int sizeBytes = entrySize - _file.AddressSize - 4;
        ulong stored = _filtered ? cursor.Unsigned(Math.Max(0, sizeBytes)) : (ulong)_bytes;
        Add(index, address, stored, _filtered ? cursor.U32() : 0);
    }

    private void SetClient(byte client, int entrySize)
    {
        _filtered = client == 1;
        if (client > 1 || (_filtered ? entrySize <= _file.AddressSize + 4 : entrySize != _file.AddressSize))
            throw _file.Damaged("an array of something else than chunks");
    }

    private void FixedArray(ulong address)
    {
        if (address == Hdf5File.Undefined)
            return;
        var header = new Hdf5Cursor(_file, _file.From(address));
        header.Expect("FAHD"u8, 0);
        byte client = header.U8();
        int entrySize = header.U8(), pageBits = header.U8();
        SetClient(client, entrySize);
        ulong entries = header.Length(), block = header.Address();
        if (block == Hdf5File.Undefined)
            return;
        var cursor = new Hdf5Cursor(_file, _file.From(block));
        cursor.Expect("FADB"u8, 0);
        cursor.Skip(1 + _file.AddressSize);
        ulong perPage = pageBits < 32 ? 1ul << pageBits : ulong.MaxValue;
        bool paged = entries > perPage;
        if (paged)
            cursor.Skip((long)Math.Min((((entries + perPage - 1) / perPage) + 7) / 8, int.MaxValue) + 4);
        for (ulong i = 0; i < entries; i++)
        {
            if (paged && i > 0 && i % perPage == 0)
                cursor.Skip(4);
            Entry(ref cursor, (long)i, entrySize);
        }
    }

    /// <summary>The index of data sets that grow along one dimension: entries in the index block, then in data blocks whose size grows.</summary>
    private sealed class ExtensibleArray(Hdf5File file, Hdf5Chunks chunks)
    {
        private int _entrySize, _offsetSize, _minimum, _pageBits;
        private long _entries, _next;

        public void Read(ulong address)
        {
            if (address == Hdf5File.Undefined)
                return;
            var header = new Hdf5Cursor(file, file.From(address));
            header.Expect("EAHD"u8, 0);
            byte client = header.U8();
            _entrySize = header.U8();
            int bits = header.U8(), inIndex = header.U8();
            _minimum = header.U8();
            int pointers = header.U8();
            _pageBits = header.U8();
            chunks.SetClient(client, _entrySize);
            header.Skip(4 * file.LengthSize);
            _entries = (long)Math.Min(header.Length(), int.MaxValue); // highest index that was set, plus one
            header.Skip(file.LengthSize);
            ulong block = header.Address();
            if (!BitOperations.IsPow2(_minimum) || _minimum == 0 || !BitOperations.IsPow2(pointers) || pointers < 2 || bits > 64 || _pageBits > 31)
                throw file.Damaged("an array without blocks");
            _offsetSize = (bits + 7) / 8;
            if (block != Hdf5File.Undefined)
                IndexBlock(block, inIndex, pointers, bits);
        }

        private void IndexBlock(ulong address, int inIndex, int pointers, int bits)
        {
            var cursor = new Hdf5Cursor(file, file.From(address));
            cursor.Expect("EAIB"u8, 0);
            cursor.Skip(1 + file.AddressSize);
            Entries(ref cursor, inIndex);
            int superBlocks = 1 + bits - BitOperations.Log2((uint)_minimum), inline = 2 * BitOperations.Log2((uint)pointers);
            // Super block u has 2^(u/2) data blocks of minimum * 2^((u+1)/2) entries; the first ones' data blocks are named right here.
            for (int u = 0; u < superBlocks && _next < _entries; u++)
            {
                long blocks = 1L << (u / 2), size = (long)_minimum << ((u + 1) / 2);
                if (u < inline)
                    DataBlocks(ref cursor, blocks, size);
                else
                    SuperBlock(cursor.Address(), blocks, size);
            }
        }

        private void SuperBlock(ulong address, long blocks, long size)
        {
            if (address == Hdf5File.Undefined)
            {
                _next += blocks * size;
                return;
            }

            var cursor = new Hdf5Cursor(file, file.From(address));
            cursor.Expect("EASB"u8, 0);
            cursor.Skip(1 + file.AddressSize + _offsetSize);
            long pages = size >> _pageBits;
            if (size > 1L << _pageBits)
                cursor.Skip(blocks * ((pages + 7) / 8));
            DataBlocks(ref cursor, blocks, size);
        }

        private void DataBlocks(ref Hdf5Cursor cursor, long blocks, long size)
        {
            for (long b = 0; b < blocks; b++)
            {
                ulong address = cursor.Address();
                if (_next >= _entries)
                    continue; // addresses that follow must be passed over all the same
                if (address == Hdf5File.Undefined)
                    _next += size;
                else
                    DataBlock(address, size);
            }
        }

        private void DataBlock(ulong address, long size)
        {
            var cursor = new Hdf5Cursor(file, file.From(address));
            cursor.Expect("EADB"u8, 0);
            cursor.Skip(1 + file.AddressSize + _offsetSize);
            long perPage = 1L << _pageBits;
            if (size <= perPage)
            {
                Entries(ref cursor, size);
                return;
            }

            cursor.Skip(4);
            for (long p = 0; p < size / perPage && _next < _entries; p++)
            {
                Entries(ref cursor, perPage);
                cursor.Skip(4);
            }
        }

        private void Entries(ref Hdf5Cursor cursor, long count)
        {
            for (long i = 0; i < count; i++)
            {
                if (_next < _entries)
                    chunks.Entry(ref cursor, _next++, _entrySize);
                else
                    cursor.Skip(_entrySize);
            }
        }
    }
}
