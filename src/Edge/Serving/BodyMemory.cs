using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;

namespace XanesMl.Edge.Serving;

/// <summary>Memory for the bodies of requests. A large body takes its part before its first byte is read and gives it back when its spectra are answered; until then it waits in the client's and
/// the system's buffers. Small bodies take none: as many of them as there may be connections are little.</summary>
internal sealed class BodyMemory : IDisposable
{
    /// <summary>Bytes up to which a body is small.</summary>
    public const int Small = 64 << 10;

    private readonly ConcurrencyLimiter _units;
    private readonly ServeOptions _options;
    private readonly int _all;

    public BodyMemory(ServeOptions options)
    {
        (_options, _all) = (options, (int)(options.MaxBodiesBytes / Small));
        _units = new ConcurrencyLimiter(new() { PermitLimit = _all, QueueLimit = int.MaxValue, QueueProcessingOrder = QueueProcessingOrder.OldestFirst });
    }

    /// <summary>Waits for the memory of a request's body; null where it needs none. Connections limit how many can wait, and the time of a request how long.</summary>
    /// <exception cref="RequestProblem">The request says a length above the limit.</exception>
    public async Task<RateLimitLease?> TakeAsync(HttpContext context, BodyKind kind)
    {
        if (context.Request.ContentLength > _options.MaxBodyBytes)
            throw RequestBody.TooLarge(_options.MaxBodyBytes, "body");
        // A buffer whose length is not known grows by doubling, and so do those of a form's parts.
        long need = context.Request.ContentLength is not { } length ? 2 * _options.MaxBodyBytes : kind == BodyKind.Multipart ? 2 * length : length;
        return need <= Small ? null : await _units.AcquireAsync((int)Math.Min(_all, (need + Small - 1) / Small), context.RequestAborted);
    }

    public void Dispose() => _units.Dispose();
}
