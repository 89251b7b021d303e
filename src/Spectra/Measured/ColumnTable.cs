namespace XanesMl.Spectra.Measured;

/// <summary>One line of a header.</summary>
/// <param name="Text">Its text without the comment mark, trimmed.</param>
/// <param name="Mark">The comment mark, or NUL for a line without one.</param>
/// <param name="Line">Line of the file, from 1.</param>
internal readonly record struct HeaderLine(string Text, char Mark, long Line);

/// <summary>Columns of numbers with their labels, wherever they come from: the common ground of text files and NeXus containers.</summary>
internal sealed class ColumnTable
{
    private readonly double[] _values;

    /// <summary>Creates a table.</summary>
    /// <param name="labels">Label of each column; null for all where the file has none.</param>
    /// <param name="values">[rows x columns] row-major.</param>
    /// <param name="columnCount">Number of columns.</param>
    /// <param name="units">Unit of each column as the file says it, or null.</param>
    public ColumnTable(IReadOnlyList<string>? labels, double[] values, int columnCount, IReadOnlyList<string?>? units = null)
    {
        HasLabels = labels is not null;
        ColumnCount = columnCount;
        Labels = labels ?? [.. Enumerable.Range(1, columnCount).Select(i => $"column {i}")];
        Units = units ?? new string?[columnCount];
        _values = values;
        RowCount = columnCount == 0 ? 0 : values.Length / columnCount;
    }

    /// <summary>False where the file names no columns.</summary>
    public bool HasLabels { get; }

    /// <summary>Number of columns.</summary>
    public int ColumnCount { get; }

    /// <summary>Number of points.</summary>
    public int RowCount { get; }

    /// <summary>Labels as the file writes them; "column 1" and so on where it has none.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>Units as the file says them apart from the label; null where it does not.</summary>
    public IReadOnlyList<string?> Units { get; }

    /// <summary>Copy of a column, [rows].</summary>
    public double[] Column(int index)
    {
        var column = new double[RowCount];
        for (int i = 0; i < column.Length; i++)
            column[i] = _values[(i * ColumnCount) + index];
        return column;
    }
}
