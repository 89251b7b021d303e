using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using XanesMl.Inference.Measured;
using XanesMl.Spectra;
using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Normalization;

namespace XanesMl.Edge.Serving;

/// <summary>Body of POST /predict as JSON: one spectrum in columns.</summary>
internal sealed record SpectrumRequest
{
    public required double[] Energies { get; init; }

    public required double[] Mu { get; init; }

    public string? Name { get; init; }

    public string? Element { get; init; }

    public string? Model { get; init; }

    public PreparationRequest? Options { get; init; }
}

/// <summary>What the caller knows of a spectrum: the members of "options", or of the query for files. Names and meanings as the options of xanesml-edge predict.</summary>
internal sealed record PreparationRequest
{
    public double? Shift { get; init; }

    public string? Input { get; init; }

    public string? Unit { get; init; }

    public double? E0 { get; init; }

    public double? Pre1 { get; init; }

    public double? Pre2 { get; init; }

    public double? Norm1 { get; init; }

    public double? Norm2 { get; init; }

    public int? Nnorm { get; init; }

    public int? Nvict { get; init; }

    /// <summary>The options of a prediction.</summary>
    /// <exception cref="RequestProblem">A word that is not known.</exception>
    /// <exception cref="XanesDataException">A value that cannot be used.</exception>
    public MeasuredPredictionOptions Prediction(string? element)
    {
        var options = new MeasuredPredictionOptions
        {
            Element = element,
            Shift = Shift,
            Normalization = new NormalizationOptions
            {
                Input = Input switch
                {
                    null or "auto" => InputState.Recognize,
                    "raw" => InputState.Raw,
                    "normalized" => InputState.Normalized,
                    _ => throw new RequestProblem(StatusCodes.Status400BadRequest, "this is no state of an input", "input", Input, "Give auto, raw or normalized."),
                },
                PreEdge = new PreEdgeOptions { E0 = E0, Pre1 = Pre1, Pre2 = Pre2, Norm1 = Norm1, Norm2 = Norm2, NNorm = Nnorm, NVict = Nvict ?? 0 },
            },
        };
        options.Validate();
        return options;
    }

    /// <summary>The unit of the energies.</summary>
    /// <exception cref="RequestProblem">A word that is not known.</exception>
    public EnergyUnit EnergyUnit() => Unit switch
    {
        null or "auto" => Spectra.Measured.EnergyUnit.Auto,
        "eV" => Spectra.Measured.EnergyUnit.ElectronVolt,
        "keV" => Spectra.Measured.EnergyUnit.KiloElectronVolt,
        _ => throw new RequestProblem(StatusCodes.Status400BadRequest, "this is no unit of energies", "unit", Unit, "Give auto, eV or keV."),
    };
}

/// <summary>Body of POST /decode: styles, or descriptors that move some of them.</summary>
internal sealed record DecodeRequest
{
    public string? Model { get; init; }

    public double[]? Styles { get; init; }

    public Dictionary<string, double>? Descriptors { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    MaxDepth = 8)]
[JsonSerializable(typeof(SpectrumRequest))]
[JsonSerializable(typeof(DecodeRequest))]
internal sealed partial class RequestJsonContext : JsonSerializerContext;

/// <summary>Reads requests from JSON text, and says where it cannot be read.</summary>
internal static class RequestJson
{
    /// <summary>What a spectrum looks like, for remedies.</summary>
    public const string SpectrumForm = "Give {\"energies\": [numbers in eV], \"mu\": [as many numbers], \"element\": \"Cu\", \"name\": \"scan 1\", \"options\": {}}; the last three may be left out. GET /openapi.json has all members.";

