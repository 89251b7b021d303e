using Xunit;
using XanesMl.Spectra.Reading;
using XanesMl.TestSupport;

namespace XanesMl.Spectra.Tests.Docs;

/// <summary>The examples of docs/formats.md are what the reader reads and says.</summary>
public sealed class FormatsPageTests
{
    private static string Block(string language)
    {
        string page = File.ReadAllText(SharedData.Repository("docs", "formats.md"));
        int start = page.IndexOf("```" + language + "\n", StringComparison.Ordinal) + language.Length + 4;
        return page[start..page.IndexOf("```", start, StringComparison.Ordinal)];
    }

    private static string Message(string name, Func<TemporaryFolder, string> write)
    {
        using var folder = new TemporaryFolder();
        string path = write(folder);
        return Assert.Throws<XanesDataException>(() => SpectraTableReader.Read(path)).Message.Replace(path, name, StringComparison.Ordinal);
    }

    [Fact]
    public void Example_table_reads()
    {
        using var folder = new TemporaryFolder();
        var table = SpectraTableReader.Read(folder.WriteText("t.csv", Block("csv")));
        Assert.Equal((2, 3), (table.RowCount, table.PointCount));
        Assert.Equal([0.306f, float.NaN], table.DescriptorColumn("CT"));
        Assert.Equal(["mp-1226201", "mp-1177697"], table.Materials);
    }

    [Fact]
    public void Example_errors_are_the_real_ones()
    {
        string[] expected = Block("text").TrimEnd('\n').Split('\n');
        string table = Block("csv");
        Assert.Equal(expected[0], Message("cu.csv", f => f.WriteText("t.csv", table[(table.IndexOf('\n', StringComparison.Ordinal) + 1)..].Replace("0.046905", "abc", StringComparison.Ordinal))));
        Assert.Equal(expected[1], Message("cu.csv", f => f.WriteText("t.csv", "ENE_8986.1,ENE_8985.332\n1,2\n")));
        Assert.Equal(expected[2], Message("cu.csv.gz", f =>
        {
            byte[] whole = File.ReadAllBytes(f.WriteGzip("t.csv.gz", table));
            File.WriteAllBytes(f["t.csv.gz"], whole[..^20]);
            return f["t.csv.gz"];
        }));
    }
}
