using XanesMl.Inference.Models;

namespace XanesMl.Training.Evaluation;

/// <summary>The trends that the RankAAE paper (Phys. Rev. Mater. 7, 053802 (2023)) takes as known: the edge shifts with the oxidation state, and the main peak's intensity goes
/// along with the second shell (OCN).</summary>
internal static class FindingsTrends
{
    private static readonly (string Name, string[] Descriptors, string Quantity, int Expected)[] s_known =
    [
        ("edge shift with oxidation state", ["CT", "OS"], FindingsFeature.EdgePosition, 1),
        ("main peak with the second shell", ["OCN"], FindingsFeature.MainPeak, 0),
    ];

    /// <summary>One answer for each trend and each descriptor that can stand for it.</summary>
    public static IReadOnlyList<KnownTrend> Look(IReadOnlyList<DescriptorInfo> descriptors, IReadOnlyList<FindingPair> pairs)
    {
        var trends = new List<KnownTrend>();
        foreach (var (name, candidates, quantity, expected) in s_known)
        {
            string[] present = [.. candidates.Where(c => descriptors.Any(d => d.Name == c))];
            if (present.Length == 0)
                trends.Add(new KnownTrend(name, null, expected, null, null, TrendVerdict.NotLookedFor, $"{name}: not looked for, the model has no {string.Join(" or ", candidates)}"));
            foreach (string descriptor in present)
            {
                var pair = pairs.FirstOrDefault(p => p.Descriptor == descriptor && p.Quantity == quantity);
                trends.Add(Answer(name, descriptor, quantity, expected, pair?.Model, pair?.Data));
            }
        }

        return trends;
    }

    private static KnownTrend Answer(string name, string descriptor, string quantity, int expected, Finding? model, Finding? data)
    {
        var verdict = Verdict(model, data, expected);
        string text = $"{name} ({quantity} with {descriptor}): {FindingsText.Words(verdict)}. Model: {FindingsText.Number(model)}. Data: {FindingsText.Number(data)}.";
        if (expected != 0 && (Against(model, expected) || Against(data, expected)))
            text += $" The expected sign is {(expected > 0 ? "+" : "-")}.";
        return new KnownTrend(name, descriptor, expected, model, data, verdict, text);
    }

    /// <summary>Opposite signs contradict each other whatever was expected.</summary>
    internal static TrendVerdict Verdict(Finding? model, Finding? data, int expected) => (Holds(model, expected), Holds(data, expected)) switch
    {
        _ when model is { Found: true } && data is { Found: true } && Math.Sign(model.Effect) != Math.Sign(data.Effect) => TrendVerdict.OppositeSigns,
        (true, true) => TrendVerdict.Both,
        (true, false) => TrendVerdict.ModelOnly,
        (false, true) => TrendVerdict.DataOnly,
        _ => TrendVerdict.Neither,
    };

    private static bool Holds(Finding? f, int expected) => f is { Found: true } && (expected == 0 || Math.Sign(f.Effect) == expected);

    private static bool Against(Finding? f, int expected) => f is { Found: true } && Math.Sign(f.Effect) != expected;
}
