using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using XanesMl.Inference.Domain;
using XanesMl.Inference.Models;
using XanesMl.Inference.Predictions;

namespace XanesMl.Edge.Serving;

/// <summary>GET /model, POST /decode and GET /health.</summary>
internal sealed class ModelEndpoints
{
    // Styles are standardized; a model without thresholds shows what 99.7 % of a normal distribution has.
    private const double UnknownRange = 3;

    private const int MostBytes = 64 << 10;

    private readonly ModelSet _models;
    private readonly ServeCounts _counts;

    public ModelEndpoints(ModelSet models, ServeCounts counts) => (_models, _counts) = (models, counts);

    /// <summary>What clients need to draw and to choose.</summary>
    public Task Models(HttpContext context) => JsonAnswer.Send(context, json =>
    {
        json.WriteStartObject();
        json.WriteString("version", PredictionResult.ThisVersion);
        json.WriteStartArray("models");
        foreach (var model in _models.Entries)
            WriteModel(json, model);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>Whether the server is there, and what it has done.</summary>
    public Task Health(HttpContext context) => JsonAnswer.Send(context, json =>
    {
        json.WriteStartObject();
        json.WriteString("status", "ok");
        json.WriteString("version", PredictionResult.ThisVersion);
        JsonAnswer.Texts(json, "models", _models.Identities.Select(m => m.Id));
        json.WriteNumber("uptime_s", Math.Round(_counts.Uptime, 3));
        json.WriteNumber("requests", _counts.Requests);
        json.WriteNumber("refused", _counts.Refused);
        json.WriteNumber("failed", _counts.Failed);
        json.WriteNumber("spectra", _counts.Spectra);
        json.WriteEndObject();
    });

    /// <summary>Styles, or descriptors, to a spectrum.</summary>
    public async Task Decode(HttpContext context)
    {
        if (RequestBody.Kind(context.Request) != BodyKind.Json)
            throw new RequestProblem(StatusCodes.Status415UnsupportedMediaType, "styles come as JSON", "header Content-Type", context.Request.ContentType, "Send application/json.");
        var request = RequestJson.Decode((await RequestBody.ReadAsync(context, MostBytes)).Span);
        var model = SpectrumPredictions.Named(_models, request.Model);
        var metadata = model.Metadata;
        double[] styles = Styles(request, metadata);
        var limited = Move(request, metadata, styles);
        float[] input = [.. styles.Select(s => (float)s)];
        float[] spectrum = model.Model.DecodeStyles(input, 1);
        if (Array.Exists(spectrum, v => !float.IsFinite(v)))
            throw new RequestProblem(StatusCodes.Status422UnprocessableEntity, "the decoder draws no finite spectrum of these styles", "styles", remedy: "Stay near the ranges of GET /model.");
        await JsonAnswer.Send(context, json => WriteDecoded(json, model, input, spectrum, limited));
    }

    /// <summary>Range of a style: smallest and largest value of the training rows.</summary>
    public static (double Low, double High) Range(ModelMetadata metadata, int style) =>
        metadata.Domain is { } domain ? (domain.StyleMin[style], domain.StyleMax[style]) : (-UnknownRange, UnknownRange);

    private static double[] Styles(DecodeRequest request, ModelMetadata metadata)
    {
        if (request.Styles is not { } styles)
            return [.. Enumerable.Range(0, metadata.StyleCount).Select(s => metadata.Domain?.StyleMean[s] ?? 0)];
        if (styles.Length != metadata.StyleCount)
            throw new RequestProblem(StatusCodes.Status422UnprocessableEntity, string.Create(CultureInfo.InvariantCulture, $"the model {metadata.Name} has {metadata.StyleCount} styles"), "styles",
                string.Create(CultureInfo.InvariantCulture, $"{styles.Length} numbers"), "Give one number for each style, or leave styles out for their mean.");
        // The decoder computes with 32 bits.
        if (Array.FindIndex(styles, v => !float.IsFinite((float)v)) is >= 0 and var at)
            throw new RequestProblem(StatusCodes.Status422UnprocessableEntity, "this number is too large for 32 bits", string.Create(CultureInfo.InvariantCulture, $"styles[{at}]"), remedy: "Stay near the ranges of GET /model.");
        return [.. styles];
    }

    /// <summary>Moves the styles of the descriptors that were given; tells which values no style of the range has.</summary>
    private static HashSet<string> Move(DecodeRequest request, ModelMetadata metadata, double[] styles)
    {
        var limited = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, value) in request.Descriptors ?? [])
        {
            int k = metadata.Descriptors.Select(d => d.Name).ToList().IndexOf(name);
            if (k < 0 || k >= metadata.Calibrations.Count)
                throw new RequestProblem(StatusCodes.Status422UnprocessableEntity, $"the model {metadata.Name} has no calibrated descriptor of this name", "descriptors", name,
                    metadata.Calibrations.Count == 0 ? "It has none at all; give styles." : $"It has {string.Join(", ", metadata.Descriptors.Select(d => d.Name))}.");
            if (!double.IsFinite(value))
                throw new RequestProblem(StatusCodes.Status422UnprocessableEntity, "this number is too large for 64 bits", "descriptors, " + name, remedy: "Give a value of the descriptor's range.");
            var (low, high) = Range(metadata, k);
            var found = InverseCalibration.Find(metadata.Calibrations[k], value, styles[k], low, high);
            styles[k] = found.Style;
            if (found.Limited)
                limited.Add(name);
        }

        return limited;
    }

