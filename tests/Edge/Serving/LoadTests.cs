using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using XanesMl.TestSupport;
using Xunit;
using Xunit.Abstractions;

namespace XanesMl.Edge.Tests.Serving;

/// <summary>Many clients at once against the real program in its own process. Three seconds in every run of the tests;
/// <c>XANESML_LOAD_SECONDS=60 XANESML_WRITE_DOCS=1 dotnet test tests/Edge -c Release --filter LoadTests</c> writes docs/results/serve.md.</summary>
public sealed class LoadTests(ITestOutputHelper output)
{
    private const int Clients = 24;

    private static readonly double s_seconds = double.Parse(Environment.GetEnvironmentVariable("XANESML_LOAD_SECONDS") ?? "3", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Twenty_four_clients_get_answers_without_an_error_and_without_a_climb_of_memory()
    {
        using var program = await ServeProgram.StartAsync();
        byte[][] bodies = await Bodies(program.Client);
        await Work(program.Client, bodies, Clients, TimeSpan.FromSeconds(Math.Min(2, s_seconds)), new()); // compiled, pools filled
        var times = new ConcurrentBag<double>();
        var watch = Stopwatch.StartNew();
        var work = Work(program.Client, bodies, Clients, TimeSpan.FromSeconds(s_seconds), times);
        await Task.Delay(TimeSpan.FromSeconds(s_seconds / 6));
        double early = program.Memory;
        await work;
        double seconds = watch.Elapsed.TotalSeconds, late = program.Memory;
        double[] sorted = [.. times.Order()];
        string report = string.Create(CultureInfo.InvariantCulture, $"""
            | clients | seconds | answers | answers/s | median, ms | p99, ms | memory after {s_seconds / 6:0.#} s, MiB | memory at the end, MiB | errors |
            |---|---|---|---|---|---|---|---|---|
            | {Clients} | {seconds:0} | {sorted.Length} | {sorted.Length / seconds:0} | {sorted[sorted.Length / 2]:0.0} | {sorted[(int)(sorted.Length * 0.99)]:0.0} | {early:0} | {late:0} | 0 |

            """).ReplaceLineEndings("\n");
        output.WriteLine(report);
        if (Environment.GetEnvironmentVariable("XANESML_WRITE_DOCS") is { Length: > 0 })
            await File.WriteAllTextAsync(SharedData.Repository("docs", "results", "serve.md"), report);
        Assert.True(sorted.Length >= Clients, $"only {sorted.Length} answers");
        Assert.InRange(late, 1, 600);
        // Only a long run can tell a climb from a heap that finds its size.
        if (s_seconds >= 30)
            Assert.True(late < 1.2 * early, $"memory went from {early:0} to {late:0} MiB");
    }

    // Oracle: the file that a run of 60 seconds wrote.
    [Fact]
    public void The_page_shows_what_the_long_run_measured() =>
        Assert.Contains(File.ReadAllText(SharedData.Repository("docs", "results", "serve.md")), File.ReadAllText(SharedData.Repository("docs", "edge-serve.md")), StringComparison.Ordinal);

    /// <summary>Every client sends one request after the other; anything but an answer ends the test.</summary>
    private static async Task Work(HttpClient client, byte[][] bodies, int clients, TimeSpan time, ConcurrentBag<double> times)
    {
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(c => Task.Run(async () =>
        {
            for (int i = c; watch.Elapsed < time; i++)
            {
                long start = Stopwatch.GetTimestamp();
                using var content = new ByteArrayContent(bodies[i % bodies.Length]);
                content.Headers.ContentType = new MediaTypeHeaderValue(i % 2 == 0 ? "application/json" : "application/octet-stream");
                using var response = await client.PostAsync(new Uri("predict", UriKind.Relative), content);
                string text = await response.Content.ReadAsStringAsync();
                Assert.True(response.IsSuccessStatusCode, text);
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        })));
    }

    /// <summary>Eight spectra that the Cu model draws of different styles, measured: JSON and XDI in turn.</summary>
    private static async Task<byte[][]> Bodies(HttpClient client)
    {
        var model = (await ServeProgram.Json(await client.GetAsync(new Uri("model", UriKind.Relative)))).GetProperty("models")[0];
        double[] energies = [.. model.GetProperty("energies").EnumerateArray().Select(e => e.GetDouble())];
        var bodies = new List<byte[]>();
        for (int i = 0; i < 8; i++)
        {
            string styles = string.Join(',', Enumerable.Range(0, model.GetProperty("styles").GetArrayLength()).Select(s => Math.Sin((i * 7) + s).ToString("R", CultureInfo.InvariantCulture)));
            using var content = new StringContent($"{{\"styles\":[{styles}]}}", Encoding.UTF8, "application/json");
            var decoded = await ServeProgram.Json(await client.PostAsync(new Uri("decode", UriKind.Relative), content));
            var (x, mu) = Spectra.Measure(energies, [.. decoded.GetProperty("spectrum").EnumerateArray().Select(v => v.GetSingle())]);
            bodies.Add(i % 2 == 0 ? Encoding.UTF8.GetBytes(Spectra.Json(x, mu, ",\"element\":\"Cu\"")) : Spectra.Xdi(x, mu));
        }

        return [.. bodies];
    }
}
