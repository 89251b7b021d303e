using System.Buffers.Binary;
using System.IO.Compression;

namespace XanesMl.Spectra.IO;

/// <summary>Decompresses gzip and tells whether the file is whole. .NET's own stream ends without an error where a cut-off file ends
/// (measured on 10.0: at every length), so the decompressed size is compared with the one that the file's last four bytes state (RFC 1952, ISIZE).</summary>
/// <param name="file">The compressed bytes; must be able to seek.</param>
internal sealed class CheckedGzipStream(Stream file) : Stream
{
    private const int TriedMembers = 64;

    private readonly GZipStream _gzip = new(file, CompressionMode.Decompress, leaveOpen: true);
    private long _produced;
    private bool _atEnd;

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

    /// <summary>True when everything has been read and the file had been cut off before. Checksums of whole members are checked by the inner stream.</summary>
    public bool IsCutOff()
    {
        if (!_atEnd)
            return false;
        if (file.Length < 18) // header 10, trailer 8
            return true;
        Span<byte> trailer = stackalloc byte[4];
        file.Position = file.Length - 4;
        file.ReadExactly(trailer);
        uint stated = BinaryPrimitives.ReadUInt32LittleEndian(trailer);
        return stated != unchecked((uint)_produced) && !LastMemberHas(stated);
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int n = _gzip.Read(buffer);
        _produced += n;
        _atEnd |= n == 0 && buffer.Length > 0;
        return n;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

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

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _gzip.Dispose();
        base.Dispose(disposing);
    }

    // Files joined with cat, or written in blocks, have several members and state the last one's size only.
    private bool LastMemberHas(uint stated)
    {
        // The last member is part of what was produced: a longer one is a bomb that lies within the data.
        long budget = (2 * _produced) + (1 << 16);
        foreach (long start in Members().Reverse())
        {
            if (start == 0)
                continue;
            file.Position = start;
            using var member = new GZipStream(file, CompressionMode.Decompress, leaveOpen: true);
            try
            {
                if (stated == unchecked((uint)Count(member, ref budget)) && budget >= 0)
                    return true;
                if (budget < 0)
                    return false;
            }
            catch (InvalidDataException)
            {
                // The three bytes of a header by chance: not a member.
            }
        }

        return false;
    }

    private Queue<long> Members()
    {
        var found = new Queue<long>();
        var block = new byte[1 << 16];
        file.Position = 0;
        long at = 0;
        int kept = 0, n;
        while ((n = file.Read(block, kept, block.Length - kept)) > 0)
        {
            int size = kept + n;
            for (int i = 0; i + 3 <= size; i++)
            {
                if (block[i] != 0x1f || block[i + 1] != 0x8b || block[i + 2] != 8)
                    continue;
                found.Enqueue(at + i);
                if (found.Count > TriedMembers)
                    found.Dequeue();
            }

            kept = Math.Min(2, size);
            at += size - kept;
            block.AsSpan(size - kept, kept).CopyTo(block);
        }

        return found;
    }

    private static long Count(GZipStream stream, ref long budget)
    {
        var block = new byte[1 << 16];
        long total = 0;
        int n;
        while (budget >= 0 && (n = stream.Read(block)) > 0)
            (total, budget) = (total + n, budget - n);
        return total;
    }
}
