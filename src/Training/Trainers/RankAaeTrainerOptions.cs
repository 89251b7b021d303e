using XanesMl.Spectra;
using XanesMl.Training.Configuration;
using XanesMl.Training.Runs;
using XanesMl.Transforms;

namespace XanesMl.Training.Trainers;

/// <summary>Columns, training and output of the RankAAE trainer.</summary>
public sealed record RankAaeTrainerOptions
{
    /// <summary>Input: the spectra, known-size Vector&lt;Single&gt;, all on one energy grid, normalized, all values finite.</summary>
    public string Features { get; init; } = "Spectrum";

    /// <summary>Input: Single columns with the descriptors that the styles follow, in this order; NaN = missing. At least one.</summary>
    public required IReadOnlyList<string> Descriptors { get; init; }

    /// <summary>Input: the grid's energies, eV, Vector of Double or Single, the same in every row. Without effect where <see cref="Grid"/> is given.</summary>
    public string Energy { get; init; } = "Energy";

    /// <summary>The energies of the spectra's points, eV; absolute, or relative to the edge (below 2000 eV). Give it behind Resample, whose grid the energy column does not hold. Null: read from <see cref="Energy"/>.</summary>
    public EnergyGrid? Grid { get; init; }

    /// <summary>Input: Text, the material: its rows stay in one part of the split. Null: every row is a material of its own.</summary>
    public string? Material { get; init; } = "MaterialId";

    /// <summary>Input: Text, the absorbing element's symbol. Null or an empty text: the element whose K edge the grid covers.</summary>
    public string? Element { get; init; } = "Element";

    /// <summary>How to train. Default: the project's preset for quick training, and no rows kept for a test: what is given to Fit is there to be fitted, 15 % of its materials choose checkpoints, trials and
    /// calibrations, and testing is the caller's (CrossValidate, or a split in front). The seed is in here too.</summary>
    public TrainingOptions Training { get; init; } = DefaultTraining;

    /// <summary>Trials at once, one thread each.</summary>
    public int Parallelism { get; init; } = Environment.ProcessorCount;

    /// <summary>Run folder to write, with the model folder, losses, metrics and checkpoints; a second Fit into it is refused. Null: a temporary folder that is deleted.</summary>
    public string? OutputFolder { get; init; }

    /// <summary>Continue what <see cref="OutputFolder"/> holds.</summary>
    public bool Resume { get; init; }

    /// <summary>Licence and citation of the data, for the model's card.</summary>
    public string DataNotice { get; init; } = "not stated";

    /// <summary>Columns that the fitted transformer fills; null for all under their default names.</summary>
    public DescriptorColumns? Outputs { get; init; }

    /// <summary>Rows that a cursor scores in one run; null for the steps' default.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Receives a report after every epoch that is worth a line, from several threads. The same goes to <c>mlContext.Log</c>.</summary>
    public IProgress<TrainingProgress>? Progress { get; init; }

    /// <summary>Ends Fit after the current epochs with an <see cref="OperationCanceledException"/>; in an <see cref="OutputFolder"/> everything is saved and can be resumed.</summary>
    public CancellationToken Cancellation { get; init; }

    private static TrainingOptions DefaultTraining { get; } = TrainingPresets.Fast with { SplitFractions = [0.85, 0.15, 0] };

    internal RankAaeTrainerOptions Checked()
    {
        ArgumentException.ThrowIfNullOrEmpty(Features);
        ArgumentException.ThrowIfNullOrEmpty(Energy);
        if (Descriptors is null || Descriptors.Count == 0)
            throw new XanesDataException("no descriptor is named", "option Descriptors", remedy: "Name the columns that the styles follow.");
        if (Descriptors.Any(string.IsNullOrEmpty) || Descriptors.Distinct(StringComparer.Ordinal).Count() != Descriptors.Count)
            throw new XanesDataException($"a descriptor is empty or comes twice: {string.Join(", ", Descriptors)}", "option Descriptors", remedy: "Name each column once.");
        if (Training.Descriptors.Count > 0 && !Training.Descriptors.SequenceEqual(Descriptors))
            throw new XanesDataException($"the training options name other descriptors: {string.Join(", ", Training.Descriptors)}", "option Training", remedy: "Name them in Descriptors only.");
        if (Resume && OutputFolder is null)
            throw new XanesDataException("there is nothing to resume without an output folder", "option Resume", remedy: "Set OutputFolder.");
        ArgumentOutOfRangeException.ThrowIfLessThan(Parallelism, 1);
        Training.Validated("option Training");
        return this;
    }
}
