using System.Globalization;
using ScottPlot;
using XanesMl.Cli.Reporting;
using XanesMl.Cli.Reporting.Numbers;
using XanesMl.Inference.Evaluation;

namespace XanesMl.Cli.Plotting;

/// <summary>One spectrum beside the model's reconstruction.</summary>
/// <param name="Label">"best", "median" or "worst" and which spectrum it is.</param>
/// <param name="Spectrum">[points].</param>
/// <param name="Reconstruction">[points].</param>
/// <param name="Mae">Mean absolute difference.</param>
internal sealed record ReconstructionPanel(string Label, double[] Spectrum, double[] Reconstruction, double Mae);

/// <summary>Best, median and worst reconstruction, and how the errors spread.</summary>
internal static class ReconstructionFigure
{
    /// <summary>The figure of held-out rows.</summary>
    public static ReportFigure Of(RunNumbers run, RowNumbers rows)
    {
        int points = run.Energies.Length;
        int[] order = rows.ByReconstruction;
        ReconstructionPanel Panel(string which, int row) => new(
            $"{which}: {Shortened(rows.Table.Materials[row])}, site {Shortened(rows.Table.Sites[row])}", [.. rows.Table.Spectrum(row).ToArray().Select(v => (double)v)],
            [.. rows.Answers.Reconstruction.AsSpan(row * points, points).ToArray().Select(v => (double)v)], rows.Answers.ReconstructionError[row]);
        ReconstructionPanel[] panels = [Panel("best", order[0]), Panel("median", order[order.Length / 2]), Panel("worst", order[^1])];
        var csv = new Csv("which", "material", "site", "energy_ev", "spectrum", "reconstruction");
        foreach (var (which, row, panel) in new[] { ("best", order[0], panels[0]), ("median", order[order.Length / 2], panels[1]), ("worst", order[^1], panels[2]) })
            for (int e = 0; e < points; e++)
                csv.Row(which, rows.Table.Materials[row], rows.Table.Sites[row], run.Energies[e], panel.Spectrum[e], panel.Reconstruction[e]);
        return new ReportFigure(Create(run.Energies, run.Relative, panels), csv.ToString());
    }

    /// <summary>Builds the drawing; all panels share one scale.</summary>
    public static Figure Create(double[] energies, bool relative, IReadOnlyList<ReconstructionPanel> panels)
    {
        double top = panels.Max(p => Math.Max(p.Spectrum.Max(), p.Reconstruction.Max())) * 1.08;
        return new Figure("reconstruction", "Spectra and their reconstruction: best, median and worst held-out row",
            "Absorption against energy, input in black and reconstruction in vermilion. " + string.Join("; ", panels.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Label}: mean absolute error {p.Mae:0.0000}"))) + ".",
            3, PlotStyle.PanelSize, [.. panels.Select((p, i) => (Func<Plot>)(() => Panel(energies, relative, p, top, i == 0)))]);
    }

    private static Plot Panel(double[] energies, bool relative, ReconstructionPanel panel, double top, bool legend)
    {
        var plot = PlotStyle.NewPanel(string.Create(CultureInfo.InvariantCulture, $"{panel.Label}, MAE {panel.Mae:0.0000}"), PlotStyle.Energy(relative), PlotStyle.Absorption);
        plot.Axes.Title.Label.FontSize = 12;
        var input = plot.Add.ScatterLine(energies, panel.Spectrum, PlotStyle.Ink);
        input.LineWidth = 1.8f;
        var output = plot.Add.ScatterLine(energies, panel.Reconstruction, PlotStyle.Second);
        output.LineWidth = 1.4f;
        plot.Axes.SetLimits(energies[0], energies[^1], Math.Min(0, panel.Spectrum.Min()), top);
        if (legend)
        {
            input.LegendText = "spectrum";
            output.LegendText = "reconstruction";
            PlotStyle.Legend(plot, Alignment.LowerRight);
        }

        return plot;
    }

    // A title has one line of a panel's width.
    private static string Shortened(string text) => text.Length <= 20 ? text : text[..17] + "...";
}

/// <summary>How the reconstruction errors of held-out rows spread.</summary>
internal static class ReconstructionErrorFigure
{
    /// <summary>The figure of held-out rows.</summary>
    public static ReportFigure Of(RunNumbers run, RowNumbers rows)
    {
        double[] errors = [.. rows.ByReconstruction.Select(i => (double)rows.Answers.ReconstructionError[i])];
        double top = Math.Max(1e-9, errors[^1]);
        var bins = Histogram.Of(errors, 30, 0, top);
        var csv = new Csv("bin_low", "bin_high", "rows");
        for (int b = 0; b < bins.Counts.Count; b++)
            csv.Row(bins.Edges[b], bins.Edges[b + 1], bins.Counts[b]);
        double median = errors[errors.Length / 2], mean = run.Run.Report.Reconstruction.Mae, pca = run.Run.Report.Reconstruction.PcaMae;
        string marks = $"mean {PlotStyle.Number(mean)}, median {PlotStyle.Number(median)}, worst {PlotStyle.Number(errors[^1])}" + (double.IsFinite(pca) ? $"; principal components: mean {PlotStyle.Number(pca)}" : "");
        return new ReportFigure(new Figure("reconstruction_errors", $"Reconstruction errors of the {rows.Which} rows", $"Rows by the mean absolute error of their reconstruction (normalized absorption): {marks}.",
            1, PlotStyle.PanelSize, [() => Panel(bins, mean, pca)]), csv.ToString());
    }

    private static Plot Panel(Histogram bins, double mean, double pca)
    {
        var plot = PlotStyle.NewPanel("reconstruction errors", "mean absolute error (normalized absorption)", "rows");
        for (int b = 0; b < bins.Counts.Count; b++)
        {
            var bar = plot.Add.Rectangle(bins.Edges[b], bins.Edges[b + 1], 0, bins.Counts[b]);
            bar.FillColor = PlotStyle.First.WithAlpha(.75);
            bar.LineColor = Colors.White;
            bar.LineWidth = .5f;
        }

        plot.Add.VerticalLine(mean, 1.6f, PlotStyle.Ink).LegendText = "mean of this model";
        if (double.IsFinite(pca))
            plot.Add.VerticalLine(pca, 1.6f, PlotStyle.Second, LinePattern.Dashed).LegendText = "mean of principal components";
        plot.Axes.SetLimits(0, bins.Edges[^1], 0, bins.Counts.Max() * 1.06);
        PlotStyle.Legend(plot, Alignment.UpperRight);
        return plot;
    }
}
