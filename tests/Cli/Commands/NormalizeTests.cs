using System.Globalization;
using System.Text.Json;
using SkiaSharp;
using XanesMl.Spectra;
using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Normalization;
using XanesMl.Spectra.Reading;
using XanesMl.Spectra.Resampling;
using XanesMl.TestSupport;

namespace XanesMl.Cli.Tests.Commands;

/// <summary>normalize: files written, what is refused, and that a bad file costs only itself.</summary>
public sealed class NormalizeTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CliRun Normalize(params string[] arguments) => CliRun.InProcess(["normalize", .. arguments]);

    private string Scan(string name, double edge = 8980, double step = 1.2, string? element = "Cu", double offset = 0.3) => _folder.Write(name, SyntheticScan.Xdi(edge, step, element, offset));

    private string[] Output(string file) => File.ReadAllLines(Path.Combine(_folder["out"], file));

    /// <summary>summary.csv as one dictionary a line.</summary>
    private Dictionary<string, string>[] Summary()
    {
        string[] lines = Output("summary.csv");
        return [.. lines.Skip(1).Select(l => lines[0].Split(',').Zip(l.Split(',')).ToDictionary(p => p.First, p => p.Second, StringComparer.Ordinal))];
    }

    [Fact]
    public void Folder_gets_a_csv_a_spectrum_with_the_librarys_numbers_and_a_summary()
    {
        string a = Scan("a.xdi"), b = Scan("b.xdi", edge: 7112, element: null), bad = _folder.Write("bad.dat", "no numbers here\n");
        var run = Normalize(a, bad, b, "--out", _folder["out"]);
        Assert.Equal(1, run.Code);
        Assert.Contains("error: " + bad, run.Error, StringComparison.Ordinal);
        Assert.EndsWith($"2 spectra from 3 files written to {_folder["out"]}, 1 failed\n", run.Error, StringComparison.Ordinal);
        Assert.Equal(["a.csv", "b.csv", "normalize.json", "summary.csv"], Directory.EnumerateFiles(_folder["out"]).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
        Assert.Equal(["a.xdi", "b.xdi", "bad.dat", "out"], _folder.Entries());

        var expected = PreEdgeNormalizer.Normalize(SyntheticScan.Energies(8980), SyntheticScan.Mu(8980, 1.2));
        string[] lines = Output("a.csv");
        Assert.Equal("energy,mu,pre_edge,post_edge,norm,flat", lines[0]);
        Assert.Equal(652, lines.Length);
        double[] row = Array.ConvertAll(lines[301].Split(','), c => double.Parse(c, CultureInfo.InvariantCulture));
        Assert.Equal([9130, SyntheticScan.Mu(8980, 1.2)[300], expected.PreEdge.Span[300], expected.PostEdge.Span[300], expected.Norm.Span[300], expected.Flat.Span[300]], row);

        var summary = Summary();
        Assert.Equal([a, bad, b], summary.Select(s => s["file"]));
        Assert.Equal(["Cu", "", "Fe"], summary.Select(s => s["element"]));
        Assert.Equal(["file", "", "E0"], summary.Select(s => s["element_from"]));
        Assert.Equal((expected.E0, expected.EdgeStep), (double.Parse(summary[0]["e0"], CultureInfo.InvariantCulture), double.Parse(summary[0]["edge_step"], CultureInfo.InvariantCulture)));
        Assert.Contains(bad, summary[1]["error"], StringComparison.Ordinal);
        Assert.Equal("", summary[1]["e0"]);
        Assert.Contains("b  ", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Parameters_of_the_command_line_are_used_and_written_down()
    {
        var run = Normalize(Scan("a.xdi"), "--out", _folder["out"], "--e0", "8982.2", "--pre1", "-120", "--pre2", "-40", "--norm1", "60", "--norm2", "400", "--nnorm", "1", "--nvict", "3", "--quiet");
        Assert.Equal((0, "", ""), (run.Code, run.Out, run.Error));
        var s = Assert.Single(Summary());
        Assert.Equal(["8982", "-120", "-40", "60", "400", "1", "3"], new[] { "e0", "pre1", "pre2", "norm1", "norm2", "nnorm", "nvict" }.Select(k => s[k]));
        var expected = PreEdgeNormalizer.Normalize(SyntheticScan.Energies(8980), SyntheticScan.Mu(8980, 1.2), new() { E0 = 8982, Pre1 = -120, Pre2 = -40, Norm1 = 60, Norm2 = 400, NNorm = 1, NVict = 3 });
        Assert.Equal(expected.EdgeStep, double.Parse(s["edge_step"], CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("none", "edge_step", "1")]
    [InlineData("min-max", "range_last", "80")]
    [InlineData("area", "range_first", "-20")]
    public void Other_kinds_say_what_they_used(string kind, string column, string value)
    {
        Assert.Equal(0, Normalize(Scan("a.xdi"), "--out", _folder["out"], "--kind", kind).Code);
        var s = Assert.Single(Summary());
        Assert.Equal((kind, value), (s["kind"], s[column]));
    }

    [Fact]
    public void Mback_takes_the_users_table()
    {
        string f2 = _folder.Write("f2.dat", "8000 0.6\n8978 0.47\n8981 3.9\n9600 3.5\n");
        var run = Normalize(Scan("a.xdi"), "--out", _folder["out"], "--kind", "mback", "--f2", f2, "--order", "1");
        Assert.True(run.Code == 0, run.Error);
        var s = Assert.Single(Summary());
        Assert.Equal("mback", s["kind"]);
        // The scan's step of 1.2 stands for the table's jump of about 3.4.
        Assert.InRange(double.Parse(s["mback_scale"], CultureInfo.InvariantCulture), 2, 4);
    }

    [Fact]
    public void What_is_normalized_is_left_as_it_is_and_raw_can_be_asked_for()
    {
        string file = Scan("n.xdi", step: 1, offset: 0);
        Assert.Equal(0, Normalize(file, "--out", _folder["out"]).Code);
        Assert.Equal(("none", "true"), (Summary()[0]["kind"], Summary()[0]["was_normalized"]));
        Assert.Contains("looks normalized", Output("summary.csv")[1], StringComparison.Ordinal);
        Assert.Equal(0, Normalize(file, "--out", _folder["out"], "--input", "raw").Code);
        Assert.Equal("false", Summary()[0]["was_normalized"]);
    }

    [Fact]
    public void Table_holds_flattened_spectra_on_the_grid_and_reads_back()
    {
        string table = _folder["table.csv.gz"];
        var run = Normalize(Scan("a.xdi"), Scan("b.xdi", step: 2), "--out", table, "--grid", "8970:9020:0.5", "--shift", "2");
        Assert.True(run.Code == 0, run.Error);
        var read = SpectraTableReader.Read(table);
        Assert.Equal((2, 101, 8970.0, 9020.0), (read.RowCount, read.PointCount, read.Grid.First, read.Grid.Last));
        Assert.Equal(["a", "b"], read.Materials);
        Assert.Equal(["Cu", "Cu"], read.Elements);
        var r = PreEdgeNormalizer.Normalize(SyntheticScan.Energies(8980), SyntheticScan.Mu(8980, 1.2));
        var expected = new float[101];
        new GridResampler(new EnergyGrid(SyntheticScan.Energies(8980)).Shift(2), read.Grid).Resample(r.Flat.Span, expected);
        Assert.Equal(expected, read.Spectrum(0).ToArray());
        Assert.Equal(["a.xdi", "b.xdi", "table.csv.gz"], _folder.Entries());
    }

    [Fact]
    public void Files_of_one_name_are_different_materials_in_a_table()
    {
        Directory.CreateDirectory(_folder["x"]);
        File.WriteAllText(Path.Combine(_folder["x"], "a.xdi"), SyntheticScan.Xdi());
        string a = Scan("a.xdi"), table = _folder["table.csv"];
        Assert.Equal(0, Normalize(a, _folder["x"], Scan("b.xdi"), a, "--out", table, "--grid", "8970:9020:0.5").Code);
        Assert.Equal(["a", "a_2", "b", "a_3"], SpectraTableReader.Read(table).Materials);
    }

    [Fact]
    public void Grid_below_a_thousand_is_relative_to_the_tabulated_edge()
    {
        string table = _folder["table.parquet"], other = Scan("x.xdi", edge: 12658, element: "Se");
        var run = Normalize(Scan("a.xdi"), Scan("b.xdi", edge: 7113, element: "Fe"), other, "--out", table, "--grid", "-20:80:1");
        Assert.Equal(1, run.Code);
        Assert.Contains($"{other} (x): there is no edge energy for element Se", run.Error, StringComparison.Ordinal);
        var read = SpectraTableReader.Read(table);
        Assert.Equal(["Cu", "Fe"], read.Elements);
        // Both edges lie 1 eV above the tabulated ones (8979 and 7112), so both rows are the same curve.
        for (int i = 0; i < read.PointCount; i++)
            Assert.Equal(read.Spectrum(0)[i], read.Spectrum(1)[i], 1e-4f);
    }

    [Theory]
    [InlineData("oxides-8")]
    [InlineData("Cu")]
    public void Table_for_a_model_is_shifted_to_its_reference_and_predict_reads_it(string name)
    {
        string model = SharedData.Repository("models", name), table = _folder["table.csv"];
        var run = Normalize(Scan("a.xdi"), "--out", table, "--model", model, "--json", "--quiet");
        Assert.True(run.Code == 0, run.Error);
        using var json = JsonDocument.Parse(run.Out);
        Assert.InRange(json.RootElement.GetProperty("shift").GetDouble(), -20, 30);
        Assert.InRange(json.RootElement.GetProperty("correlation_after").GetDouble(), 0.8, 1);
        Assert.NotEqual(JsonValueKind.Null, json.RootElement.GetProperty("shift_by_edges").ValueKind);
        var predicted = CliRun.InProcess("predict", table, "--model", model, "--quiet");
        Assert.True(predicted.Code == 0, predicted.Error);
        Assert.StartsWith($"{table},a/a,a,a,Cu,", predicted.Out.Split('\n')[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Scans_of_one_sample_are_merged_and_those_of_several_are_refused()
    {
        string a = Scan("a.xdi", step: 1.2), b = Scan("b.xdi", step: 1.4), iron = Scan("c.xdi", edge: 7112, element: "Fe");
        Assert.Equal(0, Normalize(a, b, "--merge", "--out", _folder["out"]).Code);
        string[] lines = Output("merged.csv");
        Assert.Equal("energy,mu,pre_edge,post_edge,norm,flat,mu_std", lines[0]);
        double[] row = Array.ConvertAll(lines[300].Split(','), c => double.Parse(c, CultureInfo.InvariantCulture));
        double first = SyntheticScan.Mu(8980, 1.2)[299], second = SyntheticScan.Mu(8980, 1.4)[299];
        Assert.Equal((first + second) / 2, row[1], 1e-12);
        Assert.Equal(Math.Abs(second - first) / Math.Sqrt(2), row[6], 1e-12);
        Normalize(a, iron, "--merge", "--out", _folder["other"], "--quiet").AssertBadInput("has element Cu", "has Fe");
        Assert.False(Directory.Exists(_folder["other"]));
    }

    [Fact]
    public void Glitches_and_bins_are_said()
    {
        string[] lines = SyntheticScan.Xdi().TrimEnd('\n').Split('\n');
        int at = Array.FindIndex(lines, l => l.StartsWith("9100 ", StringComparison.Ordinal));
        lines[at] = "9100 5";
        Assert.Equal(0, Normalize(_folder.Write("a.xdi", string.Join('\n', lines) + "\n"), "--out", _folder["out"], "--deglitch", "--rebin").Code);
        var s = Assert.Single(Summary());
        Assert.Equal("1", s["glitches_removed"]);
        Assert.Contains("at 9100 eV", s["warnings"], StringComparison.Ordinal);
        Assert.NotEqual("651", s["points"]);
        Assert.Equal(int.Parse(s["points"], CultureInfo.InvariantCulture) + 1, Output("a.csv").Length);
    }

    [Fact]
    public void Plots_are_pictures_of_every_spectrum_and_of_all()
    {
        Assert.Equal(0, Normalize(Scan("a.xdi"), Scan("b.xdi", edge: 7112, element: "Fe"), "--out", _folder["out"], "--plot").Code);
        foreach (string name in new[] { "a", "b", "overview" })
        {
            using var image = SKBitmap.Decode(Path.Combine(_folder["out"], "plots", name + ".png"));
            Assert.Equal((2080, 720), (image.Width, image.Height)); // two panels of 520 x 360 points at 2 pixels a point
            int ink = Enumerable.Range(0, image.Width / 4 * (image.Height / 4)).Count(i => image.GetPixel(4 * (i % (image.Width / 4)), 4 * (i / (image.Width / 4))).Red < 100);
            Assert.InRange(ink, 300, 20_000);
        }

        Assert.Equal(0, Normalize(_folder["a.xdi"], "--out", _folder["t.csv.gz"], "--grid", "8960:9060:1", "--plot").Code);
        Assert.True(File.Exists(_folder["t.png"]));
    }

    [Fact]
    public void Hundreds_of_files_in_a_folder_with_bad_ones_among_them()
    {
        Directory.CreateDirectory(_folder["scans"]);
        string text = SyntheticScan.Xdi();
        for (int i = 0; i < 150; i++)
            File.WriteAllText(Path.Combine(_folder["scans"], $"scan{i:000}.xdi"), i % 50 == 49 ? "nothing" : text);
        File.WriteAllText(Path.Combine(_folder["scans"], ".hidden"), "not read");
        var run = Normalize(_folder["scans"], "--out", _folder["out"]);
        Assert.Equal(1, run.Code);
        string[] lines = run.Error.TrimEnd('\n').Split('\n');
        Assert.Equal(3, lines.Count(l => l.StartsWith("error: ", StringComparison.Ordinal)));
        Assert.Equal(20, lines.Count(l => l.Contains(" of 150 files", StringComparison.Ordinal)));
        Assert.Contains("147 spectra from 150 files", lines[^1], StringComparison.Ordinal);
        Assert.Equal(151, Output("summary.csv").Length);
        Assert.Equal(147 + 2, Directory.GetFiles(_folder["out"]).Length);
    }

    [Fact]
    public void Names_that_repeat_or_are_no_file_names_get_their_own()
    {
        Directory.CreateDirectory(_folder["x"]);
        File.WriteAllText(Path.Combine(_folder["x"], "a.xdi"), SyntheticScan.Xdi());
        File.WriteAllText(Path.Combine(_folder["x"], "summary.xdi"), SyntheticScan.Xdi());
        Assert.Equal(0, Normalize(Scan("a.xdi"), Scan("a b;c.xdi"), _folder["x"], "--out", _folder["out"]).Code);
        Assert.Equal(["a.csv", "a_b_c.csv", "a_2.csv", "summary_2.csv"], Summary().Select(s => s["output"]));
    }

    [Fact]
    public void What_an_option_reads_is_an_input_too_and_links_anywhere_in_a_path_are_followed()
    {
        string a = Scan("a.xdi"), output = _folder["out"];
        Assert.Equal(0, Normalize(a, "--out", output).Code);
        string f2 = Path.Combine(output, "f2.csv");
        File.WriteAllText(f2, "8000 0.6\n8978 0.47\n8981 3.9\n9600 3.5\n");
        Normalize(a, "--out", output, "--kind", "mback", "--f2", f2).AssertBadInput("holds an input");
        Normalize(a, "--out", f2, "--grid", "8960:9060:1", "--kind", "mback", "--f2", f2).AssertBadInput("would replace a file that is read");
        string model = Directory.CreateDirectory(Path.Combine(output, "model")).FullName;
        Normalize(a, "--out", output, "--model", model).AssertBadInput("holds an input");
        if (OperatingSystem.IsWindows())
            return;
        Directory.CreateDirectory(_folder["data"]);
        File.Move(f2, Path.Combine(_folder["data"], "f2.csv"));
        Directory.CreateSymbolicLink(_folder["link"], _folder["data"]);
        string copy = Path.Combine(_folder["data"], "a.csv");
        File.Copy(a, copy);
        Normalize(copy, "--out", Path.Combine(_folder["link"], "a.csv"), "--grid", "8960:9060:1").AssertBadInput("would replace a file that is read");
        Directory.CreateDirectory(Path.Combine(_folder["data"], "inner"));
        File.Copy(a, Path.Combine(_folder["data"], "inner", "a.xdi"));
        Normalize(Path.Combine(_folder["link"], "inner", "a.xdi"), "--out", Path.Combine(_folder["data"], "inner")).AssertBadInput("holds an input");
    }

    [Theory]
    [InlineData("--out t.csv", "a table needs one grid", "--grid")]
    [InlineData("--out o --grid 1:2:1", "--out is a folder", "*.csv")]
    [InlineData("--out t.csv --grid 1:2", "'1:2' is not understood", "FIRST:LAST:STEP")]
    [InlineData("--out t.csv --grid 1:2:-1", "the grid 1:2:-1 has 0 points", "2 to 60000")]
    [InlineData("--out t.csv --grid 1:1e9:0.1", "has 9999999991 points", "2 to 60000")]
    [InlineData("--out o --values norm", "--values is for a table", "*.csv")]
    [InlineData("--out o --shift 2", "--shift is for a table", "*.csv")]
    [InlineData("--out o --order 3", "--order is for --kind mback", "--kind mback")]
    [InlineData("--out o --emission 8000 --kind area", "--emission is for --kind mback", "--kind mback")]
    [InlineData("--out o --f2 nowhere", "--f2 is for --kind mback", "--kind mback")]
    [InlineData("--out o --range=-20:80", "--range is for --kind area or min-max", "--kind area")]
    [InlineData("--out o --range=-20:80 --kind mback --f2 nowhere", "--range is for --kind area or min-max", "--kind area")]
    [InlineData("--out o --pre1=-80 --kind none", "--pre1 is for --kind pre-edge or mback", "--kind pre-edge")]
    [InlineData("--out o --pre2=-30 --kind area", "--pre2 is for --kind pre-edge or mback", "--kind pre-edge")]
    [InlineData("--out o --norm1 30 --kind min-max", "--norm1 is for --kind pre-edge or mback", "--kind pre-edge")]
    [InlineData("--out o --norm2 90 --kind none", "--norm2 is for --kind pre-edge or mback", "--kind pre-edge")]
    [InlineData("--out o --nnorm 1 --kind mback --f2 nowhere", "--nnorm is for --kind pre-edge, and the kind is mback", "--kind pre-edge")]
    [InlineData("--out o --nvict 0 --kind area", "--nvict is for --kind pre-edge, and the kind is area", "--kind pre-edge")]
    [InlineData("--out o --kind area --range 5", "'5' is not understood", "FIRST:LAST")]
    [InlineData("--out o --kind min-max --range 80:-20", "the range is 80 to -20 eV", "lower one first")]
    [InlineData("--out o --kind best", "--kind is 'best'", "pre-edge, none, area, min-max, mback")]
    [InlineData("--out o --kind mback", "needs tabulated f2", "--f2 F")]
    [InlineData("--out o --e0 high", "--e0 is 'high'", "a number")]
    [InlineData("--out o --nnorm 6", "--nnorm is '6'", "0 to 5")]
    [InlineData("--out o --element copper", "'copper' is not the symbol", "such as Cu")]
    [InlineData("--out o --element cu", "'cu' is not the symbol", "Did you mean Cu?")]
    [InlineData("--out o --model nowhere", "no such model folder", "Give the path")]
    [InlineData("", "'--out' is required", "xanesml normalize --help")]
    public void Wrong_use_is_refused_before_anything_is_read(string line, string problem, string remedy)
    {
        string[] arguments = [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(w => w is "o" or "t.csv" or "nowhere" ? _folder[w] : w)];
        Normalize([Scan("a.xdi"), .. arguments]).AssertBadInput(problem, remedy);
        Assert.Equal(["a.xdi"], _folder.Entries());
    }

    /// <summary>What it writes is a file of the formats that it reads.</summary>
    [Fact]
    public void Written_csv_reads_as_a_measured_spectrum()
    {
        Assert.Equal(0, Normalize(Scan("a.xdi"), "--out", _folder["out"]).Code);
        var read = Assert.Single(MeasuredSpectrumReader.Read(Path.Combine(_folder["out"], "a.csv")));
        Assert.Equal(SyntheticScan.Energies(8980), read.Energies.ToArray());
        Assert.Equal(SyntheticScan.Mu(8980, 1.2), read.Mu.ToArray());
    }

    [SharedDataFact]
    public void All_xdi_files_of_the_shared_data_are_normalized()
    {
        var run = Normalize(SharedData.Path("experimental", "xdi"), "--out", _folder["out"]);
        Assert.True(run.Code == 0, run.Error);
        Assert.EndsWith($"110 spectra from 110 files written to {_folder["out"]}\n", run.Error, StringComparison.Ordinal);
    }
}
