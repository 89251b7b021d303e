using System.Globalization;
using XanesMl.Training.Evaluation;
using Xunit;

namespace XanesMl.Training.Tests.Evaluation;

/// <summary>Bootstrap and regression against numpy 1.24, scipy 1.10 and theory.</summary>
public sealed class BootstrapTests
{
    private static readonly double[] s_x = [.. Enumerable.Range(0, 12).Select(i => (double)(i * i % 7))];
    private static readonly double[] s_z = [.. Enumerable.Range(0, 12).Select(i => (double)(3 * i % 5))];

    /// <summary>Oracle: numpy.linalg.lstsq on [1, x, z].</summary>
    [Fact]
    public void Coefficients_are_those_of_least_squares()
    {
        double[] targets = [.. Enumerable.Range(0, 12).SelectMany(i => new[] { 1 + (2 * s_x[i]) - (0.5 * s_z[i]) + (7 * i % 3), (0.3 * s_x[i]) + (5 * i % 4) })];
        var fit = ClusterRegression.Fit([Ones(12), s_x, s_z], targets, 2, [1, 2], Names(12), new FindingsOptions { Draws = 100 }, default)!;
        double[] expected = [2.17242934, 0.34088996, -0.51187613, 0.10703548];
        for (int e = 0; e < 4; e++)
            Assert.Equal(expected[e], fit.Estimates[e], 1e-7);
        Assert.Equal(1.0300786730807776, ClusterRegression.Inflation([Ones(12), s_x, s_z], 1), 1e-10);
        Assert.True(double.IsInfinity(ClusterRegression.Inflation([Ones(12), s_x, [.. s_x.Select(v => 2 - (3 * v))]], 1)));
        Assert.Null(ClusterRegression.Fit([Ones(12), s_x, s_x], new double[12], 1, [1], Names(12), new FindingsOptions { Draws = 100 }, default));
    }

    /// <summary>Theory: the bootstrap's standard error of a mean of n independent values is their population standard deviation / sqrt(n); 2000 draws know it to 1.6 %.
    /// When every value comes twice under one name, nothing may change: the second is no evidence of its own.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Error_of_a_mean_is_that_of_independent_materials(int sites)
    {
        var normal = new NormalDraws(4);
        double[] values = [.. Enumerable.Range(0, 60).Select(_ => normal.Next())];
        double mean = values.Average(), theory = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)) / 60);
        double[] repeated = [.. values.SelectMany(v => Enumerable.Repeat(v, sites))];
        string[] names = [.. Names(60).SelectMany(n => Enumerable.Repeat(n, sites))];
        var fit = ClusterRegression.Fit([Ones(repeated.Length)], repeated, 1, [0], names, new FindingsOptions { Draws = 2000 }, default)!;
        var s = fit.Summary(0);
        Assert.Equal(mean, s.Estimate, 1e-12);
        Assert.Equal(theory, s.Error, 0.05 * theory);
        Assert.Equal(mean - (1.96 * theory), s.Low, 0.3 * theory);
        Assert.Equal(mean + (1.96 * theory), s.High, 0.3 * theory);
    }

    /// <summary>Oracle: numpy.percentile, numpy.std(ddof=1), 2 scipy.stats.t.cdf(-2.5, 17).</summary>
    [Fact]
    public void Summary_is_that_of_numpy_and_scipy()
    {
        double[] samples = [.. Enumerable.Range(1, 100).Select(i => i * 0.01)];
        var s = BootstrapSummary.Of(2.5 * 0.2901149197588202, samples, 17);
        Assert.Equal(0.03475, s.Low, 1e-12);
        Assert.Equal(0.97525, s.High, 1e-12);
        Assert.Equal(0.2901149197588202, s.Error, 1e-12);
        Assert.Equal(0.02294780698638494, s.P, 1e-12);
        Assert.True(double.IsNaN(BootstrapSummary.Of(1, [.. samples.Select((v, i) => i < 20 ? double.NaN : v)], 17).Error));
        Assert.Equal(1, BootstrapSummary.Of(0, new double[50], 10).P);
    }

    /// <summary>Oracle: p n / rank, cumulative minimum from the largest (numpy).</summary>
    [Fact]
    public void False_discovery_rate_is_Benjamini_and_Hochbergs()
    {
        double[] q = MultipleTests.FalseDiscoveryRate([0.01, 0.04, double.NaN, 0.03, 0.005, 0.5]);
        double[] expected = [0.025, 0.05, double.NaN, 0.05, 0.025, 0.5];
        for (int i = 0; i < q.Length; i++)
            Assert.Equal(expected[i], q[i], 1e-12);
    }

    [Fact]
    public void Samples_draw_as_many_materials_as_there_are_and_each_equally_often()
    {
        var bootstrap = new MaterialBootstrap(["a", "b", "a", "c", "b"], 3);
        Assert.Equal([0, 1, 0, 2, 1], bootstrap.GroupOfRow);
        var sums = new int[3];
        for (int d = 0; d < 3000; d++)
        {
            int[] counts = bootstrap.Next();
            Assert.Equal(3, counts.Sum());
            for (int g = 0; g < 3; g++)
                sums[g] += counts[g];
        }

        // Standard deviation of each sum: sqrt(3000 x 3 x 1/3 x 2/3) = 45.
        Assert.All(sums, s => Assert.InRange(s, 3000 - 180, 3000 + 180));
    }

    private static double[] Ones(int n) => [.. Enumerable.Repeat(1.0, n)];

    private static string[] Names(int n) => [.. Enumerable.Range(0, n).Select(i => i.ToString(CultureInfo.InvariantCulture))];
}
