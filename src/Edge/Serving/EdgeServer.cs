using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using XanesMl.Inference.Predictions;
using XanesMl.Spectra;

namespace XanesMl.Edge.Serving;

/// <summary>The HTTP server: Kestrel, the gate and the routes. It reads no configuration file and no environment variable: what was checked at the start is what runs.</summary>
internal sealed class EdgeServer : IAsyncDisposable
{
    private static readonly TimeSpan s_headers = TimeSpan.FromSeconds(10), s_idle = TimeSpan.FromSeconds(60), s_stopping = TimeSpan.FromSeconds(5);

    // A client that sends slower than this after 5 s only holds a connection.
    private static readonly MinDataRate s_slowest = new(bytesPerSecond: 1024, gracePeriod: TimeSpan.FromSeconds(5));

    private readonly WebApplication _application;
    private readonly RequestGate _gate;
    private readonly SpectrumEndpoints _spectra;

    /// <summary>Prepares a server; nothing listens yet.</summary>
    /// <param name="models">The models, which stay the caller's to dispose of, after this.</param>
    /// <param name="options">Addresses and limits.</param>
    /// <param name="error">Notes a mistake of the program in one line.</param>
    /// <param name="clock">Clock of results.</param>
    /// <exception cref="XanesDataException">Options that cannot be used.</exception>
    public EdgeServer(ModelSet models, ServeOptions options, Action<string> error, TimeProvider clock)
    {
        options.Validate();
        Counts = new ServeCounts();
        _gate = new RequestGate(options, Counts, error);
        _spectra = new SpectrumEndpoints(new SpectrumPredictions(models, options, clock), options, Counts);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = s_stopping);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Listen(kestrel, options));
        _application = builder.Build();
        _application.Use(next => context => _gate.Pass(context, next));
        _application.UseRouting();
        ServeRoutes.Map(_application, _spectra, new ModelEndpoints(models, Counts));
        _application.UseEndpoints(_ => { });
    }

    /// <summary>What was done since the start.</summary>
    public ServeCounts Counts { get; }

    /// <summary>Where it listens, with the ports that were found free.</summary>
    public IReadOnlyCollection<string> Addresses => [.. _application.Urls];

    /// <summary>Its routes, for comparison with the document that describes them.</summary>
    public IReadOnlyList<RouteEndpoint> Routes => [.. ((IEndpointRouteBuilder)_application).DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()];

    /// <summary>Begins to listen.</summary>
    /// <exception cref="XanesDataException">The address is in use or not this machine's.</exception>
    public async Task StartAsync()
    {
        try
        {
            await _application.StartAsync();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new XanesDataException("the server cannot listen: " + e.Message.TrimEnd('.'), "option --urls", remedy: "Choose another port, or end the program that has it.", inner: e);
        }
    }

    /// <summary>Stops to listen; requests in work are finished, for 5 seconds at most.</summary>
    public Task StopAsync() => _application.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        _gate.Dispose();
        _spectra.Dispose();
    }

    /// <summary>Signals are the program's to hear, not the host's: two handlers of one signal would race.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private static void Listen(KestrelServerOptions kestrel, ServeOptions options)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        limits.MaxConcurrentConnections = options.Connections;
        limits.MaxRequestBodySize = options.MaxBodyBytes;
        // What waits for its turn is not read ahead: 1 MiB each, as it is by default, would be more than all bodies together.
        limits.MaxRequestBufferSize = limits.MaxResponseBufferSize = BodyMemory.Small;
        limits.MaxRequestHeadersTotalSize = 16 << 10;
        limits.MaxRequestHeaderCount = 64;
        limits.RequestHeadersTimeout = s_headers;
        limits.KeepAliveTimeout = s_idle;
        limits.MinRequestBodyDataRate = s_slowest;
        foreach (var endpoint in options.Endpoints())
            kestrel.Listen(endpoint, listen => listen.Protocols = HttpProtocols.Http1); // One request a connection at a time, so that the limit of connections limits all.
    }
}
