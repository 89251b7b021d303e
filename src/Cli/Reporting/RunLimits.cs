using System.Globalization;
using XanesMl.Cli.Plotting;
using XanesMl.Cli.Reporting.Numbers;
using XanesMl.Inference.Domain;
using XanesMl.Inference.Evaluation;

namespace XanesMl.Cli.Reporting;

/// <summary>What a reader should know before believing the numbers, computed from them: split, baselines, intervals, styles, trials, and what is not known.</summary>
internal static class RunLimits
{
    /// <summary>The sentences, most important first.</summary>
    public static IReadOnlyList<string> Sentences(RunNumbers run) =>
        [Split(run), .. Baselines(run), .. Labels(run), .. Intervals(run), .. Styles(run), .. Domain(run), .. Trials(run), .. Elements(run)];

    /// <summary>What the report does not know.</summary>
    public static IReadOnlyList<string> Unknown(RunNumbers run)
    {
        var items = new List<string>(run.Missing);
        if (run.Model.Normalization == Inference.Models.NormalizationPolicy.Simulated)
            items.Add("Whether measured spectra are read as well: every row is a spectrum of the training table, and a measured one differs in background, noise, resolution and energy calibration.");
        items.Add($"How much the numbers depend on which materials were held out: one split was made (seed {run.Model.Provenance.SplitSeed}).");
        items.Add("Whether the labels themselves are right: they come with the table and count as true.");
        items.Add("Whether a descriptor causes what its style shows: styles follow correlations of the training materials.");
        return items;
    }

    private static string Split(RunNumbers run)
    {
        var p = run.Model.Provenance;
        string kind = p.SplitKind switch
        {
            "grouped" => "whole materials together",
            "positional" => "by the position of rows, as the reference program does",
            "random" => "row by row at random",
            var other => other,
        };
        string parts = p.SplitRows.Count == 3 ? $"{p.SplitRows[0]} training, {p.SplitRows[1]} validation and {p.SplitRows[2]} test rows" : "rows not recorded";
        string text = $"Split: {p.SplitKind} ({kind}), seed {p.SplitSeed}: {parts}";
        if (run.Rows is { } rows)
        {
            text += $", from {rows.Split.Materials.Train}, {rows.Split.Materials.Validation} and {rows.Split.Materials.Test} materials. ";
            text += rows.Split.SharedMaterials == 0 ? $"No material of the {rows.Which} rows has a row elsewhere, so nothing leaks from one site of a material to another."
                : $"This leaks: {rows.Split.SharedRows} of {rows.Table.RowCount} {rows.Which} rows belong to {rows.Split.SharedMaterials} materials that the model was fitted on.";
        }
        else
        {
            text += ".";
        }

        return text + (run.Run.Report.Split == "test" ? " Test rows chose nothing: weights saw training rows; trials, thresholds and calibration saw training and validation rows."
            : " There are no test rows: the scores are of validation rows, which chose checkpoints, trials and thresholds, and are too good for that reason.");
    }

    private static IEnumerable<string> Baselines(RunNumbers run)
    {
        foreach (string text in SimpleMethods.Of(run).Limits())
            yield return text;
        var r = run.Run.Report.Reconstruction;
        if (double.IsFinite(r.PcaMae) && r.PcaMae < r.Mae)
            yield return $"A principal component analysis with as many numbers a spectrum ({run.Model.StyleCount}) reconstructs better: {MetricsTable.Error(r.PcaMae)} against {MetricsTable.Error(r.Mae)}. Its components mean nothing in particular, though.";
    }

    private static IEnumerable<string> Labels(RunNumbers run)
    {
        foreach (var (name, d) in run.Run.Report.Descriptors)
            if (d.LabelledRows < run.Run.Report.Rows)
                yield return $"{name} is missing in {run.Run.Report.Rows - d.LabelledRows} of {run.Run.Report.Rows} {run.Run.Report.Split} rows; these do not count for it.";
        if (run.Run.Report.Cn is { } cn && cn.Rows < run.Run.Report.Rows)
            yield return $"{run.Run.Report.Rows - cn.Rows} of {run.Run.Report.Rows} {run.Run.Report.Split} rows have a coordination number other than {RunSummary.Listed(cn.Classes.Select(c => c.ToString(CultureInfo.InvariantCulture)))}, or none: the classes' F1 leaves them out.";
    }

    private static IEnumerable<string> Intervals(RunNumbers run)
    {
        if (IntervalWords.Narrow(run) is { } narrow)
            yield return narrow;
        string[] flat = [.. run.Model.Calibrations.Select((c, k) => (c, run.Model.Descriptors[k].Name)).Where(p => p.c.KnotValues.Count > 0 && p.c.KnotValues[0] == p.c.KnotValues[^1]).Select(p => p.Name)];
        if (flat.Length > 0)
            yield return $"The calibration of {RunSummary.Listed(flat)} is flat: the model gives the same value for every spectrum.";
    }

