using XanesMl.Inference.Models;

namespace XanesMl.Training.Evaluation;

/// <summary>Rows on which runs are compared.</summary>
/// <param name="Paired">True where all runs are scored on the same rows.</param>
/// <param name="Rows">For each run its rows, ascending.</param>
/// <param name="Text">What was chosen and why, a sentence.</param>
/// <param name="OneTask">False where the runs are of different tables: other spectra, other elements, another range of the descriptors, so that no score of one says anything of the other.</param>
public sealed record ComparisonPlan(bool Paired, IReadOnlyList<IReadOnlyList<int>> Rows, string Text, bool OneTask = true)
{
    /// <summary>Fewest common rows that a paired comparison is made on.</summary>
    public const int FewestRows = 30;

    /// <summary>Fewest materials of those rows.</summary>
    public const int FewestMaterials = 10;

    /// <summary>Chooses: the test rows that all runs have in common, as far as no run has trained, validated or calibrated on their material; the runs' own test rows where those
    /// are too few or the runs are of several tables.</summary>
    /// <param name="splits">Split of each run.</param>
    /// <param name="materials">Materials of each run's table; of equal hashes only one is looked at.</param>
    public static ComparisonPlan Choose(IReadOnlyList<ModelSplit> splits, IReadOnlyList<IReadOnlyList<string>> materials)
    {
        ArgumentNullException.ThrowIfNull(splits);
        ArgumentNullException.ThrowIfNull(materials);
        if (splits.Any(s => s.DataHash != splits[0].DataHash))
            return Unpaired(splits, "The runs are of different tables, so that their tasks differ: each is scored on its own test rows, the scores stand side by side, and none is called better or worse.") with { OneTask = false };
        var names = materials[0];
        int[] common = [.. splits.Skip(1).Aggregate(splits[0].Test.AsEnumerable(), (rows, s) => rows.Intersect(s.Test)).Order()];
        var seen = splits.SelectMany(s => s.Train.Concat(s.Validation)).Select(i => names[i]).ToHashSet(StringComparer.Ordinal);
        int[] clean = [.. common.Where(i => !seen.Contains(names[i]))];
        int count = clean.Select(i => names[i]).Distinct(StringComparer.Ordinal).Count();
        if (clean.Length < FewestRows || count < FewestMaterials)
            return Unpaired(splits, $"Only {clean.Length} rows of {count} materials are unseen by all runs: too few. Each run is scored on its own test rows, and differences carry the noise of both.");
        bool same = splits.All(s => s.Test.SequenceEqual(splits[0].Test));
        string text = same && clean.Length == common.Length ? $"All runs have the same {clean.Length} test rows of {count} materials."
            : $"The runs' test rows differ. Compared are the {clean.Length} rows of {count} materials that every run has in its test part and whose materials no run has seen; "
                + $"the runs' own test parts have {splits.Min(s => s.Test.Count)} to {splits.Max(s => s.Test.Count)} rows.";
        return new ComparisonPlan(true, [.. splits.Select(_ => (IReadOnlyList<int>)clean)], text);
    }

    private static ComparisonPlan Unpaired(IReadOnlyList<ModelSplit> splits, string text) => new(false, [.. splits.Select(s => s.Test)], text);
}
