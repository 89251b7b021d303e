using XanesMl.Inference.Sessions;
using XanesMl.Spectra;

namespace XanesMl.Inference.Predictions;

/// <summary>Puts a table onto a model's energy grid, for callers that want spectra rather than predictions.</summary>
public static class TableAlignment
{
    /// <summary>The same rows on the model's grid.</summary>
    /// <param name="model">The model.</param>
    /// <param name="table">Spectra, normalized as the model's policy says.</param>
    /// <param name="resample">As in <see cref="TablePredictor.Predict"/>.</param>
    /// <exception cref="XanesDataException">As in <see cref="TablePredictor.Predict"/>.</exception>
    public static SpectraTable ToModelGrid(SpectrumModel model, SpectraTable table, bool resample)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(table);
        var fit = new GridFit(model, table, resample);
        int points = model.Grid.Count;
        var spectra = new float[checked(table.RowCount * points)];
        for (int i = 0; i < table.RowCount; i++)
            fit.Place(i, spectra.AsSpan(i * points, points));
        return table.WithSpectra(model.Grid, spectra);
    }
}
