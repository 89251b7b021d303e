using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Edge.Tests;

public sealed class EdgeCommandLineTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly string _model;

    public EdgeCommandLineTests() => _model = TinyModel.Write(_temporary.File("model"));

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void Predict_writes_one_csv_row_a_spectrum_to_standard_output()
    {
        var run = Run("predict", Table("a.csv", [0.5f, -1, 1], [9, 9, 9]), "--model", _model);
        Assert.Equal(0, run.Code);
        string[] lines = run.Output.Split('\n');
        Assert.Equal("file,spectrum,material,site,element,CT,CT_low,CT_high,CN,CN_low,CN_high,CN_class,verdict,reasons,warnings,reconstruction_error,percentile,"
            + "e0,edge_step,energy_shift,parameters,units,model,model_sha256,input_sha256,version,time", lines[0]);
        RequireFirstRow(lines[1]);
        Assert.Contains(",ok,", lines[1], StringComparison.Ordinal);
        Assert.Contains(",out-of-domain,", lines[2], StringComparison.Ordinal);
        Assert.Equal(4, lines.Length);
        Assert.Matches("^2 spectra from 1 file with Tiny \\([0-9a-f]{12}\\): 1 ok, 1 out-of-domain\n$", run.Messages);
    }

    [Fact]
    public void Predict_json_gives_json_lines_and_quiet_gives_no_summary()
    {
        var run = Run("predict", Table("a.csv", [0.5f, -1, 1]), "--model", _model, "--json", "--quiet");
        Assert.Equal((0, ""), (run.Code, run.Messages));
        using var row = JsonDocument.Parse(run.Output);
        Assert.Equal("e", row.RootElement.GetProperty("descriptors").GetProperty("CT").GetProperty("unit").GetString());
    }

    [Theory]
    [InlineData("r.csv", "file,")]
    [InlineData("r.jsonl", "{\"file\"")]
    [InlineData("r.parquet", "PAR1")]
    public void Predict_out_writes_the_file_and_nothing_to_standard_output(string name, string start)
    {
        var run = Run("predict", Table("a.csv", [0, 0, 0]), "--model", _model, "--out", _temporary.File(name));
        Assert.Equal((0, ""), (run.Code, run.Output));
        Assert.StartsWith(start, Encoding.Latin1.GetString(File.ReadAllBytes(_temporary.File(name))), StringComparison.Ordinal);
    }

    [Fact]
    public void Json_beside_a_file_prints_too()
    {
        var run = Run("predict", Table("a.csv", [0.5f, -1, 1]), "--model", _model, "--json", "--quiet", "--out", _temporary.File("r.csv"));
        Assert.Equal((0, ""), (run.Code, run.Messages));
        Assert.StartsWith("{\"file\"", run.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(_temporary.File("r.csv")));
    }

    [Fact]
    public void A_bad_file_has_a_row_and_a_line_and_the_code_is_1()
    {
        File.WriteAllText(_temporary.File("bad.csv"), "MPID,SITE\n1,2\n");
        var run = Run("predict", _temporary.File("bad.csv"), Table("a.csv", [0, 0, 0]), _temporary.File("absent.csv"), "--model", _model, "--quiet");
        Assert.Equal(1, run.Code);
        string[] lines = run.Output.TrimEnd().Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.StartsWith(_temporary.File("bad.csv"), lines[1], StringComparison.Ordinal);
        Assert.StartsWith(_temporary.File("a.csv"), lines[2], StringComparison.Ordinal);
        Assert.Contains("file not found", lines[3], StringComparison.Ordinal);
        string[] errors = run.Messages.TrimEnd().Split('\n');
        Assert.Equal(2, errors.Length);
        Assert.All(errors, e => Assert.StartsWith("xanesml-edge: error: " + _temporary.Path, e, StringComparison.Ordinal));
    }

    [Fact]
    public void Predict_of_another_grid_needs_resample()
    {
        string table = Table("shifted.csv", 0.5, [0, 0, 0]);
        var refused = Run("predict", table, "--model", _model);
        Assert.Equal(1, refused.Code);
        Assert.StartsWith($"xanesml-edge: error: {table}: the spectra are on another energy grid", refused.Messages, StringComparison.Ordinal);
        Assert.Contains("--resample", refused.Messages, StringComparison.Ordinal);
        Assert.Equal(0, Run("predict", table, "--model", _model, "--resample").Code);
    }

    [Fact]
    public void Without_a_model_the_ones_in_the_program_answer_by_element()
    {
        File.WriteAllText(_temporary.File("cu.dat"), BadInputs.Edge());
        File.WriteAllText(_temporary.File("fe.dat"), "# energy mu\n" + string.Concat(BadInputs.Edge().Split('\n').Skip(1).Where(l => l.Length > 0)
            .Select(l => l.Split(' ')).Select(p => FormattableString.Invariant($"{double.Parse(p[0], CultureInfo.InvariantCulture) - 1860} {p[1]}\n"))));
        var run = Run("predict", _temporary.File("cu.dat"), _temporary.File("fe.dat"), "--json", "--quiet");
        Assert.Equal((0, ""), (run.Code, run.Messages));
        JsonDocument[] rows = [.. run.Output.TrimEnd().Split('\n').Select(l => JsonDocument.Parse(l))];
        Assert.Equal(["Cu", "Fe"], rows.Select(r => r.RootElement.GetProperty("element").GetString()));
        Assert.True(rows[0].RootElement.GetProperty("descriptors").TryGetProperty("CT", out _));
        Assert.True(rows[1].RootElement.GetProperty("descriptors").TryGetProperty("OS", out _));
        string[] ids = [.. rows.Select(r => r.RootElement.GetProperty("model").GetString()!)];
        foreach (var (name, id) in new[] { ("Cu", ids[0]), ("oxides-8", ids[1]) })
            Assert.Equal(Inference.Models.ModelFolder.Open(SharedData.Repository("models", name)).Id, id);
        Array.ForEach(rows, r => r.Dispose());
    }

    [Fact]
    public void Models_lists_what_is_in_the_program()
    {
        var run = Run("models");
        Assert.Equal((0, ""), (run.Code, run.Messages));
        Assert.Contains("elements     Cu; K edge", run.Output, StringComparison.Ordinal);
        Assert.Contains("angstrom", run.Output, StringComparison.Ordinal);
        string[] lines = Run("models", "--json").Output.TrimEnd().Split('\n');
        Assert.Equal(2, lines.Length);
        using var second = JsonDocument.Parse(lines[1]);
        Assert.Equal(8, second.RootElement.GetProperty("elements").GetArrayLength());
        Assert.Contains("Tiny", Run("models", "--model", _model).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_of_reading_and_normalization_reach_the_spectrum()
    {
        File.WriteAllText(_temporary.File("cu.dat"), "# e a b\n" + BadInputs.Edge()[12..].Replace(" ", " 7 ", StringComparison.Ordinal));
        var run = Run("predict", _temporary.File("cu.dat"), "--json", "--quiet", "--energy", "1", "--mu", "3", "--e0", "8986", "--pre1", "-90", "--nnorm", "1", "--shift", "2.5", "--element", "Cu", "--input", "raw");
        Assert.Equal((0, ""), (run.Code, run.Messages));
        using var row = JsonDocument.Parse(run.Output);
        var (r, p) = (row.RootElement, row.RootElement.GetProperty("parameters"));
        Assert.Equal((8986, 2.5), (r.GetProperty("e0").GetDouble(), r.GetProperty("energy_shift").GetDouble()));
        Assert.Equal((-90, 1), (p.GetProperty("pre1").GetDouble(), p.GetProperty("nnorm").GetInt32()));
        Assert.Contains("b", p.GetProperty("columns").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_interrupt_ends_with_130_and_writes_nothing()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        using var output = new MemoryStream();
        using var messages = new StringWriter();
        int code = EdgeCommandLine.Run(["predict", Table("a.csv", [0, 0, 0]), "--model", _model, "--out", _temporary.File("r.csv")], output, messages, messages, interrupt: source.Token);
        Assert.Equal((130, 0L, false), (code, output.Length, File.Exists(_temporary.File("r.csv"))));
    }

    /// <summary>The interrupt comes with the error line of the second of three files.</summary>
    [Theory]
    [InlineData(null, false)]
    [InlineData("r.csv", false)]
    [InlineData("r.csv", true)]
    public void What_is_done_before_an_interrupt_is_written_unless_it_would_replace_a_whole(string? output, bool earlier)
    {
        string first = Table("a.csv", [0.5f, -1, 1]), last = Table("c.csv", [0, 0, 0]);
        string[] to = output is null ? [] : ["--out", _temporary.File(output)];
        if (earlier)
            Assert.Equal(0, Run(["predict", first, last, "--model", _model, .. to]).Code);
        string before = earlier ? File.ReadAllText(_temporary.File(output!)) : "";
        using var source = new CancellationTokenSource();
        using var results = new MemoryStream();
        using var messages = new CancelAtError(source);
        int code = EdgeCommandLine.Run(["predict", first, _temporary.File("absent.csv"), last, "--model", _model, "--threads", "1", .. to], results, messages, messages, interrupt: source.Token);
        Assert.Equal(130, code);
        string written = output is null ? Encoding.UTF8.GetString(results.ToArray()) : File.ReadAllText(_temporary.File(output));
        if (earlier)
        {
            Assert.Equal(before, written);
            Assert.Contains($"interrupted: {_temporary.File("r.csv")} keeps the results of an earlier run", messages.ToString(), StringComparison.Ordinal);
            return;
        }

        string[] lines = written.TrimEnd().Split('\n');
        Assert.Equal(3, lines.Length);
        RequireFirstRow(lines[1]);
        Assert.StartsWith(_temporary.File("absent.csv") + ",", lines[2], StringComparison.Ordinal);
        Assert.Contains("interrupted: 1 spectrum from 2 files", messages.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("r.csv")]
    [InlineData("r.jsonl")]
    [InlineData("r.parquet")]
    public void Results_in_the_folder_of_the_inputs_are_replaced_by_the_same_command(string name)
    {
        Directory.CreateDirectory(_temporary.File("in"));
        TinyModel.WriteCsv(_temporary.File("in", "a.csv"), 0, [0.5f, -1, 1]);
        string output = _temporary.File("in", name);
        for (int i = 0; i < 3; i++)
        {
            var run = Run("predict", _temporary.File("in"), "--model", _model, "--out", output);
            Assert.Equal(0, run.Code);
            Assert.StartsWith("1 spectrum from 1 file", run.Messages, StringComparison.Ordinal);
        }

        // What is no result is an input, and one that is named is one too.
        var named = Run("predict", output, "--model", _model, "--out", output);
        Assert.Equal(2, named.Code);
        byte[] data = File.ReadAllBytes(_temporary.File("in", "a.csv"));
        File.WriteAllBytes(output, data);
        Assert.Equal(2, Run("predict", _temporary.File("in"), "--model", _model, "--out", output).Code);
        Assert.Equal(data, File.ReadAllBytes(output));
    }

    [Fact]
    public void A_table_has_no_warning_unless_an_option_for_measured_spectra_was_given()
    {
        string table = Table("a.csv", [0.5f, -1, 1]);
        Assert.DoesNotContain("taken as it is", Run("predict", table, "--model", _model, "--element", "Cu", "--resample").Output, StringComparison.Ordinal);
        foreach (string option in new[] { "--shift=1", "--ifluor=i1", "--input=raw", "--nvict=1" })
            Assert.Contains("taken as it is", Run("predict", table, "--model", _model, option).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cu")]
    [InlineData("CU")]
    public void A_symbol_in_another_case_is_refused_with_the_right_one(string symbol)
    {
        var run = Run("predict", Table("a.csv", [0, 0, 0]), "--model", _model, "--element", symbol);
        Assert.Equal(2, run.Code);
        Assert.Contains("Did you mean Cu?", run.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_has_an_example()
    {
        var run = Run("predict", "--help");
        Assert.Equal(0, run.Code);
        Assert.Contains("xanesml-edge predict scan.xdi --out results.csv", run.Help, StringComparison.Ordinal);
        Assert.Contains("--resample", run.Help, StringComparison.Ordinal);
    }

    /// <summary>The real program in its own process: assembly name, native library, exit codes, streams.</summary>
    [Fact]
    public void The_program_runs()
    {
        var good = Start("predict", Table("a.csv", [0.5f, -1, 1]), "--model", _model, "--out", _temporary.File("r.csv"));
        Assert.Equal((0, ""), (good.Code, good.Output));
        Assert.StartsWith("1 spectrum from 1 file with Tiny ", good.Messages, StringComparison.Ordinal);
        RequireFirstRow(File.ReadAllLines(_temporary.File("r.csv"))[1]);
        var bad = Start("predict", _temporary.File("absent.csv"), "--model", _model);
        Assert.Equal(1, bad.Code);
        Assert.StartsWith("xanesml-edge: error: ", bad.Messages, StringComparison.Ordinal);
    }

    /// <summary>Oracle: CT = 1.5 + 0.5 (1.01 x 0.5 + 0.005) = 1.755 by the weights of make_fixtures.py; float32 and nine digits of text leave 1e-4.</summary>
    private static void RequireFirstRow(string line)
    {
        string[] cells = line.Split(',');
        Assert.Equal(["mp-0/0", "mp-0", "0", "Cu"], cells[1..5]);
        Assert.Equal(1.755, double.Parse(cells[5], CultureInfo.InvariantCulture), 1e-4);
    }

    private static (int Code, string Output, string Help, string Messages) Run(params string[] args)
    {
        using var output = new MemoryStream();
        using var help = new StringWriter { NewLine = "\n" };
        using var messages = new StringWriter { NewLine = "\n" };
        int code = EdgeCommandLine.Run(args, output, help, messages);
        return (code, Encoding.UTF8.GetString(output.ToArray()), help.ToString(), messages.ToString());
    }

    private static (int Code, string Output, string Messages) Start(params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "xanesml-edge.dll"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var messages = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, messages.GetAwaiter().GetResult());
    }

    private sealed class CancelAtError(CancellationTokenSource source) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value!.Contains("error", StringComparison.Ordinal))
                source.Cancel();
        }
    }

    private string Table(string name, params float[][] styles) => Table(name, 0, styles);

    private string Table(string name, double shift, params float[][] styles)
    {
        TinyModel.WriteCsv(_temporary.File(name), shift, styles);
        return _temporary.File(name);
    }
}
