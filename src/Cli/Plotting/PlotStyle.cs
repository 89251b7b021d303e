using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;
using SkiaSharp;

namespace XanesMl.Cli.Plotting;

/// <summary>One look for all figures. Colours are told apart with any colour vision: Okabe and Ito's palette, the viridis map, and blue to vermilion for signed numbers.</summary>
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
        [.. new[] { "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#b8a800" }.Select(h => Color.FromHex(h))];

    /// <summary>Size of panels: the grid of a page shows three beside one another, and one on a phone, near its own size.</summary>
    public static (int Width, int Height) PanelSize { get; } = (400, 300);

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
        foreach (IAxis axis in new IAxis[] { plot.Axes.Bottom, plot.Axes.Left })
            axis.TickGenerator = new NumericAutomatic { LabelFormatter = Tick };
        plot.Grid.MajorLineColor = Color.FromHex("#e9e9e9");
        foreach (var axis in new IAxis[] { plot.Axes.Right, plot.Axes.Top })
            axis.FrameLineStyle.Width = 0;
        if (s_font is not null)
            plot.Font.Set(s_font);
        return plot;
    }

    /// <summary>A number at an axis: no separator of thousands, which would split an energy such as 8979 eV.</summary>
    public static string Tick(double v) => v != 0 && Math.Abs(v) is < 1e-4 or >= 1e6 ? v.ToString("0.#e+0", CultureInfo.InvariantCulture) : Math.Round(v, 8).ToString("0.########", CultureInfo.InvariantCulture);

    /// <summary>"CT (e)"; a number without unit says so.</summary>
    public static string WithUnit(string name, string unit) => unit.Length == 0 ? name + " (no unit)" : $"{name} ({unit})";

    /// <summary>Label of an energy axis.</summary>
    public static string Energy(bool relative) => relative ? "energy relative to the edge (eV)" : "energy (eV)";

    /// <summary>Label of an absorption axis.</summary>
    public const string Absorption = "absorption (normalized)";

    /// <summary>Label of a style axis.</summary>
    public static string Style(string name) => name.Contains("style", StringComparison.Ordinal) ? name + " (standard deviations)" : $"style of {name} (standard deviations)";

    /// <summary>A number in a figure: about three digits, invariant.</summary>
    public static string Number(double v) => !double.IsFinite(v) ? "-" : v == 0 ? "0"
        : v.ToString(Math.Abs(v) switch { >= 1000 or < 0.001 => "0.0e+0", >= 100 => "0", >= 10 => "0.0", >= 0.1 => "0.00", _ => "0.0000" }, CultureInfo.InvariantCulture);

    /// <summary>Two decimals with a real minus sign left plain; "-" where there is none.</summary>
    public static string Two(double v) => double.IsFinite(v) ? v.ToString("0.00;-0.00;0.00", CultureInfo.InvariantCulture) : "-";

    /// <summary>Shows a legend over the data.</summary>
    public static void Legend(Plot plot, Alignment alignment)
    {
        plot.Legend.FontSize = 10;
        plot.Legend.ShadowColor = Colors.Transparent;
        plot.ShowLegend(alignment);
    }

    /// <summary>Size and opacity of points so that few are seen well and many do not cover each other.</summary>
    /// <param name="points">Points that the panel shows.</param>
    /// <param name="small">True for a panel of about half the usual width.</param>
    public static (float Size, double Alpha) Points(int points, bool small = false) => points switch
    {
        <= 100 => (small ? 5 : 6, .85),
        <= 400 => (small ? 3.5f : 5, small ? .55 : .6),
        _ => (small ? 2.5f : 4, small ? .4 : .5),
    };

    /// <summary>Positions of at most <paramref name="most"/> of n rows, evenly spaced; all where there are no more.</summary>
    public static int[] Thinned(int n, int most) => n <= most ? [.. Enumerable.Range(0, n)] : [.. Enumerable.Range(0, most).Select(i => (int)((long)i * n / most))];

    /// <summary>A range with a margin of a twentieth on both sides.</summary>
    public static (double Low, double High) Widened(double low, double high)
    {
        double margin = Math.Max(1e-6, (high - low) * 0.05);
        return (low - margin, high + margin);
    }

    /// <summary>Ticks of a base-10 logarithm as numbers: 0.001, 0.01, 0.1.</summary>
    public static void UseDecades(Plot plot) => plot.Axes.Left.TickGenerator = new NumericAutomatic
    {
        MinorTickGenerator = new LogMinorTickGenerator(),
        IntegerTicksOnly = true,
        LabelFormatter = y => Tick(Math.Pow(10, y)),
    };
}

/// <summary>Blue over near-white to vermilion, for numbers with a sign: both ends differ in hue and the middle is light, so that any colour vision tells them.</summary>
internal sealed class SignedColors : IColormap
{
    private static readonly Color s_low = Color.FromHex("#0b559f"), s_middle = Color.FromHex("#f7f7f7"), s_high = Color.FromHex("#c44e00");

    /// <inheritdoc/>
    public string Name => "blue to vermilion";

    /// <inheritdoc/>
    public Color GetColor(double position)
    {
        double p = double.IsNaN(position) ? 0.5 : Math.Clamp(position, 0, 1);
        var (from, to, t) = p < 0.5 ? (s_low, s_middle, p * 2) : (s_middle, s_high, (p - 0.5) * 2);
        byte Mixed(byte a, byte b) => (byte)Math.Round(a + ((b - a) * t));
        return new Color(Mixed(from.R, to.R), Mixed(from.G, to.G), Mixed(from.B, to.B));
    }
}
