using XanesMl.Inference.Models;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Spectra.Resampling;
using XanesMl.Spectra.Writing;

namespace XanesMl.Cli.Normalizing;

/// <summary>Collects normalized spectra on one grid as a table that predict and train read.</summary>
internal sealed class TableOutput
{
    // Energies of photons are thousands of eV: a grid that ends below this is relative to the edge.
    private const double LargestRelativeEnergy = 1000;
    private const double CoverageForNoWarning = 0.95;

    private readonly EnergyGrid _grid;
    private readonly IReadOnlyDictionary<string, double>? _references;
    private readonly bool _notFlattened;
    private readonly List<float[]> _rows = [];
    private readonly Dictionary<string, string> _materials = new(StringComparer.Ordinal);
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<(string Material, string Site)> _taken = [];
    private readonly List<(string Material, string Site, string? Element)> _labels = [];

    /// <summary>Starts a table on the grid that was asked for, else on the model's.</summary>
    public TableOutput(NormalizeRequest request, SpectrumModel? model)
    {
        _grid = request.Grid ?? model!.Grid;
        _notFlattened = request.NotFlattened;
        if (request.Grid is null && model!.Metadata.EnergyAxis == EnergyAxis.RelativeToEdge)
            _references = model.Metadata.EdgeReferences;
        else if (request.Grid is not null && _grid.Last < LargestRelativeEnergy)
            _references = EdgeReferences.Default.Energies;
    }

    /// <summary>Adds a spectrum.</summary>
    /// <returns>The outcome, with a warning where the spectrum covers too little of the grid, or with an error where it cannot be put on it.</returns>
    public NormalizeOutcome Add(NormalizeOutcome outcome)
    {
        double offset = outcome.Shift;
        if (_references is not null)
        {
            if (outcome.Element is null || !_references.TryGetValue(outcome.Element, out double reference))
                return Without(outcome, outcome.Element is null ? "the element is not known, and the grid is relative to its edge. Name it with --element."
                    : $"there is no edge energy for element {outcome.Element}. Known are {string.Join(" ", _references.Keys)}.");
            offset -= reference;
        }

        var from = new EnergyGrid(outcome.Spectrum!.Energies.Span).Shift(offset);
        double covered = (Math.Min(from.Last, _grid.Last) - Math.Max(from.First, _grid.First)) / (_grid.Last - _grid.First);
        if (!(covered > 0) || from.Count < 3)
            return Without(outcome, $"the energies ({from}) do not overlap the grid ({_grid}). Give a grid, or a model, of the element that was measured.");
        var row = new float[_grid.Count];
        new GridResampler(from, _grid).Resample((_notFlattened ? outcome.Result!.Norm : outcome.Result!.Flat).Span, row);
        _rows.Add(row);
        string name = outcome.Name.Length == 0 ? "0" : outcome.Name;
        _labels.Add((Material(outcome.File, name), name, outcome.Element));
        return covered >= CoverageForNoWarning ? outcome : outcome with
        {
            Warnings = [.. outcome.Warnings, FormattableString.Invariant($"the spectrum covers {100 * covered:0} % of the grid: the rest of its row holds its end values")],
        };
    }

    /// <summary>Writes the table.</summary>
    public void Write(string path)
    {
        var spectra = new float[checked(_rows.Count * _grid.Count)];
        for (int i = 0; i < _rows.Count; i++)
            _rows[i].CopyTo(spectra, i * _grid.Count);
        SpectraTableWriter.Write(new SpectraTable(_grid, spectra, [], [], [.. _labels.Select(l => l.Material)], [.. _labels.Select(l => l.Site)], [.. _labels.Select(l => l.Element)]), path);
    }

    // One material a file, and rows that can be told apart: files of different folders may have one name, and a file may be named twice.
    private string Material(string file, string site)
    {
        if (_materials.TryGetValue(file, out string? known) && _taken.Add((known, site)))
            return known;
        string stem = Path.GetFileNameWithoutExtension(file) is { Length: > 0 } own ? own : site, candidate = stem;
        for (int i = 2; !_names.Add(candidate); i++)
            candidate = FormattableString.Invariant($"{stem}_{i}");
        _taken.Add((candidate, site));
        return _materials[file] = candidate;
    }

    private static NormalizeOutcome Without(NormalizeOutcome outcome, string problem) =>
        outcome with { Result = null, Spectrum = null, Error = $"{outcome.File}{(outcome.Name.Length > 0 ? $" ({outcome.Name})" : "")}: {problem}" };
}
