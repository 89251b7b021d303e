using System.Runtime.InteropServices;
using XanesMl.Inference.Measured;
using XanesMl.Inference.Models;
using XanesMl.Inference.Predictions;
using XanesMl.Spectra;
using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Reading;
using XanesMl.Spectra.Resampling;

namespace XanesMl.Edge.Serving;

/// <summary>A file of a request that has been read: the names of its spectra, and the answer to each. Tables of spectra go the way of tables, as in xanesml-edge predict.</summary>
internal sealed class SpectraFile
{
    private readonly Func<int, SpectrumAnswer> _answer;

    private SpectraFile(IReadOnlyList<string> names, Func<int, SpectrumAnswer> answer) => (Names, _answer) = (names, answer);

    /// <summary>Names of the spectra, in the file's order; at least one.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="session">What answers.</param>
    /// <param name="file">The file.</param>
    /// <param name="options">Those of the session.</param>
    /// <exception cref="XanesDataException">No spectrum can be read from it, or a table does not fit the model.</exception>
    public static SpectraFile Read(PredictionSession session, UploadedFile file, PredictionOptions options)
    {
        if (SpectraTableReader.Recognizes(file.Content))
            return Table(session, file, options);
        string sha256 = SpectrumPredictions.Hash(file.Content.Span);
        using var stream = MemoryMarshal.TryGetArray(file.Content, out var array) ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false) : new MemoryStream(file.Content.ToArray());
        var spectra = MeasuredSpectrumReader.Read(stream, file.Name, options.Reading);
        return new SpectraFile([.. spectra.Select(s => s.Name)], i => session.Answer(spectra[i], sha256));
    }

    /// <summary>The answer to one of the spectra.</summary>
    public SpectrumAnswer Answer(int index) => _answer(index);

    private static SpectraFile Table(PredictionSession session, UploadedFile file, PredictionOptions options)
    {
        var table = SpectraTableReader.Read(file.Content, file.Name, options.MaxTableBytes, new SpectraReadOptions { Element = options.Preparation.Element });
        if (table.RowCount > options.Reading.MaxSpectra)
            throw new XanesDataException(FormattableString.Invariant($"the table has {table.RowCount} spectra, the limit is {options.Reading.MaxSpectra}"), file.Name, remedy: "Give it to xanesml-edge predict.");
        string sha256 = SpectrumPredictions.Hash(file.Content.Span);
        return new SpectraFile([.. table.Materials.Zip(table.Sites, (material, site) => $"{material}/{site}")], i =>
        {
            var row = table.Select([i]);
            try
            {
                return WithCurves(session, row, session.Answers(row, file.Name, sha256)[0]);
            }
            catch (XanesDataException e) when (e.InputSource is null)
            {
                throw new XanesDataException(e.Problem, file.Name, e.Line, e.Column, e.Remedy, e);
            }
        });
    }

    /// <summary>Adds what the model saw and drew of a table's only row, which its answer does not carry.</summary>
    private static SpectrumAnswer WithCurves(PredictionSession session, SpectraTable row, SpectrumAnswer answer)
    {
        if (answer.Result is not { Model: { } identity, Prediction: { } prediction } || session.Models.Entries.FirstOrDefault(e => e.Identity.Sha256 == identity.Sha256)?.Model is not { } model)
            return answer;
        var (grid, input) = (row.Grid, new float[model.Grid.Count]);
        // Absolute energies are thousands of eV, so a table that overlaps a relative grid is relative already.
        if (model.Metadata.EnergyAxis == EnergyAxis.RelativeToEdge && grid.First > model.Grid.Last && row.Elements[0] is { } element)
            grid = grid.Shift(-model.Metadata.EdgeReferences[element]);
        if (grid.Matches(model.Grid))
            row.Spectrum(0).CopyTo(input);
        else
            new GridResampler(grid, model.Grid).Resample(row.Spectrum(0), input);
        return answer with { Steps = new MeasuredPrediction { Prediction = prediction, Input = input, Reconstruction = model.Predict(input, 1).Reconstruction } };
    }
}
