using System.Globalization;
using ScottPlot;
using XanesMl.Cli.Reporting;
using XanesMl.Cli.Reporting.Numbers;

namespace XanesMl.Cli.Plotting;

/// <summary>Trials in their order: colour is the z-score that ranks, text is the score itself.</summary>
internal static class TrialFigure
{
    /// <summary>Trials that the map shows, the best; the CSV has all.</summary>
    public const int MaxRows = 24;

    /// <summary>How trials are chosen, in words.</summary>
    public const string Rule = "Rule: every column is put into standard deviations from its mean over the trials (z-score); a trial's score is the sum over the descriptors minus the z-score of the largest "
        + "inter-style |Spearman|, where less is better. All on validation rows; test rows choose nothing.";

    /// <summary>The figure; null where there is nothing to rank.</summary>
    public static ReportFigure? Of(RunNumbers run)
    {
        var ranking = run.Ranking;
        if (ranking.Count == 0)
            return null;
        var outcomes = run.Run.Trials.ToDictionary(t => t.Index);
        string[] names = [.. outcomes[ranking[0].Trial].Scores.Keys.Select(Column)];
        var csv = new Csv("rank", "trial", "seed", "in_ensemble", "quantity", "value", "z_score");
        for (int i = 0; i < ranking.Count; i++)
        {
            var t = outcomes[ranking[i].Trial];
            for (int c = 0; c < names.Length; c++)
                csv.Row(i + 1, t.Index, t.Seed, t.InEnsemble ? "yes" : "no", names[c].Replace('\n', ' '), ranking[i].Values[c], ranking[i].ZScores[c]);
            csv.Row(i + 1, t.Index, t.Seed, t.InEnsemble ? "yes" : "no", "score", ranking[i].Score, ranking[i].Score);
        }

        var shown = ranking.Take(MaxRows).ToArray();
        var map = new HeatMap
        {
            Title = "trials, best first: colour is the z-score, text the value",
            Rows = [.. shown.Select((r, i) => $"{i + 1}.  seed {outcomes[r.Trial].Seed}{(outcomes[r.Trial].InEnsemble ? " *" : "")}")],
            Columns = [.. names, "score"],
            // Less inter-style correlation is better: its sign is turned, so that one colour means good throughout.
            Values = [.. shown.Select(r => (double[])[.. r.ZScores.Select((z, c) => c == 0 ? -z : z), r.Score / Math.Sqrt(names.Length)])],
            Texts = [.. shown.Select(r => (string[])[.. r.Values.Select(v => double.IsFinite(v) ? v.ToString("0.000", CultureInfo.InvariantCulture) : "-"), PlotStyle.Two(r.Score)])],
            Range = (-2.5, 2.5),
            Signed = true,
            XLabel = "score on validation rows (no unit); * is in the ensemble",
            YLabel = "trial",
        };
        var best = ranking[0];
        string alt = string.Create(CultureInfo.InvariantCulture, $"Vermilion is better than the mean of the trials, blue worse. Best of {ranking.Count}: seed {outcomes[best.Trial].Seed} with score {best.Score:0.00}")
            + $" ({string.Join(", ", names.Zip(best.Values, (n, v) => $"{n.Replace('\n', ' ')} {PlotStyle.Two(v)}"))})."
            + (ranking.Count > MaxRows ? $" The best {MaxRows} are shown." : "");
        int width = Math.Max(560, 150 + (90 * (names.Length + 1)));
        return new ReportFigure(new Figure("trials", "Ranking of the trials", alt, 1, (width, 120 + (30 * shown.Length)), [map.Panel]), csv.ToString());
    }

    private static string Column(string score) => score == "inter_style" ? "inter-style"
        : score.StartsWith("spearman_", StringComparison.Ordinal) ? score["spearman_".Length..] + "\nSpearman"
        : score.StartsWith("f1_", StringComparison.Ordinal) ? score["f1_".Length..] + "\nF1" : score;
}
