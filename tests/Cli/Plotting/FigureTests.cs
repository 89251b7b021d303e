using System.Text;
using System.Xml.Linq;
using SkiaSharp;
using XanesMl.Cli.Plotting;
using XanesMl.Cli.Reporting.Numbers;

namespace XanesMl.Cli.Tests.Plotting;

public sealed class FigureTests
{
    private static readonly double[] s_energies = [.. Enumerable.Range(0, 64).Select(i => -10 + (i * 1.5))];

    public static TheoryData<string> Names => [.. All().Select(f => f.Name)];

    private static double[] Curve(double t) => [.. s_energies.Select(e => (1 / (1 + Math.Exp(-(e - t) / 2))) + (0.3 * Math.Exp(-(e - 8) * (e - 8) / 30)))];

    private static Figure[] All() =>
    [
        SpectralVariationFigure.Create(s_energies, true,
        [
            new VariationPanel("CT", "e", [.. Enumerable.Range(0, 50).Select(i => (i / 25.0) - 1)], [.. Enumerable.Range(0, 50).Select(i => i / 25.0)], [.. Enumerable.Range(0, 50).Select(i => Curve(i / 5.0))]),
            new VariationPanel("flat", "", [.. Enumerable.Repeat(4.0, 50)], [.. Enumerable.Repeat(4.0, 50)], [.. Enumerable.Range(0, 50).Select(_ => Curve(0))]),
            new VariationPanel("free style", "", [.. Enumerable.Range(0, 50).Select(i => i / 25.0)], [], [.. Enumerable.Range(0, 50).Select(_ => Curve(0))]),
        ], "from the style's 5th to its 95th percentile"),
        DifferenceFigure.Create(s_energies, false, [("CT", Curve(1)), ("flat", new double[s_energies.Length])]),
        ParityFigure.Create("test", [new ParityPanel("CN", "", [4, 5, 6], [4.1, 4.4, 6.2], [0.3, 0.3, 0.3], 0.9, 0.3), new ParityPanel("none", "e", [], [], [], double.NaN, double.NaN)]),
        LossFigure.Of(new LossCurves(new Dictionary<string, IReadOnlyList<LossCurve>>
        {
            ["reconstruction"] = [new(0, 1, [1, 10, 100], [0.1, 0.01, 0.001]), new(1, 2, [1, 10, 100], [0.2, 0, 0.002])],
            ["validation_reconstruction"] = [new(0, 1, [], []), new(1, 2, [10], [0.1])],
            ["rank"] = [new(0, 1, [1, 2], [-0.1, -0.2])],
        }, 2, 2)).Figure,
        ReconstructionFigure.Create(s_energies, false, [new ReconstructionPanel("best", Curve(0), Curve(0.1), 0.01)]),
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public void Png_has_two_pixels_a_point_and_ink_in_every_panel(string name)
    {
        var figure = All().Single(f => f.Name == name);
        using var image = SKBitmap.Decode(figure.ToPng());
        Assert.Equal(2 * figure.Width, image.Width);
        Assert.Equal(2 * figure.Height, image.Height);
        int half = figure.Width == 400 ? image.Width : image.Width / 2;
        for (int left = 0; left + half <= image.Width; left += half)
        {
            int ink = 0;
            for (int x = left; x < left + half; x += 2)
                for (int y = 0; y < image.Height; y += 2)
                    ink += image.GetPixel(x, y) is { Red: < 128 } or { Green: < 128 } or { Blue: < 128 } ? 1 : 0;
            // Axes and title alone are about 1 % of a panel; a blank one has none.
            Assert.InRange(ink, half * image.Height / 4 / 400, half * image.Height / 4 / 2);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Svg_is_well_formed_and_of_the_figures_size(string name)
    {
        var figure = All().Single(f => f.Name == name);
        byte[] svg = figure.ToSvg();
        var root = XDocument.Parse(Encoding.UTF8.GetString(svg)).Root!;
        Assert.Equal(figure.Width.ToString(), root.Attribute("width")!.Value);
        Assert.Equal(figure.Height.ToString(), root.Attribute("height")!.Value);
        Assert.NotEmpty(figure.AltText);
        Assert.InRange(svg.Length, 5_000, 1_000_000);
    }

    [Fact]
    public void Curves_run_through_viridis_from_low_to_high_with_the_mean_in_black()
    {
        string svg = Encoding.UTF8.GetString(All()[0].ToSvg());
        // Ends of viridis (van der Walt and Smith, 2015): #440154 and #FDE725, the latter one lower in ScottPlot 5.1.59.
        Assert.Contains("stroke=\"#440154\"", svg, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("stroke=\"#FDE724\"", svg, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("stroke=\"#1A1A1A\" stroke-width=\"1.5\"", svg, StringComparison.OrdinalIgnoreCase);
        string[] texts = [.. XDocument.Parse(svg).Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value.Trim())];
        Assert.Contains("CT scale: style (std. dev.) | CT (e)", texts.Select(t => string.Join(' ', t.Split(' ', StringSplitOptions.RemoveEmptyEntries))));
        Assert.Contains("-1.0 | 0", texts);
        Assert.Contains("1.0 | 1.96", texts);
        Assert.Contains("energy relative to the edge (eV)", texts);
    }

    [Fact]
    public void Values_outside_their_interval_have_another_colour_and_shape()
    {
        string svg = Encoding.UTF8.GetString(All()[2].ToSvg());
        Assert.Contains("#0072B2", svg, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("#D55E00", svg, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The ink of two dozen points (rows of the demo) must be seen, that of a thousand must not fill the panel.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Few_points_are_large_and_dense_many_are_small_and_faint(bool small)
    {
        var (few, some, many) = (PlotStyle.Points(24, small), PlotStyle.Points(300, small), PlotStyle.Points(1000, small));
        Assert.True(few.Size > some.Size && some.Size > many.Size && few.Alpha > some.Alpha && some.Alpha > many.Alpha);
        Assert.InRange(few.Alpha * few.Size, 4, 6);
        Assert.InRange(1000 * many.Alpha * Math.PI * many.Size * many.Size / 4, 0, (small ? 140 * 110 : 330 * 230) * 0.15);
    }
}
