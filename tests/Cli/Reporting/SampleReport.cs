using XanesMl.Inference.Evaluation;

namespace XanesMl.Cli.Tests.Reporting;

/// <summary>An evaluation with numbers that a reader can follow.</summary>
internal static class SampleReport
{
    public static EvaluationReport Create(bool baselines = true) => new()
    {
        Split = "test",
        Rows = 24,
        Descriptors = new Dictionary<string, DescriptorEvaluation>
        {
            ["CT"] = Descriptor("e", 0.957, 0.91, 0.0398, baselines ? new(new(0.195), new(0.957, 0.0412, 0.91), new(0.927, 0.0561, 0.86)) : null),
            ["CN"] = Descriptor("", 0.897, 0.85, 0.312, baselines ? new(new(0.905), new(0.897, 0.283, 0.85), new(double.NaN, 0.41, 0.6)) : null),
        },
        Cn = new ClassEvaluation { F1Weighted = 0.86, F1 = [0.9, 0.7, 0.9], Confusion = [[5, 1, 0], [1, 5, 1], [0, 1, 10]], Classes = [4, 5, 6], Thresholds = [-0.5, 0.4], Rows = 24 },
        Reconstruction = new ReconstructionEvaluation { Mae = 0.0278, MaeStd = 0.012, PcaMae = baselines ? 0.0285 : double.NaN },
        Styles = new StyleEvaluation([0.98, 0.97, 0.99], 0.41, 0.2),
    };

    private static DescriptorEvaluation Descriptor(string unit, double spearman, double r2, double mae, DescriptorBaseline? baseline) => new()
    {
        Spearman = spearman, Kendall = 0.8, LinearR2 = r2, R2 = r2, Mae = mae, Rmse = 1.3 * mae, Coverage90 = 0.875, HalfWidth90 = 2 * mae, LabelledRows = 24, Unit = unit, Baseline = baseline,
    };
}
