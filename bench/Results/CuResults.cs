using System.Diagnostics;
using System.Globalization;
using System.Text;
using XanesMl.Inference.Evaluation;
using XanesMl.Spectra.IO;
using XanesMl.Spectra.Reading;
using XanesMl.Training.Configuration;
using XanesMl.Training.Runs;
using XanesMl.Training.Trials;

namespace XanesMl.Bench.Results;

/// <summary>Regenerates docs/results: the presets with five seeds each, and our own configuration with the best of several trials,
/// on a Cu K-edge table with descriptors CT, CN, OCN, RSTD and MOOD. Runs that are there are not repeated; a cut-off one is continued.</summary>
internal static class CuResults
{
    private const string PythonNeighbours = "CT .957, CN .897, OCN .802, RSTD .810, MOOD .789";

    private const string PythonReference = "CT .948, CN .864, OCN .826, RSTD .837, MOOD .803, CN F1 .815, reconstruction MAE .0422, free style .28, all pairs .45";

    private static readonly (string Name, string Changes)[] s_variants =
    [
        ("our configuration", ""),
        ("plain reconstruction target", "use_flex_spec_target: false"),
        ("dropout 0.08", "dropout_rate: 0.08"),
        ("no dropout, plain target", "dropout_rate: 0\nuse_flex_spec_target: false"),
        ("128 channels, dropout 0.1", "hidden: 128\ndropout_rate: 0.1"),
        ("batch 256, 600 epochs, no dropout", "batch_size: 256\nmax_epoch: 600\ndropout_rate: 0"),
        ("rank steps a third as large", "lr_ratio_Corr: 3"),
    ];

    /// <summary>Runs what is missing and writes cu.md and the reports as JSON.</summary>
    /// <param name="data">The table.</param>
    /// <param name="work">Folder of the runs.</param>
    /// <param name="output">Folder of the results.</param>
    /// <param name="configurations">Folder with cu-reference.yaml and cu-best.yaml.</param>
    public static void Run(string data, string work, string output, string configurations)
    {
        var reference = ConfigurationFile.Read(Path.Combine(configurations, "cu-reference.yaml"));
        var best = ConfigurationFile.Read(Path.Combine(configurations, "cu-best.yaml"));
        var rows = new List<(string Name, EvaluationReport Report)>();
        var compared = new Dictionary<string, IReadOnlyList<CuTrial>>();
        foreach (var (name, options, engine) in new[] { ("reference", reference, TrialEngine.Fused), ("fast", TrainingPresets.Fast, TrialEngine.Fused), 
            ("reference" + PresetComparison.AutomaticDifferentiation, reference, TrialEngine.Tensors), ("fast" + PresetComparison.AutomaticDifferentiation, TrainingPresets.Fast, TrialEngine.Tensors) })
        {
            CuTrial[] trials = [.. Enumerable.Range(1, PresetComparison.Seeds).Select(seed => Timed(data, work, $"cu-{name.Replace(' ', '-')}-{seed}", options with { Seed = seed, Trials = 1 }, engine))];
            compared[name] = trials;
            if (engine == TrialEngine.Fused)
                rows.AddRange(trials.Select((t, i) => ($"{name}, seed {i + 1}", t.Report)));
        }

        AtomicFile.Write(Path.Combine(output, "presets.md"), s => s.Write(Encoding.UTF8.GetBytes(PresetComparison.Write(compared))));
        rows.Add(($"ours, best of {best.Trials} trials", Train(data, work, "cu-best", best)));
        Directory.CreateDirectory(output);
        foreach (var (name, report) in rows)
            MetricsJson.Write(Path.Combine(output, "cu-" + name.Replace(", ", "-", StringComparison.Ordinal).Replace(' ', '-') + ".json"), report);
        byte[] text = Encoding.UTF8.GetBytes(Write(rows));
        AtomicFile.Write(Path.Combine(output, "cu.md"), s => s.Write(text));
    }

