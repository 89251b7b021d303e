using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using XanesMl.Edge.Serving;
using XanesMl.Spectra;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Edge.Tests.Serving;

/// <summary>Who may ask, from where, and how much.</summary>
public sealed class GuardTests
{
    private const string Token = "0123456789abcdef";

    [Theory]
    [InlineData("http://0.0.0.0:5080", "needs a token")]
    [InlineData("http://*:5080", "needs a token")]
    [InlineData("http://[::]:5080", "needs a token")]
    [InlineData("http://192.0.2.7:5080", "needs a token")]
    [InlineData("http://127.0.0.1:5080;http://192.0.2.7:5080", "needs a token")]
    [InlineData("https://127.0.0.1:5080", "encryption")]
    [InlineData("http://example.org:5080", "names can change")]
    [InlineData("http://127.0.0.1", "not an address")]
    [InlineData("http://127.0.0.1:5080/path", "not an address")]
    [InlineData("http://user@127.0.0.1:5080", "not an address")]
    [InlineData("http://127.0.0.1:70000", "not an address")]
    [InlineData("ftp://127.0.0.1:5080", "not an address")]
    [InlineData("5080", "not an address")]
    [InlineData(";", "names no address")]
    public void An_address_that_is_none_or_open_to_others_without_a_token_is_refused_at_the_start(string urls, string says)
    {
        string message = Assert.Throws<XanesDataException>(new ServeOptions { Urls = urls }.Validate).Message;
        Assert.Contains(says == "needs a token" ? "there is no token" : says, message, StringComparison.Ordinal);
        Assert.StartsWith("option --urls: ", message, StringComparison.Ordinal);
        if (says == "needs a token")
            new ServeOptions { Urls = urls, Token = Token }.Validate();
    }

    [Theory]
    [InlineData("http://127.0.0.1:5080", "127.0.0.1:5080")]
    [InlineData("http://localhost:5080/", "127.0.0.1:5080")]
    [InlineData("http://[::1]:80", "[::1]:80")]
    [InlineData("http://127.0.0.2:0; http://127.0.0.1:1", "127.0.0.2:0 127.0.0.1:1")]
    public void Loopback_needs_none(string urls, string endpoints)
    {
        new ServeOptions { Urls = urls }.Validate();
        Assert.Equal(endpoints, string.Join(' ', new ServeOptions { Urls = urls }.Endpoints()));
    }

