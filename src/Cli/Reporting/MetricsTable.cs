using System.Globalization;
using System.Text;
using XanesMl.Cli.Terminal;
using XanesMl.Inference.Evaluation;

namespace XanesMl.Cli.Reporting;

/// <summary>An evaluation as text for people: one table and a few sentences below it.</summary>
internal static class MetricsTable
{
    /// <summary>The table of descriptors beside their baselines, at most 100 characters wide for names of usual length.</summary>
    public static string Descriptors(EvaluationReport report)
    {
        bool baselines = report.Descriptors.Values.Any(d => d.Baseline is not null);
        string[] header = ["descriptor", "unit", "Spearman", "R2", "MAE"];
        (string, int)[] groups = [("", 2), ("this model", 3)];
        if (baselines)
            (header, groups) = ([.. header, "MAE", "Spearman", "MAE", "Spearman", "MAE"], [.. groups, ("constant", 1), ("5-NN", 2), ("ridge", 2)]);
        var table = new TextTable(header, baselines ? groups : []);
        foreach (var (name, d) in report.Descriptors)
        {
            string[] own = [name, Unit(d.Unit), Correlation(d.Spearman), Correlation(d.R2), Error(d.Mae)];
            string[] others = d.Baseline is { } b
                ? [Error(b.Constant.Mae), Correlation(b.Knn5.Spearman), Error(b.Knn5.Mae), Correlation(b.Ridge.Spearman), Error(b.Ridge.Mae)]
                : ["-", "-", "-", "-", "-"];
            table.Add(baselines ? [.. own, .. others] : own);
        }

        return table.ToString();
    }

    /// <summary>Reconstruction, coordination classes, styles, and where a simple method is better.</summary>
    public static string Notes(EvaluationReport report)
    {
        var s = new StringBuilder();
        s.Append(CultureInfo.InvariantCulture, $"rows: {report.Rows} ({report.Split}). Spearman: style against descriptor; R2 and MAE: calibrated value, MAE in the descriptor's unit.\n");
        s.Append(CultureInfo.InvariantCulture, $"reconstruction MAE {Error(report.Reconstruction.Mae)} +- {Error(report.Reconstruction.MaeStd)}");
        if (double.IsFinite(report.Reconstruction.PcaMae))
            s.Append(CultureInfo.InvariantCulture, $" (PCA with {report.Styles.Shapiro.Count} components: {Error(report.Reconstruction.PcaMae)})");
        s.Append(CultureInfo.InvariantCulture, $"; max inter-style |Spearman| {Correlation(report.Styles.MaxInterstyle)}, with a free style {Correlation(report.Styles.MaxFree)}\n");
        if (report.Cn is { } cn)
            s.Append(CultureInfo.InvariantCulture, $"CN as a class ({string.Join("/", cn.Classes)}): weighted F1 {Correlation(cn.F1Weighted)} on {cn.Rows} rows\n");
        string[] worse = [.. WorseThanNeighbours(report)];
        if (worse.Length > 0)
            s.Append("larger MAE than 5-NN: ").AppendJoin(", ", worse).Append('\n');
        return s.ToString();
    }

    /// <summary>"CT (MAE 0.050 against 0.041)" for each descriptor whose MAE is above that of the 5 nearest neighbours.</summary>
    public static IEnumerable<string> WorseThanNeighbours(EvaluationReport report) =>
        report.Descriptors.Where(d => d.Value.Baseline is { } b && d.Value.Mae > b.Knn5.Mae)
            .Select(d => $"{d.Key} (MAE {Error(d.Value.Mae)} against {Error(d.Value.Baseline!.Knn5.Mae)})");

    /// <summary>A correlation, R2 or F1 with three decimals; "-" where it does not exist.</summary>
    public static string Correlation(double value) => double.IsFinite(value) ? value.ToString("0.000", CultureInfo.InvariantCulture) : "-";

    /// <summary>An error in a unit with about three digits; "-" where it does not exist.</summary>
    public static string Error(double value) => double.IsFinite(value) ? value.ToString(Math.Abs(value) < 0.1 ? "0.0000" : "0.000", CultureInfo.InvariantCulture) : "-";

    /// <summary>A unit as text; "-" for a number without unit.</summary>
    public static string Unit(string unit) => unit.Length == 0 ? "-" : unit;
}