    /// <summary>Runs what is missing of single-seed variants of our configuration and writes cu-variants.md: what else was tried for better scores.</summary>
    /// <param name="data">The table.</param>
    /// <param name="work">Folder of the runs.</param>
    /// <param name="output">Folder of the results.</param>
    /// <param name="configurations">Folder with cu-best.yaml.</param>
    public static void RunVariants(string data, string work, string output, string configurations)
    {
        var basis = ConfigurationFile.Read(Path.Combine(configurations, "cu-best.yaml")) with { Trials = 1 };
        var rows = new List<(string Name, EvaluationReport Report)>();
        foreach (var (name, changes) in s_variants)
            rows.Add((name, Train(data, work, "variant-" + string.Concat(name.Where(char.IsLetterOrDigit)), ConfigurationFile.Parse(changes, name, basis))));
        var text = new StringBuilder("# Cu K edge: variants of our configuration, one seed\n\n");
        text.Append("Written by the command in CONTRIBUTING.md, same split as [cu.md](cu.md). One seed each: differences of .01 to .02 in a Spearman are noise.\n\n");
        text.Append(Table(rows));
        byte[] bytes = Encoding.UTF8.GetBytes(text.ToString());
        AtomicFile.Write(Path.Combine(output, "cu-variants.md"), s => s.Write(bytes));
    }

