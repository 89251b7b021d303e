using XanesMl.TestSupport;

namespace XanesMl.Cli.Tests;

public sealed class UsageTests
{
    public static TheoryData<string> Verbs => ["demo", "train", "select", "evaluate", "report", "predict", "normalize", "import", "bench"];

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Help_of_every_verb_has_quiet_and_ends_in_an_example_that_parses(string verb)
    {
        var run = CliRun.InProcess(verb, "--help");
        Assert.Equal(0, run.Code);
        Assert.Equal("", run.Error);
        Assert.Contains("--quiet", run.Out, StringComparison.Ordinal);
        string example = run.Out.TrimEnd().Split('\n')[^1].Trim();
        Assert.StartsWith("xanesml " + verb, example, StringComparison.Ordinal);
        var root = CommandLine.Create(new Cli.Terminal.CliHost { Out = TextWriter.Null, Error = TextWriter.Null });
        Assert.Empty(root.Parse(example["xanesml ".Length..]).Errors);
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Documentation_describes_every_option(string verb)
    {
        string text = File.ReadAllText(SharedData.Repository("docs", "cli.md"));
        var root = CommandLine.Create(new Cli.Terminal.CliHost { Out = TextWriter.Null, Error = TextWriter.Null });
        int start = text.IndexOf($"\n## {verb}", StringComparison.Ordinal);
        Assert.True(start >= 0, "no section");
        int end = text.IndexOf("\n## ", start + 4, StringComparison.Ordinal);
        string section = end < 0 ? text[start..] : text[start..end];
        foreach (var option in root.Subcommands.Single(c => c.Name == verb).Options.Where(o => o.Name != "--quiet"))
            Assert.Contains($"`{option.Name}", section, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tran", "unknown verb 'tran'", "Did you mean 'train'?")]
    [InlineData("xyzzy", "unknown verb 'xyzzy'", "See 'xanesml --help'")]
    [InlineData("train --trails 3 --out x", "unknown option '--trails'", "Did you mean '--trials'?")]
    [InlineData("train --data a.csv --trails 3 --out x", "unknown option '--trails'", "Did you mean '--trials'?")]
    [InlineData("predict a.csv --modle m", "unknown option '--modle'", "Did you mean '--model'?")]
    [InlineData("train --out x --trials many", "--trials is 'many'", "Allowed: a whole number from 1 to 10000")]
    [InlineData("train --out x --trials 0", "--trials is '0'", "Allowed: a whole number from 1 to 10000")]
    [InlineData("train --out x --seed -1", "--seed is '-1'", "Allowed: a whole number from 0")]
    [InlineData("train --out x --seed 1e3", "--seed is '1e3'", "Allowed")]
    [InlineData("train --out x --trial-range 5", "--trial-range is '5'", "Allowed: A..B")]
    [InlineData("train --out x --trial-range 7..5", "--trial-range is '7..5'", "Allowed: A..B")]
    [InlineData("train --out x --trial-range 0..+5", "--trial-range is '0..+5'", "Allowed: A..B")]
    [InlineData("train --out x --trials 4 --trial-range 2..4 --data d", "trials 2..4 are not among the 4 of the run", "0..3")]
    [InlineData("train --out x --parallel 0", "--parallel is '0'", "Allowed: a whole number from 1")]
    [InlineData("select --data d --out x", "Required argument 'DIR' missing", "See 'xanesml select --help'")]
    [InlineData("select a --out x", "'--data' is required", "See 'xanesml select --help'")]
    [InlineData("select a --data d --out x", "a: the run folder does not exist", "xanesml train")]
    [InlineData("train --out x --device gpu", "--device is 'gpu'", "Allowed: cpu, cuda")]
    [InlineData("train --out x --split half", "--split is 'half'", "Allowed: grouped, positional, random")]
    [InlineData("evaluate --model m --data d --rows train", "--rows is 'train'", "Allowed: all, test")]
    [InlineData("train --data x", "'--out' is required", "See 'xanesml train --help'")]
    [InlineData("import --weights w --out d extra", "unexpected argument 'extra'", "See 'xanesml import --help'")]
    [InlineData("predict --model m", "Required argument 'INPUT' missing", "See 'xanesml predict --help'")]
    public void Wrong_use_names_what_is_wrong_and_what_is_allowed(string line, string problem, string remedy) =>
        CliRun.InProcess(line.Split(' ')).AssertBadInput(problem, remedy);

    [Fact]
    public void Without_a_verb_the_verbs_are_listed() => CliRun.InProcess().AssertBadInput("a verb is missing", "demo, train, select, evaluate, report, predict, normalize, import, bench");

    [Fact]
    public void Empty_path_is_refused() => CliRun.InProcess("train", "--out", "").AssertBadInput("--out is empty");

    [Theory]
    // Oracle: counted by hand; a swap of neighbours is one edit.
    [InlineData("trials", "trials", 0)]
    [InlineData("trials", "trails", 1)]
    [InlineData("model", "modle", 1)]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    public void Distance_counts_edits(string a, string b, int expected)
    {
        Assert.Equal(expected, UsageErrors.Distance(a, b));
        Assert.Equal(expected, UsageErrors.Distance(b, a));
    }
}
