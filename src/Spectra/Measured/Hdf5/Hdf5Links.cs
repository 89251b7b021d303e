namespace XanesMl.Spectra.Measured.Hdf5;

/// <summary>Kind of a link.</summary>
internal enum Hdf5LinkKind
{
    /// <summary>To an object of this file by its address.</summary>
    Hard,

    /// <summary>To a path of this file.</summary>
    Soft,

    /// <summary>Into another file, or of a kind that a user defined: never followed.</summary>
    Elsewhere,
}

/// <summary>A link of a group.</summary>
internal readonly record struct Hdf5Link(Hdf5LinkKind Kind, ulong Address, string Target);

/// <summary>Lists a group's links: symbol tables (old files), link messages, or a heap with an index (large groups).</summary>
internal static class Hdf5Links
{
    private const int MostLinks = 100_000;

    /// <summary>All links of a group by name.</summary>
    public static Dictionary<string, Hdf5Link> Read(Hdf5File file, Hdf5Object group)
    {
        var links = new Dictionary<string, Hdf5Link>(StringComparer.Ordinal);
        if (group.Message(Hdf5MessageType.SymbolTable) is { } table)
            SymbolTable(file, table.Span, links);
        foreach (var message in group.All(Hdf5MessageType.Link))
            Link(file, message.Span, links);
        if (group.Message(Hdf5MessageType.LinkInfo) is { } info)
            Dense(file, info.Span, links);
        return links;
    }

    private static void Add(Hdf5File file, Dictionary<string, Hdf5Link> links, string name, Hdf5Link link)
    {
        file.Step();
        if (links.Count == MostLinks)
            throw file.Damaged($"a group with more than {MostLinks} links");
        links.TryAdd(name, link);
    }

    private static void SymbolTable(Hdf5File file, ReadOnlySpan<byte> message, Dictionary<string, Hdf5Link> links)
    {
        var cursor = new Hdf5Cursor(file, message);
        ulong tree = cursor.Address(), heap = cursor.Address();
        var header = new Hdf5Cursor(file, file.From(heap));
        header.Expect("HEAP"u8, 0);
        header.Skip(3);
        ulong size = header.Length();
        header.Skip(file.LengthSize);
        ulong data = header.Address();
        SymbolNode(file, tree, data, size, links, level: -1);
    }

    // Levels must fall by one from node to node, so that a tree that bites its tail is an error.
    private static void SymbolNode(Hdf5File file, ulong address, ulong heap, ulong heapSize, Dictionary<string, Hdf5Link> links, int level)
    {
        var cursor = new Hdf5Cursor(file, file.From(address));
        if (level == 0)
        {
            Symbols(file, ref cursor, heap, heapSize, links);
            return;
        }

        cursor.Expect("TREE"u8, 0);
        int own = cursor.U8();
        if (level > 0 && own != level - 1)
            throw file.Damaged("the levels of a tree do not fall");
        int entries = cursor.U16();
        cursor.Skip(2 * file.AddressSize);
        for (int i = 0; i < entries; i++)
        {
            cursor.Skip(file.LengthSize);
            SymbolNode(file, cursor.Address(), heap, heapSize, links, own == 0 ? 0 : own);
        }
    }

    private static void Symbols(Hdf5File file, ref Hdf5Cursor cursor, ulong heap, ulong heapSize, Dictionary<string, Hdf5Link> links)
    {
        cursor.Expect("SNOD"u8, 1);
        cursor.Skip(1);
        int count = cursor.U16();
        for (int i = 0; i < count; i++)
        {
            ulong name = cursor.Address(), address = cursor.Address();
            uint cache = cursor.U32();
            cursor.Skip(4);
            uint target = cursor.U32();
            cursor.Skip(12);
            Add(file, links, HeapText(file, heap, heapSize, name), cache == 2
                ? new Hdf5Link(Hdf5LinkKind.Soft, 0, HeapText(file, heap, heapSize, target)) : new Hdf5Link(Hdf5LinkKind.Hard, address, ""));
        }
    }

    private static string HeapText(Hdf5File file, ulong heap, ulong size, ulong offset)
    {
        var block = file.Block(heap, size).Span;
        if (offset >= size)
            throw file.Damaged("a name lies outside of its heap");
        var text = block[(int)offset..];
        int end = text.IndexOf((byte)0);
        return file.Name(end < 0 ? text : text[..end]);
    }

    private static void Link(Hdf5File file, ReadOnlySpan<byte> message, Dictionary<string, Hdf5Link> links)
    {
        var cursor = new Hdf5Cursor(file, message);
        if (cursor.U8() != 1)
            throw file.Damaged("a link of unknown version");
        byte flags = cursor.U8();
        byte kind = (flags & 8) != 0 ? cursor.U8() : (byte)0;
        cursor.Skip((flags & 4) != 0 ? 8 : 0);
        cursor.Skip((flags & 16) != 0 ? 1 : 0);
        ulong length = cursor.Unsigned(1 << (flags & 3));
        string name = file.Name(cursor.Take((long)Math.Min(length, int.MaxValue)));
        Add(file, links, name, kind switch
        {
            0 => new Hdf5Link(Hdf5LinkKind.Hard, cursor.Address(), ""),
            1 => new Hdf5Link(Hdf5LinkKind.Soft, 0, file.Name(cursor.Take(cursor.U16()))),
            _ => new Hdf5Link(Hdf5LinkKind.Elsewhere, 0, ""),
        });
    }

    private static void Dense(Hdf5File file, ReadOnlySpan<byte> message, Dictionary<string, Hdf5Link> links)
    {
        var cursor = new Hdf5Cursor(file, message);
        cursor.Skip(1);
        byte flags = cursor.U8();
        cursor.Skip((flags & 1) != 0 ? 8 : 0);
        ulong heap = cursor.Address(), index = cursor.Address();
        if (heap == Hdf5File.Undefined)
            return;
        var objects = new Hdf5FractalHeap(file, heap);
        // Records of the index by name: hash of the name, then the object's identifier in the heap.
        foreach (byte[] record in Hdf5BTree2.Records(file, index, 5))
            Link(file, objects.Object(record.AsSpan(4)), links);
    }
}
