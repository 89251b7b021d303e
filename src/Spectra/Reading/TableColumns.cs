using System.Globalization;

namespace XanesMl.Spectra.Reading;

/// <summary>What a column holds.</summary>
internal enum ColumnRole
{
    /// <summary>Not one of ours: skipped.</summary>
    Other,

    /// <summary>MPID, the material.</summary>
    Material,

    /// <summary>SITE, the absorbing site within the material.</summary>
    Site,

    /// <summary>ELEMENT, the absorber's symbol.</summary>
    Element,

    /// <summary>AUX_name, a descriptor that is kept.</summary>
    Descriptor,

    /// <summary>ENE_energy, one point of the spectrum.</summary>
    Energy,
}

/// <summary>The columns of a RankAAE table, found by name: MPID, SITE and ELEMENT (any case), AUX_ and ENE_ columns (this case).</summary>
internal sealed class TableColumns
{
    private const string DescriptorPrefix = "AUX_";
    private const string EnergyPrefix = "ENE_";

    private TableColumns(string[] names, ColumnRole[] roles, int[] slots, EnergyGrid? grid, string[] descriptors)
    {
        (Names, Roles, Slots, EnergyGridOrNull, Descriptors) = (names, roles, slots, grid, descriptors);
        HasElement = roles.Contains(ColumnRole.Element);
    }

    /// <summary>Column names in file order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Role of each column.</summary>
    public ColumnRole[] Roles { get; }

    /// <summary>For a descriptor or an energy its index in the table; 0 for the others.</summary>
    public int[] Slots { get; }

    /// <summary>Kept descriptors in table order.</summary>
    public string[] Descriptors { get; }

    /// <summary>True when the file says each row's element.</summary>
    public bool HasElement { get; }

    /// <summary>Grid of the ENE_ columns, or null where there are none.</summary>
    public EnergyGrid? EnergyGridOrNull { get; }

    /// <summary>Sorts the columns into their roles.</summary>
    /// <param name="names">Column names in file order.</param>
    /// <param name="options">Descriptors to keep.</param>
    /// <param name="source">File, for errors.</param>
    /// <param name="line">Line of the header, or null.</param>
    public static TableColumns Find(string[] names, SpectraReadOptions options, string source, long? line)
    {
        CheckDuplicates(names, source, line);
        string[] found = [.. names.Where(n => n.StartsWith(DescriptorPrefix, StringComparison.Ordinal)).Select(n => n[DescriptorPrefix.Length..])];
        if (Array.IndexOf(found, "") >= 0)
            throw new XanesDataException("a descriptor column has no name after AUX_", source, line, "AUX_", "Name it, for example AUX_CN.");
        string[] kept = options.Descriptors is null ? found : [.. options.Descriptors];
        if (!options.AllowMissingDescriptors && kept.FirstOrDefault(k => Array.IndexOf(found, k) < 0) is { } lacking)
            throw new XanesDataException($"the file has no descriptor column AUX_{lacking}", source, line,
                remedy: found.Length == 0 ? "It has no AUX_ columns at all." : $"It has {string.Join(", ", found)}.");

        var roles = new ColumnRole[names.Length];
        var slots = new int[names.Length];
        var energies = new List<double>();
        for (int i = 0; i < names.Length; i++)
        {
            roles[i] = RoleOf(names[i]);
            if (roles[i] == ColumnRole.Energy)
            {
                slots[i] = energies.Count;
                energies.Add(EnergyOf(names[i], energies, source, line));
            }
            else if (roles[i] == ColumnRole.Descriptor && (slots[i] = Array.IndexOf(kept, names[i][DescriptorPrefix.Length..])) < 0)
            {
                (roles[i], slots[i]) = (ColumnRole.Other, 0);
            }
        }

        if (energies.Count == 1)
            throw new XanesDataException("the file has one energy column, a spectrum needs at least 2", source, line, names[Array.IndexOf(roles, ColumnRole.Energy)],
                "Give one ENE_ column for each energy in eV.");
        return new TableColumns(names, roles, slots, energies.Count == 0 ? null : new EnergyGrid([.. energies]), kept);
    }

    private static ColumnRole RoleOf(string name)
    {
        if (name.StartsWith(EnergyPrefix, StringComparison.Ordinal))
            return ColumnRole.Energy;
        if (name.StartsWith(DescriptorPrefix, StringComparison.Ordinal))
            return ColumnRole.Descriptor;
        if (name.Equals("MPID", StringComparison.OrdinalIgnoreCase))
            return ColumnRole.Material;
        if (name.Equals("SITE", StringComparison.OrdinalIgnoreCase))
            return ColumnRole.Site;
        return name.Equals("ELEMENT", StringComparison.OrdinalIgnoreCase) ? ColumnRole.Element : ColumnRole.Other;
    }

    private static double EnergyOf(string name, List<double> before, string source, long? line)
    {
        string text = name[EnergyPrefix.Length..];
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double energy) || !double.IsFinite(energy))
            throw new XanesDataException($"'{text}' is not an energy", source, line, name, "Write energy columns as ENE_8985.332, in eV with a decimal point.");
        if (before.Count > 0 && energy <= before[^1])
            throw new XanesDataException(string.Create(CultureInfo.InvariantCulture, $"energy {energy} eV comes after {before[^1]} eV"), source, line, name,
                energy == before[^1] ? "Remove the duplicate energy column." : "Sort the ENE_ columns by increasing energy.");
        return energy;
    }

    private static void CheckDuplicates(string[] names, string source, long? line)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            // Index columns of a data frame often have no name; they are skipped, so two of them do no harm.
            string key = RoleOf(name) is ColumnRole.Material or ColumnRole.Site or ColumnRole.Element ? name.ToUpperInvariant() : name;
            if (name.Length > 0 && !seen.Add(key))
                throw new XanesDataException("this column name occurs twice", source, line, name, "Rename or remove one of them.");
        }
    }
}
