using System.Globalization;
using System.Text.Json;
using XanesMl.Spectra.Measured;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Spectra.Tests.Measured;

/// <summary>Files as facilities wrote them.</summary>
public sealed class RealFilesTests
{
    private const string Start = "<!-- measured-files -->\n", End = "<!-- /measured-files -->";

    private static readonly string[] s_folders = ["xdi", "columns", "athena", "beamlines"];

    /// <summary>Set to 1, the test writes the table of docs/formats.md instead of comparing it.</summary>
    private static bool Writes => Environment.GetEnvironmentVariable("XANESML_WRITE_DOCS") == "1";

    [SharedDataFact]
    public void Every_file_is_read_or_refused_as_the_table_of_the_formats_page_says()
    {
        string page = SharedData.Repository("docs", "formats.md");
        string text = File.ReadAllText(page);
        int from = text.IndexOf(Start, StringComparison.Ordinal) + Start.Length, to = text.IndexOf(End, StringComparison.Ordinal);
        Assert.True(to >= from, "docs/formats.md has no place for the table");
        string table = Table();
        if (Writes)
            File.WriteAllText(page, text[..from] + table + text[to..]);
        else
            Assert.Equal(table, text[from..to]);
    }

    private static string Table()
    {
        var lines = new List<string> { "| file | format | spectra | points | eV | element, edge | mu | remarks |", "|---|---|---|---|---|---|---|---|" };
        foreach (string path in s_folders.SelectMany(f => Directory.GetFiles(SharedData.Path("experimental", f)).Order(StringComparer.Ordinal)))
        {
            string name = $"{Path.GetFileName(Path.GetDirectoryName(path))}/{Path.GetFileName(path)}";
            try
            {
                lines.Add(Row(name, MeasuredSpectrumReader.Read(path)));
            }
            catch (XanesDataException e)
            {
                lines.Add($"| {name} | refused | | | | | | {Cell(e.Problem)} |");
            }
        }

        return string.Join('\n', lines) + "\n";
    }

    private static string Row(string name, IReadOnlyList<MeasuredSpectrum> spectra)
    {
        foreach (var spectrum in spectra)
            Content.AssertKeepsPromises(spectrum);
        var first = spectra[0];
        string Range(Func<MeasuredSpectrum, double> value) =>
            Text(spectra.Min(value), spectra.Max(value));
        string elements = string.Join("; ", spectra.Select(Element).Distinct());
        string[] said = [.. spectra.SelectMany(s => s.Warnings).Distinct()];
        string warnings = said.Length == 0 ? "" : Cell(said[0]) + (said.Length == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"; {said.Length - 1} more"));
        return string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {first.Format} | {spectra.Count} | {Range(s => s.Energies.Length)} | {spectra.Min(s => s.Energies.Span[0]):0}-{spectra.Max(s => s.Energies.Span[^1]):0} | {elements} | {Cell(Short(first.Columns))} | {warnings} |");
    }

    private static string Text(double low, double high) => low == high ? low.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{low}-{high}");

    // In brackets: the file does not say it, E0 does.
    private static string Element(MeasuredSpectrum spectrum) => ElementIdentification.Identify(spectrum) switch
    {
        { Origin: ElementOrigin.EdgeEnergy } i => $"({i.Element} {i.Edge})",
        var i => $"{i.Element} {i.Edge}".Trim(),
    };

    private static string Short(string columns) => columns.Length <= 100 ? columns : columns[..97] + "...";

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace('\n', ' ');

    // Oracle: larch 0.9.58 read the same files (larch-default); it kept mu to 8 digits.
    [SharedDataFact]
    public void Energies_and_mu_are_those_of_larch()
    {
        var index = File.ReadLines(SharedData.Path("experimental", "larch-default", "index.csv")).Skip(1).Select(l => l.Split(',')).ToList();
        int compared = 0;
        double largest = 0;
        foreach (var row in index.Where(r => r[2] is "xasdatalibrary" or "larchprj"))
        {
            if (Ours(row[2], row[3]) is not { } ours)
                continue;
            double[][] theirs = [.. File.ReadLines(SharedData.Path("experimental", "larch-default", row[0])).Skip(1).Select(l => l.Split(',').Take(2).Select(v => double.Parse(v, CultureInfo.InvariantCulture)).ToArray())];
            Assert.True(theirs.Length == ours.Energies.Length, $"{row[0]}: {ours.Energies.Length} points, larch has {theirs.Length}");
            for (int i = 0; i < theirs.Length; i++)
            {
                Assert.True(Math.Abs(theirs[i][0] - ours.Energies.Span[i]) < 1e-5, $"{row[0]}, point {i}: {ours.Energies.Span[i]:R} eV, larch has {theirs[i][0]:R}");
                largest = Math.Max(largest, Math.Abs(theirs[i][1] - ours.Mu.Span[i]));
            }

            compared++;
        }

        Assert.Equal(47, compared);
        Assert.True(largest < 1e-8, $"mu differs by {largest}");
    }

    // The name of a spectrum in index.csv: the file's for XDI, project_number_label for Athena (number counts the project's groups).
    private static MeasuredSpectrum? Ours(string source, string name)
    {
        if (source == "xasdatalibrary")
        {
            string xdi = SharedData.Path("experimental", "xdi", name + ".xdi");
            return File.Exists(xdi) ? MeasuredSpectrumReader.Read(xdi)[0] : null;
        }

        foreach (string project in Directory.GetFiles(SharedData.Path("experimental", "athena")))
        {
            string prefix = Path.GetFileNameWithoutExtension(project) + "_";
            if (name.StartsWith(prefix, StringComparison.Ordinal) && name.Length > prefix.Length + 3 && char.IsAsciiDigit(name[prefix.Length]))
                return MeasuredSpectrumReader.Read(project).FirstOrDefault(s => s.Name == name[(prefix.Length + 3)..].Trim());
        }

        return null;
    }

    // Oracle: xraylarch a272abc7d, which read the same XDI files (larch_reference.json); mu to 8 digits.
    [SharedDataFact]
    public void Spectra_of_the_larch_reference_are_read_equal()
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(SharedData.Path("experimental", "larch_reference.json")));
        int compared = 0;
        foreach (var spectrum in json.RootElement.GetProperty("spectra").EnumerateArray())
        {
            string name = spectrum.GetProperty("name").GetString()!;
            string path = SharedData.Path("experimental", "xdi", Path.GetFileName(name));
            if (!name.EndsWith(".xdi", StringComparison.Ordinal) || !File.Exists(path))
                continue;
            var ours = MeasuredSpectrumReader.Read(path)[0];
            Assert.Equal(spectrum.GetProperty("n").GetInt32(), ours.Energies.Length);
            var points = spectrum.GetProperty("index").EnumerateArray().Select(i => i.GetInt32()).ToArray();
            for (int p = 0; p < points.Length; p++)
            {
                Assert.Equal(spectrum.GetProperty("energy")[p].GetDouble(), ours.Energies.Span[points[p]], 1e-6);
                Assert.Equal(spectrum.GetProperty("mu")[p].GetDouble(), ours.Mu.Span[points[p]], 1e-7);
            }

            compared++;
        }

        Assert.True(compared >= 5, $"only {compared} of its files are here");
    }
}