    [Theory]
    [InlineData("short")]
    [InlineData("0123456789 abcdef")]
    [InlineData("0123456789abcde\u00e9")]
    public void A_token_that_can_be_guessed_or_sent_by_no_header_is_refused(string token) =>
        Assert.StartsWith("option --token", Assert.Throws<XanesDataException>(new ServeOptions { Token = token }.Validate).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Bearer wrong")]
    [InlineData("Bearer " + Token + "0")]
    [InlineData("Basic " + Token)]
    [InlineData(Token)]
    public async Task With_a_token_everything_but_health_and_the_page_needs_it(string? authorization)
    {
        await using var server = await TestServer.StartAsync(new ServeOptions { Token = Token });
        foreach (string path in new[] { "model", "openapi.json", "predict", "nothing" })
        {
            using var request = new HttpRequestMessage(path == "predict" ? HttpMethod.Post : HttpMethod.Get, path);
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
            using var response = await server.Client.SendAsync(request);
            Assert.Equal((HttpStatusCode.Unauthorized, "Bearer"), (response.StatusCode, response.Headers.WwwAuthenticate.ToString()));
            Assert.DoesNotContain(Token, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        foreach (string path in new[] { "", "health", "explorer.js", "explorer.css", "icon.svg" })
            Assert.NotEmpty(await server.Client.GetStringAsync(new Uri(path, UriKind.Relative)));
        server.Client.DefaultRequestHeaders.Add("Authorization", "bearer " + Token);
        Assert.Equal(1, (await server.Get("model")).GetProperty("models").GetArrayLength());
    }

    [Fact]
    public async Task Every_answer_tells_browsers_to_be_careful_and_allows_no_other_origin()
    {
        await using var server = await TestServer.StartAsync();
        foreach (string path in new[] { "", "health", "explorer.js", "nothing" })
        {
            using var response = await server.Client.GetAsync(new Uri(path, UriKind.Relative));
            string Header(string name) => response.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : "";
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", Header("Content-Security-Policy"), StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", Header("Content-Security-Policy"), StringComparison.Ordinal);
            Assert.Equal(("nosniff", "no-referrer", "same-origin"), (Header("X-Content-Type-Options"), Header("Referrer-Policy"), Header("Cross-Origin-Resource-Policy")));
            Assert.Equal(("", ""), (Header("Access-Control-Allow-Origin"), Header("Server")));
        }

        using var preflight = new HttpRequestMessage(HttpMethod.Options, "predict");
        preflight.Headers.Add("Origin", "http://attacker.example");
        using var refused = await server.Client.SendAsync(preflight);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.False(refused.Headers.Contains("Access-Control-Allow-Origin"));
        using var own = new HttpRequestMessage(HttpMethod.Get, "model");
        own.Headers.Add("Origin", server.Client.BaseAddress!.GetLeftPart(UriPartial.Authority));
        using var allowed = await server.Client.SendAsync(own);
        Assert.Equal(HttpStatusCode.OK, allowed.StatusCode);
    }

    [Theory]
    [InlineData("localhost", 200)]
    [InlineData("127.0.0.1:99", 200)]
    [InlineData("[::1]", 200)]
    [InlineData("xas.example.org", 200)]
    [InlineData("XAS.example.org:80", 200)]
    [InlineData("192.0.2.7", 421)]
    [InlineData("localhost.attacker.example", 421)]
    [InlineData("127.0.0.1.attacker.example", 421)]
    [InlineData("attacker.example", 421)]
    public async Task A_loopback_server_answers_to_loopback_names_and_those_it_was_given(string host, int status)
    {
        await using var server = await TestServer.StartAsync(new ServeOptions { Hosts = ["xas.example.org"] });
        using var request = new HttpRequestMessage(HttpMethod.Get, "health");
        request.Headers.Host = host;
        using var response = await server.Client.SendAsync(request);
        Assert.Equal(status, (int)response.StatusCode);
    }

    [Fact]
    public async Task More_requests_than_the_rate_wait_and_more_than_may_wait_are_refused()
    {
        await using var server = await TestServer.StartAsync(new ServeOptions { Rate = 10, Waiting = 5 });
        var watch = Stopwatch.StartNew();
        var statuses = await Task.WhenAll(Enumerable.Range(0, 40).Select(async _ =>
        {
            using var response = await server.Client.GetAsync(new Uri("health", UriKind.Relative));
            return ((int)response.StatusCode, response.Headers.RetryAfter?.ToString());
        }));
        Assert.All(statuses, s => Assert.True(s is (200, null) or (429, "1"), s.ToString()));
        // Ten at once; then five wait, one for each tenth of a second.
        Assert.InRange(statuses.Count(s => s.Item1 == 200), 15, 16 + (int)(watch.Elapsed.TotalSeconds * 10));
        Assert.Contains(statuses, s => s.Item1 == 429);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_an_error_of_one_line()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        int port = ((IPEndPoint)other.LocalEndpoint).Port;
        var e = await Assert.ThrowsAsync<XanesDataException>(async () => await TestServer.StartAsync(new ServeOptions { Urls = $"http://127.0.0.1:{port}" }));
        Assert.StartsWith("option --urls: the server cannot listen", e.Message, StringComparison.Ordinal);
    }

    [SignalFact(15)]
    public Task SIGTERM_ends_the_program_with_0_after_the_requests_in_work() => EndsBySignal("TERM");

    [SignalFact(2)]
    public Task Ctrl_C_ends_the_program_with_0_after_the_requests_in_work() => EndsBySignal("INT");

    /// <summary>The real program: what it says, that settings of other programs do not reach it, and that a signal ends it.</summary>
    private static async Task EndsBySignal(string signal)
    {
        using var temporary = new TemporaryFolder();
        // Files and variables that would move an ordinary ASP.NET server to all interfaces.
        await File.WriteAllTextAsync(temporary.File("appsettings.json"), "{\"Urls\":\"http://0.0.0.0:5099\",\"Kestrel\":{\"Endpoints\":{\"a\":{\"Url\":\"http://0.0.0.0:5098\"}}}}");
        using var program = await ServeProgram.StartAsync(temporary.Path, ("ASPNETCORE_URLS", "http://0.0.0.0:5097"));
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(BadInputs.Edge()));
        content.Headers.TryAddWithoutValidation("Content-Type", "text/plain");
        using var answer = await program.Client.PostAsync(new Uri("predict", UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var process = program.Process;
        using var kill = Process.Start("kill", ["-" + signal, process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        string rest = await process.StandardError.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal((0, ""), (process.ExitCode, await process.StandardOutput.ReadToEndAsync()));
        Assert.Contains("ended after 1 requests and 1 spectra", rest, StringComparison.Ordinal);
    }
}

/// <summary>A fact that sends a signal and is skipped, visibly, where a child of this process would not hear it: on Windows, and where a shell started this in the background (it ignores Ctrl-C then).</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SignalFactAttribute : FactAttribute
{
    /// <summary>Sets the skip reason where the signal cannot be heard.</summary>
    public SignalFactAttribute(int signal)
    {
        const string Status = "/proc/self/status";
        string? ignored = File.Exists(Status) ? File.ReadLines(Status).FirstOrDefault(l => l.StartsWith("SigIgn:", StringComparison.Ordinal)) : null;
        if (OperatingSystem.IsWindows() || (ignored is not null && (Convert.ToUInt64(ignored[7..].Trim(), 16) >> (signal - 1) & 1) == 1))
            Skip = "needs signals that a child process hears";
    }
}
