using System.Globalization;
using XanesMl.Cli.Reporting.Numbers;
using XanesMl.Inference.Evaluation;
using XanesMl.Training.Evaluation;

namespace XanesMl.Cli.Reporting;

/// <summary>How a model stands against a simple method.</summary>
internal enum Standing
{
    /// <summary>No bootstrap was made: too few materials, or no rows at hand.</summary>
    Unknown,

    /// <summary>The model is better by more than the noise.</summary>
    Better,

    /// <summary>The model is worse by more than the noise.</summary>
    Worse,

    /// <summary>The difference is within the noise.</summary>
    NotToldApart,
}

/// <summary>The model against 5-NN, ridge and constant, in words: a difference is a fact only where the bootstrap over materials says so.</summary>
/// <param name="Report">Scores of both.</param>
/// <param name="Differences">Paired differences on the same rows; empty where there are none.</param>
/// <param name="Materials">Materials of the scored rows; null without rows.</param>
internal sealed record SimpleMethods(EvaluationReport Report, IReadOnlyList<ComparisonDifference> Differences, int? Materials)
{
    private static readonly (string Name, Func<DescriptorBaseline, double> Mae, string Words, string Verb)[] s_methods =
    [
        ("5-NN", b => b.Knn5.Mae, "5 nearest neighbours on the raw spectrum", "have"),
        ("ridge", b => b.Ridge.Mae, "Ridge regression on the raw spectrum", "has"),
        ("constant", b => b.Constant.Mae, "A constant, the mean of the known rows,", "has"),
    ];

    /// <summary>Those of a run.</summary>
    public static SimpleMethods Of(RunNumbers run) => new(run.Run.Report, run.Rows?.Against ?? [], run.Rows?.Materials);

    /// <summary>Why differences cannot be told from chance; null where they can.</summary>
    public string? Untold => Differences.Count > 0 ? null
        : Materials is { } m ? $"the {m} held-out {(m == 1 ? "material is" : "materials are")} too few to tell whether a difference is more than chance" : "without the table it is not known whether a difference is more than chance";

    /// <summary>How the model stands in one score, "MAE" or "Spearman".</summary>
    public Standing Against(string descriptor, string method, string label) =>
        Differences.FirstOrDefault(d => d.Metric.Descriptor == descriptor && d.Against == method && d.Metric.Label == label) is not { } found
            ? Differences.Count > 0 ? Standing.NotToldApart : Standing.Unknown
            : !found.Clear ? Standing.NotToldApart : found.Better ? Standing.Better : Standing.Worse;

    /// <summary>Who has the smallest mean absolute error; equal ones share it. "-" where nothing was scored.</summary>
    public string Smallest(string descriptor)
    {
        var d = Report.Descriptors[descriptor];
        (string Name, double Mae)[] all = [("this model", d.Mae), .. d.Baseline is { } b ? s_methods.Select(m => (m.Name, m.Mae(b))) : []];
        all = [.. all.Where(m => double.IsFinite(m.Mae))];
        return all.Length < 2 ? "-" : RunSummary.Listed(all.Where(m => m.Mae == all.Min(o => o.Mae)).Select(m => m.Name));
    }

    /// <summary>One sentence on 5-NN for the summary; null where it was not scored.</summary>
    public string? Summary()
    {
        var scored = Scored(s_methods[0].Mae);
        if (scored.Length == 0)
            return null;
        const string Lookup = "Looking up the five most similar known spectra";
        bool first = true;
        string List(IEnumerable<(string Name, DescriptorEvaluation D)> items) => RunSummary.Listed(items.Select(d => Pair(d.Name, d.D.Baseline!.Knn5.Mae, d.D, ref first)));
        if (Untold is { } why)
        {
            string[] sides = [Side("a larger", scored.Where(d => d.D.Baseline!.Knn5.Mae > d.D.Mae)), Side("a smaller", scored.Where(d => d.D.Baseline!.Knn5.Mae < d.D.Mae)), Side("the same", scored.Where(d => d.D.Baseline!.Knn5.Mae == d.D.Mae))];
            return $"{Lookup} has {RunSummary.Listed(sides.Where(s => s.Length > 0))}; {why}.";
        }

        var groups = scored.ToLookup(d => Against(d.Name, "5-NN", "MAE"));
        string On(Standing standing) => groups[standing].Count() == scored.Length && scored.Length > 1 ? (standing == Standing.NotToldApart ? "any descriptor: " : "every descriptor: ") + List(groups[standing]) : List(groups[standing]);
        string[] parts = [.. new[] { (Standing.Better, "is worse on "), (Standing.Worse, "is better on "), (Standing.NotToldApart, "cannot be told apart from the model on ") }
            .Where(p => groups[p.Item1].Any()).Select(p => p.Item2 + On(p.Item1))];
        return $"{Lookup} {string.Join("; it ", parts)}{(groups[Standing.Worse].Count() == scored.Length ? "; prefer that where only values are wanted" : "")}.";

        string Side(string which, IEnumerable<(string Name, DescriptorEvaluation D)> items) => items.Any() ? $"{which} mean absolute error on {RunSummary.Listed(items.Select(d => Numbers(d.Name, d.D.Baseline!.Knn5.Mae, d.D)))}" : "";
    }

