using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using XanesMl.Spectra;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Scoring;

/// <summary>Takes one named slot of a vector as a scalar: the form that trainers and ML.NET's metrics read.</summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column data type | Known-sized vector of <xref:System.Single> with slot names |
/// | Output column data type | <xref:System.Single>; a column called Score carries the annotations of ML.NET's regression scores |
/// | Exportable to ONNX | No |
/// ]]></format>
/// </remarks>
/// <example>
/// <code>
/// var step = mlContext.Transforms.Xanes().SelectDescriptor("Score", "Descriptors", "CN");
/// </code>
/// </example>
public sealed class DescriptorSelectionEstimator : IEstimator<DescriptorSelectionTransformer>
{
    private readonly DescriptorSelectionTransformer _step;

    internal DescriptorSelectionEstimator(DescriptorSelectionTransformer step) => _step = step;

    /// <summary>Checks the schema; reads no row.</summary>
    /// <exception cref="XanesDataException">The column is missing, of another type, or has no slot of that name.</exception>
    public DescriptorSelectionTransformer Fit(IDataView input) => _step.CheckedFor(input);

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        SchemaShapes.Require(inputSchema, _step.InputColumn, DescriptorSelectionTransformer.Expected,
            c => c.Kind == SchemaShape.Column.VectorKind.Vector && c.ItemType == NumberDataViewType.Single && c.Annotations.Any(a => a.Name == Columns.SlotNamesKind));
        return SchemaShapes.With(inputSchema, [_step.Output(null)]);
    }
}

/// <summary>The fitted form of <see cref="DescriptorSelectionEstimator"/>.</summary>
public sealed class DescriptorSelectionTransformer : RowMappingTransformer
{
    internal const string Expected = "known-size Vector<Single> with slot names";
    internal static readonly ComponentVersion Version = ComponentVersion.First("XANSELEC", "XanesSelectDescriptor", typeof(DescriptorSelectionTransformer));

    internal DescriptorSelectionTransformer(string outputColumn, string inputColumn, string slotName)
    {
        InputColumn = inputColumn;
        SlotName = slotName;
        OutputColumn = outputColumn;
    }

    /// <summary>Name of the slot that is taken.</summary>
    public string SlotName { get; }

    internal string InputColumn { get; }

    internal string OutputColumn { get; }

    /// <summary>A column that is called Score is described as ML.NET's trainers describe theirs.</summary>
    internal DataViewSchema.DetachedColumn Output(DataViewSchema? input) =>
        OutputColumn == Defaults.ScoreColumn ? Columns.Score(OutputColumn, input) : new DataViewSchema.DetachedColumn(OutputColumn, NumberDataViewType.Single);

    private protected override RowMapper Bind(DataViewSchema inputSchema)
    {
        var column = Columns.Require(inputSchema, InputColumn, Expected, t => t is VectorDataViewType { IsKnownSize: true } v && v.ItemType == NumberDataViewType.Single);
        var names = Columns.SlotNamesOf(column) ?? throw Columns.WrongType(InputColumn, Expected, $"{column.Type} without slot names");
        int slot = Array.IndexOf(names, SlotName);
        if (slot < 0)
            throw new XanesDataException($"there is no slot '{SlotName}'", column: InputColumn,
                remedy: $"The slots are {string.Join(", ", names.Take(20))}{(names.Length > 20 ? ", ..." : "")}.");
        return new Mapper(this, inputSchema, column.Index, slot);
    }

    private protected override void SaveModel(ModelSaveContext context) => ModelPersistence.Save(context, Version, w =>
    {
        w.Write(OutputColumn);
        w.Write(InputColumn);
        w.Write(SlotName);
    });

    private static ITransformer Create(IHostEnvironment env, object context) =>
        ModelPersistence.Load(context, Version, r => new DescriptorSelectionTransformer(r.Name(), r.Name(), r.Name()));

    private sealed class Mapper(DescriptorSelectionTransformer step, DataViewSchema input, int column, int slot) : RowMapper(input, [column], [step.Output(input)])
    {
        protected internal override Delegate?[] CreateGetters(DataViewRow input, ReadOnlySpan<bool> active, out IDisposable? resources)
        {
            resources = null;
            var source = input.GetGetter<VBuffer<float>>(input.Schema[column]);
            VBuffer<float> vector = default;
            ValueGetter<float> getter = (ref float value) =>
            {
                source(ref vector);
                value = vector.GetItemOrDefault(slot);
            };
            return [getter];
        }
    }
}
