using XanesMl.Spectra;

namespace XanesMl.Inference.Evaluation;

/// <summary>Scores of one descriptor within one group of rows, for instance those of one element.</summary>
/// <param name="Group">Name of the group.</param>
/// <param name="Rows">Rows of the group with a true value and a prediction.</param>
/// <param name="Spearman">Of prediction and true value; NaN with fewer than 3 rows or a constant side.</param>
/// <param name="Mae">Mean absolute error; NaN without rows.</param>
/// <param name="ConstantMae">Mean absolute error of the group's own mean over the rows that the model was fitted on; NaN where there are none.</param>
public sealed record GroupScores(string Group, int Rows, double Spearman, double Mae, double ConstantMae)
{
    /// <summary>Scores each group.</summary>
    /// <param name="groups">Names, in the order of the result.</param>
    /// <param name="rowGroups">[n] group of each scored row.</param>
    /// <param name="truth">[n] true values; NaN = missing.</param>
    /// <param name="predicted">[n] predictions.</param>
    /// <param name="fittedGroups">[m] group of each row that the model was fitted on.</param>
    /// <param name="fittedValues">[m] their true values; NaN = missing.</param>
    /// <exception cref="XanesDataException">Lists that do not fit.</exception>
    public static IReadOnlyList<GroupScores> Of(IReadOnlyList<string> groups, IReadOnlyList<string?> rowGroups, double[] truth, double[] predicted,
        IReadOnlyList<string?> fittedGroups, double[] fittedValues)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(rowGroups);
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(predicted);
        ArgumentNullException.ThrowIfNull(fittedGroups);
        ArgumentNullException.ThrowIfNull(fittedValues);
        Pairs.RequireSameLength(rowGroups.Count, truth.Length);
        Pairs.RequireSameLength(truth.Length, predicted.Length);
        Pairs.RequireSameLength(fittedGroups.Count, fittedValues.Length);
        return
        [
            .. groups.Select(g =>
            {
                int[] rows = [.. Enumerable.Range(0, truth.Length).Where(i => rowGroups[i] == g && !double.IsNaN(truth[i]) && !double.IsNaN(predicted[i]))];
                double[] t = Array.ConvertAll(rows, i => truth[i]), p = Array.ConvertAll(rows, i => predicted[i]);
                double[] known = [.. fittedValues.Where((v, i) => fittedGroups[i] == g && !double.IsNaN(v))];
                double mean = known.Length == 0 ? double.NaN : known.Average();
                return new GroupScores(g, rows.Length, RankCorrelation.Spearman(p, t), RegressionMetrics.Of(t, p).Mae,
                    rows.Length == 0 ? double.NaN : t.Average(v => Math.Abs(v - mean)));
            }),
        ];
    }
}
