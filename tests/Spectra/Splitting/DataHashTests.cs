using Xunit;
using XanesMl.Spectra.Reading;
using XanesMl.Spectra.Splitting;
using XanesMl.Spectra.Writing;

namespace XanesMl.Spectra.Tests.Splitting;

public sealed class DataHashTests
{
    [Fact]
    public void Hash_does_not_depend_on_the_file_format()
    {
        using var folder = new TemporaryFolder();
        var table = TestTables.Random(50, 20);
        string expected = DataHash.Of(table);
        foreach (string name in new[] { "t.csv", "t.csv.gz", "t.parquet" })
        {
            SpectraTableWriter.Write(table, folder[name]);
            Assert.Equal(expected, DataHash.Of(SpectraTableReader.Read(folder[name])));
        }
    }

    // Oracle: Python hashlib.sha256 over the same bytes (struct.pack '<q', '<d', '<f'):
    //   "xanesml-table-1" with its length; 2; 1.0, 2.5; 1; "CN"; 1; "m"; "0"; "Cu"; missing = 00 00 c0 7f; 0.5, -0.25
    [Fact]
    public void Hash_is_the_documented_one()
    {
        var table = new SpectraTable(new EnergyGrid([1, 2.5]), [0.5f, -0.25f], ["CN"], [float.NaN], ["m"], ["0"], ["Cu"]);
        Assert.Equal("0780f088acceec56ad35ac4ab78a3850342c98574106896e3f6624972d80003e", DataHash.Of(table));
    }

    [Fact]
    public void Every_part_counts()
    {
        var grid = new EnergyGrid([1, 2]);
        string Of(EnergyGrid? g = null, float v = 1, string name = "CN", float d = 4, string m = "m", string s = "0", string? e = "Cu") =>
            DataHash.Of(new SpectraTable(g ?? grid, [v, 1], [name], [d], [m], [s], [e]));
        string[] hashes = [Of(), Of(new EnergyGrid([1, 3])), Of(v: 2), Of(name: "CT"), Of(d: 5), Of(d: float.NaN), Of(m: "n"), Of(s: "1"), Of(e: "V"), Of(e: null), Of(m: "m0", s: "")];
        Assert.Equal(hashes.Length, hashes.Distinct().Count());
    }
}
