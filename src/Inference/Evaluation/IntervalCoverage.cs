using MathNet.Numerics.Distributions;
using XanesMl.Inference.Predictions;
using XanesMl.Spectra;

namespace XanesMl.Inference.Evaluation;

/// <summary>Errors of a prediction beside the spread of its ensemble, row by row.</summary>
/// <param name="Residuals">[rows] true minus predicted value; NaN = no label.</param>
/// <param name="Stds">[rows] standard deviation over the ensemble, in the same unit.</param>
public sealed record IntervalRows(IReadOnlyList<double> Residuals, IReadOnlyList<double> Stds);

/// <summary>What intervals promise beside what they hold.</summary>
/// <param name="Nominal">[n] levels, 0 to 1, increasing.</param>
/// <param name="HalfWidths">[n] conformal half width at each level, in the descriptor's unit, before the ensemble's spread is joined to it; NaN for a level that is left out.</param>
/// <param name="Measured">[n] part of the scored rows whose true value lies within the interval; NaN without rows and for a level that is left out.</param>
/// <param name="Rows">Rows that were scored.</param>
/// <param name="Held">[n][rows] 1 where the interval holds the true value, 0 where not, NaN without label.</param>
public sealed record IntervalCoverage(IReadOnlyList<double> Nominal, IReadOnlyList<double> HalfWidths, IReadOnlyList<double> Measured, int Rows, IReadOnlyList<double[]> Held)
{
    // The level whose half width a model stores.
    private const double Stored = 0.9;

    /// <summary>Measures intervals at several levels. A model stores the half width of 90 %. At another level p the ensemble's spread counts as
    /// z(p) = 1.645 Phi^-1((1 + p) / 2) / Phi^-1(0.95) standard deviations, and the half width is w(p) = w(0.9) q(p) / q(0.9), q(p) being the conformal quantile of the
    /// validation rows' scores sqrt(max(0, r^2 - (z(p) std)^2)): at 90 % it is the model's own interval. A level at which the spread alone covers the validation rows
    /// (q(p) = 0) has no such width and is left out.</summary>
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
        double q90 = Quantile(Scores(validation, Stored), Stored);
        double[] widths = [.. levels.Select(p => IsStored(p) ? halfWidth90 : Positive(halfWidth90 * Quantile(Scores(validation, p), p) / q90))];
        double[][] held = [.. levels.Select((p, l) => Array.ConvertAll(Scores(scored, p), s => double.IsNaN(s) || double.IsNaN(widths[l]) ? double.NaN : s <= widths[l] ? 1.0 : 0.0))];
        return new IntervalCoverage([.. levels], widths, [.. held.Select(h => h.Where(v => !double.IsNaN(v)).DefaultIfEmpty(double.NaN).Average())], scored.Residuals.Count(r => !double.IsNaN(r)), held);
    }

    private static bool IsStored(double level) => Math.Abs(level - Stored) < 1e-12;

    private static double Positive(double width) => width > 0 && double.IsFinite(width) ? width : double.NaN;

    /// <summary>[rows] smallest half widths that cover each residual beside the spread of the level.</summary>
    private static double[] Scores(IntervalRows rows, double level)
    {
        double scale = IsStored(level) ? 1 : Normal.InvCDF(0, 1, (1 + level) / 2) / Normal.InvCDF(0, 1, (1 + Stored) / 2);
        return [.. rows.Residuals.Zip(rows.Stds, (r, s) => double.IsNaN(r) ? double.NaN : DescriptorEstimate.ConformalScore(r, scale * s))];
    }

    /// <summary>The ceil(p (n + 1))-th smallest score (Lei et al., J. Am. Stat. Assoc. 113, 1094 (2018)), the largest where there are too few; NaN for none.</summary>
    private static double Quantile(double[] scores, double level)
    {
        double[] sorted = Array.FindAll(scores, s => !double.IsNaN(s));
        Array.Sort(sorted);
        return sorted.Length == 0 ? double.NaN : sorted[Math.Clamp((int)Math.Ceiling((level * (sorted.Length + 1)) - 1e-9), 1, sorted.Length) - 1];
    }
}
