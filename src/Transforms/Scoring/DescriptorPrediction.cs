using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using XanesMl.Inference.Models;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Scoring;

/// <summary>Predicts structure descriptors, in their units, of spectra on a model's grid, by predictor.onnx: descriptors, their spread over the ensemble,
/// styles, reconstruction and reconstruction error.</summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column data type | Known-sized vector of <xref:System.Single>, the model's number of points |
/// | Output column data type | Known-sized vectors of <xref:System.Single> with slot names (descriptor names, Style1..., energies); ReconstructionError is a <xref:System.Single>, Verdict is text |
/// | Exportable to ONNX | No (it is an ONNX model already) |
/// ]]></format>
/// A spectrum with a value that is not finite gives NaN in every output. Outputs that nobody reads are not copied. Load models from trusted sources only.
/// </remarks>
/// <example>
/// <code>
/// var step = mlContext.Transforms.Xanes().PredictDescriptors("ModelSpectrum", modelFolder);
/// </code>
/// </example>
public sealed class DescriptorPredictionEstimator : IEstimator<DescriptorPredictionTransformer>
{
    private readonly ScoringDefinition _definition;
    private readonly int _width;
    private readonly IReadOnlyList<DataViewSchema.DetachedColumn> _columns;

    internal DescriptorPredictionEstimator(ScoringDefinition definition)
    {
        _definition = definition.Checked();
        using var once = new DescriptorPredictionTransformer(_definition);
        (_width, _columns) = (once.Scorer.InputWidth, once.OutputColumns);
    }

    /// <summary>Checks the schema; reads no row.</summary>
    /// <exception cref="Spectra.XanesDataException">The input column is missing or of another type.</exception>
    public DescriptorPredictionTransformer Fit(IDataView input) => new DescriptorPredictionTransformer(_definition).CheckedFor(input);

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => ModelColumns.Promise(inputSchema, _definition, _width, _columns);
}

/// <summary>The fitted form of <see cref="DescriptorPredictionEstimator"/>; dispose of it when done.</summary>
/// <remarks>Load models from trusted sources only.</remarks>
public sealed class DescriptorPredictionTransformer : ModelScoringTransformer
{
    // Version 2 may hold a verdict; what version 1 wrote means the same as ever.
    internal static readonly ComponentVersion Version = new("XANPREDI", 0x00010002, 0x00010002, 0x00010001, "XanesPredictDescriptors", typeof(DescriptorPredictionTransformer));

    internal DescriptorPredictionTransformer(ScoringDefinition definition)
        : base(definition, Version)
    {
    }

    // ML.NET finds it by this name and form; the context's type is internal to ML.NET.
    private static ITransformer Create(IHostEnvironment env, object context) =>
        ModelPersistence.Load(context, Version, r => new DescriptorPredictionTransformer(ScoringDefinition.Read(r, ModelFolder.PredictorFile, ModelTensors.Spectrum)));
}
