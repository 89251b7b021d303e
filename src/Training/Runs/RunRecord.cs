using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using XanesMl.Inference.Evaluation;
using XanesMl.Inference.Models;
using XanesMl.Spectra;
using XanesMl.Spectra.IO;
using XanesMl.Spectra.Splitting;
using XanesMl.Training.Configuration;

namespace XanesMl.Training.Runs;

/// <summary>Writes run.json and losses.csv, and knows where every number of the run comes from.</summary>
internal sealed class RunRecord
{
    private const string FileName = "run.json";

    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        NewLine = "\n",
    };

    private readonly TrainingRequest _request;
    private readonly TrainingOptions _options;
    private readonly DataSplit _split;
    private readonly string _dataHash;
    private bool _made;
    private readonly DateTime _started = DateTime.UtcNow;

    public RunRecord(TrainingRequest request, TrainingOptions options, DataSplit split, string dataHash) =>
        (_request, _options, _split, _dataHash) = (request, options, split, dataHash);

    private static string Version { get; } = typeof(RunRecord).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    private string PathOf(string name) => System.IO.Path.Combine(_request.OutputFolder, name);

    /// <summary>Makes the run folder and writes run.json before the first epoch.</summary>
    public void Begin()
    {
        string folder = _request.OutputFolder;
        if (File.Exists(folder))
            throw new XanesDataException("the output folder is a file", folder, remedy: "Give another --out.");
        if (Directory.Exists(folder))
        {
            bool ours = File.Exists(PathOf(FileName));
            if (ours && !_request.Resume)
                throw new XanesDataException("the folder already holds a run", folder, remedy: "Continue it with --resume, or give another --out.");
            if (!ours && Directory.EnumerateFileSystemEntries(folder).Any())
                throw new XanesDataException("the folder is not empty and not a run", folder, remedy: "Give a new or an empty folder.");
        }

        _made = !Directory.Exists(folder);
        Write(null, null);
    }

    /// <summary>Takes back what a run wrote that gave no model and has nothing to resume.</summary>
    public void Abandon()
    {
        if (Directory.Exists(PathOf(TrainingRun.TrialsFolderName)))
            Directory.Delete(PathOf(TrainingRun.TrialsFolderName), recursive: true);
        File.Delete(PathOf(FileName));
        if (_made)
            Directory.Delete(_request.OutputFolder);
    }

    /// <summary>Completes run.json and puts the trials' loss tables together.</summary>
    public void Finish(IReadOnlyList<TrialOutcome> trials, double onnxDifference)
    {
        Write(trials, onnxDifference);
        AtomicFile.Write(PathOf("losses.csv"), stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
            writer.Write("trial,seed," + TrialRunner.LossHeader);
            foreach (var t in trials)
            {
                string losses = System.IO.Path.Combine(PathOf(TrainingRun.TrialsFolderName), t.Index.ToString("000", System.Globalization.CultureInfo.InvariantCulture), "losses.csv");
                if (!File.Exists(losses))
                    continue;
                foreach (string line in File.ReadLines(losses).Skip(1).Where(l => l.Length > 0))
                    writer.WriteLine($"{t.Index},{t.Seed},{line}");
            }
        });
    }

    /// <summary>Free text of metrics.json.</summary>
    public IReadOnlyDictionary<string, string> Provenance(IReadOnlyList<Candidate> members) => new Dictionary<string, string>
    {
        ["data_hash"] = _dataHash,
        ["split"] = $"{_options.Split}, seed {_options.SplitSeed}, rows {_split.Train.Length}/{_split.Validation.Length}/{_split.Test.Length}",
        ["trial_seeds"] = string.Join(' ', members.Select(m => m.Seed)),
        ["version"] = Version,
    };

    /// <summary>Metadata of the model folder.</summary>
    public ModelMetadata Metadata(IReadOnlyList<Candidate> members, IReadOnlyList<IReadOnlyList<Calibration>> calibrations, EvaluationReport report)
    {
        var table = _request.Table;
        var train = table.Select(_split.Train);
        return new ModelMetadata
        {
            FormatVersion = ModelMetadata.CurrentFormat,
            Name = _options.Name ?? _request.Name,
            Elements = [.. table.Elements.OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            Edge = "K",
            EnergyAxis = _request.EnergyAxis,
            Energies = table.Grid.Energies.ToArray(),
            EdgeReferences = _request.EdgeReferences,
            Normalization = NormalizationPolicy.Simulated,
            Descriptors = [.. table.DescriptorNames.Select(n =>
            {
                float[] v = [.. train.DescriptorColumn(n).Where(x => !float.IsNaN(x))];
                return DescriptorCatalog.Describe(n, v.Min(), v.Max());
            })],
            StyleCount = members[0].Weights.Encoder.Outputs,
            Calibrations = calibrations[0],
            CoordinationThresholds = members[0].Thresholds,
            Domain = ModelBuilder.Domain(members[0]),
            Provenance = new Provenance
            {
                Origin = "trained",
                DataHash = _dataHash,
                SplitRows = [_split.Train.Length, _split.Validation.Length, _split.Test.Length],
                SplitKind = _options.Split,
                SplitSeed = _options.SplitSeed,
                TrialSeeds = [.. members.Select(m => m.Seed)],
                Configuration = ConfigurationFile.Write(_options),
                XanesMlVersion = Version,
                DataNotice = _request.DataNotice,
            },
            Metrics = HeadlineMetrics(report),
        };
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
            Version,
            Framework = System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription,
            Torch = typeof(TorchSharp.torch).Assembly.GetName().Version?.ToString(),
            Started = _started.ToString("O"),
            Finished = trials is null ? null : DateTime.UtcNow.ToString("O"),
            DataHash = _dataHash,
            Rows = new { Train = _split.Train.Length, Validation = _split.Validation.Length, Test = _split.Test.Length },
            Descriptors = _request.Table.DescriptorNames,
            Seeds = Enumerable.Range(_options.Seed, _options.Trials),
            Configuration = ConfigurationFile.Write(_options).Split('\n', StringSplitOptions.RemoveEmptyEntries),
            Trials = trials,
            OnnxDifference = onnxDifference,
        };
        try
        {
            Directory.CreateDirectory(_request.OutputFolder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new XanesDataException("the folder cannot be made: " + e.Message, _request.OutputFolder, remedy: "Give a folder that you may write to with --out.", inner: e);
        }

        AtomicFile.Write(PathOf(FileName), s => JsonSerializer.Serialize(s, content, s_json));
    }
}
