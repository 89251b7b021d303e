using XanesMl.Inference.Alignment;
using XanesMl.Inference.Measured;
using XanesMl.Inference.Models;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Spectra.Normalization;

namespace XanesMl.Inference.Domain;

/// <summary>Sets the limits for measured spectra: validation rows are taken through a simulated measurement (<see cref="SimulatedMeasurement"/>: energies off by up to 4 eV, noise of 0.2 to 1 % of
/// the edge step), normalization and alignment. All limits are the same quantile of what they limit, the lowest one at which at most 3 % of the rows pass any of them.</summary>
/// <remarks>Fewer than <see cref="EnoughRows"/> rows have no such quantile: it would be the sample's maximum of each of the five, and of new rows up to 5 in n + 1 would pass one of them.
/// There the five share one score of a row, s = max over m of (x[m] - median[m]) / (quantile 0.9 - median)[m], and the limits are median + S (quantile 0.9 - median) with S the
/// ceil(0.97 (n + 1))-th smallest of the n scores, or the largest where n is below 33: of new rows like these at most 1 - 0.97 or 1 in n + 1 pass, but for the scales, which the same rows give
/// (the conformal quantile: Lei et al., J. Am. Stat. Assoc. 113, 1094 (2018)).</remarks>
public static class MeasuredThresholdsBuilder
{
    /// <summary>Validation rows beyond this many are thinned out evenly.</summary>
    public const int MostRows = 600;

    /// <summary>Rows from which on the quantiles of each measure alone are told well enough.</summary>
    public const int EnoughRows = 200;

    private const int FewestRows = 20;
    private const double Typical = 0.5, Unusual = 0.9, SmallestScale = 1e-6;
    private const double MostAlarms = 0.03, QuantileStep = 0.001;
    private const int MostSteps = 20;
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

        if (errors.Count < FewestRows)
            return null;
        double[][] measures = [[.. errors], [.. distances], [.. beyond], [.. misfits], [.. early]];
        double[] limits = errors.Count < EnoughRows ? OfFew(measures) : OfMany(measures);
        return new MeasuredThresholds
        {
            ReconstructionErrorLimit = limits[0], MahalanobisLimit = limits[1], StyleMargin = Math.Max(0, limits[2]), CorrelationLimit = Math.Max(-1, 1 - limits[3]), EarlyAbsorptionLimit = limits[4], Rows = errors.Count,
        };
    }

    // The lowest common quantile of all at which few rows pass any.
    private static double[] OfMany(double[][] measures)
    {
        int rows = measures[0].Length;
        double[][] sorted = Array.ConvertAll(measures, m => m.Order().ToArray());
        double[] limits = Array.ConvertAll(sorted, m => m[^1]);
        for (int step = 1; step <= MostSteps; step++)
        {
            double[] lower = Array.ConvertAll(sorted, m => DomainThresholdsBuilder.Quantile(m, 1 - (QuantileStep * step)));
            if (Enumerable.Range(0, rows).Count(r => Enumerable.Range(0, measures.Length).Any(m => measures[m][r] > lower[m])) > MostAlarms * rows)
                break;
            limits = lower;
        }

        return limits;
    }

    /// <summary>Limits of few rows: see the remarks of the class.</summary>
    /// <param name="measures">[measures][rows].</param>
    internal static double[] OfFew(double[][] measures)
    {
        int rows = measures[0].Length;
        double[][] sorted = Array.ConvertAll(measures, m => m.Order().ToArray());
        double[] middle = Array.ConvertAll(sorted, m => DomainThresholdsBuilder.Quantile(m, Typical));
        double[] scale = [.. sorted.Select((m, i) => Math.Max(DomainThresholdsBuilder.Quantile(m, Unusual) - middle[i], SmallestScale))];
        double[] scores = [.. Enumerable.Range(0, rows).Select(r => Enumerable.Range(0, measures.Length).Max(m => (measures[m][r] - middle[m]) / scale[m])).Order()];
        double score = scores[Math.Min(rows, (int)Math.Ceiling((1 - MostAlarms) * (rows + 1))) - 1];
        return [.. middle.Select((x, m) => x + (score * scale[m]))];
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
}
