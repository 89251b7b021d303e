namespace XanesMl.Spectra.Splitting;

/// <summary>Splits the rows of a table into training, validation and test.</summary>
public static class Splitter
{
    // Fractions such as 0.7 are not exact in binary: 0.7 x 10 must count as 7 rows.
    private const double Rounding = 1e-9;

    /// <summary>Splits the rows. The same table, kind, seed and fractions give the same split on every machine and runtime.</summary>
    /// <param name="table">Table whose <see cref="SpectraTable.Materials"/> are the groups.</param>
    /// <param name="kind">Grouped: a part differs from its target by less than the rows of the largest material. Positional and random: the first part
    /// takes floor(train x rows), the first two together floor((train + validation) x rows), the test part the rest.</param>
    /// <param name="seed">Seed of the shuffle of materials or rows.</param>
    /// <param name="fractions">Null means <see cref="SplitFractions.Default"/>.</param>
    /// <exception cref="XanesDataException">Fractions that do not add up to 1, or a part that was asked for and would stay empty.</exception>
    public static DataSplit Create(SpectraTable table, SplitKind kind, ulong seed, SplitFractions? fractions = null)
    {
        ArgumentNullException.ThrowIfNull(table);
        fractions ??= SplitFractions.Default;
        fractions.Validate();
        List<int>[] parts = kind switch
        {
            SplitKind.Grouped => Grouped(table, seed, fractions),
            SplitKind.Positional => ByOrder(Rows(table), fractions),
            SplitKind.Random => ByOrder(Shuffled(Rows(table), seed), fractions),
            _ => throw new XanesDataException($"unknown kind of split: {kind}", "option split", remedy: "Known are Grouped, Positional and Random."),
        };
        foreach (var part in parts)
            part.Sort();
        CheckNotEmpty(table, kind, fractions, parts);
        return new DataSplit(kind, seed, fractions, [.. parts[0]], [.. parts[1]], [.. parts[2]]);
    }

    // Materials, shuffled, are laid end to end along 0 .. rows; each goes to the part that holds its middle. Either boundary of a part
    // moves by at most half a material, so a part is off by less than one.
    private static List<int>[] Grouped(SpectraTable table, ulong seed, SplitFractions fractions)
    {
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        var groups = new List<List<int>>();
        for (int row = 0; row < table.RowCount; row++)
        {
            if (!index.TryGetValue(table.Materials[row], out int g))
            {
                g = groups.Count;
                index.Add(table.Materials[row], g);
                groups.Add([]);
            }

            groups[g].Add(row);
        }

        List<int>[] parts = [[], [], []];
        double before = 0;
        foreach (int g in Shuffled([.. Enumerable.Range(0, groups.Count)], seed))
        {
            double middle = before + (groups[g].Count / 2.0);
            double fraction = middle / table.RowCount;
            int part = fraction < fractions.Train ? 0 : fraction < fractions.Train + fractions.Validation || fractions.Test == 0 ? 1 : 2;
            parts[part].AddRange(groups[g]);
            before += groups[g].Count;
        }

        return parts;
    }

    private static List<int>[] ByOrder(int[] order, SplitFractions fractions)
    {
        int first = (int)Math.Floor((fractions.Train * order.Length) + Rounding);
        int second = fractions.Test == 0 ? order.Length : (int)Math.Floor(((fractions.Train + fractions.Validation) * order.Length) + Rounding);
        return [[.. order[..first]], [.. order[first..second]], [.. order[second..]]];
    }

    private static int[] Rows(SpectraTable table) => [.. Enumerable.Range(0, table.RowCount)];

    private static int[] Shuffled(int[] items, ulong seed)
    {
        new SplitRandom(seed).Shuffle<int>(items);
        return items;
    }

    private static void CheckNotEmpty(SpectraTable table, SplitKind kind, SplitFractions fractions, List<int>[] parts)
    {
        string[] names = ["training", "validation", "test"];
        double[] wanted = [fractions.Train, fractions.Validation, fractions.Test];
        for (int i = 0; i < parts.Length; i++)
        {
            if (parts[i].Count > 0 || wanted[i] == 0)
                continue;
            string have = kind == SplitKind.Grouped
                ? $"{table.Materials.Distinct(StringComparer.Ordinal).Count()} materials ({table.RowCount} rows)" : $"{table.RowCount} rows";
            throw new XanesDataException(FormattableString.Invariant($"the {names[i]} part ({wanted[i]:0.###} of all) stays empty with {have}"), "option split",
                remedy: kind == SplitKind.Grouped ? "Give more materials, other fractions or another seed; a material is never divided." : "Give more rows or other fractions.");
        }
    }
}
