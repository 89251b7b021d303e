using CsCheck;
using Xunit;
using XanesMl.Spectra.Normalization;

namespace XanesMl.Spectra.Tests.Normalization;

public sealed class PreEdgeNormalizerTests
{
    private static readonly double[] s_energy = [.. Enumerable.Range(0, 801).Select(i => 8900 + (0.5 * i))];

    // An ideal edge: 0 below 8979 eV, 1 above, 2 eV wide.
    private static readonly double[] s_edge = Array.ConvertAll(s_energy, e => 0.5 + (Math.Atan(e - 8979) / Math.PI));

    private static double[] Measured(double offset, double slope, double step, double above) =>
        [.. s_energy.Select((e, i) => offset + (slope * (e - 8900)) + (step * s_edge[i] * (1 + (above * (e - 8979)))))];

    [Fact]
    public void Offset_slope_and_scale_of_the_measurement_do_not_matter()
    {
        var reference = PreEdgeNormalizer.Normalize(s_energy, Measured(0, 0, 1, -1e-4));
        Gen.Select(Gen.Double[-5, 5], Gen.Double[-1e-3, 1e-3], Gen.Double[0.1, 10]).Sample((offset, slope, step) =>
        {
            var r = PreEdgeNormalizer.Normalize(s_energy, [.. s_energy.Select((e, i) => offset + (slope * (e - 8900)) + (step * s_edge[i] * (1 - (1e-4 * (e - 8979)))))]);
            Assert.Equal(reference.E0, r.E0);
            Assert.Equal(step, r.EdgeStep / reference.EdgeStep, 1e-9);
            for (int i = 0; i < s_energy.Length; i += 7)
            {
                Assert.Equal(reference.Norm.Span[i], r.Norm.Span[i], 1e-9);
                Assert.Equal(reference.Flat.Span[i], r.Flat.Span[i], 1e-9);
            }
        }, iter: 50);
    }

    [Fact]
    public void Curves_fit_together_as_defined()
    {
        double[] mu = Measured(0.3, -2e-4, 1.7, -3e-4);
        var r = PreEdgeNormalizer.Normalize(s_energy, mu);
        Assert.Equal(8979, r.E0, 1.0);
        Assert.Equal(r.E0, s_energy[r.E0Index]);
        Assert.Equal(r.EdgeStep, r.PostEdge.Span[r.E0Index] - r.PreEdge.Span[r.E0Index], 1e-12);
        for (int i = 0; i < mu.Length; i++)
        {
            Assert.Equal((mu[i] - r.PreEdge.Span[i]) / r.EdgeStep, r.Norm.Span[i], 1e-12);
            double Residue(int k) => (r.PostEdge.Span[k] - r.PreEdge.Span[k]) / r.EdgeStep;
            Assert.Equal(i < r.E0Index ? r.Norm.Span[i] : r.Norm.Span[i] - Residue(i) + Residue(r.E0Index), r.Flat.Span[i], 1e-12);
        }

        // 8900.5 - 8979 = -78.5, to 5 eV -80, not before the data: -79; 9300 - 8979 = 321, to 5 eV 320; 5 round(320/15) = 105, above 25; 295 eV wide: degree 1.
        Assert.Equal((-79.0, -39.5, 25.0, 320.0, 1), (r.Pre1, r.Pre2, r.Norm1, r.Norm2, r.NNorm));
    }

    [Fact]
    public void Options_are_followed()
    {
        double[] mu = Measured(0.3, -2e-4, 1.7, -3e-4);
        var r = PreEdgeNormalizer.Normalize(s_energy, mu, new() { E0 = 8981.2, EdgeStep = 2, Pre1 = -20, Pre2 = -60, Norm1 = 250, Norm2 = 100, NNorm = 1 });
        Assert.Equal((8981.0, 2.0, -60.0, -20.0, 100.0, 250.0, 1), (r.E0, r.EdgeStep, r.Pre1, r.Pre2, r.Norm1, r.Norm2, r.NNorm));
        Assert.Equal((8921.0, 8961.0), (s_energy[r.PreRange.Start.Value], s_energy[r.PreRange.End.Value]));
        Assert.Equal((9081.0, 9231.0), (s_energy[r.PostRange.Start.Value], s_energy[r.PostRange.End.Value]));
        Assert.Equal(2, r.PostCoefficients.Count);
    }

