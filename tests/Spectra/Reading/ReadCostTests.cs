using Xunit;
using XanesMl.Spectra.Reading;
using XanesMl.Spectra.Writing;

namespace XanesMl.Spectra.Tests.Reading;

public sealed class ReadCostTests
{
    // Counts bytes instead of timing: everything ever allocated while reading, dead or alive, bounds the peak from above.
    [Theory]
    [InlineData("t.csv")]
    [InlineData("t.csv.gz")]
    public void Reading_allocates_at_most_three_times_the_table(string name)
    {
        const int rows = 20_000, points = 256;
        using var folder = new TemporaryFolder();
        WriteCheaply(folder[name], rows, points);
        SpectraTableReader.Read(folder[name]); // first use loads code
        long before = GC.GetAllocatedBytesForCurrentThread();
        var table = SpectraTableReader.Read(folder[name]);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal((rows, points), (table.RowCount, table.PointCount));
        double ratio = allocated / (4.0 * rows * (points + 6));
        Assert.InRange(ratio, 1.0, 3.0);
    }

    private static void WriteCheaply(string path, int rows, int points)
    {
        var spectra = new float[rows * points];
        for (int i = 0; i < spectra.Length; i++)
            spectra[i] = i % 1000 / 1024f;
        var descriptors = new float[rows * 6];
        string[] names = [.. Enumerable.Range(0, rows).Select(i => "mp-" + (i / 2))];
        var table = new SpectraTable(EnergyGrid.Uniform(8985, 9070, points), spectra, ["a", "b", "c", "d", "e", "f"], descriptors,
            names, [.. Enumerable.Repeat("0", rows)], new string?[rows]);
        SpectraTableWriter.Write(table, path);
    }
}
