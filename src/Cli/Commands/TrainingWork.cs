using System.Globalization;
using System.Text;
using XanesMl.Cli.Reporting;
using XanesMl.Cli.Terminal;
using XanesMl.Spectra;
using XanesMl.Training.Configuration;
using XanesMl.Training.Runs;

namespace XanesMl.Cli.Commands;

/// <summary>What train and demo share: the request, the progress around the run, and its words.</summary>
internal static class TrainingWork
{
    /// <summary>A request for prepared input.</summary>
    /// <param name="input">The table.</param>
    /// <param name="options">Resolved options.</param>
    /// <param name="output">Run folder.</param>
    /// <param name="notice">Licence and citation of the data.</param>
    /// <param name="resume">Continue what the folder holds.</param>
    /// <param name="files">Where the table comes from, as the user named it; empty for the embedded data.</param>
    public static TrainingRequest Request(RunInput input, TrainingOptions options, string output, string notice, bool resume, params IReadOnlyList<string> files) => new()
    {
        Table = input.Table,
        DataFiles = files,
        EnergyAxis = input.EnergyAxis,
        EdgeReferences = input.EdgeReferences,
        Name = options.Name ?? NameOf(input.Table),
        DataNotice = notice,
        Options = options,
        OutputFolder = output,
        Resume = resume,
    };

    /// <summary>Trains with live progress on a terminal, plain lines elsewhere, or none.</summary>
    /// <param name="host">Console and interrupt.</param>
    /// <param name="request">What to train.</param>
    /// <param name="quiet">No progress.</param>
    public static TrainingResult Execute(CliHost host, TrainingRequest request, bool quiet) =>
        WithProgress(host, quiet, progress => TrainingRun.Execute(request, progress, host.Interrupt));

    /// <summary>Writes the report of a run that has just ended. The model is there already: trouble with the report is told and does not make the run fail.</summary>
    public static void Report(CliHost host, TrainingRequest request, bool quiet)
    {
        if (!quiet)
            host.Say("drawing figures and writing the report");
        try
        {
            RunReport.OfFinished(request.OutputFolder, request.Table, [], host.Interrupt);
        }
        catch (OperationCanceledException) when (host.Interrupt.IsCancellationRequested)
        {
            host.Say("interrupted: the run is complete, its report is not. Write it with 'xanesml report --run'");
        }
        catch (Exception e) when (ErrorBoundary.IsExpected(e))
        {
            host.Say("warning: the run is complete, its report could not be written: " + e.Message);
        }
    }

    /// <summary>The same for some of the trials.</summary>
    public static IReadOnlyList<TrialOutcome> ExecuteRange(CliHost host, TrainingRequest request, TrialRange range, bool quiet) =>
        WithProgress(host, quiet, progress => TrainingRun.ExecuteRange(request, range, progress, host.Interrupt));

    private static T WithProgress<T>(CliHost host, bool quiet, Func<IProgress<TrainingProgress>?, T> work)
    {
        if (quiet)
            return work(null);
        return host.LiveConsole is { } console ? new LiveProgress(console, host.Clock).Run(work) : work(new PlainProgress(host.Error));
    }

    /// <summary>What is about to be trained, in two lines.</summary>
    public static string Banner(TrainingRequest request, TrialRange? range = null)
    {
        var (table, o) = (request.Table, TrainingRun.Resolve(request));
        string lowered = o.BatchSize < request.Options.BatchSize ? string.Create(CultureInfo.InvariantCulture, $" (as many as training rows; the preset's {request.Options.BatchSize} are more)") : "";
        int descriptors = o.Descriptors.Count > 0 ? o.Descriptors.Count : table.DescriptorNames.Count;
        int here = range?.Count ?? o.Trials, atOnce = Math.Clamp(request.Parallelism, 1, here);
        string names = string.Join(" ", o.Descriptors.Count > 0 ? o.Descriptors : table.DescriptorNames);
        return SafeText.OneLine(string.Create(CultureInfo.InvariantCulture,
                $"{request.Name}: {table.RowCount} spectra of {table.Materials.Distinct(StringComparer.Ordinal).Count()} materials, {table.Grid}{(request.EnergyAxis == Inference.Models.EnergyAxis.RelativeToEdge ? " relative to the edge" : "")}")) + "\n"
            + SafeText.OneLine(string.Create(CultureInfo.InvariantCulture,
                $"{descriptors} descriptors ({names}), {o.StyleCount ?? descriptors + 1} styles, split {o.Split}, {o.Trials} {(o.Trials == 1 ? "trial" : "trials")} of {o.Epochs} epochs, batch {o.BatchSize}{lowered}, seed {o.Seed}, {(o.UseGpu ? "cuda" : "cpu")}{(range is { } r ? $", trials {r} here" : "")}{(here > 1 ? $", {atOnce} at once" : "")}"));
    }

    /// <summary>Where things are.</summary>
    public static string Summary(TrainingResult result, string output)
    {
        var s = new StringBuilder();
        s.Append(CultureInfo.InvariantCulture, $"ONNX Runtime and TorchSharp differ by at most {result.OnnxDifference:0.0e+0}\n");
        foreach (var (what, name) in new[] { ("model", TrainingRun.ModelFolderName), ("metrics", "metrics.json"), ("trials", TrialTable.FileName), ("report", RunReport.PageName) })
            if (name != RunReport.PageName || File.Exists(Path.Combine(output, name)))
            s.Append(what).Append(": ").Append(SafeText.OneLine(Path.Combine(output, name))).Append('\n');
        return s.ToString();
    }

    /// <summary>Results of train and select: JSON or tables to stdout, the table of trials to stderr.</summary>
    public static void Print(CliHost host, TrainingResult result, string output, bool json, bool quiet)
    {
        if (!quiet)
            host.Error.Write(TrialText.Table(result.Trials));
        if (json)
            host.Out.WriteLine(TrialText.Json(result.Report, result.Trials));
        else if (!quiet)
            host.Out.Write(MetricsTable.Descriptors(result.Report) + "\n" + MetricsTable.Notes(result.Report) + "\n" + Summary(result, output));
    }

    private static string NameOf(SpectraTable table)
    {
        string[] elements = [.. table.Elements.OfType<string>().Distinct(StringComparer.Ordinal)];
        return elements.Length == 0 ? "model" : string.Join('-', elements);
    }
}
