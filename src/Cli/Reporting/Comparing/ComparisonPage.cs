using System.Globalization;
using XanesMl.Cli.Plotting;
using XanesMl.Training.Evaluation;

namespace XanesMl.Cli.Reporting.Comparing;

/// <summary>compare.html.</summary>
internal static class ComparisonPage
{
    /// <summary>The whole page.</summary>
    public static string Create(IReadOnlyList<ComparedRun> runs, ComparisonResult result, ComparisonPlan plan, Figure figure)
    {
        var page = new HtmlPage($"XanesMl: comparison of {runs.Count} runs", result.OneTask ? "Differences are against the first run, " + runs[0].Name + "." : "Runs of different tables, side by side.");
        page.Summary([plan.Text, .. Headline(result)]);
        if (!result.OneTask)
            page.Warning(result.Sentences[0]);
        else if (!plan.Paired)
            page.Warning("The runs are not scored on the same rows: a small difference can be one of the rows.");
        if (result.OneTask)
            page.Section("Which differences are larger than their noise").List(result.Sentences).Note(Method(result));
        page.Section("Scores").Figure(figure);
        foreach (var group in result.Metrics.GroupBy(m => m.Metric.Descriptor.Length == 0 ? "" : m.Metric.Label))
            page.Table(Table(result, [.. group]));
        page.Note($"Value, and 95 % interval in brackets (bootstrap over materials, {result.Options.Draws} samples, seed {result.Options.Seed})" + (result.OneTask
            ? "; * the best run and those whose difference to it has an interval that holds 0. The best of many runs is partly lucky: expect less of it on new data." : "."));
        if (result.OneTask)
        {
            page.Section("Differences against " + runs[0].Name);
            Differences(page, result.Differences, against: false);
        }

        if (result.AgainstBaselines.Count > 0)
        {
            page.Section("Differences against simple methods");
            page.Note($"5 nearest neighbours, ridge regression and the constant mean, fitted on the training and validation rows of {runs[0].Name}.");
            Differences(page, result.AgainstBaselines, against: true);
        }

        page.Section("Runs").Table(Runs(runs, result));
        return page.ToString();
    }

    private static string Method(ComparisonResult result)
    {
        string families = result.AgainstBaselines.Count == 0 ? "" : ", and over all differences against each simple method by itself";
        string level = result.Options.Level.ToString("0.##", CultureInfo.InvariantCulture);
        return $"Intervals and p values: bootstrap over materials, {result.Options.Draws} samples, seed {result.Options.Seed}, {(result.Paired ? "each sample scores all runs on the same rows" : "runs drawn independently")}. "
            + $"A difference is called larger than its noise at a false discovery rate of {level} (Benjamini and Hochberg) over all {result.Differences.Count} differences against the first run{families}. "
            + "They say how far the choice of test materials matters, not how far another seed of the same training would differ: compare several seeds for that.";
    }

    private static IEnumerable<string> Headline(ComparisonResult result)
    {
        if (!result.OneTask)
            yield break;
        int clear = result.Differences.Count(d => d.Clear);
        yield return $"{clear} of {result.Differences.Count} differences against {result.Names[0]} are larger than their noise: {result.Differences.Count(d => d is { Clear: true, Better: true })} better, {result.Differences.Count(d => d is { Clear: true, Better: false })} worse.";
        var wins = result.Metrics.Where(m => m.Best >= 0).ToList();
        string[] always = [.. result.Names.Take(result.RunCount).Where((_, r) => wins.Count > 0 && wins.All(m => m.AsGood[r]))];
        yield return always.Length == 0 ? "No run is the best, or within the noise of the best, in every score." : $"The best, or within the noise of the best, in every score: {string.Join(", ", always)}.";
    }

    private static HtmlTable Table(ComparisonResult result, ComparedMetric[] metrics)
    {
        bool one = metrics[0].Metric.Descriptor.Length == 0;
        var table = new HtmlTable(["run", .. metrics.Select(m => (one ? m.Metric.Name : m.Metric.Descriptor) + (m.Metric.Unit.Length > 0 ? $" ({m.Metric.Unit})" : ""))])
        {
            Caption = one ? "Spectra and styles" : $"{metrics[0].Metric.Label}, {(metrics[0].Metric.HigherIsBetter ? "higher" : "lower")} is better",
            Words = [0],
        };
        for (int r = 0; r < result.Names.Count; r++)
            if (metrics.Any(m => double.IsFinite(m.Runs[r].Estimate)))
                table.Add([result.Names[r], .. metrics.Select(m => Cell(m, r))]);
        return table;
    }

    private static string Cell(ComparedMetric metric, int run)
    {
        var s = metric.Runs[run];
        if (!double.IsFinite(s.Estimate))
            return "-";
        string interval = double.IsFinite(s.Low) ? $" ({ComparisonFigure.Value(metric.Metric, s.Low)}\u00a0to\u00a0{ComparisonFigure.Value(metric.Metric, s.High)})" : "";
        return ComparisonFigure.Value(metric.Metric, s.Estimate) + (metric.AsGood[run] ? "*" : "") + interval;
    }

    private static void Differences(HtmlPage page, IReadOnlyList<ComparisonDifference> differences, bool against)
    {
        ComparisonDifference[] clear = [.. differences.Where(d => d.Clear && d.Against != "constant")];
        if (clear.Length == 0)
        {
            page.Paragraph("None is larger than its noise; differences.csv has all of them.");
            return;
        }

        page.Note("Listed are those larger than their noise; differences.csv has all.");
        var table = new HtmlTable(["score", "run", .. against ? ["against"] : Array.Empty<string>(), "verdict", "difference", "95 % interval", "q"]) { Words = against ? [0, 1, 2, 3] : [0, 1, 2] };
        foreach (var d in clear)
            table.Add([d.Metric.Name, d.Run, .. against ? [d.Against] : Array.Empty<string>(), d.Better ? "better" : "worse", Signed(d.Summary.Estimate) + (d.Metric.Unit.Length > 0 ? "\u00a0" + d.Metric.Unit : ""),
                $"{Signed(d.Summary.Low)}\u00a0to\u00a0{Signed(d.Summary.High)}", d.Q < 0.001 ? "<\u00a00.001" : d.Q.ToString("0.000", CultureInfo.InvariantCulture)]);
        page.Table(table);
    }

    private static string Signed(double v) => v.ToString(Math.Abs(v) < 0.1 ? "+0.0000;-0.0000;0.0000" : "+0.000;-0.000;0.000", CultureInfo.InvariantCulture);

    private static HtmlTable Runs(IReadOnlyList<ComparedRun> runs, ComparisonResult result)
    {
        var table = new HtmlTable("run", "elements", "descriptors", "styles", "trials in the model", "seeds", "split", "test rows", "compared rows", "materials", "model") { Words = [0, 1, 2, 6, 10] };
        for (int r = 0; r < runs.Count; r++)
        {
            var m = runs[r].Model;
            table.Add([runs[r].Name, string.Join(" ", m.Elements), string.Join(" ", m.Descriptors.Select(d => d.Name)), Text(m.StyleCount), Text(m.Provenance.TrialSeeds.Count), string.Join(" ", m.Provenance.TrialSeeds),
                $"{runs[r].Split.Kind}, seed {runs[r].Split.Seed}", Text(runs[r].Split.Test.Count), Text(result.Rows[r]), Text(result.Materials[r]), runs[r].ModelId]);
        }

        return table;

        static string Text(int v) => v.ToString(CultureInfo.InvariantCulture);
    }
}
