using System.Text.RegularExpressions;
using System.Xml.Linq;
using XanesMl.Spectra;
using XanesMl.TestSupport;
using XanesMl.Training.Configuration;
using Xunit;

namespace XanesMl.Pipeline.Tests;

/// <summary>What the documents say is compared with the files and the code that they speak of.</summary>
public sealed partial class Documents
{
    [Fact]
    public void Every_relative_link_leads_to_a_file_and_every_anchor_to_a_heading()
    {
        var broken = new List<string>();
        int links = 0;
        foreach (string page in Pages())
        {
            foreach (Match m in Link().Matches(WithoutCode(File.ReadAllText(page))))
            {
                string target = m.Groups["target"].Value, anchor = m.Groups["anchor"].Value;
                if (target.Contains("://", StringComparison.Ordinal) || target.StartsWith("mailto:", StringComparison.Ordinal))
                    continue;
                links++;
                string file = target.Length == 0 ? page : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, target));
                if (!File.Exists(file) && !Directory.Exists(file))
                    broken.Add($"{Path.GetRelativePath(SharedData.RepositoryRoot, page)}: {target} does not exist");
                else if (anchor.Length > 0 && !Anchors(file).Contains(anchor))
                    broken.Add($"{Path.GetRelativePath(SharedData.RepositoryRoot, page)}: {target} has no heading #{anchor}");
            }
        }

        Assert.True(broken.Count == 0, string.Join('\n', broken));
        Assert.True(links > 10, $"only {links} links were found");
    }

    // Oracle: Directory.Packages.props.
    [Fact]
    public void Every_package_has_its_sentence_and_every_sentence_its_package()
    {
        var properties = XDocument.Load(SharedData.Repository("Directory.Packages.props"));
        string[] packages = [.. properties.Descendants("PackageVersion").Select(p => p.Attribute("Include")!.Value)];
        string[] described = [.. FirstCells("dependencies.md").SelectMany(c => c.Split(", ")).Select(c => c.Trim('`'))];
        Assert.Equal(packages.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    // Oracle: the configuration reader's own list of keys, and its defaults as it writes them.
    [Fact]
    public void Every_configuration_key_is_in_the_table_with_its_default()
    {
        var e = Assert.Throws<XanesDataException>(() => ConfigurationFile.Parse("no_such_key_as_this_one: 1", "test"));
        string[] keys = [.. e.Message.Split("Known keys: ")[1].TrimEnd('.').Split(", ")];
        Assert.True(keys.Length > 40, e.Message);
        var defaults = ConfigurationFile.Write(new TrainingOptions()).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => l.Split(": ", 2)).ToDictionary(l => l[0], l => l[1].Trim('\''), StringComparer.Ordinal);
        string section = File.ReadAllText(SharedData.Repository("docs", "training.md")).Split("\n## Configuration\n")[1].Split("\n## ")[0];
        var table = section.Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal))
            .Select(l => l.Split('|')).ToDictionary(c => c[1].Trim().Trim('`'), c => c[2].Trim().Trim('`'), StringComparer.Ordinal);
        Assert.Equal(keys.Order(StringComparer.Ordinal), table.Keys.Order(StringComparer.Ordinal));
        foreach (var (key, value) in defaults)
            Assert.Equal((key, value), (key, table[key]));
    }

    /// <summary>docs/performance.md may quote figures only from the committed result: its tables are those of the file, line by line.</summary>
    [Fact]
    public void Figures_of_the_performance_page_stand_in_the_committed_result()
    {
        string[] result = File.ReadAllLines(SharedData.Repository("bench", "Results", "quick.md"));
        string[] page = [.. File.ReadLines(SharedData.Repository("docs", "performance.md")).Where(l => l.StartsWith('|'))];
        Assert.True(page.Length > 10, "the page has no tables");
        Assert.All(page, line => Assert.Contains(line, result));
        Assert.All(result.Where(l => l.StartsWith('|')), line => Assert.Contains(line, page));
    }

    /// <summary>docs/results/training.txt is what `xanesml bench training --full` printed; the page shows it.</summary>
    [Fact]
    public void Performance_page_shows_what_the_training_benchmark_printed()
    {
        string printed = File.ReadAllText(SharedData.Repository("docs", "results", "training.txt")).TrimEnd('\n');
        Assert.Contains("<!-- bench-training -->\n```\n" + printed + "\n```\n<!-- /bench-training -->", File.ReadAllText(SharedData.Repository("docs", "performance.md")), StringComparison.Ordinal);
    }

    /// <summary>The table of presets names every key in which they differ, with both values, and no other.</summary>
    [Fact]
    public void Presets_differ_in_what_the_page_says()
    {
        string section = File.ReadAllText(SharedData.Repository("docs", "training.md")).Split("\n## Presets\n")[1].Split("\n## ")[0];
        string[] page = [.. section.Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal))];
        string[] reference = ConfigurationFile.Write(TrainingPresets.Reference).Split('\n'), fast = ConfigurationFile.Write(TrainingPresets.Fast).Split('\n');
        Assert.Equal(reference.Zip(fast).Where(p => p.First != p.Second).Select(p => $"| `{p.First.Split(": ")[0]}` | `{p.First.Split(": ")[1]}` | `{p.Second.Split(": ")[1]}` |"), page);
    }

    private static IEnumerable<string> Pages() =>
        new[] { "README.md", "CONTRIBUTING.md", "CHANGELOG.md" }.Select(n => SharedData.Repository(n)).Concat(Directory.EnumerateFiles(SharedData.Repository("docs"), "*.md", SearchOption.AllDirectories));

    private static IEnumerable<string> FirstCells(string page) =>
        File.ReadLines(SharedData.Repository("docs", page)).Where(l => l.StartsWith("| `", StringComparison.Ordinal)).Select(l => l.Split('|')[1].Trim());

    private static HashSet<string> Anchors(string file) =>
        [.. File.ReadLines(file).Where(l => l.StartsWith('#')).Select(l => NotInAnchor().Replace(l.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-'))];

    private static string WithoutCode(string markdown) => InlineCode().Replace(string.Concat(markdown.Split("```").Where((_, i) => i % 2 == 0)), "");

    [GeneratedRegex(@"\]\((?<target>[^)#\s]*)(#(?<anchor>[^)\s]*))?\)")]
    private static partial Regex Link();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();

    /// <summary>docs/results/demo.txt is what `xanesml demo` printed; the README shows its table and notes.</summary>
    [Fact]
    public void README_shows_what_the_demo_printed()
    {
        string printed = File.ReadAllText(SharedData.Repository("docs", "results", "demo.txt")).Split("\n\nONNX Runtime against")[0];
        Assert.Contains("<!-- demo-table -->\n```\n" + printed + "\n```\n<!-- /demo-table -->", File.ReadAllText(SharedData.Repository("README.md")), StringComparison.Ordinal);
    }
}
