using XanesMl.Spectra;

namespace XanesMl.Inference.Evaluation;

/// <summary>What intervals promise beside what they hold.</summary>
/// <param name="Nominal">[n] levels, 0 to 1, increasing.</param>
/// <param name="HalfWidths">[n] conformal half width at each level, in the descriptor's unit, before the ensemble's spread is joined to it.</param>
/// <param name="Measured">[n] part of the scored rows whose true value lies within the interval; NaN without rows.</param>
/// <param name="Rows">Rows that were scored.</param>
public sealed record IntervalCoverage(IReadOnlyList<double> Nominal, IReadOnlyList<double> HalfWidths, IReadOnlyList<double> Measured, int Rows)
{
    /// <summary>Measures intervals at several levels. A model stores the half width of 90 %; that of another level p is
    /// w(p) = w(0.9) q(p) / q(0.9) with the conformal quantiles q of the validation rows, so that at 90 % it is the model's own interval.</summary>
    /// <param name="levels">Nominal levels, each above 0 and below 1.</param>
    /// <param name="halfWidth90">The model's half width.</param>
    /// <param name="validation">[any] conformal scores of validation rows (<see cref="Predictions.DescriptorEstimate.ConformalScore"/>); NaN = no label, left out.</param>
    /// <param name="scored">[any] conformal scores of the rows to be scored; NaN = no label, left out.</param>
    /// <exception cref="XanesDataException">A level outside 0 to 1.</exception>
    public static IntervalCoverage Measure(IReadOnlyList<double> levels, double halfWidth90, ReadOnlySpan<double> validation, ReadOnlySpan<double> scored)
    {
        ArgumentNullException.ThrowIfNull(levels);
        if (levels.Any(p => !(p > 0 && p < 1)))
            throw new XanesDataException($"levels {string.Join(", ", levels)}", remedy: "A level lies between 0 and 1.");
        double[] known = Array.FindAll(validation.ToArray(), v => !double.IsNaN(v)), asked = Array.FindAll(scored.ToArray(), v => !double.IsNaN(v));
        Array.Sort(known);
        double q90 = Quantile(known, 0.9);
        double[] widths = [.. levels.Select(p => Math.Abs(p - 0.9) < 1e-12 ? halfWidth90 : q90 > 0 ? halfWidth90 * Quantile(known, p) / q90 : double.NaN)];
        return new IntervalCoverage([.. levels], widths,
            [.. widths.Select(w => asked.Length == 0 || double.IsNaN(w) ? double.NaN : (double)asked.Count(s => s <= w) / asked.Length)], asked.Length);
    }

    /// <summary>The ceil(p (n + 1))-th smallest score (Lei et al., J. Am. Stat. Assoc. 113, 1094 (2018)), the largest where there are too few; NaN for none.</summary>
    private static double Quantile(double[] sorted, double level) =>
        sorted.Length == 0 ? double.NaN : sorted[Math.Clamp((int)Math.Ceiling((level * (sorted.Length + 1)) - 1e-9), 1, sorted.Length) - 1];
}
