using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using XanesMl.Inference.Models;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Scoring;

/// <summary>Turns spectra on a model's grid into styles, z = E(x), by encoder.onnx.</summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column data type | Known-sized vector of <xref:System.Single>, the model's number of points |
/// | Output column data type | Known-sized vector of <xref:System.Single>, slots Style1, Style2, ... |
/// | Exportable to ONNX | No (it is an ONNX model already) |
/// ]]></format>
/// A spectrum with a value that is not finite gives NaN styles. Load models from trusted sources only.
/// </remarks>
/// <example>
/// <code>
/// var step = mlContext.Transforms.Xanes().EncodeStyles("Styles", "ModelSpectrum", modelFolder);
/// </code>
/// </example>
public sealed class StylesEncodingEstimator : IEstimator<StylesEncodingTransformer>
{
    private readonly ScoringDefinition _definition;
    private readonly int _width;
    private readonly IReadOnlyList<DataViewSchema.DetachedColumn> _columns;

    internal StylesEncodingEstimator(ScoringDefinition definition)
    {
        _definition = definition.Checked();
        using var once = new StylesEncodingTransformer(_definition);
        (_width, _columns) = (once.Scorer.InputWidth, once.OutputColumns);
    }

    /// <summary>Checks the schema; reads no row.</summary>
    /// <exception cref="Spectra.XanesDataException">The input column is missing or of another type.</exception>
    public StylesEncodingTransformer Fit(IDataView input) => new StylesEncodingTransformer(_definition).CheckedFor(input);

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => ModelColumns.Promise(inputSchema, _definition, _width, _columns);
}

/// <summary>The fitted form of <see cref="StylesEncodingEstimator"/>; dispose of it when done.</summary>
/// <remarks>Load models from trusted sources only.</remarks>
public sealed class StylesEncodingTransformer : ModelScoringTransformer
{
    internal static readonly ComponentVersion Version = ComponentVersion.First("XANENCOD", "XanesEncodeStyles", typeof(StylesEncodingTransformer));

    internal StylesEncodingTransformer(ScoringDefinition definition)
        : base(definition, Version)
    {
    }

    // ML.NET finds it by this name and form; the context's type is internal to ML.NET.
    private static ITransformer Create(IHostEnvironment env, object context) =>
        ModelPersistence.Load(context, Version, r => new StylesEncodingTransformer(ScoringDefinition.Read(r, ModelFolder.EncoderFile, ModelTensors.Spectrum)));
}
