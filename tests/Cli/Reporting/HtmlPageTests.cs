using System.Text.RegularExpressions;
using System.Xml.Linq;
using XanesMl.Cli.Plotting;
using XanesMl.Cli.Reporting;

namespace XanesMl.Cli.Tests.Reporting;

public sealed class HtmlPageTests
{
    private const string Hostile = "<script>alert('x')</script> & \"q\"";

    private static ScottPlot.Plot Panel() => PlotStyle.NewPanel(Hostile, "x (eV)", "y");

    private static HtmlPage Everything() => new HtmlPage(Hostile, Hostile).Summary(Hostile, "86 % of all").Section("One " + Hostile).Subsection(Hostile).Paragraph(Hostile).Note(Hostile).Warning(Hostile).List([Hostile]).List([])
        .Table(new HtmlTable(Hostile, "b") { Caption = Hostile, Groups = [(Hostile, 2)], Words = [1] }.Add([Hostile, "2"], RowLook.Marked))
        .Section("Two").Figure(new Figure("f", Hostile, Hostile, 2, (200, 150), [Panel, Panel]), FigureForm.Panels, Hostile)
        .Figure(new Figure("g", "G", "alt of g", 2, (200, 150), [Panel, Panel]), FigureForm.WholeSvg).Figure(new Figure("h", "H", "alt of h", 1, (200, 150), [Panel]), FigureForm.WholePng).Details(Hostile, Hostile);

    /// <summary>Pages are written so that they are well-formed XML too, but for HTML's own &amp;nbsp; and void tags.</summary>
    internal static XDocument Parse(string page) => XDocument.Parse(Regex.Replace(page.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal).Replace("&nbsp;", "&#160;", StringComparison.Ordinal), "<(meta|img)([^>]*)>", "<$1$2/>"));

    [Fact]
    public void All_texts_are_encoded_and_the_page_is_well_formed()
    {
        string page = Everything().ToString();
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        var root = Parse(page).Root!;
        Assert.Equal(Hostile, root.Descendants().Single(e => e.Name.LocalName == "title").Value);
        Assert.Contains("86&nbsp;% of all", page, StringComparison.Ordinal);
        string[] ids = [.. Regex.Matches(page, " id=\"([^\"]+)\"").Select(m => m.Groups[1].Value)];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        foreach (Match link in Regex.Matches(page, "href=\"#([^\"]+)\""))
            Assert.Contains(link.Groups[1].Value, ids);
    }

    [Fact]
    public void Every_figure_has_a_text_for_those_who_cannot_see_it_and_panels_restack()
    {
        var root = Parse(Everything().ToString()).Root!;
        var figures = root.Descendants().Where(e => e.Name.LocalName == "figure").ToArray();
        Assert.Equal(3, figures.Length);
        foreach (var (figure, alt) in figures.Zip([Hostile, "alt of g", "alt of h"]))
            Assert.Contains(alt, figure.Descendants().Attributes().Where(a => a.Name.LocalName is "aria-label" or "alt").Select(a => a.Value));
        Assert.Equal(2, figures[0].Descendants().Count(e => e.Name.LocalName == "svg"));
        Assert.All(figures[0].Descendants().Where(e => e.Name.LocalName == "svg"), s => Assert.Equal("0 0 200 150", s.Attribute("viewBox")!.Value));
        Assert.Equal(1, figures[1].Descendants().Count(e => e.Name.LocalName == "svg"));
        Assert.StartsWith("data:image/png;base64,", figures[2].Descendants().Single(e => e.Name.LocalName == "img").Attribute("src")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void A_panel_of_very_many_points_stands_in_the_page_as_pixels()
    {
        ScottPlot.Plot Dense()
        {
            var plot = PlotStyle.NewPanel("dense", "x", "y");
            plot.Add.ScatterPoints(Enumerable.Range(0, 5000).Select(i => (double)i).ToArray(), Enumerable.Range(0, 5000).Select(i => (double)(i * 7919 % 5000)).ToArray());
            return plot;
        }

        var figure = new Figure("f", "F", "alt", 1, (300, 200), [Dense]);
        Assert.True(figure.PanelSvg(0).Length > HtmlPage.MaxSvgBytes);
        string page = new HtmlPage("t").Figure(figure).ToString();
        Assert.DoesNotContain("<svg", page, StringComparison.Ordinal);
        Assert.Contains("data:image/png;base64,", page, StringComparison.Ordinal);
    }

    /// <summary>A reader at a phone must see that there is more beside: shaded edges while a box can scroll, and a line above what is wider than a phone.</summary>
    [Fact]
    public void What_scrolls_sideways_says_so()
    {
        string[] Lines(HtmlPage page) => [.. Parse(page.ToString()).Descendants().Where(e => e.Attribute("class")?.Value == "sideways").Select(e => e.ElementsAfterSelf().First().Attribute("class")!.Value)];
        Assert.Equal(["scroll"], Lines(new HtmlPage("t").Table(new HtmlTable("a", "b", "c", "d", "e", "f")).Table(new HtmlTable("a", "b"))));
        Assert.Equal(["wide"], Lines(new HtmlPage("t").Figure(new Figure("f", "F", "alt", 3, (200, 150), [Panel, Panel, Panel]), FigureForm.WholePng).Figure(new Figure("g", "G", "alt", 2, (200, 150), [Panel, Panel]), FigureForm.WholePng)));
        Assert.Matches(@"\.scroll \{[^}]*no-repeat local[^}]*no-repeat scroll", HtmlStyle.Css);
        Assert.Matches(@"@media \(max-width: 32rem\) \{ \.sideways \{ display: block", HtmlStyle.Css);
        Assert.Contains(".sideways { display: none;", HtmlStyle.Css, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_has_a_cell_for_each_column() => Assert.Throws<ArgumentException>(() => new HtmlTable("a", "b").Add(["1"]));

    [Fact]
    public void Csv_is_quoted_and_empty_where_a_number_does_not_exist()
    {
        string text = new Csv("a", "b,c").Row("x \"y\"", 0.5f).Row(null, double.NaN).Row("line\nend", 1e-7).Row(3, double.PositiveInfinity).ToString();
        Assert.Equal("a,\"b,c\"\n\"x \"\"y\"\"\",0.5\n,\n\"line\nend\",1E-07\n3,\n", text);
        Assert.Throws<ArgumentException>(() => new Csv("a").Row(1, 2));
    }
}
