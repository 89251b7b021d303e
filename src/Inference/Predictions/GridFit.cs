using System.Globalization;
using XanesMl.Inference.Models;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Spectra.Resampling;

namespace XanesMl.Inference.Predictions;

/// <summary>Brings the spectra of one table onto a model's grid: as they are, or by one resampler for each element's shift.</summary>
internal sealed class GridFit
{
    private readonly SpectraTable _table;
    private readonly Way[] _ways;

    /// <summary>Decides for every row how it gets onto the grid, and refuses before any work is done.</summary>
    /// <exception cref="XanesDataException">See <see cref="TablePredictor.Predict"/>.</exception>
    public GridFit(SpectrumModel model, SpectraTable table, bool resample)
    {
        _table = table;
        _ways = new Way[table.RowCount];
        // Absolute energies are thousands of eV, so a table that overlaps a relative grid is relative already.
        bool shifts = model.Metadata.EnergyAxis == EnergyAxis.RelativeToEdge && Overlap(table.Grid, model.Grid) <= 0;
        var known = new Dictionary<string, Way>(StringComparer.Ordinal);
        for (int row = 0; row < _ways.Length; row++)
        {
            string? element = shifts ? table.Elements[row] ?? throw NoElement(row) : null;
            if (!known.TryGetValue(element ?? "", out var way))
                known[element ?? ""] = way = Find(model, element is null ? table.Grid : table.Grid.Shift(-Reference(model, element, row)), resample, element);
            _ways[row] = way;
        }
    }

    /// <summary>Fraction of the model's energy range that a row's own energies cover.</summary>
    public double Coverage(int row) => _ways[row].Coverage;

    /// <summary>Writes the spectrum of a row on the model's grid.</summary>
    public void Place(int row, Span<float> destination)
    {
        if (_ways[row].Resampler is { } resampler)
            resampler.Resample(_table.Spectrum(row), destination);
        else
            _table.Spectrum(row).CopyTo(destination);
    }

    private Way Find(SpectrumModel model, EnergyGrid grid, bool resample, string? element)
    {
        if (grid.Matches(model.Grid))
            return new Way(null, 1);
        string theirs = _table.Grid.ToString() + (element is null ? "" : string.Create(CultureInfo.InvariantCulture, $" ({grid} relative to the {element} reference)"));
        if (!resample)
            throw new XanesDataException($"the spectra are on another energy grid than the model: {theirs}, the model has {model.Grid}",
                remedy: "Use --resample to put them onto the model's grid.");
        double overlap = Overlap(grid, model.Grid);
        if (overlap <= 0)
            throw new XanesDataException($"the energies do not overlap the model's: {theirs}, the model has {model.Grid}",
                remedy: $"Use a model of the element that was measured; this one is for {string.Join(", ", model.Metadata.Elements)}.");
        return new Way(new GridResampler(grid, model.Grid), overlap / (model.Grid.Last - model.Grid.First));
    }

    private static double Overlap(EnergyGrid a, EnergyGrid b) => Math.Min(a.Last, b.Last) - Math.Max(a.First, b.First);

    private static double Reference(SpectrumModel model, string element, int row) =>
        model.Metadata.EdgeReferences.TryGetValue(element, out double energy) ? energy
            : throw new XanesDataException($"row {row + 1} is of element {element}, for which the model has no reference energy",
                remedy: $"It has {string.Join(", ", model.Metadata.EdgeReferences.Keys.Order(StringComparer.Ordinal))}.");

    private static XanesDataException NoElement(int row) =>
        new($"the element of row {row + 1} is not known, and the model's energies are relative to the element's edge", remedy: "Add an ELEMENT column to the table.");

    private sealed record Way(GridResampler? Resampler, double Coverage);
}
