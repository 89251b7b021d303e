using Microsoft.ML;
using Microsoft.ML.Data;

namespace XanesMl.Transforms.Pipeline;

/// <summary>What several getters of one row share: computed once, when the first of them is called. Rows are told apart by position, as ML.NET's own steps do.</summary>
internal sealed class OncePerRow<T>(DataViewRow row, Func<T> compute)
{
    private long _position = long.MinValue;
    private T _value = default!;

    /// <summary>The current row's value.</summary>
    public T Value
    {
        get
        {
            if (_position != row.Position)
            {
                _value = compute();
                _position = row.Position;
            }

            return _value;
        }
    }
}

/// <summary>Getters that hand a copy to the caller, who may write to it.</summary>
internal static class Getters
{
    public static ValueGetter<VBuffer<TTo>> Vector<TFrom, TTo>(Func<ReadOnlyMemory<TFrom>> values, Func<TFrom, TTo> convert) => (ref VBuffer<TTo> destination) =>
    {
        var from = values().Span;
        var editor = VBufferEditor.Create(ref destination, from.Length);
        for (int i = 0; i < from.Length; i++)
            editor.Values[i] = convert(from[i]);
        destination = editor.Commit();
    };

    public static ValueGetter<VBuffer<T>> Vector<T>(Func<ReadOnlyMemory<T>> values) => (ref VBuffer<T> destination) =>
    {
        var from = values().Span;
        var editor = VBufferEditor.Create(ref destination, from.Length);
        from.CopyTo(editor.Values);
        destination = editor.Commit();
    };

    public static ValueGetter<T> Scalar<T>(Func<T> value) => (ref T destination) => destination = value();

    public static ValueGetter<ReadOnlyMemory<char>> Text(Func<string?> text) => (ref ReadOnlyMemory<char> destination) => destination = (text() ?? "").AsMemory();
}
