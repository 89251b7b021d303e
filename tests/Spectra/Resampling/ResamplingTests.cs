using System.IO.Compression;
using System.Text.Json;
using Xunit;
using XanesMl.Spectra.Reading;
using XanesMl.Spectra.Resampling;
using XanesMl.TestSupport;

namespace XanesMl.Spectra.Tests.Resampling;

public sealed class ResamplingTests
{
    // The embedded tables were made from FEFF's own energies by exactly this rule, on a grid of 1/3 eV, and rounded to 5 significant digits.
    // So every value must agree to half a unit of its fifth digit (measured: 1.00 half units at worst, 5.0e-5 absolute; scipy 1.10.1 gives the same).
    // The grid is exact thirds here: the column names round it to 0.001 eV, which alone moves steep spectra by 3.4e-4.
    [SharedDataFact]
    public void FEFF_spectra_become_the_embedded_tables_to_their_last_digit()
    {
        var rows = new Dictionary<(string, string, string), (SpectraTable Table, int Row)>();
        foreach (var table in SpectraTableReader.ReadMany([SharedData.Path("tm-oxides-feff10")]))
            for (int i = 0; i < table.RowCount; i++)
                rows.Add((table.Elements[i]!, table.Materials[i], table.Sites[i]), (table, i));

        int checkedRuns = 0;
        double worst = 0, worstUnits = 0;
        foreach (string line in Lines(SharedData.Path("tm-oxides-feff10", "runs.jsonl.gz")))
        {
            using var json = JsonDocument.Parse(line);
            var run = json.RootElement;
            string element = run.GetProperty("el").GetString()!;
            var (table, row) = rows[(element, $"{run.GetProperty("proto").GetString()}-{element}{run.GetProperty("os").GetInt32()}", $"{run.GetProperty("round").GetInt32()}")];
            var grid = EnergyGrid.Uniform(table.Grid.First, table.Grid.First + 85, 256);
            Assert.True(grid.Matches(table.Grid, 5.1e-4));
            var result = new float[256];
            SpectrumResampler.Resample(Doubles(run, "omega"), Doubles(run, "mu"), grid, result);
            for (int p = 0; p < 256; p++)
            {
                float expected = table.Spectrum(row)[p];
                double halfUnit = 0.5 * Math.Pow(10, Math.Floor(Math.Log10(Math.Abs(expected))) - 4);
                worst = Math.Max(worst, Math.Abs(result[p] - expected));
                worstUnits = Math.Max(worstUnits, Math.Abs(result[p] - expected) / halfUnit);
            }

            checkedRuns++;
        }

        Assert.Equal(rows.Count, checkedRuns);
        // 0.3 % beyond the half unit is float32's own rounding.
        Assert.InRange(worstUnits, 0.99, 1.003);
        Assert.InRange(worst, 0, 5.01e-5);
    }

    [Fact]
    public void Table_resamples_row_by_row_and_ends_are_held()
    {
        // Parabola on 0..4 eV, exact at any energy inside (see QuadraticSplineTests).
        var from = EnergyGrid.Uniform(0, 4, 9);
        float[] parabola = [.. from.Energies.ToArray().Select(e => (float)(1 + (e * e)))];
        var table = new SpectraTable(from, [.. parabola, .. parabola.Select(v => -v)], ["CN"], [4, 5], ["a", "b"], ["0", "1"], ["Cu", "V"]);
        var result = table.Resample(new EnergyGrid([-1, 0.25, 3.1, 5]));
        float[] expected = [1f, 1.0625f, 10.61f, 17f];
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(expected[i], result.Spectrum(0)[i], 1e-6f);
            Assert.Equal(-expected[i], result.Spectrum(1)[i], 1e-6f);
        }

        Assert.Equal(["a", "b"], result.Materials);
        Assert.Equal([4f, 5f], result.DescriptorColumn("CN"));
    }

    [Fact]
    public void Equal_grids_share_the_spectra()
    {
        var table = TestTables.Random(3, 10);
        Assert.Same(table, table.Resample(EnergyGrid.Uniform(8985, 8988, 10)));
        var rounded = new EnergyGrid(Array.ConvertAll(table.Grid.Energies.ToArray(), e => Math.Round(e, 3)));
        var shared = table.Resample(rounded);
        Assert.Equal(rounded, shared.Grid);
        Assert.True(System.Runtime.InteropServices.MemoryMarshal.TryGetArray(table.Spectra, out var a));
        Assert.True(System.Runtime.InteropServices.MemoryMarshal.TryGetArray(shared.Spectra, out var b));
        Assert.Same(a.Array, b.Array);
    }

    [Fact]
    public void Resampling_a_spectrum_allocates_nothing()
    {
        var table = TestTables.Random(2, 256);
        var resampler = new GridResampler(table.Grid, EnergyGrid.Uniform(8985, 9060, 200));
        var result = new float[200];
        resampler.Resample(table.Spectrum(0), result);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            resampler.Resample(table.Spectrum(1), result);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Long_spectra_and_both_number_types_agree()
    {
        var from = EnergyGrid.Uniform(0, 10, 3000); // beyond the stack buffer
        double[] mu = Array.ConvertAll(from.Energies.ToArray(), Math.Sin);
        var to = EnergyGrid.Uniform(1, 9, 50);
        float[] a = new float[50], b = new float[50];
        SpectrumResampler.Resample(from.Energies, mu, to, a);
        SpectrumResampler.Resample(from.Energies, Array.ConvertAll(mu, v => (float)v), to, b);
        for (int i = 0; i < 50; i++)
        {
            Assert.Equal(Math.Sin(to[i]), a[i], 1e-7);
            Assert.Equal(a[i], b[i], 1e-6f);
        }
    }

    [Fact]
    public void Impossible_requests_are_refused()
    {
        var grid = EnergyGrid.Uniform(8985, 9070, 10);
        var result = new float[10];
        string Message(double[] e, double[] mu) => Assert.Throws<XanesDataException>(() => SpectrumResampler.Resample(e, mu, grid, result)).Message;
        Assert.Contains("do not overlap", Message([0, 1, 2], [0, 1, 2]), StringComparison.Ordinal);
        Assert.Contains("3 energies come with 2", Message([8985, 8986, 8987], [0, 1]), StringComparison.Ordinal);
        Assert.Contains("8986 eV is NaN", Message([8985, 8986, 8987], [0, double.NaN, 1]), StringComparison.Ordinal);
        Assert.Contains("not above its predecessor", Message([8985, 8985, 8987], [0, 1, 1]), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new GridResampler(grid, grid).Resample(new float[3], result));
        Assert.Throws<ArgumentException>(() => new GridResampler(grid, grid).Resample(new float[10], new float[3]));
    }

    private static double[] Doubles(JsonElement run, string name) => [.. run.GetProperty(name).EnumerateArray().Select(v => v.GetDouble())];

    private static IEnumerable<string> Lines(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        while (reader.ReadLine() is { } line)
            yield return line;
    }
}
