using System.Globalization;
using System.Net;
using XanesMl.Spectra;

namespace XanesMl.Edge.Serving;

/// <summary>How xanesml-edge serve listens and what it allows. Every default stands here, once.</summary>
internal sealed record ServeOptions
{
    /// <summary>Shortest token that is accepted: 16 characters, so that guessing through the network is hopeless at any request rate.</summary>
    public const int ShortestToken = 16;

    /// <summary>Largest values that options may have.</summary>
    public const int MostBodyMiB = 256, MostRate = 1_000_000, MostSeconds = 3600, MostThreads = 1024, MostBatch = 10_000, MostConnections = 10_000;

    /// <summary>Most points of a spectrum in JSON, and numbers of a JSON request or of a measured file: a spectrum has some hundred points, a batch of 256 with 1,900 each is the largest that fits.</summary>
    public const int MostPoints = 100_000, MostNumbers = 1_000_000;

    /// <summary>Environment variable that holds the token where --token is not given, so that it need not stand in the list of processes.</summary>
    public const string TokenVariable = "XANESML_EDGE_TOKEN";

    /// <summary>Addresses to listen at, separated by semicolons: http, an IP address or localhost, a port (0: any free one).</summary>
    public string Urls { get; init; } = "http://127.0.0.1:5080";

    /// <summary>What a client must present as Authorization: Bearer; null: nothing, which is allowed on loopback addresses only.</summary>
    public string? Token { get; init; }

    /// <summary>Further names by which clients may address this server (a reverse proxy's name). IP addresses, localhost and the machine's own name need no mention.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>MiB of a request's body. 8 is ten times the largest project of the test data; content that unpacks to more than four times this is refused too.</summary>
    public int MaxBodyMiB { get; init; } = 8;

    /// <summary>Requests a second that one client address may send on average. 1000 is more than a busy instrument and all sliders of the page send. More wait, and are refused when too many wait.</summary>
    public int Rate { get; init; } = 1000;

    /// <summary>Seconds for one request, the reading of its body and the waiting included. 30 serves a batch of 256 on a slow machine.</summary>
    public int Seconds { get; init; } = 30;

    /// <summary>Spectra that are computed at the same time; others wait. The number of cores by default, since each uses one.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Most inputs of one batch.</summary>
    public int MaxBatch { get; init; } = 256;

    /// <summary>Connections at the same time. Their bodies do not add up: see <see cref="MaxBodiesBytes"/>.</summary>
    public int Connections { get; init; } = 128;

    /// <summary>Requests that may wait for a turn; more are refused with 429 or 503.</summary>
    public int Waiting { get; init; } = 128;

    /// <summary>Largest body, bytes.</summary>
    public long MaxBodyBytes => (long)MaxBodyMiB << 20;

    /// <summary>Bytes of all bodies above <see cref="BodyMemory.Small"/> that are in memory at the same time: eight of the largest. More wait unread. 128 connections with the defaults
    /// hold 64 MiB of large bodies, 8 MiB of small ones, and what the server itself buffers (<see cref="EdgeServer"/>), 64 KiB in either direction of each: 88 MiB together. What is made of them exists once for each of
    /// <see cref="Threads"/>.</summary>
    public long MaxBodiesBytes => 8 * MaxBodyBytes;

    /// <summary>Largest unpacked content, bytes.</summary>
    public long MaxUnpackedBytes => 4 * MaxBodyBytes;

    /// <summary>Time limit of a request.</summary>
    public TimeSpan Time => TimeSpan.FromSeconds(Seconds);

    /// <summary>Where to listen; empty address: every interface.</summary>
    /// <exception cref="XanesDataException">An address that cannot be used, or one that others can reach without a token.</exception>
    public IReadOnlyList<IPEndPoint> Endpoints()
    {
        var endpoints = new List<IPEndPoint>();
        foreach (string url in Urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            endpoints.AddRange(Parse(url));
        if (endpoints.Count == 0)
            throw Bad("--urls", $"'{Urls}' names no address", "Give one such as http://127.0.0.1:5080.");
        if (Token is null && endpoints.Find(e => !IPAddress.IsLoopback(e.Address)) is { } open)
            throw Bad("--urls", $"{open} can be reached by other machines, and there is no token", $"Give --token (or {TokenVariable}), or listen at http://127.0.0.1:{open.Port}.");
        return endpoints;
    }

    /// <summary>Refuses what cannot be served with.</summary>
    /// <exception cref="XanesDataException">An option that cannot be used.</exception>
    public void Validate()
    {
        if (Token is { } token && (token.Length < ShortestToken || !token.All(c => c is > ' ' and < '\x7f')))
            throw Bad("--token", $"the token has {token.Length} characters or one that no header can carry", $"Give {ShortestToken} or more letters, digits and signs, without blanks.");
        if (Hosts.FirstOrDefault(h => Uri.CheckHostName(h) == UriHostNameType.Unknown) is { } host)
            throw Bad("--host", $"'{host}' is no host name", "Give a name without scheme and port, such as xas.example.org.");
        _ = Endpoints();
    }

    private static IEnumerable<IPEndPoint> Parse(string url)
    {
        const string Form = "Give http:// with an IP address or localhost and a port, such as http://127.0.0.1:5080.";
        if (url.StartsWith("https:", StringComparison.OrdinalIgnoreCase))
            throw Bad("--urls", $"'{url}' asks for encryption, which this server leaves to a reverse proxy", "Listen at http://127.0.0.1:5080 behind the proxy, and give its name with --host.");
        string concrete = url.Replace("//*", "//[::]", StringComparison.Ordinal).Replace("//+", "//[::]", StringComparison.Ordinal);
        // A port is asked for: without one Uri would say 80.
        if (!Uri.TryCreate(concrete, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttp || uri.PathAndQuery != "/" || uri.Fragment.Length > 0 || uri.UserInfo.Length > 0
            || !concrete.TrimEnd('/').EndsWith(string.Create(CultureInfo.InvariantCulture, $":{uri.Port}"), StringComparison.Ordinal))
            throw Bad("--urls", $"'{url}' is not an address", Form);
        if (string.Equals(uri.Host, "localhost", StringComparison.OrdinalIgnoreCase))
            return [new IPEndPoint(IPAddress.Loopback, uri.Port)];
        return IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) ? [new IPEndPoint(address, uri.Port)]
            : throw Bad("--urls", $"'{uri.Host}' is a name, and names can change their meaning", Form);
    }

    private static XanesDataException Bad(string option, string problem, string remedy) => new(problem, "option " + option, remedy: remedy);
}
