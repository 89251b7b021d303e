using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using XanesMl.Inference.Alignment;
using XanesMl.Inference.Models;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Transforms.Measured;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Resampling;

/// <summary>Shifts the energies of measured spectra to a model's reference: the shift that maximises the correlation of the spectrum with what the decoder can draw, within 10 eV of where
/// the edges meet (<see cref="ModelAligner"/>; how good that is: docs/normalization.md).</summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column data type | Vectors of <xref:System.Double> or <xref:System.Single>: energies in eV, and normalized absorption. Text: the element (optional) |
/// | Output column data type | Vector of <xref:System.Double>, of the energies' size. EnergyShift, ShiftCorrelation: <xref:System.Double>. ShiftWarnings, Error: text |
/// | Exportable to ONNX | No |
/// ]]></format>
/// The shift is a column and cannot be left out. A row without points, or with a value that is not finite, keeps its energies and has no shift. The step carries the whole model.
/// Load models from trusted sources only.
/// </remarks>
/// <example>
/// <code>
/// var step = mlContext.Transforms.Xanes().AlignToModel(modelFolder);
/// </code>
/// </example>
public sealed class ModelAlignmentEstimator : IEstimator<ModelAlignmentTransformer>
{
    private readonly ModelFolder _model;
    private readonly AlignToModelOptions _options;

    internal ModelAlignmentEstimator(ModelFolder model, AlignToModelOptions options) => (_model, _options) = (model, options.Checked());

    /// <summary>Checks the schema; reads no row.</summary>
    /// <exception cref="XanesDataException">A column is missing or of another type.</exception>
    public ModelAlignmentTransformer Fit(IDataView input) => new ModelAlignmentTransformer(_model, _options).CheckedFor(input);

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        SchemaShape.Column[] columns = [.. ModelAlignmentTransformer.Inputs(_options).Select(c => SchemaShapes.Require(inputSchema, c.Name, c.Expected, c.AcceptsShape))];
        return SchemaShapes.With(inputSchema, ModelAlignmentTransformer.Added(_options, columns[0].Kind == SchemaShape.Column.VectorKind.Vector ? 1 : 0));
    }
}

/// <summary>The fitted form of <see cref="ModelAlignmentEstimator"/>; dispose of it when done.</summary>
/// <remarks>Load models from trusted sources only.</remarks>
public sealed class ModelAlignmentTransformer : RowMappingTransformer, IDisposable
{
    internal static readonly ComponentVersion Version = ComponentVersion.First("XANALMOD", "XanesAlignToModel", typeof(ModelAlignmentTransformer));
    private const int MostFiles = 64;
    private readonly SpectrumModel _model;

    internal ModelAlignmentTransformer(ModelFolder model, AlignToModelOptions options) => (_model, Options) = (new SpectrumModel(model), options.Checked());

    /// <summary>Columns and behaviour.</summary>
    public AlignToModelOptions Options { get; }

    /// <summary>Frees the sessions; later use throws <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose() => _model.Dispose();

    internal static IReadOnlyList<InputColumn> Inputs(AlignToModelOptions o) =>
    [
        InputColumn.Doubles(o.Energy, EnergyReader.Expected), InputColumn.Doubles(o.Spectrum, SpectrumReadingTransformer.ExpectedMu),
        .. o.Element is { } e ? [InputColumn.Text(e, EnergyAlignmentTransformer.ExpectedElement)] : Array.Empty<InputColumn>(),
    ];

    /// <param name="o">The options.</param>
    /// <param name="size">Size of the energies; 0 = variable.</param>
    internal static IReadOnlyList<DataViewSchema.DetachedColumn> Added(AlignToModelOptions o, int size)
    {
        (string? Name, DataViewType Type)[] all =
        [
            (o.ShiftedEnergy, new VectorDataViewType(NumberDataViewType.Double, size)), (o.Shift, NumberDataViewType.Double), (o.Correlation, NumberDataViewType.Double),
            (o.Warnings, TextDataViewType.Instance), (o.OnError == UnusableRow.Report ? o.Error : null, TextDataViewType.Instance),
        ];
        return [.. all.Where(c => c.Name is not null).Select(c => new DataViewSchema.DetachedColumn(c.Name!, c.Type))];
    }

    private protected override RowMapper Bind(DataViewSchema inputSchema)
    {
        List<int> inputs = [.. Inputs(Options).Select(c => Columns.Require(inputSchema, c.Name, c.Expected, c.Accepts).Index)];
        int size = ((VectorDataViewType)inputSchema[inputs[0]].Type).Size;
        int earlier = EarlierError.Find(inputSchema, Options.OnError, Options.Error);
        if (earlier >= 0)
            inputs.Add(earlier);
        return new Mapper(this, inputSchema, [.. inputs], earlier, Added(Options, size));
    }

