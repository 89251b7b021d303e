using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Inference;
using XanesMl.Inference.Models;
using XanesMl.Spectra;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Scoring;

/// <summary>One output of a model and the column it fills.</summary>
/// <param name="ModelOutput">Name in the ONNX graph.</param>
/// <param name="Column">Name of the column.</param>
/// <param name="IsScalar">True when an output of width 1 becomes a scalar.</param>
internal sealed record ScoredOutput(string ModelOutput, string Column, bool IsScalar = false);

/// <summary>A model with everything a scoring step is made of: plain data that estimators hold and pipelines save.</summary>
/// <param name="Model">Content of the ONNX file.</param>
/// <param name="What">File name for errors.</param>
/// <param name="ModelInput">Name of the graph's input.</param>
/// <param name="InputColumn">Column it is read from.</param>
/// <param name="Outputs">At least one.</param>
/// <param name="BatchSize">Rows that a cursor scores in one run.</param>
internal sealed record ScoringDefinition(
    ReadOnlyMemory<byte> Model, string What, string ModelInput, string InputColumn, IReadOnlyList<ScoredOutput> Outputs, int BatchSize)
{
    private const string ModelPart = "Model.onnx";
    private const int MostOutputs = 64;

    /// <summary>Largest batch: more gains nothing and costs memory in every cursor.</summary>
    public const int LargestBatch = 65536;

    /// <summary>Checks what the caller gave.</summary>
    public ScoringDefinition Checked()
    {
        if (BatchSize is < 1 or > LargestBatch)
            throw new XanesDataException($"a batch of {BatchSize} rows cannot be scored", source: "batchSize", remedy: $"Give 1 to {LargestBatch}.");
        if (Outputs.Count == 0)
            throw new XanesDataException("no output column is asked for", source: "columns", remedy: "Name at least one.");
        if (Outputs.GroupBy(o => o.Column).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new XanesDataException("two outputs would fill one column", column: twice.Key, remedy: "Give them different names.");
        return this;
    }

    public void Save(ModelSaveContext context, ComponentVersion version) => ModelPersistence.Save(context, version, w =>
    {
        w.Write(InputColumn);
        w.Write(BatchSize);
        w.Write(Outputs.Count);
        foreach (var o in Outputs)
        {
            w.Write(o.ModelOutput);
            w.Write(o.Column);
            w.Write(o.IsScalar);
        }
    }, (ModelPart, Model));

    public static ScoringDefinition Read(StateReader r, string what, string modelInput)
    {
        string input = r.Name();
        int batch = r.Int(1, LargestBatch);
        var outputs = new ScoredOutput[r.Int(1, MostOutputs)];
        for (int i = 0; i < outputs.Length; i++)
            outputs[i] = new ScoredOutput(r.Name(), r.Name(), r.Bool());
        return new ScoringDefinition(r.Blob(ModelPart), what, modelInput, input, outputs, batch).Checked();
    }
}

/// <summary>Base of the steps that score an ONNX model: batches inside cursors, one shared session, laziness by column.</summary>
/// <remarks>Rows whose input holds a value that is not finite count as missing: all their outputs are NaN.
/// Dispose of it (or of the pipeline that holds it) when done: it holds native memory.</remarks>
public abstract class ModelScoringTransformer : RowMappingTransformer, IDisposable
{
    private readonly ComponentVersion _version;

    private protected ModelScoringTransformer(ScoringDefinition definition, ComponentVersion version)
    {
        Definition = definition;
        _version = version;
        Scorer = new OnnxScorer(definition.Model, definition.ModelInput, definition.What);
        try
        {
            OutputColumns = ModelColumns.Describe(definition, Scorer);
        }
        catch
        {
            Scorer.Dispose();
            throw;
        }
    }

    internal ScoringDefinition Definition { get; }

    internal OnnxScorer Scorer { get; }

    internal IReadOnlyList<DataViewSchema.DetachedColumn> OutputColumns { get; }

    /// <summary>Frees the session when no run is in progress; later runs throw <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        Scorer.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected override RowMapper Bind(DataViewSchema inputSchema) => new ScoringMapper(this, inputSchema);

    private protected override void SaveModel(ModelSaveContext context) => Definition.Save(context, _version);
}

/// <summary>What a model's outputs look like as columns.</summary>
internal static class ModelColumns
{
    public static IReadOnlyList<DataViewSchema.DetachedColumn> Describe(ScoringDefinition definition, OnnxScorer scorer)
    {
        var columns = new List<DataViewSchema.DetachedColumn>();
        foreach (var o in definition.Outputs)
        {
            if (!scorer.Outputs.TryGetValue(o.ModelOutput, out int width))
                throw new XanesModelException($"the model has no output '{o.ModelOutput}'", definition.What, string.Join(", ", scorer.Outputs.Keys),
                    "Give the model that this step is for, or ask for fewer columns.");
            if (o.IsScalar && width != 1)
                throw new XanesModelException($"output '{o.ModelOutput}' must have one value a row", definition.What, $"{width}", "Give the model that this step is for.");
            columns.Add(o.IsScalar
                ? new DataViewSchema.DetachedColumn(o.Column, NumberDataViewType.Single)
                : Columns.FloatVector(o.Column, SlotNames(o.ModelOutput, width, scorer.Properties, definition.What)));
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

    private static string[]? DescriptorNames(IReadOnlyDictionary<string, string> properties, string file) =>
        Parse(properties, file, ModelJson.PropertyPrefix + "descriptors", e => e.GetProperty("name").GetString()!);

    private static string[]? EnergyNames(IReadOnlyDictionary<string, string> properties, string file) =>
        Parse(properties, file, ModelJson.PropertyPrefix + "energies", e => e.GetDouble()) is { } energies ? Columns.EnergyNames(energies) : null;

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
