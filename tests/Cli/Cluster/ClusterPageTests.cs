using System.CommandLine;
using System.Globalization;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using XanesMl.Cli.Tests.Commands;
using XanesMl.TestSupport;
using YamlDotNet.RepresentationModel;

namespace XanesMl.Cli.Tests.Cluster;

/// <summary>The files that docs/cluster.md shows are run. Oracle of their result: one process that trains all trials.</summary>
public sealed partial class ClusterPageTests : IDisposable
{
    private readonly ClusterFolder _folder = new(epochs: 3);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_command_line_of_the_page_parses()
    {
        string page = File.ReadAllText(SharedData.Repository("docs", "cluster.md")).Replace("\\\n", " ", StringComparison.Ordinal);
        var root = CommandLine.Create(new Cli.Terminal.CliHost { Out = TextWriter.Null, Error = TextWriter.Null });
        int seen = 0;
        foreach (Match m in CommandOfPage().Matches(page))
        {
            string line = m.Groups["line"].Value.Replace("\"$first..$last\"", "0..1", StringComparison.Ordinal).Replace("\"$trials\"", "40", StringComparison.Ordinal).Replace("\"$SLURM_CPUS_PER_TASK\"", "4", StringComparison.Ordinal);
            Assert.True(root.Parse(line).Errors.Count == 0, line);
            seen++;
        }

        Assert.Equal(6, seen);
    }

    [LinuxFact]
    [SupportedOSPlatform("linux")]
    public void The_Kubernetes_job_trains_every_index_and_select_chooses()
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(ClusterFolder.FromPage("train-job.yaml")));
        var spec = (YamlMappingNode)yaml.Documents[0].RootNode["spec"];
        Assert.Equal("Indexed", (string?)spec["completionMode"]);
        var container = spec["template"]["spec"]["containers"][0];
        string[] command = [.. ((YamlSequenceNode)container["command"]).Concat((YamlSequenceNode)container["args"]).Select(n => (string)n!)];
        Assert.Equal(["/bin/sh", "-euc"], command[..2]);
        Assert.Contains("trials=40\neach=4\n", command[2], StringComparison.Ordinal);
        Assert.Equal("10", (string?)spec["completions"]);   // 10 x 4 = 40

        _folder.TrainWhole(5);
        var environment = _folder.ProgramOnPath();
        string script = command[2].Replace("trials=40\neach=4\n", "trials=4\neach=2\n", StringComparison.Ordinal);
        for (int index = 0; index < 2; index++)
        {
            environment["JOB_COMPLETION_INDEX"] = index.ToString(CultureInfo.InvariantCulture);
            var pod = _folder.Run(environment, command[0], command[1], script);
            Assert.True(pod.Code == 0, pod.Error);
        }

        // another Pod with a fifth trial, and its own folder
        Assert.Equal(0, _folder.Run(environment, "xanesml", "train", "--data", "Cu.csv.gz", "--config", "Cu.yaml", "--seed", "5", "--trial-range", "0..0", "--quiet", "--out", "runs/fifth").Code);
        var select = _folder.Run(environment, "/bin/sh", "-euc", ClusterFolder.FromPage("select.sh").Replace("runs/Cu ", "runs/Cu runs/fifth ", StringComparison.Ordinal));
        Assert.True(select.Code == 0, select.Error);
        Assert.Equal(_folder.Hashes("whole"), _folder.Hashes("runs/Cu-best"));
    }

    [SlurmFact]
    [SupportedOSPlatform("linux")]
    public void The_Slurm_job_array_of_the_page_writes_what_one_process_writes()
    {
        _folder.TrainWhole(5);
        foreach (string name in new[] { "trials.sbatch", "select.sbatch" })
            _folder.WriteFromPage(name);
        using var slurmFolder = new TempFolder();
        using var slurm = new SlurmCluster(slurmFolder.Path);
        var environment = _folder.ProgramOnPath();
        environment["SLURM_CONF"] = slurm.Environment["SLURM_CONF"];
        // fewer tasks and trials than the page has, and a number that the tasks do not divide: 2, 2 and 1
        string submit = ClusterFolder.FromPage("submit.sh").Replace("--array=0-9 trials.sbatch 40", "--array=0-2 trials.sbatch 5", StringComparison.Ordinal);
        Assert.Contains("--array=0-2", submit, StringComparison.Ordinal);
        var submitted = _folder.Run(environment, "/bin/bash", "-euo", "pipefail", "-c", submit);
        Assert.True(submitted.Code == 0, submitted.Error + slurm.Logs());
        slurm.WaitForJobs();
        string logs = string.Join('\n', Directory.EnumerateFiles(_folder.Path, "*.log").Select(f => Path.GetFileName(f) + ": " + File.ReadAllText(f)));
        Assert.True(Directory.Exists(_folder["runs/Cu-best"]), logs + slurm.Logs());
        Assert.Equal(3, Directory.EnumerateFiles(_folder.Path, "train-*.log").Count());
        Assert.Equal(_folder.Hashes("whole"), _folder.Hashes("runs/Cu-best"));
    }

    [GeneratedRegex(@"^[ ]*(exec )?xanesml (?<line>(train|select) .*)$", RegexOptions.Multiline)]
    private static partial Regex CommandOfPage();
}
