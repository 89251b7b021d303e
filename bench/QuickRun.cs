using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using XanesMl.Spectra.IO;

namespace XanesMl.Bench;

/// <summary>All benchmarks in this process within about a minute: each group takes turns, so that other work on the machine meets all of them,
/// and counts its fastest turn.</summary>
internal static class QuickRun
{
    private const int Turns = 15;

    private sealed record Case(string Name, Action Run);

    /// <summary>Measures, prints the tables, and writes them.</summary>
    /// <param name="path">Markdown file to write.</param>
    /// <param name="machine">What the reader should know of the machine.</param>
    public static void Execute(string path, string machine)
    {
        var text = new StringBuilder();
        text.Append("# Speed, quick run\n\nWritten by `dotnet run -c Release --project bench -- --quick`.\n");
        text.Append(CultureInfo.InvariantCulture, $"Machine: {machine}; {RuntimeInformation.ProcessArchitecture}, {RuntimeInformation.FrameworkDescription}. Fastest of {Turns} turns, taken in rotation. Ratio: time over that of the first line.\n");
        Reading(text);
        Normalization(text);
        RankLoss(text);
        Training(text);
        byte[] content = Encoding.UTF8.GetBytes(text.ToString());
        AtomicFile.Write(path, s => s.Write(content));
        Console.Write(text);
    }

    private static void Reading(StringBuilder text)
    {
        var b = new ReadingBenchmarks();
        b.Setup();
        Table(text, $"Reading {Number(b.Rows)} spectra of {Generated.Points} points", "rows/s", b.Rows,
        [
            new("CSV", () => b.Csv()),
            new("gzip CSV", () => b.GzipCsv()),
            new("Parquet", () => b.Parquet()),
        ]);
        b.Cleanup();
    }

    private static void Normalization(StringBuilder text)
    {
        var b = new NormalizationBenchmarks();
        b.Setup();
        Table(text, $"Normalizing {Number(NormalizationBenchmarks.Spectra)} spectra of {NormalizationBenchmarks.Points} points, one thread", "spectra/s", NormalizationBenchmarks.Spectra,
        [
            new("PreEdgeKernel", () => b.Kernel()),
            new("PreEdgeNormalizer, records", () => b.Records()),
        ]);
    }

    private static void RankLoss(StringBuilder text)
    {
        var b = new RankLossBenchmarks();
        b.Setup();
        Table(text, "Rank loss, forward and backward, batch of 1,024, one thread", "batches/s", 1,
        [
            new("rank counts", () => b.Counts()),
            new("definition, all pairs", () => b.Definition()),
        ]);
        b.Cleanup();
    }

    private static void Training(StringBuilder text)
    {
        TrainingBenchmarks[] all = [.. TrainingBenchmarks.Cases.Select(c => new TrainingBenchmarks { Case = c })];
        foreach (var b in all)
            b.Setup();
        Table(text, "One trial's epoch, 4,900 training and 1,050 validation spectra, batch 1,024, one thread", "epochs/s", 1, [.. all.Select(b => new Case(b.Case, () => b.Epoch()))]);
        foreach (var b in all)
            b.Cleanup();
    }

    private static void Table(StringBuilder text, string title, string unit, int items, Case[] cases)
    {
        Console.Error.WriteLine(title);
        var fastest = new double[cases.Length];
        Array.Fill(fastest, double.PositiveInfinity);
        for (int turn = -1; turn < Turns; turn++)   // the first turn warms up
        {
            for (int i = 0; i < cases.Length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                cases[i].Run();
                if (turn >= 0)
                    fastest[i] = Math.Min(fastest[i], Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
        }

        text.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n| way | time, ms | {unit} | ratio |\n|---|---|---|---|\n");
        for (int i = 0; i < cases.Length; i++)
            text.Append(CultureInfo.InvariantCulture, $"| {cases[i].Name} | {Number(1e3 * fastest[i])} | {Number(items / fastest[i])} | {Number(fastest[i] / fastest[0])} |\n");
    }

    /// <summary>Three digits are all that a shared machine can tell.</summary>
    private static string Number(double v) => v switch
    {
        >= 100 => Math.Round(v).ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => v.ToString("0.0", CultureInfo.InvariantCulture),
        >= 0.1 => v.ToString("0.00", CultureInfo.InvariantCulture),
        _ => v.ToString("0.0000", CultureInfo.InvariantCulture),
    };
}
