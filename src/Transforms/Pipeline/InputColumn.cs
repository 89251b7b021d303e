using Microsoft.ML;
using Microsoft.ML.Data;

namespace XanesMl.Transforms.Pipeline;

/// <summary>A column that a step reads: its name, what is expected of it, and the check against a schema and against a shape.</summary>
internal sealed record InputColumn(string Name, string Expected, Func<DataViewType, bool> Accepts, Func<SchemaShape.Column, bool> AcceptsShape)
{
    public static InputColumn Text(string name, string expected) =>
        new(name, expected, t => t is TextDataViewType, c => IsScalar(c) && c.ItemType is TextDataViewType);

    public static InputColumn Int32(string name, string expected) =>
        new(name, expected, t => t == NumberDataViewType.Int32, c => IsScalar(c) && c.ItemType == NumberDataViewType.Int32);

    /// <summary>Double or Single.</summary>
    public static InputColumn Number(string name, string expected) =>
        new(name, expected, t => t == NumberDataViewType.Double || t == NumberDataViewType.Single, c => IsScalar(c) && (c.ItemType == NumberDataViewType.Double || c.ItemType == NumberDataViewType.Single));

    /// <summary>Vector of Double or Single, of any size.</summary>
    public static InputColumn Doubles(string name, string expected) =>
        new(name, expected, EnergyReader.Accepts, c => SchemaShapes.IsVector(c, NumberDataViewType.Double, NumberDataViewType.Single));

    private static bool IsScalar(SchemaShape.Column c) => c.Kind == SchemaShape.Column.VectorKind.Scalar;
}
