using Xunit;
using XanesMl.Inference.Evaluation;
using XanesMl.Spectra;

namespace XanesMl.Inference.Tests.Evaluation;

// Oracle: scikit-learn 1.2.1 (mean_absolute_error, mean_squared_error, r2_score, f1_score, confusion_matrix) and scipy 1.10.1 (linregress).
public class MetricsTests
{
    private static readonly double[] Truth = [3, -0.5, 2, 7];
    private static readonly double[] Predicted = [2.5, 0, 2, 8];

    [Fact]
    public void Regression_scores()
    {
        var m = RegressionMetrics.Of([.. Truth, double.NaN, 1], [.. Predicted, 1, double.NaN]);
        Assert.Equal(4, m.Rows);
        Assert.Equal(0.5, m.Mae, 1e-15);
        Assert.Equal(0.6123724356957945, m.Rmse, 1e-15);
        Assert.Equal(0.9486081370449679, m.R2, 1e-15);
        Assert.Equal(0.9699681653424415, RegressionMetrics.LinearR2(Truth, Predicted), 1e-14);
    }

    [Fact]
    public void Regression_without_rows_or_spread_is_undefined()
    {
        Assert.True(double.IsNaN(RegressionMetrics.Of([], []).Mae));
        var constant = RegressionMetrics.Of([0.1, 0.1, 0.1], [0, 0, 0]);
        Assert.True(double.IsNaN(constant.R2));
        Assert.Equal(0.1, constant.Mae, 1e-15);
        Assert.True(double.IsNaN(RegressionMetrics.LinearR2([0.1, 0.1, 0.1], [1, 2, 3])));
        Assert.True(double.IsNaN(RegressionMetrics.LinearR2([1, 2], [1, 2])));
        Assert.Throws<XanesDataException>(() => RegressionMetrics.Of([1], []));
    }

    [Fact]
    public void Confusion_and_F1()
    {
        // y_true, y_pred as below: confusion_matrix, f1_score(average=None), f1_score(average="weighted")
        int[][] confusion = ClassificationMetrics.Confusion([4, 5, 6], [4, 4, 5, 6, 6, 5, 4, 6, 5, 4, 9], [4, 5, 5, 6, 5, 5, 4, 6, 6, 4, 4]);
        Assert.Equal([[3, 1, 0], [0, 2, 1], [0, 1, 2]], confusion);
        double[] f1 = ClassificationMetrics.F1(confusion);
        Assert.Equal(0.8571428571428571, f1[0], 1e-15);
        Assert.Equal(0.5714285714285715, f1[1], 1e-15);
        Assert.Equal(0.6666666666666666, f1[2], 1e-15);
        Assert.Equal(0.7142857142857142, ClassificationMetrics.WeightedF1(confusion), 1e-15);
    }

    [Fact]
    public void A_class_that_is_only_predicted_has_F1_zero()
    {
        // f1_score([4, 4, 5], [4, 6, 5], average="weighted", labels=[4, 5, 6], zero_division=0)
        int[][] confusion = ClassificationMetrics.Confusion([4, 5, 6], [4, 4, 5], [4, 6, 5]);
        Assert.Equal(0, ClassificationMetrics.F1(confusion)[2]);
        Assert.Equal(0.7777777777777777, ClassificationMetrics.WeightedF1(confusion), 1e-15);
        Assert.True(double.IsNaN(ClassificationMetrics.WeightedF1(ClassificationMetrics.Confusion([4, 5], [], []))));
    }

    [Fact]
    public void Wrong_classes_are_refused()
    {
        Assert.Contains("class 7", Assert.Throws<XanesDataException>(() => ClassificationMetrics.Confusion([4, 5], [4], [7])).Message);
        Assert.Contains("twice", Assert.Throws<XanesDataException>(() => ClassificationMetrics.Confusion([4, 4], [4], [4])).Message);
        Assert.Throws<XanesDataException>(() => ClassificationMetrics.Confusion([4], [4], []));
    }
}
