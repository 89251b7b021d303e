using ScottPlot;

namespace XanesMl.Cli.Plotting;

/// <summary>A table of numbers with coloured cells: the text in a cell is the number, the colour repeats it.</summary>
internal sealed record HeatMap
{
    /// <summary>Above the panel.</summary>
    public required string Title { get; init; }

    /// <summary>Rows from top to bottom.</summary>
    public required IReadOnlyList<string> Rows { get; init; }

    /// <summary>Columns from left to right.</summary>
    public required IReadOnlyList<string> Columns { get; init; }

    /// <summary>[rows][columns] what the colour shows; NaN stays grey.</summary>
    public required IReadOnlyList<double[]> Values { get; init; }

    /// <summary>[rows][columns] text of the cells; null: the values with two decimals.</summary>
    public IReadOnlyList<string[]>? Texts { get; init; }

    /// <summary>Ends of the colour scale.</summary>
    public required (double Low, double High) Range { get; init; }

    /// <summary>Whether the middle of the scale means something: then the map runs from blue to vermilion, otherwise it is viridis.</summary>
    public required bool Signed { get; init; }

    /// <summary>Label of the x axis.</summary>
    public required string XLabel { get; init; }

    /// <summary>Label of the y axis.</summary>
    public required string YLabel { get; init; }

    /// <summary>The panel.</summary>
    public Plot Panel()
    {
        var plot = PlotStyle.NewPanel(Title, XLabel, YLabel);
        IColormap map = Signed ? new SignedColors() : new ScottPlot.Colormaps.Viridis();
        for (int r = 0; r < Rows.Count; r++)
            for (int c = 0; c < Columns.Count; c++)
            {
                double v = Values[r][c], y = Rows.Count - 1 - r;
                var color = double.IsNaN(v) ? Color.FromHex("#dddddd") : map.GetColor(Math.Clamp((v - Range.Low) / (Range.High - Range.Low), 0, 1));
                var cell = plot.Add.Rectangle(c - 0.5, c + 0.5, y - 0.5, y + 0.5);
                cell.FillColor = color;
                cell.LineColor = Colors.White;
                cell.LineWidth = 1;
                var text = plot.Add.Text(Texts?[r][c] ?? PlotStyle.Two(v), c, y);
                text.LabelAlignment = Alignment.MiddleCenter;
                text.LabelFontSize = Columns.Count > 8 ? 9 : 11;
                text.LabelFontColor = IsDark(color) ? Colors.White : PlotStyle.Ink;
            }

        plot.Axes.Bottom.SetTicks([.. Enumerable.Range(0, Columns.Count).Select(c => (double)c)], [.. Columns]);
        plot.Axes.Left.SetTicks([.. Enumerable.Range(0, Rows.Count).Select(r => (double)(Rows.Count - 1 - r))], [.. Rows]);
        foreach (IAxis axis in new IAxis[] { plot.Axes.Bottom, plot.Axes.Left })
        {
            axis.MajorTickStyle.Length = 0;
            axis.MinorTickStyle.Length = 0;
            axis.FrameLineStyle.Width = 0;
        }

        plot.HideGrid();
        plot.Axes.SetLimits(-0.5, Columns.Count - 0.5, -0.5, Rows.Count - 0.5);
        return plot;
    }

    // Relative luminance as in WCAG 2: text must stand out from its cell.
    private static bool IsDark(Color c)
    {
        static double Linear(byte v) => v / 255.0 is var s && s <= 0.03928 ? s / 12.92 : Math.Pow((s + 0.055) / 1.055, 2.4);
        return (0.2126 * Linear(c.R)) + (0.7152 * Linear(c.G)) + (0.0722 * Linear(c.B)) < 0.18;
    }
}
