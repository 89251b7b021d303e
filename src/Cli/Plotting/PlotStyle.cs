using ScottPlot;
using SkiaSharp;

namespace XanesMl.Cli.Plotting;

/// <summary>One look for all figures. Colours are told apart with any colour vision: Okabe and Ito's palette, and the viridis map.</summary>
internal static class PlotStyle
{
    // Skia's own choice would be the first font of the system, which is often one with serifs. Without any font, labels stay empty.
    private static readonly string? s_font = new[] { "DejaVu Sans", "Liberation Sans", "Noto Sans", "Helvetica", "Arial", "Segoe UI" }
        .FirstOrDefault(SKFontManager.Default.FontFamilies.Contains);

    /// <summary>Black.</summary>
    public static Color Ink { get; } = Color.FromHex("#1a1a1a");

    /// <summary>Grey of what stays behind the data.</summary>
    public static Color Faint { get; } = Color.FromHex("#b8b8b8");

    /// <summary>Blue.</summary>
    public static Color First { get; } = Color.FromHex("#0072b2");

    /// <summary>Vermilion.</summary>
    public static Color Second { get; } = Color.FromHex("#d55e00");

    /// <summary>Colours of series, repeated after eight.</summary>
    public static IReadOnlyList<Color> Series { get; } =
        [.. new[] { "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#f0e442" }.Select(h => Color.FromHex(h))];

    /// <summary>An empty panel.</summary>
    public static Plot NewPanel(string title, string x, string y)
    {
        var plot = new Plot();
        plot.Title(title, 14);
        plot.XLabel(x, 12);
        plot.YLabel(y, 12);
        plot.Axes.Title.Label.Bold = false;
        plot.Axes.Bottom.Label.Bold = false;
        plot.Axes.Left.Label.Bold = false;
        plot.Axes.Bottom.TickLabelStyle.FontSize = 11;
        plot.Axes.Left.TickLabelStyle.FontSize = 11;
        plot.Grid.MajorLineColor = Color.FromHex("#e9e9e9");
        foreach (var axis in new IAxis[] { plot.Axes.Right, plot.Axes.Top })
            axis.FrameLineStyle.Width = 0;
        if (s_font is not null)
            plot.Font.Set(s_font);
        return plot;
    }
}
