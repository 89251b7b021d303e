using ScottPlot;
using XanesMl.Cli.Reporting;
using XanesMl.Cli.Reporting.Numbers;

namespace XanesMl.Cli.Plotting;

/// <summary>Three maps: descriptors with styles, styles with each other, and the directions in which styles move the spectrum.</summary>
internal static class CorrelationFigure
{
    /// <summary>The figure of a run; without rows only the third map.</summary>
    public static ReportFigure Of(RunNumbers run)
    {
        string[] styles = [.. Enumerable.Range(0, run.Model.StyleCount).Select(s => run.StyleName(s).Replace("free style", "free", StringComparison.Ordinal))];
        string[] descriptors = [.. run.Model.Descriptors.Select(d => d.Name)];
        var maps = new List<HeatMap>();
        var csv = new Csv("map", "row", "column", "value");
        if (run.Rows is { } rows)
        {
            if (descriptors.Length > 0)
                maps.Add(Map("descriptor with style: Spearman", descriptors, styles, rows.Relations.Spearman, "style of", "descriptor"));
            maps.Add(Map("style with style: Spearman", styles, styles, rows.Relations.InterStyle, "style of", "style of"));
        }

        maps.Add(Map("difference curves: cosine", styles, styles, run.Variation.CosineSimilarity, "style of", "style of"));
        foreach (var map in maps)
            for (int r = 0; r < map.Rows.Count; r++)
                for (int c = 0; c < map.Columns.Count; c++)
                    csv.Row(map.Title, map.Rows[r], map.Columns[c], map.Values[r][c]);
        string alt = string.Join(" ", maps.Select(m => m.Title.StartsWith("descriptor", StringComparison.Ordinal)
            ? "Descriptors with styles: a good model has large numbers on the diagonal and small ones elsewhere."
            : m.Title.StartsWith("style", StringComparison.Ordinal) ? $"Styles with each other: the largest |Spearman| of two styles is {PlotStyle.Two(Largest(m))}; 0 is independent."
            : $"Difference curves: the largest |cosine| of two is {PlotStyle.Two(Largest(m))}; 1 or -1 means that two styles move the spectrum in the same way, 0 in unrelated ways."));
        return new ReportFigure(new Figure("correlations", "Correlations of descriptors, styles and difference curves (no unit, -1 to 1)", alt, 3, PlotStyle.PanelSize, [.. maps.Select(m => (Func<Plot>)m.Panel)]), csv.ToString());
    }

    private static HeatMap Map(string title, string[] rows, string[] columns, IReadOnlyList<double[]> values, string x, string y) =>
        new() { Title = title, Rows = rows, Columns = columns, Values = values, Range = (-1, 1), Signed = true, XLabel = x, YLabel = y };

    private static double Largest(HeatMap map)
    {
        double largest = double.NaN;
        for (int r = 0; r < map.Rows.Count; r++)
            for (int c = 0; c < r; c++)
                if (!(Math.Abs(map.Values[r][c]) <= largest))
                    largest = double.IsNaN(map.Values[r][c]) ? largest : Math.Abs(map.Values[r][c]);
        return largest;
    }
}
