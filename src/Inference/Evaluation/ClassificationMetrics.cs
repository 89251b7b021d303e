using XanesMl.Spectra;

namespace XanesMl.Inference.Evaluation;

/// <summary>Agreement of predicted with true classes.</summary>
public static class ClassificationMetrics
{
    /// <summary>Counts true against predicted classes: element [t][p] is the number of rows of true class t that were given class p.</summary>
    /// <param name="classes">C class values in increasing order; they index the matrix.</param>
    /// <param name="truth">[n] true classes; a row whose true class is not listed does not count.</param>
    /// <param name="predicted">[n] predicted classes, each one of <paramref name="classes"/>.</param>
    /// <returns>[C][C].</returns>
    /// <exception cref="XanesDataException">Lists of different lengths, or a predicted class that is not listed.</exception>
    public static int[][] Confusion(IReadOnlyList<int> classes, ReadOnlySpan<int> truth, ReadOnlySpan<int> predicted)
    {
        ArgumentNullException.ThrowIfNull(classes);
        Pairs.RequireSameLength(truth.Length, predicted.Length);
        var index = new Dictionary<int, int>();
        for (int c = 0; c < classes.Count; c++)
            if (!index.TryAdd(classes[c], c))
                throw new XanesDataException($"class {classes[c]} is listed twice");
        var confusion = new int[classes.Count][];
        for (int c = 0; c < confusion.Length; c++)
            confusion[c] = new int[classes.Count];
        for (int i = 0; i < truth.Length; i++)
        {
            if (!index.TryGetValue(truth[i], out int t))
                continue;
            if (!index.TryGetValue(predicted[i], out int p))
                throw new XanesDataException($"row {i + 1} has predicted class {predicted[i]}", remedy: $"The classes are {string.Join(", ", classes)}.");
            confusion[t][p]++;
        }

        return confusion;
    }

    /// <summary>F1 = 2 TP / (2 TP + FP + FN) of each class; 0 for a class that neither occurs nor is predicted.</summary>
    /// <param name="confusion">[C][C], true by predicted.</param>
    public static double[] F1(int[][] confusion)
    {
        ArgumentNullException.ThrowIfNull(confusion);
        var f1 = new double[confusion.Length];
        for (int c = 0; c < f1.Length; c++)
        {
            long actual = 0, given = 0;
            for (int other = 0; other < f1.Length; other++)
            {
                actual += confusion[c][other];
                given += confusion[other][c];
            }

            f1[c] = actual + given == 0 ? 0 : 2.0 * confusion[c][c] / (actual + given);
        }

        return f1;
    }

    /// <summary>Mean of the classes' F1, each weighted with the number of its true rows; NaN without rows.</summary>
    /// <param name="confusion">[C][C], true by predicted.</param>
    public static double WeightedF1(int[][] confusion)
    {
        double[] f1 = F1(confusion);
        double sum = 0;
        long rows = 0;
        for (int c = 0; c < f1.Length; c++)
        {
            long actual = confusion[c].Sum(n => (long)n);
            sum += actual * f1[c];
            rows += actual;
        }

        return rows == 0 ? double.NaN : sum / rows;
    }
}
