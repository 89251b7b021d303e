using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using CsCheck;
using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Writing;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Spectra.Tests.Measured;

/// <summary>Mutated files end in a spectrum that keeps the promises or in a XanesDataException, soon and with bounded memory.</summary>
/// <remarks>Oracle: none is needed; any other exception, an unending loop (the test's own time) or memory beyond the bound is a failure.</remarks>
public sealed class HostileTests
{
    private const long MostAllocated = 200 << 20;

    // A run must end; on a busy machine it may wait for its turn.
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(20);

    private static readonly byte[][] s_interesting =
    [
        [0], [0xff], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0, 0, 0, 0, 0, 0, 0, 0x80], [0, 0, 0, 0x7f], "1e999"u8.ToArray(), "-1e308"u8.ToArray(), "999999999999999999999"u8.ToArray(),
        "nan"u8.ToArray(), ",,,,"u8.ToArray(), "("u8.ToArray(), "'"u8.ToArray(), "\\'"u8.ToArray(), "[[[[[["u8.ToArray(), "\n#S 1\n"u8.ToArray(), "\n# Column.1: energy keV\n"u8.ToArray(), "\r"u8.ToArray(), "{\"x\":["u8.ToArray(),
    ];

    private static readonly Gen<Func<byte[], byte[]>> s_mutation = Gen.Select(Gen.Int[0, 5], Gen.Double[0, 1], Gen.Double[0, 1], Gen.Int[0, 255], Gen.Int[0, s_interesting.Length - 1], (kind, at, length, value, which) => (Func<byte[], byte[]>)(bytes =>
    {
        byte[] piece = s_interesting[which];
        int from = (int)(at * bytes.Length), count = (int)(length * length * (bytes.Length - from));
        switch (kind)
        {
            case 0:
                return bytes[..from];
            case 1:
                byte[] flipped = [.. bytes];
                if (from < flipped.Length)
                    flipped[from] = (byte)value;
                return flipped;
            case 2:
                return [.. bytes[..from], .. bytes[(from + count)..]];
            case 3:
                return [.. bytes[..(from + count)], .. bytes[from..]];
            case 4:
                return [.. bytes[..from], .. piece, .. bytes[from..]];
            default:
                byte[] overwritten = [.. bytes];
                piece.AsSpan(0, Math.Min(piece.Length, bytes.Length - from)).CopyTo(overwritten.AsSpan(from));
                return overwritten;
        }
    }));

    private static void Mutate(byte[][] seeds, int iterations) =>
        Gen.Select(Gen.Int[0, seeds.Length - 1], s_mutation.Array[1, 4]).Sample(
            (seed, mutations) => MustEndWell(mutations.Aggregate(seeds[seed], (bytes, mutation) => mutation(bytes))), iter: iterations, threads: 1);

    private static void MustEndWell(byte[] bytes, MeasuredReadOptions? options = null)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();
        try
        {
            foreach (var spectrum in Content.Read(bytes, options))
                Content.AssertKeepsPromises(spectrum);
        }
        catch (XanesDataException e)
        {
            Assert.DoesNotContain(e.Message, char.IsControl);
        }

        Assert.True(watch.Elapsed < s_longest, $"{watch.Elapsed} for {bytes.Length} bytes");
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < MostAllocated, $"{allocated} bytes allocated for a file of {bytes.Length}");
    }

    private static byte[] Unpacked(string fixture)
    {
        using var gzip = new System.IO.Compression.GZipStream(File.OpenRead(SharedData.Repository("tests", "Spectra", "Measured", "Fixtures", fixture)), System.IO.Compression.CompressionMode.Decompress);
        using var memory = new MemoryStream();
        gzip.CopyTo(memory);
        return memory.ToArray();
    }

    private static byte[][] Shared(params string[][] files) => [.. files.Select(f => File.ReadAllBytes(SharedData.Path(["experimental", .. f])))];

    [Fact]
    public void Mutated_containers_end_well() =>
        Mutate([Unpacked("soleil-earliest.h5.gz"), Unpacked("soleil-latest.h5.gz"), Unpacked("esrf-growing-latest.h5.gz"), Unpacked("esrf-chunked-earliest.h5.gz"), Unpacked("esrf-growing-deflate-latest.h5.gz")], 3000);

    // Structures of HDF5 are where mutations matter; few bytes of a file are structure.
    [Fact]
    public void Containers_with_one_changed_byte_end_well()
    {
        byte[] file = Unpacked("soleil-latest.h5.gz");
        int end = file.AsSpan().LastIndexOf("OHDR"u8) + 200;
        for (int i = 0; i < Math.Min(end, file.Length); i += 3)
        {
            byte old = file[i];
            file[i] = (byte)(i * 37 | 0x80);
            MustEndWell(file);
            file[i] = old;
        }
    }

    [Fact]
    public void Mutated_text_ends_well()
    {
        var (e, mu) = Content.Edge();
        string rows = Content.Rows(e, mu, mu);
        Mutate([.. new[] { "# XDI/1.0\n# Column.1: energy eV\n# Column.2: i0\n# Column.3: itrans\n# Mono.d_spacing: 3.1\n#---\n" + rows, "#S 1 scan\n#L energy  i0  i1\n" + rows + "#S 2 scan\n#L energy  i0  i1\n" + rows, "energy,i0,if\n" + rows.Replace(' ', ','),
            "# Athena project file\n$old_group = 'a';\n@args = ('label','x','titles',['a']);\n@x = ('" + string.Join("','", e) + "');\n@y = ('" + string.Join("','", mu) + "');\n[record]\n",
            "{\"a\":{\"args\":{\"label\":\"x\"},\"x\":[\"" + string.Join("\",\"", e) + "\"],\"y\":[" + string.Join(',', mu) + "]}}" }.Select(Encoding.UTF8.GetBytes)], 4000);
    }

    [SharedDataFact]
    public void Mutated_real_files_end_well() =>
        Mutate(Shared(["xdi", "CuO_tenorite_13K_01.xdi"], ["columns", "fe_xanes_8ch.xdi"], ["columns", "mn_cpmnco3.dat"], ["beamlines", "SSRL1_2006.dat"], ["beamlines", "APS20ID_2022.dat"], ["beamlines", "APS9BM_2006.dat"],
            ["athena", "athena1.prj"], ["athena", "athena3.prj"], ["athena", "MnO_bv.prj"]), 1500);

    [Fact]
    public void Gzip_bombs_are_refused_by_the_limit()
    {
        byte[] zeros = new byte[8 << 20];
        zeros.AsSpan().Fill((byte)'1');
        byte[] bomb = Content.Gzip(zeros);
        Assert.True(bomb.Length < 100_000);
        var e = Assert.Throws<XanesDataException>(() => Content.Read(bomb, new() { MaxBytes = 1 << 20 }));
        Assert.Contains("decompressed, the content is larger than the limit of 1048576 bytes", e.Problem, StringComparison.Ordinal);
        Assert.Contains("compressed twice", Assert.Throws<XanesDataException>(() => Content.Read(Content.Gzip(bomb))).Problem, StringComparison.Ordinal);
        MustEndWell(bomb);
    }

    [Fact]
    public void Larger_files_than_the_limit_are_refused_while_reading()
    {
        var (e, mu) = Content.Edge();
        var refused = Content.Refused("# energy mu\n" + Content.Rows(e, mu), new() { MaxBytes = 500 });
        Assert.Contains("larger than the limit of 500 bytes", refused.Problem, StringComparison.Ordinal);
        using var folder = new TemporaryFolder();
        string path = folder.WriteText("a.dat", "# energy mu\n" + Content.Rows(e, mu));
        Assert.Contains("more than the limit of 500", Assert.Throws<XanesDataException>(() => MeasuredSpectrumReader.Read(path, new() { MaxBytes = 500 })).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        string deep = "{\"a\":{\"x\":" + new string('[', 100_000) + new string(']', 100_000) + "}}";
        Assert.Contains("JSON is damaged", Content.Refused(deep).Problem, StringComparison.Ordinal);
        MustEndWell(Encoding.UTF8.GetBytes("# Athena project file\n@args = (" + new string('[', 1_000_000) + ");\n@x = ('1','2');\n@y = ('1','2');\n[record]\n"));
    }

    [Theory]
    [InlineData("# energy mu", ' ')]
    [InlineData("# E0", ' ')]
    [InlineData("a.b", ' ')]
    [InlineData("# a", '(')]
    [InlineData("# x", '\t')]
    public void Long_headers_take_no_longer_than_their_length(string start, char filler)
    {
        // 400 lines that would each cost a backtracking expression 8,000 x 8,000 steps.
        string line = start + new string(filler, 8000) + "x\n";
        var (e, mu) = Content.Edge(20);
        MustEndWell(Encoding.UTF8.GetBytes("# XDI/1.0\n" + string.Concat(Enumerable.Repeat(line, 400)) + Content.Rows(e, mu)));
        MustEndWell(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(line + "#S 1\n" + Content.Rows(e, mu), 400))));
    }

    [Fact]
    public void Text_with_too_many_numbers_or_columns_or_scans_is_refused()
    {
        MustEndWell(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("1 ", 100_000))));
        string scan = "#S 1 x\n#L energy  mu\n8000 1\n8001 2\n";
        Assert.Contains("more than 5 scans", Content.Refused(string.Concat(Enumerable.Repeat(scan, 6)), new() { MaxSpectra = 5 }).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_container_that_states_a_huge_data_set_takes_no_memory_for_it()
    {
        byte[] file = Unpacked("soleil-latest.h5.gz");
        // Every extent of 90 becomes 2^40.
        Span<byte> extent = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(extent, 90);
        for (int at = file.AsSpan().IndexOf(extent); at >= 0; at = file.AsSpan().IndexOf(extent))
            BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at), 1ul << 40);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<XanesDataException>(() => Content.Read(file));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 10 << 20);
    }

    [Fact]
    public void Parquet_tables_are_bounded_by_the_rows_they_state()
    {
        using var folder = new TemporaryFolder();
        SpectraTableWriter.Write(TestTables.Random(30, 20), folder["t.parquet"]);
        byte[] bytes = File.ReadAllBytes(folder["t.parquet"]);
        Assert.Equal(30, Content.Read(bytes).Count);
        Assert.Contains("more than 29 rows", Assert.Throws<XanesDataException>(() => Content.Read(bytes, new() { MaxSpectra = 29 })).Problem, StringComparison.Ordinal);
    }
}
