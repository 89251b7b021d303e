using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using XanesMl.Cli.Reporting.Numbers;
using XanesMl.Inference.Domain;
using XanesMl.Inference.Evaluation;
using XanesMl.Training.Evaluation;

namespace XanesMl.Cli.Reporting;

/// <summary>metrics.json with what the report adds under the new key "report"; every key of the contract stays as it is.</summary>
internal static class RunMetrics
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The file's text.</summary>
    public static string Create(RunNumbers run)
    {
        var root = JsonNode.Parse(MetricsJson.Serialize(run.Run.Report))!.AsObject();
        var report = new JsonObject
        {
            ["summary"] = Texts(RunSummary.Sentences(run)),
            ["limits"] = Texts(RunLimits.Sentences(run)),
            ["unknown"] = Texts(RunLimits.Unknown(run)),
            ["styles"] = Texts(Enumerable.Range(0, run.Model.StyleCount).Select(run.StyleName)),
            ["difference_cosine"] = Matrix(run.Variation.CosineSimilarity),
        };
        if (run.Rows is { } rows)
            AddRows(report, run, rows);
        if (run.Findings is { } findings)
            report["findings"] = FindingsOf(findings);
        if (run.Ranking.Count > 0)
            report["trials"] = new JsonArray([.. run.Ranking.Select(r => (JsonNode)new JsonObject { ["trial"] = r.Trial, ["score"] = Number(r.Score), ["values"] = Numbers(r.Values), ["z_scores"] = Numbers(r.ZScores) })]);
        root["report"] = report;
        return root.ToJsonString(s_json) + "\n";
    }

    private static void AddRows(JsonObject report, RunNumbers run, RowNumbers rows)
    {
        report["spearman"] = Matrix(rows.Relations.Spearman);
        report["linear_r2"] = Matrix(rows.Relations.LinearR2);
        report["interstyle"] = Matrix(rows.Relations.InterStyle);
        report["shapiro_p"] = Numbers(rows.Shapiro.Select(s => s.PValue));
        report["coverage"] = new JsonObject(rows.Coverage.Select((c, k) => KeyValuePair.Create(run.Model.Descriptors[k].Name, (JsonNode?)new JsonObject
        {
            ["nominal"] = Numbers(c.Nominal), ["half_width"] = Numbers(c.HalfWidths), ["measured"] = Numbers(c.Measured), ["low"] = Numbers(c.Nominal.Select(p => rows.Band(k, p)?.Low ?? double.NaN)),
            ["high"] = Numbers(c.Nominal.Select(p => rows.Band(k, p)?.High ?? double.NaN)), ["rows"] = c.Rows,
        })));
        report["against_simple"] = new JsonArray([.. rows.Against.Select(d => (JsonNode)new JsonObject
        {
            ["metric"] = d.Metric.Key, ["method"] = d.Against, ["difference"] = Number(d.Summary.Estimate), ["low"] = Number(d.Summary.Low), ["high"] = Number(d.Summary.High), ["p"] = Number(d.Summary.P), ["q"] = Number(d.Q),
            ["verdict"] = !d.Clear ? "not told apart" : d.Better ? "better" : "worse",
        })]);
        report["verdicts"] = new JsonObject(rows.Verdicts.Select(v => KeyValuePair.Create(v.Key.ToText(), (JsonNode?)v.Value)));
        report["split"] = new JsonObject
        {
            ["materials"] = new JsonArray(rows.Split.Materials.Train, rows.Split.Materials.Validation, rows.Split.Materials.Test),
            ["shared_materials"] = rows.Split.SharedMaterials,
            ["shared_rows"] = rows.Split.SharedRows,
        };
        report["reconstruction"] = new JsonObject(new[] { ("best", 0), ("median", rows.ByReconstruction.Length / 2), ("worst", rows.ByReconstruction.Length - 1) }.Select(p =>
        {
            int row = rows.ByReconstruction[p.Item2];
            return KeyValuePair.Create(p.Item1, (JsonNode?)new JsonObject { ["material"] = rows.Table.Materials[row], ["site"] = rows.Table.Sites[row], ["mae"] = Number(rows.Answers.ReconstructionError[row]) });
        }));
        if (rows.Elements.Count > 0)
            report["elements"] = new JsonObject(rows.Elements[0].Elements.Select((e, i) => KeyValuePair.Create(e.Group, (JsonNode?)new JsonObject(rows.Elements.Select(d => KeyValuePair.Create(d.Descriptor,
                (JsonNode?)new JsonObject { ["rows"] = d.Elements[i].Rows, ["mae"] = Number(d.Elements[i].Mae), ["constant_mae"] = Number(d.Elements[i].ConstantMae), ["spearman"] = Number(d.Elements[i].Spearman) }))))));
    }

    private static JsonObject FindingsOf(FindingsResult findings) => new()
    {
        ["known_trends"] = new JsonArray([.. findings.KnownTrends.Select(t => (JsonNode)new JsonObject { ["name"] = t.Name, ["descriptor"] = t.Descriptor, ["verdict"] = t.Key, ["text"] = t.Text, ["model"] = Of(t.Model), ["data"] = Of(t.Data) })]),
        ["features"] = new JsonArray([.. findings.Features.Select(p => (JsonNode)new JsonObject { ["descriptor"] = p.Descriptor, ["quantity"] = p.Quantity, ["agreement"] = p.Words, ["model"] = Of(p.Model), ["data"] = Of(p.Data) })]),
        ["regions"] = new JsonArray([.. findings.Regions.Select(f => (JsonNode?)Of(f))]),
        ["notes"] = Texts(findings.Notes),
    };

    private static JsonObject? Of(Finding? f) => f is null ? null : new JsonObject
    {
        ["text"] = f.Text, ["descriptor"] = f.Descriptor, ["source"] = f.Source == FindingSource.Model ? "model" : "data", ["quantity"] = f.Quantity,
        ["range_from"] = Number(f.RangeFrom), ["range_to"] = Number(f.RangeTo), ["range_unit"] = f.RangeUnit, ["rows"] = f.Rows, ["rows_looked_at"] = f.Looked, ["materials"] = f.Materials,
        ["energy"] = Number(f.Energy), ["region"] = new JsonArray(Number(f.RegionFrom), Number(f.RegionTo)), ["effect"] = Number(f.Effect), ["error"] = Number(f.Error),
        ["low"] = Number(f.Low), ["high"] = Number(f.High), ["unit"] = f.EffectUnit, ["p"] = Number(f.P), ["q"] = Number(f.Q), ["found"] = f.Found, ["changes_place"] = f.Moves,
    };

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(t => (JsonNode)t)]);

    private static JsonArray Matrix(IReadOnlyList<double[]> rows) => new([.. rows.Select(r => (JsonNode)Numbers(r))]);

    private static JsonArray Numbers(IEnumerable<double> values) => new([.. values.Select(Number)]);

    private static JsonNode? Number(double v) => double.IsFinite(v) ? v : null;
}
