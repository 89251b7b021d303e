namespace XanesMl.Spectra.Reading;

/// <summary>What to take from a table of spectra.</summary>
public sealed record SpectraReadOptions
{
    /// <summary>Symbol of the absorbing element of every row, such as "Cu". Null (default): the ELEMENT column where the file has one,
    /// else the element whose K edge the energies cover (<see cref="KEdges.FindElement"/>), else unknown. Set it for relative energies.</summary>
    public string? Element { get; init; }

    /// <summary>Descriptors to keep, without the AUX_ prefix, in this order. Null (default): all, in the file's order.</summary>
    public IReadOnlyList<string>? Descriptors { get; init; }

    /// <summary>A descriptor of <see cref="Descriptors"/> that the file lacks becomes a column of missing values instead of an error.
    /// False by default, since a misspelt name is the likelier cause; true for reading labelled and unlabelled files together.</summary>
    public bool AllowMissingDescriptors { get; init; }

    internal void Validate()
    {
        if (Element is not null && !ElementSymbol.IsPlausible(Element))
            throw new XanesDataException($"'{Element}' is not an element symbol", "option Element", remedy: "Write it as in the periodic table: Cu.");
        if (Descriptors is null)
            return;
        foreach (string name in Descriptors)
            if (string.IsNullOrWhiteSpace(name))
                throw new XanesDataException("a descriptor name is empty", "option Descriptors", remedy: "Name descriptors as in the file's AUX_ columns, without AUX_.");
        if (Descriptors.GroupBy(d => d, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new XanesDataException($"descriptor {twice.Key} is asked for twice", "option Descriptors", remedy: "Name it once.");
    }
}

/// <summary>The form of an element symbol: a capital and at most one small letter. Which elements have a known K edge is <see cref="KEdges"/>' business.</summary>
internal static class ElementSymbol
{
    public static bool IsPlausible(string symbol) =>
        symbol.Length is 1 or 2 && char.IsAsciiLetterUpper(symbol[0]) && (symbol.Length == 1 || char.IsAsciiLetterLower(symbol[1]));
}
