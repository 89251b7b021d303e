using System.Globalization;
using ScottPlot;
using ScottPlot.Panels;

namespace XanesMl.Cli.Plotting;

/// <summary>How the decoded spectrum changes along one style.</summary>
/// <param name="Name">Descriptor of the style, or "free style".</param>
/// <param name="Unit">Unit of <paramref name="Values"/>, or "".</param>
/// <param name="Values">[sweep] the calibrated descriptor (or the style itself) of each curve, for its colour.</param>
/// <param name="Curves">[sweep][points] decoded spectra.</param>
internal sealed record VariationPanel(string Name, string Unit, IReadOnlyList<double> Values, IReadOnlyList<double[]> Curves);

/// <summary>The figure of RankAAE: one panel a style, its curves coloured by the descriptor's value, their mean in black.</summary>
internal static class SpectralVariationFigure
{
    /// <summary>Builds the figure.</summary>
    /// <param name="energies">[points] eV.</param>
    /// <param name="relative">Whether energies are relative to the edge.</param>
    /// <param name="panels">One a style.</param>
    public static Figure Create(double[] energies, bool relative, IReadOnlyList<VariationPanel> panels)
    {
        string names = string.Join(", ", panels.Select(p => p.Name));
        return new Figure("spectral_variation", "How the spectrum changes with one style while the others average out",
            $"One panel a style ({names}): decoded absorption against energy, {panels[0].Curves.Count} curves from the style's 5th to its 95th percentile, " +
            "coloured from low (dark violet) to high (yellow), and their mean in black.",
            panels.Count >= 7 ? 4 : 3, (400, 300), [.. panels.Select(p => (Func<Plot>)(() => Panel(energies, relative, p)))]);
    }

    private static Plot Panel(double[] energies, bool relative, VariationPanel panel)
    {
        var plot = PlotStyle.NewPanel(panel.Name, relative ? "energy relative to the edge (eV)" : "energy (eV)", "absorption (normalized)");
        var axis = ColorAxis.Of(panel.Values);
        foreach (int i in Enumerable.Range(0, panel.Curves.Count))
            Line(plot, energies, panel.Curves[i], axis.Color(panel.Values[i]), 1);
        var mean = new double[energies.Length];
        foreach (double[] curve in panel.Curves)
            for (int e = 0; e < mean.Length; e++)
                mean[e] += curve[e] / panel.Curves.Count;
        Line(plot, energies, mean, PlotStyle.Ink, 2);
        var bar = plot.Add.ColorBar(axis);
        bar.Label = panel.Unit.Length == 0 ? panel.Name : $"{panel.Name} ({panel.Unit})";
        bar.LabelStyle.FontSize = 12;
        bar.LabelStyle.Bold = false;
        bar.Width = 14;
        bar.Axis.TickLabelStyle.FontSize = 11;
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
            // A flat calibration has one value only: the bar still needs a range to label.
            double margin = max > min ? 0 : Math.Max(1e-3, Math.Abs(min) * 0.01);
            return new ColorAxis(min - margin, max + margin);
        }

        public Color Color(double value) => Colormap.GetColor(Math.Clamp((value - min) / (max - min), 0, 1));

        public ScottPlot.Range GetRange() => new(min, max);
    }
}
