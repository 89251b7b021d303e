using ScottPlot;
using XanesMl.Cli.Reporting;
using XanesMl.Cli.Reporting.Numbers;

namespace XanesMl.Cli.Plotting;

/// <summary>Every loss term and every validation score over the epochs, one line a trial.</summary>
internal static class LossFigure
{
    /// <summary>Panels: title, unit of the y axis, column of training rows or null, column of validation rows or null, whether the quantity is positive.</summary>
    private static readonly (string Title, string Unit, string? Training, string? Validation, bool Positive)[] s_panels =
    [
        ("adversarial loss", "cross entropy (nat)", "adversarial", null, false),
        // The training loss weighs concordant pairs down, the validation score does not: two scales.
        ("rank loss", "loss (no unit)", "rank", null, false),
        ("rank loss without balance", "loss (no unit)", null, "validation_rank", false),
        ("reconstruction loss", "squared error (no unit)", "reconstruction", "validation_reconstruction", true),
        ("mutual-information loss", "squared error (std. dev.²)", "mutual_information", "validation_mutual_information", true),
        ("smoothness loss", "squared error (no unit)", "smoothness", null, true),
        ("smallest Shapiro-Wilk W", "W (no unit)", null, "min_shapiro", false),
        ("largest inter-style |Spearman|", "|Spearman| (no unit)", null, "max_interstyle", false),
        ("checkpoint metric", "metric (no unit)", null, "metric", false),
        ("learning rate", "learning rate (no unit)", "learning_rate", null, false),
    ];

    /// <summary>The figure of a run.</summary>
    public static ReportFigure Of(LossCurves losses)
    {
        var panels = s_panels.Where(p => Lines(losses, p.Training).Any() || Lines(losses, p.Validation).Any()).ToArray();
        var csv = new Csv("quantity", "rows", "trial", "seed", "epoch", "value");
        foreach (var p in panels)
            foreach (var (column, rows) in new[] { (p.Training, "training"), (p.Validation, "validation") })
                foreach (var line in Lines(losses, column))
                    for (int i = 0; i < line.Epochs.Length; i++)
                        csv.Row(p.Title, rows, line.Trial, line.Seed, line.Epochs[i], line.Values[i]);
        string ends = string.Join("; ", panels.Select(p => (p.Title, Last: Lines(losses, p.Validation ?? p.Training).Select(l => l.Values[^1]).ToArray())).Where(p => p.Last.Length > 0)
            .Select(p => $"{p.Title} ends at {PlotStyle.Number(p.Last.Min())}" + (PlotStyle.Number(p.Last.Min()) != PlotStyle.Number(p.Last.Max()) ? $" to {PlotStyle.Number(p.Last.Max())}" : "")));
        return new ReportFigure(new Figure("losses", "Losses of every term and validation scores over the epochs, one line a trial",
            $"{losses.Shown} of {losses.Trials} trials; solid: training rows, dashed: validation rows (in a panel that has both), otherwise the rows that the title speaks of. {ends}.",
            3, PlotStyle.PanelSize, [.. panels.Select((p, i) => (Func<Plot>)(() => Panel(losses, p, i == 0)))]), csv.ToString());
    }

    private static Plot Panel(LossCurves losses, (string Title, string Unit, string? Training, string? Validation, bool Positive) p, bool legend)
    {
        var plot = PlotStyle.NewPanel(p.Title, "epoch", p.Unit);
        LossCurve[] training = [.. Lines(losses, p.Training)], validation = [.. Lines(losses, p.Validation)];
        double[] all = [.. training.Concat(validation).SelectMany(l => l.Values).Where(v => v > 0)];
        bool logarithmic = p.Positive && all.Length > 0 && all.Max() > 30 * all.Min();
        foreach (var (lines, dashed) in new[] { (training, false), (validation, training.Length > 0) })
            for (int t = 0; t < lines.Length; t++)
            {
                int[] rows = [.. Enumerable.Range(0, lines[t].Values.Length).Where(i => !logarithmic || lines[t].Values[i] > 0)];
                if (rows.Length == 0)
                    continue;
                var line = plot.Add.ScatterLine(rows.Select(i => lines[t].Epochs[i]).ToArray(), rows.Select(i => logarithmic ? Math.Log10(lines[t].Values[i]) : lines[t].Values[i]).ToArray(), PlotStyle.Series[t % PlotStyle.Series.Count]);
                line.LineWidth = 1.2f;
                line.LinePattern = dashed ? LinePattern.Dashed : LinePattern.Solid;
                // A plot shows a legend by itself as soon as a line has a text.
                if (legend && !dashed)
                    line.LegendText = $"seed {lines[t].Seed}";
            }

        if (logarithmic)
            PlotStyle.UseDecades(plot);
        if (legend && training.Length is > 1 and <= 8)
            PlotStyle.Legend(plot, Alignment.UpperRight);
        else
            plot.HideLegend();
        return plot;
    }

    private static IEnumerable<LossCurve> Lines(LossCurves losses, string? column) =>
        column is not null && losses.Columns.TryGetValue(column, out var lines) ? lines.Where(l => l.Values.Length > 0) : [];
}
