using XanesMl.Inference.Evaluation;
using XanesMl.Spectra;

namespace XanesMl.Training.Evaluation;

/// <summary>What simple methods reach on the same rows as a model.</summary>
/// <param name="Descriptors">By descriptor name, in the table's order.</param>
/// <param name="RidgeLambdas">Penalty that the validation rows chose, by descriptor name.</param>
/// <param name="PcaMae">Reconstruction MAE of the principal components.</param>
/// <param name="PcaComponents">Their number.</param>
public sealed record BaselineScores(IReadOnlyDictionary<string, DescriptorBaseline> Descriptors, IReadOnlyDictionary<string, double> RidgeLambdas, double PcaMae, int PcaComponents)
{
    /// <summary>Puts the scores into a report of the same rows.</summary>
    public EvaluationReport AddTo(EvaluationReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return report.WithBaselines(Descriptors, PcaMae);
    }
}

/// <summary>Fits the simple methods that a model has to beat: the constant mean, 5 nearest neighbours, ridge regression and principal components.</summary>
/// <remarks>All are fitted on training rows; validation rows only choose the penalty of the ridge regression; the scored rows are only predicted.
/// A row without a descriptor takes no part in that descriptor's fit and score.</remarks>
public static class Baselines
{
    /// <summary>Neighbours k of the nearest-neighbour baseline.</summary>
    public const int Neighbours = 5;

    /// <summary>Fits on train, scores on test.</summary>
    /// <param name="train">Training rows, at least one.</param>
    /// <param name="validation">Validation rows on the same grid with the same descriptors; may be empty.</param>
    /// <param name="test">Rows to score on the same grid with the same descriptors, at least one.</param>
    /// <param name="components">Principal components, usually the number of styles; at most the number of points are used.</param>
    /// <exception cref="XanesDataException">No row, other grids or other descriptors.</exception>
    public static BaselineScores Score(SpectraTable train, SpectraTable validation, SpectraTable test, int components)
    {
        Check(train, validation, test);
        int points = train.PointCount, count = train.DescriptorNames.Count;
        components = Math.Min(components, points);
        double pca = new PrincipalComponents(train.Spectra.Span, points, components).ReconstructionMae(test.Spectra.Span);
        var descriptors = new Dictionary<string, DescriptorBaseline>(StringComparer.Ordinal);
        var lambdas = new Dictionary<string, double>(StringComparer.Ordinal);
        if (count == 0)
            return new BaselineScores(descriptors, lambdas, pca, components);

        double[] neighbours = new KNearestNeighbours(train.Spectra.Span, points, train.Descriptors.Span, count, Neighbours).Predict(test.Spectra.Span);
        var ridge = new RidgePerDescriptor(train, validation, test);
        for (int k = 0; k < count; k++)
        {
            string name = train.DescriptorNames[k];
            double[] truth = RowMajor.Column(test.Descriptors.Span, count, k);
            double[] labelled = [.. RowMajor.Column(train.Descriptors.Span, count, k).Where(v => !double.IsNaN(v))];
            var constant = new double[truth.Length];
            Array.Fill(constant, labelled.Length == 0 ? double.NaN : labelled.Average());
            var knn = new double[truth.Length];
            for (int i = 0; i < knn.Length; i++)
                knn[i] = neighbours[(i * count) + k];
            var (predicted, lambda) = ridge.Predict(k);
            descriptors[name] = new DescriptorBaseline(new ConstantBaseline(RegressionMetrics.Of(truth, constant).Mae), Compare(truth, knn), Compare(truth, predicted));
            lambdas[name] = lambda;
        }

        return new BaselineScores(descriptors, lambdas, pca, components);
    }

    private static PredictorBaseline Compare(double[] truth, double[] predicted)
    {
        var scores = RegressionMetrics.Of(truth, predicted);
        return new PredictorBaseline(RankCorrelation.Spearman(truth, predicted), scores.Mae, scores.R2);
    }

    private static void Check(SpectraTable train, SpectraTable validation, SpectraTable test)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(validation);
        ArgumentNullException.ThrowIfNull(test);
        if (train.RowCount == 0 || test.RowCount == 0)
            throw new XanesDataException($"{train.RowCount} training rows and {test.RowCount} rows to score", remedy: "Baselines need at least one of each.");
        foreach (var other in (ReadOnlySpan<SpectraTable>)[validation, test])
        {
            if (!other.Grid.Matches(train.Grid))
                throw new XanesDataException($"energy grids differ: {train.Grid} and {other.Grid}", remedy: "Align or resample the tables onto one grid first.");
            if (!other.DescriptorNames.SequenceEqual(train.DescriptorNames, StringComparer.Ordinal))
                throw new XanesDataException($"descriptors differ: {string.Join(", ", train.DescriptorNames)} and {string.Join(", ", other.DescriptorNames)}",
                    remedy: "Choose the same descriptors in the same order.");
        }
    }

    /// <summary>Ridge regression of each descriptor over the training rows that have it; the decomposition is kept while those rows stay the same.</summary>
    private sealed class RidgePerDescriptor(SpectraTable train, SpectraTable validation, SpectraTable test)
    {
        private int[] _rows = [];
        private RidgeRegression? _ridge;

        public (double[] Predicted, double Lambda) Predict(int descriptor)
        {
            int count = train.DescriptorNames.Count;
            int[] rows = [.. Enumerable.Range(0, train.RowCount).Where(i => !float.IsNaN(train.Descriptor(i, descriptor)))];
            if (rows.Length == 0)
            {
                var nothing = new double[test.RowCount];
                Array.Fill(nothing, double.NaN);
                return (nothing, double.NaN);
            }

            if (_ridge is null || !rows.AsSpan().SequenceEqual(_rows))
            {
                _ridge = new RidgeRegression(train.Select(rows).Spectra.Span, train.PointCount);
                _rows = rows;
            }

            double[] values = Array.ConvertAll(rows, i => (double)train.Descriptor(i, descriptor));
            double lambda = _ridge.ChooseLambda(values, validation.Spectra.Span, RowMajor.Column(validation.Descriptors.Span, count, descriptor));
            return (_ridge.FitPredict(values, lambda, test.Spectra.Span), lambda);
        }
    }
}
