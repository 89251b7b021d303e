namespace XanesMl.Spectra.Measured.Hdf5;

/// <summary>Types of header messages, by the specification's numbers.</summary>
internal enum Hdf5MessageType
{
    Dataspace = 0x01,
    LinkInfo = 0x02,
    Datatype = 0x03,
    Link = 0x06,
    ExternalFiles = 0x07,
    Layout = 0x08,
    Filters = 0x0b,
    Attribute = 0x0c,
    Continuation = 0x10,
    SymbolTable = 0x11,
}

/// <summary>A message of an object header.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Shared">True where the data only says where the message is.</param>
/// <param name="Data">Its content.</param>
internal readonly record struct Hdf5Message(Hdf5MessageType Type, bool Shared, ReadOnlyMemory<byte> Data);

/// <summary>A group or data set: the messages of its header.</summary>
internal sealed class Hdf5Object
{
    private const int MostMessages = 20_000;
    private const int MostBlocks = 1_000;

    private readonly Hdf5File _file;
    private readonly List<Hdf5Message> _messages = [];
    private readonly Queue<(ulong Address, ulong Length)> _continuations = new();
    private Dictionary<string, Hdf5Link>? _links;
    private Dictionary<string, string>? _attributes;
    private bool _tracksOrder;

    /// <summary>Reads the header at an address.</summary>
    public Hdf5Object(Hdf5File file, ulong address)
    {
        _file = file;
        var header = file.Rest(address);
        bool second = header.Span.StartsWith("OHDR"u8);
        if (second)
            Second(header);
        else
            First(header);
        for (int blocks = 0; _continuations.TryDequeue(out var next); blocks++)
        {
            if (blocks == MostBlocks)
                throw file.Damaged("an object header goes on without end");
            var block = file.Block(next.Address, next.Length);
            if (!second)
                Messages(block, second);
            else if (block.Span.StartsWith("OCHK"u8) && block.Length >= 8)
                Messages(block[4..^4], second);
            else
                throw file.Damaged("no OCHK where one should be");
        }
    }

    /// <summary>True for an object with numbers or text.</summary>
    public bool IsDataset => Has(Hdf5MessageType.Layout);

    /// <summary>Links by name; empty for a data set.</summary>
    public IReadOnlyDictionary<string, Hdf5Link> Links => _links ??= Hdf5Links.Read(_file, this);

    /// <summary>Attributes that are text, by name.</summary>
    public IReadOnlyDictionary<string, string> Attributes => _attributes ??= ReadAttributes();

    /// <summary>True where the header has such a message.</summary>
    public bool Has(Hdf5MessageType type) => _messages.Exists(m => m.Type == type);

    /// <summary>All messages of a type.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> All(Hdf5MessageType type) => _messages.Where(m => m.Type == type).Select(m => m.Data);

    /// <summary>The message of a type, from where it is shared; null where there is none.</summary>
    public ReadOnlyMemory<byte>? Message(Hdf5MessageType type)
    {
        int index = _messages.FindIndex(m => m.Type == type);
        if (index < 0)
            return null;
        return _messages[index] is { Shared: true, Data: var reference } ? SharedMessage(_file, reference, type) : _messages[index].Data;
    }

    /// <summary>The object that a link of this group leads to, or null: a name that does not exist, a link into another file, soft links that go round.</summary>
    public Hdf5Object? Child(string name, int depth = 0)
    {
        if (depth > 16 || !Links.TryGetValue(name, out var link))
            return null;
        _file.Step();
        if (link.Kind == Hdf5LinkKind.Hard)
            return _file.Object(link.Address);
        if (link.Kind != Hdf5LinkKind.Soft)
            return null;
        var at = link.Target.StartsWith('/') ? _file.Root : this;
        foreach (string part in link.Target.Split('/', StringSplitOptions.RemoveEmptyEntries).Take(32))
        {
            if (part == ".")
                continue;
            if (at.Child(part, depth + 1) is not { } next)
                return null;
            at = next;
        }

        return at;
    }

