using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using XanesMl.Inference.Predictions;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Edge.Tests.Serving;

/// <summary>The document that describes the server is written by hand; these tests keep it true.</summary>
public sealed class OpenApiTests
{
    // Oracle: the routes of the running server. Files of the page (HTML, CSS, scripts, picture) are no part of the interface.
    [Fact]
    public async Task It_has_every_route_with_its_method_and_no_other()
    {
        await using var server = await TestServer.StartAsync();
        var document = await server.Get("openapi.json");
        string[] described = [.. document.GetProperty("paths").EnumerateObject().SelectMany(p => p.Value.EnumerateObject().Select(m => m.Name.ToUpperInvariant() + " " + p.Name))];
        string[] routes = [.. server.Server.Routes.SelectMany(r => r.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(m => m + " " + r.RoutePattern.RawText))
            .Where(r => r != "GET /" && !r.EndsWith(".js", StringComparison.Ordinal) && !r.EndsWith(".css", StringComparison.Ordinal) && !r.EndsWith(".svg", StringComparison.Ordinal))];
        Assert.Equal(routes.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
        Assert.Equal(PredictionResult.ThisVersion, document.GetProperty("info").GetProperty("version").GetString());
    }

    // Oracle: the document's own schemas.
    [Fact]
    public async Task Every_answer_is_as_it_says()
    {
        await using var server = await TestServer.StartAsync();
        var document = await server.Get("openapi.json");
        var schema = new JsonSchema(document);
        void Require(string path, string method, JsonElement answer) => Assert.Empty(schema.Check(answer,
            document.GetProperty("paths").GetProperty(path).GetProperty(method).GetProperty("responses").GetProperty("200").GetProperty("content").GetProperty("application/json").GetProperty("schema")));
        byte[] file = Encoding.UTF8.GetBytes(BadInputs.Edge());
        string json = "{\"energies\":[8880,8900,8920,8940,8960,8980,8985,8990,8995,9000,9050,9100],\"mu\":[0,0,0,0,0,0.1,0.5,1,1.2,1,1,1],\"element\":\"Cu\",\"name\":\"s\",\"options\":{\"shift\":0,\"input\":\"raw\",\"unit\":\"eV\"}}";
        Require("/health", "get", await server.Get("health"));
        Require("/model", "get", await server.Get("model"));
        Require("/openapi.json", "get", document);
        Require("/decode", "post", await server.PostOk("decode", "{\"descriptors\":{\"CT\":99}}"));
        Require("/predict", "post", await server.PostOk("predict", json));
        Require("/predict", "post", await server.PostOk("predict?curves=false", json));
        Require("/predict", "post", await server.PostOk("predict?name=a.dat", file, "application/octet-stream"));
        Require("/predict/batch", "post", await server.PostOk("predict/batch?curves=true", $"[{json},{{\"mu\":[]}},7]"));
        using var bad = await server.Post("predict", "{");
        Assert.Empty(schema.Check(JsonSerializer.Deserialize<JsonElement>(await bad.Content.ReadAsStringAsync()), schema.Resolve("#/components/schemas/Problem")));
        // What it asks for is what the server takes.
        Assert.Empty(schema.Check(JsonSerializer.Deserialize<JsonElement>(json), schema.Resolve("#/components/schemas/Spectrum")));
    }

    // Oracle: the message of the server, which lists what it knows.
    [Fact]
    public async Task It_has_every_parameter_and_every_member_that_the_server_knows()
    {
        await using var server = await TestServer.StartAsync();
        var document = await server.Get("openapi.json");
        var schema = new JsonSchema(document);
        using var refused = await server.Post("predict?no_such=1", "x");
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        string remedy = JsonSerializer.Deserialize<JsonElement>(await refused.Content.ReadAsStringAsync()).GetProperty("remedy").GetString()!;
        string[] known = [.. remedy["Known are ".Length..].TrimEnd('.').Split(", ")];
        string[] Parameters(string path) => [.. document.GetProperty("paths").GetProperty(path).GetProperty("post").GetProperty("parameters").EnumerateArray()
            .Select(p => p.TryGetProperty("$ref", out var reference) ? schema.Resolve(reference.GetString()!) : p).Select(p => p.GetProperty("name").GetString()!)];
        Assert.Equal(known.Order(StringComparer.Ordinal), Parameters("/predict").Order(StringComparer.Ordinal));
        Assert.Equal(known.Except(["name", "index"]).Order(StringComparer.Ordinal), Parameters("/predict/batch").Order(StringComparer.Ordinal));
        var options = schema.Resolve("#/components/schemas/Spectrum/properties/options/properties");
        Assert.Equal(known.Except(["name", "index", "curves", "element", "model"]).Order(StringComparer.Ordinal), options.EnumerateObject().Select(o => o.Name).Order(StringComparer.Ordinal));
    }
}
