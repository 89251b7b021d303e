using Xunit;
using XanesMl.Spectra.Reading;
using XanesMl.Spectra.Writing;

namespace XanesMl.Spectra.Tests.Writing;

public sealed class RoundTripTests
{
    [Theory]
    [InlineData("t.csv")]
    [InlineData("t.csv.gz")]
    [InlineData("t.parquet")]
    public void Table_reads_back_to_the_last_bit(string name)
    {
        using var folder = new TemporaryFolder();
        var table = TestTables.Random(rows: 17_000, points: 11); // more than one Parquet row group
        SpectraTableWriter.Write(table, folder[name]);
        TestTables.AssertSame(table, SpectraTableReader.Read(folder[name]));
        Assert.Equal([folder[name]], Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("t.csv")]
    [InlineData("t.parquet")]
    public void Extreme_values_and_awkward_names_read_back(string name)
    {
        using var folder = new TemporaryFolder();
        float[] values = [float.MaxValue, float.MinValue, float.Epsilon, -0f, 1e-30f, 0.1f, 16777217f, 1f / 3];
        var table = new SpectraTable(new EnergyGrid([0.1, 1.0 / 3, 8985.332, 12345.6789012345]), values, ["a,b", "\"q\"", "ü"],
            [1, float.NaN, -2.5f, float.NaN, 0, 3], ["a,\"b\"", "# c"], [" 0 ", "é"], ["Cu", "V"]);
        SpectraTableWriter.Write(table, folder[name]);
        TestTables.AssertSame(table, SpectraTableReader.Read(folder[name]));
        Assert.True(float.IsNegative(SpectraTableReader.Read(folder[name]).Spectrum(0)[3]));
    }

    [Fact]
    public void Csv_energies_keep_RankAAE_form_and_lines_end_with_LF()
    {
        using var folder = new TemporaryFolder();
        var table = new SpectraTable(new EnergyGrid([8985, 8985.332]), [0.5f, 1], ["CN"], [4], ["m"], ["0"], [null]);
        SpectraTableWriter.Write(table, folder["t.csv"]);
        Assert.Equal("MPID,SITE,AUX_CN,ENE_8985.000,ENE_8985.332\nm,0,4,0.5,1\n", File.ReadAllText(folder["t.csv"]));
    }

    [Fact]
    public void Unusable_targets_and_tables_are_refused()
    {
        using var folder = new TemporaryFolder();
        var table = TestTables.Random(3, 4);
        Assert.Contains("*.csv.gz", Assert.Throws<XanesDataException>(() => SpectraTableWriter.Write(table, folder["t.xlsx"])).Message, StringComparison.Ordinal);
        Assert.Contains("does not exist", Assert.Throws<XanesDataException>(() => SpectraTableWriter.Write(table, folder["no/t.csv"])).Message, StringComparison.Ordinal);
        Assert.Contains("no rows", Assert.Throws<XanesDataException>(() => SpectraTableWriter.Write(table.Select([]), folder["t.csv"])).Message, StringComparison.Ordinal);
        var broken = new SpectraTable(table.Grid, new float[4], [], [], ["a\nb"], ["0"], [null]);
        Assert.Contains("line break", Assert.Throws<XanesDataException>(() => SpectraTableWriter.Write(broken, folder["t.csv"])).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }
}
