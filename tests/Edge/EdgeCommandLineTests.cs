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
        Assert.Equal("material,site,element,CT,CT_low,CT_high,CN,CN_low,CN_high,CN_class,verdict,reasons,reconstruction_error,percentile,model", lines[0]);
        RequireFirstRow(lines[1]);
        Assert.Contains(",ok,", lines[1], StringComparison.Ordinal);
        Assert.Contains(",out-of-domain,", lines[2], StringComparison.Ordinal);
        Assert.Equal(4, lines.Length);
        Assert.StartsWith("2 spectra with model ", run.Messages, StringComparison.Ordinal);
        Assert.EndsWith(": 1 ok, 1 out-of-domain\n", run.Messages, StringComparison.Ordinal);
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
    [InlineData("r.csv", "material,")]
    [InlineData("r.jsonl", "{\"material\"")]
    [InlineData("r.parquet", "PAR1")]
    public void Predict_out_writes_the_file_and_nothing_to_standard_output(string name, string start)
    {
        var run = Run("predict", Table("a.csv", [0, 0, 0]), "--model", _model, "--out", _temporary.File(name));
        Assert.Equal((0, ""), (run.Code, run.Output));
        Assert.StartsWith(start, Encoding.Latin1.GetString(File.ReadAllBytes(_temporary.File(name))), StringComparison.Ordinal);
    }

    [Fact]
    public void Predict_with_one_bad_input_writes_the_others_and_returns_1()
    {
        File.WriteAllText(_temporary.File("bad.csv"), "MPID,SITE\n1,2\n");
        var run = Run("predict", _temporary.File("bad.csv"), Table("a.csv", [0, 0, 0]), _temporary.File("absent.csv"), "--model", _model, "--quiet");
        Assert.Equal(1, run.Code);
        Assert.Equal(3, run.Output.Split('\n').Length);
        string[] errors = run.Messages.TrimEnd().Split('\n');
        Assert.Equal(2, errors.Length);
        Assert.StartsWith("xanesml-edge: error: " + _temporary.File("bad.csv"), errors[0], StringComparison.Ordinal);
        Assert.Contains("absent.csv", errors[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Predict_of_another_grid_needs_resample()
    {
        string table = Table("shifted.csv", 0.5, [0, 0, 0]);
        var refused = Run("predict", table, "--model", _model);
        Assert.Equal((2, ""), (refused.Code, refused.Output));
        Assert.StartsWith($"xanesml-edge: error: {table}: the spectra are on another energy grid", refused.Messages, StringComparison.Ordinal);
        Assert.Contains("--resample", refused.Messages, StringComparison.Ordinal);
        Assert.Equal(0, Run("predict", table, "--model", _model, "--resample").Code);
    }

    [Fact]
    public void Bad_use_and_bad_models_return_2_with_one_line()
    {
        string table = Table("a.csv", [0, 0, 0]);
        File.WriteAllText(Path.Combine(_temporary.File("model"), "card.md"), "changed");
        foreach (string[] args in new string[][]
        {
            [], ["prophesy"], ["predict"], ["predict", table], ["predict", "--model", _model], ["predict", table, "--model", _model, "--modle", "x"],
            ["predict", table, "--model", _temporary.File("absent")], ["predict", table, "--model", _model],
            ["predict", table, "--model", _model, "--out", "r.xlsx"], ["predict", table, "--model", _model, "--out", "r.csv", "--json"],
        })
        {
            var run = Run(args);
            Assert.Equal((2, ""), (run.Code, run.Output));
            Assert.StartsWith("xanesml-edge: error: ", run.Messages, StringComparison.Ordinal);
            Assert.Equal(1, run.Messages.Count(c => c == '\n'));
        }
    }

    [Fact]
    public void Help_has_an_example()
    {
        var run = Run("predict", "--help");
        Assert.Equal(0, run.Code);
        Assert.Contains("xanesml-edge predict scan.csv --model models/Cu --out results.csv", run.Help, StringComparison.Ordinal);
        Assert.Contains("--resample", run.Help, StringComparison.Ordinal);
    }

    /// <summary>The real program in its own process: assembly name, native library, exit codes, streams.</summary>
    [Fact]
    public void The_program_runs()
    {
        var good = Start("predict", Table("a.csv", [0.5f, -1, 1]), "--model", _model, "--out", _temporary.File("r.csv"));
        Assert.Equal((0, ""), (good.Code, good.Output));
        Assert.StartsWith("1 spectrum with model ", good.Messages, StringComparison.Ordinal);
        RequireFirstRow(File.ReadAllLines(_temporary.File("r.csv"))[1]);
        var bad = Start("predict", _temporary.File("absent.csv"), "--model", _model);
        Assert.Equal((2, ""), (bad.Code, bad.Output));
        Assert.StartsWith("xanesml-edge: error: ", bad.Messages, StringComparison.Ordinal);
    }

    /// <summary>Oracle: CT = 1.5 + 0.5 (1.01 x 0.5 + 0.005) = 1.755 by the weights of make_fixtures.py; float32 and nine digits of text leave 1e-4.</summary>
    private static void RequireFirstRow(string line)
    {
        string[] cells = line.Split(',');
        Assert.Equal(["mp-0", "0", "Cu"], cells[..3]);
        Assert.Equal(1.755, double.Parse(cells[3], CultureInfo.InvariantCulture), 1e-4);
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

    private string Table(string name, params float[][] styles) => Table(name, 0, styles);

    private string Table(string name, double shift, params float[][] styles)
    {
        TinyModel.WriteCsv(_temporary.File(name), shift, styles);
        return _temporary.File(name);
    }
}
