using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using XanesMl.Edge.Serving;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Edge.Tests.Serving;

/// <summary>Requests that must be refused with a reason, each against a server that has seen all the others.</summary>
public sealed class BadRequestTests(BadRequestTests.SmallServer shared) : IClassFixture<BadRequestTests.SmallServer>
{
    private readonly TestServer _server = shared.Server;

    [Theory]
    [MemberData(nameof(BadRequests.Names), MemberType = typeof(BadRequests))]
    public async Task It_is_refused_with_what_where_and_a_remedy(string name)
    {
        var bad = BadRequests.Get(name);
        using var request = new HttpRequestMessage(new HttpMethod(bad.Method), bad.Path);
        if (bad.Body.Length > 0 || bad.Method == "POST")
        {
            request.Content = new ByteArrayContent(bad.Body);
            if (bad.Type is not null)
                request.Content.Headers.TryAddWithoutValidation("Content-Type", bad.Type);
        }

        if (bad.Header is var (header, value) && !request.Headers.TryAddWithoutValidation(header, value))
            request.Content!.Headers.TryAddWithoutValidation(header, value);
        using var response = await _server.Client.SendAsync(request);
        var problem = await Problem(response);
        Assert.Equal((bad.Status, bad.Status), ((int)response.StatusCode, problem.GetProperty("status").GetInt32()));
        string detail = problem.GetProperty("detail").GetString()!;
        Assert.Contains(bad.Says, detail, StringComparison.Ordinal);
        await RequireWell();
    }

    [Fact]
    public void There_are_more_than_forty_of_them() => Assert.True(BadRequests.Names.Count() >= 40);

    // A file whose content is bad: 422, or an answer whose verdict is not ok and says why.
    [Theory]
    [MemberData(nameof(BadInputs.Names), MemberType = typeof(BadInputs))]
    public async Task A_file_of_bad_content_is_refused_or_judged(string name)
    {
        byte[] content = BadInputs.Content(name);
        using var response = await _server.Post("predict?name=bad.xdi", content, "application/octet-stream");
        if (response.StatusCode == HttpStatusCode.OK)
        {
            var result = JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync()).GetProperty("result");
            Assert.NotEqual("ok", result.GetProperty("verdict").GetString());
            Assert.True(result.GetProperty("reasons").GetArrayLength() > 0);
        }
        else
        {
            Assert.Contains((int)response.StatusCode, new[] { 400, 413, 422 });
            await Problem(response);
        }

