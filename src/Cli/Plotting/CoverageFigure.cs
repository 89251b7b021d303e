using System.Globalization;
using ScottPlot;
using XanesMl.Cli.Reporting;
using XanesMl.Cli.Reporting.Numbers;
using XanesMl.Inference.Evaluation;

namespace XanesMl.Cli.Plotting;

/// <summary>What intervals hold against what they promise.</summary>
internal static class CoverageFigure
{
    /// <summary>The figure of held-out rows; null for a model without calibrations or rows without labels.</summary>
    public static ReportFigure? Of(RunNumbers run, RowNumbers rows)
    {
        (string Name, IntervalCoverage Coverage)[] lines = [.. rows.Coverage.Select((c, k) => (run.Model.Descriptors[k].Name, c)).Where(l => l.c.Rows > 0)];
        if (lines.Length == 0)
            return null;
        var csv = new Csv("descriptor", "unit", "nominal", "half_width", "measured", "rows");
        foreach (var (name, c) in lines)
            for (int i = 0; i < c.Nominal.Count; i++)
                csv.Row(name, run.Model.Descriptors.First(d => d.Name == name).Unit, c.Nominal[i], c.HalfWidths[i], c.Measured[i], c.Rows);
        int at = RowNumbers.Levels.ToList().IndexOf(0.9);
        string measured = string.Join(", ", lines.Select(l => string.Create(CultureInfo.InvariantCulture, $"{l.Name} {100 * l.Coverage.Measured[at]:0} %")));
        return new ReportFigure(new Figure("coverage", $"Coverage of the intervals on {rows.Which} rows",
            $"Part of the rows whose true value lies in the interval against the level that the interval promises; on the diagonal both agree, below it intervals are too narrow. At 90 %: {measured}. "
            + "The grey band is twice the sampling error of independent rows.", 1, (400, 320), [() => Panel(lines)]), csv.ToString());
    }

    private static Plot Panel((string Name, IntervalCoverage Coverage)[] lines)
    {
        var plot = PlotStyle.NewPanel("measured against nominal coverage", "nominal level (%)", "rows within the interval (%)");
        double[] levels = [.. Enumerable.Range(0, 51).Select(i => 45 + i * 1.06)];
        int n = lines.Min(l => l.Coverage.Rows);
        double[] error = Array.ConvertAll(levels, p => 200 * Math.Sqrt(Math.Max(0, p / 100 * (1 - (p / 100))) / n));
        var band = plot.Add.FillY(levels, [.. levels.Zip(error, (p, e) => p - e)], [.. levels.Zip(error, (p, e) => Math.Min(100, p + e))]);
        band.FillColor = PlotStyle.Faint.WithAlpha(.35);
        band.LineWidth = 0;
        var diagonal = plot.Add.Line(45, 45, 98, 98);
        diagonal.LineColor = PlotStyle.Ink;
        diagonal.LineWidth = 1;
        MarkerShape[] shapes = [MarkerShape.FilledCircle, MarkerShape.FilledSquare, MarkerShape.FilledDiamond, MarkerShape.FilledTriangleUp, MarkerShape.FilledTriangleDown];
        for (int i = 0; i < lines.Length; i++)
        {
            int[] known = [.. Enumerable.Range(0, lines[i].Coverage.Nominal.Count).Where(l => double.IsFinite(lines[i].Coverage.Measured[l]))];
            var line = plot.Add.Scatter(known.Select(l => 100 * lines[i].Coverage.Nominal[l]).ToArray(), known.Select(l => 100 * lines[i].Coverage.Measured[l]).ToArray(), PlotStyle.Series[i % PlotStyle.Series.Count]);
            line.LineWidth = 1.4f;
            line.MarkerSize = 7;
            line.MarkerShape = shapes[i % shapes.Length];
            line.LegendText = lines[i].Name;
        }

        plot.Axes.SetLimits(45, 98, Math.Min(40, lines.SelectMany(l => l.Coverage.Measured).Where(double.IsFinite).DefaultIfEmpty(0.5).Min() * 100 - 3), 101);
        PlotStyle.Legend(plot, Alignment.LowerRight);
        return plot;
    }
}
