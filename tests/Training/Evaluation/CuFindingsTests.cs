using XanesMl.Inference.Models;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra.Reading;
using XanesMl.TestSupport;
using XanesMl.Training.Evaluation;
using Xunit;

namespace XanesMl.Training.Tests.Evaluation;

/// <summary>Findings on 3,908 simulated Cu spectra.</summary>
public sealed class CuFindingsTests
{
    private static string Table => SharedData.Path("cu-feff", "feff_Cu_CT_CN_OCN_RSTD_MOOD_spec_3908.csv.gz");

    /// <summary>Oracle: numpy.linalg.lstsq of the absorption at every energy on [1, CT, CN, OCN, RSTD, MOOD], times numpy.percentile(95) - numpy.percentile(5).</summary>
    [SharedDataFact]
    public void Largest_effects_in_the_data_are_those_of_numpy()
    {
        var table = SpectraTableReader.Read(Table);
        var result = Findings.Compute(new FindingsInput
        {
            Rows = table, Descriptors = [.. table.DescriptorNames.Select(n => new DescriptorInfo(n, "", n, 0, 1))], Styles = new float[table.RowCount * 5], StyleCount = 5, E0 = 8979,
            Decode = (_, n) => new float[n * table.PointCount],
        }, new FindingsOptions { Draws = 100 });
        foreach (var (name, from, to, effect, energy) in new[] { ("CT", 0.168, 0.71265, -0.581281603, 19.596), ("CN", 2.0, 6.0, 0.566469305, 20.922), ("OCN", 2.20000005, 6.0, 0.257212384, 22.580), ("RSTD", 0.0, 0.257835, -0.239683829, 23.575), ("MOOD", 2.45000005, 3.57649993, -0.187391275, 32.196) })
        {
            var largest = result.Regions.Where(r => r.Descriptor == name).MaxBy(r => Math.Abs(r.Effect))!;
            Assert.Equal(effect, largest.Effect, 1e-6);
            Assert.Equal(energy, largest.Energy, 1e-3);
            Assert.Equal(from, largest.RangeFrom, 1e-5);
            Assert.Equal(to, largest.RangeTo, 1e-5);
        }

        Assert.All(result.KnownTrends, t => Assert.Equal(TrendVerdict.DataOnly, t.Verdict));
    }

    /// <summary>The trends that the RankAAE paper takes as known are in the data and in the model that ships.</summary>
    [SharedDataFact]
    public void Known_trends_are_found_in_the_model_that_ships()
    {
        using var model = SpectrumModel.Open(SharedData.Repository("models", "Cu"));
        var table = SpectraTableReader.Read(Table);
        var result = Findings.Compute(FindingsInput.From(model, table.Select([.. Enumerable.Range(0, 325).Select(i => i * 12)])), new FindingsOptions { Draws = 200 });
        Assert.All(result.KnownTrends, t => Assert.Equal(TrendVerdict.Both, t.Verdict));
        Assert.All(result.KnownTrends, t => Assert.True(t.Model!.Effect > 0 && t.Data!.Effect > 0));
        Assert.True(result.Features.Count(p => p.Agreement == FindingAgreement.Both) > 2 * result.Features.Count(p => p.Agreement == FindingAgreement.Opposite));

        // What a physicist would not believe: a feature that moves farther than edges do, a size for pits and second peaks of many places, a pre-edge peak where spectra begin at the edge.
        Finding[] all = [.. result.Features.SelectMany(p => new[] { p.Model, p.Data }).OfType<Finding>()];
        Assert.All(all.Where(f => f is { EffectUnit: "eV", Moves: null }), f => Assert.InRange(Math.Abs(f.Effect), 0, 6));
        Assert.All(all.Where(f => f is { Source: FindingSource.Data, Quantity: "pit position" or "second peak position" }), f => Assert.NotNull(f.Moves));
        Assert.Contains(all, f => f is { Source: FindingSource.Model, Quantity: "second peak position", Descriptor: "OCN", Moves: not null });
        Assert.DoesNotContain(all, f => f.Quantity.StartsWith("pre-edge", StringComparison.Ordinal));
        Assert.Contains(result.Notes, n => n.StartsWith("The grid begins ", StringComparison.Ordinal));
        Assert.Contains(result.Notes, n => n.StartsWith("Data: pre-edge peak not tested for CT, CN, OCN, RSTD, MOOD", StringComparison.Ordinal));
    }
}
