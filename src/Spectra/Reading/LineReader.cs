namespace XanesMl.Spectra.Reading;

/// <summary>Cuts a byte stream into lines without a string per line. The buffer grows to the longest line and is reused.</summary>
/// <param name="stream">The bytes.</param>
/// <param name="source">File, for errors.</param>
/// <param name="expected">What to give instead of a binary file.</param>
internal sealed class LineReader(Stream stream, string source, string expected = "Give a RankAAE CSV (plain or gzip) or a Parquet file.")
{
    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private bool _atEnd;

    /// <summary>Number of the line returned last, counted from 1.</summary>
    public long LineNumber { get; private set; }

    /// <summary>The next line without its line end (LF or CR LF) and, on line 1, without a UTF-8 byte order mark. Valid until the next call.</summary>
    /// <returns>False at the end of the stream.</returns>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        int searched = 0;
        while (true)
        {
            int newline = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                line = Take(searched + newline, terminator: 1);
                return true;
            }

            searched = _end - _start;
            if (_atEnd)
            {
                line = searched > 0 ? Take(searched, terminator: 0) : default;
                return searched > 0;
            }

            Fill();
        }
    }

    private ReadOnlySpan<byte> Take(int length, int terminator)
    {
        var line = _buffer.AsSpan(_start, length);
        _start += length + terminator;
        LineNumber++;
        if (line.EndsWith("\r"u8))
            line = line[..^1];
        if (LineNumber == 1 && line.StartsWith("\uFEFF"u8))
            line = line[3..];
        if (line.Contains((byte)0))
            throw new XanesDataException("this line holds a NUL byte: the file is binary, not text", source, LineNumber,
                remedy: expected);
        return line;
    }

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            if (_buffer.Length >= ReadLimits.LineBytes)
                throw new XanesDataException($"this line is longer than {ReadLimits.LineBytes} bytes", source, LineNumber + 1,
                    remedy: "This is not a table of spectra with one row a line; check the file and its line ends (LF or CR LF).");
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        int read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _atEnd = read == 0;
        _end += read;
    }
}
