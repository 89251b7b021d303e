using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Spectra.Resampling;

namespace XanesMl.Inference.Alignment;

/// <summary>A shift with styles, and how well the decoded spectrum resembles the shifted one.</summary>
/// <param name="Shift">eV.</param>
/// <param name="Styles">[styles].</param>
/// <param name="Correlation">Pearson's correlation over the energies that the shifted spectrum covers.</param>
/// <param name="Cost">2 (1 - correlation) and a small weight on large styles.</param>
internal sealed record ManifoldPoint(double Shift, double[] Styles, double Correlation, double Cost);

/// <summary>Finds shift s and styles z at which a spectrum x and the decoder D correlate best: minimises |u(x(E - s)) - u(D(z))|^2 + lambda |z|^2, where u takes the mean
/// out and makes the length 1, so that the first term is 2 (1 - correlation). Levenberg and Marquardt's steps; derivatives by central differences, those of all styles in one run.</summary>
internal sealed class ManifoldFit
{
    // Styles are standardized in training: this keeps those of an unknown spectrum from running away. From 1e-6 to 1e-4 it makes no difference to known ones.
    private const double StyleWeight = 1e-5;
    private const float StyleDifference = 1e-2f;
    private const double ShiftDifference = 2e-2; // eV
    private const int MaximumTries = 8;
    private const double SmallestGain = 1e-9;

    private readonly SpectrumModel _model;
    private readonly EnergyGrid _grid;
    private readonly QuadraticSpline _spline;
    private readonly double[] _coefficients;
    private readonly int _points, _styles;

    /// <summary>Prepares the spline of a spectrum whose energies are on the model's axis but for the shift.</summary>
    public ManifoldFit(SpectrumModel model, EnergyGrid grid, ReadOnlySpan<double> values)
    {
        (_model, _grid) = (model, grid);
        (_points, _styles) = (model.Grid.Count, model.Metadata.StyleCount);
        _spline = new QuadraticSpline(grid);
        _coefficients = new double[values.Length];
        _spline.Solve(values, _coefficients);
    }

    /// <summary>Fraction of the model's energies that the shifted spectrum covers.</summary>
    public double Coverage(double shift)
    {
        double covered = Math.Min(_grid.Last + shift, _model.Grid.Last) - Math.Max(_grid.First + shift, _model.Grid.First);
        return Math.Max(0, covered / (_model.Grid.Last - _model.Grid.First));
    }

    /// <summary>What encoder and decoder make of the spectrum at several shifts.</summary>
    public ManifoldPoint[] EncodeAndDecode(ReadOnlySpan<double> shifts)
    {
        var spectra = new float[shifts.Length * _points];
        for (int i = 0; i < shifts.Length; i++)
            for (int p = 0; p < _points; p++)
                spectra[(i * _points) + p] = (float)At(p, shifts[i]);
        float[] styles = _model.EncodeStyles(spectra, shifts.Length);
        float[] decoded = _model.DecodeStyles(styles, shifts.Length);
        var result = new ManifoldPoint[shifts.Length];
        for (int i = 0; i < result.Length; i++)
        {
            double[] z = Array.ConvertAll(styles[(i * _styles)..((i + 1) * _styles)], v => (double)v);
            result[i] = Point(shifts[i], z, decoded.AsSpan(i * _points, _points));
        }

        return result;
    }

    /// <summary>The best point near a start, its shift between two bounds (fixed where they are equal), after at most so many steps.</summary>
    public ManifoldPoint Refine(ManifoldPoint start, double first, double last, int steps)
    {
        var best = Point(start.Shift, start.Styles, Decode(start.Styles));
        double damping = 1e-3;
        for (int step = 0; step < steps; step++)
        {
            var (normal, gradient) = Linearize(best, first < last);
            ManifoldPoint? better = null;
            for (int attempt = 0; attempt < MaximumTries && better is null; attempt++)
            {
                double[] move = Solve(normal, gradient, damping);
                double shift = Math.Clamp(best.Shift + (first < last ? move[_styles] : 0), first, last);
                double[] styles = [.. best.Styles.Select((z, k) => z + move[k])];
                var candidate = styles.All(double.IsFinite) ? Point(shift, styles, Decode(styles)) : null;
                better = candidate?.Cost < best.Cost ? candidate : null;
                damping *= better is null ? 5 : 0.2;
            }

            if (better is null)
                break;
            bool settled = best.Cost - better.Cost < SmallestGain;
            best = better;
            if (settled)
                break;
        }

        return best;
    }