    /// <summary>Reads one spectrum.</summary>
    /// <exception cref="RequestProblem">Not JSON of this form.</exception>
    public static SpectrumRequest Spectrum(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, RequestJsonContext.Default.SpectrumRequest) ?? throw Null(SpectrumForm);
        }
        catch (JsonException e)
        {
            throw Unreadable(e, json, SpectrumForm);
        }
    }

    /// <summary>Reads the request of /decode.</summary>
    /// <exception cref="RequestProblem">Not JSON of this form.</exception>
    public static DecodeRequest Decode(ReadOnlySpan<byte> json)
    {
        const string Form = "Give {\"styles\": [one number for each style]} or {\"descriptors\": {\"CN\": 4}}, or both.";
        try
        {
            return JsonSerializer.Deserialize(json, RequestJsonContext.Default.DecodeRequest) ?? throw Null(Form);
        }
        catch (JsonException e)
        {
            throw Unreadable(e, json, Form);
        }
    }

    /// <summary>Finds the elements of an array: parts of the same memory, of which nothing is made yet.</summary>
    /// <exception cref="RequestProblem">Not an array, an empty one, a longer one than allowed, or more numbers than allowed.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Elements(ReadOnlyMemory<byte> json, int most)
    {
        const string Form = "Give an array of spectra: [{\"energies\": [...], \"mu\": [...]}, ...].";
        try
        {
            var reader = new Utf8JsonReader(json.Span, new JsonReaderOptions { MaxDepth = 8 });
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartArray)
                throw new RequestProblem(StatusCodes.Status400BadRequest, "a batch is an array", "body", reader.TokenType == JsonTokenType.StartObject ? "Object" : reader.TokenType.ToString(), Form);
            var (elements, numbers, count) = (new List<ReadOnlyMemory<byte>>(), 0, 0);
            for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
            {
                int start = (int)reader.TokenStartIndex;
                Count(ref reader, ref numbers, count);
                if (count < most)
                    elements.Add(json[start..(int)reader.BytesConsumed]);
            }

            reader.Read(); // Throws if there is more behind the array.
            return count > 0 && count <= most ? elements : throw BatchSize(count, most);
        }
        catch (JsonException e)
        {
            throw Unreadable(e, json.Span, Form);
        }
    }

    /// <summary>Refuses a spectrum of more numbers than allowed before memory is taken for them. What is no JSON is left to <see cref="Spectrum"/>, which says where.</summary>
    /// <exception cref="RequestProblem">Too many numbers.</exception>
    public static void RequireFewNumbers(ReadOnlySpan<byte> json)
    {
        try
        {
            int numbers = 0;
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
            if (reader.Read())
                Count(ref reader, ref numbers, null);
        }
        catch (JsonException)
        {
        }
    }

    /// <summary>Goes to the end of a value and counts its numbers.</summary>
    private static void Count(ref Utf8JsonReader reader, ref int numbers, int? element)
    {
        int depth = reader.CurrentDepth, inARow = 0;
        do
        {
            if (reader.TokenType != JsonTokenType.Number)
            {
                inARow = 0;
                continue;
            }

            if (++inARow > ServeOptions.MostPoints)
                throw TooMany("a spectrum has", ServeOptions.MostPoints, "points", element);
            if (++numbers > ServeOptions.MostNumbers)
                throw TooMany("a request has", ServeOptions.MostNumbers, "numbers", element);
        }
        while ((reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject || reader.CurrentDepth > depth) && reader.Read());
    }

    private static RequestProblem TooMany(string who, int most, string what, int? element) =>
        new(StatusCodes.Status413PayloadTooLarge, string.Create(CultureInfo.InvariantCulture, $"{who} at most {most} {what}"),
            element is { } e ? string.Create(CultureInfo.InvariantCulture, $"element {e + 1}") : "body", remedy: what == "points" ? "Rebin the spectrum." : "Send it in parts.");

    /// <summary>A batch with nothing in it, or with too much.</summary>
    public static RequestProblem BatchSize(int count, int most) =>
        new(count == 0 ? StatusCodes.Status400BadRequest : StatusCodes.Status413PayloadTooLarge, "a batch has at least 1 input and at most " + most.ToString(CultureInfo.InvariantCulture), "body",
            count.ToString(CultureInfo.InvariantCulture), "Send it in parts.");

    private static RequestProblem Null(string form) => new(StatusCodes.Status400BadRequest, "an object is expected", "body", "null", form);

    private static RequestProblem Unreadable(JsonException e, ReadOnlySpan<byte> json, string form)
    {
        long line = (e.LineNumber ?? 0) + 1, column = (e.BytePositionInLine ?? 0) + 1;
        string path = e.Path is null or "$" ? "" : RequestProblem.Printable(e.Path, 80) + ", ";
        return new RequestProblem(StatusCodes.Status400BadRequest, Sentence(e), path + string.Create(CultureInfo.InvariantCulture, $"line {line}, byte {column}"), Around(json, line, column), form);
    }

    /// <summary>What is wrong in our words where the library's name .NET types; its syntax errors read well.</summary>
    private static string Sentence(JsonException e)
    {
        string text = e.Message;
        int first = text.IndexOf('\''), second = first < 0 ? -1 : text.IndexOf('\'', first + 1);
        string quoted = second > 0 ? text[first..(second + 1)] : "";
        if (text.IndexOf("including:", StringComparison.Ordinal) is > 0 and var list)
            return "a member is missing: " + text[(list + "including:".Length)..].Trim(' ', '.');
        if (text.Contains("could not be mapped", StringComparison.Ordinal))
            return "there is no member of the name " + quoted;
        if (text.StartsWith("Duplicate", StringComparison.Ordinal))
            return "the member " + quoted + " comes twice";
        bool syntax = e.InnerException is JsonException || e.GetType() != typeof(JsonException);
        if (!syntax)
            return "this value is not of the kind that is expected here";
        foreach (string end in new[] { " LineNumber:", " Path:" })
            if (text.IndexOf(end, StringComparison.Ordinal) is > 0 and var at)
                text = text[..at];
        return "this is not JSON: " + text.TrimEnd('.', ' ', '|');
    }

    private static string Around(ReadOnlySpan<byte> json, long line, long column)
    {
        for (long l = 1; l < line && json.IndexOf((byte)'\n') is >= 0 and var end; l++)
            json = json[(end + 1)..];
        int from = (int)Math.Clamp(column - 21, 0, json.Length), to = Math.Min(json.Length, from + 40);
        return Encoding.UTF8.GetString(json[from..to]);
    }
}
