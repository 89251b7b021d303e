using Xunit;
using XanesMl.Inference.Evaluation;
using XanesMl.Spectra;

namespace XanesMl.Inference.Tests.Evaluation;

public class ThresholdFitterTests
{
    [Fact]
    public void Thresholds_maximize_the_F1_of_the_outer_classes()
    {
        // Oracle: numpy 1.24.2 and scikit-learn 1.2.1. i = arange(1, 201); s = 2 sin(0.9 i); v = clip(round(5 + 0.7 s + 0.9 cos(0.7 i^2)), 4, 6);
        // candidates = lowest s and all midpoints; argmax of f1_score(v < 4.5, s < c) and of f1_score(v > 5.5, s >= c);
        // confusion_matrix and f1_score(average="weighted") of 4 + (s >= t1) + (s >= t2).
        var styles = new double[200];
        var values = new double[200];
        for (int i = 1; i <= 200; i++)
        {
            styles[i - 1] = 2 * Math.Sin(i * 0.9);
            values[i - 1] = Math.Clamp(Math.Round(5 + (0.7 * styles[i - 1]) + (0.9 * Math.Cos(i * i * 0.7))), 4, 6);
        }

        var fitted = ThresholdFitter.Fit("CN", styles, values, [4, 5, 6]);
        Assert.Equal("CN", fitted.Descriptor);
        Assert.Equal(-1.0218617870982047, fitted.Thresholds[0], 1e-12);
        Assert.Equal(0.6957676013084095, fitted.Thresholds[1], 1e-12);
        int[][] confusion = ClassificationMetrics.Confusion([4, 5, 6], Array.ConvertAll(values, v => (int)v), Array.ConvertAll(styles, fitted.Classify));
        Assert.Equal([[56, 15, 0], [17, 27, 14], [0, 14, 57]], confusion);
        Assert.Equal(0.6984795321637427, ClassificationMetrics.WeightedF1(confusion), 1e-14);
    }

    [Fact]
    public void Separable_classes_are_separated_at_midpoints_whatever_their_number()
    {
        double[] styles = [-3, -2.5, -1, -0.5, 0.5, 1, 2, 3, 4, 5], values = [2, 2, 3, 3, 4, 4, 5, 5, 6, 6];
        var fitted = ThresholdFitter.Fit("CN", styles, values, [2, 3, 4, 5, 6]);
        Assert.Equal([-1.75, 0, 1.5, 3.5], fitted.Thresholds);
        Assert.Equal(values, Array.ConvertAll(styles, s => (double)fitted.Classify(s)));
    }

    [Fact]
    public void Equal_styles_are_never_torn_apart()
    {
        double[] styles = [0, 0, 0, 1, 1, 1], values = [4, 4, 6, 4, 6, 6];
        Assert.Equal([0.5], ThresholdFitter.Fit("CN", styles, values, [4, 6]).Thresholds);
    }

    [Fact]
    public void Neighbouring_floating_point_styles_are_separated()
    {
        double[] styles = [1, Math.BitIncrement(1)];
        var fitted = ThresholdFitter.Fit("CN", styles, [4, 6], [4, 6]);
        Assert.Equal(4, fitted.Classify(styles[0]));
        Assert.Equal(6, fitted.Classify(styles[1]));
    }

    [Fact]
    public void A_class_without_rows_gets_none_of_those_present()
    {
        double[] styles = [-1, 0, 1];
        var none4 = ThresholdFitter.Fit("CN", styles, [5, 5, 6], [4, 5, 6]);
        Assert.Equal([5, 5, 6], [.. styles.Select(none4.Classify)]);
        var none6 = ThresholdFitter.Fit("CN", styles, [4, 5, 5], [4, 5, 6]);
        Assert.Equal([4, 5, 5], [.. styles.Select(none6.Classify)]);
    }

    [Fact]
    public void Thresholds_in_the_wrong_order_become_their_mean()
    {
        // Class 5 lies on both sides, so that 4|5 alone wants 2.5 and 5|6 alone wants -0.5.
        double[] styles = [-2, -1, 0, 1, 2, 3], values = [5, 5, 6, 4, 4, 5];
        var fitted = ThresholdFitter.Fit("CN", styles, values, [4, 5, 6]);
        Assert.Equal(fitted.Thresholds[0], fitted.Thresholds[1]);
    }

    [Fact]
    public void Rows_without_a_listed_class_do_not_count()
    {
        double[] styles = [-9, -1, 1, 9, 0.9, double.NaN], values = [2, 4, 6, double.NaN, 6.2, 4];
        Assert.Equal(-0.05, Assert.Single(ThresholdFitter.Fit("CN", styles, values, [4, 6]).Thresholds), 1e-12);
    }

    [Fact]
    public void Unusable_input_is_refused()
    {
        Assert.Contains("no row has a CN", Assert.Throws<XanesDataException>(() => ThresholdFitter.Fit("CN", [1], [3], [4, 5])).Message);
        Assert.Contains("at least two", Assert.Throws<XanesDataException>(() => ThresholdFitter.Fit("CN", [1], [4], [4])).Message);
        Assert.Contains("increase", Assert.Throws<XanesDataException>(() => ThresholdFitter.Fit("CN", [1], [4], [5, 4])).Message);
        Assert.Contains("infinite", Assert.Throws<XanesDataException>(() => ThresholdFitter.Fit("CN", [double.NegativeInfinity], [4], [4, 5])).Message);
        Assert.Throws<XanesDataException>(() => ThresholdFitter.Fit("CN", [1], [], [4, 5]));
    }
}
