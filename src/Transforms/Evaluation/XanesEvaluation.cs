using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Inference.Models;
using XanesMl.Spectra;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Evaluation;

/// <summary>How well one descriptor is predicted, in its own unit.</summary>
/// <param name="Descriptor">Its name.</param>
/// <param name="Rows">Rows that have both a label and a prediction.</param>
/// <param name="Unlabelled">Rows left out for want of a label.</param>
/// <param name="Unpredicted">Labelled rows left out because their prediction is NaN, as that of a spectrum with missing values.</param>
/// <param name="MeanAbsoluteError">Mean of |prediction - label|.</param>
/// <param name="RootMeanSquaredError">Root of the mean of (prediction - label)^2.</param>
/// <param name="RSquared">1 - sum (prediction - label)^2 / sum (label - mean label)^2.</param>
public sealed record DescriptorMetrics(
    string Descriptor, long Rows, long Unlabelled, long Unpredicted, double MeanAbsoluteError, double RootMeanSquaredError, double RSquared);

/// <summary>Evaluates vectors of descriptors with ML.NET's own regression metrics, which read scalars.</summary>
public static class XanesEvaluation
{
    private const string Score = "XanesEvaluationScore";

    /// <summary>Metrics of each descriptor.</summary>
    /// <param name="mlContext">Context whose evaluator is used.</param>
    /// <param name="data">Rows with labels and predictions; read once, then kept in memory for these columns.</param>
    /// <param name="labelColumnNames">Single columns, each named like the slot that predicts it; NaN = no label.</param>
    /// <param name="predictedColumnName">Known-size Vector&lt;Single&gt; with slot names.</param>
    /// <exception cref="XanesDataException">A column or slot is missing or of another type, or a descriptor has no row to evaluate.</exception>
    public static IReadOnlyList<DescriptorMetrics> EvaluateDescriptors(
        this MLContext mlContext, IDataView data, IReadOnlyList<string> labelColumnNames, string predictedColumnName = Defaults.DescriptorsColumn)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(labelColumnNames);
        if (labelColumnNames.Count == 0)
            throw new XanesDataException("no label column is named", source: nameof(labelColumnNames), remedy: "Name at least one descriptor.");
        foreach (string label in labelColumnNames)
            Columns.Require(data.Schema, label, "Single", t => t == NumberDataViewType.Single);
        var cached = mlContext.Data.Cache(data, [.. labelColumnNames, predictedColumnName]);
        return [.. labelColumnNames.Select(l => Evaluate(mlContext, cached, l, predictedColumnName))];
    }

    /// <summary>Everything that is said of a model on labelled rows, in one call: of each descriptor Spearman, Kendall, R2, MAE, RMSE and the coverage of its 90 % interval; weighted F1 and confusion of
    /// the coordination number; the error of the reconstruction; Shapiro-Wilk and correlations of the styles.</summary>
    /// <param name="mlContext">Context; its evaluators are not used, since theirs know neither ranks nor vectors.</param>
    /// <param name="data">What a pipeline of the model made, with label columns named like its descriptors (Single, NaN = no label). Read once; its numbers are kept in memory.</param>
    /// <param name="modelFolder">The model: its units, intervals and class thresholds.</param>
    /// <param name="columns">Names of the columns; null for those of XanesPipeline.ForModel.</param>
    /// <remarks>Baselines need training rows and are left to <c>xanesml evaluate</c>. Evaluate on rows that the model has not seen: split.json of the folder says which these are.</remarks>
    /// <exception cref="XanesDataException">A column is missing or of another type, or no row has a prediction.</exception>
    /// <exception cref="Inference.XanesModelException">The folder is missing or damaged.</exception>
    public static ModelEvaluationResult EvaluateModel(this MLContext mlContext, IDataView data, string modelFolder, ModelEvaluationColumns? columns = null)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentException.ThrowIfNullOrEmpty(modelFolder);
        return ModelEvaluationReader.Evaluate(data, ModelFolder.Open(modelFolder), columns ?? new ModelEvaluationColumns());
    }

    private static DescriptorMetrics Evaluate(MLContext mlContext, IDataView data, string label, string predicted)
    {
        var scored = mlContext.Transforms.Xanes().SelectDescriptor(Score, predicted, label).Fit(data).Transform(data);
        var (rows, unlabelled, unpredicted) = Count(scored, label);
        if (rows == 0)
            throw new XanesDataException($"no row has both a label and a prediction ({unlabelled} without label, {unpredicted} without prediction)",
                column: label, remedy: "Evaluate labelled rows.");
        var complete = mlContext.Data.FilterRowsByMissingValues(scored, label, Score);
        var m = mlContext.Regression.Evaluate(complete, label, Score);
        return new DescriptorMetrics(label, rows, unlabelled, unpredicted, m.MeanAbsoluteError, m.RootMeanSquaredError, m.RSquared);
    }

    private static (long Rows, long Unlabelled, long Unpredicted) Count(IDataView data, string label)
    {
        var columns = new[] { data.Schema[label], data.Schema[Score] };
        using var cursor = data.GetRowCursor(columns);
        var readLabel = cursor.GetGetter<float>(columns[0]);
        var readScore = cursor.GetGetter<float>(columns[1]);
        long rows = 0, unlabelled = 0, unpredicted = 0;
        float l = 0, s = 0;
        while (cursor.MoveNext())
        {
            readLabel(ref l);
            readScore(ref s);
            if (float.IsNaN(l))
                unlabelled++;
            else if (float.IsNaN(s))
                unpredicted++;
            else
                rows++;
        }

        return (rows, unlabelled, unpredicted);
    }
}
