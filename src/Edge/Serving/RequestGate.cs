using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using XanesMl.Spectra;

namespace XanesMl.Edge.Serving;

/// <summary>What every request passes before a route sees it: headers for browsers, host, origin, rate, token, time; and where every failure becomes an answer.</summary>
internal sealed class RequestGate : IDisposable
{
    // Everything of the page comes from here, nothing is inline, nothing may frame it.
    private const string ContentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private readonly ServeOptions _options;
    private readonly ServeCounts _counts;
    private readonly Action<string> _error;
    private readonly byte[]? _token;
    private readonly bool _reachable;
    private readonly PartitionedRateLimiter<HttpContext> _rate;

    public RequestGate(ServeOptions options, ServeCounts counts, Action<string> error)
    {
        (_options, _counts, _error) = (options, counts, error);
        _token = options.Token is { } token ? SHA256.HashData(Encoding.UTF8.GetBytes(token)) : null;
        _reachable = options.Endpoints().Any(e => !IPAddress.IsLoopback(e.Address));
        _rate = PartitionedRateLimiter.Create<HttpContext, IPAddress>(context => RateLimitPartition.GetTokenBucketLimiter(context.Connection.RemoteIpAddress ?? IPAddress.None, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = options.Rate,
            TokensPerPeriod = Math.Max(1, options.Rate / 10),
            ReplenishmentPeriod = TimeSpan.FromSeconds(options.Rate >= 10 ? 0.1 : 1.0 / options.Rate),
            QueueLimit = options.Waiting,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        }));
    }

    /// <summary>Takes one request through.</summary>
    public async Task Pass(HttpContext context, RequestDelegate next)
    {
        _counts.Came();
        SetHeaders(context.Response.Headers);
        var gone = context.RequestAborted;
        using var time = CancellationTokenSource.CreateLinkedTokenSource(gone);
        time.CancelAfter(_options.Time);
        context.RequestAborted = time.Token;
        try
        {
            RequireHost(context.Request);
            RequireOrigin(context.Request);
            using var lease = await _rate.AcquireAsync(context, 1, time.Token);
            if (!lease.IsAcquired)
                throw new RequestProblem(StatusCodes.Status429TooManyRequests, string.Create(CultureInfo.InvariantCulture, $"this address sends more than {_options.Rate} requests a second"),
                    remedy: "Send fewer, or start the server with a larger --rate.") { RetryAfter = 1 };
            RequireToken(context);
            await next(context);
            if (context.Response.StatusCode >= 400 && !context.Response.HasStarted)
                throw NoRoute(context);
        }
        catch (Exception e) when (!gone.IsCancellationRequested)
        {
            context.RequestAborted = gone;
            if (context.Response.HasStarted)
                context.Abort(); // An answer that cannot be completed must not look complete.
            else
                await Problem(e).Send(context);
        }
        catch (Exception e) when (gone.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            // The client has gone; nobody is there to be answered.
        }

        _counts.Answered(context.Response.StatusCode);
    }

    public void Dispose() => _rate.Dispose();

    private static void SetHeaders(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
    }

    /// <summary>A page of a stranger can make its own name mean 127.0.0.1 (DNS rebinding); the Host header then still says that name.</summary>
    private void RequireHost(HttpRequest request)
    {
        string host = request.Host.Host.Trim('[', ']');
        bool known = IPAddress.TryParse(host, out var address) ? _reachable || IPAddress.IsLoopback(address)
            : Same(host, "localhost") || (_reachable && Same(host, Environment.MachineName)) || _options.Hosts.Any(h => Same(host, h));
        if (!known)
            throw new RequestProblem(StatusCodes.Status421MisdirectedRequest, "this server does not answer to that name", "header Host", request.Host.Value, "Use its IP address, or start it with --host and the name.");
    }

    /// <summary>Pages of other origins get nothing, not even work done: browsers say where a request comes from.</summary>
    private static void RequireOrigin(HttpRequest request)
    {
        string origin = request.Headers.Origin.ToString();
        if (origin.Length > 0 && !(Uri.TryCreate(origin, UriKind.Absolute, out var uri) && Same(uri.Authority, Authority(request, uri))))
            throw new RequestProblem(StatusCodes.Status403Forbidden, "the request comes from the page of another server", "header Origin", origin, "Use the page of this server, or a program instead of a browser.");
    }

    // Uri leaves a scheme's usual port out of its authority, a Host header may name it.
    private static string Authority(HttpRequest request, Uri origin) => request.Host.Port is { } port && !origin.IsDefaultPort
        ? string.Create(CultureInfo.InvariantCulture, $"{request.Host.Host}:{port}") : request.Host.Host;

    private void RequireToken(HttpContext context)
    {
        if (_token is null || ServeRoutes.IsOpen(context.Request))
            return;
        const string Scheme = "Bearer ";
        string given = context.Request.Headers.Authorization.ToString();
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(given.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? given[Scheme.Length..].Trim() : ""));
        // Hashes have one length, so the comparison takes one time.
        if (CryptographicOperations.FixedTimeEquals(hash, _token))
            return;
        context.Response.Headers.WWWAuthenticate = "Bearer";
        throw new RequestProblem(StatusCodes.Status401Unauthorized, given.Length == 0 ? "a token is needed" : "the token is not the server's", "header Authorization", remedy: "Send Authorization: Bearer with the token that the server was started with.");
    }

    private static RequestProblem NoRoute(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status405MethodNotAllowed => new RequestProblem(405, "this path does not take that method", "method", context.Request.Method, $"It takes {context.Response.Headers.Allow}."),
        StatusCodes.Status404NotFound => new RequestProblem(404, "there is nothing at this path", "path", context.Request.Path.Value, "GET /openapi.json lists what there is."),
        var status => new RequestProblem(status, "the request cannot be answered", "request", remedy: "GET /openapi.json lists what there is."),
    };

    /// <summary>Turns a failure into an answer. Only the last kind is a mistake of ours, and only its type is noted: messages may hold what a client sent.</summary>
    private RequestProblem Problem(Exception e)
    {
        switch (e)
        {
            case RequestProblem problem:
                return problem;
            case XanesDataException data:
                return RequestProblem.Of(data);
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return RequestBody.TooLarge(_options.MaxBodyBytes, "body");
            case BadHttpRequestException bad:
                return new RequestProblem(bad.StatusCode, bad.Message.TrimEnd('.'), "request", remedy: "Send it again as HTTP/1.1 asks.");
            case OperationCanceledException:
                return new RequestProblem(StatusCodes.Status408RequestTimeout, string.Create(CultureInfo.InvariantCulture, $"the request took longer than {_options.Seconds} seconds"), "request",
                    remedy: "Send less at a time, or start the server with a larger --seconds.");
            default:
                _error("a request failed by a mistake of the program: " + e.GetType().FullName + " " + Where(e));
                return new RequestProblem(StatusCodes.Status500InternalServerError, "the server made a mistake", remedy: "Please report it, with the line that the server printed.");
        }
    }

    private static string Where(Exception e) => e.StackTrace?.Split('\n', 2)[0].Trim().Split(" in ")[0] ?? "";

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}
