using System.Globalization;
using Parquet;
using Parquet.Schema;
using XanesMl.Spectra.IO;

namespace XanesMl.Spectra.Reading;

/// <summary>Reads a Parquet table with the CSV's columns: one float, double or integer column an energy, nullable descriptors.</summary>
internal sealed class ParquetTableReader
{
    private readonly ParquetReader _reader;
    private readonly string _source;
    private readonly SpectraReadOptions _options;
    private readonly DataField[] _fields;
    private readonly TableColumns _columns;
    private readonly EnergyGrid _grid;
    private readonly TableBuilder _builder;
    private readonly string? _element;
    private readonly int _maxRows;

    private ParquetTableReader(ParquetReader reader, string source, SpectraReadOptions options, int maxRows)
    {
        (_reader, _source, _options, _maxRows) = (reader, source, options, maxRows);
        _fields = reader.Schema.DataFields;
        if (_fields.Length > ReadLimits.Columns)
            throw new XanesDataException($"the file has {_fields.Length} columns, more than {ReadLimits.Columns}", source, remedy: "Give a table with one column for each energy of one grid.");
        _columns = TableColumns.Find(Array.ConvertAll(_fields, f => f.Name), options, source, line: null);
        _grid = _columns.EnergyGridOrNull ?? throw new XanesDataException($"no energy column (ENE_...) among {_fields.Length} columns", source,
            remedy: "Give one column for each energy, named ENE_8985.332 (eV).");
        _builder = new TableBuilder(_grid, _columns.Descriptors, source);
        _element = options.Element ?? KEdges.FindElement(_grid);
    }

    /// <summary>Reads the whole file.</summary>
    /// <param name="file">The bytes; must be able to seek.</param>
    /// <param name="source">File, for errors.</param>
    /// <param name="options">What to take.</param>
    /// <param name="maxRows">Rows above which the file is refused before memory is taken for them.</param>
    public static SpectraTable Read(Stream file, string source, SpectraReadOptions options, int maxRows = int.MaxValue)
    {
        try
        {
            // The library is asynchronous only; a pool thread keeps a caller's synchronization context out of it.
            return Task.Run(() => ReadAsync(file, source, options, maxRows)).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is not XanesDataException)
        {
            // A damaged file makes the library fail in many ways; none of them is the user's concern beyond this message.
            throw new XanesDataException($"the Parquet file is damaged or of an unknown kind: {FileProblems.Sentence(e)}", source, remedy: "Write or copy the file again.", inner: e);
        }
    }

    private static async Task<SpectraTable> ReadAsync(Stream file, string source, SpectraReadOptions options, int maxRows)
    {
        await using var reader = await ParquetReader.CreateAsync(file, leaveStreamOpen: true).ConfigureAwait(false);
        var table = new ParquetTableReader(reader, source, options, maxRows);
        for (int g = 0; g < reader.RowGroupCount; g++)
            await table.RowGroup(g).ConfigureAwait(false);
        return table._builder.Build();
    }

    private async Task RowGroup(int index)
    {
        using var group = _reader.OpenRowGroupReader(index);
        if (group.RowCount is < 0 or > int.MaxValue || group.RowCount * _grid.Count > Array.MaxLength)
            throw new XanesDataException($"row group {index + 1} has {group.RowCount} rows of {_grid.Count} points, more than one table can hold", _source, remedy: "Split the file.");
        if (group.RowCount > _maxRows - _builder.RowCount)
            throw new XanesDataException($"the file states more than {_maxRows} rows", _source, remedy: "Raise the limit, or split the file.");
        int rows = (int)group.RowCount, first = _builder.RowCount, k = _columns.Descriptors.Length;
        var spectra = new float[rows * _grid.Count];
        var descriptors = new float[rows * k];
        Array.Fill(descriptors, float.NaN);
        string?[]? materials = null, sites = null, elements = null;
        for (int c = 0; c < _fields.Length; c++)
        {
            switch (_columns.Roles[c])
            {
                case ColumnRole.Energy:
                    Scatter(await Numbers(group, c, rows).ConfigureAwait(false), spectra, _grid.Count, c, first, missingAllowed: false);
                    break;
                case ColumnRole.Descriptor:
                    Scatter(await Numbers(group, c, rows).ConfigureAwait(false), descriptors, k, c, first, missingAllowed: true);
                    break;
                case ColumnRole.Material:
                    materials = await Texts(group, c, rows).ConfigureAwait(false);
                    break;
                case ColumnRole.Site:
                    sites = await Texts(group, c, rows).ConfigureAwait(false);
                    break;
                case ColumnRole.Element when _options.Element is null:
                    elements = await Texts(group, c, rows).ConfigureAwait(false);
                    break;
            }
        }

        for (int i = 0; i < rows; i++)
        {
            var spectrum = _builder.AddRow(out var d);
            spectra.AsSpan(i * _grid.Count, _grid.Count).CopyTo(spectrum);
            descriptors.AsSpan(i * k, k).CopyTo(d);
            _builder.Identify(Identifier(materials, i, "MPID"), Identifier(sites, i, "SITE"), Element(elements?[i]));
        }
    }

