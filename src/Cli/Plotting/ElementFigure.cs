using System.Globalization;
using XanesMl.Cli.Reporting;
using XanesMl.Cli.Reporting.Numbers;
using XanesMl.Inference.Evaluation;

namespace XanesMl.Cli.Plotting;

/// <summary>Errors of each element and descriptor beside a constant for that element.</summary>
internal static class ElementFigure
{
    /// <summary>The figure of held-out rows; null for a run with one element.</summary>
    public static ReportFigure? Of(RunNumbers run, RowNumbers rows)
    {
        if (rows.Elements.Count == 0)
            return null;
        string[] elements = [.. rows.Elements[0].Elements.Select(e => e.Group)];
        int Count(string element) => rows.Table.Elements.Count(e => e == element);
        var csv = new Csv("element", "descriptor", "unit", "rows", "mae", "constant_mae", "ratio", "spearman");
        foreach (var (name, scores) in rows.Elements)
            foreach (var s in scores)
                csv.Row(s.Group, name, run.Model.Descriptors.First(d => d.Name == name).Unit, s.Rows, s.Mae, s.ConstantMae, s.Mae / s.ConstantMae, s.Spearman);
        GroupScores Cell(int e, int k) => rows.Elements[k].Elements[e];
        var map = new HeatMap
        {
            Title = "mean absolute error (x: part of a constant's error)",
            Rows = [.. elements.Select(e => $"{e} ({Count(e)})")],
            Columns = [.. rows.Elements.Select(d => PlotStyle.WithUnit(d.Descriptor, run.Model.Descriptors.First(i => i.Name == d.Descriptor).Unit))],
            Values = [.. elements.Select((_, e) => Enumerable.Range(0, rows.Elements.Count).Select(k => Cell(e, k).Mae / Cell(e, k).ConstantMae).Select(r => double.IsFinite(r) ? r : double.NaN).ToArray())],
            Texts = [.. elements.Select((_, e) => Enumerable.Range(0, rows.Elements.Count).Select(k => Cell(e, k).Rows == 0 ? "no rows"
                : PlotStyle.Number(Cell(e, k).Mae) + (Cell(e, k).ConstantMae > 0 ? string.Create(CultureInfo.InvariantCulture, $"  ({Cell(e, k).Mae / Cell(e, k).ConstantMae:0.0}x)") : "  (constant)")).ToArray())],
            Range = (0, 2),
            Signed = true,
            XLabel = "descriptor",
            YLabel = $"element ({rows.Which} rows)",
        };
        string worse = string.Join(", ", from k in Enumerable.Range(0, rows.Elements.Count) from e in Enumerable.Range(0, elements.Length)
                                         where Cell(e, k).Rows > 0 && Cell(e, k).Mae > Cell(e, k).ConstantMae select $"{elements[e]} {rows.Elements[k].Descriptor}");
        string alt = "Each cell has the mean absolute error in the descriptor's unit and, in brackets, its ratio to the error of always answering the mean of that element's training and validation rows; "
            + "blue is better than that constant, vermilion worse. " + (worse.Length > 0 ? $"Worse than the constant: {worse}." : "No element and descriptor is worse than its constant.");
        return new ReportFigure(new Figure("elements", "Errors of each element", alt, 1, (Math.Max(560, 120 + (130 * rows.Elements.Count)), 130 + (30 * elements.Length)), [map.Panel]), csv.ToString());
    }
}