    private static void WriteDecoded(Utf8JsonWriter json, ModelEntry model, float[] styles, float[] spectrum, HashSet<string> limited)
    {
        var metadata = model.Metadata;
        var assessment = new DomainCheck(metadata.Domain).Assess(styles, 0);
        json.WriteStartObject();
        json.WriteString("model", model.Identity.Id);
        JsonAnswer.Numbers(json, "styles", styles);
        json.WriteStartObject("descriptors");
        for (int k = 0; k < metadata.Calibrations.Count; k++)
        {
            string name = metadata.Descriptors[k].Name;
            json.WriteStartObject(name);
            JsonAnswer.Number(json, "value", metadata.Calibrations[k].Evaluate(styles[k]));
            json.WriteString("unit", metadata.Descriptors[k].Unit);
            if (metadata.CoordinationThresholds is { } classes && classes.Descriptor == name)
                json.WriteNumber("class", classes.Classify(styles[k]));
            json.WriteBoolean("limited", limited.Contains(name));
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteString("verdict", assessment.Verdict.ToText());
        JsonAnswer.Texts(json, "reasons", assessment.Reasons);
        JsonAnswer.Numbers(json, "spectrum", spectrum);
        json.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter json, ModelEntry model)
    {
        var m = model.Metadata;
        json.WriteStartObject();
        json.WriteString("id", model.Identity.Id);
        json.WriteString("name", m.Name);
        JsonAnswer.Texts(json, "elements", m.Elements);
        json.WriteString("edge", m.Edge);
        json.WriteBoolean("relative_to_edge", m.EnergyAxis == EnergyAxis.RelativeToEdge);
        json.WriteStartObject("edge_references");
        foreach (var (element, energy) in m.EdgeReferences)
            json.WriteNumber(element, energy);
        json.WriteEndObject();
        JsonAnswer.Numbers(json, "energies", m.Energies);
        WriteStyles(json, m);
        WriteDescriptors(json, m);
        if (m.CoordinationThresholds is { } classes)
        {
            json.WriteStartObject("classes");
            json.WriteString("descriptor", classes.Descriptor);
            JsonAnswer.Numbers(json, "values", classes.Classes.Select(c => (double)c));
            JsonAnswer.Numbers(json, "thresholds", classes.Thresholds);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("classes");
        }

        JsonAnswer.Number(json, "reconstruction_error_limit", m.Domain?.ReconstructionErrorLimit);
        JsonAnswer.Number(json, "style_distance_limit", m.Domain?.MahalanobisLimit);
        json.WriteString("data_notice", m.Provenance.DataNotice);
        json.WriteEndObject();
    }

    private static void WriteStyles(Utf8JsonWriter json, ModelMetadata m)
    {
        json.WriteStartArray("styles");
        for (int s = 0; s < m.StyleCount; s++)
        {
            var (low, high) = Range(m, s);
            json.WriteStartObject();
            json.WriteString("descriptor", s < m.Descriptors.Count ? m.Descriptors[s].Name : null);
            json.WriteNumber("low", low);
            json.WriteNumber("high", high);
            json.WriteNumber("mean", m.Domain?.StyleMean[s] ?? 0);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteDescriptors(Utf8JsonWriter json, ModelMetadata m)
    {
        json.WriteStartArray("descriptors");
        for (int k = 0; k < m.Calibrations.Count; k++)
        {
            var (d, c) = (m.Descriptors[k], m.Calibrations[k]);
            var (from, to) = Range(m, k);
            var (low, high) = InverseCalibration.Reach(c, from, to);
            json.WriteStartObject();
            json.WriteString("name", d.Name);
            json.WriteString("unit", d.Unit);
            json.WriteString("meaning", d.Meaning);
            json.WriteNumber("min", d.Min);
            json.WriteNumber("max", d.Max);
            json.WriteNumber("calibrated_low", low);
            json.WriteNumber("calibrated_high", high);
            json.WriteNumber("half_width90", c.HalfWidth90);
            json.WriteStartObject("calibration");
            json.WriteString("kind", c.Kind switch { CalibrationKind.Isotonic => "isotonic", CalibrationKind.Linear => "linear", _ => "quadratic" });
            JsonAnswer.Numbers(json, "coefficients", c.Coefficients);
            JsonAnswer.Numbers(json, "knot_styles", c.KnotStyles);
            JsonAnswer.Numbers(json, "knot_values", c.KnotValues);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
