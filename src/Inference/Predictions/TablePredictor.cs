using System.Globalization;
using XanesMl.Inference.Domain;
using XanesMl.Inference.Models;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;

namespace XanesMl.Inference.Predictions;

/// <summary>Takes a table of spectra through a model: grid, descriptors with intervals, classes, verdicts.</summary>
public static class TablePredictor
{
    /// <summary>Rows in flight: the reconstructions of a whole table need not be in memory at once.</summary>
    private const int ChunkRows = 16 * OnnxSession.BatchRows;

    /// <summary>A spectrum that covers less of the model's energy range than this is an extrapolation: the rest holds its end values.
    /// Simulated spectra of the training data begin up to 2 % late themselves, because each site has its own threshold.</summary>
    private const double CoverageForOk = 0.95;

    /// <summary>Predicts every row of a table.</summary>
    /// <param name="model">The model.</param>
    /// <param name="table">Spectra, normalized as the model's policy says.</param>
    /// <param name="resample">Whether spectra of another grid are put onto the model's by a quadratic spline, end values held outside their range
    /// (domain.md section 4). Energies of a model with relative axis are first reduced by the reference of the row's element, with or without resampling.</param>
    /// <returns>One prediction a row, in the table's order.</returns>
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
        var assessment = check.Assess(styles, batch.ReconstructionError[i]);
        var (verdict, reasons) = WithInput(assessment, metadata, table.Elements[row], coverage, AllFinite(styles));
        return PredictionRow.Of(metadata, batch, i, assessment) with
        {
            Material = table.Materials[row], Site = table.Sites[row], Element = table.Elements[row], Verdict = verdict, Reasons = reasons,
        };
    }

    /// <summary>Adds to the verdict what the network cannot see: the element, and how much of the energy range was measured.</summary>
    private static (Verdict Verdict, IReadOnlyList<string> Reasons) WithInput(DomainAssessment assessment, ModelMetadata metadata, string? element, double coverage, bool finite)
    {
        var verdict = assessment.Verdict;
        List<string> reasons = [.. assessment.Reasons];
        if (element is not null && !metadata.Elements.Contains(element, StringComparer.Ordinal))
        {
            verdict = Verdict.WrongElementOrEdge;
            reasons.Add($"the model was not trained on {element} but on {string.Join(", ", metadata.Elements)}");
        }

        if (!finite)
        {
            verdict = (Verdict)Math.Max((int)verdict, (int)Verdict.OutOfDomain);
            reasons.Add("the model gives no finite numbers for values of this size");
        }

        if (coverage < CoverageForOk)
        {
            verdict = (Verdict)Math.Max((int)verdict, (int)Verdict.Extrapolating);
            reasons.Add(string.Create(CultureInfo.InvariantCulture, $"the spectrum covers {100 * coverage:0} % of the model's energy range"));
        }

        return (verdict, reasons);
    }

    private static bool AllFinite(ReadOnlySpan<float> styles)
    {
        foreach (float s in styles)
            if (!float.IsFinite(s))
                return false;
        return true;
    }
}
