using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Packages.Tests;

/// <summary>The packages' README files, which strangers read without the repository.</summary>
public sealed class ReadmeTests
{
    /// <summary>Code of the README stands, line by line and in this order, in the program that <see cref="ConsumerTests"/> runs; that of Training runs in tests/Pipeline.</summary>
    [Theory]
    [InlineData("Spectra", 5)]
    [InlineData("Inference", 3)]
    [InlineData("Transforms", 5)]
    public void Code_is_that_of_a_program_that_runs(string room, int least)
    {
        string[] code = Blocks(room, "csharp");
        Assert.True(code.Length >= least, $"{code.Length} lines of code");
        string[] runs = [.. File.ReadLines(SharedData.Repository("tests", "Packages", "Consumer", "Program.cs")).Select(l => l.Trim())];
        int at = 0;
        foreach (string line in code)
        {
            int found = Array.IndexOf(runs, line, at);
            Assert.True(found >= at, $"the consumer does not have, after its line {at}: {line}");
            at = found + 1;
        }
    }

    /// <summary>Versions in the project file that the README of Training shows are those of the build.</summary>
    [Fact]
    public void Versions_shown_are_the_builds()
    {
        string shown = string.Join('\n', Blocks("Training", "xml"));
        Assert.Contains($"\"XanesMl.Training\" Version=\"{BuiltPackages.Version}\"", shown, StringComparison.Ordinal);
        string properties = File.ReadAllText(SharedData.Repository("Directory.Packages.props"));
        string libtorch = properties.Split("<LibTorchVersion>")[1].Split('<')[0];
        Assert.Contains($"\"libtorch-cpu-linux-x64\" Version=\"{libtorch}\"", shown, StringComparison.Ordinal);
    }

    /// <summary>A link into the repository leads nowhere from a package.</summary>
    [Theory]
    [InlineData("Spectra")]
    [InlineData("Inference")]
    [InlineData("Transforms")]
    [InlineData("Training")]
    public void No_links_into_the_repository(string room) =>
        Assert.DoesNotContain("](", File.ReadAllText(SharedData.Repository("src", room, "README.md")), StringComparison.Ordinal);

    private static string[] Blocks(string room, string language) =>
        [.. File.ReadAllText(SharedData.Repository("src", room, "README.md")).Split("```" + language + "\n").Skip(1)
            .SelectMany(b => b.Split("```")[0].Split('\n')).Select(l => l.Trim()).Where(l => l.Length > 0)];
}