    // mu E^3 is a straight line below the edge, so with nvict = 3 the pre-edge curve is mu itself there.
    [Fact]
    public void Victoreen_power_takes_out_a_cubic_decay()
    {
        double[] mu = [.. s_energy.Select((e, i) => ((2e11 + (3e7 * e)) / (e * e * e)) + (e > 8970 ? 1 : 0))];
        var r = PreEdgeNormalizer.Normalize(s_energy, mu, new() { E0 = 8979, NVict = 3, Pre2 = -20 });
        Assert.Equal(3, r.NVict);
        for (int i = 0; i < 100; i++)
            Assert.Equal(mu[i], r.PreEdge.Span[i], 1e-12);
        Assert.Equal(1, r.EdgeStep, 1e-10);
        Assert.Equal(2e11, r.PreCoefficients[0], 2e11 * 1e-8);
        Assert.Equal(3e7, r.PreCoefficients[1], 3e7 * 1e-8);
    }

    [Fact]
    public void Unusable_input_is_refused_with_a_remedy()
    {
        double[] mu = Measured(0, 0, 1, 0);
        string Message(double[] e, double[] m, PreEdgeOptions? o = null)
        {
            var x = Assert.Throws<XanesDataException>(() => PreEdgeNormalizer.Normalize(e, m, o));
            Assert.False(string.IsNullOrEmpty(x.Remedy));
            return x.Message;
        }

        Assert.Contains("801 energies come with 800", Message(s_energy, mu[1..]), StringComparison.Ordinal);
        Assert.Contains("at least 14", Message(s_energy[..10], mu[..10]), StringComparison.Ordinal);
        Assert.Contains("at least 5", Message(s_energy[..4], mu[..4]), StringComparison.Ordinal);
        Assert.Contains("point 3 has energy 8901 eV and absorption NaN", Message(s_energy, [mu[0], mu[1], double.NaN, .. mu[3..]]), StringComparison.Ordinal);
        Assert.Contains("not above its predecessor", Message([s_energy[1], .. s_energy[1..]], mu), StringComparison.Ordinal);
        Assert.Contains("outside the scan", Message(s_energy, mu, new() { E0 = 7112 }), StringComparison.Ordinal);
        Assert.Contains("option Norm1", Message(s_energy, mu, new() { Norm1 = double.NaN }), StringComparison.Ordinal);
        Assert.Contains("edge step is 0", Message(s_energy, mu, new() { EdgeStep = 0 }), StringComparison.Ordinal);
        Assert.Contains("Give 0 to 5", Message(s_energy, mu, new() { NNorm = 6 }), StringComparison.Ordinal);
        Assert.Contains("Give 0 to 4", Message(s_energy, mu, new() { NVict = -1 }), StringComparison.Ordinal);
        Assert.Contains("post-edge range", Message(s_energy, mu, new() { Norm1 = 100, Norm2 = 100.4, NNorm = 5, E0 = 9299 }), StringComparison.Ordinal);
    }

    // Any finite increasing data, however silly, either normalizes or is refused by our error.
    [Fact]
    public void No_data_cause_foreign_exceptions()
    {
        Gen.Select(Gen.Double[1e-3, 50], Gen.Double[-3, 3]).Array[1, 60].Select(Gen.Int[0, 7], Gen.Double[-100, 100]).Sample((points, which, value) =>
        {
            var e = new double[points.Length];
            double at = 7000;
            for (int i = 0; i < e.Length; i++)
                e[i] = at += points[i].Item1;
            double[] mu = Array.ConvertAll(points, p => p.Item2);
            var o = which switch
            {
                1 => new PreEdgeOptions { E0 = e[0] + value },
                2 => new PreEdgeOptions { Pre1 = value },
                3 => new PreEdgeOptions { Pre2 = value },
                4 => new PreEdgeOptions { Norm1 = value },
                5 => new PreEdgeOptions { Norm2 = value },
                6 => new PreEdgeOptions { NNorm = (int)Math.Abs(value) % 6, NVict = (int)Math.Abs(value) % 5 },
                _ => new PreEdgeOptions(),
            };
            try
            {
                var r = PreEdgeNormalizer.Normalize(e, mu, o);
                Assert.Contains(r.E0, e);
                Assert.All(r.Norm.ToArray(), v => Assert.True(double.IsFinite(v)));
            }
            catch (XanesDataException)
            {
                // refused, with a reason
            }
        }, iter: 2000);
    }
}
