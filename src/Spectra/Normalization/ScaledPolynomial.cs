using System.Numerics;

namespace XanesMl.Spectra.Normalization;

/// <summary>Polynomial in u = (x - centre) / half, which runs from -1 to 1 over the points of its fit: powers of energies near 9,000 eV would lose ten digits.</summary>
internal readonly ref struct ScaledPolynomial
{
    private readonly ReadOnlySpan<double> _coefficients;
    private readonly double _centre;
    private readonly double _half;

    private ScaledPolynomial(ReadOnlySpan<double> coefficients, double centre, double half)
    {
        _coefficients = coefficients;
        (_centre, _half) = (centre, half);
    }

    /// <summary>Fits a polynomial by least squares.</summary>
    /// <param name="x">Abscissae, increasing; at least <paramref name="degree"/> + 1.</param>
    /// <param name="y">Ordinates; destroyed.</param>
    /// <param name="degree">Degree, 0 or more.</param>
    /// <param name="workspace">Where the coefficients stay until its next reset.</param>
    public static ScaledPolynomial Fit(ReadOnlySpan<double> x, Span<double> y, int degree, NormalizationWorkspace workspace)
    {
        int rows = x.Length;
        double centre = (x[0] + x[^1]) / 2, half = rows > 1 ? (x[^1] - x[0]) / 2 : 1;
        var a = workspace.Take((degree + 1) * rows);
        a[..rows].Fill(1);
        for (int i = 0; i < rows; i++)
        {
            double u = (x[i] - centre) / half, power = 1;
            for (int at = rows + i; at < a.Length; at += rows)
                a[at] = power *= u;
        }

        var c = workspace.Take(degree + 1);
        LeastSquares.Solve(a, y, c);
        return new ScaledPolynomial(c, centre, half);
    }

    /// <summary>Value at x.</summary>
    public double At(double x)
    {
        double u = (x - _centre) / _half, sum = 0;
        for (int k = _coefficients.Length - 1; k >= 0; k--)
            sum = (sum * u) + _coefficients[k];
        return sum;
    }

    /// <summary>Values at all x.</summary>
    public void At(ReadOnlySpan<double> x, Span<double> values)
    {
        int width = Vector<double>.Count, i = 0;
        var centre = new Vector<double>(_centre);
        var half = new Vector<double>(_half);
        for (; i <= x.Length - width; i += width)
        {
            var u = (new Vector<double>(x[i..]) - centre) / half;
            var sum = Vector<double>.Zero;
            for (int k = _coefficients.Length - 1; k >= 0; k--)
                sum = (sum * u) + new Vector<double>(_coefficients[k]);
            sum.CopyTo(values[i..]);
        }

        for (; i < x.Length; i++)
            values[i] = At(x[i]);
    }

    /// <summary>Coefficients in powers of x, constant first. For information: evaluating them near the edge cancels digits, <see cref="At(double)"/> does not.</summary>
    /// <param name="powers">[degree + 1].</param>
    public void ToPowers(Span<double> powers)
    {
        // Horner's scheme on polynomials: p = p * (x - centre) / half + next.
        powers.Clear();
        for (int k = _coefficients.Length - 1; k >= 0; k--)
        {
            for (int j = _coefficients.Length - 1; j > 0; j--)
                powers[j] = (powers[j - 1] - (powers[j] * _centre)) / _half;
            powers[0] = (-powers[0] * _centre / _half) + _coefficients[k];
        }
    }
}
