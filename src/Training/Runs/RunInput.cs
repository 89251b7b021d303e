using XanesMl.Inference.Models;
using XanesMl.Spectra;
using XanesMl.Spectra.Resampling;
using XanesMl.Training.Configuration;

namespace XanesMl.Training.Runs;

/// <summary>Tables as a run needs them: one table on the model's grid.</summary>
/// <param name="Table">Spectra on the model's grid with the descriptors that the options name.</param>
/// <param name="EnergyAxis">What the grid's numbers are.</param>
/// <param name="EdgeReferences">Reference energy of each element in the table, eV.</param>
public sealed record RunInput(SpectraTable Table, EnergyAxis EnergyAxis, IReadOnlyDictionary<string, double> EdgeReferences)
{
    /// <summary>Puts tables together: one element keeps its absolute grid; several are moved to energies relative to each element's K edge, onto
    /// the widest common range with as many points as the first table has.</summary>
    /// <param name="tables">At least one.</param>
    /// <param name="options">Names the descriptors to keep; all where it names none.</param>
    /// <exception cref="XanesDataException">No table, an element that is not known, ranges that do not overlap, or a descriptor that is not there.</exception>
    public static RunInput Prepare(IReadOnlyList<SpectraTable> tables, TrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(tables);
        ArgumentNullException.ThrowIfNull(options);
        if (tables.Count == 0)
            throw new XanesDataException("no table to train on", remedy: "Name at least one file or folder.");
        string[] elements = [.. tables.SelectMany(t => t.Elements).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var references = elements.ToDictionary(e => e, KEdges.Energy, StringComparer.Ordinal);
        SpectraTable table;
        var axis = EnergyAxis.Absolute;
        // energies of tens of eV are those of tables that somebody else aligned
        bool aligned = tables.All(t => t.Grid.First < KEdges.Energy(KEdges.Elements[0]) / 2);
        if (elements.Length <= 1 || aligned)
        {
            table = SpectraTable.Concat(tables);
            axis = aligned ? EnergyAxis.RelativeToEdge : EnergyAxis.Absolute;
        }
        else
        {
            axis = EnergyAxis.RelativeToEdge;
            var grid = EdgeAlignment.CommonGrid(tables, Spectra.Resampling.EdgeReferences.Default, options.Points ?? tables[0].PointCount);
            table = SpectraTable.Concat([.. tables.Select(t => EdgeAlignment.ToRelative(t, Spectra.Resampling.EdgeReferences.Default, grid))]);
        }

        return new RunInput(options.Descriptors.Count == 0 ? table : table.WithDescriptors(options.Descriptors), axis, references);
    }
}
