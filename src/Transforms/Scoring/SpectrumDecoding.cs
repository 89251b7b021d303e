using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using XanesMl.Inference.Models;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Scoring;

/// <summary>Turns styles into spectra on the model's grid, x = D(z), by decoder.onnx.</summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column data type | Known-sized vector of <xref:System.Single>, the model's number of styles |
/// | Output column data type | Known-sized vector of <xref:System.Single>, one slot an energy |
/// | Exportable to ONNX | No (it is an ONNX model already) |
/// ]]></format>
/// Styles with a value that is not finite give a spectrum of NaN. Load models from trusted sources only.
/// </remarks>
/// <example>
/// <code>
/// var step = mlContext.Transforms.Xanes().DecodeSpectrum("Decoded", "Styles", modelFolder);
/// </code>
/// </example>
public sealed class SpectrumDecodingEstimator : IEstimator<SpectrumDecodingTransformer>
{
    private readonly ScoringDefinition _definition;
    private readonly int _width;
    private readonly IReadOnlyList<DataViewSchema.DetachedColumn> _columns;

    internal SpectrumDecodingEstimator(ScoringDefinition definition)
    {
        _definition = definition.Checked();
        using var once = new SpectrumDecodingTransformer(_definition);
        (_width, _columns) = (once.Scorer.InputWidth, once.OutputColumns);
    }

    /// <summary>Checks the schema; reads no row.</summary>
    /// <exception cref="Spectra.XanesDataException">The input column is missing or of another type.</exception>
    public SpectrumDecodingTransformer Fit(IDataView input) => new SpectrumDecodingTransformer(_definition).CheckedFor(input);

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => ModelColumns.Promise(inputSchema, _definition, _width, _columns);
}

/// <summary>The fitted form of <see cref="SpectrumDecodingEstimator"/>; dispose of it when done.</summary>
/// <remarks>Load models from trusted sources only.</remarks>
public sealed class SpectrumDecodingTransformer : ModelScoringTransformer
{
    internal static readonly ComponentVersion Version = ComponentVersion.First("XANDECOD", "XanesDecodeSpectrum", typeof(SpectrumDecodingTransformer));

    internal SpectrumDecodingTransformer(ScoringDefinition definition)
        : base(definition, Version)
    {
    }

    // ML.NET finds it by this name and form; the context's type is internal to ML.NET.
    private static ITransformer Create(IHostEnvironment env, object context) =>
        ModelPersistence.Load(context, Version, r => new SpectrumDecodingTransformer(ScoringDefinition.Read(r, ModelFolder.DecoderFile, ModelTensors.Styles)));
}
