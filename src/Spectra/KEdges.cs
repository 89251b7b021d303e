namespace XanesMl.Spectra;

/// <summary>K-edge energies of the elements Z 20 to 32 in eV, rounded to 1 eV.</summary>
/// <remarks>Source: X-ray Data Booklet, Table 1-1 (electron binding energies of the elements in their natural forms),
/// Lawrence Berkeley National Laboratory, 2009; its values are those of Bearden and Burr (1967) and of Cardona and Ley (1978).</remarks>
public static class KEdges
{
    private static readonly (string Symbol, int Z, double Energy)[] s_table =
    [
        ("Ca", 20, 4038), ("Sc", 21, 4492), ("Ti", 22, 4966), ("V", 23, 5465), ("Cr", 24, 5989), ("Mn", 25, 6539), ("Fe", 26, 7112),
        ("Co", 27, 7709), ("Ni", 28, 8333), ("Cu", 29, 8979), ("Zn", 30, 9659), ("Ga", 31, 10367), ("Ge", 32, 11103),
    ];

    /// <summary>Symbols of all elements of the table, by atomic number.</summary>
    public static IReadOnlyList<string> Elements { get; } = Array.ConvertAll(s_table, t => t.Symbol);

    /// <summary>K-edge energy of an element in eV.</summary>
    /// <exception cref="XanesDataException">The table does not have the element.</exception>
    public static double Energy(string element)
    {
        foreach (var (symbol, _, energy) in s_table)
            if (string.Equals(symbol, element, StringComparison.Ordinal))
                return energy;
        throw new XanesDataException($"no K edge is known for element '{element}'", remedy: (Suggestion(element) is { } near ? $"Did you mean {near}? " : "") + $"Known are {string.Join(" ", Elements)}.");
    }

    /// <summary>The symbol of the table that a text differs from in its case alone, for the remedy of an error; null where there is none.</summary>
    public static string? Suggestion(string text)
    {
        string? symbol = Elements.FirstOrDefault(e => string.Equals(e, text, StringComparison.OrdinalIgnoreCase));
        return symbol == text ? null : symbol;
    }

    /// <summary>The element whose K edge a grid of absolute energies covers, or null: its edge lies at most 60 eV below the first point
    /// (simulated grids begin at or above the tabulated edge) and below the last; edges of neighbours are 450 eV apart or more.</summary>
    public static string? FindElement(EnergyGrid grid)
    {
        ArgumentNullException.ThrowIfNull(grid);
        string? best = null;
        double distance = double.PositiveInfinity;
        foreach (var (symbol, _, energy) in s_table)
        {
            if (energy < grid.First - 60 || energy > grid.Last)
                continue;
            double d = Math.Abs(grid.First - energy);
            if (d < distance)
                (best, distance) = (symbol, d);
        }

        return best;
    }
}
