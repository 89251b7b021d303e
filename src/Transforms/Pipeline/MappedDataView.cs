using Microsoft.ML;
using Microsoft.ML.Data;

namespace XanesMl.Transforms.Pipeline;

/// <summary>A view of rows with a step's columns added, computed when read.</summary>
internal sealed class MappedDataView(IDataView source, RowMapper mapper) : IDataView
{
    public bool CanShuffle => source.CanShuffle;

    public DataViewSchema Schema => mapper.OutputSchema;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var active = mapper.ActiveOutput(columnsNeeded);
        return Wrap(source.GetRowCursor(Needed(active), rand), active);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        var active = mapper.ActiveOutput(columnsNeeded);
        return Array.ConvertAll(source.GetRowCursorSet(Needed(active), n, rand), c => Wrap(c, active));
    }

    private IEnumerable<DataViewSchema.Column> Needed(bool[] active)
    {
        var needed = mapper.NeededInput(active);
        return source.Schema.Where(c => needed[c.Index]);
    }

    private DataViewRowCursor Wrap(DataViewRowCursor input, bool[] active)
    {
        try
        {
            return mapper.ReadsAdded(active) ? mapper.CreateCursor(input, active) : new MappedCursor(mapper, input, active);
        }
        catch
        {
            input.Dispose();
            throw;
        }
    }
}

/// <summary>The getters of a mapped row: the input's own, and the step's.</summary>
internal sealed class MappedGetters : IDisposable
{
    private readonly RowMapper _mapper;
    private readonly DataViewRow _input;
    private readonly bool[] _active;
    private readonly Delegate?[] _added;
    private readonly IDisposable? _resources;

    public MappedGetters(RowMapper mapper, DataViewRow input, bool[] active)
    {
        (_mapper, _input, _active) = (mapper, input, active);
        _added = mapper.ReadsAdded(active)
            ? mapper.CreateGetters(input, active.AsSpan(mapper.InputSchema.Count), out _resources)
            : new Delegate?[mapper.AddedCount];
    }

    public bool IsActive(DataViewSchema.Column column) => _active[Checked(column)];

    public ValueGetter<T> Get<T>(DataViewSchema.Column column)
    {
        int index = Checked(column);
        if (!_active[index])
            throw NotActive(column);
        int added = index - _mapper.InputSchema.Count;
        return added < 0 ? _input.GetGetter<T>(_input.Schema[index]) : _added[added] as ValueGetter<T> ?? throw WrongGetter<T>(column);
    }

    public void Dispose() => _resources?.Dispose();

    public static ArgumentOutOfRangeException NotActive(DataViewSchema.Column column) =>
        new(nameof(column), $"column '{column.Name}' was not asked for when the cursor was made");

    public static InvalidOperationException WrongGetter<T>(DataViewSchema.Column column) =>
        new($"column '{column.Name}' holds {column.Type.RawType}, not {typeof(T)}");

    private int Checked(DataViewSchema.Column column) => column.Index < _active.Length && _mapper.OutputSchema[column.Index].Name == column.Name
        ? column.Index
        : throw new ArgumentOutOfRangeException(nameof(column), $"column '{column.Name}' is not of this schema");
}

/// <summary>One row with a step's columns added.</summary>
internal sealed class MappedRow(RowMapper mapper, DataViewRow input, bool[] active) : DataViewRow
{
    private readonly MappedGetters _getters = new(mapper, input, active);

    public override DataViewSchema Schema => mapper.OutputSchema;

    public override long Position => input.Position;

    public override long Batch => input.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => _getters.IsActive(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _getters.Get<TValue>(column);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _getters.Dispose();
            input.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>A cursor with a step's columns added, row by row.</summary>
internal sealed class MappedCursor(RowMapper mapper, DataViewRowCursor input, bool[] active) : DataViewRowCursor
{
    private readonly MappedGetters _getters = new(mapper, input, active);

    public override DataViewSchema Schema => mapper.OutputSchema;

    public override long Position => input.Position;

    public override long Batch => input.Batch;

    public override bool MoveNext() => input.MoveNext();

    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => _getters.IsActive(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _getters.Get<TValue>(column);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _getters.Dispose();
            input.Dispose();
        }

        base.Dispose(disposing);
    }
}
