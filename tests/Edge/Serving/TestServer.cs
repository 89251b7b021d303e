using System.Text;
using System.Text.Json;
using XanesMl.Edge.Serving;
using XanesMl.Inference.Predictions;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Edge.Tests.Serving;

/// <summary>A server in this process on a free port, with the tiny model unless others are given.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly ModelSet _models;
    private readonly StringWriter _messages = new();

    private TestServer(ServeOptions options, IReadOnlyList<string> folders)
    {
        _models = folders.Count == 0 ? ModelSet.Open(TinyModel.Write(_temporary.File("model")))
            : ModelSet.FromFiles([.. folders.Select(f => (f, (Func<string, ReadOnlyMemory<byte>>)(name => File.ReadAllBytes(Path.Combine(f, name)))))]);
        var messages = TextWriter.Synchronized(_messages);
        Server = new EdgeServer(_models, options, messages.WriteLine, TimeProvider.System);
    }

    public EdgeServer Server { get; }

    public HttpClient Client { get; } = new();

    /// <summary>What the server noted: empty unless the program made a mistake.</summary>
    public string Messages => _messages.ToString();

    public static async Task<TestServer> StartAsync(ServeOptions? options = null, params string[] folders)
    {
        var server = new TestServer((options ?? new ServeOptions()) with { Urls = options is { } o && o.Urls != new ServeOptions().Urls ? o.Urls : "http://127.0.0.1:0" }, folders);
        await server.Server.StartAsync();
        server.Client.BaseAddress = new Uri(server.Server.Addresses.First());
        return server;
    }

    /// <summary>Posts text or bytes.</summary>
    public Task<HttpResponseMessage> Post(string path, byte[] body, string? type = "application/json")
    {
        var content = new ByteArrayContent(body);
        if (type is not null)
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        return Client.PostAsync(new Uri(path, UriKind.Relative), content);
    }

    public Task<HttpResponseMessage> Post(string path, string body, string? type = "application/json") => Post(path, Encoding.UTF8.GetBytes(body), type);

    /// <summary>Posts and reads the JSON of an answer that must be a success.</summary>
    public async Task<JsonElement> PostOk(string path, byte[] body, string type = "application/json")
    {
        using var response = await Post(path, body, type);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    public Task<JsonElement> PostOk(string path, string body) => PostOk(path, Encoding.UTF8.GetBytes(body));

    public async Task<JsonElement> Get(string path) => JsonSerializer.Deserialize<JsonElement>(await Client.GetStringAsync(new Uri(path, UriKind.Relative)));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
        _models.Dispose();
        await _messages.DisposeAsync();
        _temporary.Dispose();
    }
}
