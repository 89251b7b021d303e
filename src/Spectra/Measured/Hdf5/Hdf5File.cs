namespace XanesMl.Spectra.Measured.Hdf5;

/// <summary>Reads groups, one- and two-dimensional numbers and texts of an HDF5 file that lies in memory.</summary>
/// <remarks>
/// Written after the HDF5 File Format Specification 3.0 (The HDF Group). What it does not do is on purpose: it follows no link into another file, reads no
/// external storage and no virtual data set, so that no content can name a file; it recurses only downward in level or depth; every structure costs a step of
/// a budget, and nothing is allocated by a size that a file merely states.
/// </remarks>
internal sealed class Hdf5File
{
    /// <summary>The address that means "nothing there".</summary>
    public const ulong Undefined = ulong.MaxValue;

    private const int MostSteps = 2_000_000;
    private const int StepsOfDamage = 100; // an error costs more time than a structure
    private const long MostInflated = 512L << 20;

    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly string _source;
    private readonly ulong _base;
    private readonly Dictionary<ulong, Hdf5Object> _objects = [];
    private int _steps;
    private long _inflated;

    /// <summary>Opens a file.</summary>
    /// <param name="bytes">Its whole content.</param>
    /// <param name="source">Its name, for errors.</param>
    public Hdf5File(ReadOnlyMemory<byte> bytes, string source)
    {
        (_bytes, _source) = (bytes, source);
        int start = SignatureAt(bytes.Span);
        if (start < 0)
            throw Damaged("the signature is missing");
        var cursor = new Hdf5Cursor(this, bytes.Span[(start + 8)..]);
        byte version = cursor.U8();
        if (version > 3)
            throw Unsupported($"superblock version {version}");
        cursor.Skip(version < 2 ? 4 : 0);
        (AddressSize, LengthSize) = (cursor.U8(), cursor.U8());
        if (AddressSize is not (4 or 8) || LengthSize is not (4 or 8))
            throw Unsupported($"addresses of {AddressSize} and lengths of {LengthSize} bytes");
        cursor.Skip(version switch { 0 => 9, 1 => 13, _ => 1 });
        _base = cursor.Address();
        if (_base > (ulong)bytes.Length)
            throw Damaged("the base address lies beyond the end of the file");
        cursor.Skip(AddressSize * (version < 2 ? 3 : 2)); // free space or extension, end of file, driver
        if (version < 2)
            cursor.Skip(AddressSize); // the root entry's name
        Root = Object(cursor.Address());
    }

    /// <summary>Bytes of an address.</summary>
    public int AddressSize { get; }

    /// <summary>Bytes of a length.</summary>
    public int LengthSize { get; }

    /// <summary>True when no steps are left: whoever passes over damaged objects must stop then.</summary>
    public bool IsExhausted => _steps > MostSteps || _inflated > MostInflated;

    /// <summary>The root group.</summary>
    public Hdf5Object Root { get; }

    /// <summary>Place of the signature: 0, 512, 1024, 2048 and so on; -1 where there is none.</summary>
    public static int SignatureAt(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> signature = [0x89, (byte)'H', (byte)'D', (byte)'F', (byte)'\r', (byte)'\n', 0x1a, (byte)'\n'];
        for (long at = 0; at < bytes.Length; at = at == 0 ? 512 : at * 2)
            if (bytes[(int)at..].StartsWith(signature))
                return (int)at;
        return -1;
    }

    /// <summary>The object whose header lies at an address; the same object every time.</summary>
    public Hdf5Object Object(ulong address)
    {
        if (!_objects.TryGetValue(address, out var found))
            _objects.Add(address, found = new Hdf5Object(this, address));
        return found;
    }

    /// <summary>The bytes from an address to the end of the file.</summary>
    public ReadOnlySpan<byte> From(ulong address) => Rest(address).Span;

    /// <summary>Bytes at an address.</summary>
    public ReadOnlyMemory<byte> Block(ulong address, ulong length)
    {
        var rest = Rest(address);
        return length <= (ulong)rest.Length ? rest[..(int)length] : throw Damaged("a block ends beyond the end of the file");
    }

    /// <summary>Counts steps of work; a file that loops or branches without end runs out of them.</summary>
    public void Step(int count = 1)
    {
        _steps += count;
        if (_steps > MostSteps)
            throw Damaged($"more than {MostSteps} structures");
    }

    /// <summary>The bytes from an address to the end of the file.</summary>
    public ReadOnlyMemory<byte> Rest(ulong address)
    {
        Step();
        if (address > (ulong)_bytes.Length || _base + address > (ulong)_bytes.Length)
            throw Damaged("an address lies beyond the end of the file");
        return _bytes[(int)(_base + address)..];
    }

    /// <summary>A name or path; long ones cost more steps, since each is kept.</summary>
    public string Name(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MeasuredLimits.MetadataChars)
            throw Damaged("a name does not end");
        Step(1 + (bytes.Length / 32));
        return System.Text.Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Counts bytes that are decompressed.</summary>
    public void Inflate(long bytes)
    {
        _inflated += bytes;
        if (_inflated > MostInflated)
            throw Damaged($"more than {MostInflated} bytes after decompression");
    }

    /// <summary>The error for content that contradicts the format.</summary>
    public XanesDataException Damaged(string what)
    {
        _steps += StepsOfDamage;
        return new($"the HDF5 file is damaged or cut off: {what}", _source, remedy: "Copy it again from where it was measured.");
    }

    /// <summary>The error for content that we do not read.</summary>
    public XanesDataException Unsupported(string what)
    {
        _steps += StepsOfDamage;
        return new($"the HDF5 file uses what is not read here: {what}", _source, remedy: "Convert it with h5repack, or export the spectrum as XDI or columns.");
    }
}
