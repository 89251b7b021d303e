using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text;
using XanesMl.Edge.Serving;
using XanesMl.TestSupport;
using Xunit;
using Xunit.Abstractions;

namespace XanesMl.Edge.Tests.Serving;

/// <summary>Bodies at the limit, many at once: what they cost in memory, and that they do not keep others waiting.</summary>
public sealed class LargeBodyTests(ITestOutputHelper output)
{
    private const int Clients = 24, MiB = 1 << 20;

    /// <summary>Most memory of the program, MiB: 88 of bodies and buffers (ServeOptions.MaxBodiesBytes), garbage of as many again, what is made of one body for each core, above the 150 that the
    /// program has at work.</summary>
    private static readonly double s_mostMemory = 400 + (50 * Environment.ProcessorCount);

    /// <summary>Bodies of 8 MiB that make the most of their bytes. Before bodies waited for memory the first of them alone took the program to 4.4 GB, where it stayed.</summary>
    [Fact]
    public async Task Many_large_bodies_at_once_do_not_fill_the_memory()
    {
        using var program = await ServeProgram.StartAsync();
        foreach (var (name, path, type, body, status) in Bodies())
        {
            var statuses = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
            {
                using var content = new ByteArrayContent(body);
                content.Headers.TryAddWithoutValidation("Content-Type", type);
                using var response = await program.Client.PostAsync(new Uri(path, UriKind.Relative), content);
                return (int)response.StatusCode;
            })));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {body.Length / (double)MiB:0.0} MiB, {Clients} at once: {string.Join(' ', statuses.Distinct())}, peak {program.PeakMemory:0} MiB, now {program.Memory:0} MiB"));
            // 408 is what a slower machine may say.
            Assert.All(statuses, s => Assert.True(s == status || s == 408, $"{name}: {s}"));
            Assert.InRange(program.PeakMemory, 1, s_mostMemory);
        }
    }

    // Oracle: the request's own bytes. Nothing is copied out of them, whatever they hold.
    [Fact]
    public void Elements_are_parts_of_the_body_and_cost_no_memory_of_their_own()
    {
        byte[] body = Encoding.UTF8.GetBytes(" [ {\"energies\":[1,2],\"name\":\"[\\\"\"} ,[[3]], 4,\"x\"] ");
        Assert.Equal(["{\"energies\":[1,2],\"name\":\"[\\\"\"}", "[[3]]", "4", "\"x\""], RequestJson.Elements(body, 4).Select(e => Encoding.UTF8.GetString(e.Span)));
        byte[] large = Encoding.UTF8.GetBytes("[" + string.Join(',', Enumerable.Repeat("{\"mu\":[" + string.Join(',', Enumerable.Repeat("1", 9000)) + "]}", 100)) + "]");
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(100, RequestJson.Elements(large, 256).Count);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 10);
    }

    [Theory]
    [InlineData(1, ServeOptions.MostPoints + 1, "a spectrum has at most 100000 points")]
    [InlineData(11, ServeOptions.MostPoints, "a request has at most 1000000 numbers")]
    public void More_numbers_than_allowed_are_refused_before_they_are_made(int spectra, int points, string says)
    {
        byte[] body = Encoding.UTF8.GetBytes("[" + string.Join(',', Enumerable.Repeat("{\"mu\":[" + string.Join(',', Enumerable.Repeat("1", points)) + "]}", spectra)) + "]");
        var problem = Assert.Throws<RequestProblem>(() => RequestJson.Elements(body, 256));
        Assert.Equal((413, says, "element " + spectra.ToString(CultureInfo.InvariantCulture)), (problem.Status, problem.What, problem.Where));
        if (spectra == 1)
            Assert.Equal(says, Assert.Throws<RequestProblem>(() => RequestJson.RequireFewNumbers(body.AsSpan()[1..^1])).What);
    }

    [Fact]
    public void As_many_numbers_as_allowed_are_taken() =>
        Assert.Equal(10, RequestJson.Elements(Encoding.UTF8.GetBytes("[" + string.Join(',', Enumerable.Repeat("[" + string.Join(',', Enumerable.Repeat("1", ServeOptions.MostPoints)) + "]", 10)) + "]"), 256).Count);

    /// <summary>Eight of the largest bodies are in memory and send no more; a ninth waits, a small one does not, and the ninth goes on when one of the others has gone.</summary>
    [Fact]
    public async Task A_large_body_waits_for_memory_and_a_small_one_does_not()
    {
        await using var server = await TestServer.StartAsync(new ServeOptions { MaxBodyMiB = 1 });
        var held = Enumerable.Range(0, 8).Select(_ => new HeldContent(MiB)).ToArray();
        var sending = held.Select(h => server.Client.PostAsync(new Uri("predict", UriKind.Relative), h)).ToArray();
        await Task.WhenAll(held.Select(h => h.Begun)).WaitAsync(TimeSpan.FromSeconds(20));
        await Task.Delay(500); // What is begun in the client must reach the server.
        byte[] body = new byte[MiB];
        Array.Fill(body, (byte)' ');
        var ninth = server.Post("predict", body);
        using var small = await server.Post("predict", "{}").WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(HttpStatusCode.BadRequest, small.StatusCode);
        Assert.False(ninth.IsCompleted);
        Array.ForEach(held, h => h.Finish());
        using var answer = await ninth.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        foreach (var response in await Task.WhenAll(sending))
            response.Dispose();
    }

    /// <summary>One turn only, and a form whose file has 250 spectra with a shift to be found for each: a single spectrum has its answer before the form has.</summary>
    [Fact]
    public async Task A_file_of_many_spectra_does_not_keep_others_waiting()
    {
        await using var server = await TestServer.StartAsync(new ServeOptions { Threads = 1, Seconds = 600 });
        byte[] json = Encoding.UTF8.GetBytes(BadInputs.Edge()), many = ManySpectra(250);
        using var warm = await server.Post("predict", json, "text/plain");
        using var form = new MultipartFormDataContent { { new ByteArrayContent(many), "f", "many.dat" } };
        var batch = server.Client.PostAsync(new Uri("predict/batch", UriKind.Relative), form);
        while ((await server.Get("health")).GetProperty("requests").GetInt32() < 2)
            await Task.Delay(1);
        int served = 0;
        do
        {
            using var one = await server.Post("predict", json, "text/plain");
            Assert.Equal(HttpStatusCode.OK, one.StatusCode);
            served += batch.IsCompleted ? 0 : 1;
        }
        while (!batch.IsCompleted);
        // Were the file one turn, none of them would have been answered before it.
        Assert.True(served > 0);
        using var all = await batch;
        var answers = await ServeProgram.Json(all);
        Assert.Equal((0, 250), (answers.GetProperty("failed").GetInt32(), answers.GetProperty("answers")[0].GetProperty("predictions").GetArrayLength()));
    }

    private static IEnumerable<(string Name, string Path, string Type, byte[] Body, int Status)> Bodies()
    {
        const string Json = "application/json", File = "application/octet-stream";
        int room = (8 * MiB) - 1000;
        yield return ("short numbers", "predict/batch", Json, Text("[{\"energies\":[1" + Repeated(",1", room) + "],\"mu\":[1]}]"), 413);
        double[] x = [.. Enumerable.Range(0, 45_000).Select(i => 8850 + (0.01 * i))];
        string one = Spectra.Json(x, [.. x.Select(e => Math.Round(1 / (1 + Math.Exp((8982 - e) / 2)), 4))], ",\"element\":\"Cu\",\"options\":{\"shift\":0}");
        yield return ("as many numbers as fit", "predict/batch", Json, Text("[" + string.Join(',', Enumerable.Repeat(one, Math.Min(11, room / (one.Length + 1)))) + "]"), 200);
        yield return ("rows that unpack to four times as much", "predict", File, Gzip(Text("# energy mu\n" + Repeated("1 1\n", (32 * MiB) - 1000))), 422);
    }

    /// <summary>An Athena project (JSON) of one spectrum again and again, with as many points between its own as make each take its time.</summary>
    private static byte[] ManySpectra(int count)
    {
        double[][] columns = [.. BadInputs.Edge().Split('\n').Where(l => l.Length > 0 && l[0] != '#').Select(l => Array.ConvertAll(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[..2], v => double.Parse(v, CultureInfo.InvariantCulture)))];
        int parts = 950_000 / (2 * count * columns.Length);
        string Column(int c) => string.Join(',', columns.Zip(columns.Skip(1)).SelectMany(p => Enumerable.Range(0, parts).Select(i => (p.First[c] + ((p.Second[c] - p.First[c]) * i / parts)).ToString("0.#####", CultureInfo.InvariantCulture))));
        string group = $"{{\"args\":[\"datatype\",\"xmu\"],\"x\":[{Column(0)}],\"y\":[{Column(1)}]}}";
        return Text("{" + string.Join(',', Enumerable.Range(0, count).Select(i => FormattableString.Invariant($"\"g{i}\":") + group)) + "}");
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static string Repeated(string text, int bytes) => new StringBuilder(bytes).Insert(0, text, bytes / text.Length).ToString();

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return packed.ToArray();
    }

    /// <summary>A body of blanks of which only half is sent until somebody says so.</summary>
    private sealed class HeldContent : HttpContent
    {
        private readonly int _length;
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously), _finish = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public HeldContent(int length)
        {
            _length = length;
            Headers.TryAddWithoutValidation("Content-Type", "application/json");
        }

        public Task Begun => _begun.Task;

        public void Finish() => _finish.TrySetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            byte[] half = new byte[_length / 2];
            Array.Fill(half, (byte)' ');
            await stream.WriteAsync(half);
            await stream.FlushAsync();
            _begun.TrySetResult();
            await _finish.Task;
            await stream.WriteAsync(half);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _length;
            return true;
        }
    }
}
