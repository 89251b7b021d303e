using System.Globalization;
using ScottPlot;

namespace XanesMl.Cli.Plotting;

/// <summary>Predicted against true values of one descriptor on held-out rows; rows without a true value are left out.</summary>
/// <param name="Name">Descriptor.</param>
/// <param name="Unit">Its unit, or "".</param>
/// <param name="Truth">[rows].</param>
/// <param name="Predicted">[rows].</param>
/// <param name="Low">[rows] lower end of the 90 % interval.</param>
/// <param name="High">[rows] upper end.</param>
/// <param name="Spearman">Of the style, for the title.</param>
/// <param name="Mae">For the title.</param>
internal sealed record ParityPanel(string Name, string Unit, double[] Truth, double[] Predicted, double[] Low, double[] High, double Spearman, double Mae);

/// <summary>One parity plot a descriptor.</summary>
internal static class ParityFigure
{
    /// <summary>Builds the figure; <paramref name="rows"/> says which rows, "test".</summary>
    public static Figure Create(string rows, IReadOnlyList<ParityPanel> panels) => new(
        "parity", $"Predicted against true descriptor on {rows} rows, bars are 90 % intervals",
        "One panel a descriptor: predicted against true value with 90 % interval and the diagonal. " +
        string.Join("; ", panels.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Name}: Spearman {p.Spearman:0.00}, MAE {p.Mae:0.###} {p.Unit}").TrimEnd())) + ".",
        panels.Count >= 7 ? 4 : 3, (360, 330), [.. panels.Select((p, i) => (Func<Plot>)(() => Panel(p, i == 0)))]);

    private static Plot Panel(ParityPanel panel, bool legend)
    {
        string unit = panel.Unit.Length == 0 ? "" : $" ({panel.Unit})";
        string title = string.Create(CultureInfo.InvariantCulture, $"{panel.Name}   Spearman {panel.Spearman:0.00}   MAE {panel.Mae:0.###} {panel.Unit}").TrimEnd();
        var plot = PlotStyle.NewPanel(title, "true " + panel.Name + unit, "predicted " + panel.Name + unit);
        plot.Axes.Title.Label.FontSize = 13;
        if (panel.Truth.Length == 0)
            return plot;
        var (left, right) = Widened(panel.Truth.Min(), panel.Truth.Max());
        var (bottom, top) = Widened(Math.Min(panel.Low.Min(), panel.Truth.Min()), Math.Max(panel.High.Max(), panel.Truth.Max()));
        var diagonal = plot.Add.Line(left, left, right, right);
        diagonal.LineColor = PlotStyle.Ink;
        diagonal.LineWidth = 1;
        for (int i = 0; i < panel.Truth.Length; i++)
        {
            var bar = plot.Add.Line(panel.Truth[i], panel.Low[i], panel.Truth[i], panel.High[i]);
            bar.LineColor = PlotStyle.Faint.WithAlpha(.7);
            bar.LineWidth = 1.5f;
        }

        foreach (bool inside in new[] { true, false })
        {
            int[] rows = [.. Enumerable.Range(0, panel.Truth.Length).Where(i => (panel.Truth[i] >= panel.Low[i] && panel.Truth[i] <= panel.High[i]) == inside)];
            var points = plot.Add.ScatterPoints(rows.Select(i => panel.Truth[i]).ToArray(), rows.Select(i => panel.Predicted[i]).ToArray(), inside ? PlotStyle.First : PlotStyle.Second);
            points.MarkerSize = 6;
            points.MarkerShape = inside ? MarkerShape.FilledCircle : MarkerShape.FilledSquare;
            if (legend)
                points.LegendText = inside ? "interval holds the true value" : "it does not";
        }

        plot.Axes.SetLimits(left, right, bottom, top);
        if (legend)
        {
            plot.Legend.FontSize = 10;
            plot.Legend.ShadowColor = Colors.Transparent;
            plot.ShowLegend(Alignment.UpperLeft);
        }

        return plot;
    }
    /// <summary>A range with a margin of a twentieth on both sides.</summary>
    private static (double Low, double High) Widened(double low, double high)
    {
        double margin = Math.Max(1e-6, (high - low) * 0.05);
        return (low - margin, high + margin);
    }
}
