using Xunit;
using XanesMl.Inference.Evaluation;
using XanesMl.Spectra;
using XanesMl.Training.Evaluation;

namespace XanesMl.Training.Tests.Evaluation;

// Oracle: scikit-learn 1.2.1 on float32 numbers widened to float64. i = arange(1, 61), j = arange(1, 7):
// x_ij = sin(0.37 i j) + 0.5 cos(0.11 i^2); y0 = x_i1^2 + x_i2 + 0.1 sin(7 i); y1 = cos(1.7 i). Rows 1-50 train, 51-60 asked.
public class BaselinesTests
{
    private const int Points = 6, Train = 50, Rows = 60;
    private static readonly float[] X = Spectra();
    private static readonly float[] Y = Values();

    [Fact]
    public void Nearest_neighbours_are_weighted_by_distance_and_an_equal_spectrum_decides_alone()
    {
        // KNeighborsRegressor(5, weights="distance").fit(A, Y).predict(Q), Q = rows 51-60 with the fourth replaced by row 8
        double[] predicted = new KNearestNeighbours(X.AsSpan(0, Train * Points), Points, Y.AsSpan(0, Train * 2), 2).Predict(Asked());
        Near([-0.139691494634, -0.0817984643967, 0.426420817434, 0.169599873843, 1.55839174193, -0.40109083089, 0.252160012722, 0.511703968048,
            1.26934704834, 0.0710224718635, 0.171977633701, -0.369263707956, 0.535404842165, 0.208057827461, 0.235390464159, -0.228380478078,
            0.356371124041, -0.00473146430733, 0.665932834576, 0.380009551933], predicted, 1e-11);
    }

    [Fact]
    public void A_missing_label_leaves_the_row_out_of_that_descriptor_only()
    {
        // y1 of every third training row (1, 4, 7, ...) missing: fit(A[m], Y[m, 1]).predict(Q)
        float[] values = [.. Y];
        for (int i = 0; i < Train; i += 3)
            values[(2 * i) + 1] = float.NaN;
        double[] predicted = new KNearestNeighbours(X.AsSpan(0, Train * Points), Points, values.AsSpan(0, Train * 2), 2).Predict(Asked());
        Near([0.113724423018, 0.181173087713, -0.552146677854, 0.511703968048, -0.330207712511, -0.547689487138, 0.048742026283, -0.7282793429,
            -0.305004868091, 0.380009551933], [.. Enumerable.Range(0, 10).Select(i => predicted[(2 * i) + 1])], 1e-11);
        Assert.Equal(-0.139691494634, predicted[0], 1e-11);
    }

    [Fact]
    public void Fewer_rows_than_neighbours_all_count_and_none_gives_NaN()
    {
        var two = new KNearestNeighbours([0, 3], 1, [1, float.NaN, 4, float.NaN], 2);
        double[] predicted = two.Predict([1]);
        Assert.Equal(2, predicted[0], 1e-12); // (1 / 1 + 4 / 2) / (1 + 1 / 2)
        Assert.True(double.IsNaN(predicted[1]));
    }

    [Theory]
    [InlineData(0.01, new[] { 0.215017460885, 0.956884532751, 2.04650589732, 2.19237065732, 1.03282160879, -0.0473276542328, -0.136959897424, 0.227596789783, 0.771772173853, 1.40830493723 })]
    [InlineData(10, new[] { 0.257663331521, 0.942612204481, 1.80555219205, 1.95920782152, 1.03289477789, 0.105454571397, 0.0570757656784, 0.370511734683, 0.794342541138, 1.30499969327 })]
    public void Ridge_is_that_of_the_standardized_spectra(double lambda, double[] expected)
    {
        // Ridge(lambda).fit(StandardScaler().fit_transform(A), y0).predict(scaled rows 51-60)
        var ridge = new RidgeRegression(X.AsSpan(0, Train * Points), Points);
        Near(expected, ridge.FitPredict(RowMajor.Column(Y, 2, 0).AsSpan(0, Train), lambda, X.AsSpan(Train * Points)), 1e-10);
    }

