using Xunit;
using XanesMl.Spectra.Reading;
using XanesMl.TestSupport;

namespace XanesMl.Spectra.Tests.Reading;

public sealed class CsvReadingTests
{
    private static SpectraTable Read(string text, SpectraReadOptions? options = null)
    {
        using var folder = new TemporaryFolder();
        var plain = SpectraTableReader.Read(folder.WriteText("t.csv", text), options);
        // The content decides: gzip under a plain name must give the same table.
        TestTables.AssertSame(plain, SpectraTableReader.Read(folder.WriteGzip("t.txt", text), options));
        return plain;
    }

    [Fact]
    public void Columns_are_found_by_name_in_any_order()
    {
        var t = Read("\uFEFF# made by hand\r\n\r\n# twice\r\nAUX_CN,ENE_8990.0,note,SITE,ENE_8.9915e3,mpid,AUX_CT\r\n4,0.5, text ,3,\t1e-1 ,\"mp,\"\"1\"\"\",0.25\r\n\r\n ,-0.5,,0,2,mp-2,NA");
        Assert.Equal([8990, 8991.5], t.Grid.Energies.ToArray());
        Assert.Equal(["CN", "CT"], t.DescriptorNames);
        Assert.Equal([0.5f, 0.1f, -0.5f, 2f], t.Spectra.ToArray());
        Assert.Equal([4f, 0.25f, float.NaN, float.NaN], t.Descriptors.ToArray());
        Assert.Equal(["mp,\"1\"", "mp-2"], t.Materials);
        Assert.Equal(["3", "0"], t.Sites);
        Assert.Equal(["Cu", "Cu"], t.Elements);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nan")]
    [InlineData("NaN")]
    [InlineData("NA")]
    [InlineData("  ")]
    [InlineData("\"\"")]
    public void Missing_descriptors_are_NaN(string cell) => Assert.True(float.IsNaN(Read($"AUX_CN,ENE_1,ENE_2\n{cell},1,2\n").Descriptor(0, 0)));

    [Fact]
    public void Identifiers_default_to_the_row_number_and_equal_ones_share_a_string()
    {
        var t = Read("ENE_1,ENE_2\n1,2\n3,4\n");
        Assert.Equal(["1", "2"], t.Materials);
        Assert.Equal(["1", "2"], t.Sites);
        Assert.Equal([null, null], t.Elements);
        var u = Read("MPID,ENE_1,ENE_2\nm,1,2\nm,3,4\n");
        Assert.Same(u.Materials[0], u.Materials[1]);
        Assert.Equal(["1", "2"], u.Sites);
    }

    [Fact]
    public void Element_comes_from_option_then_column_then_energies()
    {
        const string text = "ELEMENT,ENE_8985,ENE_9000\nFe,1,2\n,3,4\n";
        Assert.Equal(["Fe", "Cu"], Read(text).Elements);
        Assert.Equal(["V", "V"], Read(text, new() { Element = "V" }).Elements);
        Assert.Contains("'copper' is not an element", Assert.Throws<XanesDataException>(() => Read(text, new() { Element = "copper" })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Descriptors_are_chosen_and_ordered_by_the_option()
    {
        const string text = "AUX_CT,AUX_OCN,AUX_CN,ENE_1,ENE_2\n1,text,3,1,2\n";
        var t = Read(text, new() { Descriptors = ["CN", "CT"] }); // OCN is not read, so its text does no harm
        Assert.Equal(["CN", "CT"], t.DescriptorNames);
        Assert.Equal([3f, 1f], t.Descriptors.ToArray());
        Assert.Contains("no descriptor column AUX_MOOD", Assert.Throws<XanesDataException>(() => Read(text, new() { Descriptors = ["MOOD"] })).Message, StringComparison.Ordinal);
        Assert.Equal([3f, float.NaN], Read(text, new() { Descriptors = ["CN", "MOOD"], AllowMissingDescriptors = true }).Descriptors.ToArray());
        Assert.Contains("twice", Assert.Throws<XanesDataException>(() => Read(text, new() { Descriptors = ["CN", "CN"] })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folder_means_its_tables_sorted_by_name()
    {
        using var folder = new TemporaryFolder();
        folder.WriteText("b.csv", "ENE_1,ENE_2\n1,2\n");
        folder.WriteGzip("a.csv.gz", "ENE_1,ENE_2\n3,4\n");
        folder.WriteText("readme.txt", "no table");
        var tables = SpectraTableReader.ReadMany([folder.Path, folder["b.csv"]]);
        Assert.Equal([3f, 1f, 1f], tables.Select(t => t.Spectrum(0)[0]));
        Assert.Contains("no file", Assert.Throws<XanesDataException>(() => SpectraTableReader.ReadMany([])).Message, StringComparison.Ordinal);
        using var empty = new TemporaryFolder();
        Assert.Contains("no *.csv", Assert.Throws<XanesDataException>(() => SpectraTableReader.ReadMany([empty.Path])).Message, StringComparison.Ordinal);
        Assert.Contains("is a folder", Assert.Throws<XanesDataException>(() => SpectraTableReader.Read(empty.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_longer_than_the_first_buffer_are_read()
    {
        const int points = 20_000;
        string header = string.Join(',', Enumerable.Range(1, points).Select(i => "ENE_" + i));
        string row = string.Join(',', Enumerable.Range(1, points).Select(i => "0.5"));
        var t = Read(header + "\n" + row + "\n" + row + "\n");
        Assert.Equal((2, points), (t.RowCount, t.PointCount));
    }

    // Oracle: zcat FILE | head, and the row counts in the files' names.
    [SharedDataFact]
    public void RankAAE_files_read()
    {
        var cu = SpectraTableReader.Read(SharedData.Path("cu-feff", "feff_Cu_CT_CN_OCN_RSTD_MOOD_spec_3908.csv.gz"));
        Assert.Equal((3908, 256), (cu.RowCount, cu.PointCount));
        Assert.Equal(["CT", "CN", "OCN", "RSTD", "MOOD"], cu.DescriptorNames);
        Assert.Equal("mp-1226201", cu.Materials[0]);
        Assert.Equal([0.306f, 5f, 2.4f, 0.185029f, 2.45f], cu.Descriptors[..5].ToArray());
        Assert.Equal([0.052616f, 0.057688f], cu.Spectrum(0)[..2].ToArray());
        Assert.All(cu.Elements, e => Assert.Equal("Cu", e));
        Assert.All(SpectraTableReader.ReadMany([SharedData.Path("unlabelled")]), t => Assert.Equal(141, t.PointCount));
    }

    [Fact]
    public void Embedded_tables_read_with_their_elements()
    {
        var tables = SpectraTableReader.ReadMany([SharedData.Repository("data")]);
        Assert.Equal(["Co", "Cr", "Cu", "Fe", "Mn", "Ni", "Ti", "V"], tables.Select(t => t.Elements[0]!));
        Assert.All(tables, t => Assert.Equal(["OS", "CT", "CN", "OCN", "RSTD", "MOOD", "MRD"], t.DescriptorNames));
    }
}
