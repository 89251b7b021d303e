using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using XanesMl.Inference.Evaluation;
using XanesMl.Training.Runs;

namespace XanesMl.Cli.Terminal;

/// <summary>How the trials of a run ended, for people and as JSON.</summary>
internal static class TrialText
{
    /// <summary>Most rows of a table on the terminal.</summary>
    public const int MaxRows = 20;

    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The table: best first, failed trials last with the reason below. Scores are of validation rows.</summary>
    public static string Table(IReadOnlyList<TrialOutcome> trials)
    {
        string[] scores = [.. trials.SelectMany(t => t.Scores.Keys).Distinct(StringComparer.Ordinal)];
        var table = new TextTable(["rank", "trial", "seed", "epochs", "best", "metric", .. scores.Select(Header), "z-score", "ensemble"]);
        var sorted = TrialTable.Sorted(trials);
        foreach (var t in sorted.Take(MaxRows))
            table.Add([
                t.Rank == 0 ? "-" : Text(t.Rank), TrialName(t), Text(t.Seed), Text(t.Epochs), t.BestEpoch == 0 ? "-" : Text(t.BestEpoch), Short(t.BestMetric),
                .. scores.Select(s => Short(t.Scores.GetValueOrDefault(s, double.NaN))), Short(t.Score), t.Failure is not null ? "failed" : t.InEnsemble ? "yes" : "no",
            ]);
        var text = new StringBuilder(table.ToString());
        if (sorted.Count > MaxRows)
            text.Append(CultureInfo.InvariantCulture, $"({sorted.Count - MaxRows} more)\n");
        foreach (var t in sorted.Where(t => t.Failure is not null).Take(MaxRows))
            text.Append(CultureInfo.InvariantCulture, $"trial {TrialName(t)} (seed {t.Seed}) failed: {SafeText.OneLine(t.Failure!)}\n");
        return text.ToString();
    }

    /// <summary>metrics.json with a list of the trials, or that list alone.</summary>
    /// <param name="report">The metrics; null where there are none.</param>
    /// <param name="trials">The trials.</param>
    public static string Json(EvaluationReport? report, IReadOnlyList<TrialOutcome> trials)
    {
        var root = report is null ? [] : JsonNode.Parse(MetricsJson.Serialize(report))!.AsObject();
        root["trials"] = new JsonArray([.. TrialTable.Sorted(trials).Select(t => (JsonNode)new JsonObject
        {
            ["rank"] = t.Rank == 0 ? null : t.Rank,
            ["trial"] = t.Index,
            ["seed"] = t.Seed,
            ["epochs"] = t.Epochs,
            ["best_epoch"] = t.BestEpoch == 0 ? null : t.BestEpoch,
            ["metric"] = Number(t.BestMetric),
            ["scores"] = new JsonObject(t.Scores.Select(s => KeyValuePair.Create(s.Key, Number(s.Value)))),
            ["z_score"] = Number(t.Score),
            ["in_ensemble"] = t.InEnsemble,
            ["failure"] = t.Failure,
        })]);
        return root.ToJsonString(s_json);
    }

    private static JsonNode? Number(double v) => double.IsFinite(v) ? v : null;

    private static string Header(string score) => SafeText.OneLine(score switch
    {
        "inter_style" => "inter-style",
        _ when score.StartsWith("spearman_", StringComparison.Ordinal) => score["spearman_".Length..],
        _ when score.StartsWith("f1_", StringComparison.Ordinal) => score["f1_".Length..] + " F1",
        _ => score,
    });

    private static string TrialName(TrialOutcome t) => t.Index.ToString("000", CultureInfo.InvariantCulture);

    private static string Text(int v) => v.ToString(CultureInfo.InvariantCulture);

    private static string Short(double v) => double.IsFinite(v) ? v.ToString("0.000", CultureInfo.InvariantCulture) : "-";
}
