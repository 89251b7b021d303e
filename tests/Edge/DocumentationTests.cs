using System.Diagnostics;
using System.Text.RegularExpressions;
using XanesMl.Edge.Benchmarking;
using XanesMl.Inference.Domain;
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
        File.WriteAllText(temporary.File("scan.xdi"), SyntheticScan.Of("Cu"));
        File.WriteAllText(temporary.File("more", "other.xdi"), SyntheticScan.Of("Fe"));
        TinyModel.WriteCsv(temporary.File("scan.csv"), 0.5, [0.5f, -1, 1]);
        string page = File.ReadAllText(SharedData.Repository("docs", "edge.md"));
        string[] commands = [.. Block().Matches(page).SelectMany(b => b.Groups[1].Value.Split('\n')).Where(l => l.Length > 0)];
        Assert.Equal(["bench", "models", "predict"], commands.Select(c => c.Split(' ')[1]).Distinct().Order());
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
        Assert.Single(File.ReadAllLines(temporary.File("results.jsonl")));
    }

    [Theory]
    [InlineData("predict")]
    [InlineData("bench")]
    public void The_page_describes_every_option(string verb)
    {
        string page = Page(), section = page[page.IndexOf($"\n## {verb}\n", StringComparison.Ordinal)..];
        int end = section.IndexOf("\n## ", 4, StringComparison.Ordinal);
        section = end < 0 ? section : section[..end];
        using var help = new StringWriter();
        Assert.Equal(0, EdgeCommandLine.Run([verb, "--help"], Stream.Null, help, help));
        string[] options = [.. Option().Matches(help.ToString()).Select(m => m.Groups[1].Value).Distinct().Except(["--help"])];
        Assert.Contains("--model", options);
        Assert.All(options, o => Assert.Contains($"`{o}", section, StringComparison.Ordinal));
        Assert.All(Option().Matches(section).Select(m => m.Groups[1].Value).Distinct(), o => Assert.Contains(o, options));
    }

    [Fact]
    public void The_page_describes_every_column_and_every_verdict()
    {
        string page = Page();
        Assert.All(XanesMl.Inference.Predictions.PredictionTable.ReservedNames, c => Assert.Contains($"`{c}`", page, StringComparison.Ordinal));
        Assert.All(Enum.GetValues<Verdict>(), v => Assert.Contains($"`{v.ToText()}`", page, StringComparison.Ordinal));
    }

    private static string Page() => File.ReadAllText(SharedData.Repository("docs", "edge.md"));

    [GeneratedRegex("(--[a-z0-9]+(?:-[a-z0-9]+)*)")]
    private static partial Regex Option();

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
