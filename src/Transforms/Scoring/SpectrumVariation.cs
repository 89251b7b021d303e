using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using XanesMl.Inference.Models;
using XanesMl.Spectra;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Scoring;

/// <summary>Shows how the spectrum changes with one style k: X_j = D(z_1, ..., v_j, ..., z_S) with v_j from Low to High in equal steps, and the residual X_last - X_first
/// (domain.md section 2.3 for one sample instead of an average), by decoder.onnx.</summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column data type | Known-sized vector of <xref:System.Single>, the model's number of styles; or none |
/// | Output column data type | Variation: known-sized vector of <xref:System.Single> of two dimensions, steps by points. Residual: known-sized vector of <xref:System.Single>, one slot an energy |
/// | Exportable to ONNX | No |
/// ]]></format>
/// Styles with a value that is not finite give NaN. Load models from trusted sources only.
/// </remarks>
/// <example>
/// <code>
/// var step = mlContext.Transforms.Xanes().VarySpectrum(modelFolder, new VarySpectrumOptions { Descriptor = "CN" });
/// </code>
/// </example>
public sealed class SpectrumVariationEstimator : IEstimator<SpectrumVariationTransformer>
{
    private readonly byte[] _decoder;
    private readonly VarySpectrumOptions _options;
    private readonly int _styles;
    private readonly IReadOnlyList<DataViewSchema.DetachedColumn> _columns;

    internal SpectrumVariationEstimator(byte[] decoder, VarySpectrumOptions options)
    {
        (_decoder, _options) = (decoder, options);
        using var once = new SpectrumVariationTransformer(decoder, options);
        (_styles, _columns) = (once.Scorer.InputWidth, once.Added);
    }

    /// <summary>Checks the schema; reads no row.</summary>
    /// <exception cref="XanesDataException">The styles' column is missing or of another type.</exception>
    public SpectrumVariationTransformer Fit(IDataView input) => new SpectrumVariationTransformer(_decoder, _options).CheckedFor(input);

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        if (_options.Styles is { } styles)
            SchemaShapes.Require(inputSchema, styles, ModelColumns.Expected(_styles), c => c.Kind == SchemaShape.Column.VectorKind.Vector && c.ItemType == NumberDataViewType.Single);
        return SchemaShapes.With(inputSchema, _columns);
    }
}

/// <summary>The fitted form of <see cref="SpectrumVariationEstimator"/>; dispose of it when done.</summary>
/// <remarks>Load models from trusted sources only.</remarks>
public sealed class SpectrumVariationTransformer : RowMappingTransformer, IDisposable
{
    internal static readonly ComponentVersion Version = ComponentVersion.First("XANVARYS", "XanesVarySpectrum", typeof(SpectrumVariationTransformer));
    private const string DecoderPart = "Decoder.onnx";
    private const int MostStyles = 1 << 16;
    private readonly ReadOnlyMemory<byte> _decoder;
    private readonly int _style;
    private readonly int _points;

    internal SpectrumVariationTransformer(ReadOnlyMemory<byte> decoder, VarySpectrumOptions options)
    {
        (_decoder, Options) = (decoder, options.Checked());
        Scorer = new OnnxScorer(decoder, ModelTensors.Styles, ModelFolder.DecoderFile);
        try
        {
            string[] energies = ModelColumns.NamesOf(ModelTensors.Spectrum, Scorer, ModelFolder.DecoderFile), styles = StyleNames();
            (_style, _points) = (StyleIndex(styles), energies.Length);
            StyleName = styles[_style];
            Added = Describe(energies);
        }
        catch
        {
            Scorer.Dispose();
            throw;
        }
    }

    /// <summary>What is swept, and the columns.</summary>
    public VarySpectrumOptions Options { get; }

    /// <summary>The descriptor of the style that is swept, or "Style3" for a free one.</summary>
    public string StyleName { get; }

    /// <summary>[steps] values of the style.</summary>
    public IReadOnlyList<double> SweepValues => [.. Enumerable.Range(0, Options.Steps).Select(SweepValue)];

    internal OnnxScorer Scorer { get; }

    internal IReadOnlyList<DataViewSchema.DetachedColumn> Added { get; }

    /// <summary>Frees the session when no run is in progress; later runs throw <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose() => Scorer.Dispose();

    private protected override RowMapper Bind(DataViewSchema inputSchema)
    {
        int styles = Options.Styles is not { } name ? -1
            : Columns.Require(inputSchema, name, ModelColumns.Expected(Scorer.InputWidth), t => Columns.IsVector(t, Scorer.InputWidth, NumberDataViewType.Single)).Index;
        return new Mapper(this, inputSchema, styles);
    }