        await RequireWell();
    }

    [Fact]
    public async Task Bad_contents_in_a_batch_are_errors_in_their_place()
    {
        string[] names = [.. BadInputs.Names.Select(n => (string)n[0]).Where(n => BadInputs.Content(n).Length < 100_000).Take(3)];
        using var form = new MultipartFormDataContent();
        for (int i = 0; i < names.Length; i++)
            form.Add(new ByteArrayContent(BadInputs.Content(names[i])), "f", $"{i}.xdi");
        form.Add(new ByteArrayContent(Encoding.UTF8.GetBytes(BadInputs.Edge())), "f", "good.xdi");
        using var response = await _server.Client.PostAsync(new Uri("predict/batch", UriKind.Relative), form);
        var answers = JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync()).GetProperty("answers").EnumerateArray().ToArray();
        Assert.Equal(["0.xdi", "1.xdi", "2.xdi", "good.xdi"], answers.Select(a => a.GetProperty("name").GetString()));
        Assert.All(answers[..^1], a => Assert.Equal(422, a.GetProperty("error").GetProperty("status").GetInt32()));
        Assert.Equal(JsonValueKind.Null, answers[^1].GetProperty("error").ValueKind);
        Assert.Equal(1, answers[^1].GetProperty("predictions").GetArrayLength());
    }

    // Bytes that no client library would send. Kestrel itself answers some, with a status and nothing else.
    [Theory]
    [InlineData("NONSENSE\r\n\r\n", "400")]
    [InlineData("GET /model HTTP/1.1\r\n\r\n", "400")]
    [InlineData("GET /model HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400")]
    [InlineData("GET /model HTTP/9.9\r\nHost: localhost\r\n\r\n", "505")]
    [InlineData("POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: -5\r\n\r\n", "400")]
    [InlineData("POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400")]
    [InlineData("POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n", "413")]
    [InlineData("GET /model HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n", "400")]
    public async Task Bytes_that_are_no_request_are_refused(string bytes, string status)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _server.Client.BaseAddress!.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(bytes));
        using var reader = new StreamReader(stream, Encoding.Latin1);
        string? first = await reader.ReadLineAsync();
        Assert.StartsWith("HTTP/1.1 " + status, first, StringComparison.Ordinal);
        await RequireWell();
    }

    [Fact]
    public async Task Random_bytes_in_a_good_request_never_make_the_server_fail()
    {
        byte[] good = Encoding.UTF8.GetBytes("{\"energies\":[8900,8950,8980,8990,9000],\"mu\":[0,0.1,0.5,1,1],\"element\":\"Cu\",\"options\":{\"shift\":0.5,\"nnorm\":1}}");
        var random = new Random(11);
        for (int i = 0; i < 300; i++)
        {
            byte[] body = [.. good];
            for (int n = random.Next(1, 6); n > 0; n--)
                body[random.Next(body.Length)] = (byte)random.Next(i % 2 == 0 ? 32 : 0, i % 2 == 0 ? 127 : 256);
            using var response = await _server.Post(i % 3 == 0 ? "predict?name=x" : "predict", body, i % 3 == 0 ? "application/octet-stream" : "application/json");
            Assert.True((int)response.StatusCode is 200 or 400 or 422, $"{(int)response.StatusCode} for {Encoding.Latin1.GetString(body)}");
        }

        await RequireWell();
    }

    [Fact]
    public async Task A_body_that_does_not_come_ends_after_the_time_limit()
    {
        await using var server = await TestServer.StartAsync(new ServeOptions { Seconds = 1 });
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Client.BaseAddress!.Port);
        var stream = client.GetStream();
        await stream.WriteAsync("POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"energies\""u8.ToArray());
        using var reader = new StreamReader(stream, Encoding.Latin1);
        Assert.StartsWith("HTTP/1.1 408", await reader.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Contains("longer than 1 seconds", await reader.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(1, server.Server.Counts.Refused);
    }

    private static async Task<JsonElement> Problem(HttpResponseMessage response)
    {
        string text = await response.Content.ReadAsStringAsync();
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = JsonSerializer.Deserialize<JsonElement>(text);
        Assert.False(string.IsNullOrEmpty(problem.GetProperty("what").GetString()));
        Assert.False(string.IsNullOrEmpty(problem.GetProperty("where").GetString()), text);
        Assert.False(string.IsNullOrEmpty(problem.GetProperty("remedy").GetString()), text);
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
        // A message within a message would end twice.
        Assert.DoesNotContain(".. ", problem.GetProperty("detail").GetString()!.Replace("...", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("System.", text, StringComparison.Ordinal);
        Assert.DoesNotContain(".NET", text, StringComparison.Ordinal);
        Assert.DoesNotContain(text, char.IsControl);
        return problem;
    }

    private async Task RequireWell()
    {
        var health = await _server.Get("health");
        Assert.Equal("ok", health.GetProperty("status").GetString());
        Assert.Equal(0, health.GetProperty("failed").GetInt64());
        Assert.Equal("", _server.Messages);
    }

    /// <summary>One server with small limits for all of them.</summary>
    public sealed class SmallServer : IAsyncLifetime
    {
        internal TestServer Server { get; private set; } = null!;

        public async Task InitializeAsync() => Server = await TestServer.StartAsync(new ServeOptions { MaxBodyMiB = 1, MaxBatch = 4 });

        public async Task DisposeAsync() => await Server.DisposeAsync();
    }
}
