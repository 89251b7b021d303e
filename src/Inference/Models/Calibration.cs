using System.Text.Json.Serialization;

namespace XanesMl.Inference.Models;

/// <summary>Turns a style into its descriptor in the descriptor's unit:
/// y = c0 + c1 s + c2 s^2 for a polynomial, or linear interpolation between knots, constant outside them, for isotonic regression.</summary>
public sealed record Calibration
{
    /// <summary>How it was fitted.</summary>
    public required CalibrationKind Kind { get; init; }

    /// <summary>c0, c1, c2 of the polynomial, lowest order first; empty for isotonic.</summary>
    public IReadOnlyList<double> Coefficients { get; init; } = [];

    /// <summary>Style values of the knots, strictly increasing; empty for polynomials.</summary>
    public IReadOnlyList<double> KnotStyles { get; init; } = [];

    /// <summary>Descriptor values at the knots, non-decreasing.</summary>
    public IReadOnlyList<double> KnotValues { get; init; } = [];

    /// <summary>Half width of the 90 % interval in the descriptor's unit: the 0.9 quantile of |residual| on validation rows (split conformal,
    /// Lei et al., J. Am. Stat. Assoc. 113, 1094 (2018)).</summary>
    public double HalfWidth90 { get; init; }

    /// <summary>Descriptor value at a style.</summary>
    public double Evaluate(double style)
    {
        if (Kind != CalibrationKind.Isotonic)
        {
            double y = 0;
            for (int i = Coefficients.Count - 1; i >= 0; i--)
                y = (y * style) + Coefficients[i];
            return y;
        }

        int n = KnotStyles.Count;
        if (style <= KnotStyles[0])
            return KnotValues[0];
        if (style >= KnotStyles[n - 1])
            return KnotValues[n - 1];
        int lo = 0, hi = n - 1;
        while (hi - lo > 1)
        {
            int mid = (lo + hi) / 2;
            if (KnotStyles[mid] <= style)
                lo = mid;
            else
                hi = mid;
        }

        double t = (style - KnotStyles[lo]) / (KnotStyles[hi] - KnotStyles[lo]);
        return KnotValues[lo] + (t * (KnotValues[hi] - KnotValues[lo]));
    }
}

/// <summary>Form of a calibration curve.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CalibrationKind>))]
public enum CalibrationKind
{
    /// <summary>Monotone step curve by pool-adjacent-violators, interpolated linearly.</summary>
    Isotonic,

    /// <summary>Straight line.</summary>
    Linear,

    /// <summary>Parabola.</summary>
    Quadratic,
}

/// <summary>Classes of an integer descriptor by thresholds on its style: below the first threshold the first class, and so on.</summary>
/// <param name="Descriptor">Name of the descriptor, "CN".</param>
/// <param name="Classes">Increasing class values, for instance 4, 5, 6.</param>
/// <param name="Thresholds">One fewer than classes, non-decreasing; fitted on validation rows, each maximizing its own F1.</param>
public sealed record ClassThresholds(string Descriptor, IReadOnlyList<int> Classes, IReadOnlyList<double> Thresholds)
{
    /// <summary>Class of a style value.</summary>
    public int Classify(double style)
    {
        int c = 0;
        while (c < Thresholds.Count && style >= Thresholds[c])
            c++;
        return Classes[c];
    }
}

/// <summary>What "the model knows this kind of spectrum" means, set on training and validation rows.</summary>
public sealed record DomainThresholds
{
    /// <summary>Reconstruction error (mean absolute difference) of training rows at the percentiles 0, 1, ..., 100: [101], non-decreasing.</summary>
    public required IReadOnlyList<double> ReconstructionErrorPercentiles { get; init; }

    /// <summary>Error above which a spectrum is out of the domain.</summary>
    public required double ReconstructionErrorLimit { get; init; }

    /// <summary>Smallest style values of the training rows, [styles].</summary>
    public required IReadOnlyList<double> StyleMin { get; init; }

    /// <summary>Largest style values of the training rows, [styles].</summary>
    public required IReadOnlyList<double> StyleMax { get; init; }

    /// <summary>Mean of the styles of the training rows, [styles].</summary>
    public required IReadOnlyList<double> StyleMean { get; init; }

    /// <summary>Inverse covariance of the styles of the training rows, [styles x styles] row-major.</summary>
    public required IReadOnlyList<double> StylePrecision { get; init; }

    /// <summary>Mahalanobis distance above which styles are out of the domain.</summary>
    public required double MahalanobisLimit { get; init; }

    /// <summary>Limits for measured spectra; null in models of earlier versions, whose measured spectra are judged by the limits for simulated ones.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MeasuredThresholds? Measured { get; init; }
}
