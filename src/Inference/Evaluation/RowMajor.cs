using XanesMl.Spectra;

namespace XanesMl.Inference.Evaluation;

/// <summary>Access to row-major float32 matrices, the form in which models give their output.</summary>
public static class RowMajor
{
    /// <summary>Number of rows of a row-major matrix.</summary>
    /// <param name="matrix">[rows x columns].</param>
    /// <param name="columns">Columns, at least 1.</param>
    /// <param name="what">What the matrix holds, for the error text.</param>
    /// <exception cref="XanesDataException">The length is no multiple of the columns.</exception>
    public static int Rows(ReadOnlySpan<float> matrix, int columns, string what)
    {
        if (columns < 1)
            throw new XanesDataException($"{what}: {columns} columns", remedy: "A matrix needs at least one column.");
        if (matrix.Length % columns != 0)
            throw new XanesDataException($"{what}: {matrix.Length} values do not fill rows of {columns}");
        return matrix.Length / columns;
    }

    /// <summary>One column as float64, [rows].</summary>
    /// <param name="matrix">[rows x columns].</param>
    /// <param name="columns">Columns of the matrix.</param>
    /// <param name="column">Index of the wanted one.</param>
    /// <exception cref="XanesDataException">The length is no multiple of the columns.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such column.</exception>
    public static double[] Column(ReadOnlySpan<float> matrix, int columns, int column)
    {
        int rows = Rows(matrix, columns, "matrix");
        ArgumentOutOfRangeException.ThrowIfNegative(column);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(column, columns);
        var values = new double[rows];
        for (int i = 0; i < rows; i++)
            values[i] = matrix[(i * columns) + column];
        return values;
    }
}
