using System.Text.Json;
using System.Text.Json.Serialization;
using XanesMl.Inference.Evaluation;
using XanesMl.Inference.Models;
using XanesMl.Spectra;
using XanesMl.Spectra.IO;
using XanesMl.Spectra.Splitting;
using XanesMl.Training.Configuration;

namespace XanesMl.Training.Runs;

/// <summary>Writes run.json, losses.csv and trials.csv, and knows where every number of the run comes from.</summary>
internal sealed class RunRecord
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "run.json";

    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        NewLine = "\n",
    };

    private readonly RunPlan _plan;
    private readonly IReadOnlyList<string>? _sources;
    private readonly DateTime _started = DateTime.UtcNow;
    private bool _made;

    /// <summary>Prepares the record of a run.</summary>
    /// <param name="plan">The run.</param>
    /// <param name="sources">For a choice among trials: the run folders that they come from.</param>
    public RunRecord(RunPlan plan, IReadOnlyList<string>? sources = null) => (_plan, _sources) = (plan, sources);

    private TrainingOptions Options => _plan.Options;

    private string PathOf(string name) => System.IO.Path.Combine(_plan.Folder, name);

    /// <summary>Refuses an output folder that holds something else, or a run that nobody asked to continue. Writes nothing.</summary>
    public void RequireUsable()
    {
        if (File.Exists(PathOf(FileName)) && !_plan.Request.Resume && !(_sources is not null && RunDescription.Read(_plan.Folder).Selected))
            throw new XanesDataException("the folder already holds a run", _plan.Folder, remedy: _sources is null ? "Continue it with --resume, or give another --out." : "Give another --out.");
        RequireOurs();
    }

    /// <summary>Refuses a folder that cannot take trials of this run beside those that are there. Writes nothing.</summary>
    public void RequireShareable(TrialRange range)
    {
        RequireOurs();
        RequireSameRun();
        for (int i = range.First; i <= range.Last && !_plan.Request.Resume; i++)
            if (new TrialFolder(_plan.Folder, i) is { HasContent: true } there)
                throw new XanesDataException($"trial {i} has been trained here before", there.Path, remedy: "Continue it with --resume, or give another --out.");
    }

    /// <summary>Makes the run folder where it is missing, and takes its lock.</summary>
    public RunLock MakeFolder(Func<string, RunLock> take)
    {
        try
        {
            _made = !Directory.Exists(_plan.Folder);
            Directory.CreateDirectory(_plan.Folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new XanesDataException("the folder cannot be made: " + e.Message, _plan.Folder, remedy: "Give a folder that you may write to with --out.", inner: e);
        }

        return take(_plan.Folder);
    }

    /// <summary>Writes run.json before the first epoch. The caller has the lock.</summary>
    public void Begin() => Write(null, null);

    /// <summary>Writes run.json unless another process of the same run has.</summary>
    public void BeginShared()
    {
        if (!RequireSameRun())
            Write(null, null);
    }

    /// <summary>Takes back what a run wrote that gave no model and has nothing to resume: no checkpoint, and no trouble that another attempt may not have.</summary>
    public void Abandon()
    {
        if (Directory.Exists(PathOf(TrainingRun.TrialsFolderName)))
            Directory.Delete(PathOf(TrainingRun.TrialsFolderName), recursive: true);
        File.Delete(PathOf(FileName));
    }

    /// <summary>After <see cref="Abandon"/> and the end of the lock: removes the lock's file, and the folder that the run made.</summary>
    public void RemoveFolder()
    {
        File.Delete(PathOf(RunLock.FileName));
        if (_made && !Directory.EnumerateFileSystemEntries(_plan.Folder).Any())
            Directory.Delete(_plan.Folder);
    }

    /// <summary>Completes run.json, and puts the trials' table and their losses together.</summary>
    /// <param name="trials">How the trials ended.</param>
    /// <param name="onnxDifference">Between ONNX Runtime and TorchSharp.</param>
    /// <param name="folders">Of the trials, in the same order.</param>
    public void Finish(IReadOnlyList<TrialOutcome> trials, double onnxDifference, IReadOnlyList<TrialFolder> folders)
    {
        AtomicFile.Write(PathOf("losses.csv"), stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
            writer.Write("trial,seed," + TrialTraining.LossHeader);
            foreach (var (t, folder) in trials.Zip(folders))
            {
                if (!File.Exists(folder.Losses))
                    continue;
                foreach (string line in File.ReadLines(folder.Losses).Skip(1).Where(l => l.Length > 0))
                    writer.WriteLine($"{t.Index},{t.Seed},{line}");
            }
        });
        TrialTable.Write(PathOf(TrialTable.FileName), trials);
        Write(trials, onnxDifference);
    }

    /// <summary>Free text of metrics.json.</summary>
    public IReadOnlyDictionary<string, string> Provenance(IReadOnlyList<Candidate> members) => new Dictionary<string, string>
    {
        ["data_hash"] = _plan.DataHash,
        ["split"] = $"{Options.Split}, seed {Options.SplitSeed}, rows {_plan.Split.Train.Length}/{_plan.Split.Validation.Length}/{_plan.Split.Test.Length}",
        ["trial_seeds"] = string.Join(' ', members.Select(m => m.Seed)),
        ["version"] = RunPlan.Version,
    };

    /// <summary>Metadata of the model folder.</summary>
    public ModelMetadata Metadata(IReadOnlyList<Candidate> members, IReadOnlyList<IReadOnlyList<Calibration>> calibrations, EvaluationReport report)
    {
        var table = _plan.Table;
        var train = _plan.Train;
        var metadata = new ModelMetadata
        {
            FormatVersion = ModelMetadata.CurrentFormat,
            Name = Options.Name ?? _plan.Request.Name,
            Elements = [.. table.Elements.OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            Edge = "K",
            EnergyAxis = _plan.Request.EnergyAxis,
            Energies = table.Grid.Energies.ToArray(),
            EdgeReferences = _plan.Request.EdgeReferences,
            Normalization = NormalizationPolicy.Simulated,
            Descriptors = [.. table.DescriptorNames.Select(n =>
            {
                float[] v = [.. train.DescriptorColumn(n).Where(x => !float.IsNaN(x))];
                return DescriptorCatalog.Describe(n, v.Min(), v.Max());
            })],
            StyleCount = members[0].Weights.Encoder.Outputs,
            Calibrations = calibrations[0],
            CoordinationThresholds = members[0].Thresholds,
            Provenance = new Provenance
            {
                Origin = "trained",
                DataHash = _plan.DataHash,
                SplitRows = [_plan.Split.Train.Length, _plan.Split.Validation.Length, _plan.Split.Test.Length],
                SplitKind = Options.Split,
                SplitSeed = Options.SplitSeed,
                TrialSeeds = [.. members.Select(m => m.Seed)],
                Configuration = ConfigurationFile.Write(Options),
                XanesMlVersion = RunPlan.Version,
                DataNotice = _plan.Request.DataNotice,
            },
            Metrics = HeadlineMetrics(report),
        };
        return metadata with { Domain = ModelBuilder.Domain(members, calibrations, metadata, ModelBuilder.MeanSpectrum(train)) };
    }

    private static Dictionary<string, double> HeadlineMetrics(EvaluationReport report)
    {
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var (name, d) in report.Descriptors)
            foreach (var (key, value) in new[] { ("spearman", d.Spearman), ("r2", d.R2), ("mae", d.Mae), ("coverage90", d.Coverage90) })
                if (double.IsFinite(value))
                    metrics[$"{name}.{key}"] = value;
        if (report.Cn is { } cn && double.IsFinite(cn.F1Weighted))
            metrics["CN.f1_weighted"] = cn.F1Weighted;
        metrics["reconstruction.mae"] = report.Reconstruction.Mae;
        return metrics;
    }

    private void Write(IReadOnlyList<TrialOutcome>? trials, double? onnxDifference)
    {
        var content = new
        {
            RunPlan.Version,
            Framework = System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription,
            Torch = typeof(TorchSharp.torch).Assembly.GetName().Version?.ToString(),
            Started = _started.ToString("O"),
            Finished = trials is null ? null : DateTime.UtcNow.ToString("O"),
            DataHash = _plan.DataHash,
            _plan.Request.DataFiles,
            Rows = new { Train = _plan.Split.Train.Length, Validation = _plan.Split.Validation.Length, Test = _plan.Split.Test.Length },
            Descriptors = _plan.Table.DescriptorNames,
            Seeds = trials?.Select(t => t.Seed) ?? Enumerable.Range(Options.Seed, Options.Trials),
            Configuration = ConfigurationFile.Write(Options).Split('\n', StringSplitOptions.RemoveEmptyEntries),
            Trials = trials,
            Sources = _sources,
            OnnxDifference = onnxDifference,
        };
        AtomicFile.Write(PathOf(FileName), s => JsonSerializer.Serialize(s, content, s_json));
    }

    /// <summary>Throws where the folder holds another run; false where it holds none yet.</summary>
    private bool RequireSameRun()
    {
        if (!File.Exists(PathOf(FileName)))
            return false;
        var there = RunDescription.Read(_plan.Folder);
        string? difference = there.DataHash != _plan.DataHash ? $"the table has the hash {_plan.DataHash}, that of the folder {there.DataHash}"
            : RunIdentity.DifferenceOfConfigurations([.. ConfigurationFile.Write(Options).Split('\n', StringSplitOptions.RemoveEmptyEntries)], there.Configuration, "this run", "the folder",
                "verbose", "timeout", "checkpoint_interval", "data_file");
        return difference is null ? true
            : throw new XanesDataException("the folder holds another run: " + difference, _plan.Folder, remedy: "Start every process of a run with the same options, or give another --out.");
    }

    private void RequireOurs()
    {
        string folder = _plan.Folder;
        if (File.Exists(folder))
            throw new XanesDataException("the output folder is a file", folder, remedy: "Give another --out.");
        // looked for twice: another process of the run may have written it while this one looked at the rest
        if (Directory.Exists(folder) && !File.Exists(PathOf(FileName)) && !IsBeginning(folder) && !File.Exists(PathOf(FileName)))
            throw new XanesDataException("the folder is not empty and not a run", folder, remedy: "Give a new or an empty folder.");
    }

    /// <summary>Whether a folder is empty but for what a process of ours leaves that has not come to write run.json: locks, and temporary files of a killed one.</summary>
    private static bool IsBeginning(string folder) =>
        Directory.EnumerateDirectories(folder).All(d => System.IO.Path.GetFileName(d) == TrainingRun.TrialsFolderName)
        && Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(f => System.IO.Path.GetFileName(f))
            .All(f => f == RunLock.FileName || (f.StartsWith(".xanesml-", StringComparison.Ordinal) && f.EndsWith(".tmp", StringComparison.Ordinal)));
}
