using Xunit;
using XanesMl.Spectra;
using XanesMl.Training.Evaluation;

namespace XanesMl.Training.Tests.Evaluation;

public class SpectralVariationTests
{
    private const int Points = 8;

    [Fact]
    public void Normal_draws_are_the_documented_sequence()
    {
        // Oracle: SplitMix64 and Box-Muller in Python integers and numpy 1.24.2; the first bits of seed 0 are the published e220a8397b1dcdaf.
        Assert.Equal([-0.452757740217, 0.207766038934, 2.65060581208, -0.490422825399], Draws(0), Near);
        Assert.Equal([0.414719750432, 0.652681222152, -0.891886213628, 1.32683356281], Draws(42), Near);
        Assert.Equal([0.403898171044, -0.24716992988, -1.55781148573, 0.778584498825], Draws(-1), Near);

        static double[] Draws(int seed)
        {
            var normal = new NormalDraws(seed);
            return [normal.Next(), normal.Next(), normal.Next(), normal.Next()];
        }

        static bool Near(double a, double b) => Math.Abs(a - b) < 1e-11;
    }

    [Fact]
    public void Normal_draws_are_normal()
    {
        var normal = new NormalDraws(3);
        double[] x = [.. Enumerable.Range(0, 5000).Select(_ => normal.Next())];
        Assert.True(Inference.Evaluation.ShapiroWilk.Test(x).PValue > 0.01);
        Assert.InRange(x.Average(), -0.05, 0.05);
        Assert.InRange(x.Average(v => v * v), 0.92, 1.08);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(200)]
    public void A_linear_decoder_gives_back_its_columns(int draws)
    {
        // decode(z) = z0 a + z1 b + z2 (a + b): the residual of style k is its column times the range of the style, whatever the draws.
        float[] styles = new float[101 * 3];
        for (int i = 0; i < 101; i++)
            (styles[3 * i], styles[(3 * i) + 1], styles[(3 * i) + 2]) = ((i - 50) / 25f, i / 100f, (100 - i) / 50f);
        var result = SpectralVariation.Compute(styles, 3, Points, Linear, new SpectralVariationOptions { Draws = draws, Steps = 11 });
        // Percentiles 5 and 95 of 101 equidistant values: the 6th and the 96th.
        double[] low = [-1.8, 0.05, 0.1], range = [3.6, 0.9, 1.8];
        for (int s = 0; s < 3; s++)
        {
            var sweep = result.Sweeps[s];
            Assert.Equal(11, sweep.SweepValues.Count);
            Assert.Equal(low[s], sweep.SweepValues[0], 1e-6);
            Assert.Equal(low[s] + (range[s] / 2), sweep.SweepValues[5], 1e-6);
            for (int j = 0; j < Points; j++)
            {
                double column = s == 0 ? A(j) : s == 1 ? B(j) : A(j) + B(j);
                Assert.Equal(column * range[s], sweep.Residual[j], 1e-4);
                Assert.Equal(sweep.Curves[10][j] - sweep.Curves[0][j], sweep.Residual[j], 1e-12);
            }
        }

        // a and b are orthogonal and equally long, so that a + b is at 45 degrees to both.
        double[][] cosines = [[1, 0, Math.Sqrt(0.5)], [0, 1, Math.Sqrt(0.5)], [Math.Sqrt(0.5), Math.Sqrt(0.5), 1]];
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++)
                Assert.Equal(cosines[a][b], result.CosineSimilarity[a][b], 1e-4);
    }

    [Fact]
    public void Draws_average_over_the_other_styles_and_a_seed_repeats_them()
    {
        // decode(z) = z0 z1^2 in every point: with style 1 at 0 nothing changes, averaged over N(0, 1) the mean of z1^2 is 1.
        float[] styles = [-1, 0, 1, 1, 0.5f, -1, -0.5f, 0.3f];
        static float[] Product(float[] z, int n)
        {
            var x = new float[n * Points];
            for (int i = 0; i < x.Length; i++)
                x[i] = z[2 * (i / Points)] * z[(2 * (i / Points)) + 1] * z[(2 * (i / Points)) + 1];
            return x;
        }

        var zero = SpectralVariation.Compute(styles, 2, Points, Product, new SpectralVariationOptions { Draws = 0 });
        Assert.All(zero.Sweeps[0].Residual, r => Assert.Equal(0, r));
        Assert.True(double.IsNaN(zero.CosineSimilarity[0][0]));
        var first = SpectralVariation.Compute(styles, 2, Points, Product, new SpectralVariationOptions { Draws = 2000, Seed = 5 });
        var sweep = first.Sweeps[0];
        double slope = sweep.Residual[0] / (sweep.SweepValues[^1] - sweep.SweepValues[0]);
        Assert.InRange(slope, 0.85, 1.15);
        Assert.Equal(50, sweep.Curves.Count);
        var second = SpectralVariation.Compute(styles, 2, Points, Product, new SpectralVariationOptions { Draws = 2000, Seed = 5 });
        Assert.Equal(sweep.Residual, second.Sweeps[0].Residual);
        var other = SpectralVariation.Compute(styles, 2, Points, Product, new SpectralVariationOptions { Draws = 2000, Seed = 6 });
        Assert.NotEqual(sweep.Residual, other.Sweeps[0].Residual);
    }

    [Fact]
    public void Percentiles_are_numpys()
    {
        // numpy.percentile([1, 2, 4, 8, 16, 32], [5, 95, 50])
        double[] sorted = [1, 2, 4, 8, 16, 32];
        float[] styles = [4, 32, 1, 16, 2, 8];
        var sweep = SpectralVariation.Compute(styles, 1, 1, (z, n) => z.AsSpan(0, n).ToArray(), new SpectralVariationOptions { Draws = 0, Steps = 3 }).Sweeps[0];
        Assert.Equal(1.25, sweep.SweepValues[0], 1e-12);
        Assert.Equal(28, sweep.SweepValues[2], 1e-12);
        Assert.Equal(sorted[^1], SpectralVariation.Compute(styles, 1, 1, (z, n) => z.AsSpan(0, n).ToArray(), new SpectralVariationOptions { Draws = 0, HighPercentile = 100 }).Sweeps[0].SweepValues[^1]);
    }

    [Fact]
    public void Unusable_input_is_refused_and_a_cancelled_sweep_stops()
    {
        float[] styles = [1, 2, 3, 4, 5, 6];
        Assert.Throws<XanesDataException>(() => SpectralVariation.Compute([], 3, Points, Linear));
        Assert.Contains("1 steps", Assert.Throws<XanesDataException>(() => SpectralVariation.Compute(styles, 3, Points, Linear, new() { Steps = 1 })).Message);
        Assert.Contains("-1 draws", Assert.Throws<XanesDataException>(() => SpectralVariation.Compute(styles, 3, Points, Linear, new() { Draws = -1 })).Message);
        Assert.Contains("95 to 5", Assert.Throws<XanesDataException>(() => SpectralVariation.Compute(styles, 3, Points, Linear, new() { LowPercentile = 95, HighPercentile = 5 })).Message);
        Assert.Contains("decoder", Assert.Throws<XanesDataException>(() => SpectralVariation.Compute(styles, 3, Points, (_, _) => [1])).Message);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => SpectralVariation.Compute(styles, 3, Points, Linear, cancellation: stop.Token));
    }

    private static double A(int j) => j < Points / 2 ? 1 : 0;

    private static double B(int j) => j < Points / 2 ? 0 : 1;

    private static float[] Linear(float[] z, int n)
    {
        var x = new float[n * Points];
        for (int i = 0; i < n; i++)
            for (int j = 0; j < Points; j++)
                x[(i * Points) + j] = (float)((z[3 * i] * A(j)) + (z[(3 * i) + 1] * B(j)) + (z[(3 * i) + 2] * (A(j) + B(j))));
        return x;
    }
}
