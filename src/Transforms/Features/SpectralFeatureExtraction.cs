using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using XanesMl.Spectra;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Features;

/// <summary>Reads edge position and slope, pre-edge peak, main peak, pit and second peak off normalized spectra: descriptors that need no model. The rules:
/// <see cref="Spectra.Features.SpectralFeatureExtractor"/> and docs/features.md.</summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column data type | Vectors of <xref:System.Double> or <xref:System.Single>: energies in eV, and normalized absorption; known or variable size. E0 (optional): <xref:System.Double> or <xref:System.Single> |
/// | Output column data type | Known-sized vector of <xref:System.Single>, one slot a feature, named as the feature |
/// | Exportable to ONNX | No |
/// ]]></format>
/// Arithmetic is float64, from s(E), a local quadratic fit of fixed width in eV. A feature that a spectrum does not have is NaN (ReplaceMissingValues with a mode, such as Mean, before trainers that
/// take none: its default is 0, and no edge lies at 0 eV), and so are all features of a spectrum without points or with a value that is not finite. Energies that do not increase, fewer than 8 points, or another number of absorption
/// values: reading the row throws <see cref="XanesDataException"/> with the row's number.
/// </remarks>
/// <example>
/// <code>
/// var step = mlContext.Transforms.Xanes().ExtractSpectralFeatures(new ExtractSpectralFeaturesOptions { E0 = "E0", Features = ["EdgeOffset", "MainPeakIntensity"] });
/// </code>
/// </example>
public sealed class SpectralFeatureEstimator : IEstimator<SpectralFeatureTransformer>
{
    private readonly SpectralFeatureTransformer _step;

    internal SpectralFeatureEstimator(SpectralFeatureTransformer step) => _step = step;

    /// <summary>Checks the schema; reads no row.</summary>
    /// <exception cref="XanesDataException">A column is missing or of another type.</exception>
    public SpectralFeatureTransformer Fit(IDataView input) => _step.CheckedFor(input);

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        foreach (var c in _step.Inputs)
            SchemaShapes.Require(inputSchema, c.Name, c.Expected, c.AcceptsShape);
        return SchemaShapes.With(inputSchema, [_step.Output]);
    }
}

/// <summary>The fitted form of <see cref="SpectralFeatureEstimator"/>.</summary>
public sealed class SpectralFeatureTransformer : RowMappingTransformer
{
    internal static readonly ComponentVersion Version = ComponentVersion.First("XANFEATS", "XanesSpectralFeatures", typeof(SpectralFeatureTransformer));

    internal SpectralFeatureTransformer(ExtractSpectralFeaturesOptions options)
    {
        Options = options.Checked();
        Inputs =
        [
            InputColumn.Doubles(Options.Energy, EnergyReader.Expected), InputColumn.Doubles(Options.Spectrum, "Vector<Double> or Vector<Single> of normalized absorption"),
            .. Options.E0 is { } e0 ? [InputColumn.Number(e0, "Double or Single with E0 in eV (or null for option E0)")] : Array.Empty<InputColumn>(),
        ];
        Output = Columns.FloatVector(Options.Output, Options.Features, Options.Features.Count);
    }

    /// <summary>Columns and search.</summary>
    public ExtractSpectralFeaturesOptions Options { get; }

    internal IReadOnlyList<InputColumn> Inputs { get; }

    internal DataViewSchema.DetachedColumn Output { get; }

    private protected override RowMapper Bind(DataViewSchema inputSchema) =>
        new Mapper(this, inputSchema, [.. Inputs.Select(c => Columns.Require(inputSchema, c.Name, c.Expected, c.Accepts).Index)]);

    private protected override void SaveModel(ModelSaveContext context) => ModelPersistence.Save(context, Version, Options.Write);

    private static ITransformer Create(IHostEnvironment env, object context) =>
        ModelPersistence.Load(context, Version, r => new SpectralFeatureTransformer(ExtractSpectralFeaturesOptions.Read(r)));

    private sealed class Mapper(SpectralFeatureTransformer step, DataViewSchema input, int[] inputs) : RowMapper(input, inputs, [step.Output])
    {
        protected internal override Delegate?[] CreateGetters(DataViewRow input, ReadOnlySpan<bool> active, out IDisposable? resources)
        {
            resources = null;
            var row = new RowFeatures(step.Options, input, Dependencies);
            ValueGetter<VBuffer<float>> getter = (ref VBuffer<float> destination) =>
            {
                var editor = VBufferEditor.Create(ref destination, step.Options.Features.Count);
                row.Extract(editor.Values);
                destination = editor.Commit();
            };
            return [getter];
        }
    }
}
