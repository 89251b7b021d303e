using System.Globalization;
using System.Net;
using System.Text;
using XanesMl.Cli.Plotting;

namespace XanesMl.Cli.Reporting;

/// <summary>Builds an HTML page that is one file: no script, no reference to anything outside, light and dark. All texts are plain and get encoded here.</summary>
/// <param name="title">Title and first heading.</param>
/// <param name="lead">A line below the heading, or "".</param>
internal sealed class HtmlPage(string title, string lead = "")
{
    /// <summary>Panels whose SVG is larger stand in the page as PNG.</summary>
    public const int MaxSvgBytes = 150_000;

    // A table of so many columns is wider than a phone; the style sheet shows the line there only.
    private const int ManyColumns = 6;

    private const int PhoneWidth = 512;

    private const string Sideways = "<p class=\"sideways\">Scroll sideways for the rest.</p>\n";

    private readonly StringBuilder _summary = new(), _body = new();
    private readonly List<(string Id, string Heading)> _sections = [];
    private int _drawings;

    /// <summary>Sentences that stand above the list of contents, a paragraph each.</summary>
    public HtmlPage Summary(params IEnumerable<string> sentences)
    {
        _summary.Append("<div class=\"summary\">\n");
        foreach (string s in sentences)
            _summary.Append("<p>").Append(Text(s)).Append("</p>\n");
        _summary.Append("</div>\n");
        return this;
    }

    /// <summary>Begins a section, which the list of contents names.</summary>
    public HtmlPage Section(string heading)
    {
        string id = "s" + (_sections.Count + 1).ToString(CultureInfo.InvariantCulture);
        _sections.Add((id, heading));
        return Raw($"<h2 id=\"{id}\">{Text(heading)}</h2>\n");
    }

    /// <summary>A heading within a section.</summary>
    public HtmlPage Subsection(string heading) => Raw($"<h3>{Text(heading)}</h3>\n");

    /// <summary>A paragraph.</summary>
    public HtmlPage Paragraph(string text) => Raw($"<p>{Text(text)}</p>\n");

    /// <summary>A paragraph in small print.</summary>
    public HtmlPage Note(string text) => Raw($"<p class=\"note\">{Text(text)}</p>\n");

    /// <summary>A paragraph that must not be overlooked.</summary>
    public HtmlPage Warning(string text) => Raw($"<div class=\"warning\">{Text(text)}</div>\n");

    /// <summary>A list; nothing for no item.</summary>
    public HtmlPage List(IEnumerable<string> items)
    {
        string[] all = [.. items];
        return all.Length == 0 ? this : Raw("<ul>\n" + string.Concat(all.Select(i => $"<li>{Text(i)}</li>\n")) + "</ul>\n");
    }

    /// <summary>A table in a box that scrolls sideways where the window is narrow.</summary>
    public HtmlPage Table(HtmlTable table)
    {
        if (table.Caption is { } caption)
            Note(caption);   // outside the box, where it wraps with the window
        if (table.Header.Count >= ManyColumns)
            Raw(Sideways);
        var s = _body.Append("<div class=\"scroll\" tabindex=\"0\"><table>\n<thead>\n");
        if (table.Groups.Count > 0)
            s.Append("<tr>").AppendJoin("", table.Groups.Select(g => $"<th colspan=\"{g.Columns}\">{Text(g.Name)}</th>")).Append("</tr>\n");
        s.Append("<tr>").AppendJoin("", table.Header.Select((h, c) => $"<th scope=\"col\"{(table.Words.Contains(c) ? " class=\"words\"" : "")}>{Text(h)}</th>")).Append("</tr>\n</thead>\n<tbody>\n");
        foreach (var (cells, look) in table.Rows)
        {
            s.Append(look switch { RowLook.Marked => "<tr class=\"marked\">", RowLook.Strong => "<tr class=\"strong\">", _ => "<tr>" });
            for (int c = 0; c < cells.Length; c++)
                s.Append(!table.Words.Contains(c) ? "<td>" : cells[c].Length > 24 ? "<td class=\"words\">" : "<td class=\"words short\">").Append(Text(cells[c])).Append("</td>");
            s.Append("</tr>\n");
        }

        s.Append("</tbody></table></div>\n");
        return this;
    }

