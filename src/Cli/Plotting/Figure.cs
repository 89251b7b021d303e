using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ScottPlot;
using SkiaSharp;

namespace XanesMl.Cli.Plotting;

/// <summary>Panels in a grid, drawn as PNG (twice the size in pixels) or SVG without a display.</summary>
internal sealed partial class Figure
{
    // White around each panel, points.
    private const int Margin = 6;

    // Pixels of a PNG a point.
    private const int Scale = 2;

    // Plotting is the slow part: each panel is recorded once and played into every file and page.
    private readonly Lazy<SKPicture>[] _panels;
    private readonly int _columns;
    private readonly int _panelWidth, _panelHeight;

    /// <summary>Creates a figure.</summary>
    /// <param name="name">File name without extension.</param>
    /// <param name="title">What it shows, for a caption.</param>
    /// <param name="altText">What a reader who cannot see it should know.</param>
    /// <param name="columns">Panels side by side.</param>
    /// <param name="panelSize">Width and height of a panel in points.</param>
    /// <param name="panels">Builders of the panels: a plot is drawn once only, since drawing changes it.</param>
    public Figure(string name, string title, string altText, int columns, (int Width, int Height) panelSize, IReadOnlyList<Func<Plot>> panels)
    {
        (Name, Title, AltText) = (name, title, altText);
        _panels = [.. panels.Select(p => new Lazy<SKPicture>(() => Record(p)))];
        _columns = Math.Max(1, Math.Min(columns, _panels.Length));
        (_panelWidth, _panelHeight) = panelSize;
    }

    /// <summary>File name without extension.</summary>
    public string Name { get; }

    /// <summary>Caption.</summary>
    public string Title { get; }

    /// <summary>Text for readers who cannot see the figure.</summary>
    public string AltText { get; }

    /// <summary>Width in points.</summary>
    public int Width => _columns * _panelWidth;

    /// <summary>Height in points.</summary>
    public int Height => (_panels.Length + _columns - 1) / _columns * _panelHeight;

    /// <summary>Panels.</summary>
    public int PanelCount => _panels.Length;

    /// <summary>Width of a panel in points.</summary>
    public int PanelWidth => _panelWidth;

    /// <summary>Height of a panel in points.</summary>
    public int PanelHeight => _panelHeight;

    /// <summary>The figure as PNG, 2 pixels a point.</summary>
    public byte[] ToPng() => Png(Width, Height, canvas => Draw(canvas, Scale));

    /// <summary>One panel as PNG, 2 pixels a point.</summary>
    /// <param name="panel">Counted from 0.</param>
    public byte[] PanelPng(int panel) => Png(_panelWidth, _panelHeight, canvas =>
    {
        canvas.Clear(SKColors.White);
        canvas.Scale(Scale);
        DrawPanel(canvas, panel);
    });

    /// <summary>The figure as SVG.</summary>
    public byte[] ToSvg() => Svg(Width, Height, canvas => Draw(canvas, 1));

    /// <summary>One panel as SVG.</summary>
    /// <param name="panel">Counted from 0.</param>
    public byte[] PanelSvg(int panel) => Svg(_panelWidth, _panelHeight, canvas =>
    {
        canvas.Clear(SKColors.White);
        DrawPanel(canvas, panel);
    });

    private static byte[] Png(int width, int height, Action<SKCanvas> draw)
    {
        using var surface = SKSurface.Create(new SKImageInfo(width * Scale, height * Scale)) ?? throw new InvalidOperationException("no drawing surface");
        draw(surface.Canvas);
        using var image = surface.Snapshot();
        using var data = image.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    private static byte[] Svg(int width, int height, Action<SKCanvas> draw)
    {
        using var stream = new MemoryStream();
        // The canvas completes the document when it is disposed.
        using (var canvas = SKSvgCanvas.Create(new SKRect(0, 0, width, height), stream))
            draw(canvas);
        // Skia writes six digits; a tenth of a point is finer than any screen and makes the file half as large.
        string text = WithOwnIds(Encoding.UTF8.GetString(stream.ToArray()));
        text = PathData().Replace(text, path => LongNumber().Replace(path.Value, number =>
            double.Parse(number.ValueSpan, CultureInfo.InvariantCulture).ToString("0.#", CultureInfo.InvariantCulture)));
        return Encoding.UTF8.GetBytes(text);
    }

    /// <summary>Skia numbers ids through the whole process; numbered within the drawing, the same figure has the same bytes.</summary>
    private static string WithOwnIds(string svg)
    {
        var ids = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (Match m in Id().Matches(svg))
            ids.TryAdd(m.Groups[1].Value, "i" + (ids.Count + 1).ToString(CultureInfo.InvariantCulture));
        return ids.Count == 0 ? svg : Reference().Replace(svg, m => ids.TryGetValue(m.Groups[2].Value, out string? own) ? m.Groups[1].Value + own + m.Groups[3].Value : m.Value);
    }

    [GeneratedRegex(" id=\"([^\"]+)\"")]
    private static partial Regex Id();

    [GeneratedRegex("( id=\"|url\\(#|href=\"#)([^\")]+)([\")])")]
    private static partial Regex Reference();

    [GeneratedRegex(" d=\"[^\"]*\"")]
    private static partial Regex PathData();

    [GeneratedRegex(@"-?[0-9]+\.[0-9]{2,}")]
    private static partial Regex LongNumber();

    private void Draw(SKCanvas canvas, int scale)
    {
        canvas.Clear(SKColors.White);
        for (int i = 0; i < _panels.Length; i++)
        {
            canvas.Save();
            canvas.Scale(scale);
            canvas.Translate(i % _columns * _panelWidth, i / _columns * _panelHeight);
            DrawPanel(canvas, i);
            canvas.Restore();
        }
    }

    private void DrawPanel(SKCanvas canvas, int panel) => canvas.DrawPicture(_panels[panel].Value);

    private SKPicture Record(Func<Plot> panel)
    {
        using var plot = panel();
        plot.RenderManager.ClearCanvasBeforeEachRender = false;
        // The first drawing settles limits and margins and may repeat itself: nobody sees it.
        DrawInto(plot).Dispose();
        return DrawInto(plot);
    }

    private SKPicture DrawInto(Plot plot)
    {
        using var recorder = new SKPictureRecorder();
        plot.Render(recorder.BeginRecording(new SKRect(0, 0, _panelWidth, _panelHeight)), new PixelRect(Margin, _panelWidth - Margin, _panelHeight - Margin, Margin));
        return recorder.EndRecording();
    }
}
