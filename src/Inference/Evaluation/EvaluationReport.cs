namespace XanesMl.Inference.Evaluation;

/// <summary>What metrics.json holds: how well a model does on one set of rows. Numbers that do not exist are NaN here and null in the file.</summary>
public sealed record EvaluationReport
{
    /// <summary>Which rows: "test", "validation" or "all".</summary>
    public required string Split { get; init; }

    /// <summary>Number of rows.</summary>
    public required int Rows { get; init; }

    /// <summary>Scores of each descriptor by name, in the model's order.</summary>
    public required IReadOnlyDictionary<string, DescriptorEvaluation> Descriptors { get; init; }

    /// <summary>Scores of the coordination number's classes; null for a model without class thresholds.</summary>
    public ClassEvaluation? Cn { get; init; }

    /// <summary>Scores of the reconstructed spectra.</summary>
    public required ReconstructionEvaluation Reconstruction { get; init; }

    /// <summary>Distribution and independence of the styles.</summary>
    public required StyleEvaluation Styles { get; init; }

    /// <summary>Where the numbers come from: model, data hash, seeds, versions; free text by key.</summary>
    public IReadOnlyDictionary<string, string> Provenance { get; init; } = new Dictionary<string, string>();

    /// <summary>The same report beside its baselines.</summary>
    /// <param name="baselines">Baselines by descriptor name; a descriptor that is not there keeps what it has.</param>
    /// <param name="pcaMae">Reconstruction MAE of a principal component analysis with as many components as styles.</param>
    public EvaluationReport WithBaselines(IReadOnlyDictionary<string, DescriptorBaseline> baselines, double pcaMae)
    {
        ArgumentNullException.ThrowIfNull(baselines);
        var descriptors = new Dictionary<string, DescriptorEvaluation>(StringComparer.Ordinal);
        foreach (var (name, scores) in Descriptors)
            descriptors[name] = baselines.TryGetValue(name, out var b) ? scores with { Baseline = b } : scores;
        return this with { Descriptors = descriptors, Reconstruction = Reconstruction with { PcaMae = pcaMae } };
    }
}

/// <summary>Scores of one descriptor.</summary>
public sealed record DescriptorEvaluation
{
    /// <summary>Spearman's correlation of the descriptor's style with the descriptor.</summary>
    public required double Spearman { get; init; }

    /// <summary>Kendall's tau-b of the descriptor's style with the descriptor.</summary>
    public required double Kendall { get; init; }

    /// <summary>Squared Pearson correlation of the descriptor's style with the descriptor.</summary>
    public required double LinearR2 { get; init; }

    /// <summary>R2 of the calibrated value.</summary>
    public required double R2 { get; init; }

    /// <summary>Mean absolute error of the calibrated value, in <see cref="Unit"/>.</summary>
    public required double Mae { get; init; }

    /// <summary>Root mean square error of the calibrated value, in <see cref="Unit"/>.</summary>
    public required double Rmse { get; init; }

    /// <summary>Part of the rows whose true value lies within the 90 % interval.</summary>
    public required double Coverage90 { get; init; }

    /// <summary>Half width of the 90 % interval, in <see cref="Unit"/>.</summary>
    public required double HalfWidth90 { get; init; }

    /// <summary>Rows with a value of this descriptor.</summary>
    public required int LabelledRows { get; init; }

    /// <summary>"e", "angstrom", or "" for a number without unit.</summary>
    public required string Unit { get; init; }

    /// <summary>Simple predictors on the same rows; null where there were no training rows to fit them on.</summary>
    public DescriptorBaseline? Baseline { get; init; }
}

/// <summary>Simple predictors of one descriptor, fitted on training and validation rows and scored on the report's rows.</summary>
/// <param name="Constant">The mean of the rows that they were fitted on.</param>
/// <param name="Knn5">Distance-weighted mean of the 5 nearest of their spectra.</param>
/// <param name="Ridge">Ridge regression on the standardized spectrum.</param>
public sealed record DescriptorBaseline(ConstantBaseline Constant, PredictorBaseline Knn5, PredictorBaseline Ridge);

