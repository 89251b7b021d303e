using System.Reflection;
using XanesMl.Spectra;
using XanesMl.Spectra.Splitting;
using XanesMl.Training.Configuration;

namespace XanesMl.Training.Runs;

/// <summary>What training trials and choosing among them agree on: table, options, split, and the identity that they must share.</summary>
internal sealed class RunPlan
{
    private RunPlan(TrainingRequest request, TrainingOptions options, DataSplit split, string dataHash)
    {
        (Request, Options, Split, DataHash) = (request, options, split, dataHash);
        Identity = RunIdentity.Of(options, dataHash, split);
        (Train, Validation) = (request.Table.Select(split.Train), request.Table.Select(split.Validation));
    }

    /// <summary>The request.</summary>
    public TrainingRequest Request { get; }

    /// <summary>Its options, checked.</summary>
    public TrainingOptions Options { get; }

    /// <summary>Rows of the parts.</summary>
    public DataSplit Split { get; }

    /// <summary>Hash of the table.</summary>
    public string DataHash { get; }

    /// <summary>What the trials' numbers depend on.</summary>
    public RunIdentity Identity { get; }

    /// <summary>All rows.</summary>
    public SpectraTable Table => Request.Table;

    /// <summary>The run folder.</summary>
    public string Folder => Request.OutputFolder;

    /// <summary>Training rows.</summary>
    public SpectraTable Train { get; }

    /// <summary>Validation rows.</summary>
    public SpectraTable Validation { get; }

    /// <summary>Version of this program.</summary>
    public static string Version { get; } = typeof(RunPlan).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Checks a request without writing anything.</summary>
    /// <exception cref="XanesDataException">Input that cannot be trained on.</exception>
    public static RunPlan Create(TrainingRequest request)
    {
        var (options, split) = Resolve(request);
        return new RunPlan(request, options, split, Spectra.Splitting.DataHash.Of(request.Table));
    }

    /// <summary>The options as this table is trained with, and its split: a batch size that nobody asked for becomes that of the training rows where they are fewer.</summary>
    /// <exception cref="XanesDataException">Input that cannot be trained on.</exception>
    public static (TrainingOptions Options, DataSplit Split) Resolve(TrainingRequest request)
    {
        var options = request.Options.Validated();
        RunChecks.RequireTrainable(request.Table, options);
        var kind = options.Split switch { "grouped" => SplitKind.Grouped, "positional" => SplitKind.Positional, _ => SplitKind.Random };
        var split = Splitter.Create(request.Table, kind, (ulong)options.SplitSeed, new SplitFractions(options.SplitFractions[0], options.SplitFractions[1], options.SplitFractions[2]));
        if (!options.HasOwnBatchSize && split.Train.Length < options.BatchSize)
            options = options with { BatchSize = Math.Max(2, split.Train.Length) };
        RunChecks.RequireRows(split, options);
        return (options, split);
    }

    /// <summary>The record of a trial of this run, without an end.</summary>
    public TrialRecord NewRecord(int trial) => new()
    {
        Version = Version,
        Trial = trial,
        Seed = Options.Seed + trial,
        Epochs = 0,
        BestEpoch = 0,
        BestMetric = double.NaN,
        KeepWeights = Options.KeepWeights,
        Complete = false,
        Scores = new Dictionary<string, double>(),
        DataHash = DataHash,
        SplitHash = Identity.SplitHash,
        Configuration = Identity.Configuration,
    };
}
