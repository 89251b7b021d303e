namespace XanesMl.Inference.Tests.Evaluation;

/// <summary>Values for <see cref="ModelEvaluatorTests"/>, computed as its first test says.</summary>
internal static class EvaluatorOracle
{
    // spearmanr, kendalltau, linregress(style, truth).rvalue ** 2, r2_score, mean_absolute_error, mean_squared_error ** 0.5, mean(|truth - prediction| <= half width)
    public static readonly double[] Ct = [0.9462184874, 0.8151260504, 0.9256627724, 0.9123481815, 0.1948181944, 0.2209830137, 0.8285714286];
    public static readonly double[] CnDescriptor = [0.8433383142, 0.7132666164, 0.7150987639, 0.7148596649, 0.3437594175, 0.4229959341, 0.925];

    // confusion_matrix(labels=[4, 5, 6]) over the rows with CN >= 4; f1_score(average="weighted"), number of rows
    public static readonly int[][] Confusion = [[15, 1, 0], [4, 8, 2], [0, 3, 7]];
    public static readonly double[] Classes = [0.7424522846, 40];

    // mean and std over rows of mean(|x - r|)
    public static readonly double[] Reconstruction = [0.03249616134, 0.01835023487];

    // max |spearmanr| over all pairs; over the pairs (0, 2) and (1, 2)
    public static readonly double[] Styles = [0.3962476548, 0.3962476548];

    // shapiro(z).statistic
    public static readonly double[] Shapiro = [0.8997003436, 0.9011093974, 0.9550709724];
}