    [Fact]
    public void Lambda_has_the_smallest_validation_error_of_the_grid()
    {
        // argmin over 10 ** (arange(-12, 11) / 2) of mean((Ridge(lambda)...predict(rows 51-60) - y) ** 2): 10 for y0, the lowest for y1
        var ridge = new RidgeRegression(X.AsSpan(0, Train * Points), Points);
        double[] y0 = RowMajor.Column(Y, 2, 0), y1 = RowMajor.Column(Y, 2, 1);
        Assert.Equal(10, ridge.ChooseLambda(y0.AsSpan(0, Train), X.AsSpan(Train * Points), y0.AsSpan(Train)), 1e-9);
        Assert.Equal(1e-6, ridge.ChooseLambda(y1.AsSpan(0, Train), X.AsSpan(Train * Points), y1.AsSpan(Train)), 1e-15);
        Assert.Equal(1, ridge.ChooseLambda(y0.AsSpan(0, Train), [], []));
    }

    [Theory]
    [InlineData(1, 0.527871505868)]
    [InlineData(2, 0.460889886209)]
    [InlineData(6, 0)]
    public void Principal_components_reconstruct_as_PCA_does(int components, double mae) =>
        // p = PCA(m).fit(A); mean(abs(p.inverse_transform(p.transform(B)) - B))
        Assert.Equal(mae, new PrincipalComponents(X.AsSpan(0, Train * Points), Points, components).ReconstructionMae(X.AsSpan(Train * Points)), 1e-11);

    [Fact]
    public void Scores_come_together_for_every_descriptor()
    {
        var train = Table(0, 40);
        var validation = Table(40, 10);
        var test = Table(50, 10);
        var scores = Baselines.Score(train, validation, test, 2);
        Assert.Equal(["A", "B", "C"], scores.Descriptors.Keys);
        Assert.Equal(2, scores.PcaComponents);
        Assert.Equal(0.460889886209, scores.PcaMae, 1e-11); // PCA(2) as above: rows 1-50 are train and validation

        // B misses every third row: the same numbers as without those rows.
        int[] labelled = [.. Enumerable.Range(0, 40).Where(i => !float.IsNaN(train.Descriptor(i, 1)))];
        int[] checkedRows = [.. Enumerable.Range(0, 10).Where(i => !float.IsNaN(validation.Descriptor(i, 1)))];
        var alone = Baselines.Score(train.Select(labelled).WithDescriptors(["B"]), validation.Select(checkedRows).WithDescriptors(["B"]), test.WithDescriptors(["B"]), 2);
        Assert.Equal(alone.Descriptors["B"], scores.Descriptors["B"]);
        Assert.Equal(alone.RidgeLambdas["B"], scores.RidgeLambdas["B"]);
        Assert.Contains(scores.RidgeLambdas["A"], RidgeRegression.LambdaGrid);

        // Constant: mean of the training and validation rows.
        double mean = labelled.Select(i => (double)train.Descriptor(i, 1)).Concat(checkedRows.Select(i => (double)validation.Descriptor(i, 1))).Average();
        Assert.Equal(Enumerable.Range(0, 10).Where(i => !float.IsNaN(test.Descriptor(i, 1))).Average(i => Math.Abs((double)test.Descriptor(i, 1) - mean)),
            scores.Descriptors["B"].Constant.Mae, 1e-12);

        // C has no training label at all.
        Assert.True(double.IsNaN(scores.Descriptors["C"].Constant.Mae) && double.IsNaN(scores.Descriptors["C"].Knn5.Mae) && double.IsNaN(scores.Descriptors["C"].Ridge.Spearman));
    }

    [Fact]
    public void Validation_rows_may_be_absent_and_otherwise_join_the_fit()
    {
        var without = Baselines.Score(Table(0, 50), Table(0, 0), Table(50, 10), 99);
        var with = Baselines.Score(Table(0, 40), Table(40, 10), Table(50, 10), 99);
        Assert.Equal(1, without.RidgeLambdas["A"]);
        Assert.Equal(without.Descriptors["A"].Knn5, with.Descriptors["A"].Knn5);
        Assert.Equal(without.Descriptors["A"].Constant, with.Descriptors["A"].Constant);
        Assert.Equal(Points, without.PcaComponents);
    }

