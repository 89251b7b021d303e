using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using XanesMl.Spectra;

namespace XanesMl.Edge.Watching;

/// <summary>The ledger of an out folder: one JSON object a line, each ending in a check of its own bytes, only ever appended to and on the disk when
/// <see cref="Append"/> returns. A line that a crash or a full disk cut off is recognised and taken away; a line that was damaged later is passed over.</summary>
internal sealed class Ledger
{
    /// <summary>Its name in the out folder.</summary>
    public const string FileName = "watch-ledger.jsonl";

    private const int CurrentVersion = 1;
    private const int DigestLength = 16;
    private const string CheckStart = ",\"check\":\"";
    private const string CheckEnd = "\"}";
    private const long MaxBytes = 1L << 30;

    private readonly string _path;
    private readonly IOutputFiles _files;
    private long _end;

    private Ledger(string path, IOutputFiles files, long end, string id) => (_path, _files, _end, Id) = (path, files, end, id);

    /// <summary>Random name from the first line.</summary>
    public string Id { get; }

    /// <summary>Lines that were passed over because they are damaged.</summary>
    public int DamagedLines { get; private init; }

    /// <summary>First 16 hexadecimal digits of a SHA-256.</summary>
    public static string Digest(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes))[..DigestLength];

    /// <summary>Opens a ledger, or begins one where there is none, and repairs its end.</summary>
    /// <param name="folder">The out folder, which exists and is locked.</param>
    /// <param name="files">How to write.</param>
    /// <param name="now">UTC.</param>
    /// <param name="expected">Id of the ledger that must be there, when it was open before; null for any, or none yet.</param>
    /// <param name="read">Gets every sound entry after the first line, in order.</param>
    /// <exception cref="XanesDataException">There is such a file and it is no ledger, or one of a newer version.</exception>
    /// <exception cref="OutputTroubleException">It cannot be read or written now.</exception>
    public static Ledger Open(string folder, IOutputFiles files, DateTime now, string? expected, Action<LedgerEntry> read)
    {
        string path = Path.Combine(folder, FileName);
        byte[] content = Content(path);
        if (content.Length == 0)
            return expected is null ? Begin(path, files, now) : throw new OutputTroubleException($"{path}: the ledger is gone");
        int end = content.AsSpan().LastIndexOf((byte)'\n') + 1, start = content.AsSpan().IndexOf((byte)'\n') + 1;
        string id = Identity(end == 0 ? null : Parse(content.AsSpan(0, start - 1)), path);
        if (expected is not null && id != expected)
            throw new OutputTroubleException($"{path}: another ledger is in its place");
        if (end < content.Length)
            files.Cut(path, content.Length, end);
        int damaged = 0;
        while (start < end)
        {
            int length = content.AsSpan(start, end - start).IndexOf((byte)'\n');
            if (Parse(content.AsSpan(start, length)) is { } entry)
                read(entry);
            else
                damaged++;
            start += length + 1;
        }

        return new Ledger(path, files, end, id) { DamagedLines = damaged };
    }

    /// <summary>Adds a line; it is on the disk when this returns.</summary>
    /// <exception cref="OutputTroubleException">It could not be written: nothing was added, or a rest that the next <see cref="Open"/> takes away.</exception>
    public void Append(LedgerEntry entry)
    {
        byte[] line = Line(entry);
        _files.Append(_path, _end, line, durable: true);
        _end += line.Length;
    }

    /// <summary>The bytes of a line, its end included.</summary>
    internal static byte[] Line(LedgerEntry entry)
    {
        string json = JsonSerializer.Serialize(entry, LedgerJson.Readable.LedgerEntry)[..^1];
        return Encoding.UTF8.GetBytes(string.Concat(json, CheckStart, Digest(Encoding.UTF8.GetBytes(json)), CheckEnd + "\n"));
    }

    /// <summary>The entry of a line without its end; null where the line is damaged.</summary>
    internal static LedgerEntry? Parse(ReadOnlySpan<byte> line)
    {
        int json = line.Length - CheckStart.Length - DigestLength - CheckEnd.Length;
        if (json < 1 || Encoding.UTF8.GetString(line[json..]) != CheckStart + Digest(line[..json]) + CheckEnd)
            return null;
        try
        {
            return JsonSerializer.Deserialize([.. line[..json], (byte)'}'], LedgerJson.Readable.LedgerEntry);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Ledger Begin(string path, IOutputFiles files, DateTime now)
    {
        string id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        byte[] line = Line(new LedgerEntry { Kind = LedgerKind.Ledger, Time = now, Version = CurrentVersion, Id = id });
        files.WriteWhole(path, stream => stream.Write(line));
        return new Ledger(path, files, line.Length, id);
    }

    private static string Identity(LedgerEntry? first, string path) => first switch
    {
        { Kind: LedgerKind.Ledger, Version: CurrentVersion, Id: { } id } => id,
        { Kind: LedgerKind.Ledger, Version: > CurrentVersion } => throw new XanesDataException(
            string.Create(CultureInfo.InvariantCulture, $"the ledger has version {first.Version}, and this program knows {CurrentVersion}"), path, remedy: "Use the newer program, or give another --out."),
        _ => throw new XanesDataException("this is not a ledger of xanesml-edge watch, or its first line is damaged", path, line: 1, remedy: "Move it away, or give another --out."),
    };

    private static byte[] Content(string path)
    {
        try
        {
            var info = new FileInfo(path);
            if (!info.Exists)
                return [];
            return info.Length <= MaxBytes ? File.ReadAllBytes(path)
                : throw new XanesDataException($"the ledger has {info.Length} bytes, more than {MaxBytes}", path, remedy: "Give another --out.");
        }
        catch (Exception e) when (OutputTroubleException.Is(e))
        {
            throw OutputTroubleException.Of(path, e);
        }
    }
}
