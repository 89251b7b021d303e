using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using XanesMl.Spectra;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Resampling;

/// <summary>Makes energies relative to the row's element: E - E0(element), what a model with a relative grid takes.</summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column data type | Vector of <xref:System.Double> or <xref:System.Single> energies in eV, and a text column with the element's symbol |
/// | Output column data type | Vector of <xref:System.Double> of the input's size |
/// | Exportable to ONNX | No |
/// ]]></format>
/// Single holds 9000 eV to 0.001 eV only: give Double where it matters. An element without a reference throws <see cref="XanesDataException"/> with the row's number. A row without points stays without.
/// </remarks>
/// <example>
/// <code>
/// var step = mlContext.Transforms.Xanes().AlignEnergy("AlignedEnergy", "Energy", "Element", new Dictionary&lt;string, double&gt; { ["Cu"] = 8979 });
/// </code>
/// </example>
public sealed class EnergyAlignmentEstimator : IEstimator<EnergyAlignmentTransformer>
{
    private readonly EnergyAlignmentTransformer _step;

    internal EnergyAlignmentEstimator(EnergyAlignmentTransformer step) => _step = step;

    /// <summary>Checks the schema; reads no row.</summary>
    /// <exception cref="XanesDataException">A column is missing or of another type.</exception>
    public EnergyAlignmentTransformer Fit(IDataView input) => _step.CheckedFor(input);

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        var energy = SchemaShapes.Require(inputSchema, _step.EnergyColumn, EnergyReader.Expected,
            c => SchemaShapes.IsVector(c, NumberDataViewType.Double, NumberDataViewType.Single));
        SchemaShapes.Require(inputSchema, _step.ElementColumn, EnergyAlignmentTransformer.ExpectedElement,
            c => c.Kind == SchemaShape.Column.VectorKind.Scalar && c.ItemType is TextDataViewType);

        // A shape knows only whether the size is known, so any size stands for it.
        return SchemaShapes.With(inputSchema, [_step.Output(energy.Kind == SchemaShape.Column.VectorKind.Vector ? 1 : 0)]);
    }
}

/// <summary>The fitted form of <see cref="EnergyAlignmentEstimator"/>.</summary>
public sealed class EnergyAlignmentTransformer : RowMappingTransformer
{
    internal const string ExpectedElement = "Text with the element's symbol";
    internal static readonly ComponentVersion Version = ComponentVersion.First("XANALIGN", "XanesAlignEnergy", typeof(EnergyAlignmentTransformer));
    private const int MostElements = 1000;
    private readonly string _outputColumn;
    private readonly SortedDictionary<string, double> _references;

    internal EnergyAlignmentTransformer(string outputColumn, string energyColumn, string elementColumn, IEnumerable<KeyValuePair<string, double>> references)
    {
        _outputColumn = outputColumn;
        EnergyColumn = energyColumn;
        ElementColumn = elementColumn;
        _references = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var (element, energy) in references)
        {
            if (!double.IsFinite(energy))
                throw new XanesDataException($"the reference energy of '{element}' is {energy}", source: "references", remedy: "Give a finite energy in eV.");
            if (string.IsNullOrEmpty(element) || !_references.TryAdd(element, energy))
                throw new XanesDataException($"the element '{element}' is empty or comes twice", source: "references", remedy: "Give one energy for each symbol.");
        }

        if (_references.Count is 0 or > MostElements)
            throw new XanesDataException($"{_references.Count} reference energies were given", source: "references", remedy: "Give the energy of each element of the data.");
    }

    /// <summary>Reference energy of each element in eV.</summary>
    public IReadOnlyDictionary<string, double> References => _references;

    internal string EnergyColumn { get; }

    internal string ElementColumn { get; }

    internal DataViewSchema.DetachedColumn Output(int size) => new(_outputColumn, new VectorDataViewType(NumberDataViewType.Double, size));

    private protected override RowMapper Bind(DataViewSchema inputSchema)
    {
        var energy = Columns.Require(inputSchema, EnergyColumn, EnergyReader.Expected, EnergyReader.Accepts);
        var element = Columns.Require(inputSchema, ElementColumn, ExpectedElement, t => t is TextDataViewType);
        return new Mapper(this, inputSchema, energy.Index, element.Index, ((VectorDataViewType)energy.Type).Size);
    }

    private protected override void SaveModel(ModelSaveContext context) => ModelPersistence.Save(context, Version, w =>
    {
        w.Write(_outputColumn);
        w.Write(EnergyColumn);
        w.Write(ElementColumn);
        w.Write(_references.Count);
        foreach (var (element, energy) in _references)
        {
            w.Write(element);
            w.Write(energy);
        }
    });

    private static ITransformer Create(IHostEnvironment env, object context) => ModelPersistence.Load(context, Version, r =>
    {
        string output = r.Name(), energy = r.Name(), element = r.Name();
        var references = new KeyValuePair<string, double>[r.Int(1, MostElements)];
        for (int i = 0; i < references.Length; i++)
            references[i] = new(r.Name(), r.Double());
        return new EnergyAlignmentTransformer(output, energy, element, references);
    });

    private sealed class Mapper(EnergyAlignmentTransformer step, DataViewSchema input, int energy, int element, int size)
        : RowMapper(input, [energy, element], [step.Output(size)])
    {
        protected internal override Delegate?[] CreateGetters(DataViewRow input, ReadOnlySpan<bool> active, out IDisposable? resources)
        {
            resources = null;
            var energies = new EnergyReader(input, input.Schema[energy]);
            var elements = input.GetGetter<ReadOnlyMemory<char>>(input.Schema[element]);
            ReadOnlyMemory<char> symbol = default;
            ValueGetter<VBuffer<double>> getter = (ref VBuffer<double> destination) =>
            {
                var absolute = energies.Read();
                if (absolute.IsEmpty)
                {
                    // A row that could not be read has no points and no element.
                    destination = VBufferEditor.Create(ref destination, 0).Commit();
                    return;
                }

                elements(ref symbol);
                if (!step._references.TryGetValue(symbol.ToString(), out double reference))
                    throw EnergyReader.RowError(step.ElementColumn, input, $"element '{symbol}' has no reference energy",
                        $"Known are {string.Join(", ", step._references.Keys)}; remove the row or give the energy.");
                var editor = VBufferEditor.Create(ref destination, absolute.Length);
                for (int i = 0; i < absolute.Length; i++)
                    editor.Values[i] = absolute[i] - reference;
                destination = editor.Commit();
            };
            return [getter];
        }
    }
}
