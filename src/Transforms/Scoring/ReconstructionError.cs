using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using XanesMl.Inference.Models;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Scoring;

/// <summary>Tells how well a model reproduces spectra on its grid: error = mean |x - D(E(x))|, its percentile among the training rows, and the verdict of the domain check on error and styles,
/// by predictor.onnx.</summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column data type | Known-sized vector of <xref:System.Single>, the model's number of points |
/// | Output column data type | ReconstructionError, ErrorPercentile: <xref:System.Single>. Verdict, VerdictReasons: text |
/// | Exportable to ONNX | No |
/// ]]></format>
/// Out of the domain: error or Mahalanobis distance of the styles above the limits that training set. extrapolating: a style beyond those of the training rows. not-checked: a model without thresholds.
/// A spectrum with a value that is not finite has NaN and the verdict out-of-domain. Load models from trusted sources only.
/// </remarks>
/// <example>
/// <code>
/// var step = mlContext.Transforms.Xanes().ReconstructionError("ModelSpectrum", modelFolder);
/// </code>
/// </example>
public sealed class ReconstructionErrorEstimator : IEstimator<ReconstructionErrorTransformer>
{
    private readonly ScoringDefinition _definition;
    private readonly int _width;
    private readonly IReadOnlyList<DataViewSchema.DetachedColumn> _columns;

    internal ReconstructionErrorEstimator(ScoringDefinition definition)
    {
        _definition = definition.Checked();
        using var once = new ReconstructionErrorTransformer(_definition);
        (_width, _columns) = (once.Scorer.InputWidth, once.OutputColumns);
    }

    /// <summary>Checks the schema; reads no row.</summary>
    /// <exception cref="Spectra.XanesDataException">The input column is missing or of another type.</exception>
    public ReconstructionErrorTransformer Fit(IDataView input) => new ReconstructionErrorTransformer(_definition).CheckedFor(input);

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => ModelColumns.Promise(inputSchema, _definition, _width, _columns);
}

/// <summary>The fitted form of <see cref="ReconstructionErrorEstimator"/>; dispose of it when done.</summary>
/// <remarks>Load models from trusted sources only.</remarks>
public sealed class ReconstructionErrorTransformer : ModelScoringTransformer
{
    internal static readonly ComponentVersion Version = ComponentVersion.First("XANRECER", "XanesReconstructionError", typeof(ReconstructionErrorTransformer));

    internal ReconstructionErrorTransformer(ScoringDefinition definition)
        : base(definition, Version)
    {
    }

    // ML.NET finds it by this name and form; the context's type is internal to ML.NET.
    private static ITransformer Create(IHostEnvironment env, object context) =>
        ModelPersistence.Load(context, Version, r => new ReconstructionErrorTransformer(ScoringDefinition.Read(r, ModelFolder.PredictorFile, ModelTensors.Spectrum)));
}
