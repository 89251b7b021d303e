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
    private bool _isPrepared;

    /// <summary>How often energies had to be prepared for: what a test of the cache counts.</summary>
    public int Made { get; private set; }

    /// <summary>Puts the row's spectrum onto the grid. A row without points, as a file that could not be read leaves one, is missing: NaN on the whole grid.</summary>
    public void Resample(DataViewRow row, ReadOnlySpan<double> energies, in VBuffer<float> mu, Span<float> destination)
    {
        if (energies.IsEmpty && mu.Length == 0)
        {
            destination.Fill(float.NaN);
            return;
        }

        if (energies.Length != mu.Length)
            throw EnergyReader.RowError(spectrumColumn, row, 
                $"{mu.Length} absorption values come with {energies.Length} energies in column {energyColumn}",
                "Give one value for each energy.");
        if (!_isPrepared || !energies.SequenceEqual(_energies))
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

        if (_resampler is null)
            _mu.CopyTo(destination);
        else
            _resampler.Resample(_mu, destination);
    }

    private void Prepare(DataViewRow row, ReadOnlySpan<double> energies)
    {
        _isPrepared = false;
        try
        {
            // A spectrum that is on the grid already, to the rounding of data files, is passed on unchanged, as tables are.
            var from = new EnergyGrid(energies);
            _resampler = from.Matches(grid) ? null : new GridResampler(from, grid);
        }
        catch (XanesDataException e)
        {
            throw EnergyReader.RowError(energyColumn, row, e.Problem, e.Remedy ?? "Repair or remove the row.", e);
        }

        _energies = energies.ToArray();
        _isPrepared = true;
        Made++;
    }
}
