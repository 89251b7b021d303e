using System.Globalization;
using Xunit;
using XanesMl.Inference.Evaluation;
using XanesMl.Inference.Models;
using XanesMl.Spectra;
using XanesMl.Spectra.Reading;
using XanesMl.TestSupport;
using XanesMl.Training.Evaluation;

namespace XanesMl.Training.Tests.Evaluation;

/// <summary>The baselines on the 3,908 Cu spectra beside the project.</summary>
public class CuBaselinesTests
{
    [SharedDataFact]
    public void Baselines_on_copper_are_those_of_scikit_learn()
    {
        // Oracle: scikit-learn 1.2.1 and scipy 1.10.1 on the same file as float32 widened to float64. Rows of one material stay together:
        // number of the MPID modulo 20 below 3 test (523 rows), 3-5 validation (545), the rest train (2840).
        // KNeighborsRegressor(5, weights="distance"), Ridge(lambda, solver="svd") on StandardScaler and PCA(m, svd_solver="full"), all on train + validation;
        // neighbour predictions rounded to 1e-10 before spearmanr, because means of equal labels differ in the last bit there and would break ties.
        // lambda of 10 ** (arange(-12, 11) / 2) with the smallest mean squared error on validation after a fit on train.
        var (train, validation, test) = Split(SpectraTableReader.Read(SharedData.Path("cu-feff", "feff_Cu_CT_CN_OCN_RSTD_MOOD_spec_3908.csv.gz")));
        Assert.Equal([2840, 545, 523], [train.RowCount, validation.RowCount, test.RowCount]);
        var scores = Baselines.Score(train, validation, test, 6);
        // constant MAE; nearest neighbours: Spearman, MAE, R2; ridge: Spearman, MAE, R2, lambda
        (string Name, double[] Numbers)[] expected =
        [
            ("CT", [0.141605260, 0.936792638, 0.037406718, 0.871120455, 0.920452534, 0.050796139, 0.825125005, 3.16228e-05]),
            ("CN", [0.917324491, 0.863074914, 0.247931745, 0.815293433, 0.727408806, 0.543553406, 0.543887477, 0.000316228]),
            ("OCN", [0.939459805, 0.747461589, 0.446637335, 0.614196148, 0.700729651, 0.587391858, 0.556331415, 0.000316228]),
            ("RSTD", [0.077900720, 0.785405365, 0.032331667, 0.673384800, 0.540768777, 0.056575864, 0.352692847, 0.001]),
            ("MOOD", [0.234497429, 0.780467653, 0.089989736, 0.759687519, 0.679195976, 0.144765256, 0.551441507, 0.001]),
        ];
        foreach (var (name, n) in expected)
        {
            var b = scores.Descriptors[name];
            Assert.Equal(n[0], b.Constant.Mae, 1e-7);
            Assert.Equal(n[1], b.Knn5.Spearman, 1e-7);
            Assert.Equal(n[2], b.Knn5.Mae, 1e-7);
            Assert.Equal(n[3], b.Knn5.R2, 1e-7);
            Assert.Equal(n[4], b.Ridge.Spearman, 1e-4);
            Assert.Equal(n[5], b.Ridge.Mae, 1e-5);
            Assert.Equal(n[6], b.Ridge.R2, 1e-5);
            Assert.Equal(1, scores.RidgeLambdas[name] / n[7], 1e-4);
        }

        Assert.Equal(0.028611202, scores.PcaMae, 1e-8);
        var known = SpectraTable.Concat([train, validation]);
        Assert.Equal(0.017781422, new PrincipalComponents(known.Spectra.Span, known.PointCount, 10).ReconstructionMae(test.Spectra.Span), 1e-8);
    }

    [SharedDataFact]
    public void The_whole_evaluation_runs_on_copper_with_a_stand_in_model()
    {
        // Stand-in: the style of each descriptor is its nearest-neighbour prediction from training rows. What is asked is that the chain
        // threshold, calibration, interval, report holds together on unseen materials; tolerances are 4 standard deviations of a 523-row proportion.
        var (train, validation, test) = Split(SpectraTableReader.Read(SharedData.Path("cu-feff", "feff_Cu_CT_CN_OCN_RSTD_MOOD_spec_3908.csv.gz")));
        int count = train.DescriptorNames.Count;
        var model = new KNearestNeighbours(train.Spectra.Span, train.PointCount, train.Descriptors.Span, count);
        double[] stylesOfValidation = model.Predict(validation.Spectra.Span), stylesOfTest = model.Predict(test.Spectra.Span);
        var predictions = new float[test.RowCount * count];
        var calibrations = new Calibration[count];
        for (int k = 0; k < count; k++)
        {
            double[] style = Column(stylesOfValidation, count, k), value = RowMajor.Column(validation.Descriptors.Span, count, k);
            int half = style.Length / 2;
            var curve = CalibrationFitter.Fit(CalibrationKind.Isotonic, style.AsSpan(0, half), value.AsSpan(0, half));
            calibrations[k] = curve with { HalfWidth90 = CalibrationFitter.HalfWidth90(curve, style.AsSpan(half), value.AsSpan(half)) };
            for (int i = 0; i < test.RowCount; i++)
                predictions[(i * count) + k] = (float)calibrations[k].Evaluate(stylesOfTest[(i * count) + k]);
        }

        int cn = train.IndexOfDescriptor("CN");
        var report = ModelEvaluator.Evaluate(new EvaluationInput
        {
            Split = "test",
            PointCount = test.PointCount,
            StyleCount = count,
            Spectra = test.Spectra,
            Reconstruction = test.Spectra,
            Styles = Array.ConvertAll(stylesOfTest, v => (float)v),
            Descriptors = [.. train.DescriptorNames.Select(n => new DescriptorInfo(n, "", n, 0, 1))],
            Values = test.Descriptors,
            Predictions = predictions,
            HalfWidths = [.. calibrations.Select(c => c.HalfWidth90)],
            Thresholds = ThresholdFitter.Fit("CN", Column(stylesOfValidation, count, cn), RowMajor.Column(validation.Descriptors.Span, count, cn), [4, 5, 6]),
        });
        Assert.InRange(report.Cn!.F1Weighted, 0.78, 0.92);
        Assert.InRange(report.Cn.Thresholds[0], 4, 5);
        Assert.InRange(report.Cn.Thresholds[1], 5, 6);
        Assert.Equal(0, report.Reconstruction.Mae);
        Assert.All(report.Descriptors.Values, d => Assert.InRange(d.Coverage90, 0.9 - 0.053, 0.9 + 0.053));
        Assert.All(report.Descriptors.Values, d => Assert.InRange(d.R2, 0.5, 0.95));
    }

    private static double[] Column(double[] matrix, int columns, int column) =>
        [.. Enumerable.Range(0, matrix.Length / columns).Select(i => matrix[(i * columns) + column])];

    private static (SpectraTable Train, SpectraTable Validation, SpectraTable Test) Split(SpectraTable table)
    {
        int[] group = [.. table.Materials.Select(m => int.Parse(m[(m.IndexOf('-', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture) % 20)];
        SpectraTable Rows(Func<int, bool> belongs) => table.Select([.. Enumerable.Range(0, group.Length).Where(i => belongs(group[i]))]);
        return (Rows(g => g >= 6), Rows(g => g is >= 3 and < 6), Rows(g => g < 3));
    }
}
