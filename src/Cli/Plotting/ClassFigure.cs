using System.Globalization;
using ScottPlot;
using XanesMl.Cli.Reporting;
using XanesMl.Cli.Reporting.Numbers;
using XanesMl.Inference.Evaluation;
using XanesMl.Inference.Models;

namespace XanesMl.Cli.Plotting;

/// <summary>The coordination number as a class: F1 over the threshold, strip plot of the style, confusion matrix.</summary>
internal static class ClassFigure
{
    private const int MaxPoints = 1500;

    /// <summary>The figure; without rows only the confusion matrix, which metrics.json holds. Null for a model without classes.</summary>
    public static ReportFigure? Of(RunNumbers run)
    {
        if (run.Run.Report.Cn is not { } cn || cn.Classes.Count < 2)
            return null;
        string name = run.Model.CoordinationThresholds?.Descriptor ?? "CN";
        var panels = new List<Func<Plot>>();
        var csv = new Csv("what", "boundary", "x", "y");
        if (run.Rows is { Classes: { } classes } rows && run.Model.CoordinationThresholds is { } thresholds)
        {
            panels.Add(() => Curves(name, classes, cn, rows.Which));
            panels.Add(() => Strip(name, rows, classes.Descriptor, thresholds));
            foreach (var (what, curves) in new[] { ("f1_validation", classes.Validation), ("f1_" + rows.Which + "_rows", classes.Scored) })
                foreach (var c in curves)
                    for (int i = 0; i < c.Thresholds.Count; i++)
                        csv.Row(what, $"{c.Lower}/{c.Upper}", c.Thresholds[i], c.F1[i]);
            for (int i = 0; i < rows.Table.RowCount; i++)
                csv.Row("strip_class_and_style", "", rows.Truth[classes.Descriptor][i], rows.Styles[classes.Descriptor][i]);
        }

        panels.Add(Confusion(name, cn).Panel);
        for (int t = 0; t < cn.Classes.Count; t++)
            for (int p = 0; p < cn.Classes.Count; p++)
                csv.Row($"confusion_true_{cn.Classes[t]}_predicted_{cn.Classes[p]}", "", cn.Classes[p], cn.Confusion[t][p]);
        string alt = string.Create(CultureInfo.InvariantCulture, $"Weighted F1 {cn.F1Weighted:0.000} on {cn.Rows} {run.Run.Report.Split} rows with {name} of {string.Join(", ", cn.Classes)}; F1 of each class ")
            + string.Join(", ", cn.Classes.Zip(cn.F1, (c, f) => string.Create(CultureInfo.InvariantCulture, $"{c}: {f:0.00}"))) + ". Thresholds on the style, chosen on validation rows: "
            + string.Join(" and ", cn.Thresholds.Select(PlotStyle.Two)) + ".";
        return new ReportFigure(new Figure("cn_classes", $"{name} as a class", alt, 3, PlotStyle.PanelSize, panels), csv.ToString());
    }

    private static Plot Curves(string name, ClassNumbers classes, ClassEvaluation cn, string which)
    {
        var plot = PlotStyle.NewPanel($"F1: validation rows solid, {which} rows dashed", $"threshold on the style of {name} (std. dev.)", "F1 (no unit)");
        for (int b = 0; b < classes.Validation.Count; b++)
        {
            var color = PlotStyle.Series[b % PlotStyle.Series.Count];
            foreach (var (curves, dashed) in new[] { (classes.Validation, false), (classes.Scored, true) })
            {
                var line = plot.Add.ScatterLine(curves[b].Thresholds.ToArray(), curves[b].F1.ToArray(), color);
                line.LineWidth = dashed ? 1.4f : 2;
                line.LinePattern = dashed ? LinePattern.Dashed : LinePattern.Solid;
                string side = curves[b].LowerIsPositive ? $"{curves[b].Lower} and below" : $"{curves[b].Upper} and above";
                // Dashed lines have no entry of their own: the legend would hide the curves.
                if (!dashed)
                    line.LegendText = "F1 of " + side;
            }

            var mark = plot.Add.VerticalLine(cn.Thresholds[b], 1.2f, color, LinePattern.Dotted);
            mark.ExcludeFromLegend = true;
        }

        // Above 1 is room for the legend.
        plot.Axes.SetLimitsY(0, 1.38);
        double[] ticks = [0, 0.2, 0.4, 0.6, 0.8, 1];
        plot.Axes.Left.SetTicks(ticks, [.. ticks.Select(PlotStyle.Tick)]);
        PlotStyle.Legend(plot, Alignment.UpperCenter);
        return plot;
    }

