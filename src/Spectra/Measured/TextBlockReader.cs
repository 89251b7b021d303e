using XanesMl.Spectra.Reading;

namespace XanesMl.Spectra.Measured;

/// <summary>A header and the rows of numbers below it.</summary>
/// <param name="Header">Header lines that are not blank.</param>
/// <param name="Values">[rows x Columns] row-major; NaN for text.</param>
/// <param name="Columns">Number of columns.</param>
/// <param name="Separator">Character between fields, or a blank for white space.</param>
/// <param name="FirstDataLine">Line of the first row, from 1.</param>
/// <param name="Notes">What was noticed.</param>
internal sealed record TextBlock(IReadOnlyList<HeaderLine> Header, double[] Values, int Columns, char Separator, long FirstDataLine, IReadOnlyList<string> Notes)
{
    /// <summary>Number of rows.</summary>
    public int Rows => Columns == 0 ? 0 : Values.Length / Columns;
}

/// <summary>Cuts a text file into headers and rows of numbers, line by line. A comment line that begins a new scan (SPEC's #S) begins a new block.</summary>
internal sealed class TextBlockReader
{
    private const string CommentMarks = "#%*;!";

    /// <summary>So many numeric lines in the middle of text are part of a header (SSRL's weights and offsets, the blocks of 9809 files), more are data.</summary>
    private const int MostNumericHeaderLines = 12;

    private readonly LineReader _lines;
    private readonly string _source;
    private readonly FieldSplitter _splitter = new();
    private readonly List<HeaderLine> _header = [];
    private readonly Queue<HeaderLine> _headerEnd = new();
    private readonly List<double> _values = [];
    private readonly List<HeaderLine> _numericLines = [];
    private readonly List<string> _notes = [];
    private readonly List<TextBlock> _blocks = [];
    private readonly int _maxBlocks, _maxValues;
    private long _line;
    private long _firstDataLine;
    private int _columns;
    private long _oddLine;
    private string _oddText = "";
    private int _total;

    private TextBlockReader(Stream content, string source, int maxBlocks, int maxValues) =>
        (_lines, _source, _maxBlocks, _maxValues) = (new LineReader(content, source, "Give a text file of columns, an Athena project, a NeXus file or a table of spectra."), source, maxBlocks, maxValues);

    /// <summary>Reads the whole stream; blocks without numbers are left out, but a file without any gives its one header.</summary>
    public static IReadOnlyList<TextBlock> Read(Stream content, string source, int maxBlocks, int maxValues)
    {
        var reader = new TextBlockReader(content, source, maxBlocks, maxValues);
        while (reader._lines.TryRead(out var bytes))
            reader.SplitReturns(bytes);
        reader.EndBlock();
        return reader._blocks;
    }

    // Old Macintosh files end lines with a bare carriage return.
    private void SplitReturns(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            int cr = bytes.IndexOf((byte)'\r');
            _line++;
            Line(cr < 0 ? bytes : bytes[..cr]);
            if (cr < 0)
                return;
            bytes = bytes[(cr + 1)..];
        }
    }

    private void Line(ReadOnlySpan<byte> bytes)
    {
        var text = bytes.Trim(" \t\v\f\u001a"u8);
        if (text.IsEmpty)
            return;
        char mark = CommentMarks.Contains((char)text[0], StringComparison.Ordinal) ? (char)text[0] : '\0';
        if (mark != '\0')
        {
            Comment(text, mark);
            return;
        }

        if (_splitter.TryNumbers(text, _columns > 0 ? _columns : null, out var numbers))
            Row(text, numbers);
        else
            Text(text);
    }

    private void Comment(ReadOnlySpan<byte> text, char mark)
    {
        bool newScan = mark == '#' && text.StartsWith("#S "u8);
        if (newScan && _values.Count > 0)
            EndBlock();
        if (_values.Count == 0)
            AddHeader(MeasuredText.Decode(text[1..]).Trim(), mark);
    }

    private void Text(ReadOnlySpan<byte> text)
    {
        string decoded = MeasuredText.Decode(text);
        if (_values.Count == 0)
            AddHeader(decoded, '\0');
        else if (_values.Count / _columns <= MostNumericHeaderLines)
            RowsToHeader(decoded);
        else
            Odd(decoded);
    }

    private void Row(ReadOnlySpan<byte> text, ReadOnlySpan<double> numbers)
    {
        if (_columns > 0 && numbers.Length != _columns)
        {
            if (_values.Count / _columns > MostNumericHeaderLines)
            {
                Odd(MeasuredText.Decode(text));
                return;
            }

            RowsToHeader("");
        }

        ThrowIfOdd();
        if (_values.Count == 0)
            (_columns, _firstDataLine) = (numbers.Length, _line);
        _total += numbers.Length;
        if (_total > _maxValues)
            throw new XanesDataException($"the file holds more than {_maxValues} numbers", _source, _line, remedy: "This is not a file of spectra; split it if it is.");
        foreach (double value in numbers)
            _values.Add(value);
        if (_numericLines.Count <= MostNumericHeaderLines)
            _numericLines.Add(new HeaderLine(MeasuredText.Decode(text), '\0', _line));
    }

    // A row that does not fit is the end of a file that was cut off, or an error where rows follow it.
    private void Odd(string text)
    {
        ThrowIfOdd();
        (_oddLine, _oddText) = (_line, text);
    }

    private void ThrowIfOdd()
    {
        if (_oddLine > 0)
            throw new XanesDataException($"this line does not fit among rows of {_columns} numbers: '{MeasuredText.Shown(_oddText)}'", _source, _oddLine,
                remedy: "Repair or remove the line.");
    }

    private void RowsToHeader(string following)
    {
        foreach (var line in _numericLines)
            AddHeader(line);
        _numericLines.Clear();
        _values.Clear();
        _columns = 0;
        AddHeader(following, '\0');
    }

    private void AddHeader(string text, char mark)
    {
        if (text.Length > 0)
            AddHeader(new HeaderLine(text, mark, _line));
    }

    private void AddHeader(HeaderLine line)
    {
        // The first lines name the format, the last ones the columns; of a longer header the middle goes.
        if (_header.Count < MeasuredLimits.HeaderLines / 2)
        {
            _header.Add(line);
            return;
        }

        if (_headerEnd.Count == MeasuredLimits.HeaderLines / 2)
            _headerEnd.Dequeue();
        _headerEnd.Enqueue(line);
    }

    private void EndBlock()
    {
        if (_oddLine > 0)
            _notes.Add($"line {_oddLine} is not a whole row and was left out: '{MeasuredText.Shown(_oddText)}'");
        if (_splitter.DecimalComma)
            _notes.Add("numbers have decimal commas");
        if (_values.Count > 0 || _blocks.Count == 0)
        {
            if (_blocks.Count == _maxBlocks)
                throw new XanesDataException($"the file holds more than {_maxBlocks} scans", _source, _line, remedy: "Raise the limit or split the file.");
            _blocks.Add(new TextBlock([.. _header, .. _headerEnd], [.. _values], _columns, _splitter.Separator, _firstDataLine, [.. _notes]));
        }

        _header.Clear();
        _headerEnd.Clear();
        _values.Clear();
        _numericLines.Clear();
        _notes.Clear();
        (_columns, _oddLine) = (0, 0);
    }
}
