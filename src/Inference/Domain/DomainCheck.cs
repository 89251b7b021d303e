using System.Globalization;
using XanesMl.Inference.Models;

namespace XanesMl.Inference.Domain;

/// <summary>Outcome of the domain check of one spectrum.</summary>
/// <param name="Verdict">The worst finding.</param>
/// <param name="Reasons">One sentence for each finding; empty when the verdict is Ok.</param>
/// <param name="ErrorPercentile">Percent of training rows whose reconstruction error is not above this one's, 0 to 100; NaN without thresholds.</param>
/// <param name="Mahalanobis">Distance of the styles from the training mean in standard deviations; NaN without thresholds.</param>
public sealed record DomainAssessment(Verdict Verdict, IReadOnlyList<string> Reasons, double ErrorPercentile, double Mahalanobis);

/// <summary>Compares the reconstruction error and the styles of a spectrum with those of the training data.</summary>
/// <remarks>Out of the domain: reconstruction error above its limit, or Mahalanobis distance sqrt((s - m)^T P (s - m)) above its limit, or a value that is
/// not finite. Extrapolating: any style outside the [min, max] of the training rows. Limits: <see cref="DomainThresholdsBuilder"/>.</remarks>
public sealed class DomainCheck
{
    private readonly DomainThresholds? _thresholds;

    /// <summary>Creates the check.</summary>
    /// <param name="thresholds">From model.json; null makes every verdict <see cref="Verdict.NotChecked"/>.</param>
    public DomainCheck(DomainThresholds? thresholds) => _thresholds = thresholds;

    /// <summary>Judges one spectrum.</summary>
    /// <param name="styles">[styles] of the best trial.</param>
    /// <param name="reconstructionError">Mean absolute difference of reconstruction and spectrum.</param>
    /// <exception cref="ArgumentException">The number of styles is not the model's.</exception>
    public DomainAssessment Assess(ReadOnlySpan<float> styles, double reconstructionError)
    {
        if (_thresholds is not { } t)
            return new DomainAssessment(Verdict.NotChecked, ["the model carries no domain thresholds"], double.NaN, double.NaN);
        if (styles.Length != t.StyleMean.Count)
            throw new ArgumentException($"the domain check has {t.StyleMean.Count} styles, got {styles.Length}", nameof(styles));

        var reasons = new List<string>();
        double percentile = Percentile(t.ReconstructionErrorPercentiles, reconstructionError);
        double distance = Distance(styles, t.StyleMean, t.StylePrecision);
        // Negated comparisons, so that NaN counts as beyond the limit.
        if (!(reconstructionError <= t.ReconstructionErrorLimit))
            reasons.Add(Text($"reconstruction error {reconstructionError:0.####} is above the limit {t.ReconstructionErrorLimit:0.####}"));
        if (!(distance <= t.MahalanobisLimit))
            reasons.Add(Text($"style distance {distance:0.##} is above the limit {t.MahalanobisLimit:0.##}"));
        var verdict = reasons.Count > 0 ? Verdict.OutOfDomain : Verdict.Ok;
        for (int s = 0; s < styles.Length; s++)
        {
            if (styles[s] >= t.StyleMin[s] && styles[s] <= t.StyleMax[s])
                continue;
            reasons.Add(Text($"style {s + 1} is {styles[s]:0.###}, training covers {t.StyleMin[s]:0.###} to {t.StyleMax[s]:0.###}"));
            verdict = verdict == Verdict.OutOfDomain ? verdict : Verdict.Extrapolating;
        }

        return new DomainAssessment(verdict, reasons, percentile, distance);
    }

    /// <summary>Inverse of the table of percentiles 0, 1, ..., 100, linear between them; the higher one where the table is flat.</summary>
    internal static double Percentile(IReadOnlyList<double> table, double value)
    {
        if (!(value < table[^1]))
            return table.Count - 1;
        if (value < table[0])
            return 0;
        int above = 1;
        while (table[above] <= value)
            above++;
        return above - 1 + ((value - table[above - 1]) / (table[above] - table[above - 1]));
    }

    /// <summary>Mahalanobis distance; rounding can make the quadratic form of a point near the mean slightly negative.</summary>
    internal static double Distance(ReadOnlySpan<float> styles, IReadOnlyList<double> mean, IReadOnlyList<double> precision)
    {
        double sum = 0;
        for (int i = 0; i < styles.Length; i++)
        {
            double row = 0;
            for (int j = 0; j < styles.Length; j++)
                row += precision[(i * styles.Length) + j] * (styles[j] - mean[j]);
            sum += row * (styles[i] - mean[i]);
        }

        return double.IsNaN(sum) ? sum : Math.Sqrt(Math.Max(sum, 0));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
