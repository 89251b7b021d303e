namespace XanesMl.Training.Runs;

/// <summary>Trials that have weights and cannot be ranked, because a score on validation rows is not a number: a style that is the same for every
/// spectrum orders nothing, and a model must not average over it.</summary>
internal static class CollapsedTrials
{
    /// <summary>The records, such trials with the reason as their failure.</summary>
    /// <param name="plan">Table and split.</param>
    /// <param name="records">How the trials ended.</param>
    public static TrialRecord[] Marked(RunPlan plan, IReadOnlyList<TrialRecord> records)
    {
        var silent = Silent(plan);
        return [.. records.Select(r => r.Failure is null && r.Scores.Where(s => !double.IsFinite(s.Value) && !silent.Contains(s.Key)).Select(s => s.Key).FirstOrDefault() is { } score
            ? r with { Failure = $"the score {score} on validation rows is not a number: a style is the same for every spectrum. Train longer, with more rows or another seed." } : r)];
    }

    /// <summary>Scores that no trial can have: Spearman's of a descriptor with fewer than three labelled validation rows, or with the same label in all of them.</summary>
    private static HashSet<string> Silent(RunPlan plan) => [.. plan.Validation.DescriptorNames.Where(n =>
    {
        float[] labels = [.. plan.Validation.DescriptorColumn(n).Where(v => !float.IsNaN(v))];
        return labels.Length < 3 || labels.Distinct().Count() < 2;
    }).Select(n => TrialRecord.Spearman + n)];
}
