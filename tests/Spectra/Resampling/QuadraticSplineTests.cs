using CsCheck;
using Xunit;
using XanesMl.Spectra.Resampling;

namespace XanesMl.Spectra.Tests.Resampling;

public sealed class QuadraticSplineTests
{
    private static readonly double[] s_x = [0, 1, 1.5, 2.5, 4, 4.25, 6];
    private static readonly double[] s_y = [0.1, 0.4, 0.2, 1.3, 0.9, 1.0, -0.5];

    private static double[] Interpolate(double[] x, double[] y, params double[] at)
    {
        var spline = new QuadraticSpline(new EnergyGrid(x));
        var c = new double[x.Length];
        spline.Solve(y, c);
        return Array.ConvertAll(at, e => spline.Evaluate(c, e));
    }

    private static void AssertClose(double[] expected, double[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"value {i}: expected {expected[i]}, got {actual[i]}");
    }

    // Oracle: scipy 1.10.1, interp1d(s_x, s_y, kind="quadratic")(...), printed to 8 decimals.
    [Fact]
    public void Values_are_those_of_scipy() => AssertClose(
        [0.1, 0.32852205, 0.4, 0.30168908, 0.33812365, 0.68323694, 1.29971933, 1.17344524, 0.93669792, 0.86460156, -0.3026448, -0.5],
        Interpolate(s_x, s_y, 0, 0.3, 1, 1.2, 1.75, 2.0, 3.1, 3.25, 4.1, 5, 5.9, 6), 5.1e-9);

    // Oracle: scipy 1.10.1, make_interp_spline(s_x, s_y, k=2).c.
    [Fact]
    public void Coefficients_are_those_of_scipy()
    {
        var c = new double[s_x.Length];
        new QuadraticSpline(new EnergyGrid(s_x)).Solve(s_y, c);
        AssertClose([0.1, 0.69976802, 0.01032477, 1.80475722, 0.73152686, 1.41363734, -0.5], c, 5.1e-9);
    }

    // Oracle: scipy 1.10.1, interp1d of the first three and the first four points.
    [Fact]
    public void Three_and_four_points_are_enough()
    {
        AssertClose([0.23466667, 0.412, 0.25866667], Interpolate(s_x[..3], s_y[..3], 0.2, 0.9, 1.4), 5.1e-9);
        AssertClose([0.25813333, 0.4252, 0.21613333, 0.46333333], Interpolate(s_x[..4], s_y[..4], 0.2, 0.9, 1.4, 2.0), 5.1e-9);
        Assert.Contains("at least 3", Assert.Throws<XanesDataException>(() => new QuadraticSpline(new EnergyGrid([1, 2]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ends_are_held_outside() => Assert.Equal([0.1, -0.5], Interpolate(s_x, s_y, -100, 7));

    // A spline of degree 2 reproduces every polynomial of degree 2: exact up to rounding on any grid.
    [Fact]
    public void Parabolas_are_exact_and_data_are_met_on_any_grid()
    {
        Gen.Select(Gen.Double[0.05, 5].Array[2, 80], Gen.Double[-2, 2], Gen.Double[-2, 2], Gen.Double[-2, 2], Gen.Double[0, 1]).Sample((steps, a, b, c, where) =>
        {
            var x = new double[steps.Length + 1];
            for (int i = 0; i < steps.Length; i++)
                x[i + 1] = x[i] + steps[i];
            double span = x[^1];
            double F(double e) => a + (b * (e / span)) + (c * (e / span) * (e / span));
            double at = where * span;
            Assert.Equal(F(at), Interpolate(x, Array.ConvertAll(x, F), at)[0], 1e-10);

            double[] y = Array.ConvertAll(x, e => Math.Sin(37 * e));
            AssertClose(y, Interpolate(x, y, x), 1e-10);
        }, iter: 500);
    }
}
