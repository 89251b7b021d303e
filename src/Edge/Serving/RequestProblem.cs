using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using XanesMl.Spectra;
using XanesMl.Spectra.IO;

namespace XanesMl.Edge.Serving;

/// <summary>A request that is refused: the status and, for the answer, what is wrong, where, the value and the remedy (RFC 9457, application/problem+json).</summary>
internal sealed class RequestProblem : Exception
{
    private const int LongestValue = 80;

    public RequestProblem(int status, string what, string? where = null, string? value = null, string? remedy = null)
        : base(what) => (Status, What, Where, Value, Remedy) = (status, Clean(what, 2000), Clean(where, 200), Clean(value, LongestValue), remedy);

    /// <summary>HTTP status, 400 to 599.</summary>
    public int Status { get; }

    /// <summary>What is wrong.</summary>
    public string What { get; }

    /// <summary>Part of the request at fault.</summary>
    public string? Where { get; }

    /// <summary>The value at fault, shortened.</summary>
    public string? Value { get; }

    /// <summary>What the client can do.</summary>
    public string? Remedy { get; }

    /// <summary>Seconds after which the request may succeed; for 429 and 503.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>Content that is no usable spectrum: 422.</summary>
    public static RequestProblem Of(XanesDataException e)
    {
        string?[] where = [e.InputSource, e.Line is { } line ? FormattableString.Invariant($"line {line}") : null, e.Column is { } column ? "column " + column : null];
        string joined = string.Join(", ", where.Where(w => w is not null));
        return new RequestProblem(StatusCodes.Status422UnprocessableEntity, e.Problem, joined.Length > 0 ? joined : null, remedy: e.Remedy);
    }

    /// <summary>Writes the problem as one JSON object.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "about:blank");
        json.WriteString("title", ReasonPhrases.GetReasonPhrase(Status));
        json.WriteNumber("status", Status);
        json.WriteString("detail", (Where is null ? "" : Where + ": ") + What + (Value is null ? "" : $" ('{Value}')") + (Remedy is null ? "." : ". " + Remedy));
        json.WriteString("what", What);
        json.WriteString("where", Where);
        json.WriteString("value", Value);
        json.WriteString("remedy", Remedy);
        json.WriteEndObject();
    }

    /// <summary>Answers the request with it.</summary>
    public Task Send(HttpContext context)
    {
        var content = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(content, JsonAnswer.Options))
            Write(json);
        if (RetryAfter is { } seconds)
            context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return JsonAnswer.Send(context, Status, "application/problem+json", content.WrittenMemory);
    }

    /// <summary>Text of a client for an answer: short and without control characters, which could reach somebody's terminal.</summary>
    public static string Printable(string text, int longest) =>
        SafeText.Escaped(text.Length > longest ? text[..(char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest)] + "..." : text);

    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(text))]
    private static string? Clean(string? text, int longest) => text is null ? null : Printable(text, longest);
}

/// <summary>How answers are written: whole, so that a failure half-way cannot cut one off.</summary>
internal static class JsonAnswer
{
    /// <summary>Relaxed escaping: answers are never pasted into HTML (nosniff, and the page uses textContent).</summary>
    public static JsonWriterOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a JSON answer.</summary>
    public static Task Send(HttpContext context, Action<Utf8JsonWriter> write)
    {
        var content = new ArrayBufferWriter<byte>(16 << 10);
        using (var json = new Utf8JsonWriter(content, Options))
            write(json);
        return Send(context, StatusCodes.Status200OK, "application/json", content.WrittenMemory);
    }

    /// <summary>Sends bytes as they are.</summary>
    public static async Task Send(HttpContext context, int status, string type, ReadOnlyMemory<byte> content)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.ContentLength = content.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(content, context.RequestAborted);
    }

    /// <summary>A number, or null where it is not finite: JSON has no word for those.</summary>
    public static void Number(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } v && double.IsFinite(v))
            json.WriteNumber(name, v);
        else
            json.WriteNull(name);
    }

    /// <summary>An array of numbers as short as they read back to the same float32.</summary>
    public static void Numbers(Utf8JsonWriter json, string name, ReadOnlySpan<float> values)
    {
        json.WriteStartArray(name);
        foreach (float v in values)
            if (float.IsFinite(v))
                json.WriteNumberValue(v);
            else
                json.WriteNullValue();
        json.WriteEndArray();
    }

    /// <summary>An array of finite numbers.</summary>
    public static void Numbers(Utf8JsonWriter json, string name, IEnumerable<double> values)
    {
        json.WriteStartArray(name);
        foreach (double v in values)
            json.WriteNumberValue(v);
        json.WriteEndArray();
    }

    /// <summary>An array of texts.</summary>
    public static void Texts(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (string v in values)
            json.WriteStringValue(v);
        json.WriteEndArray();
    }
}