    private ManifoldPoint Point(double shift, double[] styles, ReadOnlySpan<float> decoded)
    {
        var (first, count) = Covered(shift);
        double[] x = Unit(first, count, p => At(p, shift)), y = new double[count];
        for (int i = 0; i < count; i++)
            y[i] = decoded[first + i];
        ToUnit(y);
        double squares = 0, correlation = 0, size = 0;
        for (int i = 0; i < count; i++)
        {
            correlation += x[i] * y[i];
            squares += (x[i] - y[i]) * (x[i] - y[i]);
        }

        foreach (double z in styles)
            size += z * z;
        return new ManifoldPoint(shift, styles, correlation, squares + (StyleWeight * size));
    }

    // J^T J + lambda and J^T r - lambda z of Gauss and Newton's step; the last parameter is the shift.
    private (double[,] Normal, double[] Gradient) Linearize(ManifoldPoint at, bool shifts)
    {
        int parameters = _styles + (shifts ? 1 : 0), rows = (2 * _styles) + 1;
        var (first, count) = Covered(at.Shift);
        var styles = new float[rows * _styles];
        for (int r = 0; r < rows; r++)
            for (int k = 0; k < _styles; k++)
                styles[(r * _styles) + k] = (float)at.Styles[k] + (r == k + 1 ? StyleDifference : r == k + 1 + _styles ? -StyleDifference : 0);
        float[] decoded = _model.DecodeStyles(styles, rows);
        double[] Row(int r) => Unit(first, count, p => decoded[(r * _points) + p]);
        var columns = new double[parameters][];
        for (int k = 0; k < _styles; k++)
            columns[k] = Difference(Row(k + 1), Row(k + 1 + _styles), 2 * StyleDifference);
        // A shift moves the spectrum, not the decoded one: its sign is the other.
        if (shifts)
            columns[_styles] = Difference(Unit(first, count, p => At(p, at.Shift - ShiftDifference)), Unit(first, count, p => At(p, at.Shift + ShiftDifference)), 2 * ShiftDifference);
        double[] residual = Difference(Unit(first, count, p => At(p, at.Shift)), Row(0), 1);

        var normal = new double[parameters, parameters];
        var gradient = new double[parameters];
        for (int i = 0; i < parameters; i++)
        {
            for (int j = 0; j <= i; j++)
                normal[i, j] = normal[j, i] = Dot(columns[i], columns[j]) + (i == j && i < _styles ? StyleWeight : 0);
            gradient[i] = Dot(columns[i], residual) - (i < _styles ? StyleWeight * at.Styles[i] : 0);
        }

        return (normal, gradient);
    }

    private float[] Decode(double[] styles) => _model.DecodeStyles(Array.ConvertAll(styles, z => (float)z), 1);

    private double At(int point, double shift) => _spline.Evaluate(_coefficients, _model.Grid[point] - shift);

    // Points of the model's grid within the shifted spectrum.
    private (int First, int Count) Covered(double shift)
    {
        int first = 0, end = _points;
        while (first < end && _model.Grid[first] < _grid.First + shift - EnergyGrid.MatchTolerance)
            first++;
        while (end > first && _model.Grid[end - 1] > _grid.Last + shift + EnergyGrid.MatchTolerance)
            end--;
        return (first, end - first);
    }

    private static double[] Unit(int first, int count, Func<int, double> value)
    {
        var u = new double[count];
        for (int i = 0; i < count; i++)
            u[i] = value(first + i);
        ToUnit(u);
        return u;
    }

    private static void ToUnit(double[] u)
    {
        double mean = 0, squares = 0;
        foreach (double v in u)
            mean += v / u.Length;
        for (int i = 0; i < u.Length; i++)
        {
            u[i] -= mean;
            squares += u[i] * u[i];
        }

        // A constant curve correlates with nothing.
        double length = squares > 0 ? Math.Sqrt(squares) : 1;
        for (int i = 0; i < u.Length; i++)
            u[i] /= length;
    }

    private static double[] Difference(double[] a, double[] b, double divisor)
    {
        for (int i = 0; i < a.Length; i++)
            a[i] = (a[i] - b[i]) / divisor;
        return a;
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    // (N + damping diag(N)) move = gradient by Cholesky's factors; N is positive definite.
    private static double[] Solve(double[,] normal, double[] gradient, double damping)
    {
        int n = gradient.Length;
        var l = new double[n, n];
        var x = (double[])gradient.Clone();
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = normal[i, j] * (i == j ? 1 + damping : 1);
                for (int k = 0; k < j; k++)
                    sum -= l[i, k] * l[j, k];
                l[i, j] = i == j ? Math.Sqrt(Math.Max(sum, 1e-300)) : sum / l[j, j];
            }

            for (int k = 0; k < i; k++)
                x[i] -= l[i, k] * x[k];
            x[i] /= l[i, i];
        }

        for (int i = n - 1; i >= 0; i--)
        {
            for (int k = i + 1; k < n; k++)
                x[i] -= l[k, i] * x[k];
            x[i] /= l[i, i];
        }

        return x;
    }
}
