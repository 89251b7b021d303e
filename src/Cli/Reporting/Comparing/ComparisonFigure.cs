using System.Globalization;
using ScottPlot;
using XanesMl.Cli.Plotting;
using XanesMl.Training.Evaluation;
using PlotStyle = XanesMl.Cli.Plotting.PlotStyle;

namespace XanesMl.Cli.Reporting.Comparing;

/// <summary>One panel a score: each run's value with its 95 % interval.</summary>
internal static class ComparisonFigure
{
    private const int MostPanels = 18;

    /// <summary>Builds the figure.</summary>
    public static Figure Create(ComparisonResult result)
    {
        // The constant's errors would press all others into a corner.
        int[] shown = [.. Enumerable.Range(0, result.Names.Count).Where(r => result.Names[r] != "constant" || r < result.RunCount)];
        ComparedMetric[] metrics = [.. result.Metrics.Where(m => m.Metric.Label != "R2").Take(MostPanels)];
        string best = string.Join("; ", metrics.Where(m => m.Best >= 0).Select(m => string.Create(CultureInfo.InvariantCulture,
            $"{m.Metric.Name}: best {result.Names[m.Best]} with {Value(m.Metric, m.Runs[m.Best].Estimate)}")));
        return new Figure("scores", "Scores of the runs with 95 % intervals", "One panel a score, one line a run: the value and its interval by bootstrap over materials" + (result.OneTask ? "; filled blue = the best and those within its noise. " + best : "; the runs are of different tables") + ".",
            3, (360, 96 + (20 * shown.Length)), [.. metrics.Select(m => (Func<Plot>)(() => Panel(result, m, [.. shown.Where(r => double.IsFinite(m.Runs[r].Estimate))])))]);
    }

    /// <summary>A score as text.</summary>
    public static string Value(ComparisonMetric metric, double value) => metric.Label is "MAE" or "reconstruction MAE" ? MetricsTable.Error(value) : MetricsTable.Correlation(value);

    private static Plot Panel(ComparisonResult result, ComparedMetric metric, int[] shown)
    {
        string unit = metric.Metric.Unit.Length == 0 ? "" : $" ({metric.Metric.Unit})";
        var plot = PlotStyle.NewPanel(metric.Metric.Name, $"{metric.Metric.Label}{unit}, {(metric.Metric.HigherIsBetter ? "higher" : "lower")} is better", "");
        for (int line = 0; line < shown.Length; line++)
        {
            int r = shown[line];
            var s = metric.Runs[r];
            bool good = r < result.RunCount && metric.AsGood[r];
            var color = good ? PlotStyle.First : r < result.RunCount ? PlotStyle.Second : PlotStyle.Faint;
            if (double.IsFinite(s.Low) && double.IsFinite(s.High))
            {
                var bar = plot.Add.Line(s.Low, -line, s.High, -line);
                (bar.LineColor, bar.LineWidth) = (color, 2);
            }

            var mark = plot.Add.Marker(s.Estimate, -line, good ? MarkerShape.FilledCircle : r < result.RunCount ? MarkerShape.OpenCircle : MarkerShape.FilledSquare, 8, color);
            mark.MarkerLineWidth = 2;
        }

        plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericManual([.. shown.Select((_, line) => (double)-line)], [.. shown.Select(r => Shortened(result.Names[r]))]);
        plot.Axes.SetLimitsY(-shown.Length + 0.4, 0.6);
        plot.Axes.Left.MajorTickStyle.Length = 0;
        return plot;
    }

    // The tail tells runs of one folder apart.
    private static string Shortened(string name) => name.Length <= 22 ? name : "..." + name[^19..];
}