    private static IEnumerable<string> Styles(RunNumbers run)
    {
        var styles = run.Run.Report.Styles;
        if (run.Rows is { } rows)
        {
            var pair = (from a in Enumerable.Range(0, rows.Styles.Count) from b in Enumerable.Range(a + 1, rows.Styles.Count - a - 1) let v = rows.Relations.InterStyle[a][b] where double.IsFinite(v) orderby -Math.Abs(v) select (a, b, v)).FirstOrDefault();
            if (Math.Abs(pair.v) > 0.3)
                yield return $"Styles are not independent: those of {run.StyleName(pair.a)} and {run.StyleName(pair.b)} follow each other most (Spearman {PlotStyle.Two(pair.v)}); where real materials combine them, moving one alone is an extrapolation.";
            for (int k = 0; k < rows.Truth.Count; k++)
            {
                double own = Math.Abs(rows.Relations.Spearman[k][k]);
                var other = Enumerable.Range(0, rows.Styles.Count).Where(s => s != k && double.IsFinite(rows.Relations.Spearman[k][s])).Select(s => (s, v: Math.Abs(rows.Relations.Spearman[k][s]))).OrderByDescending(o => o.v).FirstOrDefault();
                if (other.v > own)
                    yield return $"{run.StyleName(k)} goes more closely with the style of {run.StyleName(other.s)} (|Spearman| {PlotStyle.Two(other.v)}) than with its own ({PlotStyle.Two(own)}).";
            }
        }
        else if (styles.MaxInterstyle > 0.3)
        {
            yield return $"Styles are not independent: the largest |Spearman| of two is {PlotStyle.Two(styles.MaxInterstyle)}.";
        }

        string[] collapsed = [.. styles.Shapiro.Select((w, s) => (w, s)).Where(p => !double.IsFinite(p.w)).Select(p => run.StyleName(p.s))];
        if (collapsed.Length > 0)
            yield return $"Collapsed (the same for every spectrum): the style of {RunSummary.Listed(collapsed)}.";
    }

    private static IEnumerable<string> Domain(RunNumbers run)
    {
        if (run.Rows is not { } rows)
            yield break;
        string[] others = [.. rows.Verdicts.Where(v => v.Key != Verdict.Ok).Select(v => $"{v.Value} {v.Key.ToText()}")];
        yield return others.Length == 0 ? $"The model's own domain check finds all {rows.Table.RowCount} {rows.Which} rows ok."
            : $"The model's own domain check finds, of {rows.Table.RowCount} {rows.Which} rows, {RunSummary.Listed(others)}; the others are ok.";
    }

    private static IEnumerable<string> Trials(RunNumbers run)
    {
        var trials = run.Run.Trials;
        var failed = trials.Where(t => t.Failure is not null).ToArray();
        if (failed.Length > 0)
            yield return $"{failed.Length} of {trials.Count} trials failed: " + string.Join("; ", failed.Take(5).Select(t => $"seed {t.Seed}, {t.Failure!.TrimEnd('.')}")) + (failed.Length > 5 ? $"; and {failed.Length - 5} more." : ".");
        int good = trials.Count - failed.Length;
        if (good == 1)
            yield return "One trial gave a model: how much the numbers depend on the seed is not known, and intervals have no spread between trials.";
        else if (run.Model.Provenance.TrialSeeds.Count == 1)
            yield return $"The model is one of {good} trials; its intervals have no spread between trials.";
        else if (good > 1)
            yield return $"Descriptor values are the mean of {run.Model.Provenance.TrialSeeds.Count} of {good} trials; styles, Spearman, thresholds, reconstruction and the pictures of what a style does are those of the best trial alone.";
        if (run.Ranking.Count > 1)
        {
            string[] keys = [.. trials.First(t => t.Index == run.Ranking[0].Trial).Scores.Keys];
            var widest = Enumerable.Range(1, keys.Length - 1).Select(c => (Key: keys[c], Low: run.Ranking.Min(r => r.Values[c]), High: run.Ranking.Max(r => r.Values[c]))).Where(c => double.IsFinite(c.High - c.Low)).OrderByDescending(c => c.High - c.Low).FirstOrDefault();
            if (widest.Key is not null)
                yield return string.Create(CultureInfo.InvariantCulture, $"Between the seeds the score that differs most on validation rows is {widest.Key.Replace('_', ' ')}: {widest.Low:0.000} to {widest.High:0.000}.");
        }
    }

    private static IEnumerable<string> Elements(RunNumbers run)
    {
        if (run.Rows is not { Elements.Count: > 0 } rows)
            yield break;
        var few = rows.Elements[0].Elements.Select(e => e.Group).Select(e => (e, n: rows.Table.Elements.Count(x => x == e))).Where(p => p.n < 10).Select(p => $"{p.e} ({p.n})").ToArray();
        if (few.Length > 0)
            yield return $"Fewer than 10 {rows.Which} rows: {RunSummary.Listed(few)}; what is said of a single one of these elements may be chance.";
    }
}
