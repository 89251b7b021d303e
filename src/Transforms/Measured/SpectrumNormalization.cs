using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using XanesMl.Spectra;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Measured;

/// <summary>Normalizes measured spectra, by default as xraylarch's pre_edge does: norm = (mu - pre) / step with pre = (a + bE) E^-nvict, post = pre + polynomial, step = post - pre at E0;
/// flat = norm - r + r(E0) from E0 on, r = (post - pre) / step. All ways and defaults: docs/normalization.md.</summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column data type | Vectors of <xref:System.Double> or <xref:System.Single>: energies in eV, and mu; known or variable size. Text: what mu is (optional) |
/// | Output column data type | Spectrum: vector of <xref:System.Single>, of mu's size. Norm, Flat, PreEdge, PostEdge: vectors of <xref:System.Double>. E0, EdgeStep: <xref:System.Double>. NormalizationWarnings, Error: text |
/// | Exportable to ONNX | No |
/// ]]></format>
/// Arithmetic is float64; this step is where a spectrum becomes float32. What is normalized already is left as it is, with a warning. A row that cannot be normalized throws, or
/// reports in its error column and has NaN everywhere (<see cref="UnusableRow"/>). A row without points, as ReadSpectrum reports one, stays without points.
/// </remarks>
/// <example>
/// <code>
/// var steps = mlContext.Transforms.Xanes().Normalize(new NormalizeOptions { Normalization = new() { PreEdge = new() { Norm1 = 50 } } });
/// </code>
/// </example>
public sealed class SpectrumNormalizationEstimator : IEstimator<SpectrumNormalizationTransformer>
{
    private readonly SpectrumNormalizationTransformer _step;

    internal SpectrumNormalizationEstimator(SpectrumNormalizationTransformer step) => _step = step;

    /// <summary>Checks the schema; reads no row.</summary>
    /// <exception cref="XanesDataException">A column is missing or of another type.</exception>
    public SpectrumNormalizationTransformer Fit(IDataView input) => _step.CheckedFor(input);

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        SchemaShape.Column[] columns = [.. _step.Inputs.Select(c => SchemaShapes.Require(inputSchema, c.Name, c.Expected, c.AcceptsShape))];

        // A shape knows only whether the size is known, so any size stands for it.
        return SchemaShapes.With(inputSchema, _step.Added(columns[1].Kind == SchemaShape.Column.VectorKind.Vector ? 1 : 0));
    }
}

/// <summary>The fitted form of <see cref="SpectrumNormalizationEstimator"/>.</summary>
public sealed class SpectrumNormalizationTransformer : RowMappingTransformer
{
    internal static readonly ComponentVersion Version = ComponentVersion.First("XANNORML", "XanesNormalize", typeof(SpectrumNormalizationTransformer));

    internal SpectrumNormalizationTransformer(NormalizeOptions options)
    {
        Options = options.Checked();
        Inputs =
        [
            InputColumn.Doubles(options.Energy, EnergyReader.Expected), InputColumn.Doubles(options.Mu, SpectrumReadingTransformer.ExpectedMu),
            .. options.Signal is { } s ? [InputColumn.Text(s, "Text with the kind of signal, as ReadSpectrum writes it (or null for option Signal)")] : Array.Empty<InputColumn>(),
        ];
    }

    /// <summary>Columns and behaviour.</summary>
    public NormalizeOptions Options { get; }

    internal IReadOnlyList<InputColumn> Inputs { get; }

    /// <param name="size">Size of mu; 0 = variable.</param>
    internal IReadOnlyList<DataViewSchema.DetachedColumn> Added(int size)
    {
        var o = Options;
        var curve = new VectorDataViewType(NumberDataViewType.Double, size);
        (string? Name, DataViewType Type)[] all =
        [
            (o.Spectrum, new VectorDataViewType(NumberDataViewType.Single, size)), (o.Norm, curve), (o.Flat, curve), (o.PreEdge, curve), (o.PostEdge, curve), (o.E0, NumberDataViewType.Double), (o.EdgeStep, NumberDataViewType.Double),
            (o.Warnings, TextDataViewType.Instance), (o.OnError == UnusableRow.Report ? o.Error : null, TextDataViewType.Instance),
        ];
        return [.. all.Where(c => c.Name is not null).Select(c => new DataViewSchema.DetachedColumn(c.Name!, c.Type))];
    }

    private protected override RowMapper Bind(DataViewSchema inputSchema)
    {
        List<int> inputs = [.. Inputs.Select(c => Columns.Require(inputSchema, c.Name, c.Expected, c.Accepts).Index)];
        int size = ((VectorDataViewType)inputSchema[inputs[1]].Type).Size;
        int earlier = EarlierError.Find(inputSchema, Options.OnError, Options.Error);
        if (earlier >= 0)
            inputs.Add(earlier);
        return new Mapper(this, inputSchema, [.. inputs], earlier, Added(size));
    }

    private protected override void SaveModel(ModelSaveContext context) => ModelPersistence.Save(context, Version, Options.Write);

    private static ITransformer Create(IHostEnvironment env, object context) =>
        ModelPersistence.Load(context, Version, r => new SpectrumNormalizationTransformer(NormalizeOptions.Read(r)));

    private sealed class Mapper(SpectrumNormalizationTransformer step, DataViewSchema input, int[] inputs, int earlier, IReadOnlyList<DataViewSchema.DetachedColumn> added)
        : RowMapper(input, inputs, added)
    {
        protected internal override Delegate?[] CreateGetters(DataViewRow input, ReadOnlySpan<bool> active, out IDisposable? resources)
        {
            resources = null;
            var o = step.Options;
            var source = new RowNormalizer(o, input, Dependencies, earlier);
            var row = new OncePerRow<RowNormalized>(input, source.Normalize);
            List<Delegate> getters = [Getters.Vector(() => o.Curve == NormalizedCurve.Flat ? row.Value.Flat : row.Value.Norm, v => (float)v)];
            if (o.Norm is not null)
                getters.Add(Getters.Vector(() => row.Value.Norm));
            if (o.Flat is not null)
                getters.Add(Getters.Vector(() => row.Value.Flat));
            if (o.PreEdge is not null)
                getters.Add(Getters.Vector(() => row.Value.PreEdge));
            if (o.PostEdge is not null)
                getters.Add(Getters.Vector(() => row.Value.PostEdge));
            if (o.E0 is not null)
                getters.Add(Getters.Scalar(() => row.Value.Result?.E0 ?? double.NaN));
            if (o.EdgeStep is not null)
                getters.Add(Getters.Scalar(() => row.Value.Result?.EdgeStep ?? double.NaN));
            if (o.Warnings is not null)
                getters.Add(Getters.Text(() => row.Value.Result is { } r ? string.Join("; ", r.Warnings) : null));
            if (o.OnError == UnusableRow.Report)
                getters.Add(Getters.Text(() => row.Value.Error));
            return [.. getters];
        }
    }
}
