using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Tests.Measured;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Spectra.Tests.Docs;

/// <summary>The part of docs/formats.md about measured spectra is true. Its table of files: <see cref="RealFilesTests"/>.</summary>
public sealed class MeasuredPageTests
{
    private static string Block(string language) => File.ReadAllText(SharedData.Repository("docs", "formats.md")).Split("```" + language + "\n")[1].Split("```")[0];

    /// <summary>The snippet of the page is this method's body, with the path of the test in place of the page's.</summary>
    [Fact]
    public void The_snippet_of_the_page_runs()
    {
        using var folder = new TemporaryFolder();
        var (e, mu) = Content.Edge();
        string scan = folder.WriteText("scan.xdi", "# XDI/1.0\n# Column.1: energy eV\n# Column.2: mutrans\n#---\n" + Content.Rows(e, mu));
        var Console = new StringWriter { NewLine = "\n" };
        // snippet
        foreach (var s in MeasuredSpectrumReader.Read(scan))
            Console.WriteLine($"{s.Name}: {s.Energies.Length} points, {s.Columns}");
        // end
        Assert.Equal("scan: 90 points, energy (eV); mu = mutrans\n", Console.ToString());
        string body = File.ReadAllText(SharedData.Repository("tests", "Spectra", "Docs", "MeasuredPageTests.cs")).Split("        // snippet\n")[1].Split("        // end\n")[0];
        Assert.Equal(string.Join('\n', body.Split('\n').Select(l => l.Length > 8 ? l[8..] : l)).Replace("Read(scan)", "Read(\"scan.xdi\")", StringComparison.Ordinal), Block("csharp"));
    }

    [Fact]
    public void Example_errors_are_the_real_ones()
    {
        var (e, mu) = Content.Edge(12);
        string[] content =
        [
            "# k chi\n" + Content.Rows(mu, mu),
            Content.Rows(e, mu, mu),
            "# angle mu\n" + Content.Rows(mu, mu),
            "# energy mu\n" + string.Concat(Enumerable.Range(8977, 13).Select(energy => $"{energy} 1\n")) + "8990.5\n8991 1\n",
        ];
        string[] expected = Block("measured").TrimEnd('\n').Split('\n');
        Assert.Equal(expected, content.Select(c => Assert.Throws<XanesDataException>(() => MeasuredSpectrumReader.Read(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(c)), "scan.dat")).Message));
    }

    [Fact]
    public void Limits_are_those_of_the_code()
    {
        string page = File.ReadAllText(SharedData.Repository("docs", "formats.md"));
        string limits = page[page.IndexOf("**Limits**", StringComparison.Ordinal)..];
        Assert.StartsWith(
            $"**Limits**: {MeasuredReadOptions.DefaultMaxBytes >> 20} MiB before and after decompression (`MaxBytes`), {MeasuredLimits.Values / 1e6:0.0} million numbers, {MeasuredLimits.Points:N0} points a spectrum, " +
            $"{MeasuredLimits.Columns:N0} columns, {new MeasuredReadOptions().MaxSpectra:N0} spectra (`MaxSpectra`), {MeasuredLimits.Depth} levels of nesting.", limits, StringComparison.Ordinal);
    }
}
