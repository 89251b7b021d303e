namespace XanesMl.Spectra.Normalization;

/// <summary>Linear least squares by Householder's QR, in memory of the caller.</summary>
internal static class LeastSquares
{
    /// <summary>Finds c that makes |A c - b| smallest.</summary>
    /// <param name="a">A, [columns x rows], one column after the other; destroyed.</param>
    /// <param name="b">[rows], at least as many as columns; destroyed.</param>
    /// <param name="c">[columns] solution.</param>
    /// <returns>Sum of the squares that remain.</returns>
    public static double Solve(Span<double> a, Span<double> b, Span<double> c)
    {
        int rows = b.Length, columns = c.Length;
        Span<double> diagonal = stackalloc double[columns];
        for (int k = 0; k < columns; k++)
            diagonal[k] = Reflect(a, b, k, columns);
        for (int k = columns - 1; k >= 0; k--)
        {
            double sum = b[k];
            for (int j = k + 1; j < columns; j++)
                sum -= a[(j * rows) + k] * c[j];
            c[k] = sum / diagonal[k];
        }

        return VectorMath.Dot(b[columns..], b[columns..]);
    }

    // Makes column k zero below row k, applies the same reflection to the columns behind it and to b, and returns R's diagonal element.
    private static double Reflect(Span<double> a, Span<double> b, int k, int columns)
    {
        int rows = b.Length;
        var pivot = a.Slice((k * rows) + k, rows - k);
        double norm = VectorMath.Dot(pivot, pivot);
        double alpha = pivot[0] > 0 ? -Math.Sqrt(norm) : Math.Sqrt(norm);
        double scale = norm - (alpha * pivot[0]);
        if (scale == 0)
            return alpha;
        pivot[0] -= alpha;
        for (int j = k + 1; j <= columns; j++)
        {
            var target = j < columns ? a.Slice((j * rows) + k, rows - k) : b[k..];
            VectorMath.AddScaled(-VectorMath.Dot(pivot, target) / scale, pivot, target);
        }

        return alpha;
    }
}
