namespace XanesMl.Cli.Benchmarks;

/// <summary>Result of the scoring benchmark. Times are those of the fastest of several turns.</summary>
internal sealed record ScoringFigures
{
    public required MachineFigures Machine { get; init; }

    /// <summary>Spectra of the view.</summary>
    public required int Rows { get; init; }

    /// <summary>Values of a spectrum.</summary>
    public required int Points { get; init; }

    /// <summary>Values of an answer.</summary>
    public required int Styles { get; init; }

    /// <summary>Operations of a row's matrix products.</summary>
    public required double OperationsPerRow { get; init; }

    /// <summary>Rate of a large matrix product on one thread, 1e9 operations a second.</summary>
    public required double GemmGflops { get; init; }

    /// <summary>What a row's products take at that rate on one thread.</summary>
    public required double LimitMicroseconds { get; init; }

    public required IReadOnlyList<ScoringWay> Ways { get; init; }

    /// <summary>Largest difference between our styles and those of ML.NET's step, over all rows.</summary>
    public required double LargestDifference { get; init; }

    /// <summary>Spectra on another grid, resampled and encoded in one pipeline, one thread.</summary>
    public required RawScoringFigures Raw { get; init; }

    /// <summary>Time of ML.NET's step over that of ours with 256 rows a run, one thread each.</summary>
    public required double StockToOurs { get; init; }

    /// <summary>The same on all threads.</summary>
    public required double StockToOursAllThreads { get; init; }

    /// <summary>Time of our step with one row a run over that with 256.</summary>
    public required double RowByRowToOurs { get; init; }
}

/// <summary>One way to score.</summary>
/// <param name="Way">"session": ONNX Runtime on a tensor that is filled already; "EncodeStyles": our step; "ApplyOnnxModel": ML.NET's.</param>
/// <param name="BatchSize">Rows of a run.</param>
/// <param name="Threads">Threads, each with a cursor (or tensor) of its own; the session is one.</param>
/// <param name="MicrosecondsPerRow">Time over rows.</param>
/// <param name="RowsPerSecond">Rate.</param>
/// <param name="RatioToLimit">Time over that of the matrix products on as many threads.</param>
internal sealed record ScoringWay(string Way, int BatchSize, int Threads, double MicrosecondsPerRow, double RowsPerSecond, double RatioToLimit);

/// <summary>Raw spectra to styles.</summary>
/// <param name="Rows">Spectra.</param>
/// <param name="Points">Values of each, before resampling.</param>
/// <param name="Seconds">Time for all.</param>
/// <param name="ResamplingSeconds">Time for resampling alone.</param>
internal sealed record RawScoringFigures(int Rows, int Points, double Seconds, double ResamplingSeconds);

/// <summary>How much the scoring benchmark measures.</summary>
internal sealed record ScoringBenchmarkSize
{
    /// <summary>About a minute.</summary>
    public static ScoringBenchmarkSize Standard { get; } = new();

    public int Rows { get; init; } = 100_000;

    /// <summary>Rows of a run that are tried; 1 and 256 are always among them.</summary>
    public IReadOnlyList<int> Batches { get; init; } = [1, 16, 256, 4_096];

    /// <summary>Spectra on another grid: those of the RankAAE paper.</summary>
    public int RawRows { get; init; } = 57_000;

    /// <summary>Values of each of these.</summary>
    public int RawPoints { get; init; } = 300;

    /// <summary>Turns of which the fastest counts.</summary>
    public int Turns { get; init; } = 5;
}
