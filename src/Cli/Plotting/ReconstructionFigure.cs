using System.Globalization;
using ScottPlot;

namespace XanesMl.Cli.Plotting;

/// <summary>One spectrum beside the model's reconstruction.</summary>
/// <param name="Label">"best", "median" or "worst" and which spectrum it is.</param>
/// <param name="Spectrum">[points].</param>
/// <param name="Reconstruction">[points].</param>
/// <param name="Mae">Mean absolute difference.</param>
internal sealed record ReconstructionPanel(string Label, double[] Spectrum, double[] Reconstruction, double Mae);

/// <summary>Best, median and worst reconstruction.</summary>
internal static class ReconstructionFigure
{
    /// <summary>Builds the figure; all panels share one scale.</summary>
    public static Figure Create(double[] energies, bool relative, IReadOnlyList<ReconstructionPanel> panels)
    {
        double top = panels.Max(p => Math.Max(p.Spectrum.Max(), p.Reconstruction.Max())) * 1.08;
        return new Figure("reconstruction", "Spectra and their reconstruction: best, median and worst held-out row",
            "Absorption against energy, input and reconstruction. " + string.Join("; ", panels.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Label}: MAE {p.Mae:0.0000}"))) + ".",
            3, (400, 300), [.. panels.Select((p, i) => (Func<Plot>)(() => Panel(energies, relative, p, top, i == 0)))]);
    }

    private static Plot Panel(double[] energies, bool relative, ReconstructionPanel panel, double top, bool legend)
    {
        var plot = PlotStyle.NewPanel(string.Create(CultureInfo.InvariantCulture, $"{panel.Label}, MAE {panel.Mae:0.0000}"),
            relative ? "energy relative to the edge (eV)" : "energy (eV)", "absorption (normalized)");
        plot.Axes.Title.Label.FontSize = 12;
        var input = plot.Add.ScatterLine(energies, panel.Spectrum, PlotStyle.Ink);
        input.LineWidth = 1.8f;
        var output = plot.Add.ScatterLine(energies, panel.Reconstruction, PlotStyle.Second);
        output.LineWidth = 1.4f;
        plot.Axes.SetLimits(energies[0], energies[^1], Math.Min(0, panel.Reconstruction.Min()), top);
        if (legend)
        {
            (input.LegendText, output.LegendText) = ("spectrum", "reconstruction");
            plot.Legend.FontSize = 11;
            plot.Legend.ShadowColor = Colors.Transparent;
            plot.ShowLegend(Alignment.LowerRight);
        }

        return plot;
    }
}
