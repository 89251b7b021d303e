using System.Globalization;
using ScottPlot;
using ScottPlot.Panels;
using XanesMl.Cli.Reporting;
using XanesMl.Cli.Reporting.Numbers;

namespace XanesMl.Cli.Plotting;

/// <summary>How the decoded spectrum changes along one style.</summary>
/// <param name="Name">Descriptor of the style, or "free style".</param>
/// <param name="Unit">Unit of the descriptor, or "".</param>
/// <param name="Style">[sweep] the style of each curve, for its colour.</param>
/// <param name="Calibrated">[sweep] the descriptor that the calibration gives for it; empty for a style without one.</param>
/// <param name="Curves">[sweep][points] decoded spectra.</param>
internal sealed record VariationPanel(string Name, string Unit, IReadOnlyList<double> Style, IReadOnlyList<double> Calibrated, IReadOnlyList<double[]> Curves);

/// <summary>The figure of RankAAE: one panel a style, its curves coloured by the style, the scale labelled with the style and the descriptor's value, their mean in black.</summary>
internal static class SpectralVariationFigure
{
    /// <summary>The figure of a run.</summary>
    public static ReportFigure Of(RunNumbers run)
    {
        var panels = Panels(run);
        var csv = new Csv("style", "name", "style_value", "descriptor_value", "unit", "energy_ev", "absorption");
        for (int s = 0; s < panels.Length; s++)
            for (int c = 0; c < panels[s].Curves.Count; c++)
                for (int e = 0; e < run.Energies.Length; e++)
                    csv.Row(s + 1, panels[s].Name, panels[s].Style[c], panels[s].Calibrated.Count > 0 ? panels[s].Calibrated[c] : double.NaN, panels[s].Unit, run.Energies[e], panels[s].Curves[c][e]);
        string range = run.VariationOfRows ? "from the style's 5th to its 95th percentile" : "from the 5th to the 95th percentile of a standard normal distribution";
        return new ReportFigure(Create(run.Energies, run.Relative, panels, range), csv.ToString());
    }

    /// <summary>One panel a style.</summary>
    public static VariationPanel[] Panels(RunNumbers run) =>
    [
        .. run.Variation.Sweeps.Select(sweep =>
        {
            bool calibrated = sweep.Style < run.Model.Calibrations.Count;
            return new VariationPanel(run.StyleName(sweep.Style), sweep.Style < run.Model.Descriptors.Count ? run.Model.Descriptors[sweep.Style].Unit : "", sweep.SweepValues,
                calibrated ? [.. sweep.SweepValues.Select(run.Model.Calibrations[sweep.Style].Evaluate)] : [], sweep.Curves);
        }),
    ];

    /// <summary>Builds the drawing.</summary>
    /// <param name="energies">[points] eV.</param>
    /// <param name="relative">Whether energies are relative to the edge.</param>
    /// <param name="panels">One a style.</param>
    /// <param name="range">Words for the ends of the sweeps.</param>
    public static Figure Create(double[] energies, bool relative, IReadOnlyList<VariationPanel> panels, string range)
    {
        string Ends(VariationPanel p) => p.Calibrated.Count == 0 ? p.Name : $"{p.Name} {PlotStyle.Number(p.Calibrated[0])} to {PlotStyle.Number(p.Calibrated[^1])} {p.Unit}".TrimEnd();
        return new Figure("spectral_variation", "How the spectrum changes with one style while the others average out",
            $"One panel a style ({string.Join("; ", panels.Select(Ends))}): decoded absorption against energy, {panels[0].Curves.Count} curves {range}, " +
            "coloured from low (dark violet) to high (yellow), their mean in black. The colour scale has the style's value and, after the bar, the descriptor's calibrated value.",
            panels.Count >= 7 ? 4 : 3, (400, 340), [.. panels.Select(p => (Func<Plot>)(() => Panel(energies, relative, p)))]);
    }

    private static Plot Panel(double[] energies, bool relative, VariationPanel panel)
    {
        var plot = PlotStyle.NewPanel(panel.Name + (panel.Calibrated.Count == 0 ? "   scale: style (std. dev.)" : $"   scale: style (std. dev.) | {PlotStyle.WithUnit(panel.Name, panel.Unit)}"), PlotStyle.Energy(relative), PlotStyle.Absorption);
        var axis = ColorAxis.Of(panel.Style);
        foreach (int i in Enumerable.Range(0, panel.Curves.Count))
            Line(plot, energies, panel.Curves[i], axis.Color(panel.Style[i]), 1);
        var mean = new double[energies.Length];
        foreach (double[] curve in panel.Curves)
            for (int e = 0; e < mean.Length; e++)
                mean[e] += curve[e] / panel.Curves.Count;
        Line(plot, energies, mean, PlotStyle.Ink, 1.5f);
        var bar = plot.Add.ColorBar(axis);
        plot.Axes.Title.Label.FontSize = 12;
        bar.Width = 14;
        bar.Axis.TickLabelStyle.FontSize = 10;
        int last = panel.Style.Count - 1;
        int[] marks = [.. Enumerable.Range(0, 5).Select(i => i * last / 4).Distinct()];
        bar.Axis.TickGenerator = new ScottPlot.TickGenerators.NumericManual([.. marks.Select(i => panel.Style[i])],
            [.. marks.Select(i => panel.Style[i].ToString("0.0;-0.0;0.0", CultureInfo.InvariantCulture) + (panel.Calibrated.Count == 0 ? "" : " | " + PlotStyle.Number(panel.Calibrated[i])))]);
        plot.Axes.SetLimitsX(energies[0], energies[^1]);
        return plot;
    }

    private static void Line(Plot plot, double[] x, double[] y, Color color, float width)
    {
        var line = plot.Add.ScatterLine(x, y, color);
        line.LineWidth = width;
    }

    /// <summary>Viridis over the range of the values.</summary>
    private sealed class ColorAxis(double min, double max) : IHasColorAxis
    {
        public IColormap Colormap { get; } = new ScottPlot.Colormaps.Viridis();

        public static ColorAxis Of(IReadOnlyList<double> values)
        {
            double min = values.Min(), max = values.Max();
            // A collapsed style has one value only: the bar still needs a range to label.
            double margin = max > min ? 0 : Math.Max(1e-3, Math.Abs(min) * 0.01);
            return new ColorAxis(min - margin, max + margin);
        }

        public Color Color(double value) => Colormap.GetColor(Math.Clamp((value - min) / (max - min), 0, 1));

        public ScottPlot.Range GetRange() => new(min, max);
    }
}
