using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using XanesMl.Training.Evaluation;

namespace XanesMl.Cli.Reporting.Comparing;

/// <summary>The numbers of a comparison as JSON and CSV.</summary>
internal static class ComparisonFiles
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>compare.json.</summary>
    public static string Json(IReadOnlyList<ComparedRun> runs, ComparisonResult result, ComparisonPlan plan) => new JsonObject
    {
        ["runs"] = new JsonArray([.. runs.Select((r, i) => (JsonNode)new JsonObject
        {
            ["name"] = r.Name, ["model"] = r.Model.Name, ["model_id"] = r.ModelId, ["data_hash"] = r.Run.DataHash, ["split"] = r.Split.Kind, ["split_seed"] = r.Split.Seed,
            ["rows"] = result.Rows[i], ["materials"] = result.Materials[i], ["test_rows"] = r.Split.Test.Count, ["seeds"] = new JsonArray([.. r.Model.Provenance.TrialSeeds.Select(s => (JsonNode)s)]),
        })]),
        ["paired"] = result.Paired,
        ["one_task"] = result.OneTask,
        ["rows"] = plan.Text,
        ["draws"] = result.Options.Draws,
        ["seed"] = result.Options.Seed,
        ["level"] = result.Options.Level,
        ["summary"] = new JsonArray([.. result.Sentences.Select(s => (JsonNode)s)]),
        ["scores"] = new JsonObject(result.Metrics.Select(m => KeyValuePair.Create(m.Metric.Key, (JsonNode?)new JsonObject
        {
            ["unit"] = m.Metric.Unit, ["higher_is_better"] = m.Metric.HigherIsBetter, ["best"] = m.Best < 0 ? null : result.Names[m.Best],
            ["values"] = new JsonObject(result.Names.Select((n, i) => KeyValuePair.Create(n, (JsonNode?)new JsonObject
            {
                ["value"] = Number(m.Runs[i].Estimate), ["low"] = Number(m.Runs[i].Low), ["high"] = Number(m.Runs[i].High), ["error"] = Number(m.Runs[i].Error), ["as_good_as_best"] = m.AsGood[i],
            }))),
        }))),
        ["differences"] = Array(result.Differences),
        ["against_baselines"] = Array(result.AgainstBaselines),
    }.ToJsonString(s_json) + "\n";

    /// <summary>scores.csv: a row for each score and run.</summary>
    public static string Scores(ComparisonResult result)
    {
        var csv = new Csv("score", "unit", "run", "rows", "materials", "value", "low", "high", "error", "as_good_as_best");
        foreach (var m in result.Metrics)
            for (int r = 0; r < result.Names.Count; r++)
                csv.Row(m.Metric.Key, m.Metric.Unit, result.Names[r], result.Rows[r], result.Materials[r], m.Runs[r].Estimate, m.Runs[r].Low, m.Runs[r].High, m.Runs[r].Error, m.AsGood[r] ? "yes" : "no");
        return csv.ToString();
    }

    /// <summary>differences.csv: a row for each score and pair of names.</summary>
    public static string Differences(ComparisonResult result)
    {
        var csv = new Csv("score", "unit", "run", "against", "difference", "low", "high", "error", "p", "q", "larger_than_noise", "better");
        foreach (var d in result.Differences.Concat(result.AgainstBaselines))
            csv.Row(d.Metric.Key, d.Metric.Unit, d.Run, d.Against, d.Summary.Estimate, d.Summary.Low, d.Summary.High, d.Summary.Error, d.Summary.P, d.Q, d.Clear ? "yes" : "no", d.Better ? "yes" : "no");
        return csv.ToString();
    }

    private static JsonArray Array(IEnumerable<ComparisonDifference> differences) => new([.. differences.Select(d => (JsonNode)new JsonObject
    {
        ["score"] = d.Metric.Key, ["run"] = d.Run, ["against"] = d.Against, ["difference"] = Number(d.Summary.Estimate), ["low"] = Number(d.Summary.Low), ["high"] = Number(d.Summary.High),
        ["p"] = Number(d.Summary.P), ["q"] = Number(d.Q), ["larger_than_noise"] = d.Clear, ["better"] = d.Better,
    })]);

    private static JsonNode? Number(double v) => double.IsFinite(v) ? v : null;
}
