using ScottPlot;

namespace XanesMl.Cli.Plotting;

/// <summary>One quantity over the epochs.</summary>
/// <param name="Name">"reconstruction", with "(validation)" where it is.</param>
/// <param name="Positive">Whether its values are positive, so that they are drawn on a logarithmic axis when they span decades.</param>
/// <param name="Trials">One line a trial: label, epochs, values; NaN values are left out.</param>
internal sealed record LossPanel(string Name, bool Positive, IReadOnlyList<(string Label, double[] Epochs, double[] Values)> Trials);

/// <summary>Losses and the checkpoint metric over the epochs, one line a trial.</summary>
internal static class LossFigure
{
    /// <summary>Builds the figure.</summary>
    public static Figure Create(IReadOnlyList<LossPanel> panels) => new(
        "losses", "Training losses over the epochs, one line a trial",
        $"One panel a quantity ({string.Join(", ", panels.Select(p => p.Name))}) against the epoch, one line for each of {(panels.Count == 0 ? 0 : panels.Max(p => p.Trials.Count))} trials.",
        3, (400, 260), [.. panels.Select((p, i) => (Func<Plot>)(() => Panel(p, i == panels.Count - 1 && p.Trials.Count is > 1 and <= 8)))]);

    private static Plot Panel(LossPanel panel, bool legend)
    {
        var plot = PlotStyle.NewPanel(panel.Name, "epoch", "");
        bool logarithmic = panel.Positive && SpansDecades(panel);
        for (int t = 0; t < panel.Trials.Count; t++)
        {
            var (label, epochs, values) = panel.Trials[t];
            int[] rows = [.. Enumerable.Range(0, values.Length).Where(i => double.IsFinite(values[i]) && (!logarithmic || values[i] > 0))];
            if (rows.Length == 0)
                continue;
            var line = plot.Add.ScatterLine(rows.Select(i => epochs[i]).ToArray(), rows.Select(i => logarithmic ? Math.Log10(values[i]) : values[i]).ToArray(), PlotStyle.Series[t % PlotStyle.Series.Count]);
            line.LineWidth = 1.2f;
            // A plot shows a legend by itself as soon as a line has a text.
            if (legend)
                line.LegendText = label;
        }

        if (logarithmic)
            UseDecades(plot);
        if (legend)
        {
            plot.Legend.FontSize = 10;
            plot.Legend.ShadowColor = Colors.Transparent;
            plot.ShowLegend(Alignment.LowerRight);
        }

        return plot;
    }

    private static bool SpansDecades(LossPanel panel)
    {
        double[] values = [.. panel.Trials.SelectMany(t => t.Values).Where(v => v > 0 && double.IsFinite(v))];
        return values.Length > 0 && values.Max() > 30 * values.Min();
    }

    /// <summary>Ticks of a base-10 logarithm as numbers: 0.001, 0.01, 0.1.</summary>
    private static void UseDecades(Plot plot) => plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericAutomatic
    {
        MinorTickGenerator = new ScottPlot.TickGenerators.LogMinorTickGenerator(),
        IntegerTicksOnly = true,
        LabelFormatter = y => Math.Pow(10, y).ToString("0.######", System.Globalization.CultureInfo.InvariantCulture),
    };
}
