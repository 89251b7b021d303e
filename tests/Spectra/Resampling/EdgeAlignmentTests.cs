using Xunit;
using XanesMl.Spectra.Reading;
using XanesMl.Spectra.Resampling;
using XanesMl.TestSupport;

namespace XanesMl.Spectra.Tests.Resampling;

public sealed class EdgeAlignmentTests
{
    // A ramp mu = E - edge of each element: on a relative grid both rows must be the relative energy itself.
    private static SpectraTable Ramp(string element, double first)
    {
        var grid = EnergyGrid.Uniform(KEdges.Energy(element) + first, KEdges.Energy(element) + first + 50, 101);
        return new SpectraTable(grid, [.. grid.Energies.ToArray().Select(e => (float)(e - KEdges.Energy(element)))], [], [], ["m"], ["0"], [element]);
    }

    [Fact]
    public void Elements_meet_on_relative_energies()
    {
        SpectraTable[] tables = [Ramp("Cu", -5.25), Ramp("V", 1.5)];
        var grid = EdgeAlignment.CommonGrid(tables, EdgeReferences.Default, 41);
        Assert.Equal((1.5, 44.75, 41), (grid.First, grid.Last, grid.Count));
        var both = SpectraTable.Concat([.. tables.Select(t => EdgeAlignment.ToRelative(t, EdgeReferences.Default, grid))]);
        for (int i = 0; i < 2; i++)
            for (int p = 0; p < 41; p++)
                Assert.Equal(grid[p], both.Spectrum(i)[p], 1e-5);
    }

    [Fact]
    public void Rows_of_one_table_may_be_of_several_elements()
    {
        var grid = EnergyGrid.Uniform(0, 40, 81);
        float[] ramp = [.. grid.Energies.ToArray().Select(e => (float)e)];
        var table = new SpectraTable(grid, [.. ramp, .. ramp], [], [], ["a", "b"], ["0", "0"], ["X", "Y"]);
        var references = new EdgeReferences(new Dictionary<string, double> { ["X"] = 10, ["Y"] = 20 });
        var relative = EdgeAlignment.ToRelative(table, references, EnergyGrid.Uniform(-5, 5, 11));
        Assert.Equal(5f, relative.Spectrum(0)[0], 1e-5f);
        Assert.Equal(15f, relative.Spectrum(1)[0], 1e-5f);
    }

    [Fact]
    public void Embedded_tables_share_a_grid()
    {
        var tables = SpectraTableReader.ReadMany([SharedData.Repository("data")]);
        var grid = EdgeAlignment.CommonGrid(tables, EdgeReferences.Default, 200);
        // Last to begin: Cu, 8983 - 8979; first to end: each table is 85 eV long and Ti begins at 4964 - 4966, V at 5464 - 5465, Mn, Fe, Ni at -1.
        Assert.Equal((4.0, 83.0), (grid.First, grid.Last));
        Assert.All(tables, t => Assert.Equal(t.RowCount, EdgeAlignment.ToRelative(t, EdgeReferences.Default, grid).RowCount));
    }

    [Fact]
    public void Problems_name_the_row_and_the_remedy()
    {
        var grid = EnergyGrid.Uniform(0, 10, 5);
        var unknown = new SpectraTable(grid, new float[5], [], [], ["mp-1"], ["3"], [null]);
        var e = Assert.Throws<XanesDataException>(() => EdgeAlignment.ToRelative(unknown, EdgeReferences.Default, grid));
        Assert.Contains("row 1 (mp-1, site 3)", e.Message, StringComparison.Ordinal);
        Assert.Contains("ELEMENT", e.Remedy!, StringComparison.Ordinal);
        var xenon = new SpectraTable(grid, new float[5], [], [], ["mp-1"], ["3"], ["Xe"]);
        Assert.Contains("no reference energy for element Xe", Assert.Throws<XanesDataException>(() => EdgeAlignment.CommonGrid([xenon], EdgeReferences.Default, 5)).Message, StringComparison.Ordinal);
        Assert.Contains("no spectrum", Assert.Throws<XanesDataException>(() => EdgeAlignment.CommonGrid([], EdgeReferences.Default, 5)).Message, StringComparison.Ordinal);
        Assert.Contains("no range", Assert.Throws<XanesDataException>(() => EdgeAlignment.CommonGrid([Ramp("Cu", -50), Ramp("V", 10)], EdgeReferences.Default, 5)).Message, StringComparison.Ordinal);
        Assert.Contains("do not overlap", Assert.Throws<XanesDataException>(() => EdgeAlignment.ToRelative(Ramp("Cu", 0), EdgeReferences.Default, EnergyGrid.Uniform(8979, 9000, 5))).Message, StringComparison.Ordinal);
        Assert.Contains("NaN eV", Assert.Throws<XanesDataException>(() => new EdgeReferences(new Dictionary<string, double> { ["Cu"] = double.NaN })).Message, StringComparison.Ordinal);
        Assert.Throws<XanesDataException>(() => new EdgeReferences(new Dictionary<string, double>()));
    }

    [Fact]
    public void References_compare_by_content()
    {
        EdgeReferences Of(double cu) => new(new Dictionary<string, double> { ["V"] = 5465, ["Cu"] = cu });
        Assert.Equal(Of(8979), Of(8979));
        Assert.Equal(Of(8979).GetHashCode(), Of(8979).GetHashCode());
        Assert.NotEqual(Of(8979), Of(8980));
    }
}