    /// <summary>Where simple methods are better than the model, or as good, by name.</summary>
    public IEnumerable<string> Limits()
    {
        bool any = false;
        foreach (var (name, mae, words, verb) in s_methods)
        {
            var scored = Scored(mae);
            string List(Func<(string Name, DescriptorEvaluation D), bool> which) => RunSummary.Listed(scored.Where(which).Select(d => Numbers(d.Name, mae(d.D.Baseline!), d.D)));
            string better = List(d => Untold is null ? Against(d.Name, name, "MAE") == Standing.Worse : mae(d.D.Baseline!) < d.D.Mae);
            string open = Untold is null ? List(d => Against(d.Name, name, "MAE") == Standing.NotToldApart) : "";
            any |= better.Length + open.Length > 0;
            if (better.Length > 0)
                yield return $"{words} {verb} a smaller mean absolute error on {better}{(open.Length > 0 ? $"; not told apart on {open}" : "")}{(Untold is { } why ? $"; {why}" : "")}.";
            else if (open.Length > 0)
                yield return $"{words} {verb} a mean absolute error that is not told apart from the model's on {open}.";
        }

        if (Ranks() is { } ranks)
        {
            any = true;
            yield return ranks;
        }

        if (any && Untold is null)
            yield return $"Not told apart: the difference is within the noise of a paired bootstrap over the {Materials} held-out materials, at a false discovery rate of {RunSummary.Percent(new ComparisonOptions().Level)}.";
        if (Report.Descriptors.Count > 0 && Report.Descriptors.Values.All(e => e.Baseline is null))
            yield return "No simple method was scored on these rows, so how hard the task is cannot be told.";
    }

    private string? Ranks()
    {
        var scored = Scored(b => b.Knn5.Spearman).Where(d => double.IsFinite(d.D.Spearman)).ToArray();
        string List(Func<(string Name, DescriptorEvaluation D), bool> which) =>
            RunSummary.Listed(scored.Where(which).Select(d => string.Create(CultureInfo.InvariantCulture, $"{d.Name} ({d.D.Baseline!.Knn5.Spearman:0.000} against {d.D.Spearman:0.000})")));
        string better = List(d => Untold is null ? Against(d.Name, "5-NN", "Spearman") == Standing.Worse : d.D.Baseline!.Knn5.Spearman > d.D.Spearman);
        string open = Untold is null ? List(d => Against(d.Name, "5-NN", "Spearman") == Standing.NotToldApart) : "";
        return better.Length > 0 ? $"5 nearest neighbours order the rows better (Spearman) by {better}{(open.Length > 0 ? $"; not told apart by {open}" : "")}{(Untold is { } why ? $"; {why}" : "")}."
            : open.Length > 0 ? $"5 nearest neighbours order the rows in a way that is not told apart from the model's (Spearman) by {open}." : null;
    }

    private (string Name, DescriptorEvaluation D)[] Scored(Func<DescriptorBaseline, double> score) =>
        [.. Report.Descriptors.Where(d => double.IsFinite(d.Value.Mae) && d.Value.Baseline is { } b && double.IsFinite(score(b))).Select(d => (d.Key, d.Value))];

    private static string Numbers(string name, double theirs, DescriptorEvaluation d) => $"{name} ({MetricsTable.Error(theirs)} against the model's {RunSummary.WithUnit(d.Mae, d.Unit)})";

    /// <summary>The first pair of a sentence says what its numbers are.</summary>
    private static string Pair(string name, double theirs, DescriptorEvaluation d, ref bool first)
    {
        string text = first ? $"{name} (mean absolute error {MetricsTable.Error(theirs)} against the model's {RunSummary.WithUnit(d.Mae, d.Unit)})" : $"{name} ({MetricsTable.Error(theirs)} against {RunSummary.WithUnit(d.Mae, d.Unit)})";
        first = false;
        return text;
    }
}
