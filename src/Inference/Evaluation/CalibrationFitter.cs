using System.Globalization;
using XanesMl.Inference.Models;
using XanesMl.Spectra;

namespace XanesMl.Inference.Evaluation;

/// <summary>Fits the curve that turns a style into its descriptor's unit, and the half width of its 90 % interval.</summary>
/// <remarks>Curves may use training and validation rows, never test rows. The interval's half width comes from validation rows that the curve
/// it is measured on has not seen. Pairs with a NaN are dropped.</remarks>
public static class CalibrationFitter
{
    /// <summary>Most knots that an isotonic calibration keeps.</summary>
    public const int MaximumKnots = 64;

    /// <summary>Knots are left out as long as the curve moves by less than this part of its value range (and until <see cref="MaximumKnots"/> remain).</summary>
    public const double KnotTolerance = 1e-3;

    /// <summary>Knots stand at least this part of the style range apart, so that a float32 model can interpolate a step without losing digits.</summary>
    public const double MinimumKnotDistance = 1e-4;

    private const int MinimumRows = 3;

    /// <summary>Fits one calibration; its <see cref="Calibration.HalfWidth90"/> is not set.</summary>
    /// <param name="kind">Form of the curve: least squares of that form.</param>
    /// <param name="styles">[n] styles.</param>
    /// <param name="values">[n] descriptor values in their unit; NaN = missing.</param>
    /// <exception cref="XanesDataException">Different lengths, fewer than 3 complete rows, or an infinite number.</exception>
    public static Calibration Fit(CalibrationKind kind, ReadOnlySpan<double> styles, ReadOnlySpan<double> values)
    {
        var (x, y) = Pairs.WithoutNaN(styles, values);
        if (x.Length < MinimumRows)
            throw new XanesDataException($"{x.Length} rows have both a style and a descriptor value", remedy: $"A calibration needs at least {MinimumRows} labelled rows.");
        for (int i = 0; i < x.Length; i++)
            if (!double.IsFinite(x[i]) || !double.IsFinite(y[i]))
                throw new XanesDataException(string.Create(CultureInfo.InvariantCulture, $"labelled row {i + 1} has style {x[i]:R} and descriptor {y[i]:R}"),
                    remedy: "A calibration needs finite numbers.");
        return kind switch
        {
            CalibrationKind.Isotonic => Thin(IsotonicRegression.Fit(x, y)),
            CalibrationKind.Linear => Polynomial(kind, x, y, 1),
            CalibrationKind.Quadratic => Polynomial(kind, x, y, 2),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "unknown kind of calibration"),
        };
    }

    /// <summary>Half width of the 90 % interval by split conformal prediction: the ceil(0.9 (n + 1))-th smallest of the n absolute residuals
    /// (Lei et al., J. Am. Stat. Assoc. 113, 1094 (2018)).</summary>
    /// <remarks>With fewer than 9 rows no finite width reaches 90 %: the largest residual is given, which covers n / (n + 1).</remarks>
    /// <param name="calibration">A curve that was fitted without these rows.</param>
    /// <param name="styles">[n] styles of validation rows.</param>
    /// <param name="values">[n] their descriptor values; NaN = missing.</param>
    /// <returns>Half width in the descriptor's unit.</returns>
    /// <exception cref="XanesDataException">Different lengths or no complete row.</exception>
    public static double HalfWidth90(Calibration calibration, ReadOnlySpan<double> styles, ReadOnlySpan<double> values)
    {
        ArgumentNullException.ThrowIfNull(calibration);
        var (x, y) = Pairs.WithoutNaN(styles, values);
        var predicted = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
            predicted[i] = calibration.Evaluate(x[i]);
        return HalfWidth90(y, predicted);
    }

    /// <summary>As <see cref="HalfWidth90(Calibration, ReadOnlySpan{double}, ReadOnlySpan{double})"/>, from predictions of any origin, for instance
    /// the mean of an ensemble.</summary>
    /// <param name="values">[n] descriptor values of validation rows; NaN = missing.</param>
    /// <param name="predicted">[n] predictions that were made without these rows' values.</param>
    /// <returns>Half width in the descriptor's unit.</returns>
    /// <exception cref="XanesDataException">Different lengths or no complete row.</exception>
    public static double HalfWidth90(ReadOnlySpan<double> values, ReadOnlySpan<double> predicted)
    {
        var (y, p) = Pairs.WithoutNaN(values, predicted);
        int n = y.Length;
        if (n == 0)
            throw new XanesDataException("no validation row has a descriptor value", remedy: "The interval needs labelled validation rows: label more rows or enlarge the validation part.");
        var residuals = new double[n];
        for (int i = 0; i < n; i++)
            residuals[i] = Math.Abs(y[i] - p[i]);
        Array.Sort(residuals);
        long rank = ((9L * (n + 1)) + 9) / 10;
        return residuals[Math.Min(rank, n) - 1];
    }

    /// <summary>Least squares in the basis 1, u, u^2 - a u - 1 with u standardized and a = mean u^3, which is orthogonal over the rows; a basis function that vanishes
    /// on them (too few distinct styles) is left out.</summary>
    private static Calibration Polynomial(CalibrationKind kind, double[] x, double[] y, int degree)
    {
        int n = x.Length;
        double mean = x.Average(), scale = Math.Sqrt(x.Average(v => (v - mean) * (v - mean)));
        double c0 = y.Average(), c1 = 0, c2 = 0;
        if (scale > 1e-12 * (1 + Math.Abs(mean)))
        {
            double[] u = Array.ConvertAll(x, v => (v - mean) / scale);
            double third = u.Average(v => v * v * v);
            double b1 = 0, b2 = 0, square = 0;
            for (int i = 0; i < n; i++)
            {
                double q = (u[i] * u[i]) - (third * u[i]) - 1;
                b1 += u[i] * y[i] / n;
                b2 += q * y[i] / n;
                square += q * q / n;
            }

            b2 = degree < 2 || square < 1e-10 ? 0 : b2 / square;
            double k0 = c0 - b2, k1 = b1 - (third * b2), r = mean / scale;
            c0 = k0 - (k1 * r) + (b2 * r * r);
            c1 = (k1 - (2 * b2 * r)) / scale;
            c2 = b2 / (scale * scale);
        }

        return new Calibration { Kind = kind, Coefficients = degree == 1 ? [c0, c1] : [c0, c1, c2] };
    }

    /// <summary>Keeps the end knots and adds, one at a time, the knot that lies farthest from the curve of those kept.</summary>
    private static Calibration Thin(IsotonicCurve curve)
    {
        var (x, y) = (curve.X, curve.Y);
        int n = x.Count;
        var kept = new SortedSet<int> { 0, n - 1 };
        var queue = new PriorityQueue<(int Knot, int From, int To), double>();
        double tolerance = KnotTolerance * (y[n - 1] - y[0]);
        Enqueue(0, n - 1);
        while (kept.Count < MaximumKnots && queue.TryDequeue(out var worst, out double negative) && -negative > tolerance)
        {
            kept.Add(worst.Knot);
            Enqueue(worst.From, worst.Knot);
            Enqueue(worst.Knot, worst.To);
        }

        double[] styles = [.. kept.Select(i => x[i])], values = [.. kept.Select(i => y[i])];
        double distance = MinimumKnotDistance * (x[n - 1] - x[0]);
        for (int i = 1; i < styles.Length; i++)
            styles[i] = Math.Max(styles[i], styles[i - 1] + distance);
        return new Calibration { Kind = CalibrationKind.Isotonic, KnotStyles = styles, KnotValues = values };

        void Enqueue(int from, int to)
        {
            int knot = -1;
            double largest = 0;
            for (int i = from + 1; i < to; i++)
            {
                double line = y[from] + ((x[i] - x[from]) / (x[to] - x[from]) * (y[to] - y[from]));
                if (Math.Abs(y[i] - line) is var d && d > largest)
                    (knot, largest) = (i, d);
            }

            if (knot >= 0)
                queue.Enqueue((knot, from, to), -largest);
        }
    }
}
