using XanesMl.Spectra;
using XanesMl.Training.Evaluation;
using Xunit;

namespace XanesMl.Training.Tests.Evaluation;

/// <summary>What chance explains of a coverage, against numpy 1.24 (400,000 multinomial draws of the materials) and scipy 1.10 (stats.t.ppf, stats.betabinom).</summary>
public sealed class CoverageNoiseTests
{
    // 40 materials with 1, 2, 3, 4, 1, ... rows; every seventh from the fourth on is held in no row.
    private static readonly int[] s_material = [.. Enumerable.Range(0, 40).SelectMany(g => Enumerable.Repeat(g, 1 + (g % 4)))];
    private static readonly double[] s_held = [.. s_material.Select(g => g % 7 == 3 ? 0.0 : 1.0)];
    private static readonly string[] s_names = [.. s_material.Select(g => "m" + g)];

    /// <summary>Oracle: design effect 3.2480; p - t sqrt(p (1 - p) (D / 100 + 1 / (n / D + 2))). 4000 draws know D to 3 %, the distance from p to 2 %.</summary>
    [Theory]
    [InlineData(0.9, 50, 1, 0.71799)]
    [InlineData(0.9, 50, 5, 0.65633)]
    [InlineData(0.5, 200, 5, 0.20272)]
    public void Rows_of_one_material_are_no_independent_evidence(double level, int calibrationRows, int tests, double low)
    {
        var band = CoverageNoise.Of(level, s_held, s_names, calibrationRows, tests, draws: 4000)!;
        Assert.Equal(0.83, band.Measured, 1e-12);
        Assert.InRange(band.DesignEffect, 0.92 * 3.248, 1.08 * 3.248);
        Assert.InRange((level - band.Low) / (level - low), 0.96, 1.04);
        Assert.Equal(Math.Min(1, (2 * level) - band.Low), band.High, 1e-12);
        Assert.Equal(0.83 < low, band.TooNarrow);
    }

    /// <summary>83 of 100 independent rows with many calibration rows are too few; with 3.2 rows of one material each, or a half width out of 50 rows, they are not.</summary>
    [Fact]
    public void What_a_test_of_independent_rows_calls_too_narrow_may_be_chance()
    {
        string[] apart = [.. Enumerable.Range(0, 100).Select(i => "r" + i)];
        Assert.True(CoverageNoise.Of(0.9, s_held, apart, 100_000, 1)!.TooNarrow);
        Assert.False(CoverageNoise.Of(0.9, s_held, s_names, 100_000, 1)!.TooNarrow);
        Assert.False(CoverageNoise.Of(0.9, s_held, apart, 50, 1)!.TooNarrow);
        Assert.False(CoverageNoise.Of(0.9, s_held, apart, 100_000, 5)!.TooNarrow);
        Assert.True(CoverageNoise.Of(0.9, [.. s_held.Select(h => 1 - h)], s_names, 50, 5)!.TooNarrow);
    }

    /// <summary>Oracle: scipy.stats.betabinom(400, 0.9 * 51, 0.1 * 51).std() / 400 = 0.044175; t.ppf(0.975, 399) = 1.965927.</summary>
    [Fact]
    public void Independent_rows_have_the_error_of_a_beta_binomial()
    {
        double[] held = [.. Enumerable.Range(0, 400).Select(i => i % 10 == 0 ? 0.0 : 1.0)];
        var band = CoverageNoise.Of(0.9, held, [.. Enumerable.Range(0, 400).Select(i => "m" + i)], 50, 1)!;
        Assert.InRange((0.9 - band.Low) / 1.965927 / 0.044175, 0.99, 1.05);
        Assert.False(band.TooNarrow);
    }

    /// <summary>Oracle: sum m_g^2 / m = 3 and 0.724580; four calibration rows promise 4 / 5 (by hand).</summary>
    [Fact]
    public void Edges()
    {
        double[] all = [.. s_held.Select(_ => 1.0)];
        var band = CoverageNoise.Of(0.9, all, s_names, 50, 1)!;
        Assert.Equal(3, band.DesignEffect, 1e-12);
        Assert.Equal(0.7245797640316216, band.Low, 1e-9);
        var few = CoverageNoise.Of(0.9, all, s_names, 4, 1)!;
        Assert.Equal(1, few.High, 1e-12);
        Assert.Equal(0.8 - (2.022691 * Math.Sqrt(0.16 * (0.03 + (1 / ((4 / 3.0) + 2))))), few.Low, 1e-6); // t.ppf(0.975, 39)
        Assert.Null(CoverageNoise.Of(0.9, [double.NaN, double.NaN], ["a", "b"], 50, 1));
        Assert.Null(CoverageNoise.Of(0.9, [1, 0, double.NaN], ["a", "a", "b"], 50, 1));
        Assert.Throws<XanesDataException>(() => CoverageNoise.Of(0.9, [1], ["a", "b"], 50, 1));
        Assert.Throws<XanesDataException>(() => CoverageNoise.Of(1, [1, 0], ["a", "b"], 50, 1));
        Assert.Throws<XanesDataException>(() => CoverageNoise.Of(0.9, [1, 0], ["a", "b"], 0, 1));
    }
}
