using CsCheck;
using Parquet;
using Parquet.Schema;
using Xunit;
using XanesMl.Spectra.Reading;
using XanesMl.Spectra.Writing;

namespace XanesMl.Spectra.Tests.Reading;

public sealed class ParquetReadingTests
{
    private static async Task WriteWide(string path, double?[] second, double[]? first = null)
    {
        var mpid = new DataField<string>("MPID");
        var site = new DataField<long>("SITE");
        var cn = new DataField<int?>("AUX_CN");
        var ct = new DataField<double?>("AUX_CT");
        var e1 = new DataField<double>("ENE_8985.0");
        var e2 = new DataField<double?>("ENE_8986.5");
        await using var file = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema([mpid, site, cn, ct, e1, e2]), file);
        using var group = writer.CreateRowGroup();
        await group.WriteAsync(mpid, ["m", "n"]);
        await group.WriteAsync<long>(site, new long[] { 7, 8 }.AsMemory());
        await group.WriteAsync<int>(cn, new int?[] { 4, null }.AsMemory());
        await group.WriteAsync<double>(ct, new double?[] { null, 0.5 }.AsMemory());
        await group.WriteAsync<double>(e1, (first ?? [0.25, 1]).AsMemory());
        await group.WriteAsync<double>(e2, second.AsMemory());
        group.CompleteValidate();
    }

    [Fact]
    public async Task Column_per_energy_reads_like_the_CSV()
    {
        using var folder = new TemporaryFolder();
        await WriteWide(folder["t"], [0.5, 2]);
        var t = SpectraTableReader.Read(folder["t"]);
        Assert.Equal([8985, 8986.5], t.Grid.Energies.ToArray());
        Assert.Equal([0.25f, 0.5f, 1f, 2f], t.Spectra.ToArray());
        Assert.Equal(["CN", "CT"], t.DescriptorNames);
        Assert.Equal([4f, float.NaN, float.NaN, 0.5f], t.Descriptors.ToArray());
        Assert.Equal(["m", "n"], t.Materials);
        Assert.Equal(["7", "8"], t.Sites);
        Assert.Equal(["Cu", "Cu"], t.Elements);
        Assert.Equal([4f, float.NaN], SpectraTableReader.Read(folder["t"], new() { Descriptors = ["CN"] }).Descriptors.ToArray());
    }

    [Fact]
    public async Task Missing_or_infinite_spectrum_values_name_row_and_column()
    {
        using var folder = new TemporaryFolder();
        await WriteWide(folder["t"], [0.5, null]);
        var e = Assert.Throws<XanesDataException>(() => SpectraTableReader.Read(folder["t"]));
        Assert.Contains("missing in row 2", e.Message, StringComparison.Ordinal);
        Assert.Equal("ENE_8986.5", e.Column);
        await WriteWide(folder["u"], [0.5, 1], [double.PositiveInfinity, 1]);
        Assert.Contains("row 1", Assert.Throws<XanesDataException>(() => SpectraTableReader.Read(folder["u"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Table_without_energies_is_refused()
    {
        using var folder = new TemporaryFolder();
        var field = new DataField<double>("x");
        await using (var file = File.Create(folder["t"]))
        {
            await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema([field]), file);
            using var group = writer.CreateRowGroup();
            await group.WriteAsync<double>(field, new double[] { 1 }.AsMemory());
        }

        Assert.Contains("no energy column", Assert.Throws<XanesDataException>(() => SpectraTableReader.Read(folder["t"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_files_give_our_error_or_a_table()
    {
        using var folder = new TemporaryFolder();
        SpectraTableWriter.Write(TestTables.Random(20, 5), folder["t.parquet"]);
        byte[] good = File.ReadAllBytes(folder["t.parquet"]);
        int errors = 0;
        Gen.Select(Gen.Int[4, good.Length - 1], Gen.Byte, Gen.Bool).Sample((at, value, cut) =>
        {
            byte[] bad = cut ? good[..at] : [.. good];
            if (!cut)
                bad[at] = value;
            string path = folder[Guid.NewGuid().ToString("N")];
            File.WriteAllBytes(path, bad);
            try
            {
                SpectraTableReader.Read(path);
            }
            catch (XanesDataException)
            {
                Interlocked.Increment(ref errors);
            }
        }, iter: 300);
        Assert.True(errors > 100, $"only {errors} of 300 damaged files were noticed, half of them cut off");
    }
}
