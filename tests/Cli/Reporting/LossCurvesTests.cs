using System.Globalization;
using XanesMl.Cli.Reporting.Numbers;
using XanesMl.Inference.Models;
using XanesMl.Spectra;

namespace XanesMl.Cli.Tests.Reporting;

public sealed class LossCurvesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Columns_become_curves_without_the_epochs_that_have_no_value()
    {
        string path = _folder.Write("losses.csv", "trial,seed,epoch,rank,metric\n0,7,1,-0.5,\n0,7,2,-0.6,1.5\n1,8,1,-0.1,\n2,9,1,0,\n");
        var losses = LossCurves.Read(path, new HashSet<int> { 0, 1 })!;
        Assert.Equal((3, 2), (losses.Trials, losses.Shown));
        Assert.Equal(["rank", "metric"], losses.Columns.Keys);
        Assert.Equal([7, 8], losses.Columns["rank"].Select(c => c.Seed));
        Assert.Equal([-0.5, -0.6], losses.Columns["rank"][0].Values);
        Assert.Equal([2], losses.Columns["metric"][0].Epochs);
        Assert.Empty(losses.Columns["metric"][1].Values);
        Assert.Null(LossCurves.Read(_folder["none.csv"], new HashSet<int>()));
    }

    [Fact]
    public void A_long_course_is_thinned_and_keeps_its_ends()
    {
        string path = _folder.Write("losses.csv", "trial,seed,epoch,rank\n" + string.Concat(Enumerable.Range(1, 1500).Select(e => string.Create(CultureInfo.InvariantCulture, $"0,1,{e},{e * 0.5}\n"))));
        var curve = LossCurves.Read(path, new HashSet<int> { 0 })!.Columns["rank"][0];
        Assert.InRange(curve.Epochs.Length, LossCurves.MaxPoints / 2, LossCurves.MaxPoints + 1);
        Assert.Equal((1, 1500), (curve.Epochs[0], curve.Epochs[^1]));
        Assert.All(curve.Epochs.Zip(curve.Values), p => Assert.Equal(p.First * 0.5, p.Second));
    }

    [Theory]
    [InlineData("", "line 1", "trial,seed,epoch")]
    [InlineData("seed,trial,epoch,x\n", "line 1", "trial,seed,epoch")]
    [InlineData("trial,seed,epoch,rank\n0,1,1\n", "line 2", "3 cells for 4 columns")]
    [InlineData("trial,seed,epoch,rank\n0,1,1,0.5\n0,1,2,big\n", "line 3", "'big' is not a number")]
    [InlineData("trial,seed,epoch,rank\n,1,1,0.5\n", "line 2", "'' is not a number")]
    [InlineData("trial,seed,epoch,rank\n1e300,1,1,0.5\n", "line 2", "'1e300' is not a number")]
    public void A_damaged_file_is_refused_with_its_line(string text, string where, string what)
    {
        string message = Assert.Throws<XanesDataException>(() => LossCurves.Read(_folder.Write("losses.csv", text), new HashSet<int> { 0 })).Message;
        Assert.Contains(where, message, StringComparison.Ordinal);
        Assert.Contains(what, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Materials_on_both_sides_of_a_split_are_counted()
    {
        var table = new SpectraTable(new EnergyGrid([1, 2]), new float[12], [], [], ["a", "a", "b", "b", "c", "d"], ["0", "1", "0", "1", "0", "0"], ["Cu", "Cu", "Cu", "Cu", "Cu", "Cu"]);
        // Oracle: by hand. a lies in training and test, b in training and validation, c and d in the test alone.
        var facts = SplitFacts.Of(table, new ModelSplit("random", 1, [0.5, 0.1, 0.4], "", [0, 2], [3], [1, 4, 5]));
        Assert.Equal(((2, 1, 3), (2, 1, 3), 1, 1), (facts.Rows, facts.Materials, facts.SharedMaterials, facts.SharedRows));
        // Without test rows validation is scored: b leaks from training.
        facts = SplitFacts.Of(table, new ModelSplit("random", 1, [0.5, 0.5, 0], "", [0, 1, 2], [3, 4, 5], []));
        Assert.Equal((1, 1), (facts.SharedMaterials, facts.SharedRows));
        facts = SplitFacts.Of(table, new ModelSplit("grouped", 1, [0.5, 0.2, 0.3], "", [0, 1], [2, 3], [4, 5]));
        Assert.Equal((0, 0), (facts.SharedMaterials, facts.SharedRows));
    }
}
