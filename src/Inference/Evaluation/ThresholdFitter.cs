using XanesMl.Inference.Models;
using XanesMl.Spectra;

namespace XanesMl.Inference.Evaluation;

/// <summary>Finds the thresholds on a style that separate the classes of an integer descriptor such as the coordination number.</summary>
/// <remarks>Fit on validation rows only; a threshold never sees the rows on which it is judged.
/// Each boundary between two neighbouring classes is a two-class problem of its own and its threshold maximizes the F1 of the side that has
/// fewer classes (of CN 4, 5, 6: the side of 4 for the lower threshold and that of 6 for the upper, as RankAAE does); the upper side where both
/// have as many. All splits between neighbouring style values are tried, O(n log n); of equal F1 the one with fewer errors is taken, then the lowest.
/// Thresholds that come out in the wrong order are replaced by their mean.</remarks>
public static class ThresholdFitter
{
    /// <summary>Fits one threshold for each boundary between neighbouring classes.</summary>
    /// <param name="descriptor">Name of the descriptor, "CN".</param>
    /// <param name="styles">[n] values of the descriptor's style.</param>
    /// <param name="values">[n] descriptor values, rounded to the nearest integer; NaN = missing. Values that round to no listed class do not count.</param>
    /// <param name="classes">At least two strictly increasing class values.</param>
    /// <exception cref="XanesDataException">Lists that do not fit, classes that do not increase, an infinite style, or no row of a listed class.</exception>
    public static ClassThresholds Fit(string descriptor, ReadOnlySpan<double> styles, ReadOnlySpan<double> values, IReadOnlyList<int> classes)
    {
        ArgumentException.ThrowIfNullOrEmpty(descriptor);
        ArgumentNullException.ThrowIfNull(classes);
        Pairs.RequireSameLength(styles.Length, values.Length);
        if (classes.Count < 2)
            throw new XanesDataException($"{classes.Count} classes of {descriptor}", remedy: "Thresholds separate at least two classes.");
        for (int c = 1; c < classes.Count; c++)
            if (classes[c] <= classes[c - 1])
                throw new XanesDataException($"classes of {descriptor} do not increase: {string.Join(", ", classes)}");

        var rows = new List<(double Style, int Class)>();
        for (int i = 0; i < styles.Length; i++)
        {
            int position = IndexOf(classes, values[i]);
            if (position < 0 || double.IsNaN(styles[i]))
                continue;
            if (double.IsInfinity(styles[i]))
                throw new XanesDataException($"style of row {i + 1} is infinite");
            rows.Add((styles[i], position));
        }

        if (rows.Count == 0)
            throw new XanesDataException($"no row has a {descriptor} of {string.Join(", ", classes)}", remedy: "Name the classes that the data has.");
        rows.Sort();
        var thresholds = new double[classes.Count - 1];
        for (int b = 0; b < thresholds.Length; b++)
            thresholds[b] = Separate(rows, b, lowerIsPositive: b + 1 < classes.Count - (b + 1));
        var equal = new double[thresholds.Length];
        Array.Fill(equal, 1);
        return new ClassThresholds(descriptor, [.. classes], IsotonicRegression.PoolAdjacentViolators(thresholds, equal));
    }

    /// <summary>Position of a value among the classes, or -1 for NaN and values that round to no class.</summary>
    internal static int IndexOf(IReadOnlyList<int> classes, double value)
    {
        if (double.IsNaN(value))
            return -1;
        double rounded = Math.Round(value);
        for (int c = 0; c < classes.Count; c++)
            if (classes[c] == rounded)
                return c;
        return -1;
    }

    /// <summary>Best threshold between classes up to <paramref name="boundary"/> and those above it.</summary>
    private static double Separate(List<(double Style, int Class)> sorted, int boundary, bool lowerIsPositive)
    {
        int lower = sorted.Count(r => r.Class <= boundary), upper = sorted.Count - lower;
        double allAbove = sorted[0].Style, allBelow = Math.BitIncrement(sorted[^1].Style);
        if (lower == 0)
            return allAbove;
        if (upper == 0)
            return allBelow;
        double best = -1, threshold = allAbove;
        int lowerBelow = 0, fewestErrors = int.MaxValue;
        for (int below = 0; below <= sorted.Count; below++)
        {
            if (below > 0 && sorted[below - 1].Class <= boundary)
                lowerBelow++;
            if (below > 0 && below < sorted.Count && sorted[below].Style == sorted[below - 1].Style)
                continue;
            int truePositive = lowerIsPositive ? lowerBelow : upper - (below - lowerBelow);
            int predictedPositive = lowerIsPositive ? below : sorted.Count - below;
            double f1 = 2.0 * truePositive / (predictedPositive + (lowerIsPositive ? lower : upper));
            int errors = below - lowerBelow + lower - lowerBelow;
            if (f1 < best || (f1 == best && errors >= fewestErrors))
                continue;
            (best, fewestErrors) = (f1, errors);
            threshold = below == 0 ? allAbove : below == sorted.Count ? allBelow : Midpoint(sorted[below - 1].Style, sorted[below].Style);
        }

        return threshold;
    }

    /// <summary>A threshold above a and not above b, even where the two are neighbouring floating-point numbers.</summary>
    private static double Midpoint(double a, double b) => (a + ((b - a) / 2)) is var m && m > a ? m : b;
}
