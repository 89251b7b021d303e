using System.CommandLine;
using XanesMl.Spectra;
using XanesMl.Spectra.Normalization;

namespace XanesMl.Verbs;

/// <summary>Options of verbs that normalize measured spectra: what is known of them, edge energy and fit ranges, shift.</summary>
/// <param name="shiftDescription">What --shift does in this verb.</param>
internal sealed class PreparationOptions(string shiftDescription)
{
    private readonly Option<string?> _input = Options.Choice("--input", "What the input is: looked at (auto), raw, or normalized already. Default: auto.", "auto", "raw", "normalized");
    private readonly Option<double?> _e0 = Options.Number("--e0", "EV", "Edge energy. Default: found.");
    private readonly Option<double?> _pre1 = Options.Number("--pre1", "EV", "Low end of the pre-edge fit, relative to E0. Default: the second point's energy.");
    private readonly Option<double?> _pre2 = Options.Number("--pre2", "EV", "High end of the pre-edge fit, relative to E0. Default: half of pre1.");
    private readonly Option<double?> _norm1 = Options.Number("--norm1", "EV", "Low end of the post-edge fit, relative to E0. Default: a third of norm2, at most 25.");
    private readonly Option<double?> _norm2 = Options.Number("--norm2", "EV", "High end of the post-edge fit, relative to E0. Default: the last point's energy.");
    private readonly Option<int?> _nnorm = Options.Whole("--nnorm", "N", "Degree of the post-edge polynomial. Default: 2, or less for a short range.", 0, 5);
    private readonly Option<int?> _nvict = Options.Whole("--nvict", "N", "Power of E in the pre-edge curve. Default: 0.", 0, 4);
    private readonly Option<string?> _element = new("--element") { HelpName = "EL", Description = "Absorbing element. Default: as the files say, else by E0." };

    /// <summary>--shift.</summary>
    public Option<double?> ShiftOption { get; } = Options.Number("--shift", "EV", shiftDescription);

    /// <summary>The ends of the two fits.</summary>
    public IReadOnlyList<Option> RangeOptions => [_pre1, _pre2, _norm1, _norm2];

    /// <summary>The degrees of the two fits.</summary>
    public IReadOnlyList<Option> DegreeOptions => [_nnorm, _nvict];

    /// <summary>Adds them to a verb.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _input, _e0, _pre1, _pre2, _norm1, _norm2, _nnorm, _nvict, _element, ShiftOption })
            command.Add(option);
    }

    /// <summary>What was given about normalization.</summary>
    public NormalizationOptions Normalization(ParseResult result) => new()
    {
        Input = result.GetValue(_input) switch { "raw" => InputState.Raw, "normalized" => InputState.Normalized, _ => InputState.Recognize },
        PreEdge = new PreEdgeOptions
        {
            E0 = result.GetValue(_e0), Pre1 = result.GetValue(_pre1), Pre2 = result.GetValue(_pre2), Norm1 = result.GetValue(_norm1), Norm2 = result.GetValue(_norm2),
            NNorm = result.GetValue(_nnorm), NVict = result.GetValue(_nvict) ?? 0,
        },
    };

    /// <summary>The element, or null.</summary>
    /// <exception cref="XanesDataException">Not a symbol.</exception>
    public string? Element(ParseResult result)
    {
        string? symbol = result.GetValue(_element);
        if (symbol is not null && !(symbol.Length is 1 or 2 && char.IsAsciiLetterUpper(symbol[0]) && symbol.Skip(1).All(char.IsAsciiLetterLower)))
            throw new XanesDataException($"'{symbol}' is not the symbol of an element", "option --element", remedy: KEdges.Suggestion(symbol) is { } near ? $"Did you mean {near}?" : "Give a symbol such as Cu.");
        return symbol;
    }

    /// <summary>The shift in eV, or null.</summary>
    public double? Shift(ParseResult result) => result.GetValue(ShiftOption);
}
