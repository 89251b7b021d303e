namespace XanesMl.Spectra.Measured.Hdf5;

/// <summary>Walks over a version 2 B-tree.</summary>
internal static class Hdf5BTree2
{
    private const int NodeOverhead = 10; // signature, version, type, checksum

    /// <summary>All records of a tree.</summary>
    /// <param name="file">The file.</param>
    /// <param name="address">Address of the tree's header.</param>
    /// <param name="type">Type of records that is expected.</param>
    public static List<byte[]> Records(Hdf5File file, ulong address, byte type)
    {
        var cursor = new Hdf5Cursor(file, file.From(address));
        cursor.Expect("BTHD"u8, 0);
        if (cursor.U8() != type)
            throw file.Damaged("a tree of another type");
        uint nodeSize = cursor.U32();
        int recordSize = cursor.U16(), depth = cursor.U16();
        cursor.Skip(2);
        ulong root = cursor.Address();
        int count = cursor.U16();
        if (recordSize is 0 or > 64 || depth > 16 || nodeSize < NodeOverhead + recordSize)
            throw file.Damaged("a tree without records");
        var walk = new Walk(file, type, recordSize, Sizes(file, nodeSize, (uint)recordSize, depth));
        if (count > 0)
            walk.Node(root, count, depth);
        return walk.Records;
    }

    // Bytes of "records of the child" (first element) and "records below the child" for each level.
    private static int[] Sizes(Hdf5File file, uint nodeSize, uint recordSize, int depth)
    {
        ulong most = (nodeSize - NodeOverhead) / recordSize, below = most;
        var sizes = new int[depth + 1];
        sizes[0] = Hdf5FractalHeap.EncodedSize(most);
        for (int level = 1; level <= depth; level++)
        {
            ulong pointer = (ulong)(file.AddressSize + sizes[0] + (level > 1 ? sizes[level - 1] : 0));
            if (nodeSize < NodeOverhead + pointer + recordSize + pointer)
                throw file.Damaged("a tree without records");
            ulong fits = (nodeSize - NodeOverhead - pointer) / (recordSize + pointer);
            below = ((fits + 1) * Math.Min(below, uint.MaxValue)) + fits;
            sizes[level] = Hdf5FractalHeap.EncodedSize(below);
        }

        return sizes;
    }

    private sealed class Walk(Hdf5File file, byte type, int recordSize, int[] sizes)
    {
        public List<byte[]> Records { get; } = [];

        public void Node(ulong address, int count, int depth)
        {
            var cursor = new Hdf5Cursor(file, file.From(address));
            cursor.Expect(depth == 0 ? "BTLF"u8 : "BTIN"u8, 0);
            if (cursor.U8() != type)
                throw file.Damaged("a tree of another type");
            for (int i = 0; i < count; i++)
            {
                file.Step();
                Records.Add(cursor.Take(recordSize).ToArray());
            }

            for (int i = 0; depth > 0 && i <= count; i++)
            {
                ulong child = cursor.Address();
                int below = (int)Math.Min(cursor.Unsigned(sizes[0]), int.MaxValue);
                cursor.Skip(depth > 1 ? sizes[depth - 1] : 0);
                Node(child, below, depth - 1);
            }
        }
    }
}
