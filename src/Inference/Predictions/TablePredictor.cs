using XanesMl.Inference.Domain;
using XanesMl.Inference.Measured;
using XanesMl.Inference.Models;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;

namespace XanesMl.Inference.Predictions;

/// <summary>Takes a table of spectra through a model: grid, descriptors with intervals, classes, verdicts.</summary>
public static class TablePredictor
{
    /// <summary>Rows in flight: the reconstructions of a whole table need not be in memory at once.</summary>
    private const int ChunkRows = 16 * OnnxSession.BatchRows;

    /// <summary>Predicts every row of a table.</summary>
    /// <param name="model">The model.</param>
    /// <param name="table">Spectra, normalized as the model's policy says.</param>
    /// <param name="resample">Whether spectra of another grid are put onto the model's by a quadratic spline, end values held outside their range
    /// (domain.md section 4). Energies of a model with relative axis are first reduced by the reference of the row's element, with or without resampling.</param>
    /// <returns>One prediction a row, in the table's order; without numbers where <see cref="VerdictText.IsRefusal"/> says so.</returns>
    /// <exception cref="XanesDataException">Another grid without <paramref name="resample"/>, a grid that does not overlap the model's,
    /// or a row whose element the model has no reference for.</exception>
    public static IReadOnlyList<SpectrumPrediction> Predict(SpectrumModel model, SpectraTable table, bool resample)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(table);
        var fit = new GridFit(model, table, resample);
        var check = new DomainCheck(model.Metadata.Domain);
        var predictions = new List<SpectrumPrediction>(table.RowCount);
        var buffer = new float[Math.Min(ChunkRows, table.RowCount) * model.Grid.Count];
        for (int first = 0; first < table.RowCount; first += ChunkRows)
        {
            int rows = Math.Min(ChunkRows, table.RowCount - first);
            var spectra = buffer.AsSpan(0, rows * model.Grid.Count);
            for (int i = 0; i < rows; i++)
                fit.Place(first + i, spectra.Slice(i * model.Grid.Count, model.Grid.Count));
            var batch = model.Predict(spectra, rows);
            for (int i = 0; i < rows; i++)
                predictions.Add(Row(model.Metadata, table, first + i, batch, i, check, fit.Coverage(first + i)));
        }

        return predictions;
    }

    private static SpectrumPrediction Row(ModelMetadata metadata, SpectraTable table, int row, PredictionBatch batch, int i, DomainCheck check, double coverage)
    {
        var styles = batch.Styles.AsSpan(i * metadata.StyleCount, metadata.StyleCount);
        var findings = new Findings();
        if (table.Elements[row] is { } element && !metadata.Elements.Contains(element, StringComparer.Ordinal))
            findings.Add(Verdict.WrongElementOrEdge, $"the model was not trained on {element} but on {string.Join(", ", metadata.Elements)}");
        // The rest holds its end values. Simulated spectra of the training data begin up to 2 % late themselves, because each site has its own threshold.
        RangeCheck.Coverage(coverage, findings);
        var assessment = check.Assess(styles, batch.ReconstructionError[i]);
        if (!findings.Verdict.IsRefusal())
        {
            findings.Add(assessment.Verdict, assessment.Reasons);
            if (!AllFinite(styles))
                findings.Add(Verdict.OutOfDomain, "the model gives no finite numbers for values of this size");
        }

        return (findings.Verdict.IsRefusal() ? PredictionRow.Nothing(metadata) : PredictionRow.Of(metadata, batch, i, assessment)) with
        {
            Material = table.Materials[row], Site = table.Sites[row], Element = table.Elements[row], Verdict = findings.Verdict, Reasons = findings.Reasons,
        };
    }

    private static bool AllFinite(ReadOnlySpan<float> styles)
    {
        foreach (float s in styles)
            if (!float.IsFinite(s))
                return false;
        return true;
    }
}
