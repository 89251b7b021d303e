using System.Globalization;
using XanesMl.Cli.Plotting;
using XanesMl.Cli.Reporting.Numbers;
using XanesMl.Inference.Models;
using XanesMl.Spectra;
using XanesMl.Training.Evaluation;
using XanesMl.Training.Runs;

namespace XanesMl.Cli.Reporting;

/// <summary>report.html of a run: the summary, then each question a section with its tables and figures.</summary>
internal static class RunPage
{
    /// <summary>The whole page.</summary>
    /// <param name="run">The numbers.</param>
    /// <param name="figures">Figures by name.</param>
    /// <param name="checks">Checks that were made, each a label and its result.</param>
    public static string Create(RunNumbers run, IReadOnlyDictionary<string, ReportFigure> figures, IReadOnlyList<(string Check, string Result)> checks)
    {
        var m = run.Model;
        var page = new HtmlPage($"Report of model {m.Name}", $"RankAAE on {m.Edge}-edge spectra of {string.Join(", ", m.Elements)}: {m.Energies.Count} energies, {m.Descriptors.Count} descriptors, {m.StyleCount} styles");
        page.Summary(RunSummary.Sentences(run));
        foreach (string lack in run.Missing)
            page.Warning(lack);
        var show = new Shown(page, figures);
        Scores(page, show, run);
        page.Section("What to know before using it").List(RunLimits.Sentences(run)).Subsection("What this report does not know").List(RunLimits.Unknown(run));
        Spectra(page, show, run);
        Styles(page, show, run);
        page.Section("Reconstruction");
        var r = run.Run.Report.Reconstruction;
        page.Paragraph($"Six numbers cannot hold all of a spectrum: the mean absolute error of {run.Run.Report.Rows} {run.Run.Report.Split} rows is {MetricsTable.Error(r.Mae)} (standard deviation {MetricsTable.Error(r.MaeStd)})".Replace("Six numbers", Words(m.StyleCount), StringComparison.Ordinal)
            + (double.IsFinite(r.PcaMae) ? $"; principal components with as many numbers reach {MetricsTable.Error(r.PcaMae)}." : "."));
        show.Figure("reconstruction");
        show.Figure("reconstruction_errors");
        Training(page, show, run);
        Sources(page, run, checks, figures.Keys);
        return page.ToString();
    }

    /// <summary>The table of scores; rows where 5 nearest neighbours are better by more than the noise are marked.</summary>
    public static HtmlTable ScoreTable(SimpleMethods methods)
    {
        var report = methods.Report;
        var table = new HtmlTable("descriptor", "Spearman", "R2", "MAE", "RMSE", "in 90 % interval", "MAE", "Spearman", "MAE", "Spearman", "MAE", "smallest", "model against 5-NN")
        {
            Groups = [("", 1), ("this model", 5), ("constant", 1), ("5-NN", 2), ("ridge", 2), ("by MAE", 2)],
            Caption = $"{report.Rows} {report.Split} rows. Spearman: style against descriptor. R2, MAE (mean absolute error), RMSE: calibrated value, errors in the descriptor's unit.",
            Words = [11, 12],
        };
        foreach (var (name, d) in report.Descriptors)
        {
            var standing = methods.Against(name, "5-NN", "MAE");
            string[] own = [d.Unit.Length == 0 ? name : $"{name} ({d.Unit})", MetricsTable.Correlation(d.Spearman), MetricsTable.Correlation(d.R2), MetricsTable.Error(d.Mae), MetricsTable.Error(d.Rmse),
                double.IsFinite(d.Coverage90) ? RunSummary.Percent(d.Coverage90) : "-"];
            string[] others = d.Baseline is { } b
                ? [MetricsTable.Error(b.Constant.Mae), MetricsTable.Correlation(b.Knn5.Spearman), MetricsTable.Error(b.Knn5.Mae), MetricsTable.Correlation(b.Ridge.Spearman), MetricsTable.Error(b.Ridge.Mae)]
                : ["-", "-", "-", "-", "-"];
            string judged = standing switch { Standing.Better => "better", Standing.Worse => "worse", Standing.NotToldApart => "unclear", _ => "-" };
            table.Add([.. own, .. others, methods.Smallest(name), judged], standing == Standing.Worse ? RowLook.Marked : RowLook.Plain);
        }

        return table;
    }

    /// <summary>What E0 of the findings is.</summary>
    public static string EdgeText(ModelMetadata m)
    {
        bool Tabulated(KeyValuePair<string, double> e) => KEdges.Elements.Contains(e.Key) && e.Value == KEdges.Energy(e.Key);
        string Energy(double e) => e.ToString("0.###", CultureInfo.InvariantCulture);
        var edges = m.EdgeReferences.OrderBy(e => e.Value).ToArray();
        string which = edges.All(Tabulated) ? $"tabulated {m.Edge} edge of " : "edge, as the model's description has it, of ";
        return m.EnergyAxis == EnergyAxis.RelativeToEdge
            ? "E0 is the 0 of the energy axis" + (edges.Length > 0 ? $", the {which}{RunSummary.Listed(edges.Select(e => $"{e.Key} ({Energy(e.Value)} eV)"))}." : ".")
            : edges.Length == 1 ? $"E0 is {Energy(edges[0].Value)} eV ({which}{edges[0].Key})." : "";
    }

