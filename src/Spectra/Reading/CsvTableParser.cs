using System.Globalization;
using System.Text;

namespace XanesMl.Spectra.Reading;

/// <summary>Reads a RankAAE CSV from UTF-8 bytes. A cell is parsed where it lies; no string is made for a number.</summary>
internal sealed class CsvTableParser
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly LineReader _lines;
    private readonly string _source;
    private readonly SpectraReadOptions _options;
    private readonly TableColumns _columns;
    private readonly EnergyGrid _grid;
    private readonly TableBuilder _builder;
    private readonly string? _element;

    private CsvTableParser(LineReader lines, string source, SpectraReadOptions options, string[] header)
    {
        (_lines, _source, _options) = (lines, source, options);
        _columns = TableColumns.Find(header, options, source, lines.LineNumber);
        _grid = _columns.EnergyGridOrNull ?? throw NoEnergies(header);
        _builder = new TableBuilder(_grid, _columns.Descriptors, source);
        _element = options.Element ?? KEdges.FindElement(_grid);
    }

    /// <summary>Reads the whole stream.</summary>
    public static SpectraTable Parse(Stream stream, string source, SpectraReadOptions options)
    {
        var lines = new LineReader(stream, source);
        while (lines.TryRead(out var line))
        {
            if (IsBlank(line) || line[0] == '#')
                continue;
            return new CsvTableParser(lines, source, options, Header(line, source, lines.LineNumber)).Rows();
        }

        throw new XanesDataException(lines.LineNumber == 0 ? "the file is empty" : "the file has no header line", source,
            remedy: "Give a RankAAE CSV: a header with MPID, SITE, AUX_ and ENE_ columns, then one row a spectrum.");
    }

    private SpectraTable Rows()
    {
        while (_lines.TryRead(out var line))
            if (!IsBlank(line))
                Row(line);
        return _builder.Build();
    }

    private void Row(ReadOnlySpan<byte> line)
    {
        var roles = _columns.Roles;
        var spectrum = _builder.AddRow(out var descriptors);
        string? material = null, site = null, element = null;
        var fields = new CsvFields(line);
        while (fields.MoveNext())
        {
            int c = fields.Number - 1;
            if (c >= roles.Length)
                break;
            if (fields.Malformed)
                throw Cell(c, fields.Current, "a quoted field is not closed properly", "Close the quotes before the next comma, on the same line; write a quote inside as \"\".");
            switch (roles[c])
            {
                case ColumnRole.Energy:
                    spectrum[_columns.Slots[c]] = Absorption(fields.Current, c);
                    break;
                case ColumnRole.Descriptor:
                    descriptors[_columns.Slots[c]] = Descriptor(fields.Current, c);
                    break;
                case ColumnRole.Material:
                    material = Identifier(fields.Current, c);
                    break;
                case ColumnRole.Site:
                    site = Identifier(fields.Current, c);
                    break;
                case ColumnRole.Element when _options.Element is null && !fields.Current.IsEmpty:
                    element = Element(fields.Current, c);
                    break;
            }
        }

        if (fields.Number != roles.Length)
            throw WrongCount(line);
        string number = material is null || site is null ? _builder.RowCount.ToString(CultureInfo.InvariantCulture) : "";
        _builder.Identify(material ?? number, site ?? number, element ?? _element);
    }

    private float Absorption(ReadOnlySpan<byte> text, int column)
    {
        if (float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && float.IsFinite(value))
            return value;
        throw Cell(column, text, text.IsEmpty ? "a spectrum value is missing" : "this is not a finite number", "Every point of a spectrum needs a number; repair or remove the row.");
    }

    private float Descriptor(ReadOnlySpan<byte> text, int column)
    {
        if (text.IsEmpty || Ascii.EqualsIgnoreCase(text, "nan"u8) || Ascii.EqualsIgnoreCase(text, "na"u8))
            return float.NaN;
        if (float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && float.IsFinite(value))
            return value;
        throw Cell(column, text, "this is not a finite number", "Write a number, or leave the cell empty where the descriptor is not known.");
    }

    private string Identifier(ReadOnlySpan<byte> text, int column)
    {
        if (text.IsEmpty)
            throw Cell(column, text, "the identifier is missing", "Fill it in: rows of one material are kept together by it.");
        return _builder.Intern(text)
            ?? throw Cell(column, text, $"the identifier is not UTF-8 text of at most {ReadLimits.IdentifierChars} bytes", "Save the file as UTF-8 and shorten the identifier.");
    }

    private string Element(ReadOnlySpan<byte> text, int column) =>
        _builder.Intern(text) is { } symbol && ElementSymbol.IsPlausible(symbol) ? symbol
            : throw Cell(column, text, "this is not an element symbol", "Write it as in the periodic table: Cu.");

    private XanesDataException Cell(int column, ReadOnlySpan<byte> text, string problem, string remedy) =>
        new($"{problem}: '{Shown(text)}'", _source, _lines.LineNumber, _columns.Names[column], remedy);

    private XanesDataException WrongCount(ReadOnlySpan<byte> line)
    {
        var all = new CsvFields(line);
        while (all.MoveNext())
        {
        }

        return new XanesDataException($"this row has {all.Number} cells, the header has {_columns.Roles.Length}", _source, _lines.LineNumber,
            remedy: "The file may be cut off or a cell may hold a comma without quotes; repair the row.");
    }

    private XanesDataException NoEnergies(string[] header)
    {
        string remedy = header.Length == 1 && header[0].AsSpan().IndexOfAny(';', '\t') >= 0
            ? "The columns seem to be separated by semicolons or tabs: save the file with commas."
            : "Give one column for each energy, named ENE_8985.332 (eV). Single measured spectra are read by other commands.";
        return new XanesDataException($"no energy column (ENE_...) among {header.Length} columns: {Shown(string.Join(",", header))}", _source, _lines.LineNumber, remedy: remedy);
    }

    private static string[] Header(ReadOnlySpan<byte> line, string source, long lineNumber)
    {
        if (line.Contains((byte)'\r'))
            throw new XanesDataException("lines end with a bare carriage return", source, lineNumber, remedy: "Save the file with LF or CR LF line ends.");
        var names = new List<string>();
        var fields = new CsvFields(line);
        while (fields.MoveNext())
        {
            string number = fields.Number.ToString(CultureInfo.InvariantCulture);
            if (fields.Malformed)
                throw new XanesDataException("a quoted column name is not closed properly", source, lineNumber, number, "Close the quotes before the next comma.");
            if (names.Count == ReadLimits.Columns)
                throw new XanesDataException($"the header has more than {ReadLimits.Columns} columns", source, lineNumber, remedy: "Give a table with one column for each energy of one grid.");
            try
            {
                names.Add(s_strict.GetString(fields.Current));
            }
            catch (DecoderFallbackException e)
            {
                throw new XanesDataException("the column name is not UTF-8 text", source, lineNumber, number, "Save the file as UTF-8.", e);
            }
        }

        return [.. names];
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IsEmpty || line.Trim(" \t"u8).IsEmpty;

    private static string Shown(ReadOnlySpan<byte> text) => Shown(Encoding.UTF8.GetString(text.Length > 200 ? text[..200] : text));

    // Errors end up in terminals and logs: control characters must not.
    private static string Shown(string text)
    {
        string shortened = text.Length > 60 ? text[..60] + "..." : text;
        return string.Concat(shortened.Select(c => char.IsControl(c) ? '?' : c));
    }
}
