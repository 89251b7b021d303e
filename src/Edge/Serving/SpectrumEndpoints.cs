using System.Globalization;
using System.Text.Json;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using XanesMl.Inference.Predictions;
using XanesMl.Spectra;

namespace XanesMl.Edge.Serving;

/// <summary>POST /predict and POST /predict/batch.</summary>
internal sealed class SpectrumEndpoints : IDisposable
{
    private readonly SpectrumPredictions _predictions;
    private readonly ServeOptions _options;
    private readonly ServeCounts _counts;
    private readonly ConcurrencyLimiter _turns;

    public SpectrumEndpoints(SpectrumPredictions predictions, ServeOptions options, ServeCounts counts)
    {
        (_predictions, _options, _counts) = (predictions, options, counts);
        _turns = new ConcurrencyLimiter(new() { PermitLimit = options.Threads, QueueLimit = options.Waiting, QueueProcessingOrder = QueueProcessingOrder.OldestFirst });
    }

    /// <summary>One spectrum in, one answer out.</summary>
    public async Task Predict(HttpContext context)
    {
        var query = RequestQuery.Read(context.Request.Query);
        var kind = RequestBody.Kind(context.Request);
        if (kind == BodyKind.Json)
        {
            query.RequireNone(RequestQuery.AllButCurves, "JSON says it in its members: name, element, model, options.");
            var body = await RequestBody.ReadAsync(context, _options.MaxBodyBytes);
            using var turn = await Turn(context);
            var answer = _predictions.Columns(body.Span);
            _counts.Predicted();
            await JsonAnswer.Send(context, json => Write(json, answer, null, query.Curves ?? true));
            return;
        }

        var file = await File(context, kind, query);
        using var fileTurn = await Turn(context);
        var spectra = _predictions.Read(file, query);
        if (query.Index >= spectra.Names.Count)
            throw new RequestProblem(StatusCodes.Status422UnprocessableEntity, string.Create(CultureInfo.InvariantCulture, $"the file has {spectra.Names.Count} spectra, counted from 0"), "query, index",
                query.Index.ToString(CultureInfo.InvariantCulture), "Give a smaller index.");
        var ofFile = spectra.Answer(query.Index);
        _counts.Predicted();
        await JsonAnswer.Send(context, json => Write(json, ofFile, spectra, query.Curves ?? true));
    }

