using System.Globalization;
using XanesMl.Training.Evaluation;

namespace XanesMl.Cli.Reporting;

/// <summary>Findings as a section of a page: the literature's trends in words, features as a table, the largest regions in words, the rest on request.</summary>
internal static class FindingsSection
{
    // Regions that stand in the open for each descriptor and source; the others open on request.
    private const int OpenRegions = 2;

    /// <summary>Writes the section.</summary>
    /// <param name="page">The page.</param>
    /// <param name="findings">What was looked for.</param>
    /// <param name="rows">Words for the rows.</param>
    public static void Write(HtmlPage page, FindingsResult findings, string rows)
    {
        page.Section("Findings in words").Paragraph(rows);
        if (findings.KnownTrends.Count > 0)
            page.Subsection("Trends of the literature").List(findings.KnownTrends.Select(t => t.Text));
        page.Subsection("Features of the spectrum");
        var found = findings.Features.Where(p => p.Model is { Found: true } || p.Data is { Found: true }).ToArray();
        if (found.Length == 0)
            page.Paragraph("No feature was found to move with a descriptor at the stated error rate.");
        else
            page.Table(Table(found, findings.Features.Count));
        var regions = findings.Regions.Where(f => f.Found).ToArray();
        page.Subsection("Regions of the spectrum");
        if (regions.Length == 0)
            page.Paragraph("In no range of energies was the absorption found to move with a descriptor at the stated error rate.");
        var groups = regions.GroupBy(f => (f.Descriptor, f.Source)).ToArray();
        page.List(groups.SelectMany(g => g.OrderByDescending(f => Math.Abs(f.Effect)).Take(OpenRegions)).Select(f => f.Text));
        string[] others = [.. groups.SelectMany(g => g.OrderByDescending(f => Math.Abs(f.Effect)).Skip(OpenRegions)).Select(f => f.Text)];
        if (others.Length > 0)
            page.Details($"{others.Length} smaller {(others.Length == 1 ? "region" : "regions")}", string.Join('\n', others));
        foreach (string note in findings.Notes)
            page.Note(note);
    }

    /// <summary>One sentence on the literature's trends for a summary; null where none was looked for.</summary>
    public static string? Summary(FindingsResult findings)
    {
        string[] trends = [.. findings.KnownTrends.Where(t => t.Model is not null || t.Data is not null).Select(t => $"{t.Name} {(!t.Found ? "not found" : t.Data is { Found: true } ? "found in model and data" : "found in the model only")}"
            + (t.Model is { } m ? $" ({Effect(m)} over {m.Descriptor} {Short(m.RangeFrom)} to {Short(m.RangeTo)} {m.RangeUnit}".TrimEnd() + ")" : ""))];
        return trends.Length == 0 ? null : $"Known trends looked for in what it has learnt: {RunSummary.Listed(trends)}.";
    }

    private static HtmlTable Table(FindingPair[] pairs, int looked)
    {
        var table = new HtmlTable("descriptor", "feature", "at", "model", "data", "found in")
        {
            Words = [1, 5],
            Caption = $"{pairs.Length} of {looked} pairs of descriptor and feature. Model, data: change over the descriptor's range, with its standard error; intensities in units of the edge step; in brackets what is not a finding by itself.",
        };
        foreach (var p in pairs)
        {
            var any = p.Model ?? p.Data!;
            table.Add([p.Descriptor, p.Quantity, double.IsFinite(any.Energy) ? string.Create(CultureInfo.InvariantCulture, $"E0 {(any.Energy < 0 ? "-" : "+")} {Math.Abs(any.Energy):0.0} eV") : "-", Cell(p.Model), Cell(p.Data), p.Agreement switch
            {
                FindingAgreement.Both => "both",
                FindingAgreement.ModelOnly => "model only",
                FindingAgreement.DataOnly => "data only",
                FindingAgreement.Opposite => "both, opposite signs",
                _ => "neither",
            }], p.Agreement == FindingAgreement.Opposite ? RowLook.Marked : RowLook.Plain);
        }

        return table;
    }

    private static string Cell(Finding? f) => f is null ? "-" : f.Found ? Effect(f) : $"({Effect(f)})";

    /// <summary>"+0.12 ± 0.02 eV", both with the two leading digits of the error.</summary>
    private static string Effect(Finding f)
    {
        int digits = f.Error > 0 && double.IsFinite(f.Error) ? Math.Clamp(1 - (int)Math.Floor(Math.Log10(f.Error)), 0, 6) : 3;
        string format = "F" + digits.ToString(CultureInfo.InvariantCulture);
        return $"{(f.Effect < 0 ? "-" : "+")}{Math.Abs(f.Effect).ToString(format, CultureInfo.InvariantCulture)} ± {f.Error.ToString(format, CultureInfo.InvariantCulture)} {f.EffectUnit}".TrimEnd();
    }

    private static string Short(double v) => v.ToString("0.##", CultureInfo.InvariantCulture);
}
