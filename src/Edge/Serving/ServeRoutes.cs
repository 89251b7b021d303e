using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace XanesMl.Edge.Serving;

/// <summary>Every route of the server, in one place.</summary>
internal static class ServeRoutes
{
    /// <summary>Files of the page: path, resource and content type. They are fixed names, so no path of a request reaches any file.</summary>
    private static readonly (string Path, string Resource, string Type)[] s_page =
    [
        ("/", "page/index.html", "text/html; charset=utf-8"),
        ("/explorer.css", "page/explorer.css", "text/css; charset=utf-8"),
        ("/explorer.js", "page/explorer.js", "text/javascript; charset=utf-8"),
        ("/controls.js", "page/controls.js", "text/javascript; charset=utf-8"),
        ("/measured.js", "page/measured.js", "text/javascript; charset=utf-8"),
        ("/plot.js", "page/plot.js", "text/javascript; charset=utf-8"),
        ("/server.js", "page/server.js", "text/javascript; charset=utf-8"),
        ("/icon.svg", "page/icon.svg", "image/svg+xml"),
    ];

    /// <summary>Adds the routes.</summary>
    public static void Map(IEndpointRouteBuilder routes, SpectrumEndpoints spectra, ModelEndpoints models)
    {
        routes.MapGet("/health", models.Health);
        routes.MapGet("/model", models.Models);
        routes.MapPost("/decode", models.Decode);
        routes.MapPost("/predict", spectra.Predict);
        routes.MapPost("/predict/batch", spectra.Batch);
        byte[] document = Resource("page/openapi.json");
        routes.MapGet("/openapi.json", context => JsonAnswer.Send(context, StatusCodes.Status200OK, "application/json", document));
        foreach (var (path, resource, type) in s_page)
        {
            byte[] content = Resource(resource);
            routes.MapGet(path, context =>
            {
                // The page changes with the program only, but the browser must ask, since the program may.
                context.Response.Headers[HeaderNames.CacheControl] = "no-cache";
                return JsonAnswer.Send(context, StatusCodes.Status200OK, type, content);
            });
        }
    }

    /// <summary>What needs no token: whether the server lives, and the page, which holds nothing and asks for the token itself.</summary>
    public static bool IsOpen(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) && (request.Path == "/health" || Array.Exists(s_page, p => request.Path == p.Path));

    private static byte[] Resource(string name)
    {
        using var stream = typeof(ServeRoutes).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException(name + " is not embedded");
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
