using System.Collections.Concurrent;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace XanesMl.Transforms.Tests.Support;

/// <summary>Reads views into plain values that xunit can compare, and counts what they read.</summary>
internal static class Views
{
    /// <summary>Every row's values of the named columns by row id, through one cursor.</summary>
    public static List<object[]> Read(IDataView view, params string[] columns)
    {
        var asked = Array.ConvertAll(columns, n => view.Schema[n]);
        using var cursor = view.GetRowCursor(asked);
        return ReadAll(cursor, asked).ConvertAll(r => r.Values);
    }

    public static List<(DataViewRowId Id, object[] Values)> ReadAll(DataViewRowCursor cursor, DataViewSchema.Column[] columns)
    {
        var readers = Array.ConvertAll(columns, c => Reader(cursor, c));
        var id = cursor.GetIdGetter();
        var rows = new List<(DataViewRowId, object[])>();
        DataViewRowId at = default;
        long position = -1, batch = 0;
        while (cursor.MoveNext())
        {
            if (cursor.Position != ++position || cursor.Batch < batch)
                throw new InvalidOperationException($"position {cursor.Position} should be {position}, batch {cursor.Batch} at least {batch}");
            batch = cursor.Batch;
            id(ref at);
            rows.Add((at, Array.ConvertAll(readers, r => r())));
        }

        return rows;
    }

    public static Func<object> Reader(DataViewRow row, DataViewSchema.Column c)
    {
        var type = c.Type.RawType;
        if (type == typeof(VBuffer<float>))
            return Vector<float>(row, c);
        if (type == typeof(VBuffer<double>))
            return Vector<double>(row, c);
        if (type == typeof(ReadOnlyMemory<char>))
        {
            var text = row.GetGetter<ReadOnlyMemory<char>>(c);
            return () =>
            {
                ReadOnlyMemory<char> v = default;
                text(ref v);
                return v.ToString();
            };
        }

        return type == typeof(float) ? Scalar<float>(row, c) : type == typeof(double) ? Scalar<double>(row, c) : type == typeof(bool) ? Scalar<bool>(row, c) : Scalar<int>(row, c);
    }

    private static Func<object> Vector<T>(DataViewRow row, DataViewSchema.Column c)
    {
        var get = row.GetGetter<VBuffer<T>>(c);
        VBuffer<T> v = default;
        return () =>
        {
            get(ref v);
            return v.DenseValues().ToArray();
        };
    }

    private static Func<object> Scalar<T>(DataViewRow row, DataViewSchema.Column c) where T : struct
    {
        var get = row.GetGetter<T>(c);
        return () =>
        {
            T v = default;
            get(ref v);
            return v;
        };
    }
}

/// <summary>A view that notes which columns were asked of it, and how many rows were read.</summary>
internal sealed class CountingDataView(IDataView source) : IDataView
{
    private int _rows;

    public ConcurrentBag<string> Asked { get; } = [];

    public int RowsRead => _rows;

    public bool CanShuffle => source.CanShuffle;

    public DataViewSchema Schema => source.Schema;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var columns = columnsNeeded.ToArray();
        foreach (var c in columns)
            Asked.Add(c.Name);
        return new Cursor(this, source.GetRowCursor(columns, rand));
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(CountingDataView view, DataViewRowCursor inner) : DataViewRowCursor
    {
        public override DataViewSchema Schema => inner.Schema;

        public override long Position => inner.Position;

        public override long Batch => inner.Batch;

        public override bool MoveNext()
        {
            bool more = inner.MoveNext();
            if (more)
                Interlocked.Increment(ref view._rows);
            return more;
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => inner.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => inner.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => inner.GetGetter<TValue>(column);

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
