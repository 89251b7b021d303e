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

/// <summary>What the simple methods say of one descriptor of each scored row, [rows]; NaN where no row to fit on has it.</summary>
/// <param name="Descriptor">Its name.</param>
/// <param name="Constant">The mean of the rows that were fitted on.</param>
/// <param name="Knn5">Distance-weighted mean of the 5 nearest spectra.</param>
/// <param name="Ridge">Ridge regression.</param>
/// <param name="RidgeLambda">Penalty that the validation rows chose.</param>
public sealed record BaselinePrediction(string Descriptor, double[] Constant, double[] Knn5, double[] Ridge, double RidgeLambda);

/// <summary>Fits the simple methods that a model has to beat: the constant mean, 5 nearest neighbours, ridge regression and principal components.</summary>
/// <remarks>The scored rows are only predicted. Everything else helps the baselines, so that they are as strong as the split allows: validation rows choose
/// the penalty of a ridge regression on the training rows, and then all methods are fitted on training and validation rows together.
/// A row without a descriptor takes no part in that descriptor's fit and score.</remarks>
public static class Baselines
{
    /// <summary>Neighbours k of the nearest-neighbour baseline.</summary>
    public const int Neighbours = 5;

    /// <summary>Fits on train and validation, scores on test.</summary>
    /// <param name="train">Training rows, at least one.</param>
    /// <param name="validation">Validation rows on the same grid with the same descriptors; may be empty.</param>
    /// <param name="test">Rows to score on the same grid with the same descriptors, at least one, none of them in the other tables. To score the
    /// validation rows give them here and an empty table as validation.</param>
    /// <param name="components">Principal components, usually the number of styles; at most the number of points are used.</param>
    /// <exception cref="XanesDataException">No row, other grids, other descriptors, or the same table in two roles.</exception>
    public static BaselineScores Score(SpectraTable train, SpectraTable validation, SpectraTable test, int components)
    {
        Check(train, validation, test);
        var known = SpectraTable.Concat([train, validation]);
        components = Math.Min(components, known.PointCount);
        double pca = new PrincipalComponents(known.Spectra.Span, known.PointCount, components).ReconstructionMae(test.Spectra.Span);
        var predictions = Predict(train, validation, test);
        var descriptors = new Dictionary<string, DescriptorBaseline>(StringComparer.Ordinal);
        for (int k = 0; k < predictions.Count; k++)
        {
            double[] truth = RowMajor.Column(test.Descriptors.Span, predictions.Count, k);
            descriptors[predictions[k].Descriptor] = new DescriptorBaseline(new ConstantBaseline(RegressionMetrics.Of(truth, predictions[k].Constant).Mae), Compare(truth, predictions[k].Knn5), Compare(truth, predictions[k].Ridge));
        }

        return new BaselineScores(descriptors, predictions.ToDictionary(p => p.Descriptor, p => p.RidgeLambda, StringComparer.Ordinal), pca, components);
    }

    /// <summary>What the simple methods say of every test row, in the order of the table's descriptors.</summary>
    /// <inheritdoc cref="Score" path="/param"/>
    /// <inheritdoc cref="Score" path="/exception"/>
    public static IReadOnlyList<BaselinePrediction> Predict(SpectraTable train, SpectraTable validation, SpectraTable test)
    {
        Check(train, validation, test);
        var known = SpectraTable.Concat([train, validation]);
        int count = known.DescriptorNames.Count;
        if (count == 0)
            return [];
        double[] neighbours = new KNearestNeighbours(known.Spectra.Span, known.PointCount, known.Descriptors.Span, count, Neighbours).Predict(test.Spectra.Span);
        var choice = new RidgePerDescriptor(train);
        var ridge = new RidgePerDescriptor(known);
        var predictions = new List<BaselinePrediction>();
        for (int k = 0; k < count; k++)
        {
            double[] labelled = [.. RowMajor.Column(known.Descriptors.Span, count, k).Where(v => !double.IsNaN(v))];
            double[] constant = Filled(test.RowCount, labelled.Length == 0 ? double.NaN : labelled.Average());
            var knn = new double[test.RowCount];
            for (int i = 0; i < knn.Length; i++)
                knn[i] = neighbours[(i * count) + k];
            double lambda = choice.ChooseLambda(k, validation);
            predictions.Add(new BaselinePrediction(known.DescriptorNames[k], constant, knn, ridge.Predict(k, lambda, test), lambda));
        }

        return predictions;
    }

    private static double[] Filled(int length, double value)
    {
        var values = new double[length];
        Array.Fill(values, value);
        return values;
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
        if (ReferenceEquals(train, test) || ReferenceEquals(validation, test))
            throw new XanesDataException("the rows to score are also among those to fit on", remedy: "Score validation rows with an empty validation table.");
        foreach (var other in (ReadOnlySpan<SpectraTable>)[validation, test])
        {
            if (!other.Grid.Matches(train.Grid))
                throw new XanesDataException($"energy grids differ: {train.Grid} and {other.Grid}", remedy: "Align or resample the tables onto one grid first.");
            if (!other.DescriptorNames.SequenceEqual(train.DescriptorNames, StringComparer.Ordinal))
                throw new XanesDataException($"descriptors differ: {string.Join(", ", train.DescriptorNames)} and {string.Join(", ", other.DescriptorNames)}",
                    remedy: "Choose the same descriptors in the same order.");
        }
    }

    /// <summary>Ridge regression of each descriptor over the rows that have it; the decomposition is kept while those rows stay the same.</summary>
    private sealed class RidgePerDescriptor(SpectraTable table)
    {
        private int[] _rows = [];
        private RidgeRegression? _ridge;

        public double ChooseLambda(int descriptor, SpectraTable validation)
        {
            double[] truth = RowMajor.Column(validation.Descriptors.Span, validation.DescriptorNames.Count, descriptor);
            return Labelled(descriptor) is ({ } ridge, var values) ? ridge.ChooseLambda(values, validation.Spectra.Span, truth) : RidgeRegression.DefaultLambda;
        }

        public double[] Predict(int descriptor, double lambda, SpectraTable asked) =>
            Labelled(descriptor) is ({ } ridge, var values) ? ridge.FitPredict(values, lambda, asked.Spectra.Span) : Filled(asked.RowCount, double.NaN);

        private (RidgeRegression? Ridge, double[] Values) Labelled(int descriptor)
        {
            int[] rows = [.. Enumerable.Range(0, table.RowCount).Where(i => !float.IsNaN(table.Descriptor(i, descriptor)))];
            if (rows.Length == 0)
                return (null, []);
            if (_ridge is null || !rows.AsSpan().SequenceEqual(_rows))
                (_ridge, _rows) = (new RidgeRegression(table.Select(rows).Spectra.Span, table.PointCount), rows);
            return (_ridge, Array.ConvertAll(rows, i => (double)table.Descriptor(i, descriptor)));
        }
    }
}
