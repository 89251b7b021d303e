using System.Globalization;
using XanesMl.Training.Evaluation;

namespace XanesMl.Cli.Reporting;

/// <summary>Findings as a section of a page: the literature's trends in words, features as a table, the largest regions in words, the rest on request; and as CSV.</summary>
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
            page.Table(Table(found, findings.Features.Count)).Table(Ranges(findings.Features));
        Places(page, findings.Features);
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
        string[] trends = [.. findings.KnownTrends.Where(t => t.Model is not null || t.Data is not null).Select(t => $"{t.Name} {t.Words} ({string.Join("; ", new[] { t.Model, t.Data }.OfType<Finding>().Select(Sized))})")];
        return trends.Length == 0 ? null : $"Known trends looked for in what it has learnt: {RunSummary.Listed(trends)}.";
    }

    /// <summary>findings.csv: a row for each feature and region of each source, found or not.</summary>
    public static string Csv(FindingsResult findings)
    {
        var csv = new Csv("kind", "descriptor", "range_unit", "range_from", "range_to", "quantity", "unit", "source", "rows", "rows_looked_at", "materials", "energy_ev", "region_from_ev", "region_to_ev",
            "effect", "error", "low", "high", "p", "q", "found", "agreement", "text");
        foreach (var p in findings.Features)
            foreach (var f in new[] { p.Model, p.Data })
                Row(csv, f, p.Words);
        foreach (var f in findings.Regions)
            Row(csv, f, "");
        return csv.ToString();
    }

    private static void Row(Csv csv, Finding? f, string agreement)
    {
        if (f is not null)
            csv.Row(f.Kind == FindingKind.Feature ? "feature" : "region", f.Descriptor, f.RangeUnit, f.RangeFrom, f.RangeTo, f.Quantity, f.EffectUnit, Source(f), f.Rows, f.Looked, f.Materials, f.Energy, f.RegionFrom, f.RegionTo,
                f.Effect, f.Error, f.Low, f.High, f.P, f.Q, f.Moves is not null ? "changes place" : f.Found ? "yes" : "no", agreement, f.Text);
    }

    private static HtmlTable Table(FindingPair[] pairs, int looked)
    {
        var table = new HtmlTable(["descriptor", "feature", .. Columns, .. Columns, "found in"])
        {
            Words = [1, 8],
            Groups = [("", 2), ("model", 3), ("data", 3), ("", 1)],
            Caption = $"{pairs.Length} of {looked} pairs of descriptor and feature. Change: over the descriptor's range (below), with its standard error; intensities in units of the edge step; in brackets what is not a finding by itself. "
                + "At: energy relative to E0, eV. Rows: those that have the feature and keep it, and of how many materials.",
        };
        foreach (var p in pairs)
            table.Add([p.Descriptor, p.Quantity, .. Cells(p.Model), .. Cells(p.Data), p.Words], p.Agreement == FindingAgreement.Opposite ? RowLook.Marked : RowLook.Plain);
        return table;
    }

    private static string[] Columns => ["at", "change", "rows (materials)"];

    private static string[] Cells(Finding? f) => f is null ? ["-", "-", "-"] : f.Moves is not null ? ["-", "changes place", "-"]
        : [double.IsFinite(f.Energy) ? f.Energy.ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture) : "-", f.Found ? Effect(f) : $"({Effect(f)})", string.Create(CultureInfo.InvariantCulture, $"{f.Rows} ({f.Materials})")];

    private static HtmlTable Ranges(IReadOnlyList<FindingPair> pairs)
    {
        var table = new HtmlTable("descriptor", "model", "data") { Caption = "Ranges that the changes belong to." };
        foreach (var group in pairs.GroupBy(p => p.Descriptor))
            table.Add([group.Key, group.Select(p => p.Model).FirstOrDefault(f => f is not null) is { } m ? Range(m) : "-", group.Select(p => p.Data).FirstOrDefault(f => f is not null) is { } d ? Range(d) : "-"]);
        return table;
    }

    /// <summary>Features that change place, with no size in any source; how they do opens on request.</summary>
    private static void Places(HtmlPage page, IReadOnlyList<FindingPair> pairs)
    {
        string[] names = [.. pairs.Where(p => p.Agreement == FindingAgreement.ChangesPlace && p.Model is not { Found: true } && p.Data is not { Found: true })
            .GroupBy(p => p.Quantity).Select(g => $"{g.Key} with {RunSummary.Listed(g.Select(p => p.Descriptor))}")];
        if (names.Length > 0)
            page.Paragraph($"No size is given where a name passes from one place of the curve to another, which is no motion: {string.Join("; ", names)}.");
        string[] how = [.. pairs.SelectMany(p => new[] { p.Model, p.Data }).OfType<Finding>().Where(f => f.Moves is not null).Select(f => f.Text).Distinct(StringComparer.Ordinal)];
        if (how.Length > 0)
            page.Details("How features change place", string.Join('\n', how));
    }

    /// <summary>"model +4.25 ± 0.09 eV over CT 0.17 to 0.68 e".</summary>
    private static string Sized(Finding f) => f.Moves is not null ? $"{Source(f)} changes place" : $"{Source(f)} {Effect(f)} over {f.Descriptor} {Range(f)}";

    private static string Range(Finding f) => $"{Short(f.RangeFrom)} to {Short(f.RangeTo)} {f.RangeUnit}".TrimEnd();

    private static string Source(Finding f) => f.Source == FindingSource.Model ? "model" : "data";

    /// <summary>"+0.12 ± 0.02 eV", both with the two leading digits of the error.</summary>
    private static string Effect(Finding f)
    {
        int digits = f.Error > 0 && double.IsFinite(f.Error) ? Math.Clamp(1 - (int)Math.Floor(Math.Log10(f.Error)), 0, 6) : 3;
        string format = "F" + digits.ToString(CultureInfo.InvariantCulture);
        return $"{(f.Effect < 0 ? "-" : "+")}{Math.Abs(f.Effect).ToString(format, CultureInfo.InvariantCulture)} ± {f.Error.ToString(format, CultureInfo.InvariantCulture)} {f.EffectUnit}".TrimEnd();
    }

    private static string Short(double v) => v.ToString("0.##", CultureInfo.InvariantCulture);
}
