using System.Text.Json;
using Xunit;
using XanesMl.Cli.Benchmarks;
using XanesMl.Cli.Commands;
using XanesMl.TestSupport;
using XanesMl.Training.Native;

namespace XanesMl.Cli.Tests.Benchmarks;

public sealed class ScoringBenchmarkTests
{
    [Fact]
    public void A_run_in_small_gives_every_figure()
    {
        TorchNative.Ensure();
        var said = new List<string>();
        using var benchmark = new ScoringBenchmark(new ScoringBenchmarkSize { Rows = 600, Batches = [1, 16], RawRows = 300, RawPoints = 60, Turns = 2 }, said.Add);
        var figures = benchmark.Run();
        byte[] text = BenchCommand.ToJson(figures);
        using var json = JsonDocument.Parse(text);
        var root = json.RootElement;

        // Oracle: 256-64-64-64-64-6 by hand, domain.md section 2.1.
        Assert.Equal(2 * ((256 * 64) + (3 * 64 * 64) + (64 * 6)), root.GetProperty("operations_per_row").GetDouble());
        double limit = root.GetProperty("operations_per_row").GetDouble() / root.GetProperty("gemm_gflops").GetDouble() / 1e3;
        Assert.Equal(limit, root.GetProperty("limit_microseconds").GetDouble(), 1e-9 * limit);
        int[] threads = [.. new[] { 1, Environment.ProcessorCount }.Distinct()];
        var expected = threads.SelectMany(t => new[] { ("session", 1, t), ("session", 16, t), ("EncodeStyles", 1, t), ("EncodeStyles", 16, t), ("EncodeStyles", 256, t), ("ApplyOnnxModel", 1, t) });
        var ways = root.GetProperty("ways").EnumerateArray().ToDictionary(w => (w.GetProperty("way").GetString()!, w.GetProperty("batch_size").GetInt32(), w.GetProperty("threads").GetInt32()));
        Assert.Equal(expected.Order(), ways.Keys.Order());
        foreach (var ((_, _, t), w) in ways)
        {
            double us = w.GetProperty("microseconds_per_row").GetDouble();
            Assert.InRange(us, 0.01, 1e5);
            Assert.Equal(1e6 / us, w.GetProperty("rows_per_second").GetDouble(), 1e-6 * 1e6 / us);
            Assert.Equal(us * t / limit, w.GetProperty("ratio_to_limit").GetDouble(), 1e-6 * us * t / limit);
        }

        double Time(string way, int batch, int t) => ways[(way, batch, t)].GetProperty("microseconds_per_row").GetDouble();
        Assert.Equal(Time("ApplyOnnxModel", 1, 1) / Time("EncodeStyles", 256, 1), root.GetProperty("stock_to_ours").GetDouble(), 1e-9 * 1e3);
        Assert.Equal(Time("ApplyOnnxModel", 1, threads[^1]) / Time("EncodeStyles", 256, threads[^1]), root.GetProperty("stock_to_ours_all_threads").GetDouble(), 1e-9 * 1e3);
        Assert.Equal(Time("EncodeStyles", 1, 1) / Time("EncodeStyles", 256, 1), root.GetProperty("row_by_row_to_ours").GetDouble(), 1e-9 * 1e3);
        Assert.InRange(root.GetProperty("largest_difference").GetDouble(), 0, 1e-6);
        Assert.Equal((300, 60), (root.GetProperty("raw").GetProperty("rows").GetInt32(), root.GetProperty("raw").GetProperty("points").GetInt32()));
        Assert.Equal(text, BenchCommand.ToJson(BenchCommand.FromJson<ScoringFigures>(text)));
        Assert.Contains("turn 2 of 2", said);
    }

    [Fact]
    public void Full_is_for_training_only() => CliRun.InProcess("bench", "scoring", "--full").AssertBadInput("--full goes with training");

    /// <summary>docs/performance.md shows docs/results/scoring.json in words, and the aims that were set are met or said not to be.</summary>
    [Fact]
    public void The_performance_page_shows_the_committed_result()
    {
        var figures = BenchCommand.FromJson<ScoringFigures>(File.ReadAllBytes(SharedData.Repository("docs", "results", "scoring.json")));
        Assert.Contains("<!-- scoring -->\n```\n" + ScoringText.Of(figures) + "```\n", File.ReadAllText(SharedData.Repository("docs", "performance.md")), StringComparison.Ordinal);
        Assert.Equal((100_000, 57_000, 300), (figures.Rows, figures.Raw.Rows, figures.Raw.Points));
        Assert.InRange(figures.LargestDifference, 0, 1e-6);
        Assert.InRange(figures.Raw.Seconds, 0, 0.35);
    }
}
