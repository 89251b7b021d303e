using System.Diagnostics;
using XanesMl.Cli.Terminal;

namespace XanesMl.Cli.Tests;

/// <summary>Exit code and output of one command line.</summary>
internal sealed record CliRun(int Code, string Out, string Error)
{
    /// <summary>Runs the entry point in this process with captured streams.</summary>
    public static CliRun InProcess(params string[] args) => InProcess(CancellationToken.None, args);

    /// <summary>The same with an interrupt.</summary>
    public static CliRun InProcess(CancellationToken interrupt, params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        int code = CommandLine.Run(args, new CliHost { Out = output, Error = error, Interrupt = interrupt });
        return new CliRun(code, output.ToString(), error.ToString());
    }

    /// <summary>Starts the built program as a user would.</summary>
    public static Process Start(string workingFolder, params string[] args)
    {
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = workingFolder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "xanesml.dll"));
        foreach (string a in args)
            start.ArgumentList.Add(a);
        start.Environment.Remove("XANESML_TRACE");
        return Process.Start(start) ?? throw new InvalidOperationException("the program did not start");
    }

    /// <summary>Runs the built program to its end.</summary>
    public static CliRun AsProcess(string workingFolder, params string[] args)
    {
        using var process = Start(workingFolder, args);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        Assert.True(process.WaitForExit(60_000), "the program hangs");
        return new CliRun(process.ExitCode, output.Result, error.Result);
    }

    /// <summary>Exit code 2, nothing on stdout, and one error line with these parts: the last on stderr, after lines of progress if any.</summary>
    public CliRun AssertBadInput(params string[] parts)
    {
        Assert.Equal("", Out);
        string[] lines = Error.TrimEnd('\n', '\r').Split('\n');
        string line = lines[^1];
        Assert.StartsWith("error: ", line, StringComparison.Ordinal);
        Assert.Single(lines, l => l.StartsWith("error: ", StringComparison.Ordinal) || l.StartsWith("   at ", StringComparison.Ordinal));
        Assert.Equal(2, Code);
        foreach (string part in parts)
            Assert.Contains(part, line, StringComparison.Ordinal);
        return this;
    }
}

/// <summary>A folder that a test may fill and that vanishes with it.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("xanesml-cli-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a text file and returns its path.</summary>
    public string Write(string name, string text)
    {
        File.WriteAllText(this[name], text);
        return this[name];
    }

    /// <summary>Names of all entries, hidden ones included: nothing half-written may be among them.</summary>
    public string[] Entries() => [.. Directory.EnumerateFileSystemEntries(Path).Select(e => System.IO.Path.GetFileName(e)!).Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
