using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Inference;
using XanesMl.Inference.Domain;
using XanesMl.Inference.Models;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Scoring;

/// <summary>What a model's outputs look like as columns.</summary>
internal static class ModelColumns
{
    public static IReadOnlyList<DataViewSchema.DetachedColumn> Describe(ScoringDefinition definition, OnnxScorer scorer)
    {
        var columns = new List<DataViewSchema.DetachedColumn>();
        foreach (var o in definition.Outputs)
        {
            foreach (string need in o.Needs)
                if (!scorer.Outputs.ContainsKey(need))
                    throw new XanesModelException($"the model has no output '{need}'", definition.What, string.Join(", ", scorer.Outputs.Keys),
                        "Give the model that this step is for, or ask for fewer columns.");
            int width = scorer.Outputs[o.ModelOutput];
            if (o.Form != OutputForm.Vector && width != 1)
                throw new XanesModelException($"output '{o.ModelOutput}' must have one value a row", definition.What, $"{width}", "Give the model that this step is for.");
            columns.Add(o.Form switch
            {
                OutputForm.Vector => Columns.FloatVector(o.Column, SlotNames(o.ModelOutput, width, scorer.Properties, definition.What)),
                OutputForm.Verdict or OutputForm.Reasons => new DataViewSchema.DetachedColumn(o.Column, TextDataViewType.Instance),
                _ => new DataViewSchema.DetachedColumn(o.Column, NumberDataViewType.Single),
            });
        }

        return columns;
    }

    /// <summary>The schema shape check and promise that all scoring estimators share.</summary>
    public static SchemaShape Promise(SchemaShape input, ScoringDefinition definition, int width, IEnumerable<DataViewSchema.DetachedColumn> added)
    {
        SchemaShapes.Require(input, definition.InputColumn, Expected(width),
            c => c.Kind == SchemaShape.Column.VectorKind.Vector && c.ItemType == NumberDataViewType.Single);
        return SchemaShapes.With(input, added);
    }

    public static string Expected(int width) => $"Vector<Single, {width}>";

    private static string[] SlotNames(string output, int width, IReadOnlyDictionary<string, string> properties, string file)
    {
        string[]? names = output switch
        {
            ModelTensors.Descriptors or ModelTensors.DescriptorStd => DescriptorNames(properties, file),
            ModelTensors.Spectrum or ModelTensors.Reconstruction => EnergyNames(properties, file),
            _ => null,
        };
        if (names?.Length == width)
            return names;
        string word = output switch
        {
            ModelTensors.Styles => "Style",
            ModelTensors.Descriptors or ModelTensors.DescriptorStd => "Descriptor",
            _ => "Point",
        };
        return [.. Enumerable.Range(1, width).Select(i => $"{word}{i}")];
    }

    /// <summary>Slot names of one of the model's outputs.</summary>
    public static string[] NamesOf(string output, OnnxScorer scorer, string file) => scorer.Outputs.TryGetValue(output, out int width)
        ? SlotNames(output, width, scorer.Properties, file)
        : throw new XanesModelException($"the model has no output '{output}'", file, string.Join(", ", scorer.Outputs.Keys), "Give the model that this step is for.");

    /// <summary>Names of the model's descriptors, or null where the file does not say them.</summary>
    public static string[]? DescriptorNames(IReadOnlyDictionary<string, string> properties, string file) =>
        Parse(properties, file, ModelJson.PropertyPrefix + "descriptors", e => e.GetProperty("name").GetString()!);

    private static string[]? EnergyNames(IReadOnlyDictionary<string, string> properties, string file) =>
        Parse(properties, file, ModelJson.PropertyPrefix + "energies", e => e.GetDouble()) is { } energies ? Columns.EnergyNames(energies) : null;

    /// <summary>The thresholds that the model file carries, or null.</summary>
    public static DomainThresholds? DomainOf(IReadOnlyDictionary<string, string> properties, string file)
    {
        if (!properties.TryGetValue(ModelJson.PropertyPrefix + "domain", out string? text))
            return null;
        try
        {
            return ModelJson.ParseDomain(text);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new XanesModelException($"the metadata property {ModelJson.PropertyPrefix}domain is not readable: {e.Message}", file, remedy: "Export the model again.", inner: e);
        }
    }

    private static T[]? Parse<T>(IReadOnlyDictionary<string, string> properties, string file, string key, Func<JsonElement, T> read)
    {
        if (!properties.TryGetValue(key, out string? text))
            return null;
        try
        {
            using var json = JsonDocument.Parse(text);
            return [.. json.RootElement.EnumerateArray().Select(read)];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new XanesModelException($"the metadata property {key} is not readable: {e.Message}", file, remedy: "Export the model again.", inner: e);
        }
    }
}
