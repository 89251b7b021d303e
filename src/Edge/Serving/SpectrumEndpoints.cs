using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using XanesMl.Inference.Predictions;
using XanesMl.Spectra;

namespace XanesMl.Edge.Serving;

/// <summary>POST /predict and POST /predict/batch.</summary>
/// <remarks>Three things are shared out: memory for bodies, turns to compute, and places for files of batches, which lie in memory between the turns of their spectra. They are taken in the order
/// memory, place, turn; a turn ends with one spectrum, and none of them is held while an answer is sent.</remarks>
internal sealed class SpectrumEndpoints : IDisposable
{
    private readonly SpectrumPredictions _predictions;
    private readonly ServeOptions _options;
    private readonly ServeCounts _counts;
    private readonly BodyMemory _bodies;
    private readonly ConcurrencyLimiter _turns, _places;

    public SpectrumEndpoints(SpectrumPredictions predictions, ServeOptions options, ServeCounts counts)
    {
        (_predictions, _options, _counts, _bodies) = (predictions, options, counts, new BodyMemory(options));
        ConcurrencyLimiter Limiter() => new(new() { PermitLimit = options.Threads, QueueLimit = options.Waiting, QueueProcessingOrder = QueueProcessingOrder.OldestFirst });
        (_turns, _places) = (Limiter(), Limiter());
    }

    /// <summary>One spectrum in, one answer out.</summary>
    public async Task Predict(HttpContext context)
    {
        var query = RequestQuery.Read(context.Request.Query);
        var kind = RequestBody.Kind(context.Request);
        var content = await Answer(context, query, kind);
        await JsonAnswer.Send(context, StatusCodes.Status200OK, "application/json", content);
    }

    /// <summary>Several spectra or files in, one element of "answers" for each, in order.</summary>
    public async Task Batch(HttpContext context)
    {
        var query = RequestQuery.Read(context.Request.Query);
        var kind = RequestBody.Kind(context.Request);
        query.RequireNone(["index", "name"], "A batch answers for all spectra of all files.");
        if (kind == BodyKind.File)
            throw new RequestProblem(StatusCodes.Status415UnsupportedMediaType, "a batch of files is a form", "header Content-Type", context.Request.ContentType,
                "Send application/json with an array, or multipart/form-data; one file goes to /predict.");
        if (kind == BodyKind.Json)
            query.RequireNone(RequestQuery.AllButCurves, "JSON says it in the members of each spectrum.");
        var content = new ArrayBufferWriter<byte>(64 << 10);
        using (var memory = await _bodies.TakeAsync(context, kind))
        using (var json = new Utf8JsonWriter(content, JsonAnswer.Options))
        {
            json.WriteStartObject();
            json.WriteStartArray("answers");
            int failed = kind == BodyKind.Json ? await Elements(context, json, query) : await Files(context, json, query);
            json.WriteEndArray();
            json.WriteNumber("failed", failed);
            json.WriteEndObject();
        }

        await JsonAnswer.Send(context, StatusCodes.Status200OK, "application/json", content.WrittenMemory);
    }

    public void Dispose()
    {
        _bodies.Dispose();
        _turns.Dispose();
        _places.Dispose();
    }

    private async Task<ReadOnlyMemory<byte>> Answer(HttpContext context, RequestQuery query, BodyKind kind)
    {
        if (kind == BodyKind.Json)
            query.RequireNone(RequestQuery.AllButCurves, "JSON says it in its members: name, element, model, options.");
        using var memory = await _bodies.TakeAsync(context, kind);
        if (kind == BodyKind.Json)
        {
            var body = await RequestBody.ReadAsync(context, _options.MaxBodyBytes);
            using var turn = await Turn(_turns, context);
            RequestJson.RequireFewNumbers(body.Span);
            return Written(_predictions.Columns(body.Span), null, query.Curves ?? true);
        }

        var file = await File(context, kind, query);
        using var fileTurn = await Turn(_turns, context);
        var spectra = _predictions.Read(file, query);
        if (query.Index >= spectra.Names.Count)
            throw new RequestProblem(StatusCodes.Status422UnprocessableEntity, string.Create(CultureInfo.InvariantCulture, $"the file has {spectra.Names.Count} spectra, counted from 0"), "query, index",
                query.Index.ToString(CultureInfo.InvariantCulture), "Give a smaller index.");
        return Written(spectra.Answer(query.Index), spectra, query.Curves ?? true);
    }