    private static void Scores(HtmlPage page, Shown show, RunNumbers run)
    {
        if (run.Run.Report.Descriptors.Count == 0)
            return;
        var methods = SimpleMethods.Of(run);
        page.Section("How well each descriptor is read").Table(ScoreTable(methods));
        page.Note((methods.Untold is { } untold ? $"Model against 5-NN is left open: {untold}. "
                : $"Model against 5-NN: paired bootstrap over the {methods.Materials} held-out materials, false discovery rate {RunSummary.Percent(new ComparisonOptions().Level)}; coloured where the model is worse. Unclear: the difference is within the noise. ")
            + "Constant: the mean of training and validation rows; 5-NN: distance-weighted mean of the 5 nearest spectra; ridge: regression on the standardized spectrum. All were fitted on training and validation rows.");
        page.List(run.Model.Descriptors.Select(RunSummary.Meaning));
        show.Figure("parity");
        show.Figure("residuals");
        show.Figure("coverage", FigureForm.Panels, CoverageFigure.Note);
        show.Figure("cn_classes");
        show.Figure("elements", FigureForm.WholeSvg);
    }

    private static void Spectra(HtmlPage page, Shown show, RunNumbers run)
    {
        page.Section("What each style does to the spectrum");
        page.Paragraph($"Each style is moved through its range while the others are drawn from N(0, 1) and averaged ({run.Variation.Options.Draws} draws, seed {run.Variation.Options.Seed}).");
        show.Figure("spectral_variation");
        show.Figure("spectral_difference");
        if (run.Findings is { } findings)
            FindingsSection.Write(page, findings, run.FindingRows == "all"
                ? $"Looked for in all rows, since fewer than {RunNumbers.MinFindingRows} were held out: the model has seen most of them. {EdgeText(run.Model)}".TrimEnd() : $"Looked for in the {run.FindingRows} rows. {EdgeText(run.Model)}".TrimEnd());
    }

    private static void Styles(HtmlPage page, Shown show, RunNumbers run)
    {
        page.Section("How styles and descriptors go together");
        show.Figure("calibration");
        show.Figure("correlations");
        show.Figure("descriptor_style", FigureForm.WholePng);
        show.Figure("qq");
        if (run.Rows is null)
            page.List(run.Run.Report.Styles.Shapiro.Select((w, s) => $"{run.StyleName(s)}: Shapiro-Wilk W {MetricsTable.Correlation(w)}"));
    }

    private static void Training(HtmlPage page, Shown show, RunNumbers run)
    {
        page.Section("Trials and training").Paragraph(TrialFigure.Rule);
        show.Figure("trials", FigureForm.WholeSvg);
        bool failed = run.Run.Trials.Any(t => t.Failure is not null);
        string[] header = ["rank", "seed", "epochs", "best epoch", "checkpoint metric", "score", "in the ensemble"];
        var table = new HtmlTable(failed ? [.. header, "failure"] : header) { Words = [6, 7] };
        foreach (var t in TrialTable.Sorted(run.Run.Trials).Take(TrialFigure.MaxRows))
            table.Add([t.Rank == 0 ? "-" : Whole(t.Rank), Whole(t.Seed), Whole(t.Epochs), t.BestEpoch == 0 ? "-" : Whole(t.BestEpoch), MetricsTable.Correlation(t.BestMetric), MetricsTable.Correlation(t.Score),
                t.InEnsemble || run.Model.Provenance.TrialSeeds.Contains(t.Seed) ? "yes" : "no", .. failed ? (string[])[t.Failure ?? ""] : []], t.Failure is null ? RowLook.Plain : RowLook.Marked);
        page.Table(table);
        if (run.Run.Trials.Count > TrialFigure.MaxRows)
            page.Note($"{run.Run.Trials.Count - TrialFigure.MaxRows} more trials are in trials.csv of the run folder.");
        show.Figure("losses");
    }

    private static void Sources(HtmlPage page, RunNumbers run, IReadOnlyList<(string Check, string Result)> checks, IEnumerable<string> figures)
    {
        var p = run.Model.Provenance;
        page.Section("Where the numbers come from");
        page.List([$"Model {run.ModelId}, written by XanesMl {p.XanesMlVersion}; data hash {p.DataHash}.", $"Seeds of the trials in the model, best first: {string.Join(", ", p.TrialSeeds)}; seed of the split: {p.SplitSeed}.",
            .. run.Run.Time.Started.Length > 0 ? (string[])[$"Trained from {run.Run.Time.Started} to {run.Run.Time.Finished}."] : [], .. checks.Select(c => $"{c.Check}: {c.Result}.")]);
        page.Paragraph($"Beside this page: metrics.json with every number, and for each figure plots/NAME.png, plots/NAME.svg and plots/NAME.csv, the numbers behind it ({string.Join(", ", figures)}).");
        page.Details("Configuration", p.Configuration.TrimEnd()).Details("Notice of the data", p.DataNotice);
    }

    private static string Words(int styles) => styles == 1 ? "One number" : $"{(styles < 10 ? new[] { "", "", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine" }[styles] : styles.ToString(CultureInfo.InvariantCulture))} numbers";

    private static string Whole(int v) => v.ToString(CultureInfo.InvariantCulture);

    /// <summary>Puts figures that exist into the page.</summary>
    private sealed class Shown(HtmlPage page, IReadOnlyDictionary<string, ReportFigure> figures)
    {
        public void Figure(string name, FigureForm form = FigureForm.Panels, string note = "")
        {
            if (figures.TryGetValue(name, out var figure))
                page.Figure(figure.Figure, form, note);
        }
    }
}
