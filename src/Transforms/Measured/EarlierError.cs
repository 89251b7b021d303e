using Microsoft.ML;
using Microsoft.ML.Data;

namespace XanesMl.Transforms.Measured;

/// <summary>The error column of a step in front: its reason is the first, so it is kept.</summary>
internal sealed class EarlierError
{
    private readonly ValueGetter<ReadOnlyMemory<char>>? _getter;
    private ReadOnlyMemory<char> _text;

    /// <param name="row">The current row.</param>
    /// <param name="column">Index that <see cref="Find"/> gave.</param>
    public EarlierError(DataViewRow row, int column) => _getter = column < 0 ? null : row.GetGetter<ReadOnlyMemory<char>>(row.Schema[column]);

    /// <summary>Index of the text column that the step's own error column takes over from, or -1.</summary>
    public static int Find(DataViewSchema schema, UnusableRow onError, string column) =>
        onError == UnusableRow.Report && schema.GetColumnOrNull(column) is { Type: TextDataViewType } c ? c.Index : -1;

    /// <summary>What it says of the current row; null where there is no such column.</summary>
    public string? Read()
    {
        if (_getter is null)
            return null;
        _getter(ref _text);
        return _text.ToString();
    }
}
