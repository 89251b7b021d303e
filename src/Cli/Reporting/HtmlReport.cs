using System.Globalization;
using System.Net;
using System.Text;
using XanesMl.Cli.Plotting;
using XanesMl.Inference.Evaluation;
using XanesMl.Inference.Models;
using XanesMl.Training.Runs;

namespace XanesMl.Cli.Reporting;

/// <summary>What a report tells.</summary>
internal sealed record ReportContent
{
    /// <summary>The model's own description.</summary>
    public required ModelMetadata Model { get; init; }

    /// <summary>Identifier of the model folder.</summary>
    public required string ModelId { get; init; }

    /// <summary>Scores on held-out rows.</summary>
    public required EvaluationReport Scores { get; init; }

    /// <summary>All trials.</summary>
    public required IReadOnlyList<TrialOutcome> Trials { get; init; }

    /// <summary>Figures in their order.</summary>
    public required IReadOnlyList<Figure> Figures { get; init; }

    /// <summary>Checks that were made, each a label and its result.</summary>
    public required IReadOnlyList<(string Check, string Result)> Checks { get; init; }
}

/// <summary>report.html: one file without any reference to another, readable in light and dark.</summary>
internal static class HtmlReport
{
    private const string Style = """
        :root { color-scheme: light dark; --ink: #1a1a1a; --paper: #ffffff; --rule: #d0d0d0; --soft: #f4f4f4; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6e6e6; --paper: #161616; --rule: #444; --soft: #232323; } }
        body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
        table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
        th, td { padding: .25rem .7rem; text-align: right; border-bottom: 1px solid var(--rule); }
        th:first-child, td:first-child { text-align: left; }
        thead tr:last-child th { border-bottom: 2px solid var(--ink); }
        .scroll { overflow-x: auto; }
        figure { margin: 2rem 0; }
        figure > div { background: #ffffff; border: 1px solid var(--rule); }
        figure svg { width: 100%; height: auto; display: block; }
        figcaption, .note { font-size: .9rem; }
        pre { background: var(--soft); padding: 1rem; overflow-x: auto; font-size: .85rem; }
        .worse { font-weight: 700; }
        """;

    /// <summary>The whole page.</summary>
    public static string Create(ReportContent content)
    {
        var s = new StringBuilder();
        string title = $"XanesMl: model {content.Model.Name}";
        s.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        s.Append("<title>").Append(Text(title)).Append("</title>\n<style>\n").Append(Style).Append("\n</style>\n</head>\n<body>\n<h1>").Append(Text(title)).Append("</h1>\n");
        Introduce(s, content);
        s.Append("<h2>Descriptors on held-out rows</h2>\n");
        Table(s, content.Scores);
        s.Append("<p class=\"note\">").Append(Text(MetricsTable.Notes(content.Scores).TrimEnd()).Replace("\n", "<br>\n", StringComparison.Ordinal)).Append("</p>\n");
        s.Append("<p class=\"note\">Bold: the MAE of 5 nearest neighbours is lower than the model's. Test rows chose nothing: trials, thresholds and calibration use training and validation rows only.</p>\n");
        for (int i = 0; i < content.Figures.Count; i++)
            Picture(s, content.Figures[i], i);
        s.Append("<h2>Trials</h2>\n");
        Trials(s, content.Trials);
        s.Append("<h2>Checks</h2>\n<ul>\n");
        foreach (var (check, result) in content.Checks)
            s.Append("<li>").Append(Text(check)).Append(": ").Append(Text(result)).Append("</li>\n");
        s.Append("</ul>\n<h2>Configuration</h2>\n<pre>").Append(Text(content.Model.Provenance.Configuration)).Append("</pre>\n");
        s.Append("<h2>Data</h2>\n<pre>").Append(Text(content.Model.Provenance.DataNotice)).Append("</pre>\n</body>\n</html>\n");
        return s.ToString();
    }

    private static void Introduce(StringBuilder s, ReportContent content)
    {
        var (m, p) = (content.Model, content.Model.Provenance);
        string parts = p.SplitRows.Count == 3 ? $"{p.SplitRows[0]} train, {p.SplitRows[1]} validation and {p.SplitRows[2]} test rows" : "rows not recorded";
        s.Append("<p>").Append(Text(string.Create(CultureInfo.InvariantCulture,
            $"RankAAE on {m.Edge}-edge spectra of {string.Join(", ", m.Elements)}: {m.Energies.Count} energies, {m.Descriptors.Count} descriptors, {m.StyleCount} styles. " +
            $"Split {p.SplitKind} with seed {p.SplitSeed}: {parts}. Trials in the predictor, best first: seeds {string.Join(", ", p.TrialSeeds)}. " +
            $"Model {content.ModelId}, data {p.DataHash[..Math.Min(12, p.DataHash.Length)]}, XanesMl {p.XanesMlVersion}."))).Append("</p>\n");
    }

