namespace XanesMl.Spectra.Features;

/// <summary>Value, slope and curvature of a local quadratic fit.</summary>
/// <param name="Value">a, the smoothed value.</param>
/// <param name="Slope">b, per eV.</param>
/// <param name="Curvature">2 c, per eV^2.</param>
internal readonly record struct LocalFit(double Value, double Slope, double Curvature);

/// <summary>Weighted least-squares fit of a + b (E - x) + c (E - x)^2 around x: Savitzky and Golay's smoothing (Anal. Chem. 36, 1627 (1964)) for grids of any spacing,
/// with the tricube weights (1 - |E - x|^3 / h^3)^3 of Cleveland's local regression (J. Am. Stat. Assoc. 74, 829 (1979)).</summary>
/// <remarks>h is half the fit width, or 1.05 times the distance of the fifth nearest point where that is more: a quadratic of 3 points would not smooth at all.
/// The fit is linear in mu, so that its coefficients depend on the grid only and are kept for the grid's points.</remarks>
internal sealed class LocalQuadratic
{
    private const int FewestPoints = 5;

    private readonly double[] _energies;
    private readonly double _halfWidth;
    private readonly (int First, double[] Value, double[] Slope, double[] Curvature)[] _atPoints;

    public LocalQuadratic(EnergyGrid grid, double width)
    {
        _energies = grid.Energies.ToArray();
        _halfWidth = width / 2;
        _atPoints = new (int, double[], double[], double[])[_energies.Length];
        var norms = new double[_energies.Length];
        for (int i = 0; i < _energies.Length; i++)
        {
            _atPoints[i] = Coefficients(_energies[i]);
            norms[i] = Math.Sqrt(Dot(_atPoints[i].Value, _atPoints[i].Value));
        }

        Array.Sort(norms);
        NoiseFactor = norms[norms.Length / 2];
    }

    /// <summary>Standard deviation of a smoothed value for noise of standard deviation 1 in mu: median over the grid.</summary>
    public double NoiseFactor { get; }

    /// <summary>The fit around grid point <paramref name="index"/>.</summary>
    public LocalFit AtPoint(int index, ReadOnlySpan<double> mu)
    {
        var (first, value, slope, curvature) = _atPoints[index];
        var y = mu.Slice(first, value.Length);
        return new LocalFit(Dot(value, y), Dot(slope, y), Dot(curvature, y));
    }

    /// <summary>The fit around any energy within the grid.</summary>
    public LocalFit At(double energy, ReadOnlySpan<double> mu)
    {
        var (first, value, slope, curvature) = Coefficients(energy);
        var y = mu.Slice(first, value.Length);
        return new LocalFit(Dot(value, y), Dot(slope, y), Dot(curvature, y));
    }

    private (int First, double[] Value, double[] Slope, double[] Curvature) Coefficients(double x)
    {
        double h = Math.Max(_halfWidth, 1.05 * DistanceOfNearest(x));
        int first = Array.FindIndex(_energies, e => Math.Abs(e - x) < h), count = 0;
        while (first + count < _energies.Length && _energies[first + count] - x < h)
            count++;
        Span<double> sums = stackalloc double[5];
        sums.Clear();
        var weights = new double[count];
        for (int j = 0; j < count; j++)
        {
            double u = (_energies[first + j] - x) / h, t = 1 - Math.Abs(u * u * u), power = 1;
            weights[j] = t * t * t;
            for (int p = 0; p < 5; p++, power *= u)
                sums[p] += weights[j] * power;
        }

        return Solve(x, h, first, weights, sums);
    }

    /// <summary>Rows of (A^T W A)^-1 A^T W by cofactors of the symmetric moment matrix S_ij = sum w u^(i+j).</summary>
    private (int First, double[] Value, double[] Slope, double[] Curvature) Solve(double x, double h, int first, double[] weights, ReadOnlySpan<double> s)
    {
        double c00 = (s[2] * s[4]) - (s[3] * s[3]), c01 = (s[2] * s[3]) - (s[1] * s[4]), c02 = (s[1] * s[3]) - (s[2] * s[2]);
        double c11 = (s[0] * s[4]) - (s[2] * s[2]), c12 = (s[1] * s[2]) - (s[0] * s[3]), c22 = (s[0] * s[2]) - (s[1] * s[1]);
        double determinant = (s[0] * c00) + (s[1] * c01) + (s[2] * c02);
        var (value, slope, curvature) = (new double[weights.Length], new double[weights.Length], new double[weights.Length]);
        for (int j = 0; j < weights.Length; j++)
        {
            double u = (_energies[first + j] - x) / h, w = weights[j] / determinant;
            value[j] = w * (c00 + (c01 * u) + (c02 * u * u));
            slope[j] = w * (c01 + (c11 * u) + (c12 * u * u)) / h;
            curvature[j] = 2 * w * (c02 + (c12 * u) + (c22 * u * u)) / (h * h);
        }

        return (first, value, slope, curvature);
    }

    private double DistanceOfNearest(double x)
    {
        int right = Array.BinarySearch(_energies, x);
        right = right < 0 ? ~right : right;
        int left = right - 1;
        double distance = 0;
        for (int taken = 0; taken < Math.Min(FewestPoints, _energies.Length); taken++)
        {
            bool fromLeft = right >= _energies.Length || (left >= 0 && x - _energies[left] <= _energies[right] - x);
            distance = fromLeft ? x - _energies[left--] : _energies[right++] - x;
        }

        return distance;
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }
}
