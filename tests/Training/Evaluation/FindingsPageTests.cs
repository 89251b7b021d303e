using XanesMl.TestSupport;
using XanesMl.Training.Evaluation;
using Xunit;

namespace XanesMl.Training.Tests.Evaluation;

/// <summary>docs/findings.md against the code: every setting and level that the page names.</summary>
public sealed class FindingsPageTests
{
    private static string Page { get; } = string.Join(' ', File.ReadAllText(SharedData.Repository("docs", "findings.md")).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    [Fact]
    public void Settings_of_findings_are_those_of_the_page()
    {
        var o = new FindingsOptions();
        Says($"from its {o.LowPercentile}th to its {o.HighPercentile}th percentile");
        Says($"the slope times the {o.LowPercentile}th to {o.HighPercentile}th percentile range");
        Says($"bootstrap over materials, {o.Draws} samples");
        Says($"false discovery rate {o.Level} within each source");
        Says($"family-wise error rate {o.Level} within each source");
        Says($"at least {o.SmallestIntensity} of the edge step, {o.SmallestShift} eV, or {o.SmallestIntensity} of the edge step per eV");
        Says($"variance inflation above {ClusterRegression.LargestInflation}");
        Says($"followed over {o.FollowSteps} steps of the sweep; a row in which it jumps by more than {o.LargestJump} eV");
        Says($"Where fewer than {100 * o.LeastKept} % of the rows keep the feature");
        Says($"A feature that fewer than {100 * o.LeastKept} % of the rows have");
        Says($"spread over more than {o.WidestSpread} eV");
        Says($"less than {100 * FindingsInModel.FlatPart} % of its range");
        Says($"within {Findings.MostErrors} combined standard errors for the same change of the descriptor (the two ranges differ), and within {Findings.FarApart} eV");
        Assert.All(Enum.GetValues<TrendVerdict>(), v => Says($"`{FindingsText.Key(v)}`"));
        Assert.All(Enum.GetValues<FindingAgreement>().Where(a => a != FindingAgreement.Neither), a => Says($"*{new FindingPair("", "", One, One, a).Words}*"));
    }

    [Fact]
    public void Settings_of_comparisons_are_those_of_the_page()
    {
        var o = new ComparisonOptions();
        Says($"{o.Draws} bootstrap samples of the materials");
        Says($"q is at most {o.Level}, over all differences against the first run");
        Says($"fewer than {ComparisonPlan.FewestRows} such rows or {ComparisonPlan.FewestMaterials} materials");
    }

    private static Finding One { get; } = new()
    {
        Text = "", Descriptor = "", Source = FindingSource.Model, Kind = FindingKind.Feature, Quantity = "", EffectUnit = "", Energy = 0, Effect = 0, Error = 0, Low = 0, High = 0, P = 1, Q = 1,
        RangeFrom = 0, RangeTo = 1, RangeUnit = "", Rows = 1, Looked = 1, Materials = 1, Found = false,
    };

    private static void Says(FormattableString text) => Assert.Contains(FormattableString.Invariant(text), Page, StringComparison.Ordinal);
}
