using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using XanesMl.Bench;
using XanesMl.Bench.Domain;
using XanesMl.Bench.Results;

// Usage, from the repository's root: see CONTRIBUTING.md.
if (args is ["--quick", ..])
{
    string machine = args is [_, "--machine", var given] ? given : $"{Environment.ProcessorCount} logical processors";
    QuickRun.Execute(Path.Combine("bench", "Results", "quick.md"), machine);
    return 0;
}

if (args is ["--bulk", ..])
{
    BulkDataRun.Execute(Path.Combine("bench", "Results", "bulk.md"), args is [_, "--machine", var bulkMachine] ? bulkMachine : $"{Environment.ProcessorCount} logical processors");
    return 0;
}

if (args is ["--domain", var model, var demo, var shared])
{
    DomainRun.Execute(model, demo, shared, Path.Combine("bench", "Results", "domain.md"));
    return 0;
}

if (args is ["--cu", var data, var work])
{
    CuResults.Run(data, work, Path.Combine("docs", "results"), Path.Combine("bench", "Results"));
    return 0;
}

if (args is ["--cu-variants", var table, var folder])
{
    CuResults.RunVariants(table, folder, Path.Combine("docs", "results"), Path.Combine("bench", "Results"));
    return 0;
}

// In this process: a benchmark process of its own would copy libtorch's 500 MB for each benchmark.
var config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
BenchmarkSwitcher.FromAssembly(typeof(QuickRun).Assembly).Run(args, config);
return 0;
