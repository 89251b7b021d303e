using Microsoft.Data.Analysis;
using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Spectra;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Data;

/// <summary>Views as data frames with vector columns that keep their length, and so as input of pipelines again.</summary>
public static class VectorFrames
{
    /// <summary>All rows of the named columns as a frame. The frame is an IDataView: it goes into a pipeline as it is.</summary>
    /// <param name="data">The rows, for instance what a pipeline made.</param>
    /// <param name="columnNames">Text, Single, Double, Int32, Boolean, and known-size vectors of Single or Double; none for all visible columns.</param>
    /// <remarks>ML.NET's own ToDataFrame keeps 100 rows unless told otherwise, and vectors of no known length.</remarks>
    /// <exception cref="XanesDataException">A column is missing or of another type.</exception>
    public static DataFrame ToVectorFrame(this IDataView data, params string[] columnNames)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(columnNames);
        DataViewSchema.Column[] columns = columnNames.Length == 0
            ? [.. data.Schema.Where(c => !c.IsHidden)]
            : [.. columnNames.Select(n => Columns.Require(data.Schema, n, "a column of the data", _ => true))];
        using var cursor = data.GetRowCursor(columns);
        var collectors = Array.ConvertAll(columns, c => Collector(cursor, c));
        while (cursor.MoveNext())
            foreach (var c in collectors)
                c.Add();
        return new DataFrame(collectors.Select(c => c.Finish()));
    }

    private static (Action Add, Func<DataFrameColumn> Finish) Collector(DataViewRow row, DataViewSchema.Column c) => c.Type switch
    {
        VectorDataViewType { IsKnownSize: true } v when v.ItemType == NumberDataViewType.Single => Vectors<float>(row, c, v.Size),
        VectorDataViewType { IsKnownSize: true } v when v.ItemType == NumberDataViewType.Double => Vectors<double>(row, c, v.Size),
        TextDataViewType => Scalars<ReadOnlyMemory<char>>(row, c, values => new StringDataFrameColumn(c.Name, values.Select(t => t.ToString()))),
        BooleanDataViewType => Scalars<bool>(row, c, values => new BooleanDataFrameColumn(c.Name, values)),
        _ when c.Type == NumberDataViewType.Single => Scalars<float>(row, c, values => new SingleDataFrameColumn(c.Name, values)),
        _ when c.Type == NumberDataViewType.Double => Scalars<double>(row, c, values => new DoubleDataFrameColumn(c.Name, values)),
        _ when c.Type == NumberDataViewType.Int32 => Scalars<int>(row, c, values => new Int32DataFrameColumn(c.Name, values)),
        _ => throw Columns.WrongType(c.Name, "Text, Single, Double, Int32, Boolean, or a known-size vector of Single or Double", c.Type.ToString()!),
    };

    private static (Action Add, Func<DataFrameColumn> Finish) Scalars<T>(DataViewRow row, DataViewSchema.Column c, Func<List<T>, DataFrameColumn> make)
    {
        var get = row.GetGetter<T>(c);
        var values = new List<T>();
        return (() =>
        {
            T value = default!;
            get(ref value);
            values.Add(value);
        }, () => make(values));
    }

    private static (Action Add, Func<DataFrameColumn> Finish) Vectors<T>(DataViewRow row, DataViewSchema.Column c, int size) where T : struct
    {
        var get = row.GetGetter<VBuffer<T>>(c);
        var values = new List<VBuffer<T>>();
        return (() =>
        {
            VBuffer<T> value = default;
            get(ref value);
            values.Add(value);
        }, () => new VectorDataFrameColumn<T>(c.Name, size, values, Columns.SlotNamesOf(c)));
    }
}
