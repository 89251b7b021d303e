namespace XanesMl.Spectra.Measured;

/// <summary>Bytes that were looked at already, then the rest of a stream; more than a number of bytes are an error. Forward only.</summary>
internal sealed class LimitedStream(ReadOnlyMemory<byte> head, Stream rest, long maxBytes, string source, bool decompressed = false) : Stream
{
    private long _read;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int n;
        if (head.Length > 0)
        {
            n = Math.Min(head.Length, buffer.Length);
            head.Span[..n].CopyTo(buffer);
            head = head[n..];
        }
        else
        {
            n = rest.Read(buffer);
        }

        _read += n;
        if (_read > maxBytes)
            throw new XanesDataException($"{(decompressed ? "decompressed, the content" : "the content")} is larger than the limit of {maxBytes} bytes", source,
                remedy: "A file of measured spectra is smaller; raise the limit if this is one.");
        return n;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <summary>Everything that is left, in memory.</summary>
    public MemoryStream ToMemory()
    {
        var memory = new MemoryStream();
        CopyTo(memory);
        memory.Position = 0;
        return memory;
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
