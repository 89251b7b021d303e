using System.Globalization;
using System.Text;
using XanesMl.Cli.Plotting;
using XanesMl.Cli.Terminal;
using XanesMl.Inference.Models;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Spectra.IO;
using XanesMl.Spectra.Reading;
using XanesMl.Training.Evaluation;
using XanesMl.Training.Runs;

namespace XanesMl.Cli.Reporting.Comparing;

/// <summary>What a written comparison has.</summary>
/// <param name="Result">The scores and differences.</param>
/// <param name="Plan">The rows.</param>
/// <param name="Json">Text of compare.json.</param>
internal sealed record WrittenComparison(ComparisonResult Result, ComparisonPlan Plan, string Json);

/// <summary>One run of a comparison.</summary>
/// <param name="Name">Short name that tells it from the others.</param>
/// <param name="Run">The run.</param>
/// <param name="Model">Description of its model.</param>
/// <param name="ModelId">Identifier of the model folder.</param>
/// <param name="Split">Its split.</param>
internal sealed record ComparedRun(string Name, CompletedRun Run, ModelMetadata Model, string ModelId, ModelSplit Split);

/// <summary>From run folders to compare.html, compare.json, scores.csv, differences.csv and figures.</summary>
internal static class CompareRun
{
    /// <summary>Name of the page.</summary>
    public const string PageName = "compare.html";

    /// <summary>Folder that is written where none is named.</summary>
    public const string DefaultOutput = "xanesml-compare";

    /// <summary>Most runs of one page: more are not readable.</summary>
    public const int MostRuns = 24;

    private static readonly string[] s_markers = ["compare.json"];

    /// <summary>Compares and writes.</summary>
    /// <param name="host">Interrupt, embedded data, progress.</param>
    /// <param name="folders">Run folders, the reference first.</param>
    /// <param name="data">Files of --data; empty for those that the runs name.</param>
    /// <param name="output">Folder to write; one that an earlier comparison wrote is replaced.</param>
    /// <param name="quiet">No progress.</param>
    /// <exception cref="XanesDataException">Too few or too many runs, one twice, a run without test rows, or rows that are not found.</exception>
    public static WrittenComparison Execute(CliHost host, IReadOnlyList<string> folders, IReadOnlyList<string> data, string output, bool quiet)
    {
        if (folders.Count < 2 || folders.Count > MostRuns)
            throw new XanesDataException($"{folders.Count} {(folders.Count == 1 ? "run" : "runs")}", "--compare", remedy: $"Name 2 to {MostRuns} run folders.");
        if (folders.GroupBy(f => Path.TrimEndingDirectorySeparator(Path.GetFullPath(f)), StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new XanesDataException($"{twice.First()} is named twice", "--compare", remedy: "Name each run once.");
        foreach (string folder in folders)
            AtomicFile.RequireNotInput(output, [folder]);
        var runs = Read(folders);
        var tables = ComparedTables.Find(host, runs, data);
        var plan = ComparisonPlan.Choose([.. runs.Select(r => r.Split)], [.. tables.Select(t => t.Materials)]);
        if (!quiet)
            host.Say(plan.Text);
        var rows = Ask(runs, tables, plan, host.Interrupt);
        var result = Comparison.Compute(rows, plan.Paired, new ComparisonOptions { OneTask = plan.OneTask }, host.Interrupt);
        var figure = ComparisonFigure.Create(result);
        string json = ComparisonFiles.Json(runs, result, plan);
        string page = ComparisonPage.Create(runs, result, plan, figure);
        AtomicDirectory.Write(output, folder =>
        {
            Text(folder, PageName, page);
            Text(folder, "compare.json", json);
            Text(folder, "scores.csv", ComparisonFiles.Scores(result));
            Text(folder, "differences.csv", ComparisonFiles.Differences(result));
            File.WriteAllBytes(Path.Combine(folder, figure.Name + ".png"), figure.ToPng());
            File.WriteAllBytes(Path.Combine(folder, figure.Name + ".svg"), figure.ToSvg());
        }, replaceExisting: true, s_markers);
        return new WrittenComparison(result, plan, json);
    }

    private static void Text(string folder, string name, string text) => File.WriteAllText(Path.Combine(folder, name), text, new UTF8Encoding(false));

    private static List<ComparedRun> Read(IReadOnlyList<string> folders)
    {
        string[] names = Names(folders);
        var runs = new List<ComparedRun>();
        for (int r = 0; r < folders.Count; r++)
        {
            var run = CompletedRun.Read(folders[r]);
            var model = ModelFolder.Open(run.ModelFolder);
            if (model.Split is not { } split || split.Test.Count == 0)
                throw new XanesDataException("the run has no test rows to be compared on", folders[r], remedy: "Train it with a test part (split_fractions), or leave it out.");
            runs.Add(new ComparedRun(names[r], run, model.Metadata, model.Id, split));
        }

        return runs;
    }

    /// <summary>The folders' own names, with as many parents as it takes to tell them apart.</summary>
    internal static string[] Names(IReadOnlyList<string> folders)
    {
        string[][] parts = [.. folders.Select(f => Path.GetFullPath(f).Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))];
        for (int depth = 1; ; depth++)
        {
            string[] names = [.. parts.Select(p => string.Join('/', p.TakeLast(depth)))];
            if (names.Distinct(StringComparer.Ordinal).Count() == names.Length || depth >= parts.Max(p => p.Length))
                return names;
        }
    }

    private static List<ComparisonRows> Ask(List<ComparedRun> runs, IReadOnlyList<SpectraTable> tables, ComparisonPlan plan, CancellationToken cancel)
    {
        var rows = new ComparisonRows[runs.Count];
        Parallel.For(0, runs.Count, new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount }, r =>
        {
            using var model = SpectrumModel.Open(runs[r].Run.ModelFolder);
            rows[r] = ComparisonRows.Of(runs[r].Name, model, tables[r].Select(plan.Rows[r]));
        });
        return plan.Paired ? [.. rows, .. Baselines(runs, tables, plan)] : [.. rows];
    }

    /// <summary>The simple methods learn from the first run's training and validation rows, none of whose materials is compared.</summary>
    private static IReadOnlyList<ComparisonRows> Baselines(List<ComparedRun> runs, IReadOnlyList<SpectraTable> tables, ComparisonPlan plan)
    {
        var (table, split) = (tables[0], runs[0].Split);
        return table.DescriptorNames.Count == 0 ? []
            : ComparisonRows.Baselines(table.Select(split.Train), table.Select(split.Validation), table.Select(plan.Rows[0]), [.. runs[0].Model.Descriptors.Select(d => d.Unit)]);
    }
}
