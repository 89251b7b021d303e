using XanesMl.Spectra.Features;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Spectra.Tests.Features;

/// <summary>docs/features.md against the code.</summary>
public sealed class FeaturesPageTests
{
    [Fact]
    public void The_table_has_every_feature_with_its_unit_in_order()
    {
        string[][] rows = [.. File.ReadLines(SharedData.Repository("docs", "features.md")).Where(l => l.StartsWith("| `", StringComparison.Ordinal)).Select(l => l.Split('|'))];
        Assert.Equal(SpectralFeatures.Names, rows.Select(r => r[1].Trim().Trim('`')));
        Assert.Equal(SpectralFeatures.Units, rows.Select(r => r[2].Trim()));
    }

    [Fact]
    public void The_defaults_are_those_that_the_page_names()
    {
        string page = File.ReadAllText(SharedData.Repository("docs", "features.md"));
        var o = new SpectralFeatureOptions();
        Assert.Contains(FormattableString.Invariant($"2 h = `FitWidth`, {o.FitWidth} eV unless"), page, StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant($"`SmallestPeak` ({o.SmallestPeak} of the edge step)"), page, StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant($"within {o.MainPeakWindow} eV (`MainPeakWindow`)"), page, StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant($"over the {o.PreEdgeWindow} eV (`PreEdgeWindow`)"), page, StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant($"at least {o.PreEdgeStart} eV below the edge (`PreEdgeStart`)"), page, StringComparison.Ordinal);
    }
}
