using System.Globalization;
using System.Text;
using XanesMl.Spectra.Measured;
using Xunit;

namespace XanesMl.Spectra.Tests.Measured;

/// <summary>Oracle: the numbers that the test wrote; the syntax is that of Athena 0.8 and Demeter 0.9 projects.</summary>
public sealed class AthenaTests
{
    private static readonly (double[] E, double[] Mu) s_edge = Content.Edge();

    private static string List(double[] values) => string.Join(",", values.Select(v => "'" + v.ToString("R", CultureInfo.InvariantCulture) + "'"));

    private static string Group(string id, string args, double[] x, double[] y) =>
        $"$old_group = '{id}';\n@args = ({args});\n@x = ({List(x)});\n@y = ({List(y)});\n@signal = ();\n[record]   # create\n\n";

    private static string Project(params string[] groups) => "# Athena project file -- Demeter version 0.9.18\n\n" + string.Concat(groups) + "@journal = ();\n\n1;\n# Local Variables:\n";

    [Fact]
    public void Groups_of_Perl_lists_are_spectra()
    {
        string text = Project(
            Group("a", @"'label','it\'s Cu','bkg_z','Cu','fft_edge','k','bkg_e0','8985','is_xmu','1','xdi_mono',{},'titles',['one','two'],'bkg_eshift','-2','xmu_string','ln(a.i0 / a.it)'", s_edge.E, s_edge.Mu),
            Group("b", "'label','norm','is_nor',1,'bkg_z','H'", s_edge.E, s_edge.Mu),
            Group("c", "'label','chi','is_chi','1'", s_edge.Mu, s_edge.Mu));
        foreach (byte[] bytes in new[] { Encoding.UTF8.GetBytes(text), Content.Gzip(Encoding.UTF8.GetBytes(text)), Encoding.UTF8.GetBytes(text.Replace("\n", "\r\n", StringComparison.Ordinal)) })
        {
            var all = Content.Read(bytes);
            Assert.Equal(["it's Cu", "norm"], all.Select(s => s.Name));
            Assert.Equal([SignalKind.Absorption, SignalKind.Normalized], all.Select(s => s.Signal));
            Assert.Equal([("Cu", "K"), (null, null)], all.Select(s => (s.Element, s.Edge)));
            Assert.All(all, s => Assert.Equal(s_edge.Mu, s.Mu.ToArray()));
            Assert.Equal(s_edge.E, all[0].Energies.ToArray());
            Assert.Equal(8987, all[0].StatedE0); // on the axis before the shift
            Assert.Equal("one\ntwo", all[0].Metadata["titles"]);
            Assert.Equal("x (eV); mu = y, which Athena computed as ln(a.i0 / a.it)", all[0].Columns);
            Assert.Equal(["the project stores an energy shift of -2 eV for this group, which was not applied (ApplyStoredShift)", "groups of the project that are no mu(E): chi (chi(k))"], all[0].Warnings);
        }

        var shifted = Content.Read(text, new() { ApplyStoredShift = true })[0];
        Assert.Equal(s_edge.E[0] - 2, shifted.Energies.Span[0]);
        Assert.Equal(8985, shifted.StatedE0);
    }

    [Fact]
    public void Strings_may_hold_line_breaks_and_brackets()
    {
        var s = Content.One(Project(Group("a", "'titles',['one\n# two ); [record]\nthree'],'label','x'", s_edge.E, s_edge.Mu)));
        Assert.Equal("x", s.Name);
        Assert.Equal("one\n# two ); [record]\nthree", s.Metadata["titles"]);
    }

    [Fact]
    public void Groups_of_JSON_are_spectra()
    {
        string json = $$"""
            {"_____header1": "# Athena project file -- Demeter version 0.9.26",
             "a": {"args": {"label":"CeO2","bkg_z":"Ce","fft_edge":"l3","is_xmu":1,"bkg_e0":"8985.5","titles":["t1","t2"]}, "x": [{{List(s_edge.E).Replace('\'', '"')}}], "y": [{{string.Join(',', s_edge.Mu.Select(v => v.ToString("R", CultureInfo.InvariantCulture)))}}], "stddev": [1]},
             "_____journal": {}, "_____order": ["a"]}
            """;
        var s = Content.One(json);
        Assert.Equal(("CeO2", "Ce", "L3", 8985.5), (s.Name, s.Element, s.Edge, s.StatedE0));
        Assert.Equal(s_edge.E, s.Energies.ToArray());
        Assert.Equal(s_edge.Mu, s.Mu.ToArray());
    }

    [Fact]
    public void Reference_group_is_tied_to_its_sample()
    {
        double[] reference = Array.ConvertAll(s_edge.Mu, m => 2 * m);
        var all = Content.Read(Project(Group("a", "'label','foil','reference','b'", s_edge.E, s_edge.Mu), Group("b", "'label','  Ref foil','reference','a'", s_edge.E, reference)));
        Assert.Equal(reference, all[0].Reference.ToArray());
        Assert.Equal(0, all[1].Reference.Length);
    }

    [Fact]
    public void Project_without_mu_and_damaged_projects_are_refused()
    {
        Assert.Contains("chi (chi(k))", Content.Refused(Project(Group("c", "'label','chi','is_chi','1'", s_edge.Mu, s_edge.Mu))).Problem, StringComparison.Ordinal);
        Assert.Contains("holds no group", Content.Refused(Project()).Problem, StringComparison.Ordinal);
        string text = Project(Group("a", "'label','x'", s_edge.E, s_edge.Mu));
        Assert.Contains("cut off", Content.Refused(text[..text.IndexOf("@y", StringComparison.Ordinal)] + "@y = ('1','2',").Problem, StringComparison.Ordinal);
        Assert.Contains("90 energies come with 3", Content.Refused(Project(Group("a", "'label','x'", s_edge.E, [1, 2, 3]))).Problem, StringComparison.Ordinal);
    }
}