    private ReadOnlyMemory<byte> Written(SpectrumAnswer answer, SpectraFile? file, bool curves)
    {
        _counts.Predicted();
        var content = new ArrayBufferWriter<byte>(16 << 10);
        using (var json = new Utf8JsonWriter(content, JsonAnswer.Options))
        {
            json.WriteStartObject();
            _predictions.Write(json, answer, curves);
            if (file is not null)
                SpectrumPredictions.WriteNames(json, file);
            json.WriteEndObject();
        }

        return content.WrittenMemory;
    }

    private async Task<UploadedFile> File(HttpContext context, BodyKind kind, RequestQuery query)
    {
        if (kind == BodyKind.File)
            return new UploadedFile(RequestBody.SafeName(query.Name), await RequestBody.ReadAsync(context, _options.MaxBodyBytes));
        query.RequireNone(["name"], "A form says the name of its file.");
        return (await RequestBody.FilesAsync(context, _options.MaxBodyBytes, 1))[0];
    }

    private async Task<int> Elements(HttpContext context, Utf8JsonWriter json, RequestQuery query)
    {
        var body = await RequestBody.ReadAsync(context, _options.MaxBodyBytes);
        IReadOnlyList<ReadOnlyMemory<byte>> elements;
        using (await Turn(_turns, context))
            elements = RequestJson.Elements(body, _options.MaxBatch);
        int failed = 0;
        foreach (var element in elements)
            failed += await InPlace(json, null, query.Curves ?? false, async () =>
            {
                using var turn = await Turn(_turns, context);
                return [Kept(_predictions.Columns(element.Span), query.Curves ?? false)];
            });
        return failed;
    }

    private async Task<int> Files(HttpContext context, Utf8JsonWriter json, RequestQuery query)
    {
        int failed = 0, left = _options.MaxBatch;
        foreach (var file in await RequestBody.FilesAsync(context, _options.MaxBodyBytes, _options.MaxBatch))
            failed += await InPlace(json, file.Name, query.Curves ?? false, async () =>
            {
                // All are computed before one is written, so that an error is never half an answer.
                var answers = await File(context, file, query, left);
                left -= answers.Count;
                return answers;
            });
        return failed;
    }

    private async Task<IReadOnlyList<SpectrumAnswer>> File(HttpContext context, UploadedFile file, RequestQuery query, int most)
    {
        using var place = await Turn(_places, context);
        SpectraFile spectra;
        using (await Turn(_turns, context))
            spectra = _predictions.Read(file, query);
        int count = spectra.Names.Count;
        if (count > most)
            throw new RequestProblem(StatusCodes.Status413PayloadTooLarge, string.Create(CultureInfo.InvariantCulture, $"a batch has at most {_options.MaxBatch} spectra"), file.Name,
                string.Create(CultureInfo.InvariantCulture, $"{count} more"), "Send the file alone, its spectra one by one (index), or give it to xanesml-edge predict.");
        var answers = new List<SpectrumAnswer>(count);
        for (int i = 0; i < count; i++)
        {
            // A turn for each spectrum: a long file must not keep the others waiting.
            using var turn = await Turn(_turns, context);
            answers.Add(Kept(spectra.Answer(i), query.Curves ?? false));
        }

        return answers;
    }

    /// <summary>Writes an input's results, or its error in their place.</summary>
    private async Task<int> InPlace(Utf8JsonWriter json, string? name, bool curves, Func<Task<IReadOnlyList<SpectrumAnswer>>> compute)
    {
        IReadOnlyList<SpectrumAnswer> answers = [];
        RequestProblem? problem = null;
        try
        {
            answers = await compute();
        }
        catch (XanesDataException e)
        {
            problem = RequestProblem.Of(e);
        }
        catch (RequestProblem e) when (e.Status < StatusCodes.Status500InternalServerError)
        {
            problem = e;
        }

        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteStartArray("predictions");
        foreach (var answer in answers)
        {
            _counts.Predicted();
            json.WriteStartObject();
            _predictions.Write(json, answer, curves);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WritePropertyName("error");
        if (problem is null)
            json.WriteNullValue();
        else
            problem.Write(json);
        json.WriteEndObject();
        return problem is null ? 0 : 1;
    }

    // What is written of an answer: without it, a batch would hold the curves of every normalization until its end.
    private static SpectrumAnswer Kept(SpectrumAnswer answer, bool curves) => answer with { Steps = curves && answer.Steps is { } steps ? steps with { Normalization = null } : null };

    private static async Task<RateLimitLease> Turn(ConcurrencyLimiter limiter, HttpContext context)
    {
        var lease = await limiter.AcquireAsync(1, context.RequestAborted);
        if (lease.IsAcquired)
            return lease;
        lease.Dispose();
        throw new RequestProblem(StatusCodes.Status503ServiceUnavailable, "too many requests are waiting", remedy: "Try again in a second.") { RetryAfter = 1 };
    }
}
