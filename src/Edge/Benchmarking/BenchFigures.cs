using System.Runtime.InteropServices;
using System.Text.Json.Serialization;

namespace XanesMl.Edge.Benchmarking;

/// <summary>What xanesml-edge bench measured. Times are wall times in milliseconds unless the name says otherwise.</summary>
internal sealed record BenchFigures
{
    public required BenchMachine Machine { get; init; }

    /// <summary>Files that were predicted, in turn.</summary>
    public required int Files { get; init; }

    /// <summary>Models that answered: name (id).</summary>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>One file to its JSON line in a process that has warmed up: reading, hash, parsing, normalization, alignment, model, verdict, text.</summary>
    public required Latency Warm { get; init; }

    /// <summary>The same with a given shift, so that no alignment is searched for.</summary>
    public required Latency WarmGivenShift { get; init; }

    /// <summary>Median time of each stage of a warm prediction, measured on its own.</summary>
    public required IReadOnlyList<Stage> Stages { get; init; }

    /// <summary>From the start of a new process to its first byte of result; null where none was asked for.</summary>
    public Latency? Cold { get; init; }

    /// <summary>The encoder alone; null for files that no model answers.</summary>
    public required EncoderFigures Encoder { get; init; }
}

/// <summary>The machine and how the program was built.</summary>
/// <param name="Processors">Logical processors.</param>
/// <param name="Architecture">Of the process.</param>
/// <param name="VectorBits">Widest vectors that .NET uses.</param>
/// <param name="Framework">.NET version.</param>
/// <param name="Build">"native AOT", "single file" or "framework".</param>
internal sealed record BenchMachine(int Processors, string Architecture, int VectorBits, string Framework, string Build)
{
    /// <summary>This machine and program.</summary>
    public static BenchMachine Current() => new(
        Environment.ProcessorCount, RuntimeInformation.ProcessArchitecture.ToString(),
        System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated ? 512 : System.Runtime.Intrinsics.Vector256.IsHardwareAccelerated ? 256 : 128,
        RuntimeInformation.FrameworkDescription,
        !System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeSupported ? "native AOT" : SelfStart.IsSingleFile ? "single file" : "framework");
}

/// <summary>Latency of single predictions.</summary>
/// <param name="Runs">How many were measured.</param>
/// <param name="P50">Median.</param>
/// <param name="P95">95th percentile (nearest rank).</param>
/// <param name="P99">99th percentile (nearest rank).</param>
/// <param name="Max">Longest.</param>
/// <param name="AllocatedBytes">Managed memory that one run allocates, mean; 0 where it was another process.</param>
internal sealed record Latency(int Runs, double P50, double P95, double P99, double Max, long AllocatedBytes)
{
    /// <summary>Of times in milliseconds, which get sorted.</summary>
    public static Latency Of(List<double> times, long allocated)
    {
        times.Sort();
        double Rank(double q) => times[Math.Clamp((int)Math.Ceiling(q * times.Count) - 1, 0, times.Count - 1)];
        return new Latency(times.Count, Rank(0.5), Rank(0.95), Rank(0.99), times[^1], allocated);
    }
}

/// <summary>One stage.</summary>
/// <param name="Name">What is done.</param>
/// <param name="P50">Median, ms.</param>
/// <param name="AllocatedBytes">Managed memory that one run allocates, mean.</param>
internal sealed record Stage(string Name, double P50, long AllocatedBytes);

/// <summary>The encoder alone: filled tensors in, styles out. Times are those of the fastest of several turns.</summary>
internal sealed record EncoderFigures
{
    /// <summary>Model whose encoder it is.</summary>
    public required string Model { get; init; }

    /// <summary>Multiply-adds of a spectrum's matrix products.</summary>
    public required long MultiplyAdds { get; init; }

    /// <summary>Rate of ONNX Runtime's product of two 1024 x 1024 matrices on one thread, 1e9 operations (2 a multiply-add) a second.</summary>
    public required double GemmGflops { get; init; }

    /// <summary>What a spectrum's products take at that rate on one thread, microseconds.</summary>
    public required double LimitMicroseconds { get; init; }

    public required IReadOnlyList<EncoderWay> Ways { get; init; }
}

/// <summary>One batch size on some threads.</summary>
/// <param name="BatchSize">Spectra of one call.</param>
/// <param name="Threads">Threads, each with tensors of its own; the session is one.</param>
/// <param name="SpectraPerSecond">Rate.</param>
/// <param name="RatioToLimit">Time over that of the matrix products on as many threads.</param>
internal sealed record EncoderWay(int BatchSize, int Threads, double SpectraPerSecond, double RatioToLimit);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n")]
[JsonSerializable(typeof(BenchFigures))]
internal sealed partial class BenchJson : JsonSerializerContext;