    /// <summary>A message that is kept in another object's header, such as a named data type.</summary>
    internal static ReadOnlyMemory<byte> SharedMessage(Hdf5File file, ReadOnlyMemory<byte> reference, Hdf5MessageType type)
    {
        var cursor = new Hdf5Cursor(file, reference.Span);
        byte version = cursor.U8();
        byte kind = cursor.U8();
        if (version is < 1 or > 3 || (version == 3 && kind != 2))
            throw file.Unsupported("shared header messages in a heap");
        cursor.Skip(version == 1 ? 6 : 0);
        var other = file.Object(cursor.Address());
        int index = other._messages.FindIndex(m => m.Type == type && !m.Shared);
        return index >= 0 ? other._messages[index].Data : throw file.Damaged("a shared message is missing");
    }

    private void First(ReadOnlyMemory<byte> header)
    {
        var cursor = new Hdf5Cursor(_file, header.Span);
        if (cursor.U8() != 1)
            throw _file.Damaged("no object header where one should be");
        cursor.Skip(7); // reserved, number of messages, references
        uint size = cursor.U32();
        cursor.Skip(4);
        Messages(Next(ref cursor, header, size), second: false);
    }

    private void Second(ReadOnlyMemory<byte> header)
    {
        var cursor = new Hdf5Cursor(_file, header.Span[4..]);
        if (cursor.U8() != 2)
            throw _file.Damaged("an object header of unknown version");
        byte flags = cursor.U8();
        cursor.Skip((flags & 0x20) != 0 ? 16 : 0);
        cursor.Skip((flags & 0x10) != 0 ? 4 : 0);
        _tracksOrder = (flags & 0x04) != 0;
        ulong size = cursor.Unsigned(1 << (flags & 3));
        Messages(Next(ref cursor, header, size), second: true);
    }

    private static ReadOnlyMemory<byte> Next(ref Hdf5Cursor cursor, ReadOnlyMemory<byte> block, ulong count)
    {
        int at = block.Length - cursor.Left;
        int taken = cursor.Take((long)Math.Min(count, int.MaxValue)).Length;
        return block.Slice(at, taken);
    }

    private void Messages(ReadOnlyMemory<byte> block, bool second)
    {
        var cursor = new Hdf5Cursor(_file, block.Span);
        int headerSize = second ? (_tracksOrder ? 6 : 4) : 8;
        while (cursor.Left >= headerSize)
        {
            _file.Step();
            int type = second ? cursor.U8() : cursor.U16();
            int size = cursor.U16();
            byte flags = cursor.U8();
            cursor.Skip(second ? (_tracksOrder ? 2 : 0) : 3);
            var data = Next(ref cursor, block, (ulong)size);
            if (type == (int)Hdf5MessageType.Continuation)
            {
                var next = new Hdf5Cursor(_file, data.Span);
                _continuations.Enqueue((next.Address(), next.Length()));
            }
            else if (Enum.IsDefined((Hdf5MessageType)type))
            {
                if (_messages.Count == MostMessages)
                    throw _file.Damaged($"an object header with more than {MostMessages} messages");
                _messages.Add(new Hdf5Message((Hdf5MessageType)type, (flags & 2) != 0, data));
            }
        }
    }

    private Dictionary<string, string> ReadAttributes()
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var message in All(Hdf5MessageType.Attribute))
        {
            try
            {
                Attribute(message.Span, found);
            }
            catch (XanesDataException) when (!_file.IsExhausted)
            {
                // An attribute of an unusual kind: none that matters here is.
            }
        }

        return found;
    }

    private void Attribute(ReadOnlySpan<byte> message, Dictionary<string, string> found)
    {
        var cursor = new Hdf5Cursor(_file, message);
        byte version = cursor.U8();
        byte flags = cursor.U8();
        int nameSize = cursor.U16(), typeSize = cursor.U16(), spaceSize = cursor.U16();
        if (version is < 1 or > 3 || (version > 1 && (flags & 3) != 0))
            return; // a shared type or space
        cursor.Skip(version == 3 ? 1 : 0);
        string name = Name(cursor.Take(Padded(nameSize, version)));
        var type = Hdf5Type.Read(_file, cursor.Take(Padded(typeSize, version)));
        var shape = Hdf5Shape.Read(_file, cursor.Take(Padded(spaceSize, version)));
        if (type.IsText && shape.Count >= 1 && type.Text(_file, cursor.Take(Math.Min(cursor.Left, type.Size))) is { } text)
            found.TryAdd(name, text);
    }

    private static int Padded(int size, byte version) => version == 1 ? (size + 7) & ~7 : size;

    private string Name(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        return _file.Name(end < 0 ? bytes : bytes[..end]);
    }
}
