using XanesMl.Inference.Models;
using XanesMl.Inference.Predictions;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;

namespace XanesMl.Inference.Evaluation;

/// <summary>What a model said about N rows, beside what is true of them. P points, S styles, K descriptors; matrices are row-major float32.</summary>
public sealed record EvaluationInput
{
    /// <summary>Which rows: "test", "validation" or "all".</summary>
    public required string Split { get; init; }

    /// <summary>Points P of a spectrum.</summary>
    public required int PointCount { get; init; }

    /// <summary>Number of styles S.</summary>
    public required int StyleCount { get; init; }

    /// <summary>[N x P] spectra as the model got them.</summary>
    public required ReadOnlyMemory<float> Spectra { get; init; }

    /// <summary>[N x P] the model's reconstruction of them.</summary>
    public required ReadOnlyMemory<float> Reconstruction { get; init; }

    /// <summary>[N x S] styles.</summary>
    public required ReadOnlyMemory<float> Styles { get; init; }

    /// <summary>The K descriptors, K at most S; descriptor k belongs to style k.</summary>
    public required IReadOnlyList<DescriptorInfo> Descriptors { get; init; }

    /// <summary>[N x K] true descriptor values; NaN = missing.</summary>
    public required ReadOnlyMemory<float> Values { get; init; }

    /// <summary>[N x K] calibrated values; empty for a model without calibration.</summary>
    public ReadOnlyMemory<float> Predictions { get; init; }

    /// <summary>[N x K] standard deviations over the ensemble, in the descriptors' units; empty for a single trial.</summary>
    public ReadOnlyMemory<float> Spreads { get; init; }

    /// <summary>[K] conformal half widths of the 90 % intervals; empty for a model without calibration.</summary>
    public IReadOnlyList<double> HalfWidths { get; init; } = [];

    /// <summary>Class thresholds of the coordination number, fitted on validation rows, or null.</summary>
    public ClassThresholds? Thresholds { get; init; }

    /// <summary>Goes into the report as it is.</summary>
    public IReadOnlyDictionary<string, string> Provenance { get; init; } = new Dictionary<string, string>();

    /// <summary>The answers of a model folder beside a table that has exactly its descriptors.</summary>
    /// <param name="model">Descriptors, styles, calibrations and thresholds.</param>
    /// <param name="rows">[N] spectra on the model's grid, with the K descriptors in the model's order.</param>
    /// <param name="answers">[N] the predictor's outputs for them.</param>
    /// <param name="split">Which rows: "test", "validation" or "all".</param>
    public static EvaluationInput Of(ModelMetadata model, SpectraTable rows, PredictionBatch answers, string split)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(answers);
        return new EvaluationInput
        {
            Split = split,
            PointCount = rows.PointCount,
            StyleCount = model.StyleCount,
            Spectra = rows.Spectra,
            Reconstruction = answers.Reconstruction,
            Styles = answers.Styles,
            Descriptors = model.Descriptors,
            Values = rows.Descriptors,
            Predictions = answers.Descriptors,
            Spreads = answers.DescriptorStd,
            HalfWidths = [.. model.Calibrations.Select(c => c.HalfWidth90)],
            Thresholds = model.CoordinationThresholds,
        };
    }
}

/// <summary>Scores a model's answers (domain.md section 2.3). Pure: fits nothing, so that it can run on test rows.</summary>
public static class ModelEvaluator
{
    /// <summary>Computes every score except the baselines, which need training rows.</summary>
    /// <param name="input">Answers and true values.</param>
    /// <exception cref="XanesDataException">No row, sizes that do not fit, repeated descriptor names, or thresholds of an unknown descriptor.</exception>
    public static EvaluationReport Evaluate(EvaluationInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        int rows = Check(input);
        var descriptors = new Dictionary<string, DescriptorEvaluation>(StringComparer.Ordinal);
        for (int k = 0; k < input.Descriptors.Count; k++)
            descriptors[input.Descriptors[k].Name] = EvaluateDescriptor(input, k, rows);
        return new EvaluationReport
        {
            Split = input.Split,
            Rows = rows,
            Descriptors = descriptors,
            Cn = input.Thresholds is null ? null : EvaluateClasses(input, input.Thresholds),
            Reconstruction = EvaluateReconstruction(input.Spectra.Span, input.Reconstruction.Span, input.PointCount),
            Styles = StyleEvaluation.Of(input.Styles.Span, input.StyleCount, input.Descriptors.Count),
            Provenance = input.Provenance,
        };
    }

    /// <summary>Mean and population standard deviation over spectra of each spectrum's mean absolute error.</summary>
    /// <param name="spectra">[N x P].</param>
    /// <param name="reconstruction">[N x P].</param>
    /// <param name="pointCount">P.</param>
    /// <exception cref="XanesDataException">No row or sizes that do not fit.</exception>
    public static ReconstructionEvaluation EvaluateReconstruction(ReadOnlySpan<float> spectra, ReadOnlySpan<float> reconstruction, int pointCount)
    {
        int rows = RowMajor.Rows(spectra, pointCount, "spectra");
        RequireRows("reconstruction", rows, RowMajor.Rows(reconstruction, pointCount, "reconstruction"));
        if (rows == 0)
            throw new XanesDataException("no row to evaluate");
        var errors = new double[rows];
        for (int i = 0; i < spectra.Length; i++)
            errors[i / pointCount] += Math.Abs((double)spectra[i] - reconstruction[i]) / pointCount;
        double mean = errors.Average();
        return new ReconstructionEvaluation { Mae = mean, MaeStd = Math.Sqrt(errors.Average(e => (e - mean) * (e - mean))) };
    }

