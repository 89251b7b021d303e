using System.CommandLine;
using XanesMl.Cli.Demo;
using XanesMl.Cli.Terminal;
using XanesMl.Inference.Evaluation;

namespace XanesMl.Cli.Commands;

/// <summary>xanesml demo: everything once, on the embedded spectra.</summary>
internal static class DemoCommand
{
    private const string DefaultOutput = "xanesml-demo";

    /// <summary>The verb and its example.</summary>
    public static (Command Command, string Example) Create(CliHost host)
    {
        var output = Options.Path("--out", "DIR", $"Folder to write: model/, pipeline.zip, metrics.json, report.html, plots/. An earlier run there is replaced. Default: {DefaultOutput}");
        var small = new Option<bool>("--small") { Description = "A reduced training of seconds, to see that everything works; its scores are poor." };
        var json = Options.Json("metrics.json");
        var quiet = Options.Quiet();
        var command = new Command("demo", "Train on the embedded spectra of eight elements, export, build the ML.NET pipeline, evaluate and report. Takes up to 3 minutes.")
        {
            output, small, json, quiet,
        };
        command.SetAction(result =>
        {
            long start = host.Clock.GetTimestamp();
            string folder = result.GetValue(output) ?? DefaultOutput;
            DemoResult demo;
            try
            {
                demo = DemoRun.Execute(host, folder, result.GetValue(small), result.GetValue(quiet));
            }
            catch (OperationCanceledException) when (host.Interrupt.IsCancellationRequested)
            {
                host.Error.WriteLine("interrupted: the demo is not finished and nothing was written. To train with checkpoints that can be continued, use 'xanesml train'.");
                return ExitCode.Interrupted;
            }

            if (result.GetValue(json))
                host.Out.WriteLine(MetricsJson.Serialize(demo.Training.Report));
            else if (!result.GetValue(quiet))
                host.Out.Write(DemoRun.Describe(demo, folder, host.Clock.GetElapsedTime(start)));
            return ExitCode.Done;
        });
        return (command, "xanesml demo --out xanesml-demo");
    }
}
