using System.IO.Compression;
using System.Runtime.InteropServices;
using PureHDF;
using PureHDF.Filters;
using XanesMl.Spectra.Measured;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Spectra.Tests.Measured;

/// <summary>Files from two libraries that are not ours: h5py 3.7.0 with HDF5 1.10.8 (Fixtures/make_fixtures.py) and PureHDF 2.2.0 (written here).
/// Oracle: the closed form that both write, mu = 0.5 + atan(E - 8985) / pi on 90 energies.</summary>
public sealed class HdfTests
{
    private static readonly (double[] E, double[] Mu) s_edge = Content.Edge();

    public static TheoryData<string> EsrfFiles() =>
        [.. from kind in new[] { "contiguous", "chunked", "growing", "growing-deflate", "single" } from version in new[] { "earliest", "latest" } select $"esrf-{kind}-{version}.h5.gz"];

    private static string Fixture(string name) => SharedData.Repository("tests", "Spectra", "Measured", "Fixtures", name);

    [Theory]
    [InlineData("soleil-earliest.h5.gz")]
    [InlineData("soleil-latest.h5.gz")]
    public void NXxas_of_SOLEIL_is_read(string file)
    {
        var s = Assert.Single(MeasuredSpectrumReader.Read(Fixture(file)));
        Assert.Equal(s_edge.E, s.Energies.ToArray());
        Content.AssertClose(s_edge.Mu, s.Mu.Span, 1e-13);
        Assert.Equal(("NeXus NXxas", "Cu", "K", "copper foil", "SOLEIL", "entry"), (s.Format, s.Element, s.Edge, s.Sample, s.Facility, s.Name));
        Assert.Equal((SignalKind.Transmission, "energy (eV); mu = ln(incoming_beam / absorbed_beam)"), (s.Signal, s.Columns));
        Assert.Equal("Cu foil", s.Metadata["title"]);
        Assert.Empty(s.Warnings);
    }

    // Tolerance: i0 is float32 in these files, relative error 6e-8.
    [Theory]
    [MemberData(nameof(EsrfFiles))]
    public void Scans_of_ESRF_are_read_in_every_storage_layout(string file)
    {
        var all = MeasuredSpectrumReader.Read(Fixture(file));
        Assert.Equal(["2.1", "10.1"], all.Select(s => s.Name));
        foreach (var s in all)
        {
            Assert.Equal(s_edge.E, s.Energies.ToArray());
            Content.AssertClose(s_edge.Mu, s.Mu.Span, 2e-7);
            Assert.Equal(("Cu2O", "energy_enc (keV); mu = ln(I0 / I1)"), (s.Sample, s.Columns));
        }

        var fluorescence = MeasuredSpectrumReader.Read(Fixture(file), new() { Signal = SignalChoice.Fluorescence })[0];
        Content.AssertClose(Array.ConvertAll(s_edge.Mu, m => 0.33 * m), fluorescence.Mu.Span, 2e-7);
        Assert.Equal("energy_enc (keV); mu = (sum of 3 channels, fluo.1 to fluo.3) / I0", fluorescence.Columns);
        var chosen = MeasuredSpectrumReader.Read(Fixture(file), new() { I0 = "I0", Ifluor = ["fluo.2"] })[0];
        Content.AssertClose(Array.ConvertAll(s_edge.Mu, m => 0.11 * m), chosen.Mu.Span, 2e-7);
    }