/// <summary>Scores of a constant prediction.</summary>
/// <param name="Mae">Mean absolute error in the descriptor's unit.</param>
public sealed record ConstantBaseline(double Mae);

/// <summary>Scores of a simple predictor.</summary>
/// <param name="Spearman">Spearman's correlation of prediction and descriptor.</param>
/// <param name="Mae">Mean absolute error in the descriptor's unit.</param>
/// <param name="R2">R2 of the prediction.</param>
public sealed record PredictorBaseline(double Spearman, double Mae, double R2);

/// <summary>Scores of the coordination number as a class.</summary>
public sealed record ClassEvaluation
{
    /// <summary>F1 of the classes, weighted with their true rows.</summary>
    public required double F1Weighted { get; init; }

    /// <summary>F1 of each class.</summary>
    public required IReadOnlyList<double> F1 { get; init; }

    /// <summary>[C][C] rows, true class by predicted class.</summary>
    public required IReadOnlyList<IReadOnlyList<int>> Confusion { get; init; }

    /// <summary>The C classes.</summary>
    public required IReadOnlyList<int> Classes { get; init; }

    /// <summary>The C - 1 thresholds on the style, fitted on validation rows.</summary>
    public required IReadOnlyList<double> Thresholds { get; init; }

    /// <summary>Rows whose true value is one of the classes; the others do not count.</summary>
    public required int Rows { get; init; }
}

/// <summary>Scores of the reconstructed spectra.</summary>
public sealed record ReconstructionEvaluation
{
    /// <summary>Mean over spectra of each spectrum's mean absolute error.</summary>
    public required double Mae { get; init; }

    /// <summary>Population standard deviation over spectra of each spectrum's mean absolute error.</summary>
    public required double MaeStd { get; init; }

    /// <summary>The same mean for a principal component analysis with as many components as styles, fitted on the baselines' rows; NaN where it was not computed.</summary>
    public double PcaMae { get; init; } = double.NaN;
}

/// <summary>Distribution and independence of the styles.</summary>
/// <param name="Shapiro">Shapiro-Wilk W of each style; NaN for a collapsed one.</param>
/// <param name="MaxInterstyle">Largest |Spearman| over all pairs of styles; NaN with one style.</param>
/// <param name="MaxFree">Largest |Spearman| of a descriptor's style with a free style; NaN without descriptors or free styles.</param>
public sealed record StyleEvaluation(IReadOnlyList<double> Shapiro, double MaxInterstyle, double MaxFree)
{
    /// <summary>Computes all three.</summary>
    /// <param name="styles">[rows x styleCount].</param>
    /// <param name="styleCount">Number of styles S.</param>
    /// <param name="descriptorCount">Number of descriptors K, at most S: styles from K on are free.</param>
    /// <exception cref="Spectra.XanesDataException">Sizes that do not fit.</exception>
    public static StyleEvaluation Of(ReadOnlySpan<float> styles, int styleCount, int descriptorCount)
    {
        RowMajor.Rows(styles, styleCount, "styles");
        if (descriptorCount < 0 || descriptorCount > styleCount)
            throw new Spectra.XanesDataException($"{descriptorCount} descriptors for {styleCount} styles", remedy: "Every descriptor needs a style of its own.");
        var columns = new double[styleCount][];
        for (int s = 0; s < styleCount; s++)
            columns[s] = RowMajor.Column(styles, styleCount, s);
        double all = double.NaN, free = double.NaN;
        for (int a = 0; a < styleCount; a++)
        {
            for (int b = a + 1; b < styleCount; b++)
            {
                double correlation = Math.Abs(RankCorrelation.Spearman(columns[a], columns[b]));
                all = LargerOf(all, correlation);
                if (a < descriptorCount && b >= descriptorCount)
                    free = LargerOf(free, correlation);
            }
        }

        return new StyleEvaluation([.. columns.Select(c => ShapiroWilk.Test(c).W)], all, free);
    }

    private static double LargerOf(double a, double b) => double.IsNaN(a) || b > a ? b : a;
}
