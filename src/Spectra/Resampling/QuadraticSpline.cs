namespace XanesMl.Spectra.Resampling;

/// <summary>Interpolating spline of degree 2 on one energy grid, as scipy.interpolate.interp1d(kind="quadratic") and make_interp_spline(k=2):
/// knots lie midway between points, without the first and the last midpoint, and the end points are threefold knots.</summary>
/// <remarks>C. de Boor, "A Practical Guide to Splines" (1978), chapters X and XIII. With these knots at most three B-splines are not zero at a point
/// and they are neighbours, so the collocation matrix is tridiagonal; it is totally positive, so elimination needs no pivoting.
/// It is factored once in the constructor; <see cref="Solve"/> is O(n) and allocates nothing. Immutable, safe for concurrent use.</remarks>
public sealed class QuadraticSpline
{
    private const int Order = 3;

    private readonly double[] _knots;
    private readonly double[] _lower;   // multipliers of the elimination
    private readonly double[] _inverse; // 1 / pivot
    private readonly double[] _upper;   // above the diagonal, over the pivot

    /// <summary>Prepares the spline of one grid.</summary>
    /// <param name="grid">At least three energies.</param>
    /// <exception cref="XanesDataException">Fewer than three energies.</exception>
    public QuadraticSpline(EnergyGrid grid)
    {
        ArgumentNullException.ThrowIfNull(grid);
        if (grid.Count < Order)
            throw new XanesDataException($"a quadratic spline needs at least {Order} points, got {grid.Count}", remedy: "Give a spectrum with more points.");
        Grid = grid;
        int n = grid.Count;
        _knots = Knots(grid);
        (_lower, _inverse, _upper) = (new double[n], new double[n], new double[n]);
        Factor();
    }

    /// <summary>Grid of the values that are interpolated.</summary>
    public EnergyGrid Grid { get; }

    /// <summary>Coefficients of the B-splines that take the given values at the grid's energies.</summary>
    /// <param name="values">[grid.Count] values.</param>
    /// <param name="coefficients">[grid.Count] result; may be the same memory as <paramref name="values"/>.</param>
    public void Solve(ReadOnlySpan<double> values, Span<double> coefficients)
    {
        CheckLength(values.Length, nameof(values));
        CheckLength(coefficients.Length, nameof(coefficients));
        int n = values.Length;

        // Each step waits for the one before, so what counts is the length of that chain: one fused operation, no division, no trip through memory.
        double c = values[0];
        coefficients[0] = c;
        for (int i = 1; i < n; i++)
            coefficients[i] = c = Math.FusedMultiplyAdd(-_lower[i], c, values[i]);
        coefficients[n - 1] = c *= _inverse[n - 1];
        for (int i = n - 2; i >= 0; i--)
            coefficients[i] = c = Math.FusedMultiplyAdd(-_upper[i], c, coefficients[i] * _inverse[i]);
    }

    /// <summary>Value of the spline at one energy; outside the grid, the value at the nearer end.</summary>
    /// <param name="coefficients">[grid.Count] from <see cref="Solve"/>.</param>
    /// <param name="energy">Energy in eV.</param>
    public double Evaluate(ReadOnlySpan<double> coefficients, double energy)
    {
        CheckLength(coefficients.Length, nameof(coefficients));
        Basis(Math.Clamp(energy, Grid.First, Grid.Last), out int first, out double b0, out double b1, out double b2);
        return (b0 * coefficients[first]) + (b1 * coefficients[first + 1]) + (b2 * coefficients[first + 2]);
    }

    /// <summary>The three B-splines that may differ from 0 at an energy within the grid, by the Cox-de Boor recursion; they add up to 1.</summary>
    internal void Basis(double x, out int first, out double b0, out double b1, out double b2)
    {
        int interval = Interval(x);
        first = interval - (Order - 1);
        double left1 = x - _knots[interval], left2 = x - _knots[interval - 1];
        double right1 = _knots[interval + 1] - x, right2 = _knots[interval + 2] - x;
        double linear = 1 / (right1 + left1);
        double fall = right1 * linear, rise = left1 * linear;
        double outer = fall / (right1 + left2), inner = rise / (right2 + left1);
        b0 = right1 * outer;
        b1 = (left2 * outer) + (right2 * inner);
        b2 = left1 * inner;
    }

    // Last knot interval [t_i, t_i+1) that holds x and is not empty; the last one also holds its right end.
    private int Interval(double x)
    {
        int n = Grid.Count;
        int at = Array.BinarySearch(_knots, Order - 1, n - Order + 2, x);
        int interval = at >= 0 ? at : ~at - 1;
        return Math.Clamp(interval, Order - 1, n - 1);
    }

    private static double[] Knots(EnergyGrid grid)
    {
        int n = grid.Count;
        var knots = new double[n + Order];
        knots.AsSpan(0, Order).Fill(grid.First);
        for (int i = 1; i < n - 2; i++)
            knots[Order - 1 + i] = (grid[i] + grid[i + 1]) / 2;
        knots.AsSpan(n).Fill(grid.Last);
        return knots;
    }

    private void Factor()
    {
        int n = Grid.Count;
        var pivots = new double[n];
        (pivots[0], _inverse[0], _upper[0]) = (1, 1, 0); // at the end points one B-spline is 1 and the others are 0
        for (int i = 1; i < n; i++)
        {
            double below, on, above;
            if (i == n - 1)
            {
                (below, on, above) = (0, 1, 0);
            }
            else
            {
                Basis(Grid[i], out int first, out below, out on, out above);
                // Point i lies in the support of B-splines i-1, i and i+1, by construction of the knots.
                if (first != i - 1)
                    throw new InvalidOperationException($"point {i} begins at B-spline {first}");
            }

            _lower[i] = below / pivots[i - 1];
            pivots[i] = on - (below * _upper[i - 1]);
            (_inverse[i], _upper[i]) = (1 / pivots[i], above / pivots[i]);
        }
    }

    private void CheckLength(int length, string name)
    {
        if (length != Grid.Count)
            throw new ArgumentException($"the grid has {Grid.Count} points, got {length} values", name);
    }
}