    /// <summary>A figure with its title, its text for readers who cannot see it, and the names of its files.</summary>
    /// <param name="figure">The figure.</param>
    /// <param name="form">How it stands in the page.</param>
    /// <param name="note">More for the caption, or "".</param>
    public HtmlPage Figure(Figure figure, FigureForm form = FigureForm.Panels, string note = "")
    {
        var s = _body.Append("<figure>\n");
        if (form == FigureForm.Panels)
        {
            s.Append("<div class=\"panels\" role=\"img\" aria-label=\"").Append(Text(figure.AltText)).Append("\">\n");
            for (int i = 0; i < figure.PanelCount; i++)
            {
                byte[] svg = figure.PanelSvg(i);
                // Thousands of points are smaller, and faster to show, as pixels.
                if (svg.Length <= MaxSvgBytes)
                    s.Append("<div>").Append(Drawing(svg, figure.PanelWidth, figure.PanelHeight)).Append("</div>\n");
                else
                    s.Append(CultureInfo.InvariantCulture, $"<div><img width=\"{figure.PanelWidth}\" height=\"{figure.PanelHeight}\" alt=\"\" src=\"data:image/png;base64,").Append(Convert.ToBase64String(figure.PanelPng(i))).Append("\"></div>\n");
            }

            s.Append("</div>\n");
        }
        else
        {
            s.Append(figure.Width > PhoneWidth ? Sideways : "").Append(CultureInfo.InvariantCulture, $"<div class=\"wide\" tabindex=\"0\"><div class=\"card\" style=\"min-width:{Math.Min(figure.Width, 900)}px;max-width:{figure.Width}px\">");
            if (form == FigureForm.WholeSvg)
                s.Append("<div role=\"img\" aria-label=\"").Append(Text(figure.AltText)).Append("\">").Append(Drawing(figure.ToSvg(), figure.Width, figure.Height)).Append("</div>");
            else
                s.Append(CultureInfo.InvariantCulture, $"<img width=\"{figure.Width}\" height=\"{figure.Height}\" alt=\"{Text(figure.AltText)}\" src=\"data:image/png;base64,").Append(Convert.ToBase64String(figure.ToPng())).Append("\">");
            s.Append("</div></div>\n");
        }

        s.Append("<figcaption><b>").Append(Text(figure.Title)).Append(".</b> ").Append(Text(figure.AltText));
        if (note.Length > 0)
            s.Append(' ').Append(Text(note));
        s.Append("</figcaption>\n</figure>\n");
        return this;
    }

    /// <summary>Text as it is, in a box that opens on request.</summary>
    public HtmlPage Details(string heading, string text) => Raw($"<details><summary>{Text(heading)}</summary>\n<pre>{Text(text)}</pre></details>\n");

    /// <summary>The whole page.</summary>
    public override string ToString()
    {
        var s = new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        s.Append("<title>").Append(Text(title)).Append("</title>\n<style>\n").Append(HtmlStyle.Css).Append("\n</style>\n</head>\n<body>\n<header>\n<h1>").Append(Text(title)).Append("</h1>\n");
        if (lead.Length > 0)
            s.Append("<p class=\"lead\">").Append(Text(lead)).Append("</p>\n");
        s.Append("</header>\n<main>\n").Append(_summary);
        if (_sections.Count > 1)
            s.Append("<nav aria-label=\"Contents\"><ol>\n").AppendJoin("", _sections.Select(e => $"<li><a href=\"#{e.Id}\">{Text(e.Heading)}</a></li>\n")).Append("</ol></nav>\n");
        return s.Append(_body).Append("</main>\n</body>\n</html>\n").ToString();
    }

    /// <summary>Text as HTML, in an element or an attribute.</summary>
    public static string Text(string text) => WebUtility.HtmlEncode(text).Replace(" %", "&nbsp;%", StringComparison.Ordinal);

    private HtmlPage Raw(string html)
    {
        _body.Append(html);
        return this;
    }

    /// <summary>An SVG document as part of the page: its ids must not meet those of another, and a viewBox lets it shrink.</summary>
    private string Drawing(byte[] svg, int width, int height)
    {
        string text = Encoding.UTF8.GetString(svg);
        text = text[text.IndexOf("<svg", StringComparison.Ordinal)..];
        string prefix = "f" + (++_drawings).ToString(CultureInfo.InvariantCulture) + "_";
        foreach (string reference in new[] { "id=\"", "url(#", "href=\"#" })
            text = text.Replace(reference, reference + prefix, StringComparison.Ordinal);
        return text.Insert(4, string.Create(CultureInfo.InvariantCulture, $" viewBox=\"0 0 {width} {height}\" aria-hidden=\"true\""));
    }
}

/// <summary>How a figure stands in a page.</summary>
internal enum FigureForm
{
    /// <summary>Each panel a drawing of its own; panels restack with the window's width.</summary>
    Panels,

    /// <summary>One drawing, which scrolls sideways in its box where the window is narrow.</summary>
    WholeSvg,

    /// <summary>The same as a PNG, for tens of thousands of points.</summary>
    WholePng,
}