    private static DescriptorEvaluation EvaluateDescriptor(EvaluationInput input, int k, int rows)
    {
        int count = input.Descriptors.Count;
        double[] style = RowMajor.Column(input.Styles.Span, input.StyleCount, k);
        double[] truth = RowMajor.Column(input.Values.Span, count, k);
        double[] predicted;
        if (input.Predictions.IsEmpty)
            Array.Fill(predicted = new double[rows], double.NaN);
        else
            predicted = RowMajor.Column(input.Predictions.Span, count, k);
        double halfWidth = input.HalfWidths.Count == 0 ? double.NaN : input.HalfWidths[k];
        var scores = RegressionMetrics.Of(truth, predicted);
        return new DescriptorEvaluation
        {
            Spearman = RankCorrelation.Spearman(style, truth),
            Kendall = RankCorrelation.KendallTauB(style, truth),
            LinearR2 = RegressionMetrics.LinearR2(style, truth),
            R2 = scores.R2,
            Mae = scores.Mae,
            Rmse = scores.Rmse,
            Coverage90 = Coverage(truth, predicted, input.Spreads.IsEmpty ? new double[rows] : RowMajor.Column(input.Spreads.Span, count, k), halfWidth),
            HalfWidth90 = halfWidth,
            LabelledRows = truth.Count(v => !double.IsNaN(v)),
            Unit = input.Descriptors[k].Unit,
        };
    }

    private static double Coverage(double[] truth, double[] predicted, double[] spreads, double halfWidth)
    {
        int rows = 0, inside = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            if (double.IsNaN(truth[i]) || double.IsNaN(predicted[i]))
                continue;
            rows++;
            inside += DescriptorEstimate.ConformalScore(truth[i] - predicted[i], spreads[i]) <= halfWidth ? 1 : 0;
        }

        return rows == 0 || double.IsNaN(halfWidth) ? double.NaN : (double)inside / rows;
    }

    private static ClassEvaluation EvaluateClasses(EvaluationInput input, ClassThresholds thresholds)
    {
        int k = 0;
        while (k < input.Descriptors.Count && input.Descriptors[k].Name != thresholds.Descriptor)
            k++;
        if (k == input.Descriptors.Count)
            throw new XanesDataException($"class thresholds are for '{thresholds.Descriptor}'", remedy: $"The descriptors are {string.Join(", ", input.Descriptors.Select(d => d.Name))}.");
        double[] style = RowMajor.Column(input.Styles.Span, input.StyleCount, k);
        double[] truth = RowMajor.Column(input.Values.Span, input.Descriptors.Count, k);
        var actual = new List<int>();
        var predicted = new List<int>();
        for (int i = 0; i < truth.Length; i++)
        {
            int position = ThresholdFitter.IndexOf(thresholds.Classes, truth[i]);
            if (position < 0 || !double.IsFinite(style[i]))
                continue;
            actual.Add(thresholds.Classes[position]);
            predicted.Add(thresholds.Classify(style[i]));
        }

        int[][] confusion = ClassificationMetrics.Confusion(thresholds.Classes, [.. actual], [.. predicted]);
        return new ClassEvaluation
        {
            F1Weighted = ClassificationMetrics.WeightedF1(confusion),
            F1 = ClassificationMetrics.F1(confusion),
            Confusion = confusion,
            Classes = thresholds.Classes,
            Thresholds = thresholds.Thresholds,
            Rows = actual.Count,
        };
    }

    private static int Check(EvaluationInput input)
    {
        int rows = RowMajor.Rows(input.Spectra.Span, input.PointCount, "spectra");
        if (rows == 0)
            throw new XanesDataException("no row to evaluate");
        RequireRows("styles", rows, RowMajor.Rows(input.Styles.Span, input.StyleCount, "styles"));
        int count = input.Descriptors.Count;
        if (count > input.StyleCount)
            throw new XanesDataException($"{count} descriptors for {input.StyleCount} styles", remedy: "Every descriptor needs a style of its own.");
        if (input.Descriptors.Select(d => d.Name).Distinct(StringComparer.Ordinal).Count() != count)
            throw new XanesDataException($"descriptor names repeat: {string.Join(", ", input.Descriptors.Select(d => d.Name))}");
        if (input.HalfWidths.Count != 0 && input.HalfWidths.Count != count)
            throw new XanesDataException($"{count} descriptors come with {input.HalfWidths.Count} half widths");
        if (count > 0)
            RequireRows("descriptor values", rows, RowMajor.Rows(input.Values.Span, count, "descriptor values"));
        if (count > 0 && !input.Predictions.IsEmpty)
            RequireRows("predictions", rows, RowMajor.Rows(input.Predictions.Span, count, "predictions"));
        if (count > 0 && !input.Spreads.IsEmpty)
            RequireRows("spreads", rows, RowMajor.Rows(input.Spreads.Span, count, "spreads"));
        return rows;
    }

    private static void RequireRows(string what, int expected, int actual)
    {
        if (expected != actual)
            throw new XanesDataException($"{expected} spectra come with {actual} rows of {what}");
    }
}
