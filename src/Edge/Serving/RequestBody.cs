using System.Buffers;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace XanesMl.Edge.Serving;

/// <summary>One file of a request, in memory.</summary>
/// <param name="Name">Its name without any folder, printable, at most 100 characters.</param>
/// <param name="Content">Its bytes.</param>
internal sealed record UploadedFile(string Name, ReadOnlyMemory<byte> Content);

/// <summary>What kind of body a request has.</summary>
internal enum BodyKind
{
    /// <summary>application/json: spectra in columns.</summary>
    Json,

    /// <summary>multipart/form-data: files.</summary>
    Multipart,

    /// <summary>application/octet-stream or text/plain: one file.</summary>
    File,
}

/// <summary>Reads bodies within their limit. Nothing touches the disk: large multipart bodies included, which the framework's forms would buffer there.</summary>
internal static class RequestBody
{
    private const int LongestName = 100;
    private const string Kinds = "Send application/json, multipart/form-data, application/octet-stream or text/plain.";

    /// <summary>Tells the kind by the content type.</summary>
    /// <exception cref="RequestProblem">Another or no type, or compressed by the protocol.</exception>
    public static BodyKind Kind(HttpRequest request)
    {
        if (request.Headers.ContentEncoding.Count > 0)
            throw new RequestProblem(StatusCodes.Status415UnsupportedMediaType, "compressed bodies are not taken", "header Content-Encoding", request.Headers.ContentEncoding.ToString(), "Send the body as it is; a file that is gzip itself is read.");
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
            throw new RequestProblem(StatusCodes.Status415UnsupportedMediaType, "the type of the body is missing or unreadable", "header Content-Type", request.ContentType, Kinds);
        if (type.Charset.HasValue && !type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase))
            throw new RequestProblem(StatusCodes.Status415UnsupportedMediaType, "JSON is UTF-8 here", "header Content-Type", request.ContentType, "Send UTF-8.");
        return type.MediaType.Value?.ToLowerInvariant() switch
        {
            "application/json" => BodyKind.Json,
            "multipart/form-data" => BodyKind.Multipart,
            "application/octet-stream" or "text/plain" => BodyKind.File,
            _ => throw new RequestProblem(StatusCodes.Status415UnsupportedMediaType, "bodies of this type are not taken", "header Content-Type", request.ContentType, Kinds),
        };
    }

    /// <summary>The whole body.</summary>
    /// <exception cref="RequestProblem">Nothing, or more than the limit.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContext context, long most)
    {
        var content = await ReadAsync(context.Request.Body, context.Request.ContentLength, most, "body", context.RequestAborted);
        return content.Length > 0 ? content : throw new RequestProblem(StatusCodes.Status400BadRequest, "the body is empty", "body", remedy: "Send a spectrum or a file.");
    }

    /// <summary>The files of a multipart body, in order.</summary>
    /// <exception cref="RequestProblem">No form, a part that is no file, too many, or more bytes than the limit.</exception>
    public static async Task<IReadOnlyList<UploadedFile>> FilesAsync(HttpContext context, long most, int mostFiles)
    {
        string boundary = HeaderUtilities.RemoveQuotes(MediaTypeHeaderValue.Parse(context.Request.ContentType).Boundary).ToString();
        if (boundary.Length is 0 or > 70)
            throw new RequestProblem(StatusCodes.Status400BadRequest, "the form has no usable boundary", "header Content-Type", context.Request.ContentType, "Let the HTTP library write this header.");
        var reader = new MultipartReader(boundary, context.Request.Body) { HeadersCountLimit = 8, HeadersLengthLimit = 4096, BodyLengthLimit = most };
        var files = new List<UploadedFile>();
        long left = most;
        try
        {
            while (await reader.ReadNextSectionAsync(context.RequestAborted) is { } section)
            {
                string where = string.Create(CultureInfo.InvariantCulture, $"part {files.Count + 1}");
                if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition) || !disposition.IsFileDisposition())
                    throw new RequestProblem(StatusCodes.Status400BadRequest, "this part is not a file", where, section.ContentDisposition, "Give each file a file name; options belong into the query.");
                if (files.Count == mostFiles)
                    throw mostFiles == 1 ? new RequestProblem(StatusCodes.Status400BadRequest, "there are several files", where, remedy: "Send one, or all of them to /predict/batch.") : RequestJson.BatchSize(files.Count + 1, mostFiles);
                string name = (disposition.FileNameStar.HasValue ? disposition.FileNameStar : HeaderUtilities.UnescapeAsQuotedString(disposition.FileName)).ToString();
                var content = await ReadAsync(section.Body, null, left, where, context.RequestAborted);
                left -= content.Length;
                files.Add(new UploadedFile(SafeName(name), content));
            }
        }
        catch (Exception e) when (e is (IOException or InvalidDataException) and not BadHttpRequestException)
        {
            // Also the form that ends before its last boundary.
            throw new RequestProblem(StatusCodes.Status400BadRequest, "the form is damaged: " + e.Message.TrimEnd('.'), "body", remedy: "Let the HTTP library write the form.");
        }

        return files.Count > 0 ? files : throw new RequestProblem(StatusCodes.Status400BadRequest, "the form has no file", "body", remedy: "Add one with a file name.");
    }

    /// <summary>A name for messages and results: the last part of a path, printable, never empty. It is not used to find anything.</summary>
    public static string SafeName(string? name)
    {
        string last = (name ?? "")[((name ?? "").LastIndexOfAny(['/', '\\']) + 1)..];
        string shown = RequestProblem.Printable(last, LongestName).Trim();
        return shown.Trim('.').Length > 0 ? shown : "upload";
    }

    /// <summary>413 that says the limit.</summary>
    public static RequestProblem TooLarge(long most, string where) =>
        new(StatusCodes.Status413PayloadTooLarge, string.Create(CultureInfo.InvariantCulture, $"the limit is {most} bytes"), where, remedy: "Send less at a time, or start the server with a larger --max-body.");

    // With a length that the protocol guarantees, a buffer of exactly that.
    private static async Task<ReadOnlyMemory<byte>> ReadAsync(Stream stream, long? length, long most, string where, CancellationToken cancel)
    {
        if (length > most)
            throw TooLarge(most, where);
        if (length is { } known)
        {
            byte[] exact = GC.AllocateUninitializedArray<byte>((int)known);
            return exact.AsMemory(0, await stream.ReadAtLeastAsync(exact, exact.Length, throwOnEndOfStream: false, cancel));
        }

        var content = new ArrayBufferWriter<byte>(4096);
        while (await stream.ReadAsync(content.GetMemory(4096), cancel) is > 0 and var count)
        {
            content.Advance(count);
            if (content.WrittenCount > most)
                throw TooLarge(most, where);
        }

        return content.WrittenMemory;
    }
}
