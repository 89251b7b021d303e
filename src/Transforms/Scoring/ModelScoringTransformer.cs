using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Inference.Domain;
using XanesMl.Inference.Models;
using XanesMl.Spectra;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Scoring;

/// <summary>What a column makes of a model's output. The numbers stand in saved pipelines.</summary>
internal enum OutputForm
{
    /// <summary>The values, as a vector.</summary>
    Vector = 0,

    /// <summary>The one value of an output of width 1.</summary>
    Scalar = 1,

    /// <summary>Percent of training rows with a reconstruction error not above this one's.</summary>
    Percentile = 2,

    /// <summary>Name of the <see cref="Inference.Domain.Verdict"/>.</summary>
    Verdict = 3,

    /// <summary>The findings behind the verdict.</summary>
    Reasons = 4,
}

/// <summary>One output of a model and the column it fills.</summary>
/// <param name="ModelOutput">Name in the ONNX graph; for the forms from Percentile on the reconstruction error, beside which they need the styles.</param>
/// <param name="Column">Name of the column.</param>
/// <param name="Form">What the column makes of it.</param>
internal sealed record ScoredOutput(string ModelOutput, string Column, OutputForm Form = OutputForm.Vector)
{
    /// <summary>Outputs of the graph that the column is made of.</summary>
    public IReadOnlyList<string> Needs => Form is OutputForm.Vector or OutputForm.Scalar ? [ModelOutput] : [ModelTensors.ReconstructionError, ModelTensors.Styles];
}

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
            w.Write((byte)o.Form);
        }
    }, (ModelPart, Model));

    public static ScoringDefinition Read(StateReader r, string what, string modelInput)
    {
        string input = r.Name();
        int batch = r.Int(1, LargestBatch);
        var outputs = new ScoredOutput[r.Int(1, MostOutputs)];
        for (int i = 0; i < outputs.Length; i++)
            outputs[i] = new ScoredOutput(r.Name(), r.Name(), Form(r.Byte()));
        return new ScoringDefinition(r.Blob(ModelPart), what, modelInput, input, outputs, batch).Checked();
    }

    private static OutputForm Form(byte b) => Enum.IsDefined((OutputForm)b) ? (OutputForm)b : throw new InvalidDataException($"{b} is no form of an output");
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
            Domain = new DomainCheck(ModelColumns.DomainOf(Scorer.Properties, definition.What));
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

    internal DomainCheck Domain { get; }

    /// <summary>Frees the session when no run is in progress; later runs throw <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        Scorer.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected override RowMapper Bind(DataViewSchema inputSchema) => new ScoringMapper(this, inputSchema);

    private protected override void SaveModel(ModelSaveContext context) => Definition.Save(context, _version);
}
