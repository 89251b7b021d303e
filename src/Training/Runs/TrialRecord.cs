using System.Text.Json;
using System.Text.Json.Serialization;
using XanesMl.Spectra;
using XanesMl.Spectra.IO;
using XanesMl.Training.Configuration;
using XanesMl.Training.Evaluation;

namespace XanesMl.Training.Runs;

/// <summary>Content of trial.json: how a trial ended, its scores on validation rows, and what it was trained on. Ranking needs nothing else.</summary>
internal sealed record TrialRecord
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "trial.json";

    /// <summary>Key of the largest |Spearman| between two styles in <see cref="Scores"/>.</summary>
    public const string InterStyle = "inter_style";

    /// <summary>Before the name of a descriptor that Spearman's correlation ranks.</summary>
    public const string Spearman = "spearman_";

    /// <summary>Before the name of a descriptor that its classes rank.</summary>
    public const string F1 = "f1_";

    private const string CurrentFormat = "xanesml-trial-result-1";
    private const long MaximumBytes = 4 << 20;
    private const string Remedy = "Delete the file and train this trial again with --resume.";

    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter<KeptWeights>() },
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        NewLine = "\n",
    };

    /// <summary>Form of the file.</summary>
    public string Format { get; init; } = CurrentFormat;

    /// <summary>Version of XanesMl that trained.</summary>
    public required string Version { get; init; }

    /// <summary>Trial, counted from 0.</summary>
    public required int Trial { get; init; }

    /// <summary>Seed.</summary>
    public required int Seed { get; init; }

    /// <summary>Epochs completed.</summary>
    public required int Epochs { get; init; }

    /// <summary>Epoch of the best checkpoint metric; 0 when there is none.</summary>
    public required int BestEpoch { get; init; }

    /// <summary>The best checkpoint metric.</summary>
    public required double BestMetric { get; init; }

    /// <summary>Which weights were kept.</summary>
    public required KeptWeights KeepWeights { get; init; }

    /// <summary>Whether the trial has come to its end; false after the time limit, so that a resume goes on.</summary>
    public required bool Complete { get; init; }

    /// <summary>Why there are no weights, or null.</summary>
    public string? Failure { get; init; }

    /// <summary>Whether the failure is a loss that was no longer finite: the same seed would end so again.</summary>
    public bool Diverged { get; init; }

    /// <summary>SHA-256 of weights.safetensors; null for a failed trial.</summary>
    public string? WeightsSha256 { get; init; }

    /// <summary>Scores on validation rows: "inter_style", then of each descriptor "spearman_NAME", or "f1_NAME" where classes rank it; empty for a failed trial.</summary>
    public required IReadOnlyDictionary<string, double> Scores { get; init; }

    /// <summary>Hash of the table.</summary>
    public required string DataHash { get; init; }

    /// <summary>Hash of the rows for training and validation.</summary>
    public required string SplitHash { get; init; }

    /// <summary>Configuration that the numbers depend on, "key: value".</summary>
    public required IReadOnlyList<string> Configuration { get; init; }

    /// <summary>True for trouble that another attempt may not have (disk, memory): such a record is not written.</summary>
    [JsonIgnore]
    public bool Transient { get; init; }

    /// <summary>What the trial was trained on.</summary>
    [JsonIgnore]
    public RunIdentity Identity => new(DataHash, SplitHash, Configuration);

    /// <summary>The scores as the ranking takes them.</summary>
    public TrialScores ToScores() => new(Trial, Scores[InterStyle], [.. Scores.Where(s => s.Key != InterStyle).Select(s => s.Value)]);

    /// <summary>Refuses scores that are not those of the given descriptors, in their order: trials are compared place by place.</summary>
    /// <param name="path">The record's file.</param>
    /// <param name="descriptors">Of the table.</param>
    /// <exception cref="XanesDataException">A score is missing, surplus or in another place.</exception>
    public void RequireScores(string path, IReadOnlyList<string> descriptors)
    {
        string[] there = [.. Scores.Keys];
        bool fits = there.Length == descriptors.Count + 1 && there[0] == InterStyle && descriptors.Zip(there.Skip(1), (d, key) => key == Spearman + d || key == F1 + d).All(ok => ok);
        if (Failure is null && !fits)
            throw new XanesDataException($"the scores are {string.Join(", ", there)}; the table's descriptors need {InterStyle}, then {Spearman} or {F1} of {string.Join(", ", descriptors)}", path, remedy: Remedy);
    }

    /// <summary>Writes the file.</summary>
    public void Write(string path)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(this, s_json);
        AtomicFile.Write(path, s => s.Write(json));
    }

    /// <summary>Reads the file.</summary>
    /// <exception cref="XanesDataException">Not readable, not of this form, or numbers that no trial has.</exception>
    public static TrialRecord Read(string path)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaximumBytes } large)
                throw new XanesDataException($"{large.Length} bytes are too many for a trial's record", path, remedy: Remedy);
            var record = JsonSerializer.Deserialize<TrialRecord>(File.ReadAllBytes(path), s_json) ?? throw new XanesDataException("the file holds null", path, remedy: Remedy);
            return record.Checked(path);
        }
        catch (JsonException e)
        {
            throw new XanesDataException(e.Message.TrimEnd('.'), path, e.LineNumber + 1, e.Path, Remedy, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new XanesDataException("cannot be read: " + e.Message.TrimEnd('.'), path, remedy: Remedy, inner: e);
        }
    }

    private TrialRecord Checked(string path)
    {
        void Need(bool ok, string what)
        {
            if (!ok)
                throw new XanesDataException(what, path, remedy: Remedy);
        }

        Need(Format == CurrentFormat, $"the format is '{Format}', '{CurrentFormat}' is known");
        Need(Trial is >= 0 and < TrainingOptions.MaxTrials, $"trial is {Trial}");
        Need(Seed >= Trial, $"seed is {Seed}, less than trial, {Trial}");
        Need(Epochs >= 0 && BestEpoch >= 0 && BestEpoch <= Epochs, $"epochs is {Epochs}, best_epoch {BestEpoch}");
        Need(Failure is not null || (Scores.ContainsKey(InterStyle) && Scores.Count > 1), $"scores have no '{InterStyle}' and a descriptor");
        Need(Failure is not null == WeightsSha256 is null, "a trial has either weights or a failure");
        Need(Configuration.All(l => l is not null), "a line of the configuration is null");
        Need(Configuration.Select(l => l.Split(": ", 2)[0]).Distinct(StringComparer.Ordinal).Count() == Configuration.Count, "a key of the configuration is there twice");
        return this;
    }
}
