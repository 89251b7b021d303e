using System.Runtime.InteropServices;

namespace XanesMl.Cli.Benchmarks;

/// <summary>What a figure was measured on.</summary>
/// <param name="Processors">Logical processors that the process may use.</param>
/// <param name="Architecture">Of the processor.</param>
/// <param name="VectorBits">Widest vectors that .NET uses here.</param>
/// <param name="Framework">.NET version.</param>
internal sealed record MachineFigures(int Processors, string Architecture, int VectorBits, string Framework)
{
    /// <summary>This machine.</summary>
    public static MachineFigures Current() => new(Environment.ProcessorCount, RuntimeInformation.ProcessArchitecture.ToString(),
        System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated ? 512 : System.Runtime.Intrinsics.Vector256.IsHardwareAccelerated ? 256 : 128, RuntimeInformation.FrameworkDescription);
}

/// <summary>Result of the training benchmark. Times are those of the fastest of several turns, in seconds.</summary>
internal sealed record TrainingFigures
{
    public required MachineFigures Machine { get; init; }

    public required int TrainRows { get; init; }

    public required int ValidationRows { get; init; }

    public required int Points { get; init; }

    public required int BatchSize { get; init; }

    /// <summary>Rate of a large matrix product on one thread, 1e9 operations a second.</summary>
    public required double GemmGflops { get; init; }

    /// <summary>Operations of an epoch's matrix products, 1e9.</summary>
    public required double GflopPerEpoch { get; init; }

    /// <summary>What these take at that rate: no program can be faster on one thread.</summary>
    public required double ArithmeticLimitSeconds { get; init; }

    public required IReadOnlyList<OneTrialFigures> OneTrial { get; init; }

    /// <summary>Products of eight trials one by one and batched.</summary>
    public required IReadOnlyList<BatchedProductFigures> BatchedProducts { get; init; }

    public required IReadOnlyList<ManyTrialsFigures> ManyTrials { get; init; }

    /// <summary>Resident memory with libtorch and the data loaded, before the first trial.</summary>
    public required double BaselineMegabytes { get; init; }

    /// <summary>The same with one trial after a few epochs.</summary>
    public required double OneTrialMegabytes { get; init; }

    /// <summary>A long trial, after the many trials that the process has trained by then: growth is what to look for.</summary>
    public required IReadOnlyList<MemoryPoint> Memory { get; init; }

    /// <summary>Growing data.</summary>
    public required IReadOnlyList<ScalePoint> Rows { get; init; }

    /// <summary>Growing batches on the same data.</summary>
    public required IReadOnlyList<ScalePoint> Batches { get; init; }
}

/// <summary>One trial on one thread.</summary>
internal sealed record OneTrialFigures(string Options, double SecondsPerEpoch, double RatioToLimit);

/// <summary>Many trials on all cores.</summary>
/// <param name="Trials">Trials.</param>
/// <param name="Threads">At once.</param>
/// <param name="SecondsPerEpoch">For an epoch of all trials.</param>
/// <param name="TrialEpochsPerSecond">Rate.</param>
/// <param name="ResidentMegabytes">Memory of the process afterwards.</param>
internal sealed record ManyTrialsFigures(int Trials, int Threads, double SecondsPerEpoch, double TrialEpochsPerSecond, double ResidentMegabytes);

/// <summary>Resident memory of the process after some epochs.</summary>
internal sealed record MemoryPoint(int Epoch, double Megabytes);

/// <summary>One size of data or batch.</summary>
/// <param name="Rows">Training rows; a fifth of that comes on top for validation.</param>
/// <param name="BatchSize">Rows of a batch.</param>
/// <param name="SecondsPerEpoch">Time.</param>
/// <param name="MicrosecondsPerRow">Time over rows.</param>
/// <param name="DataMegabytes">The spectra themselves.</param>
/// <param name="AddedMegabytes">Resident memory on top of what the process had before.</param>
internal sealed record ScalePoint(int Rows, int BatchSize, double SecondsPerEpoch, double MicrosecondsPerRow, double DataMegabytes, double AddedMegabytes);

/// <summary>A hidden layer's product [batch, 64] [64, 64] of several trials on one thread.</summary>
/// <param name="BatchSize">Rows of a batch.</param>
/// <param name="Trials">Trials.</param>
/// <param name="OneByOneMicroseconds">A product a trial.</param>
/// <param name="BatchedMicroseconds">One batched product.</param>
/// <param name="Gain">The former over the latter.</param>
internal sealed record BatchedProductFigures(int BatchSize, int Trials, double OneByOneMicroseconds, double BatchedMicroseconds, double Gain);
