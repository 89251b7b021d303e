using XanesMl.Inference.Alignment;
using XanesMl.Inference.Measured;
using XanesMl.Inference.Models;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Spectra.Normalization;

namespace XanesMl.Inference.Domain;

/// <summary>Sets the limits for measured spectra: validation rows are taken through a simulated measurement (<see cref="SimulatedMeasurement"/>: energies off by up to 4 eV, noise of 0.2 to 1 % of
/// the edge step), normalization and alignment, and each limit is passed by 1 % of them.</summary>
public static class MeasuredThresholdsBuilder
{
    /// <summary>Validation rows beyond this many are thinned out evenly.</summary>
    public const int MostRows = 600;

    private const int FewestRows = 20;
    private const double LimitQuantile = 0.99;
    private const double LargestShift = 4, LeastNoise = 0.002, MostNoise = 0.01;

    /// <summary>Fits the limits.</summary>
    /// <param name="model">The model, with or without thresholds.</param>
    /// <param name="thresholds">Its thresholds for simulated spectra.</param>
    /// <param name="rows">Validation rows on the model's grid, with elements where the model's energies are relative.</param>
    /// <param name="seed">Of shifts, noise, offsets, slopes and scales.</param>
    /// <returns>The limits; null where fewer than 20 rows come through, so that nothing can be said (a grid without an edge in it, for instance).</returns>
    public static MeasuredThresholds? Fit(SpectrumModel model, DomainThresholds thresholds, SpectraTable rows, int seed)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(thresholds);
        ArgumentNullException.ThrowIfNull(rows);
        var random = new Random(seed);
        var alignment = new AlignmentOptions();
        List<double> errors = [], distances = [], beyond = [], misfits = [], early = [];
        int count = Math.Min(MostRows, rows.RowCount);
        for (int i = 0; i < count; i++)
        {
            if (Through(model, rows, (int)((long)i * rows.RowCount / count), random, alignment) is not { } p)
                continue;
            var batch = model.Predict(p.Input, 1);
            errors.Add(batch.ReconstructionError[0]);
            distances.Add(DomainCheck.Distance(batch.Styles, thresholds.StyleMean, thresholds.StylePrecision));
            beyond.Add(DomainCheck.Beyond(thresholds, batch.Styles));
            misfits.Add(1 - p.Correlation);
            early.Add(p.EarlyAbsorption);
        }

        return errors.Count < FewestRows ? null : new MeasuredThresholds
        {
            ReconstructionErrorLimit = Limit(errors), MahalanobisLimit = Limit(distances), StyleMargin = Math.Max(0, Limit(beyond)), CorrelationLimit = 1 - Limit(misfits), EarlyAbsorptionLimit = Limit(early),
        };
    }

    private static PreparedSpectrum? Through(SpectrumModel model, SpectraTable rows, int row, Random random, AlignmentOptions alignment)
    {
        string? element = rows.Elements[row];
        double shift = LargestShift * ((2 * random.NextDouble()) - 1), noise = LeastNoise + ((MostNoise - LeastNoise) * random.NextDouble());
        try
        {
            var grid = model.Metadata.EnergyAxis == EnergyAxis.RelativeToEdge ? model.Grid.Shift(ModelAligner.Reference(model, element)) : model.Grid;
            var measured = SimulatedMeasurement.Of(grid, rows.Spectrum(row), shift, noise, random, element);
            var normalized = SpectrumNormalizer.Normalize(measured, new NormalizationOptions { Input = InputState.Raw });
            var prepared = PreparedSpectrum.Of(model, measured.Energies.Span, normalized.Flat.Span, element, null, judged: true, alignment);
            return double.IsFinite(prepared.Correlation) ? prepared : null;
        }
        catch (XanesDataException)
        {
            return null; // no edge in it: such a row says nothing of measured spectra
        }
    }

    private static double Limit(List<double> values)
    {
        values.Sort();
        return DomainThresholdsBuilder.Quantile([.. values], LimitQuantile);
    }
}
