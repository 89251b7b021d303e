using System.Text;

namespace XanesMl.Edge.Watching;

/// <summary>What results depend on besides the content of a file. Results of different runs never stand in one table.</summary>
/// <param name="Models">Full hashes of the models.</param>
/// <param name="Options">Options as they were given, in a fixed order; "" for none.</param>
/// <param name="Extension">Of result files: ".csv" or ".jsonl".</param>
/// <param name="Header">First line of a table with its end; empty for JSON lines. Other columns are another run.</param>
internal sealed record WatchRun(IReadOnlyList<string> Models, string Options, string Extension, ReadOnlyMemory<byte> Header)
{
    /// <summary>Short name of exactly this run: 8 hexadecimal digits.</summary>
    public string Id { get; } = Ledger.Digest([.. Encoding.UTF8.GetBytes(string.Join('\n', [.. Models, Options, Extension, ""])), .. Header.Span])[..8];

    /// <summary>The folder of results, one file a content.</summary>
    public string FolderName => "results-" + Id;

    /// <summary>The table of all of them.</summary>
    public string TableName => "results-" + Id + Extension;
}

/// <summary>The result rows of one content.</summary>
/// <param name="Rows">Lines of the run's kind, each with its end.</param>
/// <param name="Count">Number of lines.</param>
/// <param name="Summary">What a progress line says of them.</param>
/// <param name="Failure">Why the content cannot be read; null where it could.</param>
internal sealed record ScoredContent(ReadOnlyMemory<byte> Rows, int Count, string Summary, string? Failure);

/// <summary>Makes result rows of a content.</summary>
internal interface IContentScorer
{
    /// <summary>What the rows depend on.</summary>
    WatchRun Run { get; }

    /// <summary>Bytes above which a file is not read.</summary>
    /// <param name="head">Its first bytes.</param>
    long MostBytes(ReadOnlyMemory<byte> head);

    /// <summary>The rows of a content: at least one, also for a content that holds no spectrum. Throws nothing that a content can cause.</summary>
    /// <param name="file">The file that had it, below the watched folder; for the rows, never opened.</param>
    /// <param name="content">All bytes of it.</param>
    /// <param name="sha256">Its SHA-256.</param>
    ScoredContent Score(string file, byte[] content, string sha256);
}
