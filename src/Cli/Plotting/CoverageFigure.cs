using System.Globalization;
using ScottPlot;
using XanesMl.Cli.Reporting;
using XanesMl.Cli.Reporting.Numbers;
using XanesMl.Inference.Evaluation;

namespace XanesMl.Cli.Plotting;

/// <summary>What intervals hold against what they promise.</summary>
internal static class CoverageFigure
{
    /// <summary>How intervals of other levels are made.</summary>
    public const string Note = "An interval of another level than 90 % is the model's own, ensemble's spread included, times the ratio of the validation rows' conformal quantiles of error over half width.";

    /// <summary>The figure of held-out rows; null for a model without calibrations or rows without labels.</summary>
    public static ReportFigure? Of(RunNumbers run, RowNumbers rows)
    {
        (string Name, IntervalCoverage Coverage)[] lines = [.. rows.Coverage.Select((c, k) => (run.Model.Descriptors[k].Name, c)).Where(l => l.c.Rows > 0)];
        if (lines.Length == 0)
            return null;
        var csv = new Csv("descriptor", "unit", "nominal", "half_width", "measured", "low", "high", "rows");
        for (int k = 0; k < rows.Coverage.Count; k++)
            for (int i = 0; i < rows.Coverage[k].Nominal.Count && rows.Coverage[k].Rows > 0; i++)
            {
                var (c, band) = (rows.Coverage[k], rows.Band(k, rows.Coverage[k].Nominal[i]));
                csv.Row(run.Model.Descriptors[k].Name, run.Model.Descriptors[k].Unit, c.Nominal[i], c.HalfWidths[i], c.Measured[i], band?.Low ?? double.NaN, band?.High ?? double.NaN, c.Rows);
            }

        int at = RowNumbers.Levels.ToList().IndexOf(0.9);
        string measured = string.Join(", ", lines.Select(l => string.Create(CultureInfo.InvariantCulture, $"{l.Name} {100 * l.Coverage.Measured[at]:0} %")));
        return new ReportFigure(new Figure("coverage", $"Coverage of the intervals on {rows.Which} rows",
            $"Part of the rows whose true value lies in the interval against the level that the interval promises; on the diagonal both agree, below it intervals are too narrow. At 90 %: {measured}. "
            + (rows.Bands.Count == 0 ? $"The {rows.Materials} materials are too few to say what chance explains."
                : $"Grey: what the choice of the {rows.Materials} materials and of the calibration rows explains, at each level the widest of the descriptors' bands (95 %, all descriptors at once)."), 1, (400, 320), [() => Panel(lines, BandOf(rows))]), csv.ToString());
    }

    private static (double Level, double Low, double High)[] BandOf(RowNumbers rows) =>
        [.. rows.Bands.SelectMany(b => b).GroupBy(b => b.Level).OrderBy(g => g.Key).Select(g => (g.Key, g.Min(b => b.Low), g.Max(b => b.High)))];

    private static Plot Panel((string Name, IntervalCoverage Coverage)[] lines, (double Level, double Low, double High)[] chance)
    {
        var plot = PlotStyle.NewPanel("measured against nominal coverage", "nominal level (%)", "rows within the interval (%)");
        if (chance.Length > 1)
        {
            var band = plot.Add.FillY(Array.ConvertAll(chance, c => 100 * c.Level), Array.ConvertAll(chance, c => 100 * c.Low), Array.ConvertAll(chance, c => 100 * c.High));
            band.FillColor = PlotStyle.Faint.WithAlpha(.35);
            band.LineWidth = 0;
        }

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
