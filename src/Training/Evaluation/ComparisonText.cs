using System.Globalization;

namespace XanesMl.Training.Evaluation;

/// <summary>A comparison in words; every number in them is computed.</summary>
internal static class ComparisonText
{
    // A sentence with twenty numbers is read by nobody; the table has them all.
    private const int MostNumbers = 6;

    public static IReadOnlyList<string> Sentences(ComparisonResult result)
    {
        if (!result.OneTask)
            return ["The runs are of different tables: their tasks differ, and no score is better or worse than one of another table."];
        var sentences = new List<string>();
        foreach (string run in result.Names.Take(result.RunCount).Skip(1))
            sentences.Add(Against(run, result.Names[0], [.. result.Differences.Where(d => d.Run == run)]));
        foreach (string run in result.Names.Take(result.RunCount))
        {
            ComparisonDifference[] neighbours = [.. result.AgainstBaselines.Where(d => d.Run == run && d.Against == "5-NN" && d.Metric.Label == "MAE")];
            if (neighbours.Length > 0)
                sentences.Add(Against(run, "5-NN", neighbours));
        }

        return sentences;
    }

    private static string Against(string run, string other, ComparisonDifference[] differences)
    {
        ComparisonDifference[] better = [.. differences.Where(d => d is { Clear: true, Better: true })], worse = [.. differences.Where(d => d is { Clear: true, Better: false })];
        int unclear = differences.Length - better.Length - worse.Length;
        string s = $"{run} against {other}: ";
        if (better.Length + worse.Length == 0)
            return s + $"no difference is larger than its noise ({differences.Length} scores).";
        var parts = new List<string>();
        if (better.Length > 0)
            parts.Add("better in " + List(better));
        if (worse.Length > 0)
            parts.Add("worse in " + List(worse));
        if (unclear > 0)
            parts.Add($"the other {unclear} {(unclear == 1 ? "difference is" : "differences are")} within the noise");
        return s + string.Join("; ", parts) + ".";
    }

    /// <summary>The clearest of them, with numbers.</summary>
    private static string List(ComparisonDifference[] differences)
    {
        string shown = string.Join(", ", differences.OrderByDescending(d => Math.Abs(d.Summary.Estimate) / d.Summary.Error).Take(MostNumbers).Select(Number));
        return differences.Length > MostNumbers ? $"{shown} and {differences.Length - MostNumbers} more" : shown;
    }

    /// <summary>"CT Spearman (+0.012, 0.004 to 0.020)".</summary>
    private static string Number(ComparisonDifference d)
    {
        string unit = d.Metric.Unit.Length == 0 ? "" : " " + d.Metric.Unit;
        string format = Math.Abs(d.Summary.Estimate) < 0.01 ? "+0.0000;-0.0000;0.0000" : "+0.000;-0.000;0.000";
        return string.Create(CultureInfo.InvariantCulture, $"{d.Metric.Name} ({d.Summary.Estimate.ToString(format, CultureInfo.InvariantCulture)}{unit}, {d.Summary.Low.ToString(format, CultureInfo.InvariantCulture)} to {d.Summary.High.ToString(format, CultureInfo.InvariantCulture)})");
    }
}
