using XanesMl.Inference.Models;

namespace XanesMl.Edge.Serving;

/// <summary>A style for a wanted descriptor value.</summary>
/// <param name="Style">The style.</param>
/// <param name="Value">The descriptor there, in its unit.</param>
/// <param name="Limited">Whether no style in the range gives the wanted value, so that this is the nearest one that can be had.</param>
internal readonly record struct InverseStyle(double Style, double Value, bool Limited);

/// <summary>Turns a descriptor in its unit back into a style: the style nearest to the present one, within a range, at which the calibration gives the value.</summary>
/// <remarks>Calibrations by isotonic regression have plateaus and parabolas have two branches, so the inverse is a set. Its member nearest to the present style moves the spectrum least;
/// a value that is had already changes nothing.</remarks>
internal static class InverseCalibration
{
    /// <summary>Finds the style.</summary>
    /// <param name="calibration">Of the descriptor.</param>
    /// <param name="value">Wanted descriptor, finite.</param>
    /// <param name="near">The present style.</param>
    /// <param name="low">Low end of the allowed styles.</param>
    /// <param name="high">High end, at least <paramref name="low"/>.</param>
    public static InverseStyle Find(Calibration calibration, double value, double near, double low, double high)
    {
        ArgumentNullException.ThrowIfNull(calibration);
        near = Math.Clamp(near, low, high);
        return calibration.Kind == CalibrationKind.Isotonic ? Isotonic(calibration, value, near, low, high) : Polynomial(calibration, value, near, low, high);
    }

    /// <summary>Smallest and largest descriptor value that styles of a range reach.</summary>
    public static (double Low, double High) Reach(Calibration calibration, double low, double high)
    {
        ArgumentNullException.ThrowIfNull(calibration);
        double a = calibration.Evaluate(low), b = calibration.Evaluate(high);
        double c = calibration.Kind != CalibrationKind.Isotonic && Vertex(calibration) is { } top && top > low && top < high ? calibration.Evaluate(top) : a;
        return (Math.Min(a, Math.Min(b, c)), Math.Max(a, Math.Max(b, c)));
    }

    /// <summary>The curve never falls, so the styles that give a value are an interval: from the first one that is not below it to the last one that is not above.</summary>
    private static InverseStyle Isotonic(Calibration calibration, double value, double near, double low, double high)
    {
        double[] s = [low, .. calibration.KnotStyles.Where(k => k > low && k < high), high];
        double[] y = [.. s.Select(calibration.Evaluate)];
        double wanted = Math.Clamp(value, y[0], y[^1]);
        int first = Array.FindIndex(y, v => v >= wanted), last = Array.FindLastIndex(y, v => v <= wanted);
        double from = first == 0 ? low : Between(s, y, first - 1, wanted), to = last == s.Length - 1 ? high : Between(s, y, last, wanted);
        double style = Math.Clamp(near, from, Math.Max(from, to));
        return new InverseStyle(style, calibration.Evaluate(style), wanted != value);
    }

    private static double Between(double[] s, double[] y, int i, double value) =>
        y[i + 1] > y[i] ? s[i] + ((s[i + 1] - s[i]) * ((value - y[i]) / (y[i + 1] - y[i]))) : s[i];

    /// <summary>Solves c2 s^2 + c1 s + c0 = value; the ends of the range stand in where rounding puts a root just outside.</summary>
    private static InverseStyle Polynomial(Calibration calibration, double value, double near, double low, double high)
    {
        var (least, most) = Reach(calibration, low, high);
        double wanted = Math.Clamp(value, least, most);
        if (least == most)
            return new InverseStyle(near, least, wanted != value);
        double c0 = calibration.Coefficients[0] - wanted, c1 = calibration.Coefficients[1], c2 = calibration.Coefficients.Count > 2 ? calibration.Coefficients[2] : 0;
        double style = Roots(c0, c1, c2).Select(root => Math.Clamp(root, low, high))
            .OrderBy(root => Math.Round(Math.Abs(calibration.Evaluate(root) - wanted) / (most - least), 9)).ThenBy(root => Math.Abs(root - near)).First();
        return new InverseStyle(style, calibration.Evaluate(style), wanted != value);
    }

    private static double[] Roots(double c0, double c1, double c2)
    {
        if (c2 == 0)
            return [-c0 / c1];
        // Citardauq's form of the second root keeps the digits that -b + sqrt(b^2 - 4ac) would cancel.
        double discriminant = Math.Sqrt(Math.Max(0, (c1 * c1) - (4 * c2 * c0)));
        double q = -0.5 * (c1 + (c1 >= 0 ? discriminant : -discriminant));
        return q == 0 ? [0] : [q / c2, c0 / q];
    }

    private static double? Vertex(Calibration calibration) =>
        calibration.Coefficients.Count > 2 && calibration.Coefficients[2] != 0 ? -calibration.Coefficients[1] / (2 * calibration.Coefficients[2]) : null;
}
