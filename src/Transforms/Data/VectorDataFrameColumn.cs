using Microsoft.Data.Analysis;
using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Spectra;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Data;

/// <summary>A column of vectors of one known length in a data frame, for spectra, styles and descriptors.</summary>
/// <remarks>The library's own column of vectors loses their length on the way into a pipeline, and its getter hands out the frame's memory, which the pipeline may then write to.
/// This one has a length and slot names, and copies.</remarks>
/// <typeparam name="T">Single or Double.</typeparam>
public sealed class VectorDataFrameColumn<T> : VBufferDataFrameColumn<T> where T : struct
{
    private readonly IReadOnlyList<string>? _slotNames;

    /// <summary>Takes vectors; they are copied.</summary>
    /// <param name="name">Name of the column.</param>
    /// <param name="size">Length of every vector, at least 1.</param>
    /// <param name="vectors">One a row.</param>
    /// <param name="slotNames">[size] names of the slots, or null.</param>
    /// <exception cref="XanesDataException">A vector or the names have another length.</exception>
    public VectorDataFrameColumn(string name, int size, IEnumerable<VBuffer<T>> vectors, IReadOnlyList<string>? slotNames = null)
        : base(name, Copies(name, size, vectors))
    {
        if (typeof(T) != typeof(float) && typeof(T) != typeof(double))
            throw new NotSupportedException($"a vector column holds Single or Double, not {typeof(T).Name}");
        if (slotNames is not null && slotNames.Count != size)
            throw new XanesDataException($"{slotNames.Count} slot names come with vectors of {size} values", column: name, remedy: "Give one name for each value.");
        (Size, _slotNames) = (size, slotNames);
    }

    /// <summary>Length of every vector.</summary>
    public int Size { get; }

    /// <summary>Describes the column to a pipeline: a vector of known size, with slot names where there are some.</summary>
    protected override void AddDataViewColumn(DataViewSchema.Builder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        DataViewType item = typeof(T) == typeof(float) ? NumberDataViewType.Single : NumberDataViewType.Double;
        builder.AddColumn(Name, new VectorDataViewType((PrimitiveDataViewType)item, Size), _slotNames is null ? null : Columns.SlotNames(_slotNames));
    }

    /// <summary>A getter that copies.</summary>
    protected override Delegate GetDataViewGetter(DataViewRowCursor cursor)
    {
        ArgumentNullException.ThrowIfNull(cursor);
        ValueGetter<VBuffer<T>> getter = (ref VBuffer<T> destination) => this[cursor.Position].CopyTo(ref destination);
        return getter;
    }

    /// <summary>Rows chosen or reordered; a row that a join leaves empty is NaN.</summary>
    protected override DataFrameColumn CloneImplementation(DataFrameColumn? mapIndices, bool invertMapIndices, long numberOfNullsToAppend) =>
        Resized((VBufferDataFrameColumn<T>)base.CloneImplementation(mapIndices!, invertMapIndices, numberOfNullsToAppend));

    /// <summary>All rows.</summary>
    protected override DataFrameColumn CloneImplementation(long numberOfNullsToAppend = 0) => Resized((VBufferDataFrameColumn<T>)base.CloneImplementation(numberOfNullsToAppend));

    private VectorDataFrameColumn<T> Resized(VBufferDataFrameColumn<T> column) => new(Name, Size, column.Select(v => v.Length == 0 ? Missing(Size) : v), _slotNames);

    private static VBuffer<T> Missing(int size)
    {
        var values = new T[size];
        Array.Fill(values, typeof(T) == typeof(float) ? (T)(object)float.NaN : (T)(object)double.NaN);
        return new VBuffer<T>(size, values);
    }

    private static IEnumerable<VBuffer<T>> Copies(string name, int size, IEnumerable<VBuffer<T>> vectors)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        long row = 0;
        foreach (var v in vectors)
        {
            row++;
            if (v.Length != size)
                throw new XanesDataException($"the vector has {v.Length} values, not {size}", source: "DataFrame", line: row, column: name, remedy: "Give vectors of one length.");
            VBuffer<T> copy = default;
            v.CopyTo(ref copy);
            yield return copy;
        }
    }
}
