using XanesMl.Spectra.Measured;
using Xunit;

namespace XanesMl.Spectra.Tests.Measured;

/// <summary>Oracle: the file itself, written by the test; mu = ln(i0 / itrans) and ifluor / i0 are the definitions of domain.md section 3.</summary>
public sealed class XdiTests
{
    private const string Header = """
        # XDI/1.0 GSE/1.0
        # Column.1: energy eV || 13IDA:E:Energy.VAL
        # Column.2: i0 counts
        # Column.3: itrans counts
        # Element.symbol: cu
        # Element.edge: k
        # Scan.edge_energy: 8980.0
        # Mono.d_spacing: 3.13555
        # Facility.name: APS
        # Beamline.name: 13-ID
        # Sample.name: Cu foil
        # ///
        # measured by a test
        # Element.symbol: Fe
        #---------
        # energy i0 itrans

        """;

    [Fact]
    public void Transmission_and_metadata_are_read()
    {
        var (e, mu) = Content.Edge();
        double[] i0 = [.. e.Select((_, i) => 1000.0 + i)];
        var s = Content.One(Header + Content.Rows(e, i0, [.. i0.Select((v, i) => v * Math.Exp(-mu[i]))]));
        Assert.Equal(e, s.Energies.ToArray());
        Content.AssertClose(mu, s.Mu.Span, 1e-13);
        Assert.Equal((SignalKind.Transmission, "XDI 1.0", "energy (eV); mu = ln(i0 / itrans)"), (s.Signal, s.Format, s.Columns));
        Assert.Equal(("Cu", "K", "Cu foil", "APS", "13-ID", 8980.0), (s.Element, s.Edge, s.Sample, s.Facility, s.Beamline, s.StatedE0));
        Assert.Equal(("upload", "upload.dat", 0), (s.Name, s.Path, s.Index));
        Assert.Equal("measured by a test\nElement.symbol: Fe", s.Metadata["comments"]);
        Assert.Empty(s.Warnings);
    }

    [Fact]
    public void Angles_become_energies_by_the_spacing_of_the_header()
    {
        var (e, mu) = Content.Edge();
        // Bragg: E = 12398.4198433 / (2 d sin(theta)) with d = 3.13555
        double[] angles = Array.ConvertAll(e, v => Math.Asin(12398.419843320026 / (2 * 3.13555 * v)) * 180 / Math.PI);
        string header = Header.Replace("energy eV || 13IDA:E:Energy.VAL", "angle degrees", StringComparison.Ordinal).Replace("i0 counts", "mutrans", StringComparison.Ordinal).Replace("# Column.3: itrans counts\n", "", StringComparison.Ordinal);
        var s = Content.One(header + Content.Rows(angles, mu));
        Content.AssertClose(e, s.Energies.Span, 1e-8);
        Assert.Equal("hc / (2 d sin angle), d = 3.13555 angstrom; mu = mutrans", s.Columns);

        var refused = Content.Refused(header.Replace("Mono.d_spacing", "Mono.other", StringComparison.Ordinal) + Content.Rows(angles, mu));
        Assert.Contains("does not say the spacing", refused.Problem, StringComparison.Ordinal);
        var given = Content.One(header.Replace("Mono.d_spacing", "Mono.other", StringComparison.Ordinal) + Content.Rows(angles, mu), new() { DSpacing = 3.13555 });
        Content.AssertClose(e, given.Energies.Span, 1e-8);
    }

    [Fact]
    public void Columns_of_the_header_that_are_not_all_named_fall_back_on_the_line_of_labels()
    {
        var (e, mu) = Content.Edge();
        var s = Content.One(Header.Replace("# Column.2: i0 counts\n", "", StringComparison.Ordinal).Replace("# energy i0 itrans", "# energy mu time", StringComparison.Ordinal) + Content.Rows(e, mu, e));
        Assert.Equal(mu, s.Mu.ToArray());
    }

    [Fact]
    public void Element_that_disagrees_with_the_edge_is_a_warning_that_names_both()
    {
        var (e, mu) = Content.Edge(points: 400, first: 8900, e0: 8985);
        var s = Content.One("# XDI/1.1\n# Column.1: energy eV\n# Column.2: mutrans\n# Element.symbol: Ni\n# Element.edge: K\n#---\n" + Content.Rows(e, mu));
        string warning = Assert.Single(s.Warnings);
        Assert.Contains("Ni (8333 eV)", warning, StringComparison.Ordinal);
        Assert.Contains("Cu (8979 eV)", warning, StringComparison.Ordinal);
        Assert.Equal("Ni", s.Element);
    }
}
