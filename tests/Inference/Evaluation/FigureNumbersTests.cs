using Xunit;
using XanesMl.Inference.Evaluation;
using XanesMl.Spectra;

namespace XanesMl.Inference.Tests.Evaluation;

/// <summary>The numbers behind the report's figures. Oracle: numpy 1.24.2, scipy 1.10.1, scikit-learn 1.2.1; each test names the call.</summary>
public class FigureNumbersTests
{
    private static readonly double[] Styles = [-2.1, -1.3, -0.9, -0.2, 0.1, 0.4, 0.8, 1.2, 1.9, -1.0, 0.3];
    private static readonly double[] Classes = [4, 4, 4, 5, 4, 5, 6, 5, 6, 6, double.NaN];

    [Fact]
    public void Quantiles_of_a_normal_plot()
    {
        // scipy.stats.probplot([0.3, -1.2, 2.5, 0, 0.3, -0.7, 1.1])
        var plot = QuantilePlot.Normal([0.3, -1.2, 2.5, 0.0, double.NaN, 0.3, -0.7, 1.1]);
        double[] expected = [-1.314872752547375, -0.7439764884519314, -0.3471943041728483, 0, 0.3471943041728483, 0.7439764884519314, 1.314872752547375];
        Assert.Equal([-1.2, -0.7, 0, 0.3, 0.3, 1.1, 2.5], plot.Ordered);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], plot.Theoretical[i], 1e-9);
        Assert.Empty(QuantilePlot.Normal([double.NaN]).Ordered);
    }

    [Fact]
    public void Histogram_counts_as_numpy_and_tells_what_lies_outside()
    {
        // numpy.histogram(v, bins=4, range=(-0.4, 0.4))
        var h = Histogram.Of([-0.4, -0.1, 0.0, 0.05, 0.1, 0.21, 0.19, 0.31, 0.4, 0.9, -2.0, -0.4, double.NaN], 4, -0.4, 0.4);
        Assert.Equal([2, 1, 4, 3], h.Counts);
        Assert.Equal((1, 1), (h.Below, h.Above));
        Assert.Equal([-0.4, -0.2, 0, 0.2, 0.4], h.Edges, (a, b) => Math.Abs(a - b) < 1e-15);
        Assert.Throws<XanesDataException>(() => Histogram.Of([1], 0, 0, 1));
        Assert.Throws<XanesDataException>(() => Histogram.Of([1], 3, 1, 1));
    }

    [Fact]
    public void F1_over_the_threshold()
    {
        // sklearn.metrics.f1_score(c <= 4, s < t) and (c > 5, s >= t) at numpy.linspace(-2.1, 1.9, 9)
        var curves = ThresholdCurve.Of(Styles, Classes, [4, 5, 6], 9);
        double[] lower = [0, 0.4, 2 / 3.0, 0.75, 2 / 3.0, 0.8, 2 / 3.0, 0.6153846153846153, 0.6153846153846153];
        double[] upper = [0.4615384615384615, 0.5, 0.5454545454545454, 0.4444444444444444, 0.5, 0.5714285714285715, 0.4, 0.5, 0.5];
        Assert.Equal(2, curves.Count);
        Assert.Equal((4, 5, true), (curves[0].Lower, curves[0].Upper, curves[0].LowerIsPositive));
        Assert.Equal((5, 6, false), (curves[1].Lower, curves[1].Upper, curves[1].LowerIsPositive));
        for (int i = 0; i < 9; i++)
        {
            Assert.Equal(-2.1 + (0.5 * i), curves[0].Thresholds[i], 1e-12);
            Assert.Equal(lower[i], curves[0].F1[i], 1e-14);
            Assert.Equal(upper[i], curves[1].F1[i], 1e-14);
        }

        Assert.Throws<XanesDataException>(() => ThresholdCurve.Of([1], [9], [4, 5], 3));
    }

    [Fact]
    public void The_fitted_threshold_is_where_the_curve_is_highest()
    {
        // Two programs for the same thing: the fitter looks between neighbouring styles, the curve at even steps.
        var fitted = ThresholdFitter.Fit("CN", Styles, Classes, [4, 5, 6]);
        foreach (var (curve, threshold) in ThresholdCurve.Of(Styles, Classes, [4, 5, 6], 4001).Zip(fitted.Thresholds))
        {
            int at = Enumerable.Range(0, curve.Thresholds.Count).MinBy(i => Math.Abs(curve.Thresholds[i] - threshold));
            Assert.Equal(curve.F1.Max(), curve.F1[at], 1e-12);
        }
    }

    private static IntervalRows Rows(params double[] residuals) => new(residuals, new double[residuals.Length]);

    [Fact]
    public void Coverage_at_several_levels()
    {
        // numpy: sorted scores, k = ceil(p (n + 1)), width = 1.2 q(p) / q(0.9); n = 15
        var validation = Rows(0.05, 0.1, 0.2, 0.25, 0.3, -0.4, 0.45, 0.5, 0.8, 1.0, 1.5, -2.0, 0.02, 0.6, 0.7, double.NaN);
        var scored = Rows(0.01, 0.3, 0.31, -0.6, 1.2, 2.4, 0.55, 0.0, double.NaN);
        var coverage = IntervalCoverage.Measure([0.5, 0.8, 0.9, 0.95], 1.2, validation, scored);
        double[] widths = [0.27, 0.6, 1.2, 1.2], measured = [0.25, 0.75, 0.875, 0.875];
        for (int i = 0; i < widths.Length; i++)
        {
            Assert.Equal(widths[i], coverage.HalfWidths[i], 1e-12);
            Assert.Equal(measured[i], coverage.Measured[i], 1e-12);
        }

        Assert.Equal(8, coverage.Rows);
        Assert.Equal([1, 0, 0, 0, 0, 0, 0, 1, double.NaN], coverage.Held[0]);
        Assert.True(double.IsNaN(IntervalCoverage.Measure([0.5], 1, Rows(0, 0), Rows(1)).Measured[0]));   // no scale to go from 90 % to 50 %
        Assert.Throws<XanesDataException>(() => IntervalCoverage.Measure([1.0], 1, Rows(1), Rows(1)));
        Assert.Throws<XanesDataException>(() => IntervalCoverage.Measure([0.5], 1, new IntervalRows([1], []), Rows(1)));
    }

    /// <summary>numpy: t = |r| / sqrt((1.645 s)^2 + 1.2^2), factor = t(p) / t(0.9), k = ceil(p (n + 1)), n = 15; width = 1.2 factor. With the spread of 90 % at every level (scores
    /// sqrt(max(0, r^2 - (1.645 s)^2))) the width at 20 % would be 0.</summary>
    [Fact]
    public void The_spread_of_the_ensemble_shrinks_with_the_level()
    {
        var validation = new IntervalRows([0.05, -0.1, 0.2, 0.25, -0.3, 0.4, 0.45, -0.5, 0.8, 1.0, -1.5, 2.0, 0.02, 0.6, -0.7], [0.1, 0.3, 0.05, 0.2, 0.1, 0.4, 0.1, 0.2, 0.3, 0.1, 0.5, 0.2, 0.3, 0.1, 0.4]);
        var scored = new IntervalRows([0.01, -0.3, 0.31, 0.6, -1.2, 2.4, 0.55, 0.0], [0.2, 0.1, 0.3, 0.1, 0.6, 0.2, 0.05, 0.1]);
        var coverage = IntervalCoverage.Measure([0.05, 0.2, 0.5, 0.8, 0.9, 0.95], 1.2, validation, scored);
        double[] widths = [0.011507699646113137, 0.12413707894030038, 0.27736973474670523, 0.6163771883260117, 1.2, 1.2], measured = [0.25, 0.25, 0.25, 0.75, 0.875, 0.875];
        for (int i = 0; i < widths.Length; i++)
        {
            Assert.Equal(widths[i], coverage.HalfWidths[i], 1e-9);
            Assert.Equal(measured[i], coverage.Measured[i], 1e-12);
        }

        // Intervals never shrink as the level rises, also where the spread is most of them; a level without any error has no width and is left out.
        var wide = IntervalCoverage.Measure([0.1, 0.5, 0.8, 0.9, 0.95], 0.001, validation, scored);
        Assert.Equal(wide.HalfWidths.Order(), wide.HalfWidths);
        Assert.Equal(wide.Measured.Order(), wide.Measured);
        var exact = IntervalCoverage.Measure([0.5, 0.9], 1.2, Rows([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3]), scored);
        Assert.True(double.IsNaN(exact.HalfWidths[0]) && double.IsNaN(exact.Measured[0]) && exact.Held[0].All(double.IsNaN));
        Assert.Equal((1.2, 0.875), (exact.HalfWidths[1], exact.Measured[1]));
    }

    [Fact]
    public void All_pairs_of_styles_and_descriptors()
    {
        // scipy.stats.spearmanr, numpy.corrcoef ** 2, on float32 input
        float[] styles = [0.1f, 1.0f, 0.5f, 0.2f, 0.4f, -0.3f, 1.2f, -0.9f, 0.9f, 0.1f, 1.5f, -2.0f];
        var relations = StyleRelations.Of(styles, 2, [1.0f, 2.0f, float.NaN, 4.0f, 3.5f, 3.9f], 1);
        Assert.Equal(0.9, relations.Spearman[0][0], 1e-12);
        Assert.Equal(-0.9, relations.Spearman[0][1], 1e-12);
        Assert.Equal(0.9132557654738644, relations.LinearR2[0][0], 1e-12);
        Assert.Equal(0.6802388014702356, relations.LinearR2[0][1], 1e-12);
        Assert.Equal(-0.8285714285714287, relations.InterStyle[0][1], 1e-12);
        Assert.Equal((1, relations.InterStyle[0][1]), (relations.InterStyle[0][0], relations.InterStyle[1][0]));
        Assert.Equal([5], relations.LabelledRows);
        Assert.Throws<XanesDataException>(() => StyleRelations.Of(styles, 2, [1f], 1));
    }

    [Fact]
    public void Scores_of_groups_beside_their_own_constant()
    {
        // numpy means, scipy.stats.spearmanr
        var scores = GroupScores.Of(["Ti", "V", "Mn"], ["Ti", "Ti", "Ti", "Ti", "V", "V", "V"], [1, 2, 3, double.NaN, 5, 6, 6], [1.5, 1.8, 2.0, 9, 5.5, 5.0, 7.0],
            ["Ti", "Ti", "V", null, "V"], [1, 4, 6, 100, double.NaN]);
        Assert.Equal([3, 3, 0], scores.Select(s => s.Rows));
        Assert.Equal(0.5666666666666667, scores[0].Mae, 1e-14);
        Assert.Equal(0.8333333333333334, scores[0].ConstantMae, 1e-14);
        Assert.Equal(1, scores[0].Spearman, 1e-14);
        Assert.Equal(0.8333333333333334, scores[1].Mae, 1e-14);
        Assert.Equal(0.3333333333333333, scores[1].ConstantMae, 1e-14);
        Assert.Equal(0, scores[1].Spearman, 1e-14);
        Assert.True(double.IsNaN(scores[2].Mae) && double.IsNaN(scores[2].ConstantMae));
    }
}
