using XanesMl.Inference.Evaluation;
using XanesMl.Inference.Models;
using XanesMl.Inference.Predictions;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Spectra.Splitting;
using XanesMl.Training.Evaluation;

namespace XanesMl.Training.Runs;

/// <summary>Rows of a table that an evaluation looks at.</summary>
public enum EvaluationRows
{
    /// <summary>Every row.</summary>
    All,

    /// <summary>The rows that the model's split kept for testing; the table must be the one that it was trained on.</summary>
    Test,
}

/// <summary>Scores a model folder on a labelled table, through ONNX Runtime.</summary>
public static class ModelEvaluation
{
    /// <summary>Evaluates.</summary>
    /// <param name="modelFolder">The model.</param>
    /// <param name="tables">Spectra with descriptors, each table with a grid of its own; descriptors that the model does not have are left aside, those that a
    /// table lacks count as missing.</param>
    /// <param name="rows">Which rows.</param>
    /// <param name="resample">Put other grids onto the model's.</param>
    /// <returns>Scores; with baselines where the tables are the training tables in their order, since they need training rows.</returns>
    /// <exception cref="XanesDataException">Test rows of another table, none of the model's descriptors, or a grid that does not fit.</exception>
    public static EvaluationReport Evaluate(string modelFolder, IReadOnlyList<SpectraTable> tables, EvaluationRows rows, bool resample)
    {
        ArgumentNullException.ThrowIfNull(tables);
        using var model = SpectrumModel.Open(modelFolder);
        var metadata = model.Metadata;
        string[] names = [.. metadata.Descriptors.Select(d => d.Name)];
        string[] theirs = [.. tables.SelectMany(t => t.DescriptorNames).Distinct(StringComparer.Ordinal)];
        if (names.Length > 0 && !names.Intersect(theirs, StringComparer.Ordinal).Any())
            throw new XanesDataException($"the table has none of the model's descriptors ({string.Join(", ", names)})", remedy: $"It has {(theirs.Length == 0 ? "no AUX_ columns" : string.Join(", ", theirs))}.");
        var aligned = SpectraTable.Concat([.. tables.Select(t => Labelled(TableAlignment.ToModelGrid(model, t, resample), names))]);
        // The hash is of the table as it was trained on: on the model's grid, with the model's descriptors.
        var split = model.Folder.Split is { } s && s.DataHash == DataHash.Of(aligned) ? s : null;
        if (rows == EvaluationRows.Test && (split is null || split.Test.Count == 0))
            throw new XanesDataException(split is null ? "the table is not the one that the model was trained on, so its test rows are not known" : "the model's split has no test rows",
                remedy: "Use --rows all.");

        var chosen = rows == EvaluationRows.Test ? aligned.Select(split!.Test) : aligned;
        var report = Score(model, metadata, chosen, rows == EvaluationRows.Test ? "test" : "all");
        return split is not null && rows == EvaluationRows.Test
            ? Baselines.Score(aligned.Select(split.Train), aligned.Select(split.Validation), chosen, metadata.StyleCount).AddTo(report)
            : report;
    }

    private static EvaluationReport Score(SpectrumModel model, ModelMetadata metadata, SpectraTable table, string name)
    {
        var batch = model.Predict(table.Spectra.Span, table.RowCount);
        return ModelEvaluator.Evaluate(EvaluationInput.Of(metadata, table, batch, name) with
        {
            Provenance = new Dictionary<string, string> { ["model"] = metadata.Name, ["model_id"] = model.Folder.Id, ["data_hash"] = DataHash.Of(table), ["version"] = metadata.Provenance.XanesMlVersion },
        });
    }

    /// <summary>The table with exactly the model's descriptors; a missing column is all NaN.</summary>
    private static SpectraTable Labelled(SpectraTable table, string[] names)
    {
        var values = new float[table.RowCount * names.Length];
        for (int k = 0; k < names.Length; k++)
        {
            float[]? column = table.DescriptorNames.Contains(names[k], StringComparer.Ordinal) ? table.DescriptorColumn(names[k]) : null;
            for (int i = 0; i < table.RowCount; i++)
                values[(i * names.Length) + k] = column?[i] ?? float.NaN;
        }

        return new SpectraTable(table.Grid, table.Spectra.ToArray(), names, values, [.. table.Materials], [.. table.Sites], [.. table.Elements]);
    }
}
