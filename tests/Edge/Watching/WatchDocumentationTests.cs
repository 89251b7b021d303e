using System.Diagnostics;
using System.Text.RegularExpressions;
using XanesMl.Edge.Watching;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Edge.Tests.Watching;

public sealed partial class WatchDocumentationTests
{
    private static readonly string s_page = File.ReadAllText(SharedData.Repository("docs", "edge-watch.md"));

    /// <summary>Every command of docs/edge-watch.md runs in its own process, in a folder that has what it names.</summary>
    [Fact]
    public async Task The_commands_of_the_page_run()
    {
        using var temporary = new TemporaryFolder();
        Directory.CreateDirectory(temporary.File("scans", "day"));
        Directory.CreateDirectory(temporary.File("models"));
        TinyModel.Write(temporary.File("models", "Cu"));
        File.WriteAllText(temporary.File("scans", "a.dat"), BadInputs.Edge());
        File.WriteAllText(temporary.File("scans", "day", "b.dat"), BadInputs.Edge() + "9200 1.2\n");
        string[] commands = [.. Block().Matches(s_page).SelectMany(b => b.Groups[1].Value.Split('\n')).Where(l => l.Length > 0)];
        Assert.Equal(3, commands.Length);
        foreach (string command in commands)
        {
            string[] words = command.Split(' ');
            Assert.Equal("xanesml-edge", words[0]);
            var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "xanesml-edge.dll"), .. words[1..]]) { WorkingDirectory = temporary.Path, RedirectStandardError = true };
            using var process = Process.Start(start)!;
            string messages = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 0, command + ": " + messages);
        }

        Assert.Equal(3, File.ReadAllLines(Assert.Single(Directory.GetFiles(temporary.File("results"), "results-*.csv"))).Length);
        Assert.Single(File.ReadAllLines(Assert.Single(Directory.GetFiles(temporary.File("shifted"), "results-*.jsonl"))));
        Assert.True(File.Exists(temporary.File("results", "watch-ledger.jsonl")) && File.Exists(temporary.File("results", "watch.lock")));
    }

    [Fact]
    public void The_names_and_times_of_the_page_are_those_of_the_program()
    {
        string[] names = [.. Code().Matches(s_page.Split("- Left alone:")[1].Split("links, pipes")[0]).Select(m => m.Groups[1].Value)];
        Assert.Equal(11, names.Length);
        Assert.All(names, n => Assert.True(IgnoredNames.Contains(n is "#" or "~$" ? n + "a.dat" : "a.dat" + n), n));
        Assert.False(IgnoredNames.Contains("a.dat"));
        Assert.Contains(FormattableString.Invariant($"two looks at the folder; {WatchOptions.DefaultPoll} s |"), s_page, StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant($"the same for so long; {WatchOptions.DefaultSettle} s |"), s_page, StringComparison.Ordinal);
        var options = new WatchOptions { Folder = "a", Output = "b" };
        Assert.Equal((TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(40)), (options.LongestRetry, options.Patience));
    }

    /// <summary>Oracle: the help of the verb. Options of the table are those that predict does not have, --out, --json and --quiet.</summary>
    [Fact]
    public void The_options_of_the_page_are_those_of_the_verb()
    {
        string[] page = [.. Row().Matches(s_page).Select(m => m.Groups[1].Value)];
        string[] Help(string verb)
        {
            using var help = new StringWriter();
            EdgeCommandLine.Run([verb, "--help"], Stream.Null, help, help);
            return [.. Option().Matches(help.ToString()).Select(m => m.Groups[1].Value).Distinct()];
        }

        string[] shared = [.. Help("predict").Except(["--out", "--json", "--quiet"])];
        Assert.Contains("--shift", shared);
        Assert.Equal(Help("watch").Except(shared).Order(StringComparer.Ordinal), page.Order(StringComparer.Ordinal));
        Assert.Subset(Help("watch").ToHashSet(), shared.Except(["--threads"]).ToHashSet());
    }

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"^\| `(--[a-z]+)", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"^\s+(?:-\S, )?(?:-\S+, )*(--[a-z0-9-]+)", RegexOptions.Multiline)]
    private static partial Regex Option();
}
