using System.Globalization;
using ScottPlot;
using XanesMl.Cli.Reporting;
using XanesMl.Cli.Reporting.Numbers;

namespace XanesMl.Cli.Plotting;

/// <summary>The difference curve of each style: last curve of its sweep minus the first, all panels on one scale.</summary>
internal static class DifferenceFigure
{
    /// <summary>The figure of a run.</summary>
    public static ReportFigure Of(RunNumbers run)
    {
        (string Name, double[] Curve)[] panels = [.. run.Variation.Sweeps.Select(s => (run.StyleName(s.Style), s.Residual.ToArray()))];
        var csv = new Csv("style", "name", "energy_ev", "difference");
        for (int s = 0; s < panels.Length; s++)
            for (int e = 0; e < run.Energies.Length; e++)
                csv.Row(s + 1, panels[s].Name, run.Energies[e], panels[s].Curve[e]);
        return new ReportFigure(Create(run.Energies, run.Relative, panels), csv.ToString());
    }

    /// <summary>Builds the drawing.</summary>
    public static Figure Create(double[] energies, bool relative, IReadOnlyList<(string Name, double[] Curve)> panels)
    {
        double top = Math.Max(1e-6, panels.Max(p => p.Curve.Max(Math.Abs))) * 1.08;
        string Largest((string Name, double[] Curve) p)
        {
            int at = Enumerable.Range(0, energies.Length).MaxBy(e => Math.Abs(p.Curve[e]));
            return string.Create(CultureInfo.InvariantCulture, $"{p.Name}: {p.Curve[at]:+0.000;-0.000;0} at {energies[at]:0.0} eV");
        }

        return new Figure("spectral_difference", "Difference curves: what a style adds to the spectrum from the low to the high end of its range",
            $"One panel a style: absorption at the high end of the sweep minus absorption at the low end, against energy; blue above zero, vermilion below. Largest change of each: {string.Join("; ", panels.Select(Largest))}.",
            panels.Count >= 7 ? 4 : 3, PlotStyle.PanelSize, [.. panels.Select(p => (Func<Plot>)(() => Panel(energies, relative, p.Name, p.Curve, top)))]);
    }

    private static Plot Panel(double[] energies, bool relative, string name, double[] curve, double top)
    {
        var plot = PlotStyle.NewPanel(name, PlotStyle.Energy(relative), "change of absorption (normalized)");
        double[] zero = new double[curve.Length];
        var up = plot.Add.FillY(energies, zero, Array.ConvertAll(curve, v => Math.Max(v, 0)));
        up.FillColor = PlotStyle.First.WithAlpha(.35);
        up.LineWidth = 0;
        var down = plot.Add.FillY(energies, zero, Array.ConvertAll(curve, v => Math.Min(v, 0)));
        down.FillColor = PlotStyle.Second.WithAlpha(.35);
        down.LineWidth = 0;
        var line = plot.Add.ScatterLine(energies, curve, PlotStyle.Ink);
        line.LineWidth = 1.6f;
        plot.Add.HorizontalLine(0, 1, PlotStyle.Faint);
        plot.Axes.SetLimits(energies[0], energies[^1], -top, top);
        return plot;
    }
}
