using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using XanesMl.Inference.Alignment;
using XanesMl.Inference.Measured;
using XanesMl.Inference.Predictions;
using XanesMl.Spectra.Measured;

namespace XanesMl.Edge.Serving;

/// <summary>Takes the content of a request to answers: read, choose the model, predict, write. Knows nothing of HTTP but its problems.</summary>
internal sealed class SpectrumPredictions
{
    // Names of more than a thousand spectra only fill an answer.
    private const int MostSpectra = 10_000, MostNames = 1000;

    private readonly ModelSet _models;
    private readonly MeasuredReadOptions _reading;
    private readonly TimeProvider _clock;

    /// <summary>Creates it.</summary>
    /// <param name="models">The models.</param>
    /// <param name="options">Limits of what is read.</param>
    /// <param name="clock">Clock of results.</param>
    public SpectrumPredictions(ModelSet models, ServeOptions options, TimeProvider clock)
    {
        (_models, _clock) = (models, clock);
        _reading = new MeasuredReadOptions { MaxBytes = options.MaxUnpackedBytes, MaxSpectra = MostSpectra, MaxValues = ServeOptions.MostNumbers };
    }

    /// <summary>The model of a name or id; the first without one.</summary>
    /// <exception cref="RequestProblem">There is no such model.</exception>
    public static ModelEntry Named(ModelSet models, string? name) => name is null ? models.Entries[0]
        : models.Entries.FirstOrDefault(m => m.Identity.Id == name || m.Identity.Name == name)
        ?? throw new RequestProblem(422, "there is no such model here", "model", name, $"There are {string.Join(", ", models.Identities.Select(m => m.Name))}.");

    /// <summary>Predicts a spectrum that came as JSON.</summary>
    /// <exception cref="RequestProblem">Not JSON of the form, or an unknown model.</exception>
    /// <exception cref="XanesMl.Spectra.XanesDataException">Not a usable spectrum.</exception>
    public SpectrumAnswer Columns(ReadOnlySpan<byte> json)
    {
        var request = RequestJson.Spectrum(json);
        RequireFinite(request.Energies, "energies");
        RequireFinite(request.Mu, "mu");
        var how = request.Options ?? new PreparationRequest();
        var options = Options(how, request.Element);
        var spectrum = MeasuredSpectrumReader.FromColumns(request.Energies, request.Mu, RequestBody.SafeName(request.Name ?? "spectrum"), options.Reading, request.Element);
        return Session(request.Model, options).Answer(spectrum, Hash(json));
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="RequestProblem">A word of the query or a model that is not known.</exception>
    /// <exception cref="XanesMl.Spectra.XanesDataException">No spectrum can be read from it, or an option cannot be used.</exception>
    public SpectraFile Read(UploadedFile file, RequestQuery query)
    {
        var options = Options(query.Options, query.Element);
        return SpectraFile.Read(Session(query.Model, options), file, options);
    }

    /// <summary>SHA-256 of the bytes that were sent, lower-case hexadecimal.</summary>
    public static string Hash(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>Writes the members of one answer into an object that the caller opened: the row as <c>predict --json</c> writes it, and, when wanted, what a page draws.</summary>
    public void Write(Utf8JsonWriter json, SpectrumAnswer answer, bool curves)
    {
        json.WritePropertyName("result");
        PredictionWriter.WriteJson(json, answer.Result);
        if (!curves)
            return;
        json.WriteStartObject("curves");
        var (input, reconstruction) = answer.Steps is { } steps ? (steps.Input, steps.Reconstruction) : default;
        var model = _models.Entries.FirstOrDefault(e => e.Identity.Sha256 == answer.Result.Model?.Sha256);
        JsonAnswer.Numbers(json, "energies", input.IsEmpty ? [] : model!.Metadata.Energies);
        JsonAnswer.Numbers(json, "input", input.Span);
        JsonAnswer.Numbers(json, "reconstruction", reconstruction.Span);
        json.WriteEndObject();
        WriteAlignment(json, answer.Steps?.Alignment);
    }

    /// <summary>Names of the spectra of a file, so that a client can ask for another.</summary>
    public static void WriteNames(Utf8JsonWriter json, SpectraFile file) => JsonAnswer.Texts(json, "spectra", file.Names.Take(MostNames));

    private static void WriteAlignment(Utf8JsonWriter json, AlignmentResult? alignment)
    {
        if (alignment is null)
        {
            json.WriteNull("alignment");
            return;
        }

        json.WriteStartObject("alignment");
        JsonAnswer.Number(json, "shift", alignment.Shift);
        JsonAnswer.Number(json, "edge_shift", alignment.EdgeShift);
        JsonAnswer.Number(json, "correlation_before", alignment.CorrelationBefore);
        JsonAnswer.Number(json, "correlation_after", alignment.CorrelationAfter);
        JsonAnswer.Number(json, "coverage", alignment.Coverage);
        json.WriteBoolean("at_limit", alignment.AtLimit);
        json.WriteEndObject();
    }

    private PredictionOptions Options(PreparationRequest how, string? element) => new()
    {
        Reading = _reading with { EnergyUnit = how.EnergyUnit() }, Preparation = how.Prediction(element), Resample = true, MaxTableBytes = _reading.MaxBytes, Clock = _clock,
    };

    private PredictionSession Session(string? name, PredictionOptions options) => new(name is null ? _models : _models.Only(Named(_models, name)), options);

    private static void RequireFinite(double[] values, string name)
    {
        for (int i = 0; i < values.Length; i++)
            if (!double.IsFinite(values[i]))
                throw new RequestProblem(422, "this number is too large for 64 bits", string.Create(CultureInfo.InvariantCulture, $"{name}[{i}]"), remedy: "Leave points without a value out.");
    }
}
