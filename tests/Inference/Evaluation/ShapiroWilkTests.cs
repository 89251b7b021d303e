using MathNet.Numerics.Distributions;
using Xunit;
using XanesMl.Inference.Evaluation;

namespace XanesMl.Inference.Tests.Evaluation;

// Oracles: (1) the formulas of AS R94 in float64 with numpy 1.24.2, the weights from scipy.special.ndtri, W = (a.x)^2 / (a.a |x - mean x|^2) and the
// p-value from scipy.special.erfc; (2) scipy 1.10.1, scipy.stats.shapiro, which computes in float32 and is 1.5e-6 (W) and 2.8e-6 (p) away from (1)
// on these samples. The last row, 6000 values, is beyond Royston's range: the formula goes on.
public class ShapiroWilkTests
{
    // i = numpy.arange(1, n + 1); shapiro(sin(1.3 i) + 0.3 i / n)
    [Theory]
    [InlineData(3, 0.917214026261, 0.442605500052, 0.91721398, 0.44260436)]
    [InlineData(4, 0.861997520872, 0.267424457551, 0.86199754, 0.26742455)]
    [InlineData(5, 0.878744478563, 0.303660253721, 0.87874448, 0.3036603)]
    [InlineData(6, 0.905471941284, 0.407283082001, 0.90547192, 0.40728301)]
    [InlineData(10, 0.880738477973, 0.133065185473, 0.88073856, 0.13306554)]
    [InlineData(11, 0.884841535648, 0.119808981474, 0.88484156, 0.11980928)]
    [InlineData(12, 0.891618800086, 0.123642773136, 0.89161873, 0.12364265)]
    [InlineData(20, 0.89063998653, 0.0276310212429, 0.89064002, 0.02763105)]
    [InlineData(50, 0.905046784807, 0.000708238170488, 0.90504712, 0.00070825504)]
    [InlineData(500, 0.917767333988, 7.26139583541e-16, 0.91776663, 7.2601227e-16)]
    [InlineData(5000, 0.918190588543, 6.8339060396e-46, 0.91819161, 0)]
    [InlineData(6000, 0.918110085466, 4.29457818909e-49, 0.91810977, 0)]
    public void Oscillating_sample(int n, double w, double p, double scipyW, double scipyP)
    {
        var x = new double[n];
        for (int i = 1; i <= n; i++)
            x[i - 1] = Math.Sin(i * 1.3) + (0.3 * i / n);
        Compare(x, w, p, scipyW, scipyP);
    }

    // g = scipy.stats.norm.ppf((i - 0.3) / (n + 0.4)); shapiro(g + 0.1 g^2)
    [Theory]
    [InlineData(3, 0.997759366206, 0.909562377971, 0.9977594, 0.90956199)]
    [InlineData(4, 0.994212137193, 0.977927677004, 0.99421221, 0.97792804)]
    [InlineData(5, 0.991851620643, 0.985759678102, 0.99185175, 0.98576003)]
    [InlineData(6, 0.990244107655, 0.989761211369, 0.99024403, 0.98976099)]
    [InlineData(10, 0.987003217313, 0.991659829711, 0.98700339, 0.99166018)]
    [InlineData(11, 0.986574059078, 0.991801807581, 0.98657399, 0.99180168)]
    [InlineData(12, 0.9862215257, 0.997893726404, 0.98622137, 0.99789357)]
    [InlineData(20, 0.984727957006, 0.979847207126, 0.98472804, 0.97984779)]
    [InlineData(50, 0.983275358621, 0.695689829452, 0.98327541, 0.6956926)]
    [InlineData(500, 0.981274545394, 4.84349062555e-06, 0.98127508, 4.8450943e-06)]
    [InlineData(5000, 0.980576409724, 1.25183672209e-25, 0.98057681, 1.2525282e-25)]
    [InlineData(6000, 0.980553213143, 6.63332319709e-28, 0.98055476, 6.6483574e-28)]
    public void Nearly_normal_sample(int n, double w, double p, double scipyW, double scipyP)
    {
        var x = new double[n];
        for (int i = 1; i <= n; i++)
        {
            double g = Normal.InvCDF(0, 1, (i - 0.3) / (n + 0.4));
            x[i - 1] = g + (0.1 * g * g);
        }

        Compare(x, w, p, scipyW, scipyP);
    }

    [Fact]
    public void Order_scale_offset_and_missing_values_do_not_matter()
    {
        double[] x = [2.1, -0.3, 0.7, 1.9, -1.4, 0.2, 0.9, 5.5];
        var plain = ShapiroWilk.Test(x);
        var changed = ShapiroWilk.Test([double.NaN, .. x.Reverse().Select(v => 1e6 + (1e-3 * v))]);
        Assert.Equal(plain.W, changed.W, 1e-6);
        Assert.Equal(plain.PValue, changed.PValue, 1e-6);
        Assert.InRange(plain.W, 0.5, 0.99);
    }

    [Theory]
    [InlineData(new[] { 1.0, 2 })]
    [InlineData(new[] { 1.0, 2, double.NaN })]
    [InlineData(new[] { 0.3, 0.3, 0.3, 0.3, 0.3 })]
    [InlineData(new[] { 0.3, double.PositiveInfinity, 0.1, 2 })]
    public void A_collapsed_or_tiny_sample_is_not_normal_but_undefined(double[] x)
    {
        Assert.True(double.IsNaN(ShapiroWilk.Test(x).W));
        Assert.True(double.IsNaN(ShapiroWilk.Test(x).PValue));
    }

    private static void Compare(double[] x, double w, double p, double scipyW, double scipyP)
    {
        var result = ShapiroWilk.Test(x);
        Assert.Equal(w, result.W, 1e-11);
        Assert.Equal(p, result.PValue, 1e-10);
        Assert.Equal(scipyW, result.W, 2e-6);
        Assert.Equal(scipyP, result.PValue, 3e-6);
    }
}
