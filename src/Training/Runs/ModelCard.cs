using System.Globalization;
using System.Text;
using XanesMl.Inference.Domain;
using XanesMl.Inference.Evaluation;
using XanesMl.Inference.Models;

namespace XanesMl.Training.Runs;

/// <summary>Writes card.md: what a model is, what it was trained on, how good it is beside simple methods, where it ends.</summary>
internal static class ModelCard
{
    /// <summary>The card's text.</summary>
    public static string Write(ModelMetadata m, EvaluationReport report, int members, int trials)
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        Line($"# {m.Name}");
        Line($"");
        Line($"RankAAE (Liang et al., Phys. Rev. Mater. 7, 053802 (2023)): K-edge XANES of {string.Join(", ", m.Elements)} to {m.Descriptors.Count} structure descriptors of the absorbing site.");
        Line($"");
        Line($"## Trained on");
        Line($"");
        Line($"{m.Provenance.SplitRows[0]} rows, validated on {m.Provenance.SplitRows[1]}, {m.Provenance.SplitRows[2]} held out; split {m.Provenance.SplitKind}, seed {m.Provenance.SplitSeed}. Best {members} of {trials} trials, chosen on validation rows; seeds {string.Join(", ", m.Provenance.TrialSeeds)}.");
        Line($"Content hash of the table: {m.Provenance.DataHash}.");
        Line($"");
        Line($"{m.Provenance.DataNotice}");
        Line($"");
        Line($"## Input");
        Line($"");
        string axis = m.EnergyAxis == EnergyAxis.Absolute ? "photon energy" : "photon energy minus the element's reference";
        Line($"Spectra as FEFF writes them, about 1 far above the edge, at {m.Energies.Count} energies from {m.Energies[0]:0.###} to {m.Energies[^1]:0.###} eV ({axis}).");
        if (m.EnergyAxis == EnergyAxis.RelativeToEdge)
            Line($"References in eV: {string.Join(", ", m.EdgeReferences.Select(r => FormattableString.Invariant($"{r.Key} {r.Value:0.###}")))}.");
        Line($"");
        Line($"## Scores on {report.Rows} {report.Split} rows");
        Line($"");
        Line($"Spearman is that of the descriptor's style; the model's MAE is of the calibrated ensemble. In brackets: Spearman of the simple method.");
        Line($"");
        Line($"| descriptor | unit | range in training | Spearman | R2 | MAE | coverage of 90 % | MAE constant | MAE 5-NN | MAE ridge |");
        Line($"|---|---|---|---|---|---|---|---|---|---|");
        foreach (var d in m.Descriptors)
        {
            var s = report.Descriptors[d.Name];
            string Simple(PredictorBaseline? b) => b is null ? "-" : FormattableString.Invariant($"{b.Mae:0.000} ({b.Spearman:0.000})");
            Line($"| {d.Name} | {(d.Unit.Length == 0 ? "-" : d.Unit)} | {d.Min:0.###} to {d.Max:0.###} | {s.Spearman:0.000} | {s.R2:0.000} | {s.Mae:0.000} | {100 * s.Coverage90:0} % | {s.Baseline?.Constant.Mae ?? double.NaN:0.000} | {Simple(s.Baseline?.Knn5)} | {Simple(s.Baseline?.Ridge)} |");
        }

        Line($"");
        if (report.Cn is { } cn)
            Line($"Coordination classes {string.Join(", ", cn.Classes)}: weighted F1 {cn.F1Weighted:0.000} on {cn.Rows} rows.");
        Line($"Reconstruction MAE {report.Reconstruction.Mae:0.0000} +- {report.Reconstruction.MaeStd:0.0000} (principal components, as many as styles: {report.Reconstruction.PcaMae:0.0000}). Largest |Spearman| between styles {report.Styles.MaxInterstyle:0.00}, with a free style {report.Styles.MaxFree:0.00}.");
        if (report.Split == "validation")
            Line($"These rows chose the trials and the calibration, so the scores are somewhat too good: nothing was held out.");
        Worse(report, Line);
        Line($"");
        Line($"## Domain and limits");
        Line($"");
        Line($"Simulated spectra. A measured one must be normalized and its energies aligned with the simulation's first. The verdict warns when the reconstruction error or the styles are unlike those of the training rows; it cannot warn of what looks alike but is not: other edges, mixtures of sites, self-absorption.");
        if (m.Domain?.Measured is { } measured)
            Line($"Limits for measured spectra: set on {measured.Rows} validation rows, taken through a simulated measurement{(measured.Rows < MeasuredThresholdsBuilder.EnoughRows ? $"; so few that verdicts on measured spectra are rough ({MeasuredThresholdsBuilder.EnoughRows} rows tell them well)" : "")}.");
        Line($"90 % intervals: their coverage was measured on simulated spectra; on measured ones they cover less.");
        Line($"A descriptor outside its range in training is extrapolated to the end of its calibration curve at most.");
        return text.ToString();
    }

    private static void Worse(EvaluationReport report, Action<FormattableString> line)
    {
        string[] worse = [.. report.Descriptors.Where(d => d.Value.Baseline is { } b && b.Knn5.Mae < d.Value.Mae).Select(d => d.Key)];
        if (worse.Length > 0)
            line($"Where 5 nearest neighbours have the smaller MAE: {string.Join(", ", worse)}.");
    }
}
