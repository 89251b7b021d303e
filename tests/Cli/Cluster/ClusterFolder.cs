using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using XanesMl.Cli.Tests.Commands;
using XanesMl.TestSupport;

namespace XanesMl.Cli.Tests.Cluster;

/// <summary>A folder as docs/cluster.md speaks of it: Cu.csv.gz, Cu.yaml, the page's files, and a program xanesml for scripts.</summary>
internal sealed class ClusterFolder : IDisposable
{
    /// <summary>What one process writes and a choice among the trials of several must write too, byte for byte.</summary>
    public static IReadOnlyList<string> Compared { get; } =
    [
        "model/encoder.onnx", "model/decoder.onnx", "model/predictor.onnx", "model/split.json", "model/card.md", "metrics.json", "losses.csv", "trials.csv",
    ];

    private readonly TempFolder _folder = new();

    public ClusterFolder(int epochs, string more = "")
    {
        using (var gzip = new GZipStream(File.Create(_folder["Cu.csv.gz"]), CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(SyntheticCsv.Create(60)));
        _folder.Write("Cu.yaml", SyntheticCsv.Configuration(epochs: epochs) + "top_n: 2\n" + more);
    }

    public string Path => _folder.Path;

    public string this[string name] => _folder[name];

    public void Dispose() => _folder.Dispose();

    /// <summary>The text of a file that docs/cluster.md shows.</summary>
    public static string FromPage(string name)
    {
        string page = File.ReadAllText(SharedData.Repository("docs", "cluster.md")).ReplaceLineEndings("\n");
        string[] after = page.Split($"<!-- file: {name} -->\n```");
        Assert.True(after.Length == 2, $"docs/cluster.md does not show {name} once");
        string fenced = after[1][(after[1].IndexOf('\n', StringComparison.Ordinal) + 1)..];
        return fenced[..(fenced.IndexOf("\n```", StringComparison.Ordinal) + 1)];
    }

    /// <summary>Writes a file of the page as it is.</summary>
    public void WriteFromPage(string name) => _folder.Write(name, FromPage(name));

    /// <summary>Trains all trials in one process, in the folder "whole".</summary>
    public void TrainWhole(int trials, params string[] more)
    {
        var run = CliRun.InProcess(["train", "--data", this["Cu.csv.gz"], "--config", this["Cu.yaml"], "--trials", trials.ToString(CultureInfo.InvariantCulture), "--quiet", "--out", this["whole"], .. more]);
        Assert.True(run.Code == 0, run.Error);
    }

    /// <summary>Hashes of the files that must agree.</summary>
    public string Hashes(string run, IEnumerable<string>? more = null) => string.Join('\n', Compared.Concat(more ?? [])
        .Select(f => f + " " + Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(System.IO.Path.Combine(this[run], f))))));

    /// <summary>Makes the program xanesml, which starts the build that is tested, and returns the environment in which scripts find it.</summary>
    [SupportedOSPlatform("linux")]
    public Dictionary<string, string> ProgramOnPath()
    {
        Directory.CreateDirectory(this["bin"]);
        string program = System.IO.Path.Combine(this["bin"], "xanesml");
        File.WriteAllText(program, $"#!/bin/sh\nexec dotnet exec '{System.IO.Path.Combine(AppContext.BaseDirectory, "xanesml.dll")}' \"$@\"\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new Dictionary<string, string> { ["PATH"] = this["bin"] + ":" + Environment.GetEnvironmentVariable("PATH") };
    }

    /// <summary>Runs a program in this folder to its end.</summary>
    public CliRun Run(IReadOnlyDictionary<string, string> environment, string program, params string[] args)
    {
        var start = new ProcessStartInfo(program, args) { WorkingDirectory = Path, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in environment)
            start.Environment[key] = value;
        using var process = Process.Start(start) ?? throw new InvalidOperationException(program + " did not start");
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(120_000))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail(program + " hangs");
        }

        return new CliRun(process.ExitCode, output.Result, error.Result);
    }
}
