using XanesMl.Inference.Evaluation;
using XanesMl.Inference.Models;
using XanesMl.Spectra;
using XanesMl.Spectra.Splitting;
using XanesMl.Training.Configuration;
using XanesMl.Training.Trials;

namespace XanesMl.Training.Runs;

/// <summary>What to train and where to put it.</summary>
public sealed record TrainingRequest
{
    /// <summary>Spectra on the model's grid, with descriptors; for a model over several elements already relative to the edges.</summary>
    public required SpectraTable Table { get; init; }

    /// <summary>What the grid's numbers are.</summary>
    public required EnergyAxis EnergyAxis { get; init; }

    /// <summary>Reference energy of each element of the table, eV.</summary>
    public required IReadOnlyDictionary<string, double> EdgeReferences { get; init; }

    /// <summary>Name of the model.</summary>
    public required string Name { get; init; }

    /// <summary>Licence and citation of the data, for the model's card.</summary>
    public required string DataNotice { get; init; }

    /// <summary>Files and folders that the table was read from, as the caller named them, for run.json; empty for a table that comes from elsewhere.</summary>
    public IReadOnlyList<string> DataFiles { get; init; } = [];

    /// <summary>Resolved options.</summary>
    public required TrainingOptions Options { get; init; }

    /// <summary>Run folder: model/, trials/NNN/, metrics.json, losses.csv, run.json.</summary>
    public required string OutputFolder { get; init; }

    /// <summary>Continue the trials that the folder holds; otherwise a folder with trials is an error.</summary>
    public bool Resume { get; init; }

    /// <summary>How trials are trained, for comparisons; null: the fastest way that the device allows.</summary>
    internal TrialEngine? Engine { get; init; }

    /// <summary>Trials at once; each has one thread. By default as many as the cores that the process may use: affinity and the CPU limit of a container count.</summary>
    public int Parallelism { get; init; } = Environment.ProcessorCount;
}

/// <summary>Where a run stands; sent after every epoch that is worth a line.</summary>
public sealed record TrainingProgress
{
    /// <summary>Trial, counted from 0.</summary>
    public required int Trial { get; init; }

    /// <summary>Trials of the run.</summary>
    public required int Trials { get; init; }

    /// <summary>Seed of the trial.</summary>
    public required int Seed { get; init; }

    /// <summary>Epochs completed in this trial.</summary>
    public required int Epoch { get; init; }

    /// <summary>Epochs of a trial.</summary>
    public required int Epochs { get; init; }

    /// <summary>What the epoch gave.</summary>
    public required EpochReport Report { get; init; }

    /// <summary>Estimated time until all trials are done.</summary>
    public required TimeSpan Remaining { get; init; }

    /// <summary>Part of the epochs of this process's trials that is done, those of earlier runs included, from 0 to 1.</summary>
    public required double Done { get; init; }

    /// <summary>Trials of this process that have ended, those of earlier runs and failed ones included.</summary>
    public required int TrialsEnded { get; init; }

    /// <summary>Trials of this process: all of the run, or those of its range.</summary>
    public required int TrialsHere { get; init; }

    /// <summary>Whether the trial has ended with this report.</summary>
    public bool Finished { get; init; }

    /// <summary>Why the trial has ended without weights, or null.</summary>
    public string? Failure { get; init; }
}

/// <summary>How a trial ended.</summary>
/// <param name="Index">Counted from 0.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Epochs">Epochs completed.</param>
/// <param name="BestEpoch">Epoch of the best checkpoint metric.</param>
/// <param name="BestMetric">That metric.</param>
/// <param name="Failure">Why it failed, or null.</param>
/// <param name="Score">Ranking score on validation rows; NaN when it failed or is the only one.</param>
/// <param name="Rank">Place in the ranking, 1 = best; 0 when it failed.</param>
public sealed record TrialOutcome(int Index, int Seed, int Epochs, int BestEpoch, double BestMetric, string? Failure, double Score, int Rank)
{
    /// <summary>Scores on validation rows: "inter_style" (largest |Spearman| between two styles), then of each descriptor "spearman_NAME", or "f1_NAME"
    /// (weighted F1) where its classes rank trials; empty for a failed trial.</summary>
    public IReadOnlyDictionary<string, double> Scores { get; init; } = new Dictionary<string, double>();

    /// <summary>Whether the model averages over this trial.</summary>
    public bool InEnsemble { get; init; }

    /// <summary>Whether another attempt may go better: trouble with the disk or memory, or a trial that is missing.</summary>
    public bool Retry { get; init; }
}

/// <summary>What a finished run gives.</summary>
public sealed record TrainingResult
{
    /// <summary>The model folder.</summary>
    public required string ModelFolder { get; init; }

    /// <summary>Metrics on the test rows (on validation rows when the split has no test rows), baselines included.</summary>
    public required EvaluationReport Report { get; init; }

    /// <summary>Every trial.</summary>
    public required IReadOnlyList<TrialOutcome> Trials { get; init; }

    /// <summary>The split.</summary>
    public required DataSplit Split { get; init; }

    /// <summary>Largest absolute difference between ONNX Runtime and TorchSharp over styles and reconstructions of real and random input.</summary>
    public required double OnnxDifference { get; init; }
}