    private protected override void SaveModel(ModelSaveContext context)
    {
        var folder = _model.Folder;
        var names = folder.Files;
        ModelPersistence.Save(context, Version, w =>
        {
            Options.Write(w);
            w.Write(names.Count);
            foreach (string name in names)
                w.Write(name);
        }, [(ModelFolder.MetadataFile, ModelJson.Serialize(folder.Metadata)), .. names.Select(n => (n, folder.Bytes(n)))]);
    }

    private static ITransformer Create(IHostEnvironment env, object context) => ModelPersistence.Load(context, Version, r =>
    {
        var options = AlignToModelOptions.Read(r);
        var names = new string[r.Int(0, MostFiles)];
        for (int i = 0; i < names.Length; i++)
            names[i] = r.Name();
        var files = names.Append(ModelFolder.MetadataFile).ToDictionary(n => n, n => (ReadOnlyMemory<byte>)r.Blob(n), StringComparer.Ordinal);
        return new ModelAlignmentTransformer(ModelFolder.FromFiles("the model of a saved pipeline", files), options);
    });

    private sealed class Mapper(ModelAlignmentTransformer step, DataViewSchema input, int[] inputs, int earlier, IReadOnlyList<DataViewSchema.DetachedColumn> added)
        : RowMapper(input, inputs, added)
    {
        protected internal override Delegate?[] CreateGetters(DataViewRow input, ReadOnlySpan<bool> active, out IDisposable? resources)
        {
            resources = null;
            var o = step.Options;
            var source = new RowAligner(step._model, o, input, Dependencies, earlier);
            var row = new OncePerRow<RowAligned>(input, source.Align);
            List<Delegate> getters =
            [
                Getters.Vector(() => (ReadOnlyMemory<double>)row.Value.Energies), Getters.Scalar(() => row.Value.Result?.Shift ?? double.NaN),
            ];
            if (o.Correlation is not null)
                getters.Add(Getters.Scalar(() => row.Value.Result?.CorrelationAfter ?? double.NaN));
            if (o.Warnings is not null)
                getters.Add(Getters.Text(() => row.Value.Result is { } r ? string.Join("; ", r.Warnings) : null));
            if (o.OnError == UnusableRow.Report)
                getters.Add(Getters.Text(() => row.Value.Error));
            return [.. getters];
        }
    }
}

/// <summary>What came of aligning one row: shifted energies and the result, or energies as they were.</summary>
internal sealed record RowAligned(double[] Energies, AlignmentResult? Result, string? Error);

/// <summary>Aligns the current row of one cursor.</summary>
internal sealed class RowAligner
{
    private readonly SpectrumModel _model;
    private readonly AlignToModelOptions _options;
    private readonly DataViewRow _row;
    private readonly EnergyReader _energies;
    private readonly EnergyReader _spectrum;
    private readonly ValueGetter<ReadOnlyMemory<char>>? _element;
    private readonly EarlierError _earlier;
    private ReadOnlyMemory<char> _text;

    public RowAligner(SpectrumModel model, AlignToModelOptions options, DataViewRow row, IReadOnlyList<int> inputs, int earlier)
    {
        (_model, _options, _row) = (model, options, row);
        (_energies, _spectrum) = (new EnergyReader(row, row.Schema[inputs[0]]), new EnergyReader(row, row.Schema[inputs[1]]));
        _element = options.Element is null ? null : row.GetGetter<ReadOnlyMemory<char>>(row.Schema[inputs[2]]);
        _earlier = new EarlierError(row, earlier);
    }

    public RowAligned Align()
    {
        double[] energies = _energies.Read().ToArray(), spectrum = _spectrum.Read().ToArray();
        string? earlier = _earlier.Read();
        if (energies.Length == spectrum.Length && !Array.TrueForAll(spectrum, double.IsFinite) || energies.Length + spectrum.Length == 0)
            return new RowAligned(energies, null, earlier);
        try
        {
            var result = ModelAligner.Align(_model, energies, spectrum, Element(), _options.Search);
            return new RowAligned(Array.ConvertAll(energies, e => e + result.Shift), result, earlier);
        }
        catch (XanesDataException e)
        {
            var named = RowProblem.Of(e, _options.Spectrum, _row);
            return _options.OnError == UnusableRow.Report ? new RowAligned(energies, null, string.IsNullOrEmpty(earlier) ? named.Message : earlier) : throw named;
        }
    }

    private string? Element()
    {
        if (_element is null)
            return null;
        _element(ref _text);
        return _text.IsEmpty ? null : _text.ToString();
    }
}
