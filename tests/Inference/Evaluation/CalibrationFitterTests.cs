using Xunit;
using XanesMl.Inference.Evaluation;
using XanesMl.Inference.Models;
using XanesMl.Spectra;

namespace XanesMl.Inference.Tests.Evaluation;

public class CalibrationFitterTests
{
    private static readonly double[] Styles = [-2, -1.5, -1, -0.4, 0, 0.3, 0.9, 1.6, 2.2];
    private static readonly double[] Values = [0.1, 0.25, 0.2, 0.5, 0.55, 0.9, 1.4, 2.1, 3.3];

    // Oracle: numpy 1.24.2, numpy.polyfit(styles, values, degree)[::-1].
    [Fact]
    public void Polynomials_are_least_squares()
    {
        var line = CalibrationFitter.Fit(CalibrationKind.Linear, [.. Styles, double.NaN], [.. Values, 1]);
        Near([1.0255021926722305, 0.7048026594992222], line.Coefficients, 1e-13);
        var parabola = CalibrationFitter.Fit(CalibrationKind.Quadratic, Styles, Values);
        Near([0.6358636933502422, 0.663739328618701, 0.22347885595072867], parabola.Coefficients, 1e-13);
        var shifted = CalibrationFitter.Fit(CalibrationKind.Quadratic, Array.ConvertAll(Styles, s => s + 100), Values);
        for (int i = 0; i < Styles.Length; i++)
            Assert.Equal(parabola.Evaluate(Styles[i]), shifted.Evaluate(Styles[i] + 100), 1e-9);
    }

    [Fact]
    public void Too_few_distinct_styles_lower_the_degree()
    {
        var two = CalibrationFitter.Fit(CalibrationKind.Quadratic, [0, 0, 1, 1], [1, 3, 4, 6]);
        Assert.Equal(2, two.Evaluate(0), 1e-12);
        Assert.Equal(5, two.Evaluate(1), 1e-12);
        var one = CalibrationFitter.Fit(CalibrationKind.Linear, [7, 7, 7], [1, 2, 6]);
        Assert.Equal(3, one.Evaluate(123), 1e-12);
        Assert.Equal(3, CalibrationFitter.Fit(CalibrationKind.Isotonic, [7, 7, 7], [1, 2, 6]).Evaluate(123), 1e-12);
    }

    [Fact]
    public void A_short_isotonic_calibration_is_the_regression_itself()
    {
        var calibration = CalibrationFitter.Fit(CalibrationKind.Isotonic, Styles, Values);
        var curve = IsotonicRegression.Fit(Styles, Values);
        for (double s = -3; s <= 3; s += 0.01)
            Assert.Equal(curve.Predict(s), calibration.Evaluate(s), 2e-3 * 3.2);
    }

    [Fact]
    public void A_long_isotonic_calibration_keeps_few_knots_and_its_form()
    {
        // A noisy sigmoid: some 200 knots before thinning.
        var random = new Random(11);
        double[] styles = [.. Enumerable.Range(0, 4000).Select(_ => (random.NextDouble() * 6) - 3)];
        double[] values = Array.ConvertAll(styles, s => Math.Tanh(s) + (0.05 * random.NextDouble()));
        var curve = IsotonicRegression.Fit(styles, values);
        var calibration = CalibrationFitter.Fit(CalibrationKind.Isotonic, styles, values);
        Assert.True(curve.X.Count > 150);
        Assert.InRange(calibration.KnotStyles.Count, 10, CalibrationFitter.MaximumKnots);
        double range = curve.Y[^1] - curve.Y[0];
        Assert.True(styles.Max(s => Math.Abs(curve.Predict(s) - calibration.Evaluate(s))) < 0.01 * range);
        Assert.True(styles.Average(s => Math.Abs(curve.Predict(s) - calibration.Evaluate(s))) < 0.002 * range);
        for (int i = 1; i < calibration.KnotStyles.Count; i++)
        {
            Assert.True((float)calibration.KnotStyles[i] > (float)calibration.KnotStyles[i - 1]);
            Assert.True(calibration.KnotValues[i] >= calibration.KnotValues[i - 1]);
        }
    }

    [Theory]
    [InlineData(5, 5)]    // fewer than 9 rows: the largest
    [InlineData(9, 9)]    // ceil(0.9 * 10) = 9
    [InlineData(19, 18)]  // ceil(0.9 * 20) = 18
    [InlineData(20, 19)]  // ceil(0.9 * 21) = 19
    [InlineData(99, 90)]  // ceil(0.9 * 100) = 90
    [InlineData(100, 91)] // ceil(0.9 * 101) = 91
    public void The_half_width_is_the_conformal_quantile(int rows, int expectedRank)
    {
        // Residuals 1, 2, ..., rows with alternating signs, so that the quantile is its rank.
        double[] predicted = new double[rows];
        double[] values = [.. Enumerable.Range(1, rows).Select(i => i % 2 == 0 ? i : -(double)i)];
        Assert.Equal(expectedRank, CalibrationFitter.HalfWidth90([.. values, double.NaN], [.. predicted, 0]));
    }

    [Fact]
    public void Intervals_cover_nine_tenths_of_rows_that_nobody_saw()
    {
        var (styles, values) = Sample(seed: 1, rows: 3000, Math.Exp);
        var curve = CalibrationFitter.Fit(CalibrationKind.Isotonic, styles.AsSpan(0, 1500), values.AsSpan(0, 1500));
        double halfWidth = CalibrationFitter.HalfWidth90(curve, styles.AsSpan(1500, 500), values.AsSpan(1500, 500));
        int covered = 0;
        for (int i = 2000; i < 3000; i++)
            covered += Math.Abs(values[i] - curve.Evaluate(styles[i])) <= halfWidth ? 1 : 0;
        Assert.InRange(covered, 860, 940);
    }

    [Fact]
    public void Unusable_input_is_refused()
    {
        Assert.Contains("2 rows", Assert.Throws<XanesDataException>(() => CalibrationFitter.Fit(CalibrationKind.Linear, [1, 2, 3], [1, 2, double.NaN])).Message);
        Assert.Contains("style Infinity", Assert.Throws<XanesDataException>(() => CalibrationFitter.Fit(CalibrationKind.Linear, [1, 2, double.PositiveInfinity], [1, 2, 3])).Message);
        Assert.Contains("validation", Assert.Throws<XanesDataException>(() => CalibrationFitter.HalfWidth90([double.NaN], [0])).Message);
        Assert.Throws<XanesDataException>(() => CalibrationFitter.Fit(CalibrationKind.Linear, [1, 2, 3], [1, 2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => CalibrationFitter.Fit((CalibrationKind)9, [1, 2, 3], [1, 2, 3]));
    }

    private static (double[] Styles, double[] Values) Sample(int seed, int rows, Func<double, double> form)
    {
        var random = new Random(seed);
        double[] styles = [.. Enumerable.Range(0, rows).Select(_ => (random.NextDouble() * 4) - 2)];
        return (styles, Array.ConvertAll(styles, s => form(s) + (0.4 * (random.NextDouble() - 0.5))));
    }

    private static void Near(double[] expected, IReadOnlyList<double> actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Count);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], tolerance);
    }
}
