using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using XanesMl.Cli.Benchmarks;
using XanesMl.Cli.Terminal;
using XanesMl.Spectra;
using XanesMl.Spectra.IO;
using XanesMl.Training.Native;

namespace XanesMl.Cli.Commands;

/// <summary>xanesml bench: what this machine can do.</summary>
internal static class BenchCommand
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The verb and its example.</summary>
    public static (Command Command, string Example) Create(CliHost host)
    {
        var what = new Argument<string>("WHAT")
        {
            Description = "training: seconds an epoch for one trial and for many, memory, and the limit that the matrix products set, on 4,900 + 1,050 made-up spectra of 256 points. "
                + "scoring: rows a second of ONNX Runtime, our ML.NET step and ML.NET's own on 100,000 of them. normalization: spectra a second of 400 points.",
        };
        what.AcceptOnlyFromAmong("training", "scoring", "normalization");
        var full = new Option<bool>("--full") { Description = "For training: also memory over 2,000 epochs and curves over rows and batch sizes: some ten minutes instead of one." };
        var output = Options.Path("--out", "FILE", "Write the figures as JSON to this file too.");
        var json = Options.Json("the figures");
        var quiet = Options.Quiet();
        var command = new Command("bench", "Measure how fast this machine is.") { what, full, output, json, quiet };
        command.Validators.Add(result =>
        {
            if (result.GetValue(full) && result.GetValue(what) is not "training")
                result.AddError("--full goes with training; the others have one size.");
        });
        command.SetAction(result =>
        {
            if (result.GetValue(output) is { } target && Path.GetDirectoryName(Path.GetFullPath(target)) is { } folder && !Directory.Exists(folder))
                throw new XanesDataException($"the folder {folder} does not exist", "--out", remedy: "Create it first.");   // not after minutes of measuring
            TorchNative.Ensure();
            Action<string> say = result.GetValue(quiet) ? _ => { } : host.Say;
            var (figures, words) = result.GetValue(what) switch
            {
                "scoring" => Scoring(say),
                "normalization" => Normalization(),
                _ => Training(result.GetValue(full), say),
            };
            if (result.GetValue(output) is { } path)
                AtomicFile.Write(path, s => s.Write(figures));
            if (result.GetValue(json))
                host.Out.Write(Encoding.UTF8.GetString(figures));
            else if (!result.GetValue(quiet))
                host.Out.Write(words);
            return ExitCode.Done;
        });
        return (command, "xanesml bench training --json");
    }

    private static (byte[] Json, string Words) Training(bool full, Action<string> say)
    {
        var figures = new TrainingBenchmark(full ? TrainingBenchmarkSize.Full : TrainingBenchmarkSize.Standard, say).Run();
        return (ToJson(figures), Table(figures));
    }

    private static (byte[] Json, string Words) Scoring(Action<string> say)
    {
        using var benchmark = new ScoringBenchmark(ScoringBenchmarkSize.Standard, say);
        var figures = benchmark.Run();
        return (ToJson(figures), ScoringText.Of(figures));
    }

    private static (byte[] Json, string Words) Normalization()
    {
        var f = new NormalizationBenchmark().Run();
        return (ToJson(f), string.Create(CultureInfo.InvariantCulture, $"{f.Spectra} spectra of {f.Points} points on one thread: {f.SpectraPerSecond:0} a second, {f.MicrosecondsPerSpectrum:0.0} us each, {f.BytesPerSpectrum:0} bytes allocated each\n"));
    }

    /// <summary>The figures as the verb prints them with --json.</summary>
    internal static byte[] ToJson<T>(T figures) => [.. JsonSerializer.SerializeToUtf8Bytes(figures, s_json), (byte)'\n'];

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    internal static T FromJson<T>(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize<T>(json, s_json) ?? throw new JsonException("null");

    /// <summary>The figures in words.</summary>
    internal static string Table(TrainingFigures f)
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        Line($"{f.TrainRows} + {f.ValidationRows} spectra of {f.Points} points, batch {f.BatchSize}, {f.Machine.Processors} processors, vectors of {f.Machine.VectorBits} bits");
        Line($"limit: {f.GflopPerEpoch:0.00} GFLOP an epoch at {f.GemmGflops:0} GFLOP/s = {1e3 * f.ArithmeticLimitSeconds:0.0} ms");
        foreach (var t in f.OneTrial)
            Line($"one trial, {t.Options}: {1e3 * t.SecondsPerEpoch:0.0} ms an epoch, {t.RatioToLimit:0.00} times the limit");
        foreach (var b in f.BatchedProducts)
            Line($"hidden layers of {b.Trials} trials, batch {b.BatchSize}: {b.OneByOneMicroseconds:0} us one by one, {b.BatchedMicroseconds:0} us batched, gain {b.Gain:0.00}");
        foreach (var t in f.ManyTrials)
            Line($"{t.Trials} trials on {t.Threads} threads: {t.TrialEpochsPerSecond:0.0} trial-epochs a second, {t.ResidentMegabytes:0} MB");
        Line($"memory: {f.BaselineMegabytes:0} MB before the first trial, {f.OneTrialMegabytes:0} MB with it; a long one later: {string.Join(", ", f.Memory.Select(m => FormattableString.Invariant($"{m.Megabytes:0} MB after {m.Epoch} epochs")))}");
        foreach (var p in f.Rows.Concat(f.Batches))
            Line($"{p.Rows} rows, batch {p.BatchSize}: {p.SecondsPerEpoch:0.000} s an epoch, {p.MicrosecondsPerRow:0.0} us a row, {p.AddedMegabytes:0} MB for {p.DataMegabytes:0} MB of spectra");
        return text.ToString();
    }
}
