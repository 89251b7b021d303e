using System.Text;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using XanesMl.Edge.Benchmarking;
using XanesMl.Inference.Models;
using XanesMl.Spectra.Measured;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Edge.Tests.Benchmarking;

public sealed class BenchTests
{
    /// <summary>Oracle: the published shape, Linear 256-64-64-64-64-6 (RankAAE, Phys. Rev. Mater. 7, 053802).</summary>
    [Fact]
    public void Multiply_adds_are_those_of_the_layers() =>
        Assert.Equal((256 * 64) + (3 * 64 * 64) + (64 * 6), OnnxBytes.MultiplyAdds(File.ReadAllBytes(SharedData.Repository("models", "Cu", ModelFolder.EncoderFile))));

    /// <summary>Oracle: the sum over products, written out here.</summary>
    [Fact]
    public void The_product_is_a_product()
    {
        const int N = 5;
        float[] a = [.. Enumerable.Range(0, N * N).Select(i => i - 7f)], b = [.. Enumerable.Range(0, N * N).Select(i => (i % 3) + 0.5f)];
        using var session = new InferenceSession(OnnxBytes.Product(N));
        using OrtValue x = OrtValue.CreateTensorValueFromMemory(a, [N, N]), y = OrtValue.CreateTensorValueFromMemory(b, [N, N]);
        using var options = new RunOptions();
        using var results = session.Run(options, ["a", "b"], [x, y], ["c"]);
        var c = results[0].GetTensorDataAsSpan<float>();
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++)
                Assert.Equal(Enumerable.Range(0, N).Sum(k => a[(i * N) + k] * b[(k * N) + j]), c[(i * N) + j], 1e-3);
    }

    [Fact]
    public void Percentiles_are_nearest_ranks()
    {
        var latency = Latency.Of([.. Enumerable.Range(1, 200).Select(i => (double)i).Reverse()], 0);
        Assert.Equal((200, 100, 190, 198, 200), (latency.Runs, latency.P50, latency.P95, latency.P99, latency.Max));
    }

    [Fact]
    public void The_made_up_scan_is_read_as_the_element_says()
    {
        var scan = Assert.Single(MeasuredSpectrumReader.Read(new MemoryStream(Encoding.UTF8.GetBytes(SyntheticScan.Of("Ni"))), "scan.xdi"));
        Assert.Equal(("Ni", SignalKind.Transmission, 500), (scan.Element, scan.Signal, scan.Energies.Length));
        Assert.InRange(ElementIdentification.Identify(scan).E0!.Value, 8333, 8353);
    }

    [Fact]
    public void Bench_prints_all_figures_and_leaves_nothing_behind()
    {
        string[] before = Directory.GetFiles(Path.GetTempPath(), "*.xdi");
        using var output = new MemoryStream();
        using var messages = new StringWriter();
        Assert.Equal(0, EdgeCommandLine.Run(["bench", "--seconds", "0.1", "--starts", "0", "--json", "--quiet"], output, messages, messages));
        Assert.Equal("", messages.ToString());
        using var json = JsonDocument.Parse(output.ToArray());
        var root = json.RootElement;
        foreach (string series in (string[])["warm", "warm_given_shift"])
        {
            var l = root.GetProperty(series);
            double P(string name) => l.GetProperty(name).GetDouble();
            Assert.True(0 < P("p50") && P("p50") <= P("p95") && P("p95") <= P("p99") && P("p99") <= P("max"));
        }

        Assert.Equal(JsonValueKind.Null, root.GetProperty("cold").ValueKind);
        Assert.Equal(7, root.GetProperty("stages").GetArrayLength());
        var ways = root.GetProperty("encoder").GetProperty("ways").EnumerateArray().ToArray();
        Assert.Contains(ways, w => w.GetProperty("batch_size").GetInt32() == 4096 && w.GetProperty("threads").GetInt32() == Environment.ProcessorCount);
        Assert.All(ways, w => Assert.True(w.GetProperty("ratio_to_limit").GetDouble() > 0));
        Assert.Empty(Directory.GetFiles(Path.GetTempPath(), "*.xdi").Except(before));
    }

    [Fact]
    public void Bench_of_a_file_that_no_model_answers_is_refused()
    {
        using var temporary = new TemporaryFolder();
        File.WriteAllText(temporary.File("x.dat"), "junk");
        using var messages = new StringWriter { NewLine = "\n" };
        Assert.Equal(2, EdgeCommandLine.Run(["bench", temporary.File("x.dat"), "--quiet"], Stream.Null, messages, messages));
        Assert.Single(messages.ToString().TrimEnd().Split('\n'));
    }
}
