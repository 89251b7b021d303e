using System.Globalization;
using XanesMl.Spectra;

namespace XanesMl.Inference.Evaluation;

/// <summary>A non-decreasing curve: linear between its knots, constant outside them.</summary>
/// <param name="X">Strictly increasing arguments of the knots.</param>
/// <param name="Y">Non-decreasing values at the knots.</param>
public sealed record IsotonicCurve(IReadOnlyList<double> X, IReadOnlyList<double> Y)
{
    /// <summary>Value at <paramref name="x"/>; the end values are held outside the knots.</summary>
    public double Predict(double x)
    {
        if (x <= X[0])
            return Y[0];
        if (x >= X[^1])
            return Y[^1];
        int low = 0, high = X.Count - 1;
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            if (X[middle] <= x)
                low = middle;
            else
                high = middle;
        }

        return Y[low] + ((x - X[low]) / (X[high] - X[low]) * (Y[high] - Y[low]));
    }
}

/// <summary>Least squares under the condition that the values never decrease (pool adjacent violators;
/// Best and Chakravarti, Math. Program. 47, 425 (1990)).</summary>
public static class IsotonicRegression
{
    // Arguments nearer than this are one argument, as in scikit-learn (numpy.finfo(float64).resolution).
    private const double SameArgument = 1e-15;

    /// <summary>The non-decreasing list nearest to <paramref name="values"/> in weighted least squares, [n].</summary>
    /// <param name="values">[n] finite values.</param>
    /// <param name="weights">[n] positive weights.</param>
    /// <exception cref="XanesDataException">Lists of different lengths.</exception>
    public static double[] PoolAdjacentViolators(ReadOnlySpan<double> values, ReadOnlySpan<double> weights)
    {
        Pairs.RequireSameLength(values.Length, weights.Length);
        int n = values.Length, blocks = 0;
        var mean = new double[n];
        var weight = new double[n];
        var length = new int[n];
        for (int i = 0; i < n; i++)
        {
            (mean[blocks], weight[blocks], length[blocks]) = (values[i], weights[i], 1);
            blocks++;
            while (blocks > 1 && mean[blocks - 2] >= mean[blocks - 1])
            {
                int a = blocks - 2, b = blocks - 1;
                double total = weight[a] + weight[b];
                mean[a] = ((weight[a] * mean[a]) + (weight[b] * mean[b])) / total;
                weight[a] = total;
                length[a] += length[b];
                blocks--;
            }
        }

        var fitted = new double[n];
        for (int block = 0, at = 0; block < blocks; at += length[block++])
            fitted.AsSpan(at, length[block]).Fill(mean[block]);
        return fitted;
    }

    /// <summary>Fits a non-decreasing curve of y over x. Rows with equal x are averaged first; pairs with a NaN or with weight 0 are dropped;
    /// knots inside a flat stretch are left out, so that the knots are scikit-learn's X_thresholds_ and y_thresholds_.</summary>
    /// <param name="x">[n] arguments; NaN = missing.</param>
    /// <param name="y">[n] values; NaN = missing.</param>
    /// <param name="weights">[n] weights, not negative; empty for equal weights.</param>
    /// <exception cref="XanesDataException">Different lengths, a negative or infinite number, or no complete pair.</exception>
    public static IsotonicCurve Fit(ReadOnlySpan<double> x, ReadOnlySpan<double> y, ReadOnlySpan<double> weights = default)
    {
        Pairs.RequireSameLength(x.Length, y.Length);
        if (weights.Length != 0)
            Pairs.RequireSameLength(x.Length, weights.Length);
        var rows = new List<(double X, double Y, double Weight)>(x.Length);
        for (int i = 0; i < x.Length; i++)
        {
            double w = weights.Length == 0 ? 1 : weights[i];
            if (double.IsNaN(x[i]) || double.IsNaN(y[i]) || w == 0)
                continue;
            if (!double.IsFinite(x[i]) || !double.IsFinite(y[i]) || !double.IsFinite(w) || w < 0)
                throw new XanesDataException(string.Create(CultureInfo.InvariantCulture, $"row {i + 1} has x {x[i]:R}, y {y[i]:R} and weight {w:R}"),
                    remedy: "Isotonic regression needs finite numbers and weights from 0.");
            rows.Add((x[i], y[i], w));
        }

        if (rows.Count == 0)
            throw new XanesDataException("no row has both an x and a y value for isotonic regression");
        rows.Sort();
        var (knots, means, totals) = MergeEqualArguments(rows);
        return TrimFlatStretches(knots, PoolAdjacentViolators(means, totals));
    }

    private static (double[] X, double[] Mean, double[] Weight) MergeEqualArguments(List<(double X, double Y, double Weight)> sorted)
    {
        var knots = new List<double>();
        var means = new List<double>();
        var totals = new List<double>();
        for (int start = 0; start < sorted.Count;)
        {
            double first = sorted[start].X, sum = 0, total = 0;
            int end = start;
            for (; end < sorted.Count && (sorted[end].X == first || sorted[end].X - first < SameArgument); end++)
            {
                sum += sorted[end].Weight * sorted[end].Y;
                total += sorted[end].Weight;
            }

            knots.Add(first);
            means.Add(sum / total);
            totals.Add(total);
            start = end;
        }

        return ([.. knots], [.. means], [.. totals]);
    }

    private static IsotonicCurve TrimFlatStretches(double[] x, double[] y)
    {
        var keptX = new List<double>();
        var keptY = new List<double>();
        for (int i = 0; i < x.Length; i++)
        {
            bool inside = i > 0 && i < x.Length - 1 && y[i] == y[i - 1] && y[i] == y[i + 1];
            if (inside)
                continue;
            keptX.Add(x[i]);
            keptY.Add(y[i]);
        }

        return new IsotonicCurve(keptX, keptY);
    }
}
