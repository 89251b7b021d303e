using System.Text;
using XanesMl.Spectra.Measured;
using Xunit;

namespace XanesMl.Spectra.Tests.Measured;

/// <summary>Oracle: the numbers that the test wrote.</summary>
public sealed class ColumnFileTests
{
    private static readonly (double[] E, double[] Mu) s_edge = Content.Edge();

    public static TheoryData<string, string, string> Layouts() => new()
    {
        { "# energy mu\n", " ", "energy (eV); mu = mu" },
        { "% comment\n%  E(eV)   xmu\n", "\t", "E(eV); mu = xmu" },
        { "; Photon Energy (eV)  mu(E)\n;----\n", "  ", "Photon Energy (eV); mu = mu(E)" },
        { "* free text\n*-------\n* en  xmu(trans)\n", " ", "en (eV); mu = xmu(trans)" },
        { "energy,mu\n", ",", "energy (eV); mu = mu" },
        { "\"energy\";\"mu\"\n", ";", "energy (eV); mu = mu" },
        { "Energy   <xanes>\n", " ", "Energy (eV); mu = <xanes>" },
        { "", " ", "column 1 (eV); mu = column 2" },
        { "energy,mu\neV,a.u.\n", ",", "energy (eV); mu = mu" },
        { "Energy  Total_yield\n", " ", "Energy (eV); mu = Total_yield" },
    };

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Header_and_separator_are_found(string header, string separator, string columns)
    {
        var s = Content.One(header + Content.Rows(separator, s_edge.E, s_edge.Mu));
        Assert.Equal(s_edge.E, s.Energies.ToArray());
        Assert.Equal(s_edge.Mu, s.Mu.ToArray());
        Assert.Equal(columns, s.Columns);
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public void Line_ends_of_other_systems_are_read(string end)
    {
        var s = Content.One(("# energy mu\n" + Content.Rows(s_edge.E, s_edge.Mu)).Replace("\n", end, StringComparison.Ordinal));
        Assert.Equal(s_edge.Mu, s.Mu.ToArray());
    }

    [Fact]
    public void Decimal_commas_and_Fortran_exponents_are_numbers()
    {
        string commas = Content.Rows("\t", s_edge.E, s_edge.Mu).Replace('.', ',');
        var s = Content.One("Energie (eV)\tmu\n8929,5\t0,25\n" + commas);
        Assert.Equal((8929.5, 0.25), (s.Energies.Span[0], s.Mu.Span[0]));
        Assert.Contains("numbers have decimal commas", s.Warnings);
        var fortran = Content.One("# energy mu\n .8929D+04 .25d-01\n .8930E+04 -.5E+00\n .8931D4 1\n");
        Assert.Equal([8929.0, 8930, 8931], fortran.Energies.ToArray());
        Assert.Equal([0.025, -0.5, 1], fortran.Mu.ToArray());
    }

    [Fact]
    public void Energies_in_keV_are_recognised_by_label_and_by_range()
    {
        double[] keV = Array.ConvertAll(s_edge.E, e => e / 1000);
        var labelled = Content.One("# energy(keV) mu\n" + Content.Rows(keV, s_edge.Mu));
        Assert.Equal(s_edge.E, labelled.Energies.ToArray());
        Assert.Empty(labelled.Warnings);
        var guessed = Content.One("# energy mu\n" + Content.Rows(keV, s_edge.Mu));
        Assert.Equal(s_edge.E, guessed.Energies.ToArray());
        Assert.Contains("taken as keV", Assert.Single(guessed.Warnings), StringComparison.Ordinal);
        var wrong = Content.One("# energy(keV) mu\n" + Content.Rows(s_edge.E, s_edge.Mu));
        Assert.Equal(s_edge.E, wrong.Energies.ToArray());
        Assert.Contains("can only be eV", Assert.Single(wrong.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Unlabelled_angles_are_asked_for_and_read_when_said()
    {
        double[] angles = Array.ConvertAll(s_edge.E, v => Math.Asin(12398.419843320026 / (2 * 3.1356 * v)) * 180 / Math.PI);
        string text = Content.Rows(angles, s_edge.Mu);
        var refused = Content.Refused(text);
        Assert.Contains("may be monochromator angles or keV", refused.Problem, StringComparison.Ordinal);
        var s = Content.One(text, new() { EnergyUnit = EnergyUnit.MonochromatorDegrees, DSpacing = 3.1356 });
        Content.AssertClose(s_edge.E, s.Energies.Span, 1e-8);
    }

    [Fact]
    public void Downward_scans_are_turned_jitter_is_sorted_and_equal_energies_are_averaged()
    {
        var down = Content.One("# energy mu\n" + Content.Rows([.. s_edge.E.Reverse()], [.. s_edge.Mu.Reverse()]));
        Assert.Equal(s_edge.Mu, down.Mu.ToArray());
        Assert.Contains("turned round", Assert.Single(down.Warnings), StringComparison.Ordinal);

        var jitter = Content.One("# energy mu\n8000 1\n8001 2\n8003 4\n8002 3\n8004 5\n8004 7\n8005 8\n");
        Assert.Equal([8000.0, 8001, 8002, 8003, 8004, 8005], jitter.Energies.ToArray());
        Assert.Equal([1.0, 2, 3, 4, 6, 8], jitter.Mu.ToArray());
        Assert.Equal(["1 point was not in order of energy; the points were sorted", "1 point of equal energy averaged"], jitter.Warnings);
    }

    [Fact]
    public void Points_without_a_value_are_left_out_and_said()
    {
        var s = Content.One("# energy mu\n8000 1\n8001 nan\n8002 3\n8003 4\n");
        Assert.Equal([8000.0, 8002, 8003], s.Energies.ToArray());
        Assert.Equal("1 of 4 points without a finite value were left out", Assert.Single(s.Warnings));
    }

    [Fact]
    public void Fluorescence_channels_are_summed_and_the_better_signal_is_taken()
    {
        double[] i0 = [.. s_edge.E.Select(_ => 1000.0)], noisy = [.. s_edge.E.Select((_, i) => 500.0 + (i % 2 * 100))];
        double[][] channels = [.. Enumerable.Range(1, 3).Select(k => Array.ConvertAll(s_edge.Mu, m => k * 10 * m))];
        string text = "# energy i0 it Fe_Ka_mca1 Fe_Ka_mca2 Fe_Ka_mca3 ICR_mca1\n" + Content.Rows(s_edge.E, i0, noisy, channels[0], channels[1], channels[2], noisy);
        var s = Content.One(text);
        Assert.Equal("energy (eV); mu = (sum of 3 channels, Fe_Ka_mca1 to Fe_Ka_mca3) / i0", s.Columns);
        Content.AssertClose(Array.ConvertAll(s_edge.Mu, m => 0.06 * m), s.Mu.Span, 1e-14);
        Assert.Contains("ln(i0 / it)", Assert.Single(s.Warnings), StringComparison.Ordinal);
        var transmission = Content.One(text, new() { Signal = SignalChoice.Transmission });
        Assert.Equal((SignalKind.Transmission, "energy (eV); mu = ln(i0 / it)"), (transmission.Signal, transmission.Columns));
        var two = Content.One(text, new() { Ifluor = ["Fe_Ka_mca1", "6"] });
        Content.AssertClose(Array.ConvertAll(s_edge.Mu, m => 0.04 * m), two.Mu.Span, 1e-14);
    }

    [Fact]
    public void Reference_is_computed_behind_the_sample()
    {
        double[] i0 = [.. s_edge.E.Select(_ => 1000.0)], it = Array.ConvertAll(s_edge.Mu, m => 1000 * Math.Exp(-m)), ir = [.. it.Select((v, i) => v * Math.Exp(-2 * s_edge.Mu[i]))];
        string text = "# energy i0 i1 i2\n" + Content.Rows(s_edge.E, i0, it, ir);
        var s = Content.One(text);
        Content.AssertClose(Array.ConvertAll(s_edge.Mu, m => 2 * m), s.Reference.Span, 1e-13);
        var reference = Content.One(text, new() { Signal = SignalChoice.Reference });
        Content.AssertClose(s.Reference.Span, reference.Mu.Span, 0);
        Assert.Equal(0, reference.Reference.Length);
    }

    [Fact]
    public void Columns_can_be_chosen_by_name_or_number()
    {
        string text = Content.Rows(s_edge.Mu, s_edge.E, s_edge.E);
        Assert.Contains("no labels", Content.Refused(text).Problem, StringComparison.Ordinal);
        Assert.Equal(s_edge.Mu, Content.One(text, new() { Energy = "2", Mu = "1" }).Mu.ToArray());
        var e = Content.Refused("# energy mu\n" + Content.Rows(s_edge.E, s_edge.Mu), new() { Mu = "nothing" });
        Assert.Equal("upload.dat: there is no column 'nothing' (option Mu). The columns are energy, mu; numbers count from 1.", e.Message);
    }

    [Fact]
    public void Normalized_is_said_only_by_the_file()
    {
        Assert.Equal(SignalKind.Normalized, Content.One("# energy norm\n" + Content.Rows(s_edge.E, s_edge.Mu)).Signal);
        Assert.Equal(SignalKind.Absorption, Content.One("# energy mu norm\n" + Content.Rows(s_edge.E, s_edge.Mu, s_edge.Mu)).Signal);
        Assert.Equal(SignalKind.Normalized, Content.One("# energy mu norm\n" + Content.Rows(s_edge.E, s_edge.Mu, s_edge.Mu), new() { Signal = SignalChoice.Normalized }).Signal);
    }

    [Fact]
    public void Xmu_of_FEFF_is_simulated()
    {
        double[] k = [.. s_edge.E.Select((_, i) => 0.05 * i)];
        var s = Content.One("# Cu\n#  omega    e    k    mu    mu0     chi     @#\n" + Content.Rows(s_edge.E, [.. s_edge.E.Select(e => e - 8985)], k, s_edge.Mu, k, k));
        Assert.Equal(("FEFF xmu.dat", SignalKind.Simulated), (s.Format, s.Signal));
        Assert.Equal(s_edge.Mu, s.Mu.ToArray());
        Assert.Equal(s_edge.E, s.Energies.ToArray());
    }

    [Fact]
    public void Relative_energies_need_their_origin()
    {
        double[] relative = Array.ConvertAll(s_edge.E, e => e - 8985);
        string rows = Content.Rows(relative, s_edge.Mu);
        Assert.Contains("EnergyOrigin", Content.Refused("# energy mu\n" + rows).Message, StringComparison.Ordinal);
        Assert.Equal(s_edge.E, Content.One("# energy mu\n" + rows, new() { EnergyOrigin = 8985 }).Energies.ToArray());
        // FDMNES says its origin in the header.
        var s = Content.One("# FDMNES program, Revision\n#  8985.0   1.25   15.0   0.0 = E_edge, Gamma_hole, Gamma_max, E_cut\n  Energy  <xanes>\n" + rows);
        Assert.Equal(("FDMNES", SignalKind.Simulated), (s.Format, s.Signal));
        Assert.Equal(s_edge.E, s.Energies.ToArray());
    }

    [Fact]
    public void Scans_of_a_SPEC_file_are_spectra_of_their_own()
    {
        string scan = "\n#D Thu\n#N 4\n#L energy  Epoch  i0  i1\n" + Content.Rows(s_edge.E, s_edge.E, [.. s_edge.E.Select(_ => 10.0)], Array.ConvertAll(s_edge.Mu, m => 10 * Math.Exp(-m)));
        var all = Content.Read("#F file\n#E 1\n#S 1 ascan energy" + scan + "\n#S 7 ascan energy" + scan);
        Assert.Equal(["scan 1", "scan 7"], all.Select(s => s.Name));
        Assert.Equal([0, 1], all.Select(s => s.Index));
        Assert.All(all, s => Content.AssertClose(s_edge.Mu, s.Mu.Span, 1e-13));
    }

    [Fact]
    public void Format_9809_gives_energies_from_observed_angles_and_detectors_from_modes()
    {
        double[] angles = Array.ConvertAll(s_edge.E, v => Math.Asin(12398.419843320026 / (2 * 3.13551 * v)) * 180 / Math.PI), ones = [.. s_edge.E.Select(_ => 1.0)];
        string header = """
              9809     KEK-PF BL12C
            foil  16.11.18 11:01 - 16.11.18 11:14
            Mono :   SI(111)       D=  3.13551 A    Initial angle=   9.9821 deg
            Block      Init-ang  final-ang     Step/deg     Time/s       Num
                1       10.14110   9.87453    -0.008890       1.00        30
                2        9.87453   9.80581    -0.000350       1.00       196
                3        9.80581   9.28116    -0.003230       1.00       162
                4        9.28116   8.90000    -0.005960       1.00        64
            Ortec( 0)     NDCH = 3
             Angle(c)  Angle(o)    time/s         2         3
                 Mode         0         0         1         2
               Offset         0         0 43697.800 39469.000

            """;
        var s = Content.One(header + Content.Rows(Array.ConvertAll(angles, a => a + 0.01), angles, ones, [.. ones.Select(_ => 500.0)], Array.ConvertAll(s_edge.Mu, m => 500 * Math.Exp(-m))));
        Assert.Equal(("9809", "KEK-PF", "BL12C"), (s.Format, s.Facility, s.Beamline));
        Content.AssertClose(s_edge.E, s.Energies.Span, 1e-8);
        Content.AssertClose(s_edge.Mu, s.Mu.Span, 1e-13);
    }

    [Theory]
    [InlineData("# k chi\n0.05 0.5\n0.1 0.4\n0.15 0.3\n", "this is chi(k)")]
    [InlineData("just words\nand more\n", "no rows of numbers")]
    [InlineData("# energy i0\n8000 5\n8001 5\n8002 5\n", "there is i0, but no detector behind the sample")]
    [InlineData("# a b c\n1 8000 5\n2 8001 5\n3 8002 5\n", "neither mu nor a pair of detectors")]
    [InlineData("# energy mu\n8000 5\n", "only one row")]
    [InlineData("# energy mu\n8000 5\n8000 6\n", "only 1 usable point")]
    [InlineData("# energy mu\n8000 5\n7000 6\n8000 5\n7000 6\n8000 5\n7000 6\n", "go up and down")]
    [InlineData("# energy i0 it\n8000 5 0\n8001 5 0\n8002 5 3\n", "have no finite energy and signal")]
    [InlineData("# energy mu\n1 5\n3 6\n1000000 6\n", "no photon energies")]
    [InlineData("", "the file is empty")]
    [InlineData("{\"a\": 1}", "no Athena project")]
    public void Files_without_a_spectrum_say_why(string text, string problem) =>
        Assert.Contains(problem, Content.Refused(text).Problem, StringComparison.Ordinal);

    [Fact]
    public void Broken_row_is_an_error_in_the_middle_and_a_warning_at_the_end()
    {
        string rows = Content.Rows(s_edge.E, s_edge.Mu);
        var e = Content.Refused("# energy mu\n" + rows + "oops\n" + Content.Rows([9100, 9101], [1, 1]));
        Assert.Equal((92L, "upload.dat"), (e.Line, e.InputSource));
        var s = Content.One("# energy mu\n" + rows + "9100\n");
        Assert.Equal(s_edge.E.Length, s.Energies.Length);
        Assert.Contains("line 92 is not a whole row", Assert.Single(s.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Binary_and_UTF16_and_zip_are_named()
    {
        Assert.Contains("NUL byte", Assert.Throws<XanesDataException>(() => Content.Read([1, 0, 0, 2, 10, 65])).Problem, StringComparison.Ordinal);
        Assert.Contains("UTF-16", Assert.Throws<XanesDataException>(() => Content.Read([.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes("1 2\n")])).Problem, StringComparison.Ordinal);
        Assert.Contains("zip archive", Assert.Throws<XanesDataException>(() => Content.Read("PK\u0003\u0004rest")).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_an_endless_header_the_beginning_and_the_end_are_kept()
    {
        string header = "# XDI/1.1\n# Element.symbol: Cu\n" + string.Concat(Enumerable.Range(0, 20_000).Select(i => $"# Line.n{i}: {i}\n")) + "# energy mu\n";
        var s = Content.One(header + Content.Rows(s_edge.E, s_edge.Mu));
        Assert.Equal(("XDI 1.1", "Cu", "energy (eV); mu = mu"), (s.Format, s.Element, s.Columns));
        Assert.True(s.Metadata.Count <= 512);
    }

    [Fact]
    public void Latin1_headers_are_text()
    {
        var s = Assert.Single(Content.Read([.. "# Sample: "u8, 0xb5, .. "-grain\n# energy mu\n"u8, .. Encoding.ASCII.GetBytes(Content.Rows(s_edge.E, s_edge.Mu))]));
        Assert.Equal("µ-grain", s.Sample);
    }

    [Fact]
    public void A_file_is_read_like_its_content()
    {
        using var folder = new TemporaryFolder();
        string path = folder.WriteText("scan.001.dat", "# energy mu\n" + Content.Rows(s_edge.E, s_edge.Mu));
        var s = Assert.Single(MeasuredSpectrumReader.Read(path));
        Assert.Equal(("scan.001", path), (s.Name, s.Path));
        Assert.Contains("file not found", Assert.Throws<XanesDataException>(() => MeasuredSpectrumReader.Read(folder["no.dat"])).Problem, StringComparison.Ordinal);
        Assert.Contains("this is a folder", Assert.Throws<XanesDataException>(() => MeasuredSpectrumReader.Read(folder.Path)).Problem, StringComparison.Ordinal);
    }
}