    private static Plot Strip(string name, RowNumbers rows, int k, ClassThresholds thresholds)
    {
        var plot = PlotStyle.NewPanel("style of every row by its class", $"true {name} (no unit)", $"style of {name} (std. dev.)");
        int[] labelled = [.. Enumerable.Range(0, rows.Truth[k].Length).Where(i => !double.IsNaN(rows.Truth[k][i]))];
        int[] shown = [.. PlotStyle.Thinned(labelled.Length, MaxPoints).Select(i => labelled[i])];
        var (size, alpha) = PlotStyle.Points(shown.Length);
        foreach (bool right in new[] { true, false })
        {
            int[] part = [.. shown.Where(i => (thresholds.Classify(rows.Styles[k][i]) == (int)Math.Round(rows.Truth[k][i])) == right)];
            // The golden ratio spreads neighbours without chance, so that the picture is the same each time.
            var points = plot.Add.ScatterPoints(part.Select(i => rows.Truth[k][i] + (0.5 * (((i * 0.6180339887498949) % 1) - 0.5))).ToArray(), part.Select(i => rows.Styles[k][i]).ToArray(),
                (right ? PlotStyle.First : PlotStyle.Second).WithAlpha(alpha));
            points.MarkerSize = size;
            points.MarkerShape = right ? MarkerShape.FilledCircle : MarkerShape.FilledSquare;
            points.LegendText = right ? "class is right" : "class is wrong, or not among them";
        }

        foreach (double t in thresholds.Thresholds)
            plot.Add.HorizontalLine(t, 1.2f, PlotStyle.Ink, LinePattern.Dotted).ExcludeFromLegend = true;
        int low = (int)Math.Floor(labelled.Select(i => rows.Truth[k][i]).Min()), high = (int)Math.Ceiling(labelled.Select(i => rows.Truth[k][i]).Max());
        double[] ticks = [.. Enumerable.Range(low, Math.Clamp(high - low + 1, 1, 30)).Select(v => (double)v)];
        plot.Axes.Bottom.SetTicks(ticks, [.. ticks.Select(v => v.ToString("0", CultureInfo.InvariantCulture))]);
        double bottom = rows.Styles[k].Min(), top = rows.Styles[k].Max();
        plot.Axes.SetLimitsY(bottom - (0.05 * (top - bottom)), top + (0.35 * (top - bottom)) + 1e-6);
        PlotStyle.Legend(plot, Alignment.UpperCenter);
        return plot;
    }

    private static HeatMap Confusion(string name, ClassEvaluation cn)
    {
        string[] classes = [.. cn.Classes.Select(c => c.ToString(CultureInfo.InvariantCulture))];
        double[][] part = [.. cn.Confusion.Select(row => row.Select(n => row.Sum() == 0 ? double.NaN : (double)n / row.Sum()).ToArray())];
        return new HeatMap
        {
            Title = "confusion: rows, and part of the true class",
            Rows = classes, Columns = classes, Values = part, Range = (0, 1), Signed = false, XLabel = $"predicted {name} (no unit)", YLabel = $"true {name} (no unit)",
            Texts = [.. cn.Confusion.Select((row, t) => row.Select((n, p) => double.IsNaN(part[t][p]) ? "0" : string.Create(CultureInfo.InvariantCulture, $"{n}  ({100 * part[t][p]:0} %)")).ToArray())],
        };
    }
}
