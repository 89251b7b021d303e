using XanesMl.Cli.Plotting;
using XanesMl.Inference.Models;
using XanesMl.Inference.Predictions;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Training.Evaluation;
using XanesMl.Inference.Evaluation;

namespace XanesMl.Cli.Reporting;

/// <summary>Figures of a model from its own answers.</summary>
internal static class ModelFigures
{
    /// <summary>How the decoded spectrum changes along each style, over the range that the styles of <paramref name="rows"/> have.</summary>
    /// <param name="model">The model.</param>
    /// <param name="rows">Spectra on the model's grid that the model was fitted on.</param>
    /// <param name="draws">Draws of the other styles that are averaged.</param>
    /// <param name="cancel">Stops between two steps.</param>
    public static Figure SpectralVariation(SpectrumModel model, SpectraTable rows, int draws, CancellationToken cancel)
    {
        var metadata = model.Metadata;
        int styles = metadata.StyleCount;
        var result = Training.Evaluation.SpectralVariation.Compute(model.EncodeStyles(rows.Spectra.Span, rows.RowCount), styles, model.Grid.Count,
            (batch, n) => model.DecodeStyles(batch.AsSpan(0, n * styles), n), new SpectralVariationOptions { Draws = draws, Seed = 1 }, cancel);
        var panels = result.Sweeps.Select(sweep =>
        {
            bool calibrated = sweep.Style < metadata.Calibrations.Count;
            string name = sweep.Style < metadata.Descriptors.Count ? metadata.Descriptors[sweep.Style].Name
                : styles - metadata.Descriptors.Count == 1 ? "free style" : $"free style {sweep.Style - metadata.Descriptors.Count + 1}";
            var values = calibrated ? [.. sweep.SweepValues.Select(metadata.Calibrations[sweep.Style].Evaluate)] : sweep.SweepValues;
            return new VariationPanel(name, calibrated ? metadata.Descriptors[sweep.Style].Unit : "standard deviations", values, sweep.Curves);
        });
        return SpectralVariationFigure.Create(model.Grid.Energies.ToArray(), IsRelative(metadata), [.. panels]);
    }

    /// <summary>Predicted against true descriptors; null for a model without calibrations.</summary>
    public static Figure? Parity(SpectrumModel model, SpectraTable rows, PredictionBatch answers, EvaluationReport report)
    {
        var metadata = model.Metadata;
        if (metadata.Calibrations.Count == 0 || rows.RowCount == 0)
            return null;
        int count = metadata.Descriptors.Count;
        var panels = metadata.Descriptors.Select((d, k) =>
        {
            float[] truth = rows.DescriptorColumn(d.Name);
            int[] labelled = [.. Enumerable.Range(0, truth.Length).Where(i => !float.IsNaN(truth[i]))];
            DescriptorEstimate[] estimates = [.. labelled.Select(i => DescriptorEstimate.From(
                answers.Descriptors[(i * count) + k], answers.DescriptorStd[(i * count) + k], metadata.Calibrations[k].HalfWidth90, d.Unit))];
            var scores = report.Descriptors[d.Name];
            return new ParityPanel(d.Name, d.Unit, [.. labelled.Select(i => (double)truth[i])], [.. estimates.Select(e => e.Value)],
                [.. estimates.Select(e => e.Low)], [.. estimates.Select(e => e.High)], scores.Spearman, scores.Mae);
        });
        return ParityFigure.Create(report.Split, [.. panels]);
    }

    /// <summary>Best, median and worst reconstruction of the rows.</summary>
    public static Figure? Reconstruction(SpectrumModel model, SpectraTable rows, PredictionBatch answers)
    {
        if (rows.RowCount == 0)
            return null;
        int points = model.Grid.Count;
        int[] order = [.. Enumerable.Range(0, rows.RowCount).OrderBy(i => answers.ReconstructionError[i]).ThenBy(i => i)];
        ReconstructionPanel Panel(string which, int row) => new(
            $"{which}: {Shortened(rows.Materials[row])}, site {Shortened(rows.Sites[row])}", [.. rows.Spectrum(row).ToArray().Select(v => (double)v)],
            [.. answers.Reconstruction.AsSpan(row * points, points).ToArray().Select(v => (double)v)], answers.ReconstructionError[row]);
        return ReconstructionFigure.Create(model.Grid.Energies.ToArray(), IsRelative(model.Metadata),
            [Panel("best", order[0]), Panel("median", order[order.Length / 2]), Panel("worst", order[^1])]);
    }

    private static bool IsRelative(ModelMetadata metadata) => metadata.EnergyAxis == EnergyAxis.RelativeToEdge;

    // A title has one line of a panel's width.
    private static string Shortened(string text) => text.Length <= 20 ? text : text[..17] + "...";
}
