using System.Diagnostics;

namespace XanesMl.Cli.Tests.Demo;

/// <summary>One `xanesml demo --small`, run as a user would, shared by all tests that need a finished run or a model folder.</summary>
public sealed class DemoFixture : IDisposable
{
    private readonly TempFolder _folder = new();

    public DemoFixture()
    {
        var watch = Stopwatch.StartNew();
        Run = CliRun.AsProcess(_folder.Path, "demo", "--small");
        Elapsed = watch.Elapsed;
    }

    /// <summary>Folder in which the demo was started.</summary>
    public string WorkingFolder => _folder.Path;

    /// <summary>The demo's folder.</summary>
    public string Output => Path.Combine(_folder.Path, "xanesml-demo");

    /// <summary>The demo's model folder.</summary>
    public string Model => Path.Combine(Output, "model");

    /// <summary>Wall time of the process.</summary>
    public TimeSpan Elapsed { get; }

    internal CliRun Run { get; }

    public void Dispose() => _folder.Dispose();
}

[CollectionDefinition(Name)]
public sealed class SharedDemo : ICollectionFixture<DemoFixture>
{
    public const string Name = "demo";
}