    private static void Table(StringBuilder s, EvaluationReport report)
    {
        s.Append("<div class=\"scroll\"><table>\n<thead><tr><th></th><th></th><th colspan=\"5\">this model</th><th>constant</th><th colspan=\"2\">5-NN</th><th colspan=\"2\">ridge</th></tr>\n");
        s.Append("<tr><th>descriptor</th><th>unit</th><th>Spearman</th><th>R2</th><th>MAE</th><th>RMSE</th><th>in 90 % interval</th><th>MAE</th><th>Spearman</th><th>MAE</th><th>Spearman</th><th>MAE</th></tr></thead>\n<tbody>\n");
        foreach (var (name, d) in report.Descriptors)
        {
            bool worse = d.Baseline is { } k && d.Mae > k.Knn5.Mae;
            string coverage = double.IsFinite(d.Coverage90) ? (100 * d.Coverage90).ToString("0", CultureInfo.InvariantCulture) + " %" : "-";
            string[] own = [MetricsTable.Unit(d.Unit), MetricsTable.Correlation(d.Spearman), MetricsTable.Correlation(d.R2), MetricsTable.Error(d.Mae), MetricsTable.Error(d.Rmse), coverage];
            string[] others = d.Baseline is { } b
                ? [MetricsTable.Error(b.Constant.Mae), MetricsTable.Correlation(b.Knn5.Spearman), MetricsTable.Error(b.Knn5.Mae), MetricsTable.Correlation(b.Ridge.Spearman), MetricsTable.Error(b.Ridge.Mae)]
                : ["-", "-", "-", "-", "-"];
            s.Append(worse ? "<tr class=\"worse\"><td>" : "<tr><td>").Append(Text(name)).Append("</td>");
            foreach (string cell in (string[])[.. own, .. others])
                s.Append("<td>").Append(Text(cell)).Append("</td>");
            s.Append("</tr>\n");
        }

        s.Append("</tbody></table></div>\n");
    }

    private static void Trials(StringBuilder s, IReadOnlyList<TrialOutcome> trials)
    {
        s.Append("<div class=\"scroll\"><table>\n<thead><tr><th>rank</th><th>seed</th><th>epochs</th><th>best epoch</th><th>checkpoint metric</th><th>score</th></tr></thead>\n<tbody>\n");
        foreach (var t in trials.OrderBy(t => t.Rank == 0 ? int.MaxValue : t.Rank))
        {
            s.Append(CultureInfo.InvariantCulture, $"<tr><td>{(t.Rank == 0 ? "-" : t.Rank)}</td><td>{t.Seed}</td><td>{t.Epochs}</td>");
            if (t.Failure is { } failure)
                s.Append("<td colspan=\"3\">").Append(Text("failed: " + failure)).Append("</td></tr>\n");
            else
                s.Append(CultureInfo.InvariantCulture, $"<td>{t.BestEpoch}</td><td>{MetricsTable.Correlation(t.BestMetric)}</td><td>{MetricsTable.Correlation(t.Score)}</td></tr>\n");
        }

        s.Append("</tbody></table></div>\n<p class=\"note\">Ranked on validation rows.</p>\n");
    }

    private static void Picture(StringBuilder s, Figure figure, int index)
    {
        string svg = Encoding.UTF8.GetString(figure.ToSvg());
        // Several drawings share one page: their ids must not meet, and a viewBox lets them shrink.
        svg = svg[svg.IndexOf("<svg", StringComparison.Ordinal)..];
        foreach (string reference in new[] { "id=\"", "url(#", "href=\"#" })
            svg = svg.Replace(reference, reference + "f" + index.ToString(CultureInfo.InvariantCulture) + "_", StringComparison.Ordinal);
        svg = svg.Insert(4, string.Create(CultureInfo.InvariantCulture, $" viewBox=\"0 0 {figure.Width} {figure.Height}\" role=\"img\" aria-label=\"{Text(figure.AltText)}\""));
        s.Append("<figure>\n<div>").Append(svg).Append("</div>\n<figcaption>").Append(Text(figure.Title)).Append(". ").Append(Text(figure.AltText)).Append("</figcaption>\n</figure>\n");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
