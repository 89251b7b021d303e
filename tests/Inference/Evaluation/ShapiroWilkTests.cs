using MathNet.Numerics.Distributions;
using Xunit;
using XanesMl.Inference.Evaluation;

namespace XanesMl.Inference.Tests.Evaluation;

// Oracle: scipy 1.10.1, scipy.stats.shapiro (AS R94, computed there in float32).
public class ShapiroWilkTests
{
    // i = numpy.arange(1, n + 1); shapiro(sin(1.3 i) + 0.3 i / n)
    [Theory]
    [InlineData(3, 0.9172139763832092, 0.4426043629646301)]
    [InlineData(4, 0.8619975447654724, 0.2674245536327362)]
    [InlineData(5, 0.8787444829940796, 0.3036603033542633)]
    [InlineData(6, 0.905471920967102, 0.4072830080986023)]
    [InlineData(10, 0.8807385563850403, 0.13306553661823273)]
    [InlineData(11, 0.8848415613174438, 0.11980927735567093)]
    [InlineData(12, 0.8916187286376953, 0.12364264577627182)]
    [InlineData(20, 0.8906400203704834, 0.02763104997575283)]
    [InlineData(50, 0.9050471186637878, 0.0007082550437189639)]
    [InlineData(500, 0.9177666306495667, 7.260122678823949e-16)]
    [InlineData(5000, 0.9181916117668152, 0.0)]
    public void Oscillating_sample(int n, double w, double p)
    {
        var x = new double[n];
        for (int i = 1; i <= n; i++)
            x[i - 1] = Math.Sin(i * 1.3) + (0.3 * i / n);
        Compare(x, w, p);
    }

    // g = scipy.stats.norm.ppf((i - 0.3) / (n + 0.4)); shapiro(g + 0.1 g^2)
    [Theory]
    [InlineData(3, 0.9977594017982483, 0.9095619916915894)]
    [InlineData(4, 0.9942122101783752, 0.9779280424118042)]
    [InlineData(5, 0.9918517470359802, 0.9857600331306458)]
    [InlineData(6, 0.9902440309524536, 0.9897609949111938)]
    [InlineData(10, 0.9870033860206604, 0.9916601777076721)]
    [InlineData(11, 0.9865739941596985, 0.9918016791343689)]
    [InlineData(12, 0.9862213730812073, 0.9978935718536377)]
    [InlineData(20, 0.9847280383110046, 0.97984778881073)]
    [InlineData(50, 0.9832754135131836, 0.6956925988197327)]
    [InlineData(500, 0.9812750816345215, 4.84509428133606e-06)]
    [InlineData(5000, 0.9805768132209778, 1.2525282003685686e-25)]
    public void Nearly_normal_sample(int n, double w, double p)
    {
        var x = new double[n];
        for (int i = 1; i <= n; i++)
        {
            double g = Normal.InvCDF(0, 1, (i - 0.3) / (n + 0.4));
            x[i - 1] = g + (0.1 * g * g);
        }

        Compare(x, w, p);
    }

    [Fact]
    public void Beyond_5000_values_W_is_still_scipys() =>
        // n = 6000 of the first sample
        Assert.Equal(0.9181097745895386, ShapiroWilk.Test([.. Enumerable.Range(1, 6000).Select(i => Math.Sin(i * 1.3) + (0.3 * i / 6000))]).W, 1e-6);

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

    private static void Compare(double[] x, double w, double p)
    {
        var result = ShapiroWilk.Test(x);
        Assert.Equal(w, result.W, 1e-6);
        Assert.Equal(p, result.PValue, 1e-6);
    }
}
