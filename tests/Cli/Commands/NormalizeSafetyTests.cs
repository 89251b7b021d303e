namespace XanesMl.Cli.Tests.Commands;

/// <summary>normalize: nothing of the user and no complete result is lost, whatever is asked for, interrupted or in the way.</summary>
public sealed class NormalizeSafetyTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CliRun Normalize(params string[] arguments) => CliRun.InProcess(["normalize", .. arguments]);

    private string Scan(string name) => _folder.Write(name, SyntheticScan.Xdi());

    // Opening a named pipe waits for a writer that never comes: the test would not end.
    [Fact]
    public void A_named_pipe_is_refused_and_costs_only_itself()
    {
        if (OperatingSystem.IsWindows())
            return;
        string scans = Directory.CreateDirectory(_folder["scans"]).FullName, pipe = Path.Combine(scans, "b.pipe"), link = Path.Combine(scans, "c.xdi");
        File.WriteAllText(Path.Combine(scans, "a.xdi"), SyntheticScan.Xdi());
        using (var make = System.Diagnostics.Process.Start("mkfifo", pipe))
        {
            make.WaitForExit();
            Assert.Equal(0, make.ExitCode);
        }

        File.CreateSymbolicLink(link, pipe);
        using var run = CliRun.Start(_folder.Path, "normalize", "scans", "--out", "out", "--quiet");
        bool ended = run.WaitForExit(60_000);
        if (!ended)
            run.Kill();
        Assert.True(ended, "it waits for the pipe");
        Assert.Equal(1, run.ExitCode);
        string error = run.StandardError.ReadToEnd();
        Assert.Contains("b.pipe: the file is empty, or a pipe", error, StringComparison.Ordinal);
        Assert.Contains("c.xdi: the file is empty, or a pipe", error, StringComparison.Ordinal);
        Assert.Equal(["a.csv", "normalize.json", "summary.csv"], Directory.EnumerateFiles(_folder["out"]).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
        Normalize(Path.Combine(scans, "a.xdi"), "--out", _folder["o"], "--kind", "mback", "--f2", pipe).AssertBadInput("not a regular file");
    }

    [Fact]
    public void Without_any_result_nothing_is_written()
    {
        string bad = _folder.Write("bad.dat", "nothing");
        Assert.Equal(2, Normalize(bad, _folder["absent"], "--out", _folder["out"]).Code);
        Assert.Equal(2, Normalize(bad, "--out", _folder["t.csv"], "--grid", "1:2:0.1").Code);
        Normalize(Scan("a.xdi"), "--out", _folder["t.csv"], "--grid", "20000:20010:1").AssertBadInput("do not overlap the grid");
        Assert.Equal(["a.xdi", "bad.dat"], _folder.Entries());
    }

    [Fact]
    public void Only_folders_of_its_own_are_replaced_and_never_inputs()
    {
        string a = Scan("a.xdi");
        Assert.Equal(0, Normalize(a, "--out", _folder["out"]).Code);
        Assert.Equal(0, Normalize(Scan("b.xdi"), "--out", _folder["out"]).Code);
        Assert.False(File.Exists(Path.Combine(_folder["out"], "a.csv")));
        Directory.CreateDirectory(_folder["mine"]);
        File.WriteAllText(Path.Combine(_folder["mine"], "summary.csv"), "mine");
        Normalize(a, "--out", _folder["mine"]).AssertBadInput("not written by this program");
        Normalize(Path.Combine(_folder["out"], "b.csv"), "--out", _folder["out"]).AssertBadInput("holds an input");
        Normalize(_folder["out"], "--out", _folder["out"]).AssertBadInput("holds an input");
        string csv = _folder.Write("s.csv", File.ReadAllText(Path.Combine(_folder["out"], "b.csv")));
        Normalize(csv, "--out", csv, "--grid", "8960:9060:1").AssertBadInput("would replace a file that is read");
        Assert.True(File.Exists(Path.Combine(_folder["out"], "b.csv")));
    }

    [Fact]
    public void Files_of_the_user_in_a_folder_of_an_earlier_run_are_not_lost()
    {
        string a = Scan("a.xdi"), output = _folder["out"];
        Assert.Equal(0, Normalize(a, "--out", output, "--plot").Code);
        Assert.Equal(0, Normalize(a, "--out", output, "--plot").Code);
        foreach (string name in new[] { "notes.txt", Path.Combine("plots", "best.png"), Path.Combine("mine", "x") })
        {
            string file = Path.Combine(output, name);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, "mine");
            Normalize(a, "--out", output).AssertBadInput("the folder holds " + name.Split(Path.DirectorySeparatorChar) switch { ["mine", _] => "mine", var parts => string.Join('/', parts) }, "another --out");
            Assert.Equal("mine", File.ReadAllText(file));
            File.Delete(file);
        }

        Directory.Delete(Path.Combine(output, "mine"));
        File.WriteAllText(Path.Combine(output, "normalize.json"), "{}");
        Normalize(a, "--out", output).AssertBadInput("does not list what was written");
        Assert.Equal(["a.xdi", "out"], _folder.Entries());
    }

    [Theory]
    [InlineData("out")]
    [InlineData("t.csv")]
    public void An_interrupted_run_does_not_replace_a_complete_one(string name)
    {
        string a = Scan("a.xdi"), b = Scan("b.xdi"), output = _folder[name];
        string[] options = name == "out" ? [] : ["--grid", "8960:9060:1"];
        Assert.Equal(0, Normalize([a, b, "--out", output, .. options]).Code);
        string Content() => File.Exists(output) ? File.ReadAllText(output) : string.Concat(Directory.GetFiles(output).Order(StringComparer.Ordinal).Select(File.ReadAllText));
        string before = Content();
        using var interrupt = new CancellationTokenSource();
        using var written = new StringWriter();
        using var error = new CancelAt("1 of 2 files", interrupt);
        Assert.Equal(130, CommandLine.Run(["normalize", b, a, "--out", output, .. options], new Cli.Terminal.CliHost { Out = written, Error = error, Interrupt = interrupt.Token }));
        Assert.Equal(before, Content());
        Assert.Contains($"interrupted: {output} keeps the results of an earlier run", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(["a.xdi", "b.xdi", name], _folder.Entries());
    }

    [Fact]
    public void Interrupt_ends_the_run()
    {
        using var interrupt = new CancellationTokenSource();
        interrupt.Cancel();
        Assert.Equal(130, CliRun.InProcess(interrupt.Token, "normalize", Scan("a.xdi"), "--out", _folder["out"]).Code);
        Assert.Equal(["a.xdi"], _folder.Entries());
    }

    [Fact]
    public void What_was_done_before_an_interrupt_is_written()
    {
        using var interrupt = new CancellationTokenSource();
        using var output = new StringWriter();
        using var error = new CancelAt("1 of 3 files", interrupt);
        int code = CommandLine.Run(["normalize", Scan("a.xdi"), Scan("b.xdi"), Scan("c.xdi"), "--out", _folder["out"]], new Cli.Terminal.CliHost { Out = output, Error = error, Interrupt = interrupt.Token });
        Assert.Equal(130, code);
        Assert.Equal(["a.csv", "normalize.json", "summary.csv"], Directory.EnumerateFiles(_folder["out"]).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
        Assert.Equal(["a.xdi", "b.xdi", "c.xdi", "out"], _folder.Entries());
    }

    /// <summary>Interrupts when a line is written.</summary>
    private sealed class CancelAt(string line, CancellationTokenSource interrupt) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            if (value == line)
                interrupt.Cancel();
            base.WriteLine(value);
        }
    }
}
