using System.Globalization;
using System.Text;
using XanesMl.Cli.Commands;
using XanesMl.Cli.Reporting;
using XanesMl.Cli.Terminal;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Spectra.IO;
using XanesMl.Training.Runs;

namespace XanesMl.Cli.Demo;

/// <summary>How a demo went.</summary>
/// <param name="Training">The run.</param>
/// <param name="PipelineDifference">Largest difference between the loaded ML.NET pipeline and the model.</param>
internal sealed record DemoResult(TrainingResult Training, double PipelineDifference);

/// <summary>From the embedded spectra to a model, a pipeline, an evaluation and a report.</summary>
internal static class DemoRun
{
    /// <summary>Files that prove that a folder is a run of ours.</summary>
    private static readonly string[] s_markers = ["run.json"];

    /// <summary>Runs the demo and puts its folder in place when all of it has succeeded.</summary>
    /// <param name="host">Console, clock, content.</param>
    /// <param name="output">Folder to write; one that an earlier run wrote is replaced.</param>
    /// <param name="small">The reduced configuration.</param>
    /// <param name="quiet">No progress.</param>
    public static DemoResult Execute(CliHost host, string output, bool small, bool quiet)
    {
        var tables = EmbeddedData.Read(host.ContentFolder);
        var options = EmbeddedData.Configuration(host.ContentFolder, small ? "demo-small" : "demo");
        var input = RunInput.Prepare(tables, options);
        DemoResult? result = null;
        AtomicDirectory.Write(output, folder =>
        {
            var request = TrainingWork.Request(input, options, folder, EmbeddedData.Notice, resume: false);
            if (!quiet)
                host.Error.WriteLine(TrainingWork.Banner(request));
            var training = TrainingWork.Execute(host, request, quiet);
            Step(host, quiet, "building, saving and loading the ML.NET pipeline");
            using var model = SpectrumModel.Open(training.ModelFolder);
            var split = training.Split;
            var test = input.Table.Select(split.Test);
            var answers = model.Predict(test.Spectra.Span, test.RowCount);
            double difference = PipelineCheck.SaveAndCompare(training.ModelFolder, Path.Combine(folder, "pipeline.zip"), tables, split.Test, answers);
            if (difference > PipelineCheck.Tolerance)
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"the loaded ML.NET pipeline differs from the model by {difference:0.0e+0}, more than {PipelineCheck.Tolerance:0e+0}"));
            Step(host, quiet, "drawing figures and writing the report");
            RunReport.OfFinished(folder, input.Table, [("Loaded ML.NET pipeline against the model", Largest(difference))], host.Interrupt);
            host.Interrupt.ThrowIfCancellationRequested();
            result = new DemoResult(training, difference);
        }, replaceExisting: true, s_markers);
        return result ?? throw new InvalidOperationException("the demo ended without a result");
    }

    /// <summary>The table, the checks, where things are and how long it took.</summary>
    public static string Describe(DemoResult result, string output, TimeSpan elapsed)
    {
        var s = new StringBuilder();
        s.Append(MetricsTable.Descriptors(result.Training.Report)).Append('\n').Append(MetricsTable.Notes(result.Training.Report)).Append('\n');
        foreach (var (check, value) in Checks(result.Training, result.PipelineDifference))
            s.Append(check).Append(": ").Append(value).Append('\n');
        s.Append('\n');
        foreach (var (what, name) in new[] { ("model folder", "model"), ("ML.NET pipeline", "pipeline.zip"), ("metrics", "metrics.json"), ("report", "report.html"), ("figures", "plots") })
            s.Append((what + ":").PadRight(17)).Append(SafeText.OneLine(Path.Combine(output, name))).Append('\n');
        return s.Append(CultureInfo.InvariantCulture, $"done in {elapsed.TotalSeconds:0} s\n").ToString();
    }

    private static IReadOnlyList<(string Check, string Result)> Checks(TrainingResult training, double pipelineDifference) =>
    [
        ("ONNX Runtime against TorchSharp", Largest(training.OnnxDifference)),
        ("loaded ML.NET pipeline against the model", Largest(pipelineDifference)),
    ];

    private static string Largest(double difference) => "largest difference " + difference.ToString("0.0e+0", CultureInfo.InvariantCulture);

    private static void Step(CliHost host, bool quiet, string what)
    {
        host.Interrupt.ThrowIfCancellationRequested();
        if (!quiet)
            host.Error.WriteLine(what);
    }
}
