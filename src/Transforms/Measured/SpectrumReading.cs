using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using XanesMl.Spectra;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Measured;

/// <summary>Reads measured spectra: each row's file, or each row's columns of energies and mu as an instrument gave them, into energies in eV that increase strictly
/// and mu as long as they (<see cref="Spectra.Measured.MeasuredSpectrumReader"/>; formats: docs/formats.md).</summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column data type | <xref:System.String> path of a file, and with an index column <xref:System.Int32>; or vectors of <xref:System.Double> or <xref:System.Single> energies and mu |
/// | Output column data type | Variable-sized vectors of <xref:System.Double> (Energy, Mu); text (Element, Name, Signal, Warnings, Error) |
/// | Exportable to ONNX | No |
/// ]]></format>
/// mu = ln(i0 / itrans) or ifluor / i0 where a file holds detectors. A row that cannot be read throws, or reports in its error column (<see cref="UnusableRow"/>);
/// there is no third way. A file is opened when a column of its row is read and not before, once a row; every pass over the data reads the files again, so put a
/// cache checkpoint behind the step where a trainer follows. Paths are opened as they stand, relative ones from the working directory: take them from people that you trust.
/// </remarks>
/// <example>
/// <code>
/// var steps = mlContext.Transforms.Xanes().ReadSpectrum("Path", new ReadSpectrumOptions { OnError = UnusableRow.Report });
/// </code>
/// </example>
public sealed class SpectrumReadingEstimator : IEstimator<SpectrumReadingTransformer>
{
    private readonly SpectrumReadingTransformer _step;

    internal SpectrumReadingEstimator(SpectrumReadingTransformer step) => _step = step;

    /// <summary>Checks the schema; reads no row and no file.</summary>
    /// <exception cref="XanesDataException">A column is missing or of another type.</exception>
    public SpectrumReadingTransformer Fit(IDataView input) => _step.CheckedFor(input);

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        foreach (var c in _step.Inputs)
            SchemaShapes.Require(inputSchema, c.Name, c.Expected, c.AcceptsShape);
        return SchemaShapes.With(inputSchema, _step.Added);
    }
}

/// <summary>The fitted form of <see cref="SpectrumReadingEstimator"/>.</summary>
public sealed class SpectrumReadingTransformer : RowMappingTransformer
{
    internal static readonly ComponentVersion Version = ComponentVersion.First("XANREADS", "XanesReadSpectrum", typeof(SpectrumReadingTransformer));
    internal const string ExpectedMu = "Vector<Double> or Vector<Single> of absorption";

    internal SpectrumReadingTransformer(string? pathColumn, string? energyColumn, string? muColumn, ReadSpectrumOptions options)
    {
        (Path, InputEnergy, InputMu, Options) = (pathColumn, energyColumn, muColumn, options.Checked());
        Added =
        [
            new(options.Energy, new VectorDataViewType(NumberDataViewType.Double)), new(options.Mu, new VectorDataViewType(NumberDataViewType.Double)),
            .. TextOutputs(options).Select(name => new DataViewSchema.DetachedColumn(name, TextDataViewType.Instance)),
        ];
        Inputs = pathColumn is not null
            ? [InputColumn.Text(pathColumn, "Text with the path of a file"), .. options.Index is { } i ? [InputColumn.Int32(i, "Int32, place of the spectrum in its file")] : Array.Empty<InputColumn>()]
            : [InputColumn.Doubles(energyColumn!, EnergyReader.Expected), InputColumn.Doubles(muColumn!, ExpectedMu), .. options.StatedElement is { } e ? [InputColumn.Text(e, "Text with the element's symbol")] : Array.Empty<InputColumn>()];
    }

    /// <summary>Columns and behaviour.</summary>
    public ReadSpectrumOptions Options { get; }

    internal string? Path { get; }

    internal string? InputEnergy { get; }

    internal string? InputMu { get; }

    internal IReadOnlyList<InputColumn> Inputs { get; }

    internal IReadOnlyList<DataViewSchema.DetachedColumn> Added { get; }

    private protected override RowMapper Bind(DataViewSchema inputSchema) => new Mapper(this, inputSchema, [.. Inputs.Select(c => Columns.Require(inputSchema, c.Name, c.Expected, c.Accepts).Index)]);

    private protected override void SaveModel(ModelSaveContext context) => ModelPersistence.Save(context, Version, w =>
    {
        w.WriteOptional(Path);
        w.WriteOptional(InputEnergy);
        w.WriteOptional(InputMu);
        Options.Write(w);
    });

    private static ITransformer Create(IHostEnvironment env, object context) => ModelPersistence.Load(context, Version, r =>
    {
        string? path = r.OptionalName(), energy = r.OptionalName(), mu = r.OptionalName();
        if ((path is null) == (energy is null) || (energy is null) != (mu is null))
            throw new InvalidDataException("the input is neither a path nor a pair of columns");
        return new SpectrumReadingTransformer(path, energy, mu, ReadSpectrumOptions.Read(r));
    });

    private static IEnumerable<string> TextOutputs(ReadSpectrumOptions o) =>
        new[] { o.Element, o.Name, o.Signal, o.Warnings, o.OnError == UnusableRow.Report ? o.Error : null }.OfType<string>();

    private sealed class Mapper(SpectrumReadingTransformer step, DataViewSchema input, int[] inputs) : RowMapper(input, inputs, step.Added)
    {
        protected internal override Delegate?[] CreateGetters(DataViewRow input, ReadOnlySpan<bool> active, out IDisposable? resources)
        {
            resources = null;
            var source = new RowSource(step, input, Dependencies);
            var row = new OncePerRow<RowReading>(input, source.Read);
            var o = step.Options;
            List<Delegate> getters = [Getters.Vector(() => row.Value.Energies), Getters.Vector(() => row.Value.Mu)];
            if (o.Element is not null)
                getters.Add(Getters.Text(() => row.Value.Element));
            if (o.Name is not null)
                getters.Add(Getters.Text(() => row.Value.Spectrum?.Name));
            if (o.Signal is not null)
                getters.Add(Getters.Text(() => row.Value.Spectrum?.Signal.ToString()));
            if (o.Warnings is not null)
                getters.Add(Getters.Text(() => row.Value.Spectrum is { } s ? string.Join("; ", s.Warnings) : null));
            if (o.OnError == UnusableRow.Report)
                getters.Add(Getters.Text(() => row.Value.Error));
            return [.. getters];
        }
    }
}
