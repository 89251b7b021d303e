using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using XanesMl.Inference.Measured;
using XanesMl.Inference.Predictions;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra.Measured;

namespace XanesMl.Edge.Serving;

/// <summary>Takes the content of a request to answers: read, choose the model, predict, write. Knows nothing of HTTP but its problems.</summary>
internal sealed class SpectrumPredictions
{
    // Beyond what one request can ask for, a list of names only fills the answer.
    private const int MostNames = 1000;

    private readonly ServedModels _models;
    private readonly MeasuredReadOptions _reading;

    /// <summary>Creates it.</summary>
    /// <param name="models">The models.</param>
    /// <param name="options">Limits of what is read.</param>
    public SpectrumPredictions(ServedModels models, ServeOptions options)
    {
        _models = models;
        _reading = new MeasuredReadOptions { MaxBytes = options.MaxUnpackedBytes, MaxSpectra = 10_000 };
    }

    /// <summary>One answer: a spectrum, the model that answered, and what it says.</summary>
    public sealed record Answer(SpectrumModel Model, MeasuredPrediction Prediction);

    /// <summary>Predicts a spectrum that came as JSON.</summary>
    /// <exception cref="RequestProblem">Not JSON of the form, or an unknown model.</exception>
    /// <exception cref="XanesMl.Spectra.XanesDataException">Not a usable spectrum.</exception>
    public Answer Columns(ReadOnlySpan<byte> json)
    {
        var request = RequestJson.Spectrum(json);
        RequireFinite(request.Energies, "energies");
        RequireFinite(request.Mu, "mu");
        var how = request.Options ?? new PreparationRequest();
        var options = how.Prediction(request.Element);
        var spectrum = MeasuredSpectrumReader.FromColumns(request.Energies, request.Mu, RequestBody.SafeName(request.Name ?? "spectrum"),
            _reading with { EnergyUnit = how.EnergyUnit() }, request.Element);
        return Predict(spectrum, request.Model, request.Element, options, Hash(json));
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="RequestProblem">A word of the query that is not known.</exception>
    /// <exception cref="XanesMl.Spectra.XanesDataException">No spectrum can be read from it.</exception>
    public IReadOnlyList<MeasuredSpectrum> Read(UploadedFile file, RequestQuery query)
    {
        using var stream = new MemoryStream(file.Content.ToArray(), writable: false);
        return MeasuredSpectrumReader.Read(stream, file.Name, _reading with { EnergyUnit = query.Options.EnergyUnit() });
    }

    /// <summary>Predicts a spectrum of a file.</summary>
    /// <exception cref="RequestProblem">An unknown model.</exception>
    /// <exception cref="XanesMl.Spectra.XanesDataException">An option that cannot be used.</exception>
    public Answer OfFile(MeasuredSpectrum spectrum, RequestQuery query, string sha256) =>
        Predict(spectrum, query.Model, query.Element, query.Options.Prediction(query.Element), sha256);

    /// <summary>SHA-256 of the bytes that were sent, lower-case hexadecimal.</summary>
    public static string Hash(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>Writes the members of one answer into an object that the caller opened: the row as <c>predict --json</c> writes it, and, when wanted, what a page draws.</summary>
    public static void Write(Utf8JsonWriter json, Answer answer, bool curves)
    {
        json.WritePropertyName("result");
        using var line = new MemoryStream();
        PredictionWriter.WriteJsonLines(line, PredictionTable.Of(answer.Model, [answer.Prediction.Prediction]));
        json.WriteRawValue(Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length).AsSpan().TrimEnd('\n'));
        if (!curves)
            return;
        json.WriteStartObject("curves");
        var (model, prediction) = (answer.Model, answer.Prediction);
        JsonAnswer.Numbers(json, "energies", prediction.Input.IsEmpty ? [] : model.Metadata.Energies);
        JsonAnswer.Numbers(json, "input", prediction.Input.Span);
        JsonAnswer.Numbers(json, "reconstruction", prediction.Reconstruction.Span);
        json.WriteEndObject();
        WriteAlignment(json, prediction);
    }

    /// <summary>Names of the spectra of a file, so that a client can ask for another.</summary>
    public static void WriteNames(Utf8JsonWriter json, IReadOnlyList<MeasuredSpectrum> spectra) =>
        JsonAnswer.Texts(json, "spectra", spectra.Take(MostNames).Select(s => s.Name));

    private static void WriteAlignment(Utf8JsonWriter json, MeasuredPrediction prediction)
    {
        if (prediction.Alignment is not { } alignment)
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

    private Answer Predict(MeasuredSpectrum spectrum, string? name, string? element, MeasuredPredictionOptions options, string sha256)
    {
        var model = _models.For(spectrum, name, element);
        return new Answer(model, new MeasuredPredictor(model, options).Predict(spectrum, sha256));
    }

    private static void RequireFinite(double[] values, string name)
    {
        for (int i = 0; i < values.Length; i++)
            if (!double.IsFinite(values[i]))
                throw new RequestProblem(422, "this number is too large for 64 bits", string.Create(CultureInfo.InvariantCulture, $"{name}[{i}]"), remedy: "Leave points without a value out.");
    }
}
