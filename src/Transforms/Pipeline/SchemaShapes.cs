using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Spectra;
using Kind = Microsoft.ML.SchemaShape.Column.VectorKind;

namespace XanesMl.Transforms.Pipeline;

/// <summary>Makes and checks schema shapes (what estimators promise) with ML.NET's public interface only.</summary>
/// <remarks>SchemaShape.Column has no public constructor and SchemaShape.Create is internal; but a data loader with an estimator
/// appended answers GetOutputSchema() with the shape that ML.NET itself makes of the loader's schema.</remarks>
internal static class SchemaShapes
{
    /// <summary>The shape of a schema, annotations included.</summary>
    public static SchemaShape Of(DataViewSchema schema) => new SchemaOnly(schema).Append(new Unchanged()).GetOutputSchema();

    /// <summary>The shape of one column, annotations included.</summary>
    public static SchemaShape.Column Of(DataViewSchema.DetachedColumn column)
    {
        var b = new DataViewSchema.Builder();
        b.AddColumn(column.Name, column.Type, column.Annotations);
        return Of(b.ToSchema())[0];
    }

    /// <summary>The input shape with columns added; one of the same name is replaced, as its column will be hidden.</summary>
    public static SchemaShape With(SchemaShape input, IEnumerable<DataViewSchema.DetachedColumn> added)
    {
        var columns = input.ToDictionary(c => c.Name);
        foreach (var a in added)
            columns[a.Name] = Of(a);
        return new SchemaShape(columns.Values);
    }

    /// <summary>The column of this name, which must satisfy <paramref name="accept"/>.</summary>
    /// <exception cref="XanesDataException">It is missing or of another type; the message names it, what was expected and what is there.</exception>
    public static SchemaShape.Column Require(SchemaShape input, string name, string expected, Func<SchemaShape.Column, bool> accept)
    {
        ArgumentNullException.ThrowIfNull(input);
        foreach (var c in input)
        {
            if (c.Name == name)
                return accept(c) ? c : throw Columns.WrongType(name, expected, Text(c));
        }

        throw Columns.Missing(name, expected, input.Select(c => c.Name));
    }

    /// <summary>True for a vector, of known or variable size, of this item type.</summary>
    public static bool IsVector(SchemaShape.Column c, params DataViewType[] items) => c.Kind != Kind.Scalar && items.Contains(c.ItemType);

    private static string Text(SchemaShape.Column c) => c.Kind switch
    {
        Kind.Scalar => $"{c.ItemType}",
        Kind.Vector => $"Vector<{c.ItemType}, known size>",
        _ => $"Vector<{c.ItemType}>",
    };

    private sealed class SchemaOnly(DataViewSchema schema) : IDataLoader<object>
    {
        public DataViewSchema GetOutputSchema() => schema;

        public IDataView Load(object input) => throw new NotSupportedException("this loader only has a schema");

        void ICanSaveModel.Save(ModelSaveContext ctx) => throw new NotSupportedException("this loader only has a schema");
    }

    private sealed class Unchanged : IEstimator<ITransformer>
    {
        public ITransformer Fit(IDataView input) => throw new NotSupportedException("this estimator only has a schema");

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => inputSchema;
    }
}
