using System.Diagnostics;
using System.Text.Json;
using XanesMl.Inference.Measured;
using XanesMl.Inference.Predictions;
using XanesMl.Spectra;
using XanesMl.Spectra.IO;
using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Normalization;

namespace XanesMl.Edge.Benchmarking;

/// <summary>Time from a file to its result: warm in this process, stage by stage, and in new processes.</summary>
/// <param name="files">Files, taken in turn.</param>
/// <param name="models">Models that answer.</param>
/// <param name="seconds">How long a series may take at most.</param>
internal sealed class LatencyBenchmark(IReadOnlyList<string> files, ModelSet models, double seconds)
{
    private const int EnoughRuns = 1000, WarmUps = 50, StageRuns = 200;

    /// <summary>1000 predictions or as many as the time allows.</summary>
    /// <param name="shift">A given shift; null to have it found.</param>
    public Latency Warm(double? shift)
    {
        var session = new PredictionSession(models, new() { Preparation = new MeasuredPredictionOptions { Shift = shift } });
        using var text = new MemoryStream();
        void Run(int i)
        {
            text.SetLength(0);
            PredictionWriter.WriteJsonLines(text, session.ToTable(session.Predict(files[i % files.Count])));
        }

        var (times, allocated) = Times(Run, EnoughRuns);
        return Latency.Of(times, allocated);
    }

    /// <summary>Stages of a prediction.</summary>
    public IReadOnlyList<Stage> Stages()
    {
        var contents = files.Select(f => InputFile.Read(f, _ => long.MaxValue)).ToArray();
        var spectra = files.SelectMany((f, i) => Read(contents[i], f)).ToArray();
        var normalized = spectra.Select(s => SpectrumNormalizer.Normalize(s)).ToArray();
        var (found, given) = (new PredictionSession(models), new PredictionSession(models, new() { Preparation = new MeasuredPredictionOptions { Shift = 0 } }));
        var rows = spectra.Select(s => found.Answer(s).Result).ToArray();
        using var text = new MemoryStream();
        Stage Stage(string name, Action<int> run)
        {
            var (times, allocated) = Times(run, StageRuns);
            return new(name, Latency.Of(times, allocated).P50, allocated);
        }

        return
        [
            Stage("read file", i => InputFile.Read(files[i % files.Count], _ => long.MaxValue)),
            Stage("SHA-256", i => System.Security.Cryptography.SHA256.HashData(contents[i % contents.Length].Span)),
            Stage("parse", i => Read(contents[i % contents.Length], "scan")),
            Stage("normalize", i => SpectrumNormalizer.Normalize(spectra[i % spectra.Length])),
            Stage("normalize, model, verdict", i => given.Answer(spectra[i % spectra.Length])),
            Stage("normalize, align, model, verdict", i => found.Answer(spectra[i % spectra.Length])),
            Stage("row", i =>
            {
                text.SetLength(0);
                using var json = new Utf8JsonWriter(text);
                PredictionWriter.WriteJson(json, rows[i % rows.Length]);
            }),
        ];
    }

    /// <summary>New processes of this program, one after the other.</summary>
    /// <param name="starts">How many.</param>
    /// <param name="model">--model of them, or null.</param>
    /// <exception cref="XanesDataException">A process that gives no result.</exception>
    public Latency Cold(int starts, string? model)
    {
        List<double> times = [];
        for (int i = 0; i < starts; i++)
        {
            string file = files[i % files.Count];
            var start = SelfStart.With(["predict", Path.GetFullPath(file), "--json", "--quiet", .. model is null ? (string[])[] : ["--model", model]]);
            long before = Stopwatch.GetTimestamp();
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            int first = process.StandardOutput.BaseStream.ReadByte();
            times.Add(Stopwatch.GetElapsedTime(before).TotalMilliseconds);
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (first < 0)
                throw new XanesDataException($"a new process gave no result: {errors.GetAwaiter().GetResult().Trim()}", file, remedy: "See whether xanesml-edge predict works on the file.");
        }

        return Latency.Of(times, 0);
    }

    private static IReadOnlyList<MeasuredSpectrum> Read(ReadOnlyMemory<byte> content, string name) => MeasuredSpectrumReader.Read(new MemoryStream(content.ToArray()), name);

    private (List<double> Times, long Allocated) Times(Action<int> run, int enough)
    {
        var watch = Stopwatch.StartNew();
        for (int i = 0; i < WarmUps && watch.Elapsed.TotalSeconds < 0.2 * seconds; i++)
            run(i);
        List<double> times = new(enough);
        long before = GC.GetAllocatedBytesForCurrentThread();
        watch.Restart();
        for (int i = 0; i < enough && (i == 0 || watch.Elapsed.TotalSeconds < seconds); i++)
        {
            long start = Stopwatch.GetTimestamp();
            run(i);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return (times, (GC.GetAllocatedBytesForCurrentThread() - before) / times.Count);
    }
}
