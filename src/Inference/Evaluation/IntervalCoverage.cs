using XanesMl.Inference.Predictions;
using XanesMl.Spectra;

namespace XanesMl.Inference.Evaluation;

/// <summary>Errors of a prediction beside the spread of its ensemble, row by row.</summary>
/// <param name="Residuals">[rows] true minus predicted value; NaN = no label.</param>
/// <param name="Stds">[rows] standard deviation over the ensemble, in the same unit.</param>
public sealed record IntervalRows(IReadOnlyList<double> Residuals, IReadOnlyList<double> Stds);

/// <summary>What intervals promise beside what they hold.</summary>
/// <param name="Nominal">[n] levels, 0 to 1, increasing.</param>
/// <param name="HalfWidths">[n] conformal half width at each level, in the descriptor's unit, before the ensemble's spread, scaled alike, is joined to it; NaN for a level that is left out.</param>
/// <param name="Measured">[n] part of the scored rows whose true value lies within the interval; NaN without rows and for a level that is left out.</param>
/// <param name="Rows">Rows that were scored.</param>
/// <param name="Held">[n][rows] 1 where the interval holds the true value, 0 where not, NaN without label.</param>
public sealed record IntervalCoverage(IReadOnlyList<double> Nominal, IReadOnlyList<double> HalfWidths, IReadOnlyList<double> Measured, int Rows, IReadOnlyList<double[]> Held)
{
    // The level whose half width a model stores.
    private const double Stored = 0.9;

    /// <summary>Measures intervals at several levels. A model stores the half width w of 90 %, so that its own interval of a row is +- h = sqrt((1.645 std)^2 + w^2). At another
    /// level p the interval is f(p) h, ensemble's spread included, with f(p) = t(p) / t(0.9) and the conformal quantile t(p) of abs(r) / h over the validation rows: narrow where levels are low,
    /// and the model's own at 90 %. A level with f = 0 or without validation rows is left out.</summary>
    /// <param name="levels">Nominal levels, each above 0 and below 1.</param>
    /// <param name="halfWidth90">The model's half width.</param>
    /// <param name="validation">Validation rows.</param>
    /// <param name="scored">Rows to be scored.</param>
    /// <exception cref="XanesDataException">A level outside 0 to 1, or residuals and spreads of different rows.</exception>
    public static IntervalCoverage Measure(IReadOnlyList<double> levels, double halfWidth90, IntervalRows validation, IntervalRows scored)
    {
        ArgumentNullException.ThrowIfNull(levels);
        ArgumentNullException.ThrowIfNull(validation);
        ArgumentNullException.ThrowIfNull(scored);
        if (levels.Any(p => !(p > 0 && p < 1)))
            throw new XanesDataException($"levels {string.Join(", ", levels)}", remedy: "A level lies between 0 and 1.");
        foreach (var rows in (ReadOnlySpan<IntervalRows>)[validation, scored])
            if (rows.Residuals.Count != rows.Stds.Count)
                throw new XanesDataException($"{rows.Residuals.Count} residuals come with {rows.Stds.Count} standard deviations", remedy: "Give both for every row.");
        double[] known = Array.FindAll(Ratios(validation, halfWidth90), v => !double.IsNaN(v)), asked = Ratios(scored, halfWidth90);
        Array.Sort(known);
        double t90 = Quantile(known, Stored);
        double[] factors = [.. levels.Select(p => IsStored(p) ? 1 : Quantile(known, p) / t90 is > 0 and < double.PositiveInfinity and var f ? f : double.NaN)];
        double[][] held = [.. factors.Select((f, l) => IsStored(levels[l]) ? HeldByModel(scored, halfWidth90) : Array.ConvertAll(asked, t => double.IsNaN(t) || double.IsNaN(f) ? double.NaN : t <= f ? 1.0 : 0.0))];
        return new IntervalCoverage([.. levels], [.. factors.Select(f => f * halfWidth90)], [.. held.Select(h => h.Where(v => !double.IsNaN(v)).DefaultIfEmpty(double.NaN).Average())], scored.Residuals.Count(r => !double.IsNaN(r)), held);
    }

    private static bool IsStored(double level) => Math.Abs(level - Stored) < 1e-12;

    /// <summary>[rows] error over the half width of the model's own interval; 0 for no error, NaN without label.</summary>
    private static double[] Ratios(IntervalRows rows, double halfWidth90) =>
        [.. rows.Residuals.Zip(rows.Stds, (r, s) => r == 0 ? 0 : Math.Abs(r) / DescriptorEstimate.From(0, s, halfWidth90, "").High)];

    // As the scores of the model have it, to the last row.
    private static double[] HeldByModel(IntervalRows rows, double halfWidth90) =>
        [.. rows.Residuals.Zip(rows.Stds, (r, s) => double.IsNaN(r) ? double.NaN : DescriptorEstimate.ConformalScore(r, s) <= halfWidth90 ? 1.0 : 0.0)];

    /// <summary>The ceil(p (n + 1))-th smallest score (Lei et al., J. Am. Stat. Assoc. 113, 1094 (2018)), the largest where there are too few; NaN for none.</summary>
    private static double Quantile(double[] sorted, double level) =>
        sorted.Length == 0 ? double.NaN : sorted[Math.Clamp((int)Math.Ceiling((level * (sorted.Length + 1)) - 1e-9), 1, sorted.Length) - 1];
}
