using XanesMl.Spectra;
using XanesMl.Spectra.Resampling;

namespace XanesMl.Inference.Alignment;

/// <summary>One spectrum on an energy grid of its own, as a quadratic spline (<see cref="QuadraticSpline"/>) that is evaluated at the points of a model's grid for any shift:
/// piece by piece as c + p (b - x)^2 + q (x - a)^2 between two knots a and b, so that a value and its slope cost a few operations and no search.</summary>
internal sealed class ShiftedSpectrum
{
    private const int Order = 3;

    private readonly EnergyGrid _grid;
    private readonly double[] _ends;    // [pieces] upper knot; the first piece begins at the first energy
    private readonly double[] _middle;  // c
    private readonly double[] _fall;    // p
    private readonly double[] _rise;    // q

    /// <summary>Prepares the spline.</summary>
    /// <param name="grid">At least 3 energies.</param>
    /// <param name="values">[grid.Count] values.</param>
    /// <exception cref="XanesDataException">Fewer than 3 energies.</exception>
    public ShiftedSpectrum(EnergyGrid grid, ReadOnlySpan<double> values)
    {
        _grid = grid;
        int n = grid.Count;
        var c = new double[n];
        new QuadraticSpline(grid).Solve(values, c);
        int pieces = n - Order + 1;
        (_ends, _middle, _fall, _rise) = (new double[pieces], new double[pieces], new double[pieces], new double[pieces]);
        for (int i = 0; i < pieces; i++)
        {
            // B-splines of degree 2: the outer two of the three that are not zero between knots a and b are (b-x)^2 / ((b-a)(b-before)) and (x-a)^2 / ((b-a)(after-a)); all add up to 1.
            double before = Knot(i - 1), a = Knot(i), b = Knot(i + 1), after = Knot(i + 2), width = b - a;
            _ends[i] = b;
            _middle[i] = c[i + 1];
            _fall[i] = (c[i] - c[i + 1]) / (width * (b - before));
            _rise[i] = (c[i + 2] - c[i + 1]) / (width * (after - a));
        }
    }

    /// <summary>Its own energies.</summary>
    public EnergyGrid Grid => _grid;

    // Knot i of those within the range: midpoints of the grid without the first and the last one, and the two ends (repeated outside).
    private double Knot(int i) => i <= 0 ? _grid.First : i >= _grid.Count - 2 ? _grid.Last : 0.5 * (_grid[i] + _grid[i + 1]);

    /// <summary>Values x(E - shift) at increasing energies E; outside the range those of the nearer end.</summary>
    public void Values(ReadOnlySpan<double> energies, double shift, Span<double> values)
    {
        double first = _grid.First, last = _grid.Last, start = first;
        int piece = 0;
        for (int i = 0; i < values.Length; i++)
        {
            double x = Math.Clamp(energies[i] - shift, first, last);
            while (x > _ends[piece] && piece < _ends.Length - 1)
                start = _ends[piece++];
            double rise = x - start, fall = _ends[piece] - x;
            values[i] = _middle[piece] + (_fall[piece] * fall * fall) + (_rise[piece] * rise * rise);
        }
    }

    /// <summary>Slopes x'(E - shift) at increasing energies E; 0 outside the range.</summary>
    public void Slopes(ReadOnlySpan<double> energies, double shift, Span<double> slopes)
    {
        double first = _grid.First, last = _grid.Last, start = first;
        int piece = 0;
        for (int i = 0; i < slopes.Length; i++)
        {
            double x = energies[i] - shift;
            while (x > _ends[piece] && piece < _ends.Length - 1)
                start = _ends[piece++];
            slopes[i] = x < first || x > last ? 0 : 2 * ((_rise[piece] * (x - start)) - (_fall[piece] * (_ends[piece] - x)));
        }
    }

    /// <summary>Fraction of the range of <paramref name="target"/> that the shifted spectrum covers.</summary>
    public double Coverage(EnergyGrid target, double shift)
    {
        double covered = Math.Min(_grid.Last + shift, target.Last) - Math.Max(_grid.First + shift, target.First);
        return Math.Max(0, covered / (target.Last - target.First));
    }

    /// <summary>Points of <paramref name="target"/> within the shifted spectrum.</summary>
    public (int First, int Count) Covered(EnergyGrid target, double shift)
    {
        int first = 0, end = target.Count;
        while (first < end && target[first] < _grid.First + shift - EnergyGrid.MatchTolerance)
            first++;
        while (end > first && target[end - 1] > _grid.Last + shift + EnergyGrid.MatchTolerance)
            end--;
        return (first, end - first);
    }
}
