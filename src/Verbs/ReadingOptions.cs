using System.CommandLine;
using XanesMl.Spectra.Measured;

namespace XanesMl.Verbs;

/// <summary>Options of verbs that read measured files: what the files do not say.</summary>
internal sealed class ReadingOptions
{
    private readonly Option<string?> _energy = new("--energy") { HelpName = "COLUMN", Description = "Energy (or angle) column, by name or number from 1. Default: by its label." };
    private readonly Option<string?> _mu = new("--mu") { HelpName = "COLUMN", Description = "Column of mu. Default: by its label, or from detectors." };
    private readonly Option<string?> _i0 = new("--i0") { HelpName = "COLUMN", Description = "Column of the detector before the sample." };
    private readonly Option<string?> _itrans = new("--itrans") { HelpName = "COLUMN", Description = "Column of the detector behind the sample; asks for transmission." };
    private readonly Option<string[]> _ifluor = new("--ifluor") { HelpName = "COLUMN", Description = "Column of a fluorescence detector; may be repeated, then they are added. Asks for fluorescence." };
    private readonly Option<string?> _signal = Options.Choice("--signal", "Which signal where a file holds several. Default: auto.", "auto", "transmission", "fluorescence", "reference", "normalized");
    private readonly Option<string?> _unit = Options.Choice("--unit", "Unit of the energy column. Default: auto.", "auto", "eV", "keV", "degrees");
    private readonly Option<double?> _spacing = Options.Number("--d-spacing", "ANGSTROM", "Spacing of the monochromator's crystal planes, for files with angles (Si 111: 3.1356).");

    /// <summary>Adds them to a verb.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _energy, _mu, _i0, _itrans, _ifluor, _signal, _unit, _spacing })
            command.Add(option);
    }

    /// <summary>What was given.</summary>
    public MeasuredReadOptions Get(ParseResult result) => new()
    {
        Energy = result.GetValue(_energy), Mu = result.GetValue(_mu), I0 = result.GetValue(_i0), Itrans = result.GetValue(_itrans), Ifluor = result.GetValue(_ifluor) ?? [],
        Signal = result.GetValue(_signal) switch
        {
            "transmission" => SignalChoice.Transmission,
            "fluorescence" => SignalChoice.Fluorescence,
            "reference" => SignalChoice.Reference,
            "normalized" => SignalChoice.Normalized,
            _ => SignalChoice.Auto,
        },
        EnergyUnit = result.GetValue(_unit) switch
        {
            "eV" => EnergyUnit.ElectronVolt,
            "keV" => EnergyUnit.KiloElectronVolt,
            "degrees" => EnergyUnit.MonochromatorDegrees,
            _ => EnergyUnit.Auto,
        },
        DSpacing = result.GetValue(_spacing),
    };
}
