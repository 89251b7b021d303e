using System.Text;
using XanesMl.Edge.Watching;

namespace XanesMl.Edge.Tests.Watching;

/// <summary>Rows "file,hash,number" without any model; a content that begins with "bad" fails. The number counts calls, so that work done twice shows.</summary>
internal sealed class CountingScorer(string options = "", string extension = ".csv", long mostBytes = 1 << 20) : IContentScorer
{
    public int Calls { get; private set; }

    public WatchRun Run { get; } = new(["model"], options, extension, extension == ".csv" ? "file,sha256,call\n"u8.ToArray() : ReadOnlyMemory<byte>.Empty);

    public long MostBytes(ReadOnlyMemory<byte> head) => mostBytes;

    public ScoredContent Score(string file, byte[] content, string sha256)
    {
        string row = $"{file},{sha256},{++Calls}\n";
        return content.AsSpan().StartsWith("bad"u8)
            ? new ScoredContent(Encoding.UTF8.GetBytes(row), 1, "", "holds no spectrum")
            : new ScoredContent(Encoding.UTF8.GetBytes(row + row), 2, "2 spectra", null);
    }
}

/// <summary>A crash: unlike trouble with the disk, nothing may catch it.</summary>
internal sealed class CrashException : Exception;

/// <summary>The file system, whose n-th change goes wrong after a part of its bytes: as a crash of the process, or as a full disk that stays full.</summary>
internal sealed class FailingFiles(int failAt, double part, bool crash) : IOutputFiles
{
    private readonly OutputFiles _files = new();

    public int Changes { get; private set; }

    /// <summary>Whether the disk is full from the n-th change on.</summary>
    public bool Full { get; set; } = true;

    public void WriteWhole(string path, Action<Stream> write)
    {
        if (!Fails())
        {
            _files.WriteWhole(path, write);
            return;
        }

        // A kill in AtomicFile leaves its temporary file, or the whole file at its place.
        using var all = new MemoryStream();
        write(all);
        byte[] bytes = all.ToArray();
        if (!crash)
            throw new OutputTroubleException(path + ": the disk is full (test)");
        if (part >= 1)
            _files.WriteWhole(path, s => s.Write(bytes));
        else
            File.WriteAllBytes(Path.Combine(Path.GetDirectoryName(path)!, ".xanesml-0123456789abcdef.tmp"), bytes[..(int)(part * bytes.Length)]);
        throw new CrashException();
    }

    public void Append(string path, long end, ReadOnlyMemory<byte> content, bool durable)
    {
        if (!Fails())
        {
            _files.Append(path, end, content, durable);
            return;
        }

        _files.Append(path, end, content[..(int)(part * content.Length)], durable);
        throw crash ? new CrashException() : new OutputTroubleException(path + ": the disk is full (test)");
    }

    public void Cut(string path, long length, long end)
    {
        if (!Fails())
            _files.Cut(path, length, end);
        else
            throw crash ? new CrashException() : new OutputTroubleException(path + ": input/output error (test)");
    }

    public void Rename(string path, string target)
    {
        if (!Fails())
            _files.Rename(path, target);
        else
            throw crash ? new CrashException() : new OutputTroubleException(path + ": input/output error (test)");
    }

    private bool Fails() => ++Changes == failAt || (!crash && Full && Changes > failAt);
}