    private protected override void SaveModel(ModelSaveContext context) => ModelPersistence.Save(context, Version, w =>
    {
        var o = Options;
        w.WriteOptional(o.Descriptor);
        w.WriteOptional(o.Style);
        w.WriteOptional(o.Styles);
        w.Write(o.Low);
        w.Write(o.High);
        w.Write(o.Steps);
        w.WriteOptional(o.Variation);
        w.WriteOptional(o.Residual);
    }, (DecoderPart, _decoder));

    private static ITransformer Create(IHostEnvironment env, object context) => ModelPersistence.Load(context, Version, r =>
    {
        var options = new VarySpectrumOptions
        {
            Descriptor = r.OptionalName(), Style = r.OptionalInt(1, MostStyles), Styles = r.OptionalName(), Low = r.Double(), High = r.Double(), Steps = r.Int(2, VarySpectrumOptions.MostSteps),
            Variation = r.OptionalName(), Residual = r.OptionalName(),
        };
        return new SpectrumVariationTransformer(r.Blob(DecoderPart), options);
    });

    private double SweepValue(int step) => Options.Low + ((Options.High - Options.Low) * step / (Options.Steps - 1));

    // Descriptor k belongs to style k; the styles behind them are free.
    private string[] StyleNames()
    {
        string[] descriptors = ModelColumns.DescriptorNames(Scorer.Properties, ModelFolder.DecoderFile) ?? [];
        return [.. Enumerable.Range(0, Scorer.InputWidth).Select(i => i < descriptors.Length ? descriptors[i] : $"Style{i + 1}")];
    }

    private int StyleIndex(string[] names)
    {
        int index = Options.Style is { } number ? number - 1 : Array.IndexOf(names, Options.Descriptor);
        return index >= 0 && index < names.Length ? index
            : throw new XanesDataException(Options.Style is { } n ? $"there is no style {n}" : $"the model has no descriptor '{Options.Descriptor}'", Options.Style is null ? "option Descriptor" : "option Style",
                remedy: $"It has {names.Length} styles: {string.Join(", ", names)}.");
    }

    private List<DataViewSchema.DetachedColumn> Describe(string[] energies)
    {
        var columns = new List<DataViewSchema.DetachedColumn>();
        if (Options.Variation is { } variation)
        {
            string[] slots = [.. Enumerable.Range(0, Options.Steps).SelectMany(j => energies.Select(e => string.Create(CultureInfo.InvariantCulture, $"{StyleName}={SweepValue(j):0.####} {e}")))];
            columns.Add(Columns.FloatVector(variation, slots, Options.Steps, energies.Length));
        }

        if (Options.Residual is { } residual)
            columns.Add(Columns.FloatVector(residual, energies));
        return columns;
    }

    private sealed class Mapper(SpectrumVariationTransformer step, DataViewSchema input, int styles) : RowMapper(input, styles < 0 ? [] : [styles], step.Added)
    {
        protected internal override Delegate?[] CreateGetters(DataViewRow input, ReadOnlySpan<bool> active, out IDisposable? resources)
        {
            int steps = step.Options.Steps, points = step._points;
            var block = new ScoringBlock(step.Scorer, ModelTensors.Styles, [ModelTensors.Spectrum], steps);
            resources = block;
            var source = styles < 0 ? null : input.GetGetter<VBuffer<float>>(input.Schema[styles]);
            var z = new float[step.Scorer.InputWidth];
            VBuffer<float> own = default;
            bool done = false;
            var row = new OncePerRow<ScoringBlock>(input, () =>
            {
                // Without styles of its own every row has the same answer.
                if (source is null && done)
                    return block;
                source?.Invoke(ref own);
                if (source is not null)
                    own.CopyTo(z);
                for (int j = 0; j < steps; j++)
                {
                    z[step._style] = (float)step.SweepValue(j);
                    block.Set(j, new VBuffer<float>(z.Length, z));
                }

                block.Run(steps);
                done = true;
                return block;
            });
            ValueGetter<VBuffer<float>> variation = (ref VBuffer<float> destination) =>
            {
                var editor = VBufferEditor.Create(ref destination, steps * points);
                for (int j = 0; j < steps; j++)
                    row.Value.Row(j, 0).CopyTo(editor.Values[(j * points)..]);
                destination = editor.Commit();
            };
            ValueGetter<VBuffer<float>> residual = (ref VBuffer<float> destination) =>
            {
                ReadOnlySpan<float> first = row.Value.Row(0, 0), last = row.Value.Row(steps - 1, 0);
                var editor = VBufferEditor.Create(ref destination, points);
                for (int i = 0; i < points; i++)
                    editor.Values[i] = last[i] - first[i];
                destination = editor.Commit();
            };
            return [.. step.Options.Variation is null ? Array.Empty<Delegate>() : [variation], .. step.Options.Residual is null ? Array.Empty<Delegate>() : [residual]];
        }
    }
}
