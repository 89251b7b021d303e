using System.Globalization;
using XanesMl.Inference.Domain;
using XanesMl.Spectra.IO;

namespace XanesMl.Inference.Predictions;

/// <summary>One column of CSV and Parquet: a name, and one of four ways to get its value.</summary>
internal sealed record ResultColumn(string Name)
{
    /// <summary>Text; null is an empty cell.</summary>
    public Func<PredictionResult, string?>? Text { get; private init; }

    /// <summary>A float32; NaN and what is beyond its range are empty.</summary>
    public Func<PredictionResult, double>? Single { get; private init; }

    /// <summary>A float64, for energies; null is empty.</summary>
    public Func<PredictionResult, double?>? Double { get; private init; }

    /// <summary>A whole number; null is empty.</summary>
    public Func<PredictionResult, int?>? Whole { get; private init; }

    /// <summary>The columns of a table, in their order.</summary>
    public static IReadOnlyList<ResultColumn> Of(PredictionTable table)
    {
        string units = ResultJson.Object(table.Descriptors.Select(d => (d.Name, d.Unit)));
        return
        [
            OfText("file", r => r.File), OfText("spectrum", r => r.Spectrum),
            OfText("material", r => r.Prediction?.Material), OfText("site", r => r.Prediction?.Site), OfText("element", r => r.Prediction?.Element),
            .. table.Descriptors.SelectMany(d => Estimate(d.Name)), .. table.ClassDescriptors.Select(Class),
            OfText("verdict", r => r.Verdict?.ToText()), OfText("reasons", r => string.Join("; ", r.Reasons)), OfText("warnings", r => string.Join("; ", r.Warnings)),
            OfSingle("reconstruction_error", r => r.Prediction?.ReconstructionError ?? double.NaN), OfSingle("percentile", r => r.Prediction?.ErrorPercentile ?? double.NaN),
            OfDouble("e0", r => r.Prediction?.Origin?.E0), OfDouble("edge_step", r => r.Prediction?.Origin?.EdgeStep), OfDouble("energy_shift", r => r.Prediction?.Origin?.EnergyShift),
            OfText("parameters", r => ResultJson.Object(r.Parameters.Select(p => (p.Key, p.Value)))), OfText("units", _ => units),
            OfText("model", r => r.Model?.Id), OfText("model_sha256", r => r.Model?.Sha256), OfText("input_sha256", r => r.InputSha256),
            OfText("version", r => r.Version), OfText("time", r => Time(r.Time)),
        ];
    }

    /// <summary>The value as text; empty where there is none.</summary>
    public string Cell(PredictionResult row)
    {
        if (Text is not null)
            return Safe(row) ?? "";
        if (Whole is not null)
            return Whole(row)?.ToString(CultureInfo.InvariantCulture) ?? "";
        if (Double is not null)
            return Double(row) is { } value && double.IsFinite(value) ? value.ToString("R", CultureInfo.InvariantCulture) : "";
        float single = (float)Single!(row);
        return float.IsFinite(single) ? single.ToString("R", CultureInfo.InvariantCulture) : "";
    }

    /// <summary>Text without control characters.</summary>
    public string? Safe(PredictionResult row) => Text!(row) is { } text ? SafeText.Escaped(text) : null;

    /// <summary>UTC in ISO 8601, to the millisecond.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>The estimate of a descriptor; null where the row's model has none of that name.</summary>
    public static DescriptorEstimate? Of(PredictionResult row, string descriptor)
    {
        if (row is not { Model: { } model, Prediction: { } prediction })
            return null;
        for (int k = 0; k < prediction.Estimates.Count; k++)
            if (string.Equals(model.Descriptors[k].Name, descriptor, StringComparison.Ordinal))
                return prediction.Estimates[k];
        return null;
    }

    private static IEnumerable<ResultColumn> Estimate(string name)
    {
        yield return OfSingle(name, r => Of(r, name)?.Value ?? double.NaN);
        yield return OfSingle(name + "_low", r => Of(r, name)?.Low ?? double.NaN);
        yield return OfSingle(name + "_high", r => Of(r, name)?.High ?? double.NaN);
    }

    private static ResultColumn Class(string name) =>
        new(name + "_class") { Whole = r => r.Model?.ClassDescriptor == name ? r.Prediction?.CoordinationClass : null };

    private static ResultColumn OfText(string name, Func<PredictionResult, string?> value) => new(name) { Text = value };

    private static ResultColumn OfSingle(string name, Func<PredictionResult, double> value) => new(name) { Single = value };

    private static ResultColumn OfDouble(string name, Func<PredictionResult, double?> value) => new(name) { Double = value };
}