    /// <summary>Several spectra or files in, one element of "answers" for each, in order.</summary>
    public async Task Batch(HttpContext context)
    {
        var query = RequestQuery.Read(context.Request.Query);
        var kind = RequestBody.Kind(context.Request);
        query.RequireNone(["index", "name"], "A batch answers for all spectra of all files.");
        List<Func<Utf8JsonWriter, int>> inputs;
        bool curves = query.Curves ?? false;
        var left = new SpectraLeft { Count = _options.MaxBatch };
        switch (kind)
        {
            case BodyKind.Json:
                query.RequireNone(RequestQuery.AllButCurves, "JSON says it in the members of each spectrum.");
                inputs = [.. RequestJson.Elements(await RequestBody.ReadAsync(context, _options.MaxBodyBytes), _options.MaxBatch)
                    .Select(element => (Func<Utf8JsonWriter, int>)(json => Columns(json, element, curves)))];
                break;
            case BodyKind.Multipart:
                inputs = [.. (await RequestBody.FilesAsync(context, _options.MaxBodyBytes, _options.MaxBatch)).Select(file => (Func<Utf8JsonWriter, int>)(json => OneFile(json, file, query, curves, left, context.RequestAborted)))];
                break;
            default:
                throw new RequestProblem(StatusCodes.Status415UnsupportedMediaType, "a batch of files is a form", "header Content-Type", context.Request.ContentType,
                    "Send application/json with an array, or multipart/form-data; one file goes to /predict.");
        }

        var content = new System.Buffers.ArrayBufferWriter<byte>(64 << 10);
        int failed = 0;
        using (var json = new Utf8JsonWriter(content, JsonAnswer.Options))
        {
            json.WriteStartObject();
            json.WriteStartArray("answers");
            foreach (var input in inputs)
            {
                // A turn for each input: a long batch must not keep the others waiting.
                using var turn = await Turn(context);
                json.WriteStartObject();
                failed += input(json);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteNumber("failed", failed);
            json.WriteEndObject();
        }

        await JsonAnswer.Send(context, StatusCodes.Status200OK, "application/json", content.WrittenMemory);
    }

    public void Dispose() => _turns.Dispose();

    private void Write(Utf8JsonWriter json, SpectrumAnswer answer, SpectraFile? file, bool curves)
    {
        json.WriteStartObject();
        _predictions.Write(json, answer, curves);
        if (file is not null)
            SpectrumPredictions.WriteNames(json, file);
        json.WriteEndObject();
    }

    private async Task<UploadedFile> File(HttpContext context, BodyKind kind, RequestQuery query)
    {
        if (kind == BodyKind.File)
            return new UploadedFile(RequestBody.SafeName(query.Name), await RequestBody.ReadAsync(context, _options.MaxBodyBytes));
        query.RequireNone(["name"], "A form says the name of its file.");
        return (await RequestBody.FilesAsync(context, _options.MaxBodyBytes, 1))[0];
    }

    private int Columns(Utf8JsonWriter json, byte[] element, bool curves) => InPlace(json, null, () =>
    {
        var answer = _predictions.Columns(element);
        json.WriteStartArray("predictions");
        WriteOne(json, answer, curves);
        json.WriteEndArray();
    });

    private int OneFile(Utf8JsonWriter json, UploadedFile file, RequestQuery query, bool curves, SpectraLeft left, CancellationToken cancel) => InPlace(json, file.Name, () =>
    {
        var spectra = _predictions.Read(file, query);
        int count = spectra.Names.Count;
        if (count > left.Count)
            throw new RequestProblem(StatusCodes.Status413PayloadTooLarge, string.Create(CultureInfo.InvariantCulture, $"a batch has at most {_options.MaxBatch} spectra"), file.Name,
                string.Create(CultureInfo.InvariantCulture, $"{count} more"), "Send the file alone, its spectra one by one (index), or give it to xanesml-edge predict.");
        left.Count -= count;
        var answers = new List<SpectrumAnswer>(count);
        // All are computed before one is written, so that an error is never half an answer.
        for (int i = 0; i < count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            answers.Add(spectra.Answer(i));
        }

        json.WriteStartArray("predictions");
        foreach (var answer in answers)
            WriteOne(json, answer, curves);
        json.WriteEndArray();
    });

    private void WriteOne(Utf8JsonWriter json, SpectrumAnswer answer, bool curves)
    {
        _counts.Predicted();
        json.WriteStartObject();
        _predictions.Write(json, answer, curves);
        json.WriteEndObject();
    }

    /// <summary>How many spectra a batch may still hold: a file can have many.</summary>
    private sealed class SpectraLeft
    {
        public required int Count { get; set; }
    }

    /// <summary>Writes an input's results, or its error in their place.</summary>
    private static int InPlace(Utf8JsonWriter json, string? name, Action write)
    {
        json.WriteString("name", name);
        RequestProblem problem;
        try
        {
            write();
            json.WriteNull("error");
            return 0;
        }
        catch (XanesDataException e)
        {
            problem = RequestProblem.Of(e);
        }
        catch (RequestProblem e)
        {
            problem = e;
        }

        json.WriteStartArray("predictions");
        json.WriteEndArray();
        json.WritePropertyName("error");
        problem.Write(json);
        return 1;
    }

    private async Task<RateLimitLease> Turn(HttpContext context)
    {
        var lease = await _turns.AcquireAsync(1, context.RequestAborted);
        if (lease.IsAcquired)
            return lease;
        lease.Dispose();
        throw new RequestProblem(StatusCodes.Status503ServiceUnavailable, "too many requests are waiting", remedy: "Try again in a second.") { RetryAfter = 1 };
    }
}
