using XanesMl.Cli.Plotting;
using XanesMl.Cli.Reporting.Numbers;

namespace XanesMl.Cli.Reporting;

/// <summary>All figures of a run that its numbers allow.</summary>
internal static class RunFigures
{
    /// <summary>The figures; those of rows are missing without a table.</summary>
    public static IReadOnlyList<ReportFigure> Of(RunNumbers run)
    {
        var rows = run.Rows;
        ReportFigure?[] figures =
        [
            rows is null ? null : ParityFigure.Of(run, rows),
            rows is null ? null : ResidualFigure.Of(run, rows),
            rows is null ? null : CoverageFigure.Of(run, rows),
            ClassFigure.Of(run),
            rows is null ? null : ElementFigure.Of(run, rows),
            SpectralVariationFigure.Of(run),
            DifferenceFigure.Of(run),
            rows is null ? null : StylePairsFigure.Calibration(run, rows),
            CorrelationFigure.Of(run),
            rows is null || rows.Truth.Count == 0 ? null : StylePairsFigure.Pairs(run, rows),
            rows is null ? null : QuantileFigure.Of(run, rows),
            rows is null ? null : ReconstructionFigure.Of(run, rows),
            rows is null ? null : ReconstructionErrorFigure.Of(run, rows),
            TrialFigure.Of(run),
            run.Losses is null ? null : LossFigure.Of(run.Losses),
        ];
        return [.. figures.OfType<ReportFigure>()];
    }
}
