using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Edge.Tests;

/// <summary>Whatever is wrong with an input, predict answers with a row or with one line, and with exit code 1 or 2.</summary>
/// <remarks>No oracle is needed: a stack trace, a second line, a control character or another exit code is a failure. Contents: <see cref="BadInputs"/>, through the models that ship.</remarks>
public sealed class BadInputTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [MemberData(nameof(BadInputs.Names), MemberType = typeof(BadInputs))]
    public void A_file_with_bad_content_has_rows_that_say_why(string name)
    {
        string path = _temporary.File("scan.dat");
        File.WriteAllBytes(path, BadInputs.Content(name));
        var run = Run("predict", path, "--json", "--quiet");
        Assert.InRange(run.Code, 0, 1);
        string[] lines = run.Output.TrimEnd('\n').Split('\n');
        foreach (string line in lines)
        {
            using var row = JsonDocument.Parse(line);
            Assert.NotEqual("ok", row.RootElement.GetProperty("verdict").GetString());
            Assert.NotEqual(0, row.RootElement.GetProperty("reasons").GetArrayLength());
            Assert.Equal(path, row.RootElement.GetProperty("file").GetString());
            Assert.Equal(64, row.RootElement.GetProperty("input_sha256").GetString()?.Length ?? (name == "empty" ? 64 : 0));
        }

        RequireCleanLines(run.Messages, run.Code == 1 ? 1 : 0);
    }

    public static TheoryData<string> Names => ["a b.dat", "quote\".dat", "comma,semi;.dat", "new\nline.dat", "esc\u001b[2J.dat", "\u202eright.dat", "@args.dat", "-dash.dat", "Å.dat", "$(touch x).dat"];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_name_is_only_a_name(string name)
    {
        if (OperatingSystem.IsWindows() && name.IndexOfAny(Path.GetInvalidFileNameChars()) >= 0)
            return;
        string path = _temporary.File(name);
        File.WriteAllText(path, BadInputs.Edge());
        var json = Run("predict", path, path + "x", "--json");
        Assert.Equal(1, json.Code);
        RequireCleanLines(json.Messages, 2);
        string[] lines = json.Output.TrimEnd('\n').Split('\n');
        Assert.Equal(2, lines.Length);
        using var row = JsonDocument.Parse(lines[0]);
        Assert.Equal(path, row.RootElement.GetProperty("file").GetString());
        var csv = Run("predict", path, "--quiet");
        Assert.Equal(2, csv.Output.TrimEnd('\n').Split('\n').Length);
        Assert.DoesNotContain(csv.Output, c => c != '\n' && char.IsControl(c));
        Assert.Single(Directory.EnumerateFiles(_temporary.Path));
    }

    /// <summary>Inputs that are no regular files: never opened where that would wait, never followed for ever.</summary>
    [Theory]
    [InlineData("missing")]
    [InlineData("empty folder")]
    [InlineData("pipe")]
    [InlineData("device")]
    [InlineData("endless device")]
    [InlineData("kernel file")]
    [InlineData("loop of links")]
    [InlineData("link to nothing")]
    [InlineData("unreadable")]
    [InlineData("path through a file")]
    [InlineData("a name that is too long")]
    [InlineData("NUL")]
    [InlineData("blank")]
    public void What_is_no_file_has_a_row_too(string what)
    {
        if (!OperatingSystem.IsLinux() && what is not ("missing" or "empty folder" or "path through a file" or "blank"))
            return;
        if (what == "unreadable" && Environment.IsPrivilegedProcess)
            return; // root reads everything
        string path = Make(what);
        var run = Run("predict", path, "--json", "--quiet");
        Assert.Equal(1, run.Code);
        RequireCleanLines(run.Messages, 1);
        using var row = JsonDocument.Parse(run.Output);
        Assert.Equal(JsonValueKind.Null, row.RootElement.GetProperty("verdict").ValueKind);
        Assert.Equal(1, row.RootElement.GetProperty("reasons").GetArrayLength());
    }

    public static TheoryData<string> Uses =>
    [
        "", "prophesy", "predict", "predict SCAN --modle x", "predict SCAN --out", "predict SCAN --out r.xlsx", "predict SCAN --out none/r.csv", "predict SCAN --out SCAN", "predict SCAN --out FOLDER",
        "predict SCAN --threads 0", "predict SCAN --threads many", "predict SCAN --e0 nan", "predict SCAN --nnorm 9", "predict SCAN --shift 1e9", "predict SCAN --element Xx", "predict SCAN --element copper",
        "predict SCAN --input cooked", "predict SCAN --signal none", "predict SCAN --unit furlong", "predict SCAN --mu 2 --itrans 3", "predict SCAN --itrans 2 --ifluor 3",
        "predict SCAN --model none", "predict SCAN --model SCAN", "predict SCAN --model FOLDER", "predict SCAN --model DAMAGED", "predict SCAN --model MODEL --out MODEL/model.json", "predict SCAN --out /dev/full --quiet",
        "models extra", "models --model none", "--json",
    ];

    [Theory]
    [MemberData(nameof(Uses))]
    public void Bad_use_is_one_line_and_2_and_nothing_is_written(string arguments)
    {
        if (arguments.Contains("/dev/full", StringComparison.Ordinal) && !OperatingSystem.IsLinux())
            return;
        File.WriteAllText(_temporary.File("scan.dat"), BadInputs.Edge());
        Directory.CreateDirectory(_temporary.File("folder.csv"));
        TinyModel.Write(_temporary.File("model"));
        TinyModel.Write(_temporary.File("damaged"));
        File.AppendAllText(Path.Combine(_temporary.File("damaged"), "encoder.onnx"), "x");
        string before = Listing();
        var run = Run([.. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(w => w
            .Replace("SCAN", _temporary.File("scan.dat"), StringComparison.Ordinal).Replace("FOLDER", _temporary.File("folder.csv"), StringComparison.Ordinal)
            .Replace("DAMAGED", _temporary.File("damaged"), StringComparison.Ordinal).Replace("MODEL", _temporary.File("model"), StringComparison.Ordinal))]);
        Assert.Equal((2, ""), (run.Code, run.Output));
        RequireCleanLines(run.Messages, 1);
        Assert.Equal(before, Listing());
    }

    [Fact]
    public void An_edge_energy_outside_the_energies_is_a_row_with_the_error_and_1()
    {
        string path = _temporary.File("scan.dat");
        File.WriteAllText(path, BadInputs.Edge());
        var run = Run("predict", path, "--e0", "5", "--json", "--quiet");
        Assert.Equal(1, run.Code);
        RequireCleanLines(run.Messages, 1);
        Assert.Contains("option E0: 5 eV lies outside the scan", run.Messages, StringComparison.Ordinal);
        using var row = JsonDocument.Parse(run.Output);
        Assert.Equal((JsonValueKind.Null, "scan"), (row.RootElement.GetProperty("verdict").ValueKind, row.RootElement.GetProperty("spectrum").GetString()));
    }

    private string Listing() => string.Join('\n', new DirectoryInfo(_temporary.Path).EnumerateFiles("*", SearchOption.AllDirectories)
        .OrderBy(f => f.FullName, StringComparer.Ordinal).Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.FullName} {f.Length}")));

    private string Make(string what)
    {
        string path = _temporary.File("x.dat");
        switch (what)
        {
            case "empty folder": Directory.CreateDirectory(path); return path;
            case "pipe": using (var mkfifo = Process.Start("mkfifo", [path])) mkfifo.WaitForExit(); return path;
            case "device": return "/dev/null";
            case "endless device": return "/dev/zero";
            case "kernel file": return "/proc/self/mem";
            case "loop of links": File.CreateSymbolicLink(path, path + "2"); File.CreateSymbolicLink(path + "2", path); return path;
            case "link to nothing": File.CreateSymbolicLink(path, path + "2"); return path;
            case "unreadable": File.WriteAllText(path, BadInputs.Edge()); if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.None); return path;
            case "path through a file": File.WriteAllText(path, "x"); return Path.Combine(path, "y.dat");
            case "a name that is too long": return _temporary.File(new string('x', 5000));
            case "NUL": return path + "\0";
            case "blank": return " ";
            default: return path;
        }
    }

    private static void RequireCleanLines(string messages, int count)
    {
        string[] lines = messages.Length == 0 ? [] : messages.TrimEnd('\n').Split('\n');
        Assert.True(lines.Length == count, messages);
        Assert.All(lines, l => Assert.DoesNotContain(l, char.IsControl));
        Assert.DoesNotContain("   at ", messages, StringComparison.Ordinal);
        Assert.DoesNotContain("defect", messages, StringComparison.Ordinal);
    }

    private static (int Code, string Output, string Messages) Run(params string[] args)
    {
        using var output = new MemoryStream();
        using var messages = new StringWriter { NewLine = "\n" };
        int code = EdgeCommandLine.Run(args, output, messages, messages);
        return (code, Encoding.UTF8.GetString(output.ToArray()), messages.ToString());
    }
}
