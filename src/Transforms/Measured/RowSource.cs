using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Spectra;
using XanesMl.Spectra.Measured;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Measured;

/// <summary>What came of reading one row.</summary>
/// <param name="Spectrum">The spectrum, or null.</param>
/// <param name="Error">Why there is none, or null.</param>
internal sealed record RowReading(MeasuredSpectrum? Spectrum, string? Error)
{
    public ReadOnlyMemory<double> Energies => Spectrum?.Energies ?? default;

    public ReadOnlyMemory<double> Mu => Spectrum?.Mu ?? default;

    /// <summary>Symbol, or null.</summary>
    public string? Element => Spectrum is null ? null : Spectrum.Element ?? ElementIdentification.Identify(Spectrum).Element;
}

/// <summary>Reads the spectrum of one cursor's current row: from its file, or from its columns.</summary>
internal sealed class RowSource
{
    private readonly SpectrumReadingTransformer _step;
    private readonly DataViewRow _row;
    private readonly ValueGetter<ReadOnlyMemory<char>>? _path;
    private readonly ValueGetter<ReadOnlyMemory<char>>? _element;
    private readonly ValueGetter<int>? _index;
    private readonly EnergyReader? _energies;
    private readonly EnergyReader? _mu;
    private ReadOnlyMemory<char> _text;
    private (string Path, DateTime Written, long Length, IReadOnlyList<MeasuredSpectrum> Spectra) _last = ("", default, -1, []);

    public RowSource(SpectrumReadingTransformer step, DataViewRow row, IReadOnlyList<int> inputs)
    {
        (_step, _row) = (step, row);
        DataViewSchema.Column[] columns = [.. inputs.Select(i => row.Schema[i])];
        if (step.Path is not null)
        {
            _path = row.GetGetter<ReadOnlyMemory<char>>(columns[0]);
            _index = columns.Length > 1 ? row.GetGetter<int>(columns[1]) : null;
        }
        else
        {
            (_energies, _mu) = (new EnergyReader(row, columns[0]), new EnergyReader(row, columns[1]));
            _element = columns.Length > 2 ? row.GetGetter<ReadOnlyMemory<char>>(columns[2]) : null;
        }
    }

    public RowReading Read()
    {
        try
        {
            return new RowReading(_path is not null ? FromFile() : FromColumns(), null);
        }
        catch (XanesDataException e)
        {
            var named = RowProblem.Of(e, _step.Path ?? _step.InputMu!, _row);
            return _step.Options.OnError == UnusableRow.Report ? new RowReading(null, named.Message) : throw named;
        }
    }

    private MeasuredSpectrum FromFile()
    {
        _path!(ref _text);
        string path = _text.ToString();
        if (string.IsNullOrWhiteSpace(path))
            throw new XanesDataException("the path is empty", remedy: "Name a file.");
        if (_index is null)
        {
            var only = MeasuredSpectrumReader.Read(path, _step.Options.Reading);
            return only.Count == 1 ? only[0] : throw new XanesDataException($"the file holds {only.Count} spectra and none is chosen", path,
                remedy: "Give a row for each, with its place in an Int32 column (option Index).");
        }

        int index = 0;
        _index(ref index);
        var spectra = Spectra(path);
        return index >= 0 && index < spectra.Count ? spectra[index]
            : throw new XanesDataException($"there is no spectrum {index}: the file holds {spectra.Count}, counted from 0", path, column: _step.Options.Index, remedy: "Repair the column.");
    }

    // Rows of one file mostly follow each other; a file that has changed in between is read again.
    private IReadOnlyList<MeasuredSpectrum> Spectra(string path)
    {
        var file = new FileInfo(path);
        var (written, length) = file.Exists ? (file.LastWriteTimeUtc, file.Length) : (default, -1);
        if (_last.Path != path || _last.Written != written || _last.Length != length || length < 0)
            _last = (path, written, length, MeasuredSpectrumReader.Read(path, _step.Options.Reading));
        return _last.Spectra;
    }

    private MeasuredSpectrum FromColumns()
    {
        string? element = null;
        if (_element is not null)
        {
            _element(ref _text);
            element = _text.ToString();
        }

        return MeasuredSpectrumReader.FromColumns(_energies!.Read(), _mu!.Read(), $"row {_row.Position + 1}", _step.Options.Reading, element);
    }
}

/// <summary>Errors of single rows.</summary>
internal static class RowProblem
{
    /// <summary>The same error with the row's number and column, the file it came from kept.</summary>
    public static XanesDataException Of(XanesDataException e, string column, DataViewRow row)
    {
        string number = $"row {row.Position + 1}";
        string problem = e.Column is null ? e.Problem : $"{e.Column}: {e.Problem}";
        return new XanesDataException($"{number}: {problem}", e.InputSource == number ? null : e.InputSource, e.Line, column, e.Remedy, e);
    }
}
