using System.Globalization;
using ScottPlot;
using XanesMl.Cli.Normalizing;
using XanesMl.Cli.Terminal;

namespace XanesMl.Cli.Plotting;

/// <summary>What a normalization did: one page a spectrum, and an overview of all.</summary>
internal static class NormalizationFigure
{
    private const double XanesFirst = -30, XanesLast = 100; // eV relative to E0
    private const int MostPanels = 12;
    private const int MostCurves = 200;

    /// <summary>One spectrum: mu with its pre-edge and post-edge curve on the left, norm and flat around the edge on the right.</summary>
    /// <param name="name">File name without extension.</param>
    /// <param name="outcome">A spectrum with a result.</param>
    public static Figure Create(string name, NormalizeOutcome outcome)
    {
        var r = outcome.Result!;
        string e0 = r.E0?.ToString("0.00", CultureInfo.InvariantCulture) ?? "not found";
        return new Figure(name, "Measured and normalized absorption",
            $"Two panels. Left: measured absorption with the pre-edge and post-edge curves. Right: normalized and flattened absorption around the edge. E0 {e0} eV, edge step {r.EdgeStep.ToString("0.####", CultureInfo.InvariantCulture)}.",
            2, (520, 360), [() => Measured(outcome, e0), () => Normalized(outcome)]);
    }

    /// <summary>All spectra around their edges, one panel an element and edge; of more than 200 in a panel every n-th.</summary>
    public static Figure Overview(IReadOnlyList<NormalizeOutcome> outcomes)
    {
        var groups = outcomes.Where(o => o.Result is not null).GroupBy(o => o.Element is null ? "element not known" : $"{o.Element} {o.Edge}".TrimEnd()).OrderBy(g => g.Key, StringComparer.Ordinal).ToArray();
        var shown = groups.Take(MostPanels).ToArray();
        string elements = string.Join(", ", shown.Select(g => $"{g.Key} ({g.Count()})")) + (groups.Length > shown.Length ? " and more" : "");
        return new Figure("overview", "Normalized spectra by element and edge", $"One panel an element and edge with its flattened spectra around the edge: {elements}.",
            Math.Min(3, shown.Length), (520, 360), [.. shown.Select(g => (Func<Plot>)(() => OverviewPanel(g.Key, [.. g])))]);
    }

    private static Plot Measured(NormalizeOutcome outcome, string e0)
    {
        var (spectrum, r) = (outcome.Spectrum!, outcome.Result!);
        var plot = PlotStyle.NewPanel(Title(outcome), "energy (eV)", "absorption");
        double[] energies = spectrum.Energies.ToArray();
        if (!r.WasNormalized && r.Kind != Spectra.Normalization.NormalizationKind.None)
        {
            Line(plot, energies, r.PreEdge.ToArray(), PlotStyle.Second, 1.5f, "pre-edge");
            Line(plot, energies, r.PostEdge.ToArray(), PlotStyle.Series[2], 1.5f, "post-edge");
        }

        Line(plot, energies, spectrum.Mu.ToArray(), PlotStyle.Ink, 1.5f, "measured");
        if (r.E0 is { } edge)
        {
            var mark = plot.Add.VerticalLine(edge, 1, PlotStyle.Faint, LinePattern.Dashed);
            mark.LegendText = $"E0 {e0} eV";
        }

        double[] mu = spectrum.Mu.ToArray();
        double margin = 0.08 * Math.Max(1e-12, mu.Max() - mu.Min());
        // Post-edge curves may fall far below the edge; the measured curve sets the scale.
        plot.Axes.SetLimits(energies[0], energies[^1], mu.Min() - margin, mu.Max() + margin);
        Legend(plot, Alignment.LowerRight);
        return plot;
    }

    private static Plot Normalized(NormalizeOutcome outcome)
    {
        var (spectrum, r) = (outcome.Spectrum!, outcome.Result!);
        var plot = PlotStyle.NewPanel("", "energy (eV)", "absorption (normalized)");
        var (energies, range) = AroundEdge(outcome);
        plot.Add.HorizontalLine(1, 1, PlotStyle.Faint, LinePattern.Dotted);
        double[] norm = r.Norm[range].ToArray(), flat = r.Flat[range].ToArray();
        Line(plot, energies, norm, PlotStyle.First, 1.5f, "norm");
        if (!norm.AsSpan().SequenceEqual(flat))
            Line(plot, energies, flat, PlotStyle.Second, 1.5f, "flat");
        plot.Axes.SetLimitsX(energies[0], energies[^1]);
        Legend(plot, Alignment.LowerRight);
        return plot;
    }

    private static Plot OverviewPanel(string element, NormalizeOutcome[] group)
    {
        NormalizeOutcome[] curves = group.Length <= MostCurves ? group : [.. Enumerable.Range(0, MostCurves).Select(i => group[i * group.Length / MostCurves])];
        var plot = PlotStyle.NewPanel($"{element}: {group.Length} {(group.Length == 1 ? "spectrum" : "spectra")}" + (curves.Length < group.Length ? $", {curves.Length} of them drawn" : ""),
            "energy (eV)", "absorption (normalized, flattened)");
        var map = new ScottPlot.Colormaps.Viridis();
        bool few = curves.Length <= PlotStyle.Series.Count - 1;
        for (int i = 0; i < curves.Length; i++)
        {
            var (energies, range) = AroundEdge(curves[i]);
            Line(plot, energies, curves[i].Result!.Flat[range].ToArray(), few ? PlotStyle.Series[i] : map.GetColor((double)i / (curves.Length - 1)), few ? 1.5f : 0.8f,
                few ? Shortened(curves[i].OutputName ?? curves[i].Name) : null);
        }

        if (few)
            Legend(plot, Alignment.LowerRight);
        return plot;
    }

    private static (double[] Energies, System.Range Range) AroundEdge(NormalizeOutcome outcome)
    {
        double[] energies = outcome.Spectrum!.Energies.ToArray();
        int first = 0, end = energies.Length;
        if (outcome.Result!.E0 is { } e0)
        {
            first = Math.Max(0, Array.FindIndex(energies, e => e >= e0 + XanesFirst));
            int after = Array.FindIndex(energies, e => e > e0 + XanesLast);
            end = after < 0 ? energies.Length : after;
        }

        return end - first < 2 ? (energies, ..) : (energies[first..end], first..end);
    }

    private static void Line(Plot plot, double[] x, double[] y, Color color, float width, string? label)
    {
        var line = plot.Add.ScatterLine(x, y, color);
        line.LineWidth = width;
        if (label is not null)
            line.LegendText = label;
    }

    private static void Legend(Plot plot, Alignment corner)
    {
        plot.Legend.FontSize = 11;
        plot.Legend.ShadowColor = Colors.Transparent;
        plot.ShowLegend(corner);
    }

    private static string Title(NormalizeOutcome outcome) => Shortened(outcome.OutputName ?? outcome.Name) + (outcome.Element is { } e ? $"   {e} {outcome.Edge}".TrimEnd() : "");

    private static string Shortened(string text)
    {
        text = SafeText.OneLine(text);
        return text.Length <= 40 ? text : text[..37] + "...";
    }
}
