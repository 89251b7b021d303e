using System.Globalization;
using ScottPlot;
using XanesMl.Cli.Reporting;
using XanesMl.Cli.Reporting.Numbers;
using XanesMl.Inference.Evaluation;

namespace XanesMl.Cli.Plotting;

/// <summary>Predicted against true values of one descriptor on held-out rows; rows without a true value are left out.</summary>
/// <param name="Name">Descriptor.</param>
/// <param name="Unit">Its unit, or "".</param>
/// <param name="Truth">[rows].</param>
/// <param name="Predicted">[rows].</param>
/// <param name="HalfWidths">[rows] half widths of the 90 % intervals.</param>
/// <param name="Spearman">Of the style, for the title.</param>
/// <param name="Mae">For the title.</param>
internal sealed record ParityPanel(string Name, string Unit, double[] Truth, double[] Predicted, double[] HalfWidths, double Spearman, double Mae);

/// <summary>One parity plot a descriptor.</summary>
internal static class ParityFigure
{
    /// <summary>Points that a panel shows; the CSV has all.</summary>
    public const int MaxPoints = 2000;

    /// <summary>The figure of held-out rows; null for a model without calibrations.</summary>
    public static ReportFigure? Of(RunNumbers run, RowNumbers rows)
    {
        if (rows.Estimates.Count == 0)
            return null;
        var panels = new List<ParityPanel>();
        var csv = new Csv("descriptor", "unit", "material", "site", "element", "true", "predicted", "low_90", "high_90");
        for (int k = 0; k < rows.Estimates.Count; k++)
        {
            var (d, scores, truth, e) = (run.Model.Descriptors[k], run.Run.Report.Descriptors.GetValueOrDefault(run.Model.Descriptors[k].Name), rows.Truth[k], rows.Estimates[k]);
            int[] labelled = [.. Enumerable.Range(0, truth.Length).Where(i => !double.IsNaN(truth[i]))];
            panels.Add(new ParityPanel(d.Name, d.Unit, Array.ConvertAll(labelled, i => truth[i]), Array.ConvertAll(labelled, i => e[i].Value),
                Array.ConvertAll(labelled, i => (e[i].High - e[i].Low) / 2), scores?.Spearman ?? double.NaN, scores?.Mae ?? double.NaN));
            foreach (int i in labelled)
                csv.Row(d.Name, d.Unit, rows.Table.Materials[i], rows.Table.Sites[i], rows.Table.Elements[i], truth[i], e[i].Value, e[i].Low, e[i].High);
        }

        return new ReportFigure(Create(rows.Which, panels), csv.ToString());
    }

    /// <summary>Builds the drawing; <paramref name="rows"/> says which rows, "test".</summary>
    public static Figure Create(string rows, IReadOnlyList<ParityPanel> panels) => new(
        "parity", $"Predicted against true descriptor on {rows} rows, bars are 90 % intervals",
        "One panel a descriptor: predicted against true value with the diagonal; blue circles where the interval holds the true value, vermilion squares where it does not. " +
        string.Join("; ", panels.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Name}: Spearman {PlotStyle.Two(p.Spearman)}, mean absolute error {PlotStyle.Number(p.Mae)} {p.Unit}").TrimEnd())) + "."
        + (panels.Any(p => p.Truth.Length > MaxPoints) ? $" At most {MaxPoints} rows a panel are drawn, evenly spaced." : ""),
        panels.Count >= 7 ? 4 : 3, (400, 340), [.. panels.Select((p, i) => (Func<Plot>)(() => Panel(p, i == 0)))]);

