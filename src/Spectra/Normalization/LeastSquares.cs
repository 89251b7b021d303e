namespace XanesMl.Spectra.Normalization;

/// <summary>Polynomial fitted by least squares. The abscissa is mapped to -1..1 before the fit (energies near 9,000 eV with their squares would lose
/// ten digits otherwise), and the system is solved by Householder's QR.</summary>
internal sealed class FittedPolynomial
{
    private readonly double[] _scaled; // in powers of u = (x - centre) / half
    private readonly double _centre;
    private readonly double _half;

    private FittedPolynomial(double[] scaled, double centre, double half) => (_scaled, _centre, _half) = (scaled, centre, half);

    /// <summary>Fits a polynomial.</summary>
    /// <param name="x">Abscissae, increasing; at least <paramref name="degree"/> + 1.</param>
    /// <param name="y">Ordinates.</param>
    /// <param name="degree">Degree, 0 or more.</param>
    public static FittedPolynomial Fit(ReadOnlySpan<double> x, ReadOnlySpan<double> y, int degree)
    {
        int rows = x.Length, columns = degree + 1;
        double centre = (x[0] + x[^1]) / 2, half = rows > 1 ? (x[^1] - x[0]) / 2 : 1;
        var a = new double[columns][]; // column-major
        for (int k = 0; k < columns; k++)
        {
            a[k] = new double[rows];
            for (int i = 0; i < rows; i++)
                a[k][i] = k == 0 ? 1 : a[k - 1][i] * ((x[i] - centre) / half);
        }

        double[] b = y.ToArray();
        var diagonal = new double[columns];
        for (int k = 0; k < columns; k++)
            diagonal[k] = Reflect(a, b, k);
        var c = new double[columns];
        for (int k = columns - 1; k >= 0; k--)
        {
            double sum = b[k];
            for (int j = k + 1; j < columns; j++)
                sum -= a[j][k] * c[j];
            c[k] = sum / diagonal[k];
        }

        return new FittedPolynomial(c, centre, half);
    }

    /// <summary>Value at x.</summary>
    public double At(double x)
    {
        double u = (x - _centre) / _half, sum = 0;
        for (int k = _scaled.Length - 1; k >= 0; k--)
            sum = (sum * u) + _scaled[k];
        return sum;
    }

    /// <summary>Coefficients in powers of x, constant first. For information: evaluating them near the edge cancels digits, <see cref="At"/> does not.</summary>
    public double[] Coefficients()
    {
        // Horner's scheme on polynomials: p = p * (x - centre) / half + next.
        var p = new double[_scaled.Length];
        for (int k = _scaled.Length - 1; k >= 0; k--)
        {
            for (int j = p.Length - 1; j > 0; j--)
                p[j] = (p[j - 1] - (p[j] * _centre)) / _half;
            p[0] = (-p[0] * _centre / _half) + _scaled[k];
        }

        return p;
    }

    // Makes column k zero below row k, applies the same reflection to the columns behind it and to b, and returns R's diagonal element.
    private static double Reflect(double[][] a, double[] b, int k)
    {
        double norm = 0;
        for (int i = k; i < b.Length; i++)
            norm += a[k][i] * a[k][i];
        double alpha = a[k][k] > 0 ? -Math.Sqrt(norm) : Math.Sqrt(norm);
        double scale = norm - (alpha * a[k][k]);
        if (scale == 0)
            return alpha;
        a[k][k] -= alpha;
        for (int j = k + 1; j <= a.Length; j++)
        {
            double[] target = j < a.Length ? a[j] : b;
            double dot = 0;
            for (int i = k; i < b.Length; i++)
                dot += a[k][i] * target[i];
            dot /= scale;
            for (int i = k; i < b.Length; i++)
                target[i] -= dot * a[k][i];
        }

        return alpha;
    }
}
