using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Edge.Tests.Watching;

/// <summary>The verb with a real model; the rows are those of predict.</summary>
public sealed class WatchVerbTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly string _model;

    public WatchVerbTests()
    {
        _model = TinyModel.Write(_temporary.File("model"));
        Directory.CreateDirectory(_temporary.File("in"));
        File.WriteAllText(Input("cu.dat"), BadInputs.Edge());
    }

    private string Output => _temporary.File("out");

    public void Dispose() => _temporary.Dispose();

    /// <summary>Oracle: xanesml-edge predict of the same file; only the name, and the time, may differ.</summary>
    [Theory]
    [InlineData(".csv")]
    [InlineData(".jsonl")]
    public void Rows_are_those_of_predict(string extension)
    {
        TinyModel.WriteCsv(Input("table.csv"), 0, [0.5f, -1, 1], [9, 9, 9]);
        string[] json = extension == ".jsonl" ? ["--json"] : [];
        var run = Watch(json);
        Assert.Equal(0, run.Code);
        string[] lines = File.ReadAllLines(Table(extension));
        var expected = new List<string>();
        foreach (string file in new[] { "cu.dat", "table.csv" })
        {
            var predict = Run(["predict", Input(file), "--model", _model, "--quiet", .. json]);
            string[] rows = predict.Output.TrimEnd('\n').Split('\n');
            expected.AddRange((expected.Count > 0 && json.Length == 0 ? rows[1..] : rows).Select(r => r.Replace(_temporary.File("in") + Path.DirectorySeparatorChar, "", StringComparison.Ordinal)));
        }

        Assert.Equal(expected.Select(WithoutTime).Order(StringComparer.Ordinal), lines.Select(WithoutTime).Order(StringComparer.Ordinal));
        Assert.Equal(json.Length == 0 ? 4 : 3, lines.Length);
        string[] said = run.Messages.TrimEnd('\n').Split('\n');
        Assert.StartsWith("watching ", said[0], StringComparison.Ordinal);
        Assert.Single(said, s => s.StartsWith("table.csv: 2 spectra: 1 ok, 1 out-of-domain", StringComparison.Ordinal));
        Assert.Single(said, s => s.StartsWith("cu.dat: ", StringComparison.Ordinal) && s.Contains("CT ", StringComparison.Ordinal) && s.Contains(" e, CN ", StringComparison.Ordinal));
        Assert.Equal("2 done, 0 failed, 0 with a content that was done before", said[^1]);
    }

    [Fact]
    public void Another_option_or_model_is_another_run_and_its_results_stand_apart()
    {
        Assert.Equal(0, Watch().Code);
        Assert.Equal(0, Watch("--shift", "1.5").Code);
        Assert.Equal(0, Watch("--shift", "1.5", "--poll", "0.03").Code);
        string one = TinyModel.Write(_temporary.File("one"), labelled: false);
        Assert.Equal(0, Run("watch", _temporary.File("in"), "--out", Output, "--model", one, "--once", "--settle", "0", "--quiet").Code);
        Assert.Equal(3, Directory.GetFiles(Output, "results-*.csv").Length);
        Assert.All(Directory.GetFiles(Output, "results-*.csv"), t => Assert.Equal(2, File.ReadAllLines(t).Length));
        JsonElement[] runs = [.. File.ReadAllLines(Path.Combine(Output, "watch-ledger.jsonl")).Select(l => JsonDocument.Parse(l).RootElement).Where(e => e.GetProperty("kind").GetString() == "run")];
        Assert.Equal(["", "--shift=1.5", ""], runs.Select(r => r.GetProperty("options").GetString()));
        Assert.All(runs, r => Assert.Equal(64, r.GetProperty("models")[0].GetString()!.Length));
    }

    [Fact]
    public void Without_a_model_those_of_the_program_answer()
    {
        var run = Run("watch", _temporary.File("in"), "--out", Output, "--once", "--settle", "0");
        Assert.Equal(0, run.Code);
        Assert.Contains("MOOD", File.ReadLines(Table(".csv")).First(), StringComparison.Ordinal);
        Assert.Contains(",Cu,", File.ReadAllLines(Table(".csv"))[1], StringComparison.Ordinal);
    }

    /// <summary>Each bad content gets one row that says what is wrong with it, and none a second time or a trace of a stack.</summary>
    [Fact]
    public void Every_bad_content_has_its_row()
    {
        File.Delete(Input("cu.dat"));
        var expected = new HashSet<string>();
        int number = 0;
        foreach (string name in BadInputs.Names.Select(n => (string)n[0]))
        {
            byte[] content = BadInputs.Content(name);
            File.WriteAllBytes(Input(FormattableString.Invariant($"{number++:00} \"{name}\"\n\u001b[31m.dat")), content);
            if (content.Length > 0)
                expected.Add(Convert.ToHexStringLower(SHA256.HashData(content)));
        }

        Assert.True(number > 40);
        var run = Watch();
        Assert.Equal(1, run.Code);
        Assert.All(run.Messages.TrimEnd('\n').Split('\n'), l => Assert.DoesNotContain("unexpected", l, StringComparison.Ordinal));
        Assert.DoesNotContain('\u001b', run.Messages);
        OutFolder.Of(Output).RequireExactlyOnce([.. expected]);
        Assert.DoesNotContain('\u001b', File.ReadAllText(Table(".csv")));
        Assert.DoesNotContain(",ok,", File.ReadAllText(Table(".csv")), StringComparison.Ordinal);
        // Nothing is tried again, and the same files are named.
        string table = File.ReadAllText(Table(".csv"));
        var again = Watch();
        Assert.Equal(1, again.Code);
        Assert.Equal(Errors(run.Messages), Errors(again.Messages));
        Assert.Equal(table, File.ReadAllText(Table(".csv")));

        static string[] Errors(string messages) => [.. messages.Split('\n').Where(l => l.StartsWith("xanesml-edge: error: ", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    [Theory]
    [InlineData("--poll", "0")]
    [InlineData("--poll", "x")]
    [InlineData("--settle", "-1")]
    [InlineData("--settle", "1e9")]
    [InlineData("--e0", "nan")]
    [InlineData("--element", "copper")]
    [InlineData("--modle", "x")]
    [InlineData("second", "folder")]
    public void Bad_use_is_one_line_and_2_and_makes_no_folder(params string[] arguments)
    {
        var run = Watch(arguments);
        Assert.Equal(2, run.Code);
        Assert.StartsWith("xanesml-edge: error: ", run.Messages, StringComparison.Ordinal);
        Assert.Equal(1, run.Messages.Count(c => c == '\n'));
        Assert.False(Directory.Exists(Output));
    }

    [Fact]
    public void Out_is_required_and_help_has_an_example()
    {
        Assert.Equal(2, Run("watch", _temporary.File("in")).Code);
        var help = Run("watch", "--help");
        Assert.Equal(0, help.Code);
        Assert.Contains("xanesml-edge watch scans --out results", help.Help, StringComparison.Ordinal);
    }

    [Fact]
    public void Quiet_says_errors_only()
    {
        Assert.Equal("", Watch("--quiet").Messages);
        File.WriteAllText(Input("bad.dat"), "no spectrum\n");
        var run = Watch("--quiet");
        Assert.Equal(1, run.Code);
        Assert.StartsWith("xanesml-edge: error: bad.dat: ", Assert.Single(run.Messages.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    private static string WithoutTime(string row)
    {
        // The last cell, or the last member.
        int time = row.LastIndexOf(',');
        string value = row[(time + 1)..].Replace("\"time\":", "", StringComparison.Ordinal).Trim('"', '}');
        Assert.True(value == "time" || DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, out _), row);
        return row[..time];
    }

    private static (int Code, string Output, string Help, string Messages) Run(params string[] args)
    {
        using var output = new MemoryStream();
        using var help = new StringWriter { NewLine = "\n" };
        using var messages = new StringWriter { NewLine = "\n" };
        int code = EdgeCommandLine.Run(args, output, help, messages);
        return (code, Encoding.UTF8.GetString(output.ToArray()), help.ToString(), messages.ToString());
    }

    private (int Code, string Output, string Help, string Messages) Watch(params string[] more) =>
        Run(["watch", _temporary.File("in"), "--out", Output, "--model", _model, "--once", .. more.Contains("--settle") ? [] : (string[])["--settle", "0"], .. more]);

    private string Input(string name) => _temporary.File("in", name);

    private string Table(string extension) => Assert.Single(Directory.GetFiles(Output, "results-*" + extension));
}
