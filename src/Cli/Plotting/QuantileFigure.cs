using System.Globalization;
using ScottPlot;
using XanesMl.Cli.Reporting;
using XanesMl.Cli.Reporting.Numbers;

namespace XanesMl.Cli.Plotting;

/// <summary>Quantiles of each style against those of the normal distribution that training drives them towards.</summary>
internal static class QuantileFigure
{
    private const int MaxPoints = 600;

    /// <summary>The figure of held-out rows.</summary>
    public static ReportFigure Of(RunNumbers run, RowNumbers rows)
    {
        var csv = new Csv("style", "name", "theoretical", "ordered");
        for (int s = 0; s < rows.Quantiles.Count; s++)
            for (int i = 0; i < rows.Quantiles[s].Ordered.Count; i++)
                csv.Row(s + 1, run.StyleName(s), rows.Quantiles[s].Theoretical[i], rows.Quantiles[s].Ordered[i]);
        string w = string.Join(", ", rows.Shapiro.Select((t, s) => $"{run.StyleName(s)} {W(t.W)}"));
        return new ReportFigure(new Figure("qq", $"Q-Q plots: each style beside the standard normal distribution on {rows.Which} rows",
            $"One panel a style: ordered style values against quantiles of the normal distribution; points on the grey line are normal with mean 0 and deviation 1. Shapiro-Wilk W (1 is normal): {w}.",
            3, PlotStyle.PanelSize, [.. rows.Quantiles.Select((_, s) => (Func<Plot>)(() => Panel(run, rows, s)))]), csv.ToString());
    }

    private static Plot Panel(RunNumbers run, RowNumbers rows, int s)
    {
        var plot = PlotStyle.NewPanel($"{run.StyleName(s)}   Shapiro-Wilk W {W(rows.Shapiro[s].W)}", "normal quantile (standard deviations)", PlotStyle.Style(run.StyleName(s)));
        var q = rows.Quantiles[s];
        var line = plot.Add.Line(q.Theoretical[0], q.Theoretical[0], q.Theoretical[^1], q.Theoretical[^1]);
        line.LineColor = PlotStyle.Faint;
        line.LineWidth = 1.5f;
        // The tails are where a style is not normal: they keep all their points.
        int n = q.Ordered.Count, tail = Math.Min(50, n / 2);
        int[] shown = [.. Enumerable.Range(0, n).Where(i => n <= MaxPoints || i < tail || i >= n - tail || i % (n / MaxPoints) == 0)];
        var points = plot.Add.ScatterPoints(shown.Select(i => q.Theoretical[i]).ToArray(), shown.Select(i => q.Ordered[i]).ToArray(), PlotStyle.First);
        points.MarkerSize = 4;
        return plot;
    }

    private static string W(double w) => double.IsFinite(w) ? w.ToString("0.000", CultureInfo.InvariantCulture) : "- (constant)";
}
