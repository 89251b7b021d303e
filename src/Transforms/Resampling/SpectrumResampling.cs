using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using XanesMl.Spectra;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Resampling;

/// <summary>Puts spectra onto one energy grid by quadratic spline; end values are held outside a spectrum's range (domain.md section 4).</summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column data type | Vector of <xref:System.Double> or <xref:System.Single> energies in eV, and vector of <xref:System.Single> absorption; known or variable size |
/// | Output column data type | Known-sized vector of <xref:System.Single>, one slot a grid point, named ENE_energy |
/// | Exportable to ONNX | No |
/// ]]></format>
/// Energies must be finite and strictly increasing, as many as absorption values, and overlap the grid: else reading the row throws
/// <see cref="XanesDataException"/> with the row's number. A spectrum with a value that is not finite, or without any point, is missing: NaN on the whole grid.
/// </remarks>
/// <example>
/// <code>
/// var step = mlContext.Transforms.Xanes().Resample("OnGrid", EnergyGrid.Uniform(8985, 9069, 253));
/// </code>
/// </example>
public sealed class SpectrumResamplingEstimator : IEstimator<SpectrumResamplingTransformer>
{
    private readonly SpectrumResamplingTransformer _step;

    internal SpectrumResamplingEstimator(SpectrumResamplingTransformer step) => _step = step;

    /// <summary>Checks the schema; reads no row.</summary>
    /// <exception cref="XanesDataException">A column is missing or of another type.</exception>
    public SpectrumResamplingTransformer Fit(IDataView input) => _step.CheckedFor(input);

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        SchemaShapes.Require(inputSchema, _step.EnergyColumn, EnergyReader.Expected, c => SchemaShapes.IsVector(c, NumberDataViewType.Double, NumberDataViewType.Single));
        SchemaShapes.Require(inputSchema, _step.SpectrumColumn, SpectrumResamplingTransformer.ExpectedSpectrum, c => SchemaShapes.IsVector(c, NumberDataViewType.Single));
        return SchemaShapes.With(inputSchema, [_step.Output]);
    }
}

/// <summary>The fitted form of <see cref="SpectrumResamplingEstimator"/>.</summary>
public sealed class SpectrumResamplingTransformer : RowMappingTransformer
{
    internal const string ExpectedSpectrum = "Vector<Single> of absorption";
    internal static readonly ComponentVersion Version = ComponentVersion.First("XANRESMP", "XanesResample", typeof(SpectrumResamplingTransformer));
    private const int MostPoints = 1 << 20;

    internal SpectrumResamplingTransformer(string outputColumn, EnergyGrid grid, string energyColumn, string spectrumColumn)
    {
        Grid = grid;
        EnergyColumn = energyColumn;
        SpectrumColumn = spectrumColumn;
        Output = Columns.FloatVector(outputColumn, Columns.EnergyNames(grid.Energies));
    }

    /// <summary>The grid that spectra are put onto.</summary>
    public EnergyGrid Grid { get; }

    internal string EnergyColumn { get; }

    internal string SpectrumColumn { get; }

    internal DataViewSchema.DetachedColumn Output { get; }

    private protected override RowMapper Bind(DataViewSchema inputSchema) => new Mapper(this, inputSchema,
        Columns.Require(inputSchema, EnergyColumn, EnergyReader.Expected, EnergyReader.Accepts).Index,
        Columns.Require(inputSchema, SpectrumColumn, ExpectedSpectrum, t => Columns.IsVector(t, 0, NumberDataViewType.Single)).Index);

    private protected override void SaveModel(ModelSaveContext context) => ModelPersistence.Save(context, Version, w =>
    {
        w.Write(Output.Name);
        w.Write(EnergyColumn);
        w.Write(SpectrumColumn);
        w.Write(Grid.Count);
        foreach (double e in Grid.Energies)
            w.Write(e);
    });

    private static ITransformer Create(IHostEnvironment env, object context) => ModelPersistence.Load(context, Version, r =>
    {
        string output = r.Name(), energy = r.Name(), spectrum = r.Name();
        var energies = new double[r.Int(2, MostPoints)];
        for (int i = 0; i < energies.Length; i++)
            energies[i] = r.Double();
        return new SpectrumResamplingTransformer(output, new EnergyGrid(energies), energy, spectrum);
    });

    private sealed class Mapper(SpectrumResamplingTransformer step, DataViewSchema input, int energy, int spectrum) : RowMapper(input, [energy, spectrum], [step.Output])
    {
        protected internal override Delegate?[] CreateGetters(DataViewRow input, ReadOnlySpan<bool> active, out IDisposable? resources)
        {
            resources = null;
            var energies = new EnergyReader(input, input.Schema[energy]);
            var spectra = input.GetGetter<VBuffer<float>>(input.Schema[spectrum]);
            var resampler = new RowResampler(step.Grid, step.EnergyColumn, step.SpectrumColumn);
            VBuffer<float> mu = default;
            ValueGetter<VBuffer<float>> getter = (ref VBuffer<float> destination) =>
            {
                spectra(ref mu);
                var editor = VBufferEditor.Create(ref destination, step.Grid.Count);
                resampler.Resample(input, energies.Read(), in mu, editor.Values);
                destination = editor.Commit();
            };
            return [getter];
        }
    }
}