    private static byte[] Written(bool chunked, Action<H5Group>? change = null, string entryName = "entry")
    {
        object Numbers<T>(T[] values) => chunked ? new H5Dataset(values, chunks: [32u]) : values;
        var data = new H5Group { ["energy"] = Numbers(s_edge.E), ["mu"] = Numbers(s_edge.Mu) };
        data.Attributes["NX_class"] = "NXdata";
        var entry = new H5Group { ["data"] = data, ["title"] = "from PureHDF", ["element"] = "Cu" };
        entry.Attributes["NX_class"] = "NXentry";
        change?.Invoke(entry);
        using var stream = new MemoryStream();
        new H5File { [entryName] = entry }.Write(stream, chunked ? new H5WriteOptions(Filters: [ShuffleFilter.Id, new H5Filter(DeflateFilter.Id, new() { [DeflateFilter.COMPRESSION_LEVEL] = 6 })]) : new H5WriteOptions());
        return stream.ToArray();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Containers_of_PureHDF_are_read(bool chunked)
    {
        var s = Assert.Single(Content.Read(Written(chunked)));
        Assert.Equal(s_edge.E, s.Energies.ToArray());
        Assert.Equal(s_edge.Mu, s.Mu.ToArray());
        Assert.Equal(("entry", "NeXus", "Cu", "from PureHDF"), (s.Name, s.Format, s.Element, s.Metadata["title"]));
    }

    [Fact]
    public void Signal_and_axes_of_an_NXdata_say_what_names_do_not()
    {
        var s = Assert.Single(Content.Read(Written(false, entry =>
        {
            var data = new H5Group { ["abscissa"] = s_edge.E, ["intensity"] = s_edge.Mu, ["monitor_time"] = s_edge.E };
            (data.Attributes["NX_class"], data.Attributes["signal"], data.Attributes["axes"]) = ("NXdata", "intensity", "abscissa");
            entry["data"] = data;
        })));
        Assert.Equal(s_edge.Mu, s.Mu.ToArray());
        Assert.Equal("abscissa (eV); mu = intensity", s.Columns);
    }

    [Fact]
    public void Fluorescence_mode_divides_by_the_incoming_beam()
    {
        double[] i0 = [.. s_edge.E.Select((_, i) => 100.0 + i)];
        var s = Assert.Single(Content.Read(Written(false, entry =>
        {
            (entry["definition"], entry["mode"]) = ("NXxas", "Fluorescence Yield");
            entry["data"] = new H5Group { ["energy"] = s_edge.E, ["absorbed_beam"] = s_edge.Mu.Select((m, i) => m * i0[i]).ToArray(), ["incoming_beam"] = i0 };
        })));
        Content.AssertClose(s_edge.Mu, s.Mu.Span, 1e-13);
        Assert.Equal(SignalKind.Fluorescence, s.Signal);
    }

    /// <summary>Links into other files, external storage and virtual data sets: the files that they name lie beside the container and are not opened.</summary>
    [Fact]
    public void Numbers_in_other_files_are_never_followed()
    {
        using var folder = new TemporaryFolder();
        foreach (string name in new[] { "elsewhere.h5", "soleil-latest.h5" })
        {
            using var packed = new GZipStream(File.OpenRead(Fixture(name + ".gz")), CompressionMode.Decompress);
            using var file = File.Create(folder[name]);
            packed.CopyTo(file);
        }

        foreach (var (name, values) in new[] { ("energy.bin", s_edge.E), ("mu.bin", s_edge.Mu) })
            File.WriteAllBytes(folder[name], MemoryMarshal.AsBytes<double>(values).ToArray());
        var e = Assert.Throws<XanesDataException>(() => MeasuredSpectrumReader.Read(folder["elsewhere.h5"]));
        Assert.Equal("no entry of the container holds a spectrum: raw: the HDF5 file uses what is not read here: numbers that lie in another file", e.Problem);
        Assert.Single(MeasuredSpectrumReader.Read(folder["soleil-latest.h5"]));
    }

    [Fact]
    public void Soft_links_that_go_round_are_no_spectrum_and_no_crash()
    {
        byte[] round = Written(false, entry =>
        {
            entry["data"] = new H5SoftLink("/entry/other");
            entry["other"] = new H5SoftLink("/entry/data");
        });
        Assert.Contains("no entry of the container holds a spectrum", Assert.Throws<XanesDataException>(() => Content.Read(round)).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Entries_without_a_spectrum_are_named()
    {
        using var stream = new MemoryStream();
        new H5File { ["1.1"] = new H5Group { ["title"] = "align" }, ["2.1"] = new H5Group { ["measurement"] = new H5Group { ["energy"] = s_edge.E, ["mu"] = s_edge.Mu } } }.Write(stream);
        var s = Assert.Single(Content.Read(stream.ToArray()));
        Assert.Equal("2.1", s.Name);
        Assert.Equal("entries without a spectrum: 1.1", Assert.Single(s.Warnings));
    }

    [Fact]
    public void A_container_behind_a_user_block_is_found()
    {
        using var stream = new MemoryStream();
        new H5File { ["e"] = new H5Group { ["energy"] = s_edge.E, ["mu"] = s_edge.Mu } }.Write(stream, new H5WriteOptions(UserBlockSize: 512));
        Assert.Equal(s_edge.Mu, Assert.Single(Content.Read(stream.ToArray())).Mu.ToArray());
    }

    [Fact]
    public void Cut_off_containers_are_refused()
    {
        byte[] whole = Written(false);
        for (int length = 8; length < whole.Length; length += 97)
            Assert.Throws<XanesDataException>(() => Content.Read(whole[..length]));
    }
}
