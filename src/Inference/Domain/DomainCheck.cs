using System.Globalization;
using XanesMl.Inference.Alignment;
using XanesMl.Inference.Models;

namespace XanesMl.Inference.Domain;

/// <summary>Outcome of the domain check of one spectrum.</summary>
/// <param name="Verdict">The worst finding.</param>
/// <param name="Reasons">One sentence for each finding; empty when the verdict is Ok.</param>
/// <param name="ErrorPercentile">Percent of training rows whose reconstruction error is not above this one's, 0 to 100; NaN without thresholds.</param>
/// <param name="Mahalanobis">Distance of the styles from the training mean in standard deviations; NaN without thresholds.</param>
public sealed record DomainAssessment(Verdict Verdict, IReadOnlyList<string> Reasons, double ErrorPercentile, double Mahalanobis);

/// <summary>Compares the reconstruction error and the styles of a spectrum with those of the training data, and of a measured one also how well the model can draw it at all.</summary>
/// <remarks>Out of the domain: reconstruction error above its limit, or Mahalanobis distance sqrt((s - m)^T P (s - m)) above its limit, or a value that is
/// not finite; measured: correlation below its limit, or absorption before the model's first energy above its limit. Extrapolating: any style outside the [min, max] of the training rows;
/// measured: correlation within a limit that is itself below 0.95, where alignment says not to rely on the shift.
/// Limits: <see cref="DomainThresholdsBuilder"/>, <see cref="MeasuredThresholdsBuilder"/>. Figures: docs/domain.md.</remarks>
public sealed class DomainCheck
{
    private readonly DomainThresholds? _thresholds;

    /// <summary>Creates the check.</summary>
    /// <param name="thresholds">From model.json; null makes every verdict <see cref="Verdict.NotChecked"/>.</param>
    public DomainCheck(DomainThresholds? thresholds) => _thresholds = thresholds;

    /// <summary>Judges one simulated spectrum, by the limits for spectra as the model was trained on.</summary>
    /// <param name="styles">[styles] of the best trial.</param>
    /// <param name="reconstructionError">Mean absolute difference of reconstruction and spectrum.</param>
    /// <exception cref="ArgumentException">The number of styles is not the model's.</exception>
    public DomainAssessment Assess(ReadOnlySpan<float> styles, double reconstructionError) =>
        _thresholds is { } t ? Assess(t, styles, reconstructionError, t.ReconstructionErrorLimit, t.MahalanobisLimit, 0) : NotChecked();

    /// <summary>Judges one measured spectrum, by the limits for measured ones where the model has them; else as <see cref="Assess(ReadOnlySpan{float}, double)"/> does, and by the correlation below which alignment is not to be relied on.</summary>
    /// <param name="styles">[styles] of the best trial.</param>
    /// <param name="reconstructionError">Mean absolute difference of reconstruction and spectrum.</param>
    /// <param name="correlation">With the most similar spectrum that the decoder can draw.</param>
    /// <param name="earlyAbsorption">Largest normalized absorption before the model's first energy.</param>
    /// <exception cref="ArgumentException">The number of styles is not the model's.</exception>
    public DomainAssessment AssessMeasured(ReadOnlySpan<float> styles, double reconstructionError, double correlation, double earlyAbsorption)
    {
        bool poor = !(correlation >= ModelAligner.PoorCorrelation);
        string drawsNone = Text($"the model draws no spectrum like this one: correlation {correlation:0.####} with the nearest is below {ModelAligner.PoorCorrelation:0.##}");
        if (_thresholds?.Measured is not { } m)
            return poor ? With(Assess(styles, reconstructionError), Verdict.OutOfDomain, drawsNone) : Assess(styles, reconstructionError);
        var assessment = Assess(_thresholds, styles, reconstructionError, m.ReconstructionErrorLimit, m.MahalanobisLimit, m.StyleMargin);
        if (!(earlyAbsorption <= m.EarlyAbsorptionLimit))
            assessment = With(assessment, Verdict.OutOfDomain, Text($"absorption of {earlyAbsorption:0.##} before the model's first energy is above the limit {m.EarlyAbsorptionLimit:0.##}"));
        if (!(correlation >= m.CorrelationLimit))
            assessment = With(assessment, Verdict.OutOfDomain, Text($"correlation {correlation:0.####} with the nearest spectrum that the model can draw is below the limit {m.CorrelationLimit:0.####}"));
        else if (poor)
            assessment = With(assessment, Verdict.Extrapolating, drawsNone);
        return assessment.Verdict != Verdict.Ok && m.Rows is { } rows && rows < MeasuredThresholdsBuilder.EnoughRows
            ? assessment with { Reasons = [.. assessment.Reasons, Text($"the limits for measured spectra rest on {rows} rows, fewer than the {MeasuredThresholdsBuilder.EnoughRows} that tell them well")] }
            : assessment;
    }

    private static DomainAssessment With(DomainAssessment found, Verdict verdict, string reason) =>
        found with { Verdict = verdict > found.Verdict ? verdict : found.Verdict, Reasons = [reason, .. found.Reasons] };

    private static DomainAssessment NotChecked() => new(Verdict.NotChecked, ["the model carries no domain thresholds"], double.NaN, double.NaN);

    private static DomainAssessment Assess(DomainThresholds t, ReadOnlySpan<float> styles, double reconstructionError, double errorLimit, double distanceLimit, double margin)
    {
        if (styles.Length != t.StyleMean.Count)
            throw new ArgumentException($"the domain check has {t.StyleMean.Count} styles, got {styles.Length}", nameof(styles));
        var reasons = new List<string>();
        double percentile = Percentile(t.ReconstructionErrorPercentiles, reconstructionError);
        double distance = Distance(styles, t.StyleMean, t.StylePrecision);
        // Negated comparisons, so that NaN counts as beyond the limit.
        if (!(reconstructionError <= errorLimit))
            reasons.Add(Text($"reconstruction error {reconstructionError:0.####} is above the limit {errorLimit:0.####}"));
        if (!(distance <= distanceLimit))
            reasons.Add(Text($"style distance {distance:0.##} is above the limit {distanceLimit:0.##}"));
        var verdict = reasons.Count > 0 ? Verdict.OutOfDomain : Verdict.Ok;
        for (int s = 0; s < styles.Length; s++)
        {
            double slack = margin * (t.StyleMax[s] - t.StyleMin[s]), low = t.StyleMin[s] - slack, high = t.StyleMax[s] + slack;
            if (styles[s] >= low && styles[s] <= high)
                continue;
            reasons.Add(Text($"style {s + 1} is {styles[s]:0.###}, training covers {t.StyleMin[s]:0.###} to {t.StyleMax[s]:0.###}"));
            verdict = verdict == Verdict.OutOfDomain ? verdict : Verdict.Extrapolating;
        }

        return new DomainAssessment(verdict, reasons, percentile, distance);
    }

    /// <summary>How far the worst style lies beyond the training rows, in parts of their range; 0 or less within it.</summary>
    internal static double Beyond(DomainThresholds t, ReadOnlySpan<float> styles)
    {
        double worst = double.NegativeInfinity;
        for (int s = 0; s < styles.Length; s++)
        {
            double width = Math.Max(t.StyleMax[s] - t.StyleMin[s], 1e-6);
            worst = Math.Max(worst, Math.Max(styles[s] - t.StyleMax[s], t.StyleMin[s] - styles[s]) / width);
        }

        return worst;
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