    private static Plot Panel(ParityPanel panel, bool legend)
    {
        string title = string.Create(CultureInfo.InvariantCulture, $"{panel.Name}   Spearman {PlotStyle.Two(panel.Spearman)}   MAE {PlotStyle.Number(panel.Mae)} {panel.Unit}").TrimEnd();
        var plot = PlotStyle.NewPanel(title, "true " + PlotStyle.WithUnit(panel.Name, panel.Unit), "predicted " + PlotStyle.WithUnit(panel.Name, panel.Unit));
        plot.Axes.Title.Label.FontSize = 13;
        if (panel.Truth.Length == 0)
            return plot;
        var (left, right) = PlotStyle.Widened(panel.Truth.Min(), panel.Truth.Max());
        var (bottom, top) = PlotStyle.Widened(panel.Truth.Concat(panel.Predicted.Zip(panel.HalfWidths, (p, h) => p - h)).Min(), panel.Truth.Concat(panel.Predicted.Zip(panel.HalfWidths, (p, h) => p + h)).Max());
        var diagonal = plot.Add.Line(left, left, right, right);
        diagonal.LineColor = PlotStyle.Ink;
        diagonal.LineWidth = 1;
        int[] shown = PlotStyle.Thinned(panel.Truth.Length, MaxPoints);
        var bars = plot.Add.ErrorBar(shown.Select(i => panel.Truth[i]).ToArray(), shown.Select(i => panel.Predicted[i]).ToArray(), shown.Select(i => panel.HalfWidths[i]).ToArray());
        bars.Color = PlotStyle.Faint.WithAlpha(shown.Length > 100 ? .25 : .8);
        bars.LineWidth = shown.Length > 100 ? 1 : 1.5f;
        bars.CapSize = 0;
        foreach (bool inside in new[] { true, false })
        {
            int[] part = [.. shown.Where(i => (Math.Abs(panel.Truth[i] - panel.Predicted[i]) <= panel.HalfWidths[i]) == inside)];
            var points = plot.Add.ScatterPoints(part.Select(i => panel.Truth[i]).ToArray(), part.Select(i => panel.Predicted[i]).ToArray(), (inside ? PlotStyle.First : PlotStyle.Second).WithAlpha(shown.Length > 100 ? .6 : 1));
            points.MarkerSize = shown.Length > 100 ? 4 : 6;
            points.MarkerShape = inside ? MarkerShape.FilledCircle : MarkerShape.FilledSquare;
            if (legend)
                points.LegendText = inside ? "interval holds the true value" : "it does not";
        }

        plot.Axes.SetLimits(left, right, bottom, top);
        if (legend)
            PlotStyle.Legend(plot, Alignment.LowerRight);
        return plot;
    }
}

/// <summary>Residuals of each descriptor in bins.</summary>
internal static class ResidualFigure
{
    /// <summary>The figure of held-out rows; null without labels.</summary>
    public static ReportFigure? Of(RunNumbers run, RowNumbers rows)
    {
        (string Name, string Unit, Histogram Bins, double Mean)[] panels = [.. rows.Residuals.Select((h, k) => (run.Model.Descriptors[k].Name, run.Model.Descriptors[k].Unit, h,
            rows.Estimates[k].Select((e, i) => e.Value - rows.Truth[k][i]).Where(r => !double.IsNaN(r)).DefaultIfEmpty(double.NaN).Average())).Where(p => p.h is not null).Select(p => (p.Name, p.Unit, p.h!, p.Item4))];
        if (panels.Length == 0)
            return null;
        var csv = new Csv("descriptor", "unit", "bin_low", "bin_high", "rows");
        foreach (var (name, unit, bins, _) in panels)
        {
            csv.Row(name, unit, double.NaN, bins.Edges[0], bins.Below);
            for (int b = 0; b < bins.Counts.Count; b++)
                csv.Row(name, unit, bins.Edges[b], bins.Edges[b + 1], bins.Counts[b]);
            csv.Row(name, unit, bins.Edges[^1], double.NaN, bins.Above);
        }

        string means = string.Join("; ", panels.Select(p => $"{p.Name}: mean {PlotStyle.Number(p.Mean)} {p.Unit}".TrimEnd() + (p.Bins.Below + p.Bins.Above > 0 ? $", {p.Bins.Below + p.Bins.Above} rows beyond the ends" : "")));
        return new ReportFigure(new Figure("residuals", $"Residuals (predicted minus true) on {rows.Which} rows", $"One histogram a descriptor over the range that holds 98 of 100 rows; the line is 0. {means}.",
            3, (400, 260), [.. panels.Select(p => (Func<Plot>)(() => Panel(p)))]), csv.ToString());
    }

    private static Plot Panel((string Name, string Unit, Histogram Bins, double Mean) p)
    {
        var plot = PlotStyle.NewPanel($"{p.Name}   mean {PlotStyle.Number(p.Mean)} {p.Unit}".TrimEnd(), "predicted minus true " + PlotStyle.WithUnit(p.Name, p.Unit), "rows");
        for (int b = 0; b < p.Bins.Counts.Count; b++)
        {
            var bar = plot.Add.Rectangle(p.Bins.Edges[b], p.Bins.Edges[b + 1], 0, p.Bins.Counts[b]);
            bar.FillColor = PlotStyle.First.WithAlpha(.75);
            bar.LineColor = Colors.White;
            bar.LineWidth = .5f;
        }

        plot.Add.VerticalLine(0, 1.2f, PlotStyle.Ink);
        plot.Axes.SetLimits(p.Bins.Edges[0], p.Bins.Edges[^1], 0, p.Bins.Counts.Max() * 1.06);
        return plot;
    }
}
