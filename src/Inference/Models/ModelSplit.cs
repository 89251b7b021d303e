namespace XanesMl.Inference.Models;

/// <summary>Content of split.json: which rows of the training table the model saw, so that evaluation can take the others.</summary>
/// <param name="Kind">"grouped", "positional" or "random".</param>
/// <param name="Seed">Seed of the split.</param>
/// <param name="Fractions">Asked-for fractions of train, validation and test, [3].</param>
/// <param name="DataHash">SHA-256 (hex) of the table that the row numbers belong to; rows of any other table mean nothing.</param>
/// <param name="Train">Rows counted from 0, ascending.</param>
/// <param name="Validation">Rows counted from 0, ascending.</param>
/// <param name="Test">Rows counted from 0, ascending; may be empty.</param>
public sealed record ModelSplit(
    string Kind, int Seed, IReadOnlyList<double> Fractions, string DataHash,
    IReadOnlyList<int> Train, IReadOnlyList<int> Validation, IReadOnlyList<int> Test)
{
    /// <summary>The bytes of split.json.</summary>
    public byte[] ToJson() => ModelJson.Serialize(this);

    /// <summary>Reads split.json.</summary>
    /// <param name="json">UTF-8 text.</param>
    /// <param name="file">Name for error messages.</param>
    /// <exception cref="XanesModelException">Not JSON of this form, negative or unsorted rows, or a row in two parts.</exception>
    public static ModelSplit Parse(ReadOnlySpan<byte> json, string file)
    {
        var split = ModelJson.ParseSplit(json, file);
        if (split.Fractions.Count != 3)
            throw new XanesModelException("fractions must be three numbers", file, $"{split.Fractions.Count}", ModelFolder.Restore);
        var seen = new HashSet<int>();
        foreach (var (name, rows) in new[] { ("train", split.Train), ("validation", split.Validation), ("test", split.Test) })
        {
            for (int i = 0; i < rows.Count; i++)
            {
                if (rows[i] < 0 || (i > 0 && rows[i] <= rows[i - 1]))
                    throw new XanesModelException($"rows of '{name}' must ascend from 0", file, $"{rows[i]} at place {i + 1}", ModelFolder.Restore);
                if (!seen.Add(rows[i]))
                    throw new XanesModelException($"row {rows[i]} is in two parts, the second is '{name}'", file, remedy: ModelFolder.Restore);
            }
        }

        return split;
    }
}
