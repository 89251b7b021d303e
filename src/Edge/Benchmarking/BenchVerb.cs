using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using XanesMl.Inference.Predictions;
using XanesMl.Spectra;
using XanesMl.Spectra.IO;
using XanesMl.Verbs;

namespace XanesMl.Edge.Benchmarking;

/// <summary>The verb bench: what this machine takes from a file to a result, and what the encoder alone can do.</summary>
internal static class BenchVerb
{
    /// <summary>Names of the series, as they are printed.</summary>
    internal const string Warm = "warm, file to result", WarmGivenShift = "warm, shift given", Cold = "cold, new process to its first byte";

    // Of fewer runs the 99th percentile by nearest rank is the maximum.
    private const int RunsForP99 = 101;

    public static Command Create(VerbHost host)
    {
        var files = new Argument<string[]>("FILE") { Description = "Measured files. Default: one that is made up, of the first model's first element.", Arity = ArgumentArity.ZeroOrMore };
        var model = Options.Path("--model", "DIR", "Model folder. Default: the models in the program, by element.");
        var seconds = Options.Number("--seconds", "S", "Most time for each series. Default: 20.");
        var starts = Options.Whole("--starts", "N", "New processes for the cold start. Default: 20.", 0, 1000);
        var json = Options.Json("the figures");
        var quiet = Options.Quiet();
        var command = new Command("bench", "Measure the time from a file to a result, warm and cold, and the encoder's throughput by batch size and threads.") { files, model, seconds, starts, json, quiet };
        command.SetAction(result =>
        {
            double limit = result.GetValue(seconds) ?? 20;
            if (!(limit is > 0 and <= 3600))
                throw new XanesDataException(FormattableString.Invariant($"the series may take {limit} s"), "option --seconds", remedy: "Give a number of seconds, at most 3600.");
            var figures = Measure(host, result.GetValue(files) ?? [], result.GetValue(model), limit, result.GetValue(starts) ?? 20, result.GetValue(quiet) ? _ => { } : host.Say);
            host.Results(stream => stream.Write(result.GetValue(json) ? [.. JsonSerializer.SerializeToUtf8Bytes(figures, BenchJson.Default.BenchFigures), (byte)'\n'] : Encoding.UTF8.GetBytes(Words(figures))));
            return ExitCode.Done;
        });
        return command;
    }

    private static BenchFigures Measure(VerbHost host, string[] inputs, string? folder, double seconds, int starts, Action<string> say)
    {
        using var models = folder is null ? host.ShippedModels!() : ModelSet.Open(folder);
        string? made = inputs.Length == 0 ? Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".xdi") : null;
        try
        {
            if (made is not null)
                File.WriteAllText(made, SyntheticScan.Of(models.Entries[0].Metadata.Elements[0]));
            string[] files = [.. made is null ? inputs.SelectMany(InputFile.Expand) : [made]];
            var session = new PredictionSession(models);
            var answers = session.Predict(files, 1);
            if (answers.FirstOrDefault(a => a.Model is null) is { } useless)
                throw useless.Error is { } error ? new XanesDataException(error) // says the file and the remedy itself
                    : new XanesDataException(useless.Reasons[0], useless.File, remedy: "The benchmark needs files that a model answers.");
            var latency = new LatencyBenchmark(files, models, seconds);
            say("warm");
            var (warm, given) = (latency.Warm(null), latency.Warm(0));
            say("stages");
            var stages = latency.Stages();
            say("cold");
            var cold = starts > 0 ? latency.Cold(starts, folder) : null;
            say("encoder");
            using var encoder = new EncoderBenchmark(models.Entries.First(e => e.Identity == answers[0].Model).Model);
            return new BenchFigures
            {
                Machine = BenchMachine.Current(), Files = files.Length, Models = [.. answers.Select(a => $"{a.Model!.Name} ({a.Model.Id})").Distinct()],
                Warm = warm, WarmGivenShift = given, Stages = stages, Cold = cold, Encoder = encoder.Run(seconds),
            };
        }
        finally
        {
            if (made is not null)
                File.Delete(made);
        }
    }

    /// <summary>The figures in words.</summary>
    internal static string Words(BenchFigures f)
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        void Latency(string name, Latency l) => Line(
            $"{name,-44} p50 {l.P50,8:0.000} ms   p95 {l.P95,8:0.000} ms   {(l.Runs >= RunsForP99 ? FormattableString.Invariant($"p99 {l.P99,8:0.000} ms   ") : "")}max {l.Max,8:0.000} ms   {l.Runs} runs{(l.AllocatedBytes > 0 ? FormattableString.Invariant($", {l.AllocatedBytes / 1024} KiB each") : "")}");
        Line($"{f.Machine.Build}, {f.Machine.Framework}, {f.Machine.Processors} processors, vectors of {f.Machine.VectorBits} bits; {f.Files} {(f.Files == 1 ? "file" : "files")}, {string.Join(", ", f.Models)}");
        Latency(Warm, f.Warm);
        Latency(WarmGivenShift, f.WarmGivenShift);
        if (f.Cold is { } cold)
            Latency(Cold, cold);
        foreach (var stage in f.Stages)
            Line($"  {stage.Name,-42} p50 {stage.P50,8:0.000} ms   {stage.AllocatedBytes / 1024,6} KiB");
        var e = f.Encoder;
        Line($"encoder of {e.Model}: {e.MultiplyAdds} multiply-adds a spectrum at {e.GemmGflops:0} GFLOP/s (1024^3, one thread) = {e.LimitMicroseconds:0.000} us");
        foreach (var way in e.Ways)
            Line($"  batch {way.BatchSize,5}, {way.Threads,2} {(way.Threads == 1 ? "thread: " : "threads:")} {way.SpectraPerSecond,10:0} spectra/s, {way.RatioToLimit:0.00} times the limit");
        return text.ToString();
    }
}
