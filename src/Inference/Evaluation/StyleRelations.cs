using XanesMl.Spectra;

namespace XanesMl.Inference.Evaluation;

/// <summary>How every style goes with every descriptor and with every other style, on one set of rows. K descriptors, S styles.</summary>
/// <param name="Spearman">[K][S] Spearman's correlation of descriptor and style; NaN where it does not exist.</param>
/// <param name="LinearR2">[K][S] squared Pearson correlation.</param>
/// <param name="InterStyle">[S][S] Spearman's correlation between styles.</param>
/// <param name="LabelledRows">[K] rows with a value of the descriptor.</param>
public sealed record StyleRelations(IReadOnlyList<double[]> Spearman, IReadOnlyList<double[]> LinearR2, IReadOnlyList<double[]> InterStyle, IReadOnlyList<int> LabelledRows)
{
    /// <summary>Computes all pairs.</summary>
    /// <param name="styles">[rows x S] row-major.</param>
    /// <param name="styleCount">S.</param>
    /// <param name="values">[rows x K] row-major; NaN = missing.</param>
    /// <param name="descriptorCount">K; 0 for none.</param>
    /// <exception cref="XanesDataException">Sizes that do not fit.</exception>
    public static StyleRelations Of(ReadOnlySpan<float> styles, int styleCount, ReadOnlySpan<float> values, int descriptorCount)
    {
        int rows = RowMajor.Rows(styles, styleCount, "styles");
        if (descriptorCount < 0 || values.Length != rows * descriptorCount)
            throw new XanesDataException($"{rows} rows of styles come with {values.Length} values of {descriptorCount} descriptors");
        var style = new double[styleCount][];
        for (int s = 0; s < styleCount; s++)
            style[s] = RowMajor.Column(styles, styleCount, s);
        var descriptor = new double[descriptorCount][];
        for (int k = 0; k < descriptorCount; k++)
            descriptor[k] = RowMajor.Column(values, descriptorCount, k);
        return new StyleRelations(
            [.. descriptor.Select(d => Array.ConvertAll(style, s => RankCorrelation.Spearman(s, d)))],
            [.. descriptor.Select(d => Array.ConvertAll(style, s => RegressionMetrics.LinearR2(s, d)))],
            [.. style.Select((a, i) => style.Select((b, j) => i == j ? 1 : RankCorrelation.Spearman(a, b)).ToArray())],
            [.. descriptor.Select(d => d.Count(v => !double.IsNaN(v)))]);
    }
}
