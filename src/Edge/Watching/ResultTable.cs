using System.Security.Cryptography;
using XanesMl.Spectra;
using XanesMl.Spectra.IO;

namespace XanesMl.Edge.Watching;

/// <summary>The rows of one result, as the ledger knows them.</summary>
/// <param name="Sha256">Of the content.</param>
/// <param name="Bytes">Length of the rows.</param>
/// <param name="Digest"><see cref="Ledger.Digest"/> of the rows.</param>
internal readonly record struct ResultRows(string Sha256, long Bytes, string Digest)
{
    /// <summary>Measures rows.</summary>
    public static ResultRows Of(string sha256, ReadOnlySpan<byte> rows) => new(sha256, rows.Length, Ledger.Digest(rows));
}

/// <summary>The table that joins all results of a run, in the order in which they were made. It is derived: where it cannot be written, results and ledger go on,
/// and where it is not their sum, it is written anew.</summary>
/// <param name="path">Its path.</param>
/// <param name="header">Its first line, or nothing.</param>
/// <param name="files">How to write.</param>
/// <param name="resultPath">Where the result of a content is.</param>
internal sealed class ResultTable(string path, ReadOnlyMemory<byte> header, IOutputFiles files, Func<string, string> resultPath)
{
    private readonly List<ResultRows> _rows = [];
    private long _end;

    /// <summary>Its path.</summary>
    public string Path => path;

    /// <summary>Whether it lacks rows.</summary>
    public bool IsBehind { get; private set; }

    /// <summary>Compares the table with the results that there are.</summary>
    public void Load(IEnumerable<ResultRows> rows)
    {
        _rows.AddRange(rows);
        _end = header.Length + _rows.Sum(r => r.Bytes);
        IsBehind = !IsSum();
        if (IsBehind)
            TryComplete();
    }

    /// <summary>Adds the rows of a new result, if that is possible now.</summary>
    public void Add(ResultRows result, ReadOnlyMemory<byte> rows)
    {
        _rows.Add(result);
        long end = _end;
        _end += rows.Length;
        if (IsBehind)
            return;
        try
        {
            files.Append(path, end, rows, durable: false);
        }
        catch (OutputTroubleException)
        {
            IsBehind = true;
            TryComplete();
        }
    }

    /// <summary>Writes the table anew where it lacks rows.</summary>
    /// <exception cref="OutputTroubleException">It cannot be written now.</exception>
    public void Complete()
    {
        if (!IsBehind)
            return;
        files.WriteWhole(path, stream =>
        {
            stream.Write(header.Span);
            foreach (var row in _rows)
                CopyRows(row, stream);
        });
        IsBehind = false;
    }

    private void TryComplete()
    {
        try
        {
            Complete();
        }
        catch (OutputTroubleException)
        {
            // Stays behind until the next attempt; the results themselves are in place.
        }
    }

    private void CopyRows(ResultRows row, Stream stream)
    {
        using var result = new FileStream(resultPath(row.Sha256), FileMode.Open, FileAccess.Read, FileShare.Read);
        if (result.Length != header.Length + row.Bytes)
            throw new OutputTroubleException($"{result.Name}: somebody changed it; the next start sets it aside and predicts its content again");
        result.Position = header.Length;
        result.CopyTo(stream);
    }

    private bool IsSum()
    {
        try
        {
            using var table = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 16);
            if (table.Length != _end || !Next(table, header.Length).AsSpan().SequenceEqual(header.Span))
                return false;
            foreach (var row in _rows)
                if (Ledger.Digest(Next(table, row.Bytes)) != row.Digest)
                    return false;
            return true;
        }
        catch (Exception e) when (OutputTroubleException.Is(e))
        {
            return false;
        }
    }

    private static byte[] Next(FileStream table, long length)
    {
        var bytes = new byte[length];
        table.ReadExactly(bytes);
        return bytes;
    }
}
