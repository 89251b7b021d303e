using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Spectra;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Data;

/// <summary>A table of spectra as an ML.NET view over the table's own memory.</summary>
internal sealed class SpectraTableDataView : IDataView
{
    private static readonly string[] s_fixed = [Defaults.MaterialColumn, Defaults.SiteColumn, Defaults.ElementColumn, Defaults.EnergyColumn, Defaults.SpectrumColumn];

    public SpectraTableDataView(SpectraTable table)
    {
        Table = table;
        if (table.DescriptorNames.FirstOrDefault(n => s_fixed.Contains(n, StringComparer.Ordinal)) is { } clash)
            throw new XanesDataException("a descriptor cannot have this name", column: clash, remedy: $"Rename it; {string.Join(", ", s_fixed)} are taken.");
        var b = new DataViewSchema.Builder();
        b.AddColumn(Defaults.MaterialColumn, TextDataViewType.Instance);
        b.AddColumn(Defaults.SiteColumn, TextDataViewType.Instance);
        b.AddColumn(Defaults.ElementColumn, TextDataViewType.Instance);
        b.AddColumn(Defaults.EnergyColumn, new VectorDataViewType(NumberDataViewType.Double, table.PointCount));
        var spectrum = Columns.FloatVector(Defaults.SpectrumColumn, Columns.EnergyNames(table.Grid.Energies));
        b.AddColumn(spectrum.Name, spectrum.Type, spectrum.Annotations);
        foreach (string d in table.DescriptorNames)
            b.AddColumn(d, NumberDataViewType.Single);
        Schema = b.ToSchema();
    }

    public SpectraTable Table { get; }

    public bool CanShuffle => true;

    public DataViewSchema Schema { get; }

    public long? GetRowCount() => Table.RowCount;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        int[]? order = null;
        if (rand is not null)
        {
            order = [.. Enumerable.Range(0, Table.RowCount)];
            rand.Shuffle(order);
        }

        return new SpectraTableCursor(this, columnsNeeded, order, 0, 1);
    }

    /// <summary>Blocks of rows go to the cursors in turn. A shuffled reading has one cursor: its order is one sequence.</summary>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        int blocks = (Table.RowCount + SpectraTableCursor.BlockRows - 1) / SpectraTableCursor.BlockRows;
        int count = Math.Max(1, Math.Min(n, blocks));
        if (rand is not null || count == 1)
            return [GetRowCursor(columnsNeeded, rand)];
        var columns = columnsNeeded.ToArray();
        return [.. Enumerable.Range(0, count).Select(i => new SpectraTableCursor(this, columns, null, i, count))];
    }
}

/// <summary>Reads rows of a table: all, all in another order, or every n-th block.</summary>
internal sealed class SpectraTableCursor : DataViewRowCursor
{
    /// <summary>Rows that one of several cursors reads in sequence: as many as a scoring batch, so that batches stay full.</summary>
    public const int BlockRows = Defaults.BatchSize;

    private readonly SpectraTableDataView _view;
    private readonly SpectraTable _table;
    private readonly bool[] _active;
    private readonly int[]? _order;
    private readonly int _stride;
    private int _next;
    private int _row = -1;
    private long _position = -1;

    public SpectraTableCursor(SpectraTableDataView view, IEnumerable<DataViewSchema.Column> columnsNeeded, int[]? order, int first, int stride)
    {
        (_view, _table, _order, _stride) = (view, view.Table, order, stride);
        _next = first * BlockRows;
        _active = new bool[view.Schema.Count];
        foreach (var c in columnsNeeded)
            _active[c.Index] = true;
    }

    public override DataViewSchema Schema => _view.Schema;

    public override long Position => _position;

    public override long Batch => _stride == 1 || _row < 0 ? 0 : _row / BlockRows;

    public override bool MoveNext()
    {
        if (_next >= _table.RowCount)
        {
            _position = -1;
            return false;
        }

        _row = _order is null ? _next : _order[_next];
        _next++;
        if (_stride > 1 && _next % BlockRows == 0)
            _next += (_stride - 1) * BlockRows;
        _position++;
        return true;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = new DataViewRowId((ulong)_row, 0);

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!_active[column.Index])
            throw MappedGetters.NotActive(column);
        return Getter(column.Index) as ValueGetter<TValue> ?? throw MappedGetters.WrongGetter<TValue>(column);
    }

    private Delegate Getter(int column)
    {
        switch (column)
        {
            case 0: return Text(_table.Materials);
            case 1: return Text(_table.Sites);
            case 2: return Text(_table.Elements);
            case 3:
                ValueGetter<VBuffer<double>> energies = (ref VBuffer<double> value) => Copy(_table.Grid.Energies, ref value);
                return energies;
            case 4:
                ValueGetter<VBuffer<float>> spectrum = (ref VBuffer<float> value) => Copy(_table.Spectrum(_row), ref value);
                return spectrum;
            default:
                int descriptor = column - 5;
                ValueGetter<float> label = (ref float value) => value = _table.Descriptor(_row, descriptor);
                return label;
        }
    }

    private ValueGetter<ReadOnlyMemory<char>> Text(IReadOnlyList<string?> texts) => (ref ReadOnlyMemory<char> value) => value = (texts[_row] ?? "").AsMemory();

    // The caller owns its buffer and may write to it: it gets a copy of the row, never the table's memory.
    private static void Copy<T>(ReadOnlySpan<T> values, ref VBuffer<T> destination)
    {
        var editor = VBufferEditor.Create(ref destination, values.Length);
        values.CopyTo(editor.Values);
        destination = editor.Commit();
    }
}
