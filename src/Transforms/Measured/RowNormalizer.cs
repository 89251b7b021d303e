using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Spectra;
using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Normalization;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Measured;

/// <summary>What came of normalizing one row: a result, or so many NaN and the reason.</summary>
internal sealed record RowNormalized(NormalizationResult? Result, double[] Missing, string? Error)
{
    public ReadOnlyMemory<double> Norm => Result?.Norm ?? Missing;

    public ReadOnlyMemory<double> Flat => Result?.Flat ?? Missing;

    public ReadOnlyMemory<double> PreEdge => Result?.PreEdge ?? Missing;

    public ReadOnlyMemory<double> PostEdge => Result?.PostEdge ?? Missing;
}

/// <summary>Normalizes the current row of one cursor.</summary>
internal sealed class RowNormalizer
{
    private readonly NormalizeOptions _options;
    private readonly DataViewRow _row;
    private readonly EnergyReader _energies;
    private readonly EnergyReader _mu;
    private readonly ValueGetter<ReadOnlyMemory<char>>? _signal;
    private readonly EarlierError _earlier;
    private readonly NormalizationWorkspace _workspace = new();
    private ReadOnlyMemory<char> _text;

    public RowNormalizer(NormalizeOptions options, DataViewRow row, IReadOnlyList<int> inputs, int earlier)
    {
        (_options, _row) = (options, row);
        (_energies, _mu) = (new EnergyReader(row, row.Schema[inputs[0]]), new EnergyReader(row, row.Schema[inputs[1]]));
        _signal = options.Signal is null ? null : row.GetGetter<ReadOnlyMemory<char>>(row.Schema[inputs[2]]);
        _earlier = new EarlierError(row, earlier);
    }

    public RowNormalized Normalize()
    {
        double[] energies = _energies.Read().ToArray(), mu = _mu.Read().ToArray();
        string? earlier = _earlier.Read();
        try
        {
            if (energies.Length == 0 && mu.Length == 0)
                throw new XanesDataException("the row has no points", remedy: "See why the step in front could not read it.");
            return new RowNormalized(SpectrumNormalizer.Normalize(Spectrum(energies, mu), _options.Normalization, _workspace), [], earlier);
        }
        catch (XanesDataException e)
        {
            var named = RowProblem.Of(e, _options.Mu, _row);
            if (_options.OnError != UnusableRow.Report)
                throw named;
            var missing = new double[mu.Length];
            Array.Fill(missing, double.NaN);
            return new RowNormalized(null, missing, string.IsNullOrEmpty(earlier) ? named.Message : earlier);
        }
    }

    private MeasuredSpectrum Spectrum(double[] energies, double[] mu)
    {
        string name = $"row {_row.Position + 1}";
        return new MeasuredSpectrum { Energies = energies, Mu = mu, Signal = Signal(), Name = name, Path = name, Format = "columns in memory", Columns = "energy (eV); mu" };
    }

    private SignalKind Signal()
    {
        if (_signal is null)
            return SignalKind.Absorption;
        _signal(ref _text);
        return Enum.TryParse(_text.Span, out SignalKind kind) && Enum.IsDefined(kind) ? kind
            : throw new XanesDataException($"'{_text}' is no kind of signal", column: _options.Signal, remedy: $"Known are {string.Join(", ", Enum.GetNames<SignalKind>())}.");
    }
}
