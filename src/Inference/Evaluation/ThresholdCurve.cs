using XanesMl.Spectra;

namespace XanesMl.Inference.Evaluation;

/// <summary>How well one threshold on a style separates two neighbouring classes, over all thresholds.</summary>
/// <param name="Lower">Class below the boundary; all lower ones stand with it.</param>
/// <param name="Upper">Class above the boundary; all higher ones stand with it.</param>
/// <param name="LowerIsPositive">Whether F1 is that of the lower side (see <see cref="ThresholdFitter"/>), otherwise that of the upper.</param>
/// <param name="Thresholds">[n] thresholds, increasing; a style at or above one is on the upper side.</param>
/// <param name="F1">[n] F1 = 2 TP / (2 TP + FP + FN) at each.</param>
public sealed record ThresholdCurve(int Lower, int Upper, bool LowerIsPositive, IReadOnlyList<double> Thresholds, IReadOnlyList<double> F1)
{
    /// <summary>One curve for each boundary between neighbouring classes.</summary>
    /// <param name="styles">[n] values of the descriptor's style.</param>
    /// <param name="values">[n] descriptor values, rounded to the nearest integer; NaN = missing. Values that round to no class do not count.</param>
    /// <param name="classes">At least two increasing class values.</param>
    /// <param name="steps">Thresholds, at least 2, evenly spaced from the smallest to the largest style.</param>
    /// <exception cref="XanesDataException">Lists that do not fit, fewer than two classes or steps, or no row of a listed class.</exception>
    public static IReadOnlyList<ThresholdCurve> Of(ReadOnlySpan<double> styles, ReadOnlySpan<double> values, IReadOnlyList<int> classes, int steps)
    {
        ArgumentNullException.ThrowIfNull(classes);
        Pairs.RequireSameLength(styles.Length, values.Length);
        if (classes.Count < 2 || steps < 2)
            throw new XanesDataException($"{classes.Count} classes, {steps} thresholds", remedy: "Two of each are the least.");
        var rows = new List<(double Style, int Class)>();
        for (int i = 0; i < styles.Length; i++)
            if (double.IsFinite(styles[i]) && ThresholdFitter.IndexOf(classes, values[i]) is >= 0 and var position)
                rows.Add((styles[i], position));
        if (rows.Count == 0)
            throw new XanesDataException($"no row has a class of {string.Join(", ", classes)}");
        double low = rows.Min(r => r.Style), high = rows.Max(r => r.Style);
        double[] thresholds = [.. Enumerable.Range(0, steps).Select(i => low + ((high - low) * i / (steps - 1)))];
        return
        [
            .. Enumerable.Range(0, classes.Count - 1).Select(b =>
            {
                bool lowerIsPositive = b + 1 < classes.Count - (b + 1);
                return new ThresholdCurve(classes[b], classes[b + 1], lowerIsPositive, thresholds, [.. thresholds.Select(t => F1At(rows, b, t, lowerIsPositive))]);
            }),
        ];
    }

    private static double F1At(List<(double Style, int Class)> rows, int boundary, double threshold, bool lowerIsPositive)
    {
        int truePositive = 0, given = 0, actual = 0;
        foreach (var (style, position) in rows)
        {
            bool isGiven = (style < threshold) == lowerIsPositive, isActual = (position <= boundary) == lowerIsPositive;
            truePositive += isGiven && isActual ? 1 : 0;
            given += isGiven ? 1 : 0;
            actual += isActual ? 1 : 0;
        }

        return given + actual == 0 ? 0 : 2.0 * truePositive / (given + actual);
    }
}
