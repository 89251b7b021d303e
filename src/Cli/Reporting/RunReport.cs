using System.Globalization;
using System.Text;
using XanesMl.Cli.Plotting;
using XanesMl.Cli.Reporting.Numbers;
using XanesMl.Cli.Terminal;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Spectra.IO;
using XanesMl.Training.Runs;

namespace XanesMl.Cli.Reporting;

/// <summary>What a written report has.</summary>
/// <param name="Numbers">Everything in it.</param>
/// <param name="Metrics">Text of metrics.json.</param>
internal sealed record WrittenReport(RunNumbers Numbers, string Metrics);

/// <summary>From a run folder to report.html, plots/ and metrics.json.</summary>
internal static class RunReport
{
    /// <summary>Name of the page.</summary>
    public const string PageName = "report.html";

    /// <summary>Findings as CSV, in the folder of figures.</summary>
    public const string FindingsName = "findings.csv";

    /// <summary>Name of the folder of figures.</summary>
    public const string PlotsName = "plots";

    // A file that every plots folder of ours has: only such a folder is replaced.
    private static readonly string[] s_markers = ["spectral_variation.png"];

    /// <summary>The report of a run folder, for the verb.</summary>
    /// <param name="host">Interrupt, embedded data, progress.</param>
    /// <param name="folder">The run folder.</param>
    /// <param name="data">Files of --data; empty for those that the run names.</param>
    /// <param name="output">Where to write; null: the run folder.</param>
    /// <param name="quiet">No progress.</param>
    public static WrittenReport Execute(CliHost host, string folder, IReadOnlyList<string> data, string? output, bool quiet)
    {
        var run = CompletedRun.Read(folder);
        output ??= folder;
        RequireOwn(folder, output);
        var found = RunData.Find(run, data, host.ContentFolder);
        if (!quiet)
            host.Say(found.Table is null ? "no rows: " + found.Missing : string.Create(CultureInfo.InvariantCulture, $"{found.Table.RowCount} spectra, verified by their hash; drawing the figures"));
        return Write(run, found, output, [], host.Interrupt);
    }

    /// <summary>The report of a run that has just ended, written into its folder.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="table">Its table.</param>
    /// <param name="checks">Checks that were made, each a label and its result.</param>
    /// <param name="cancel">Stops between two figures.</param>
    public static WrittenReport OfFinished(string folder, SpectraTable table, IReadOnlyList<(string Check, string Result)> checks, CancellationToken cancel) =>
        Write(CompletedRun.Read(folder), new RunData(table, ""), folder, checks, cancel);

    private static WrittenReport Write(CompletedRun run, RunData data, string output, IReadOnlyList<(string Check, string Result)> checks, CancellationToken cancel)
    {
        using var model = SpectrumModel.Open(run.ModelFolder);
        var numbers = RunNumbers.Of(run, model, data.Table, data.Missing, RunNumbers.Draws, cancel);
        var figures = RunFigures.Of(numbers);
        string page = RunPage.Create(numbers, figures.ToDictionary(f => f.Figure.Name, StringComparer.Ordinal), [.. checks, .. Checks(numbers)]);
        string metrics = RunMetrics.Create(numbers);
        try
        {
            Directory.CreateDirectory(output);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new XanesDataException("the folder cannot be made: " + e.Message.TrimEnd('.'), output, remedy: "Give a folder that you may write to with --out.", inner: e);
        }

        AtomicDirectory.Write(Path.Combine(output, PlotsName), plots =>
        {
            if (numbers.Findings is { } findings)
                File.WriteAllText(Path.Combine(plots, FindingsName), FindingsSection.Csv(findings), new UTF8Encoding(false));
            Parallel.ForEach(figures, new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount }, f =>
            {
                File.WriteAllBytes(Path.Combine(plots, f.Figure.Name + ".png"), f.Figure.ToPng());
                File.WriteAllBytes(Path.Combine(plots, f.Figure.Name + ".svg"), f.Figure.ToSvg());
                File.WriteAllText(Path.Combine(plots, f.Figure.Name + ".csv"), f.Csv, new UTF8Encoding(false));
            });
        }, replaceExisting: true, s_markers);
        TextFile.Write(Path.Combine(output, "metrics.json"), metrics);
        TextFile.Write(Path.Combine(output, PageName), page);
        return new WrittenReport(numbers, metrics);
    }

    /// <summary>A report goes into its own run's folder or into one that is no run: it replaces metrics.json.</summary>
    private static void RequireOwn(string folder, string output)
    {
        if (File.Exists(output))
            throw new XanesDataException("the output folder is a file", output, remedy: "Give another --out.");
        if (Path.GetFullPath(folder).TrimEnd(Path.DirectorySeparatorChar) != Path.GetFullPath(output).TrimEnd(Path.DirectorySeparatorChar) && File.Exists(Path.Combine(output, "run.json")))
            throw new XanesDataException("the output folder holds another run", output, remedy: "Give another --out, or leave it out: the report then goes into the run's own folder.");
    }

    private static List<(string Check, string Result)> Checks(RunNumbers run)
    {
        var checks = new List<(string, string)>();
        if (double.IsFinite(run.Run.OnnxDifference))
            checks.Add(("ONNX Runtime against TorchSharp", "largest difference " + Short(run.Run.OnnxDifference)));
        if (run.Rows is { } rows)
        {
            double largest = 0;
            foreach (var (name, d) in run.Run.Report.Descriptors)
                if (rows.Scores.Descriptors.TryGetValue(name, out var again))
                    foreach (double difference in new[] { d.Spearman - again.Spearman, d.R2 - again.R2, d.Mae - again.Mae, d.Coverage90 - again.Coverage90 })
                        largest = Math.Max(largest, double.IsFinite(difference) ? Math.Abs(difference) : 0);
            checks.Add(("Scores of metrics.json computed again from the model folder and the table", "largest difference " + Short(largest)));
        }

        return checks;
    }

    private static string Short(double v) => v.ToString("0.0e+0", CultureInfo.InvariantCulture);
}
