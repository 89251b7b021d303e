namespace XanesMl.Edge.Watching;

/// <summary>What to watch and how.</summary>
internal sealed record WatchOptions
{
    /// <summary>Default of <see cref="Poll"/>, s.</summary>
    public const double DefaultPoll = 1;

    /// <summary>Default of <see cref="Settle"/>, s: longer than most programs pause between two writes of one file.</summary>
    public const double DefaultSettle = 3;

    /// <summary>The watched folder.</summary>
    public required string Folder { get; init; }

    /// <summary>Where results go.</summary>
    public required string Output { get; init; }

    /// <summary>Longest time between two listings.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(DefaultPoll);

    /// <summary>How long size and time of a file must stay the same.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(DefaultSettle);

    /// <summary>Whether to end when what is there at the start is done.</summary>
    public bool Once { get; init; }

    /// <summary>Whether folders in the watched folder are watched too.</summary>
    public bool Recursive { get; init; }

    /// <summary>Whether only errors are said.</summary>
    public bool Quiet { get; init; }

    /// <summary>Longest wait between two attempts at what failed.</summary>
    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Wait after a first failure.</summary>
    public TimeSpan FirstRetry => Poll;

    /// <summary>How long <see cref="Once"/> goes on without getting anything done.</summary>
    public TimeSpan Patience => 10 * (Settle + Poll);
}
