using XanesMl.Inference.Models;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Training.Evaluation;
using XanesMl.Training.Runs;

namespace XanesMl.Cli.Reporting.Numbers;

/// <summary>Every number of a run's report. Figures, tables and sentences only show them.</summary>
internal sealed record RunNumbers
{
    /// <summary>Trials whose losses are drawn, the best ones.</summary>
    public const int MaxLossTrials = 12;

    /// <summary>Draws of the other styles that a sweep averages over, as in the RankAAE paper.</summary>
    public const int Draws = 1000;

    /// <summary>With fewer held-out rows, findings are looked for in all rows.</summary>
    public const int MinFindingRows = 100;

    /// <summary>What the run folder says.</summary>
    public required CompletedRun Run { get; init; }

    /// <summary>The model's own description.</summary>
    public required ModelMetadata Model { get; init; }

    /// <summary>Identifier of the model folder.</summary>
    public required string ModelId { get; init; }

    /// <summary>Grid of the model, eV.</summary>
    public required double[] Energies { get; init; }

    /// <summary>How the decoded spectrum changes with each style.</summary>
    public required SpectralVariationResult Variation { get; init; }

    /// <summary>Whether sweeps run between percentiles of the styles of rows; otherwise of the normal distribution that styles are trained towards.</summary>
    public required bool VariationOfRows { get; init; }

    /// <summary>Trials that can be ranked by scores, best first; empty for a single one and where the folder does not record scores.</summary>
    public required IReadOnlyList<RankedTrial> Ranking { get; init; }

    /// <summary>Losses over the epochs, or null.</summary>
    public LossCurves? Losses { get; init; }

    /// <summary>Held-out rows, or null where the table is not at hand.</summary>
    public RowNumbers? Rows { get; init; }

    /// <summary>What moves in the spectrum with each descriptor, or null where the table is not at hand.</summary>
    public FindingsResult? Findings { get; init; }

    /// <summary>Which rows findings were looked for in: "test" or "all".</summary>
    public string FindingRows { get; init; } = "";

    /// <summary>What the report lacks and why, a sentence each.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>Whether energies are relative to the element's edge.</summary>
    public bool Relative => Model.EnergyAxis == EnergyAxis.RelativeToEdge;

    /// <summary>Name of a style: its descriptor, or "free style".</summary>
    public string StyleName(int style) => style < Model.Descriptors.Count ? Model.Descriptors[style].Name
        : Model.StyleCount - Model.Descriptors.Count == 1 ? "free style" : $"free style {style - Model.Descriptors.Count + 1}";

    /// <summary>Computes all of it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="model">Its model.</param>
    /// <param name="table">Its table, or null.</param>
    /// <param name="missing">Why there is no table.</param>
    /// <param name="draws">Draws of the other styles that a sweep averages over.</param>
    /// <param name="cancel">Stops between two steps.</param>
    public static RunNumbers Of(CompletedRun run, SpectrumModel model, SpectraTable? table, string missing, int draws, CancellationToken cancel)
    {
        var m = model.Metadata;
        var lacks = new List<string>();
        if (table is null)
            lacks.Add(missing);
        var split = model.Folder.Split;
        if (table is not null && split is null)
            lacks.Add("The model folder has no split.json, so which rows were held out is not known.");
        if (split is not null && table is not null && split.DataHash != run.DataHash)
            throw new XanesDataException("the model's split.json is of another table than run.json", run.ModelFolder, remedy: "Restore the run folder as xanesml train wrote it.");
        var losses = LossCurves.Read(Path.Combine(run.Folder, "losses.csv"), run.Trials.OrderBy(t => t.Rank == 0 ? int.MaxValue : t.Rank).ThenBy(t => t.Index).Take(MaxLossTrials).Select(t => t.Index).ToHashSet());
        if (losses is null)
            lacks.Add("The run folder has no losses.csv, so the course of the training is not shown.");
        bool rows = table is not null && split is not null;
        TrialOutcome[] scored = [.. run.Trials.Where(t => t.Failure is null && t.Scores.ContainsKey("inter_style"))];
        if (scored.Length == 0 && run.Trials.Count > 1)
            lacks.Add("The run folder does not record the trials' scores on validation rows (an early version wrote it): their ranking is shown as a table only.");

        var (variation, numbers) = Both(
            () => VariationOf(model, rows ? table!.Select([.. split!.Train, .. split.Validation]) : null, draws, cancel),
            () => rows ? RowNumbers.Of(model, table!, split!) : null);
        // Held-out rows keep model and data apart; too few of them show nothing.
        bool few = numbers is null || numbers.Table.RowCount < MinFindingRows;
        var findings = rows && m.Descriptors.Count > 0 ? Training.Evaluation.Findings.Compute(FindingsInput.From(model, few ? table! : numbers!.Table), null, cancel) : null;
        return new RunNumbers
        {
            Run = run,
            Model = m,
            ModelId = model.Folder.Id,
            Energies = model.Grid.Energies.ToArray(),
            Variation = variation,
            VariationOfRows = rows,
            Ranking = scored.Length < 2 ? [] : TrialRanking.Rank([.. scored.Select(t => new TrialScores(t.Index, t.Scores["inter_style"], [.. t.Scores.Where(s => s.Key != "inter_style").Select(s => s.Value)]))]),
            Losses = losses,
            Rows = numbers,
            Findings = findings,
            FindingRows = few ? "all" : numbers!.Which,
            Missing = lacks,
        };
    }

    /// <summary>Two long computations at once; each is deterministic by itself.</summary>
    private static (TFirst First, TSecond Second) Both<TFirst, TSecond>(Func<TFirst> first, Func<TSecond> second)
    {
        var other = Task.Run(second);
        try
        {
            return (first(), other.GetAwaiter().GetResult());
        }
        finally
        {
            // What it uses is disposed after this: it must have ended, even where the first has failed.
            ((IAsyncResult)other).AsyncWaitHandle.WaitOne();
        }
    }

    /// <summary>Sweeps over the styles of the rows that the model was fitted on. Without them: over the quantiles of N(0, 1), which styles are trained towards.</summary>
    private static SpectralVariationResult VariationOf(SpectrumModel model, SpectraTable? fitted, int draws, CancellationToken cancel)
    {
        int styles = model.Metadata.StyleCount;
        float[] range = fitted is not null ? model.EncodeStyles(fitted.Spectra.Span, fitted.RowCount)
            : [.. Enumerable.Range(0, 101).SelectMany(i => Enumerable.Repeat((float)MathNet.Numerics.Distributions.Normal.InvCDF(0, 1, 0.0005 + (i / 100.0 * 0.999)), styles))];
        return SpectralVariation.Compute(range, styles, model.Grid.Count, (batch, n) => model.DecodeStyles(batch.AsSpan(0, n * styles), n),
            new SpectralVariationOptions { Draws = draws, Seed = 1 }, cancel);
    }
}
