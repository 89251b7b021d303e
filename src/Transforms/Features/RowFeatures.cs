using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Spectra;
using XanesMl.Spectra.Features;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Features;

/// <summary>Extracts the features of one cursor's rows; what depends on the energies only is kept while rows in sequence share them.</summary>
internal sealed class RowFeatures
{
    private readonly ExtractSpectralFeaturesOptions _options;
    private readonly DataViewRow _row;
    private readonly EnergyReader _energies, _spectra;
    private readonly Func<double>? _e0;
    private readonly int[] _places;
    private double[] _known = [];
    private SpectralFeatureExtractor? _extractor;

    public RowFeatures(ExtractSpectralFeaturesOptions options, DataViewRow row, IReadOnlyList<int> inputs)
    {
        (_options, _row) = (options, row);
        (_energies, _spectra) = (new EnergyReader(row, row.Schema[inputs[0]]), new EnergyReader(row, row.Schema[inputs[1]]));
        _e0 = options.E0 is null ? null : Reader(row, row.Schema[inputs[2]]);
        _places = [.. options.Features.Select(f => SpectralFeatures.Names.ToList().IndexOf(f))];
    }

    /// <summary>Features of the current row.</summary>
    public void Extract(Span<float> destination)
    {
        var energies = _energies.Read();
        var mu = _spectra.Read();
        if (energies.Length != mu.Length)
            throw EnergyReader.RowError(_options.Spectrum, _row, $"{mu.Length} absorption values come with {energies.Length} energies in column {_options.Energy}", "Give one value for each energy.");
        if (mu.IsEmpty || AnyMissing(mu))
        {
            destination.Fill(float.NaN);
            return;
        }

        if (_extractor is null || !energies.SequenceEqual(_known))
            Prepare(energies);
        double? e0 = _e0?.Invoke() is { } given && !double.IsNaN(given) ? given : null;
        double[] values = _extractor!.Extract(mu, e0).ToArray();
        for (int i = 0; i < destination.Length; i++)
            destination[i] = (float)values[_places[i]];
    }

    private void Prepare(ReadOnlySpan<double> energies)
    {
        _extractor = null;
        try
        {
            _extractor = new SpectralFeatureExtractor(new EnergyGrid(energies), _options.Search);
        }
        catch (XanesDataException e)
        {
            throw EnergyReader.RowError(_options.Energy, _row, e.Problem, e.Remedy ?? "Repair or remove the row.", e);
        }

        _known = energies.ToArray();
    }

    private static bool AnyMissing(ReadOnlySpan<double> mu)
    {
        foreach (double v in mu)
            if (!double.IsFinite(v))
                return true;
        return false;
    }

    private static Func<double> Reader(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type == NumberDataViewType.Double)
        {
            var doubles = row.GetGetter<double>(column);
            return () =>
            {
                double v = 0;
                doubles(ref v);
                return v;
            };
        }

        var singles = row.GetGetter<float>(column);
        return () =>
        {
            float v = 0;
            singles(ref v);
            return v;
        };
    }
}
