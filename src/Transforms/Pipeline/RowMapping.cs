using Microsoft.ML;
using Microsoft.ML.Data;

namespace XanesMl.Transforms.Pipeline;

/// <summary>Base of this library's transformers: each adds columns that depend on their own row only. Immutable and safe to share between threads.</summary>
/// <remarks>ML.NET's base classes have constructors that only Microsoft's assemblies may call; this one stands on the public interfaces.
/// It is closed too: its transformers are made by <see cref="XanesCatalog"/>.</remarks>
public abstract class RowMappingTransformer : ITransformer
{
    private protected RowMappingTransformer()
    {
    }

    /// <summary>Always true: rows are mapped one by one.</summary>
    public bool IsRowToRowMapper => true;

    /// <summary>The input's columns and the added ones.</summary>
    /// <exception cref="Spectra.XanesDataException">A column is missing or has another type.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bound(inputSchema).OutputSchema;

    /// <summary>A lazy view: nothing is computed before a row is read, and nothing for columns that nobody reads.</summary>
    /// <exception cref="Spectra.XanesDataException">A column is missing or has another type.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new MappedDataView(input, Bind(input.Schema));
    }

    /// <summary>The mapping of single rows, as prediction engines use it.</summary>
    /// <exception cref="Spectra.XanesDataException">A column is missing or has another type.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => Bound(inputSchema);

    void ICanSaveModel.Save(ModelSaveContext ctx) => SaveModel(ctx);

    /// <summary>Binds the step to one input schema and checks that it fits.</summary>
    private protected abstract RowMapper Bind(DataViewSchema inputSchema);

    /// <summary>Writes the step into the model zip.</summary>
    private protected abstract void SaveModel(ModelSaveContext context);

    private RowMapper Bound(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return Bind(inputSchema);
    }
}

/// <summary>A step bound to one input schema.</summary>
internal abstract class RowMapper : IRowToRowMapper
{
    private readonly int[] _dependencies;

    /// <param name="input">Schema of the rows.</param>
    /// <param name="dependencies">Indices of the input columns that every added column needs.</param>
    /// <param name="added">Columns that the step adds.</param>
    protected RowMapper(DataViewSchema input, int[] dependencies, IReadOnlyList<DataViewSchema.DetachedColumn> added)
    {
        InputSchema = input;
        AddedCount = added.Count;
        _dependencies = dependencies;
        var b = new DataViewSchema.Builder();
        b.AddColumns(input);
        foreach (var c in added)
            b.AddColumn(c.Name, c.Type, c.Annotations);
        OutputSchema = b.ToSchema();
    }

    public DataViewSchema InputSchema { get; }

    public DataViewSchema OutputSchema { get; }

    /// <summary>Indices of the input columns that every added column needs.</summary>
    protected IReadOnlyList<int> Dependencies => _dependencies;

    /// <summary>Number of added columns; they follow the input's.</summary>
    public int AddedCount { get; }

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        var needed = NeededInput(ActiveOutput(dependingColumns));
        return InputSchema.Where(c => needed[c.Index]);
    }

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.Schema != InputSchema)
            throw new ArgumentException("the row has another schema than the one this mapper is bound to", nameof(input));
        return new MappedRow(this, input, ActiveOutput(activeColumns));
    }

    /// <summary>One ValueGetter for each added column, null for those that nobody reads.</summary>
    /// <param name="input">The row or cursor to read from.</param>
    /// <param name="active">[AddedCount] which added columns are read; at least one is.</param>
    /// <param name="resources">What must be disposed of with the row, or null.</param>
    protected internal abstract Delegate?[] CreateGetters(DataViewRow input, ReadOnlySpan<bool> active, out IDisposable? resources);

    /// <summary>A cursor over an input cursor of which at least one added column is read; steps that work in batches override it.</summary>
    protected internal virtual DataViewRowCursor CreateCursor(DataViewRowCursor input, bool[] active) => new MappedCursor(this, input, active);

    public bool[] ActiveOutput(IEnumerable<DataViewSchema.Column> columns)
    {
        var active = new bool[OutputSchema.Count];
        foreach (var c in columns)
            active[c.Index] = true;
        return active;
    }

    public bool[] NeededInput(bool[] active)
    {
        var needed = active.AsSpan(0, InputSchema.Count).ToArray();
        if (ReadsAdded(active))
            foreach (int d in _dependencies)
                needed[d] = true;
        return needed;
    }

    public bool ReadsAdded(bool[] active) => active.AsSpan(InputSchema.Count).Contains(true);
}