    /// <summary>A run with the processor time that it took, which is kept beside it.</summary>
    private static CuTrial Timed(string data, string work, string name, TrainingOptions options, TrialEngine engine)
    {
        string file = Path.Combine(work, name, "processor-seconds.txt");
        if (!File.Exists(file))
        {
            using var process = Process.GetCurrentProcess();
            var before = process.TotalProcessorTime;
            Train(data, work, name, options, engine);
            process.Refresh();
            double seconds = (process.TotalProcessorTime - before).TotalSeconds;
            AtomicFile.Write(file, s => s.Write(Encoding.UTF8.GetBytes(seconds.ToString("0.0", CultureInfo.InvariantCulture))));
        }

        return new CuTrial(options, Train(data, work, name, options, engine), double.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture));
    }

    private static EvaluationReport Train(string data, string work, string name, TrainingOptions options, TrialEngine? engine = null)
    {
        string folder = Path.Combine(work, name), metrics = Path.Combine(folder, "metrics.json");
        if (File.Exists(metrics))
            return MetricsJson.Read(metrics);
        Console.Error.WriteLine($"{name}: {options.Trials} trials of {options.Epochs} epochs");
        var input = RunInput.Prepare([SpectraTableReader.Read(data)], options);
        return TrainingRun.Execute(new TrainingRequest
        {
            Table = input.Table, EnergyAxis = input.EnergyAxis, EdgeReferences = input.EdgeReferences, Name = name, DataNotice = "results only",
            Options = options, OutputFolder = folder, Resume = Directory.Exists(folder), Engine = engine,
        }, null, CancellationToken.None).Report;
    }

    private static string Write(List<(string Name, EvaluationReport Report)> rows)
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        var first = rows[0].Report;
        string[] names = [.. first.Descriptors.Keys];
        Line($"# Cu K edge, {first.Rows} test rows");
        Line($"");
        Line($"Written by the command in CONTRIBUTING.md; the complete reports are the JSON files beside this page. Split: {first.Provenance["split"]}.");
        Line($"Spearman is between a style and its descriptor; \"ours\" is the trial that validation rows chose, its MAE, R2 and coverage those of the ensemble.");
        Line($"");
        text.Append(Table(rows));
        Line($"");
        Line($"The Python reference on another grouped split, one seed: {PythonReference}. 5-NN on that split: {PythonNeighbours}.");
        Line($"Splits differ in difficulty by several hundredths, so compare distances to 5-NN rather than numbers across splits.");
        Line($"");
        Line($"| Spearman minus that of 5-NN | {string.Join(" | ", names)} |");
        Line($"|---|{string.Concat(names.Select(_ => "---|"))}");
        Line($"| Python reference, its rows | -0.009 | -0.033 | +0.024 | +0.027 | +0.014 |");
        foreach (var (name, r) in rows)
            Line($"| {name} | {string.Join(" | ", names.Select(n => Signed(r.Descriptors[n].Spearman - r.Descriptors[n].Baseline!.Knn5.Spearman)))} |");
        Line($"");
        Line($"| calibrated | {string.Join(" | ", names.Select(n => $"{n} MAE"))} | {string.Join(" | ", names.Select(n => $"{n} R2"))} | {string.Join(" | ", names.Select(n => $"{n} coverage"))} |");
        Line($"|---|{string.Concat(Enumerable.Repeat("---|", 3 * names.Length))}");
        foreach (var (name, r) in rows)
            Line($"| {name} | {string.Join(" | ", names.Select(n => Number(r.Descriptors[n].Mae)))} | {string.Join(" | ", names.Select(n => Number(r.Descriptors[n].R2)))} | {string.Join(" | ", names.Select(n => r.Descriptors[n].Coverage90.ToString("0.00", CultureInfo.InvariantCulture)))} |");
        Line($"| 5-NN, same rows | {string.Join(" | ", names.Select(n => Number(first.Descriptors[n].Baseline?.Knn5.Mae)))} | {string.Join(" | ", names.Select(n => Number(first.Descriptors[n].Baseline?.Knn5.R2)))} | {string.Join(" | ", names.Select(_ => "-"))} |");
        return text.ToString();
    }

    /// <summary>Scores of each run beside the simple methods on the same rows.</summary>
    private static string Table(List<(string Name, EvaluationReport Report)> rows)
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        var first = rows[0].Report;
        string[] names = [.. first.Descriptors.Keys];
        Line($"| Spearman | {string.Join(" | ", names)} | CN F1 | reconstruction MAE | free style | all pairs | Shapiro W |");
        Line($"|---|{string.Concat(names.Select(_ => "---|"))}---|---|---|---|---|");
        foreach (var (name, r) in rows)
            Line($"| {name} | {string.Join(" | ", names.Select(n => Number(r.Descriptors[n].Spearman)))} | {Number(r.Cn?.F1Weighted)} | {r.Reconstruction.Mae:0.0000} | {r.Styles.MaxFree:0.00} | {r.Styles.MaxInterstyle:0.00} | {r.Styles.Shapiro.Min():0.000}-{r.Styles.Shapiro.Max():0.000} |");
        Line($"| 5-NN, same rows | {string.Join(" | ", names.Select(n => Number(first.Descriptors[n].Baseline?.Knn5.Spearman)))} | - | - | - | - | - |");
        Line($"| ridge, same rows | {string.Join(" | ", names.Select(n => Number(first.Descriptors[n].Baseline?.Ridge.Spearman)))} | - | - | - | - | - |");
        Line($"| principal components, {first.Styles.Shapiro.Count} | {string.Join(" | ", names.Select(_ => "-"))} | - | {first.Reconstruction.PcaMae:0.0000} | - | - | - |");
        return text.ToString();
    }

    private static string Signed(double v) => v.ToString("+0.000;-0.000;0.000", CultureInfo.InvariantCulture);

    private static string Number(double? v) => v is { } x && double.IsFinite(x) ? x.ToString("0.000", CultureInfo.InvariantCulture) : "-";
}

/// <summary>One trial of one seed.</summary>
/// <param name="Options">What it was trained with.</param>
/// <param name="Report">Its scores on test rows.</param>
/// <param name="ProcessorSeconds">What the run took, evaluation included.</param>
internal sealed record CuTrial(TrainingOptions Options, EvaluationReport Report, double ProcessorSeconds);
