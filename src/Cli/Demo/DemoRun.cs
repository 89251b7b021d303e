using System.Globalization;
using System.Text;
using XanesMl.Cli.Commands;
using XanesMl.Cli.Plotting;
using XanesMl.Cli.Reporting;
using XanesMl.Cli.Terminal;
using XanesMl.Inference.Evaluation;
using XanesMl.Inference.Models;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Spectra.IO;
using XanesMl.Training.Runs;

namespace XanesMl.Cli.Demo;

/// <summary>How a demo went.</summary>
/// <param name="Training">The run.</param>
/// <param name="PipelineDifference">Largest difference between the loaded ML.NET pipeline and the model.</param>
/// <param name="Figures">Figures of the report.</param>
internal sealed record DemoResult(TrainingResult Training, double PipelineDifference, IReadOnlyList<Figure> Figures);

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
            var recorder = new LossRecorder();
            var training = TrainingWork.Execute(host, request, quiet, recorder);
            Step(host, quiet, "building, saving and loading the ML.NET pipeline");
            using var model = SpectrumModel.Open(training.ModelFolder);
            var split = training.Split;
            var test = input.Table.Select(split.Test);
            var answers = model.Predict(test.Spectra.Span, test.RowCount);
            double difference = PipelineCheck.SaveAndCompare(training.ModelFolder, Path.Combine(folder, "pipeline.zip"), tables, split.Test, answers);
            if (difference > PipelineCheck.Tolerance)
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"the loaded ML.NET pipeline differs from the model by {difference:0.0e+0}, more than {PipelineCheck.Tolerance:0e+0}"));
            Step(host, quiet, "drawing figures and writing the report");
            var figures = Figures(host, model, input.Table.Select([.. split.Train, .. split.Validation]), test, answers, training.Report, recorder, small);
            Write(folder, model, training, difference, figures);
            host.Interrupt.ThrowIfCancellationRequested();
            result = new DemoResult(training, difference, figures);
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
        ("ONNX Runtime against TorchSharp", "largest difference " + training.OnnxDifference.ToString("0.0e+0", CultureInfo.InvariantCulture)),
        ("loaded ML.NET pipeline against the model", "largest difference " + pipelineDifference.ToString("0.0e+0", CultureInfo.InvariantCulture)),
    ];

    private static List<Figure> Figures(CliHost host, SpectrumModel model, SpectraTable fitted, SpectraTable test, PredictionBatch answers,
        EvaluationReport report, LossRecorder recorder, bool small)
    {
        var figures = new List<Figure> { ModelFigures.SpectralVariation(model, fitted, small ? 100 : 1000, host.Interrupt) };
        if (ModelFigures.Parity(model, test, answers, report) is { } parity)
            figures.Add(parity);
        if (ModelFigures.Reconstruction(model, test, answers) is { } reconstruction)
            figures.Add(reconstruction);
        figures.Add(LossFigure.Create(recorder.Panels()));
        return figures;
    }

    private static void Write(string folder, SpectrumModel model, TrainingResult training, double difference, IReadOnlyList<Figure> figures)
    {
        string plots = Path.Combine(folder, "plots");
        Directory.CreateDirectory(plots);
        foreach (var figure in figures)
        {
            File.WriteAllBytes(Path.Combine(plots, figure.Name + ".png"), figure.ToPng());
            File.WriteAllBytes(Path.Combine(plots, figure.Name + ".svg"), figure.ToSvg());
        }

        TextFile.Write(Path.Combine(folder, "report.html"), HtmlReport.Create(new ReportContent
        {
            Model = model.Metadata,
            ModelId = model.Folder.Id,
            Scores = training.Report,
            Trials = training.Trials,
            Figures = figures,
            Checks = Checks(training, difference),
        }));
    }

    private static void Step(CliHost host, bool quiet, string what)
    {
        host.Interrupt.ThrowIfCancellationRequested();
        if (!quiet)
            host.Error.WriteLine(what);
    }
}
