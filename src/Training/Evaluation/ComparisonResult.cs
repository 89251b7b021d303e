namespace XanesMl.Training.Evaluation;

/// <summary>How runs are compared.</summary>
public sealed record ComparisonOptions
{
    /// <summary>Bootstrap samples of the materials, at least 100.</summary>
    public int Draws { get; init; } = 1000;

    /// <summary>Seed of the samples.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>False discovery rate of differences that are called larger than their noise.</summary>
    public double Level { get; init; } = 0.05;

    /// <summary>False for runs of different tables (<see cref="ComparisonPlan.OneTask"/>): scores and intervals only, no best run and no differences.</summary>
    public bool OneTask { get; init; } = true;
}

/// <summary>The difference of two runs in one score.</summary>
/// <param name="Metric">The score.</param>
/// <param name="Run">The run.</param>
/// <param name="Against">What it is compared with.</param>
/// <param name="Summary">Run minus the other, with the 95 % interval of the bootstrap.</param>
/// <param name="Q">p value adjusted for all differences of the same family: against the reference run, or against one simple method.</param>
/// <param name="Clear">True where the difference is larger than its noise: q at most the level, and 0 outside the interval.</param>
/// <param name="Better">True where the run is the better one, clear or not; false for equal ones.</param>
public sealed record ComparisonDifference(ComparisonMetric Metric, string Run, string Against, BootstrapSummary Summary, double Q, bool Clear, bool Better);

/// <summary>One score of all runs.</summary>
/// <param name="Metric">The score.</param>
/// <param name="Runs">[runs] its value and 95 % interval; NaN for a run that does not have it.</param>
/// <param name="Best">Index of the best run; -1 where no run has the score, or the tasks differ.</param>
/// <param name="AsGood">[runs] true for the best and for runs whose difference to it has an interval that holds 0.</param>
public sealed record ComparedMetric(ComparisonMetric Metric, IReadOnlyList<BootstrapSummary> Runs, int Best, IReadOnlyList<bool> AsGood);

/// <summary>Runs side by side.</summary>
public sealed record ComparisonResult
{
    /// <summary>Names of the runs, then of the simple methods.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>Number of runs: names from here on are simple methods.</summary>
    public required int RunCount { get; init; }

    /// <summary>Rows of each name.</summary>
    public required IReadOnlyList<int> Rows { get; init; }

    /// <summary>Materials of each name.</summary>
    public required IReadOnlyList<int> Materials { get; init; }

    /// <summary>True where all are scored on the same rows.</summary>
    public required bool Paired { get; init; }

    /// <summary>False where the runs are of different tables: then there is neither a best run nor a difference.</summary>
    public bool OneTask => Options.OneTask;

    /// <summary>Score by score.</summary>
    public required IReadOnlyList<ComparedMetric> Metrics { get; init; }

    /// <summary>Every other run against the first.</summary>
    public required IReadOnlyList<ComparisonDifference> Differences { get; init; }

    /// <summary>Every run against every simple method; empty where they are not scored on the same rows.</summary>
    public required IReadOnlyList<ComparisonDifference> AgainstBaselines { get; init; }

    /// <summary>What was asked for, seed included.</summary>
    public required ComparisonOptions Options { get; init; }

    /// <summary>Which differences are larger than their noise, in words: a sentence a run.</summary>
    public IReadOnlyList<string> Sentences => ComparisonText.Sentences(this);
}
