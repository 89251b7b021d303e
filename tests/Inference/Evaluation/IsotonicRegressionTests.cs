using Xunit;
using XanesMl.Inference.Evaluation;
using XanesMl.Spectra;

namespace XanesMl.Inference.Tests.Evaluation;

// Oracle: scikit-learn 1.2.1, IsotonicRegression(out_of_bounds="clip").fit(X, Y, W): X_thresholds_, y_thresholds_, predict.
public class IsotonicRegressionTests
{
    private static readonly double[] X = [1, 1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10];
    private static readonly double[] Y = [1, 2, 1, 4, 2, 3, 3, 8, 6, 6, 5, 10];
    private static readonly double[] W = [1, 2, 1, 1, 3, 1, 2, 1, 1, 1, 0, 2];
    private static readonly double[] At = [0, 1, 2.5, 5.5, 8.25, 99];

    [Fact]
    public void Ties_in_x_are_averaged_and_flat_stretches_trimmed()
    {
        var curve = IsotonicRegression.Fit(X, Y);
        Near([1, 2, 3, 5, 6, 9, 10], curve.X);
        Near([1.3333333333333333, 1.3333333333333333, 3, 3, 6.25, 6.25, 10], curve.Y);
        Near([1.3333333333333333, 1.3333333333333333, 2.1666666666666665, 4.625, 6.25, 10], [.. At.Select(curve.Predict)]);
    }

    [Fact]
    public void Weights_count_and_weight_zero_drops_a_row()
    {
        var curve = IsotonicRegression.Fit(X, Y, W);
        Near([1, 2, 3, 4, 5, 6, 8, 10], curve.X);
        Near([1.5, 1.5, 2.5, 3, 3, 6.666666666666667, 6.666666666666667, 10], curve.Y);
        Near([1.5, 1.5, 2, 4.833333333333334, 7.083333333333334, 10], [.. At.Select(curve.Predict)]);
    }

    [Fact]
    public void Three_hundred_rows_with_many_ties()
    {
        // i = arange(1, 301); X = floor(50 sin(1.1 i)); Y = X / 20 + cos(0.3 i^2); predict(linspace(-60, 60, 121))
        var x = new double[300];
        var y = new double[300];
        for (int i = 1; i <= 300; i++)
        {
            x[i - 1] = Math.Floor(50 * Math.Sin(i * 1.1));
            y[i - 1] = (x[i - 1] / 20) + Math.Cos(i * i * 0.3);
        }

        var curve = IsotonicRegression.Fit(x, y);
        double[] predicted = [.. Enumerable.Range(-60, 121).Select(v => curve.Predict(v))];
        Assert.Equal(40, curve.X.Count);
        Assert.Equal(-256, curve.X.Sum());
        Assert.Equal(-12.35567626956252, curve.Y.Sum(), 1e-10);
        Assert.Equal(4.450762113906487, predicted.Sum(), 1e-10);
        Assert.Equal(359.4129840897209, predicted.Sum(v => v * v), 1e-10);
    }

    [Fact]
    public void Random_fits_never_decrease_and_keep_the_mean()
    {
        var random = new Random(3);
        for (int trial = 0; trial < 100; trial++)
        {
            int n = random.Next(1, 80);
            double[] y = [.. Enumerable.Range(0, n).Select(_ => random.NextDouble())];
            double[] w = [.. Enumerable.Range(0, n).Select(_ => 0.1 + random.NextDouble())];
            double[] fitted = IsotonicRegression.PoolAdjacentViolators(y, w);
            for (int i = 1; i < n; i++)
                Assert.True(fitted[i] >= fitted[i - 1]);
            Assert.Equal(y.Zip(w, (a, b) => a * b).Sum(), fitted.Zip(w, (a, b) => a * b).Sum(), 1e-10);
        }
    }

    [Fact]
    public void Missing_values_are_dropped_and_one_row_gives_a_constant()
    {
        var curve = IsotonicRegression.Fit([double.NaN, 2, 3], [1, 5, double.NaN]);
        Assert.Equal([2.0], curve.X);
        Assert.Equal(5, curve.Predict(-7));
        Assert.Equal(5, curve.Predict(2));
    }

    [Fact]
    public void Unusable_rows_are_refused()
    {
        Assert.Contains("no row", Assert.Throws<XanesDataException>(() => IsotonicRegression.Fit([double.NaN], [1])).Message);
        Assert.Contains("row 2", Assert.Throws<XanesDataException>(() => IsotonicRegression.Fit([1, double.PositiveInfinity], [1, 2])).Message);
        Assert.Contains("weight -1", Assert.Throws<XanesDataException>(() => IsotonicRegression.Fit([1, 2], [1, 2], [1, -1])).Message);
        Assert.Throws<XanesDataException>(() => IsotonicRegression.Fit([1, 2], [1]));
    }

    private static void Near(double[] expected, IReadOnlyList<double> actual)
    {
        Assert.Equal(expected.Length, actual.Count);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 1e-12);
    }
}