    private string Identifier(string?[]? column, int i, string name)
    {
        if (column is null)
            return _builder.RowCount.ToString(CultureInfo.InvariantCulture);
        return column[i] is { Length: > 0 and <= ReadLimits.IdentifierChars } text ? _builder.Intern(text)
            : throw Cell("the identifier is missing or too long", _builder.RowCount - 1, name, "Fill it in: rows of one material are kept together by it.");
    }

    private string? Element(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return _element;
        return ElementSymbol.IsPlausible(text) ? _builder.Intern(text)
            : throw Cell($"'{text}' is not an element symbol", _builder.RowCount - 1, "ELEMENT", "Write it as in the periodic table: Cu.");
    }

    private void Scatter(float[] column, float[] target, int stride, int c, int firstRow, bool missingAllowed)
    {
        int slot = _columns.Slots[c];
        for (int i = 0; i < column.Length; i++)
        {
            float v = column[i];
            if (!float.IsFinite(v) && !(missingAllowed && float.IsNaN(v)))
                throw Cell(float.IsNaN(v) ? "a value is missing" : "this is not a finite number", firstRow + i, _columns.Names[c],
                    missingAllowed ? "Write a number, or null where the descriptor is not known." : "Every point of a spectrum needs a number; repair or remove the row.");
            target[(i * stride) + slot] = v;
        }
    }

    private async Task<float[]> Numbers(ParquetRowGroupReader group, int c, int rows)
    {
        var field = _fields[c];
        if (field.ClrType == typeof(float))
            return await ParquetColumns.Read<float>(group, field, rows, static v => v).ConfigureAwait(false);
        if (field.ClrType == typeof(double))
            return await ParquetColumns.Read<double>(group, field, rows, static v => (float)v).ConfigureAwait(false);
        if (field.ClrType == typeof(long))
            return await ParquetColumns.Read<long>(group, field, rows, static v => v).ConfigureAwait(false);
        if (field.ClrType == typeof(int))
            return await ParquetColumns.Read<int>(group, field, rows, static v => v).ConfigureAwait(false);
        throw new XanesDataException($"the column is of type {field.ClrType.Name}", _source, column: field.Name, remedy: "Write it as float, double or integer numbers.");
    }

    private async Task<string?[]> Texts(ParquetRowGroupReader group, int c, int rows)
    {
        var field = _fields[c];
        if (field.ClrType == typeof(ReadOnlyMemory<char>))
        {
            var texts = new string?[rows];
            await group.ReadAsync(field, texts.AsMemory()!).ConfigureAwait(false);
            return texts;
        }

        if (field.ClrType == typeof(long))
            return await ParquetColumns.ReadText<long>(group, field, rows).ConfigureAwait(false);
        if (field.ClrType == typeof(int))
            return await ParquetColumns.ReadText<int>(group, field, rows).ConfigureAwait(false);
        throw new XanesDataException($"the column is of type {field.ClrType.Name}", _source, column: field.Name, remedy: "Write it as text or integers.");
    }

    private XanesDataException Cell(string problem, int row, string column, string remedy) =>
        new($"{problem} in row {row + 1}", _source, column: column, remedy: remedy);
}

/// <summary>Reads one numeric Parquet column, nullable or not.</summary>
internal static class ParquetColumns
{
    /// <summary>The column as float32; null becomes NaN.</summary>
    public static async Task<float[]> Read<T>(ParquetRowGroupReader group, DataField field, int rows, Func<T, float> convert) where T : struct
    {
        var result = new float[rows];
        if (field.IsNullable)
        {
            var values = new T?[rows];
            await group.ReadAsync<T>(field, values.AsMemory()).ConfigureAwait(false);
            for (int i = 0; i < rows; i++)
                result[i] = values[i] is { } v ? convert(v) : float.NaN;
        }
        else
        {
            var values = new T[rows];
            await group.ReadAsync<T>(field, values.AsMemory()).ConfigureAwait(false);
            for (int i = 0; i < rows; i++)
                result[i] = convert(values[i]);
        }

        return result;
    }

    /// <summary>The column as text; null stays null.</summary>
    public static async Task<string?[]> ReadText<T>(ParquetRowGroupReader group, DataField field, int rows) where T : struct, IFormattable
    {
        var values = new T?[rows];
        if (field.IsNullable)
        {
            await group.ReadAsync<T>(field, values.AsMemory()).ConfigureAwait(false);
        }
        else
        {
            var plain = new T[rows];
            await group.ReadAsync<T>(field, plain.AsMemory()).ConfigureAwait(false);
            for (int i = 0; i < rows; i++)
                values[i] = plain[i];
        }

        return Array.ConvertAll(values, v => v?.ToString(null, CultureInfo.InvariantCulture));
    }
}
