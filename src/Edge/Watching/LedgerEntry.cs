using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace XanesMl.Edge.Watching;

/// <summary>What a line of the ledger says.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LedgerKind>))]
internal enum LedgerKind
{
    /// <summary>The first line: whose ledger this is.</summary>
    [JsonStringEnumMemberName("ledger")]
    Ledger,

    /// <summary>A set of models and options that the lines after it refer to by its id.</summary>
    [JsonStringEnumMemberName("run")]
    Run,

    /// <summary>A content was predicted; its result is in place.</summary>
    [JsonStringEnumMemberName("done")]
    Done,

    /// <summary>A content cannot be read; its result says why.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,

    /// <summary>A result was found in place whose line had been lost.</summary>
    [JsonStringEnumMemberName("recovered")]
    Recovered,

    /// <summary>Another file with a content that has its result.</summary>
    [JsonStringEnumMemberName("same")]
    Same,

    /// <summary>A file above the size limit, which was not read.</summary>
    [JsonStringEnumMemberName("too-large")]
    TooLarge,
}

/// <summary>One line of the ledger. What a kind does not have is null and left out.</summary>
internal sealed record LedgerEntry
{
    /// <summary>What the line says.</summary>
    public required LedgerKind Kind { get; init; }

    /// <summary>When it was written, UTC.</summary>
    public required DateTime Time { get; init; }

    /// <summary>Number of the form, of the first line.</summary>
    public int? Version { get; init; }

    /// <summary>A random name, of the first line: tells this ledger from another in its place.</summary>
    public string? Id { get; init; }

    /// <summary>Id of models and options.</summary>
    public string? Run { get; init; }

    /// <summary>Full hashes of the models, of a run.</summary>
    public IReadOnlyList<string>? Models { get; init; }

    /// <summary>Options as they were given, of a run.</summary>
    public string? Options { get; init; }

    /// <summary>SHA-256 of the content, 64 hexadecimal digits.</summary>
    public string? Sha256 { get; init; }

    /// <summary>The file that had the content, below the watched folder.</summary>
    public string? File { get; init; }

    /// <summary>Number of result rows; where a line has it, <see cref="Reason"/> says whether the content failed.</summary>
    public int? Rows { get; init; }

    /// <summary>Why a content failed, or a file was left alone.</summary>
    public string? Reason { get; init; }

    /// <summary>Bytes of the result's rows, without a header line.</summary>
    public long? Bytes { get; init; }

    /// <summary><see cref="Ledger.Digest"/> of these bytes.</summary>
    public string? Digest { get; init; }
}

[JsonSerializable(typeof(LedgerEntry))]
internal sealed partial class LedgerJson : JsonSerializerContext
{
    /// <summary>Names of files stay readable.</summary>
    public static LedgerJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
