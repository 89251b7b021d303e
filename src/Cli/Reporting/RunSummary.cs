using System.Globalization;
using XanesMl.Cli.Reporting.Numbers;
using XanesMl.Inference.Evaluation;
using XanesMl.Inference.Models;

namespace XanesMl.Cli.Reporting;

/// <summary>Three to seven sentences for a reader who reads nothing else, each made of the run's numbers.</summary>
internal static class RunSummary
{
    /// <summary>The sentences.</summary>
    public static IReadOnlyList<string> Sentences(RunNumbers run)
    {
        var report = run.Run.Report;
        var sentences = new List<string> { Subject(run) };
        KeyValuePair<string, DescriptorEvaluation>[] scored = [.. report.Descriptors.Where(d => double.IsFinite(d.Value.Mae))];
        if (scored.Length == 0)
            sentences.Add($"It gives no descriptor values; its spectra are reconstructed with a mean absolute error of {MetricsTable.Error(report.Reconstruction.Mae)}.");
        else
            sentences.Add(BestAndWorst(scored));
        if (SimpleMethods.Of(run).Summary() is { } neighbours)
            sentences.Add(neighbours);
        if (report.Cn is { Rows: > 0 } cn && double.IsFinite(cn.F1Weighted))
            sentences.Add(Classes(run, cn));
        double[] coverage = [.. scored.Select(d => d.Value.Coverage90).Where(double.IsFinite)];
        if (coverage.Length > 0)
            sentences.Add($"Its 90 % intervals hold the true value in {Percent(coverage.Min())}{(Percent(coverage.Min()) == Percent(coverage.Max()) ? " of the cases." : $" to {Percent(coverage.Max())} of the cases, depending on the descriptor.")}");
        if (run.Findings is { } findings && FindingsSection.Summary(findings) is { } trends)
            sentences.Add(trends);
        if (run.Model.Normalization == NormalizationPolicy.Simulated)
            sentences.Add("All of this is about spectra normalized as simulated ones are; how well it reads measured spectra has not been tested here.");
        return sentences;
    }

    /// <summary>"CT (charge transfer ...)" with the catalogue's meaning.</summary>
    public static string Meaning(DescriptorInfo d) => d.Meaning.Length == 0 ? d.Name : $"{d.Name} ({d.Meaning})";

    /// <summary>"86 %".</summary>
    public static string Percent(double part) => (100 * part).ToString("0", CultureInfo.InvariantCulture) + " %";

    /// <summary>"0.038 e".</summary>
    public static string WithUnit(double value, string unit) => unit.Length == 0 ? MetricsTable.Error(value) : $"{MetricsTable.Error(value)} {unit}";

    /// <summary>"a, b and c", or with another last word.</summary>
    public static string Listed(IEnumerable<string> items, string last = "and")
    {
        string[] all = [.. items];
        return all.Length <= 1 ? string.Concat(all) : $"{string.Join(", ", all[..^1])} {last} {all[^1]}";
    }

    private static string Subject(RunNumbers run)
    {
        var (m, report) = (run.Model, run.Run.Report);
        string what = m.Descriptors.Count == 0 ? "reconstructs" : $"reads {m.Descriptors.Count} {(m.Descriptors.Count == 1 ? "descriptor" : "descriptors")} of the absorbing site ({Listed(m.Descriptors.Select(d => d.Name))}) from";
        string text = $"The model {what} {m.Edge}-edge spectra of {Listed(m.Elements)} and was judged on {report.Rows} {report.Split} spectra";
        if (run.Rows is not { } rows)
            return text + $" ({m.Provenance.SplitKind} split).";
        int materials = rows.Table.Materials.Distinct(StringComparer.Ordinal).Count();
        return text + (rows.Split.SharedMaterials == 0
            ? $" of {materials} materials, of none of which it had seen a spectrum."
            : $" of {materials} materials; {rows.Split.SharedMaterials} of these have other spectra among those it learnt from, so its scores are better than they would be on new materials.");
    }

    private static string BestAndWorst(KeyValuePair<string, DescriptorEvaluation>[] scored)
    {
        string Error(KeyValuePair<string, DescriptorEvaluation> d) => WithUnit(d.Value.Mae, d.Value.Unit);
        (KeyValuePair<string, DescriptorEvaluation> D, double Part)[] parts =
            [.. scored.Where(d => d.Value.Baseline is { Constant.Mae: > 0 }).Select(d => (d, d.Value.Mae / d.Value.Baseline!.Constant.Mae)).OrderBy(p => p.Item2)];
        if (parts.Length == 0)
            return $"Mean absolute errors: {Listed(scored.Select(d => $"{d.Key} {Error(d)}"))}.";
        var (best, worst) = (parts[0], parts[^1]);
        string text = $"It knows {best.D.Key} best: its mean absolute error of {Error(best.D)} is {Percent(best.Part)} of what always answering the mean would give";
        return parts.Length == 1 ? text + "." : text + $"; {worst.D.Key} is known least, with {Error(worst.D)} or {Percent(worst.Part)}.";
    }

    private static string Classes(RunNumbers run, ClassEvaluation cn)
    {
        string name = run.Model.CoordinationThresholds?.Descriptor ?? "CN";
        int right = cn.Confusion.Select((row, c) => row[c]).Sum();
        int[] present = [.. Enumerable.Range(0, cn.Classes.Count).Where(c => cn.Confusion[c].Sum() > 0)];
        int weakest = present.MinBy(c => cn.F1[c]);
        string classes = $"{name} {Listed(cn.Classes.Select(c => c.ToString(CultureInfo.InvariantCulture)), "or")}";
        // Rows of other classes, or without a label, count among all rows only: what the model says there is never right.
        int all = run.Run.Report.Rows;
        string others = cn.Rows < all ? $"{Percent((double)right / all)} of all {all}; " : "";
        return string.Create(CultureInfo.InvariantCulture, $"As a class, {name} is right in {Percent((double)right / cn.Rows)} of the {cn.Rows} spectra with {classes} ({others}weighted F1 {cn.F1Weighted:0.00}); ")
            + string.Create(CultureInfo.InvariantCulture, $"{name} {cn.Classes[weakest]} is told worst, with an F1 of {cn.F1[weakest]:0.00}.");
    }
}
