using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Spectra;
using XanesMl.Spectra.Resampling;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Resampling;

/// <summary>Resamples one cursor's rows; what depends on the energies only is kept while rows in sequence share them, as those of a table do.</summary>
internal sealed class RowResampler(EnergyGrid grid, string energyColumn, string spectrumColumn)
{
    private double[] _energies = [];
    private float[] _mu = [];
    private GridResampler? _resampler;

    /// <summary>How often a new resampler had to be made: what a test of the cache counts.</summary>
    public int Made { get; private set; }

    /// <summary>Puts the row's spectrum onto the grid.</summary>
    public void Resample(DataViewRow row, ReadOnlySpan<double> energies, in VBuffer<float> mu, Span<float> destination)
    {
        if (energies.Length != mu.Length)
            throw EnergyReader.RowError(spectrumColumn, row, $"{mu.Length} absorption values come with {energies.Length} energies in column {energyColumn}", "Give one value for each energy.");
        if (_resampler is null || !energies.SequenceEqual(_energies))
            Prepare(row, energies);
        if (_mu.Length != mu.Length)
            _mu = new float[mu.Length];
        mu.CopyTo(_mu);
        foreach (float v in _mu)
        {
            if (!float.IsFinite(v))
            {
                destination.Fill(float.NaN);
                return;
            }
        }

        _resampler!.Resample(_mu, destination);
    }

    private void Prepare(DataViewRow row, ReadOnlySpan<double> energies)
    {
        _resampler = null;
        try
        {
            var from = new EnergyGrid(energies);
            if (from.Last < grid.First || from.First > grid.Last)
                throw new XanesDataException($"the energies ({from}) do not overlap the grid ({grid})", remedy: "Check the element, the unit (eV, not keV), and whether both are absolute or both relative.");
            _resampler = new GridResampler(from, grid);
        }
        catch (XanesDataException e)
        {
            throw EnergyReader.RowError(energyColumn, row, e.Problem, e.Remedy ?? "Repair or remove the row.", e);
        }

        _energies = energies.ToArray();
        Made++;
    }
}