    [Fact]
    public void Scores_reach_the_report()
    {
        var scores = Baselines.Score(Table(0, 40), Table(40, 10), Table(50, 10), 2);
        var unknown = new DescriptorEvaluation
        {
            Spearman = 0, Kendall = 0, LinearR2 = 0, R2 = 0, Mae = 0, Rmse = 0, Coverage90 = 0, HalfWidth90 = 0, LabelledRows = 1, Unit = "",
        };
        var report = scores.AddTo(new EvaluationReport
        {
            Split = "test",
            Rows = 10,
            Descriptors = new Dictionary<string, DescriptorEvaluation> { ["B"] = unknown, ["Z"] = unknown },
            Reconstruction = new ReconstructionEvaluation { Mae = 1, MaeStd = 2 },
            Styles = new StyleEvaluation([], 0, 0),
        });
        Assert.Equal(scores.Descriptors["B"], report.Descriptors["B"].Baseline);
        Assert.Null(report.Descriptors["Z"].Baseline);
        Assert.Equal(scores.PcaMae, report.Reconstruction.PcaMae);
        Assert.Equal(1, report.Reconstruction.Mae);
    }

    [Fact]
    public void Tables_that_do_not_fit_are_refused()
    {
        var table = Table(0, 5);
        Assert.Contains("0 training rows", Assert.Throws<XanesDataException>(() => Baselines.Score(Table(0, 0), table, Table(5, 5), 2)).Message);
        Assert.Contains("grids differ", Assert.Throws<XanesDataException>(() => Baselines.Score(table, table, table.WithSpectra(table.Grid.Shift(1), new float[5 * Points]), 2)).Message);
        Assert.Contains("descriptors differ", Assert.Throws<XanesDataException>(() => Baselines.Score(table, table.WithDescriptors(["B", "A", "C"]), Table(5, 5), 2)).Message);
        Assert.Contains("also among", Assert.Throws<XanesDataException>(() => Baselines.Score(Table(0, 5), table, table, 2)).Message);
        Assert.Throws<XanesDataException>(() => new KNearestNeighbours([1, 2, 3], 2, [1], 1));
        Assert.Throws<XanesDataException>(() => new RidgeRegression([], 2));
        Assert.Throws<XanesDataException>(() => new PrincipalComponents([1, 2], 2, 3));
    }

    private static SpectraTable Table(int first, int rows)
    {
        var values = new float[rows * 3];
        for (int i = 0; i < rows; i++)
            (values[3 * i], values[(3 * i) + 1], values[(3 * i) + 2]) = (Y[2 * (first + i)], i % 3 == 0 ? float.NaN : Y[(2 * (first + i)) + 1], first == 50 ? 1 : float.NaN);
        string[] names = [.. Enumerable.Range(first, rows).Select(i => "m" + i)];
        return new SpectraTable(EnergyGrid.Uniform(0, 5, Points), X.AsSpan(first * Points, rows * Points).ToArray(), ["A", "B", "C"], values, names, names, new string?[rows]);
    }

    private static float[] Asked()
    {
        float[] asked = X.AsSpan(Train * Points).ToArray();
        X.AsSpan(7 * Points, Points).CopyTo(asked.AsSpan(3 * Points));
        return asked;
    }

    private static float[] Spectra()
    {
        var x = new float[Rows * Points];
        for (int i = 1; i <= Rows; i++)
            for (int j = 1; j <= Points; j++)
                x[((i - 1) * Points) + j - 1] = (float)(Math.Sin(0.37 * i * j) + (0.5 * Math.Cos(0.11 * i * i)));
        return x;
    }

    private static float[] Values()
    {
        float[] x = Spectra(), y = new float[Rows * 2];
        for (int i = 1; i <= Rows; i++)
        {
            double first = x[(i - 1) * Points], second = x[((i - 1) * Points) + 1];
            y[2 * (i - 1)] = (float)((first * first) + second + (0.1 * Math.Sin(7 * i)));
            y[(2 * (i - 1)) + 1] = (float)Math.Cos(1.7 * i);
        }

        return y;
    }

    private static void Near(double[] expected, double[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], tolerance);
    }
}
