using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Scoring;

/// <summary>Reads up to B rows ahead, scores them in one run of the model and serves them one by one; the other columns that are read wait in buffers.</summary>
/// <remarks>A run for each row costs about eight times as much for a network of this size (docs/performance.md): the call dominates, not the arithmetic.</remarks>
internal sealed class ScoringCursor : DataViewRowCursor
{
    private readonly ScoringMapper _mapper;
    private readonly DataViewRowCursor _input;
    private readonly bool[] _active;
    private readonly int _capacity;
    private readonly ScoringBlock _block;
    private readonly BufferedColumn?[] _passed;
    private readonly ValueGetter<VBuffer<float>> _source;
    private readonly ValueGetter<DataViewRowId> _sourceId;
    private readonly DataViewRowId[] _ids;
    private readonly long[] _batches;
    private VBuffer<float> _row;
    private int _at = -1;
    private int _count;
    private long _position = -1;
    private bool _ended;

    public ScoringCursor(ScoringMapper mapper, DataViewRowCursor input, bool[] active, int capacity)
    {
        (_mapper, _input, _active, _capacity) = (mapper, input, active, capacity);
        _source = input.GetGetter<VBuffer<float>>(input.Schema[mapper.InputIndex]);
        _sourceId = input.GetIdGetter();
        _ids = new DataViewRowId[capacity];
        _batches = new long[capacity];
        _passed = new BufferedColumn?[mapper.InputSchema.Count];
        for (int c = 0; c < _passed.Length; c++)
            if (active[c])
                _passed[c] = BufferedColumn.Create(input, input.Schema[c], capacity);
        _block = mapper.CreateBlock(active.AsSpan(_passed.Length), capacity);
    }

    public override DataViewSchema Schema => _mapper.OutputSchema;

    public override long Position => _position;

    public override long Batch => _position < 0 ? 0 : _batches[_at];

    public override bool MoveNext()
    {
        if (_at + 1 >= _count && !Fill())
        {
            _position = -1;
            return false;
        }

        _at++;
        _position++;
        return true;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = _ids[_at];

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!_active[column.Index])
            throw MappedGetters.NotActive(column);
        int output = column.Index - _passed.Length;
        if (output < 0)
            return (_passed[column.Index] as BufferedColumn<TValue> ?? throw MappedGetters.WrongGetter<TValue>(column)).Getter(() => _at);
        return _mapper.Getter(_block, output, () => _at) as ValueGetter<TValue> ?? throw MappedGetters.WrongGetter<TValue>(column);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _block.Dispose();
            _input.Dispose();
        }

        base.Dispose(disposing);
    }

    private bool Fill()
    {
        (_count, _at) = (0, -1);
        int n = 0;
        while (!_ended && n < _capacity)
        {
            if (!_input.MoveNext())
            {
                _ended = true;
                break;
            }

            _source(ref _row);
            _block.Set(n, in _row);
            _sourceId(ref _ids[n]);
            _batches[n] = _input.Batch;
            foreach (var c in _passed)
                c?.Fetch(n);
            n++;
        }

        if (n > 0)
            _block.Run(n);
        _count = n;
        return n > 0;
    }
}

/// <summary>The values of one column of the rows that a cursor has read ahead.</summary>
internal abstract class BufferedColumn
{
    /// <summary>Keeps the input's current value as that of row <paramref name="row"/>.</summary>
    public abstract void Fetch(int row);

    public static BufferedColumn Create(DataViewRow input, DataViewSchema.Column column, int capacity)
    {
        var raw = column.Type.RawType;
        var type = raw.IsGenericType && raw.GetGenericTypeDefinition() == typeof(VBuffer<>)
            ? typeof(BufferedVectors<>).MakeGenericType(raw.GetGenericArguments())
            : typeof(BufferedScalars<>).MakeGenericType(raw);
        return (BufferedColumn)Activator.CreateInstance(type, input, column, capacity)!;
    }
}

/// <summary>The same, with its type.</summary>
internal abstract class BufferedColumn<T>(DataViewRow input, DataViewSchema.Column column, int capacity) : BufferedColumn
{
    private readonly ValueGetter<T> _source = input.GetGetter<T>(column);

    protected T[] Rows { get; } = new T[capacity];

    public override void Fetch(int row) => _source(ref Rows[row]);

    /// <summary>Reads the row that <paramref name="at"/> names.</summary>
    public abstract ValueGetter<T> Getter(Func<int> at);
}

internal sealed class BufferedScalars<T>(DataViewRow input, DataViewSchema.Column column, int capacity) : BufferedColumn<T>(input, column, capacity)
{
    public override ValueGetter<T> Getter(Func<int> at) => (ref T value) => value = Rows[at()];
}

internal sealed class BufferedVectors<T>(DataViewRow input, DataViewSchema.Column column, int capacity) : BufferedColumn<VBuffer<T>>(input, column, capacity)
{
    public override ValueGetter<VBuffer<T>> Getter(Func<int> at) => (ref VBuffer<T> value) => Rows[at()].CopyTo(ref value);
}
