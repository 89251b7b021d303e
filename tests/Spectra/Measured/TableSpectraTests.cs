using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Writing;
using Xunit;

namespace XanesMl.Spectra.Tests.Measured;

/// <summary>Oracle: the table that was written.</summary>
public sealed class TableSpectraTests
{
    [Theory]
    [InlineData("t.csv")]
    [InlineData("t.csv.gz")]
    [InlineData("t.parquet")]
    public void Each_row_is_a_spectrum(string name)
    {
        using var folder = new TemporaryFolder();
        var table = TestTables.Random(5, 30);
        SpectraTableWriter.Write(table, folder[name]);
        var all = MeasuredSpectrumReader.Read(folder[name]);
        Assert.Equal(5, all.Count);
        for (int r = 0; r < 5; r++)
        {
            Assert.Equal(table.Grid.Energies.ToArray(), all[r].Energies.ToArray());
            Assert.Equal(table.Spectrum(r).ToArray(), all[r].Mu.ToArray().Select(v => (float)v));
            Assert.Equal((r, "Cu", SignalKind.Absorption, $"{table.Materials[r]}/{table.Sites[r]}"), (all[r].Index, all[r].Element, all[r].Signal, all[r].Name));
        }
    }

    [Fact]
    public void Relative_energies_are_refused()
    {
        var e = Content.Refused("MPID,ENE_-5.0,ENE_0.0,ENE_5.0\nm,1,2,3\n");
        Assert.Contains("relative to an edge", e.Problem, StringComparison.Ordinal);
    }
}
