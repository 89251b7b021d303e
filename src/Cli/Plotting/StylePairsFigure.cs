using System.Globalization;
using ScottPlot;
using XanesMl.Cli.Reporting;
using XanesMl.Cli.Reporting.Numbers;
using XanesMl.Inference.Models;

namespace XanesMl.Cli.Plotting;

/// <summary>Every descriptor against every style; the diagonal, where they should go together, with the calibration curve.</summary>
internal static class StylePairsFigure
{
    /// <summary>Points that a panel shows; the CSV has all.</summary>
    public const int MaxPoints = 1000;

    /// <summary>The figure of all pairs.</summary>
    public static ReportFigure Pairs(RunNumbers run, RowNumbers rows)
    {
        int k = rows.Truth.Count, s = rows.Styles.Count;
        var panels = new List<Func<Plot>>();
        for (int d = 0; d < k; d++)
            for (int t = 0; t < s; t++)
            {
                (int descriptor, int style) = (d, t);
                panels.Add(() => Panel(run, rows, descriptor, style, small: true));
            }

        string strongest = string.Join("; ", Enumerable.Range(0, k).Select(d => string.Create(CultureInfo.InvariantCulture,
            $"{run.StyleName(d)} with its own style {PlotStyle.Two(rows.Relations.Spearman[d][d])}, with another at most {PlotStyle.Two(Others(rows.Relations.Spearman[d], d))}")));
        var figure = new Figure("descriptor_style", $"Every descriptor (rows) against every style (columns) on {rows.Which} rows", $"Scatter plots with Spearman's correlation and linear R2 above each. |Spearman|: {strongest}."
            + (rows.Table.RowCount > MaxPoints ? $" Each panel shows {MaxPoints} of {rows.Table.RowCount} rows, evenly spaced." : ""), s, (200, 180), panels);
        return new ReportFigure(figure, Csv(run, rows));
    }

    /// <summary>The diagonal, large, with the calibration curves; null for a model without descriptors.</summary>
    public static ReportFigure? Calibration(RunNumbers run, RowNumbers rows)
    {
        if (rows.Truth.Count == 0)
            return null;
        var csv = new Csv("descriptor", "unit", "style_value", "calibrated_value");
        for (int d = 0; d < run.Model.Calibrations.Count; d++)
        {
            var (x, y) = Curve(run.Model.Calibrations[d], rows.Styles[d]);
            for (int i = 0; i < x.Length; i++)
                csv.Row(run.Model.Descriptors[d].Name, run.Model.Descriptors[d].Unit, x[i], y[i]);
        }

        string scores = string.Join("; ", rows.Truth.Select((_, d) => string.Create(CultureInfo.InvariantCulture,
            $"{run.StyleName(d)}: Spearman {PlotStyle.Two(rows.Relations.Spearman[d][d])}, linear R2 {PlotStyle.Two(rows.Relations.LinearR2[d][d])}")));
        return new ReportFigure(new Figure("calibration", $"Each descriptor against its own style on {rows.Which} rows, with the calibration curve",
            $"One panel a descriptor; the curve in vermilion turns the style into the descriptor's unit and was fitted without these rows. {scores}.",
            3, PlotStyle.PanelSize, [.. rows.Truth.Select((_, d) => (Func<Plot>)(() => Panel(run, rows, d, d, small: false)))]), csv.ToString());
    }

    private static Plot Panel(RunNumbers run, RowNumbers rows, int d, int s, bool small)
    {
        var descriptor = run.Model.Descriptors[d];
        string scores = $"Spearman {PlotStyle.Two(rows.Relations.Spearman[d][s])}  linear R2 {PlotStyle.Two(rows.Relations.LinearR2[d][s])}";
        var plot = small ? PlotStyle.NewPanel(scores, $"style {s + 1}: {run.StyleName(s).Replace(" style", "", StringComparison.Ordinal)} (std. dev.)", PlotStyle.WithUnit(descriptor.Name, descriptor.Unit))
            : PlotStyle.NewPanel($"{descriptor.Name}   {scores}", PlotStyle.Style(descriptor.Name), PlotStyle.WithUnit(descriptor.Name, descriptor.Unit));
        if (small)
        {
            plot.Axes.Title.Label.FontSize = 10.5f;
            plot.Axes.Bottom.Label.FontSize = plot.Axes.Left.Label.FontSize = 10;
            plot.Axes.Bottom.TickLabelStyle.FontSize = plot.Axes.Left.TickLabelStyle.FontSize = 9;
        }

        int[] labelled = [.. Enumerable.Range(0, rows.Truth[d].Length).Where(i => !double.IsNaN(rows.Truth[d][i]))];
        int[] shown = [.. PlotStyle.Thinned(labelled.Length, MaxPoints).Select(i => labelled[i])];
        var (size, alpha) = PlotStyle.Points(shown.Length, small);
        var points = plot.Add.ScatterPoints(shown.Select(i => rows.Styles[s][i]).ToArray(), shown.Select(i => rows.Truth[d][i]).ToArray(), (s == d ? PlotStyle.First : PlotStyle.Ink).WithAlpha(alpha));
        points.MarkerSize = size;
        if (s == d && d < run.Model.Calibrations.Count)
        {
            var (x, y) = Curve(run.Model.Calibrations[d], rows.Styles[d]);
            var line = plot.Add.ScatterLine(x, y, PlotStyle.Second);
            line.LineWidth = small ? 1.6f : 2.2f;
        }

        return plot;
    }

    private static (double[] X, double[] Y) Curve(Calibration calibration, double[] styles)
    {
        double low = styles.Min(), high = styles.Max();
        double[] x = [.. Enumerable.Range(0, 101).Select(i => low + ((high - low) * i / 100))];
        return (x, Array.ConvertAll(x, calibration.Evaluate));
    }

    private static double Others(double[] row, int own) => row.Where((v, i) => i != own && double.IsFinite(v)).Select(Math.Abs).DefaultIfEmpty(double.NaN).Max();

    private static string Csv(RunNumbers run, RowNumbers rows)
    {
        var csv = new Csv(["material", "site", .. rows.Styles.Select((_, s) => $"style_{s + 1}"), .. run.Model.Descriptors.Select(d => d.Name)]);
        for (int i = 0; i < rows.Table.RowCount; i++)
            csv.Row([rows.Table.Materials[i], rows.Table.Sites[i], .. rows.Styles.Select(s => (object)s[i]), .. rows.Truth.Select(t => (object)t[i])]);
        return csv.ToString();
    }
}
