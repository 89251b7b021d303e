using System.Diagnostics;
using System.Text.RegularExpressions;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Edge.Tests;

public sealed partial class DocumentationTests
{
    /// <summary>Every command of docs/edge.md runs in its own process, in a folder that has what it names.</summary>
    [Fact]
    public async Task The_commands_of_the_page_run()
    {
        using var temporary = new TemporaryFolder();
        Directory.CreateDirectory(temporary.File("models"));
        Directory.CreateDirectory(temporary.File("more"));
        TinyModel.Write(temporary.File("models", "Cu"));
        TinyModel.WriteCsv(temporary.File("scan.csv"), 0, [0.5f, -1, 1]);
        TinyModel.WriteCsv(temporary.File("more", "other.csv"), 0.5, [0, 0, 0]);
        string page = File.ReadAllText(SharedData.Repository("docs", "edge.md"));
        string[] commands = [.. Block().Matches(page).SelectMany(b => b.Groups[1].Value.Split('\n')).Where(l => l.Length > 0)];
        Assert.Equal(4, commands.Length);
        foreach (string command in commands)
        {
            string[] words = command.Split(' ');
            Assert.Equal("xanesml-edge", words[0]);
            var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "xanesml-edge.dll"), .. words[1..]])
            {
                WorkingDirectory = temporary.Path,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var process = Process.Start(start)!;
            var messages = process.StandardError.ReadToEndAsync();
            string output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 0, command + ": " + await messages);
            Assert.Equal(!command.Contains("--out", StringComparison.Ordinal), output.Length > 0);
        }

        Assert.Equal(2, File.ReadAllLines(temporary.File("results.csv")).Length);
        Assert.Equal(2, File.ReadAllLines(temporary.File("results.jsonl")).Length);
    }

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
