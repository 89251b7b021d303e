using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Spectra;

namespace XanesMl.Transforms.Pipeline;

/// <summary>Finds input columns, makes output columns, and words the errors about both.</summary>
internal static class Columns
{
    /// <summary>ML.NET's name of the annotation that names the slots of a vector.</summary>
    public const string SlotNamesKind = "SlotNames";

    private const string ScoreSetKind = "ScoreColumnSetId";

    /// <summary>The visible column of this name, which must satisfy <paramref name="accept"/>.</summary>
    /// <exception cref="XanesDataException">It is missing or of another type.</exception>
    public static DataViewSchema.Column Require(DataViewSchema schema, string name, string expected, Func<DataViewType, bool> accept)
    {
        var c = schema.GetColumnOrNull(name) ?? throw Missing(name, expected, schema.Where(c => !c.IsHidden).Select(c => c.Name));
        return accept(c.Type) ? c : throw WrongType(name, expected, c.Type.ToString()!);
    }

    /// <summary>True for a vector of one of these item types; <paramref name="size"/> 0 takes every size, known or not.</summary>
    public static bool IsVector(DataViewType type, int size, params DataViewType[] items) =>
        type is VectorDataViewType v && items.Contains(v.ItemType) && (size == 0 || v.Size == size);

    /// <summary>A known-size float vector whose slots have names.</summary>
    public static DataViewSchema.DetachedColumn FloatVector(string name, IReadOnlyList<string> slotNames) =>
        new(name, new VectorDataViewType(NumberDataViewType.Single, slotNames.Count), SlotNames(slotNames));

    /// <summary>A known-size float vector of several dimensions, whose slots, the last dimension running fastest, have names.</summary>
    public static DataViewSchema.DetachedColumn FloatVector(string name, IReadOnlyList<string> slotNames, params int[] dimensions) =>
        new(name, new VectorDataViewType(NumberDataViewType.Single, dimensions), SlotNames(slotNames));

    /// <summary>A score as ML.NET's regression trainers describe theirs. Each set of scores in a schema has a number of its own.</summary>
    /// <param name="name">Name of the column.</param>
    /// <param name="input">Schema that the score is added to; null where only the kinds of annotations matter.</param>
    public static DataViewSchema.DetachedColumn Score(string name, DataViewSchema? input)
    {
        uint largest = 0;
        foreach (var c in input ?? Enumerable.Empty<DataViewSchema.Column>())
        {
            uint id = 0;
            if (c.Annotations.Schema.GetColumnOrNull(ScoreSetKind) is { Type: KeyDataViewType { RawType: var raw } } && raw == typeof(uint))
                c.Annotations.GetValue(ScoreSetKind, ref id);
            largest = Math.Max(largest, id);
        }

        var b = new DataViewSchema.Annotations.Builder();
        b.AddPrimitiveValue(ScoreSetKind, new KeyDataViewType(typeof(uint), int.MaxValue), largest + 1);
        b.AddPrimitiveValue("ScoreColumnKind", TextDataViewType.Instance, "Regression".AsMemory());
        b.AddPrimitiveValue("ScoreValueKind", TextDataViewType.Instance, "Score".AsMemory());
        return new DataViewSchema.DetachedColumn(name, NumberDataViewType.Single, b.ToAnnotations());
    }

    /// <summary>Slot names of a column, or null where it has none.</summary>
    public static string[]? SlotNamesOf(DataViewSchema.Column column)
    {
        if (column.Type is not VectorDataViewType { IsKnownSize: true } v || column.Annotations.Schema.GetColumnOrNull(SlotNamesKind) is not { } a
            || !IsVector(a.Type, v.Size, TextDataViewType.Instance))
            return null;
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.Annotations.GetValue(SlotNamesKind, ref names);
        return [.. names.DenseValues().Select(n => n.ToString())];
    }

    /// <summary>Slot names of a spectrum on a grid, in the words of RankAAE's tables: "ENE_8985.332".</summary>
    public static string[] EnergyNames(ReadOnlySpan<double> energies)
    {
        var names = new string[energies.Length];
        for (int i = 0; i < names.Length; i++)
            names[i] = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"ENE_{energies[i]:0.000}");
        return names;
    }

    /// <summary>A column or slot name given by the caller, which must have at least one character.</summary>
    public static string Named(string? name, string parameter)
    {
        ArgumentException.ThrowIfNullOrEmpty(name, parameter);
        return name;
    }

    public static XanesDataException Missing(string name, string expected, IEnumerable<string> present) =>
        new($"the column is missing; expected {expected}", column: name, remedy: $"The data has {string.Join(", ", present)}.");

    public static XanesDataException WrongType(string name, string expected, string actual) =>
        new($"expected {expected}, got {actual}", column: name, remedy: "Convert the column first, or name another.");

    /// <summary>The annotation that names the slots of a vector.</summary>
    public static DataViewSchema.Annotations SlotNames(IReadOnlyList<string> names)
    {
        var values = names.Select(n => n.AsMemory()).ToArray();
        var b = new DataViewSchema.Annotations.Builder();
        b.Add(SlotNamesKind, new VectorDataViewType(TextDataViewType.Instance, values.Length), (ref VBuffer<ReadOnlyMemory<char>> destination) =>
        {
            var editor = VBufferEditor.Create(ref destination, values.Length);
            values.CopyTo(editor.Values);
            destination = editor.Commit();
        });
        return b.ToAnnotations();
    }
}
