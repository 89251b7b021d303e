using System.Globalization;
using System.Text;
using XanesMl.Inference.Evaluation;

namespace XanesMl.Bench.Results;

/// <summary>Presets side by side: mean and standard error over seeds, and whether the fast one may be the default.</summary>
internal static class PresetComparison
{
    /// <summary>Seeds of each preset.</summary>
    public const int Seeds = 5;

    /// <summary>What follows a preset's name where libtorch's automatic differentiation trains.</summary>
    public const string AutomaticDifferentiation = " by automatic differentiation";

    /// <summary>The page.</summary>
    /// <param name="presets">Trials of "reference" and of "fast", one a seed, and the same with <see cref="AutomaticDifferentiation"/>.</param>
    public static string Write(IReadOnlyDictionary<string, IReadOnlyList<CuTrial>> presets)
    {
        var (reference, fast) = (presets["reference"], presets["fast"]);
        string[] names = [.. reference[0].Report.Descriptors.Keys];
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        Line($"# Presets on the Cu K edge, {Seeds} seeds each");
        Line($"");
        Line($"Written by the command in CONTRIBUTING.md. {reference[0].Report.Rows} test rows of one grouped split; mean and standard error over seeds 1 to {Seeds}.");
        Line($"");
        Line($"| Spearman | {string.Join(" | ", names)} | CN F1 | reconstruction MAE | free style | processor seconds |");
        Line($"|---|{string.Concat(names.Select(_ => "---|"))}---|---|---|---|");
        foreach (var (name, trials) in presets)
        {
            string Cell(Func<CuTrial, double> value, string format) => Statistics(trials, value) is var (mean, error)
                ? mean.ToString(format, CultureInfo.InvariantCulture) + " ± " + error.ToString(format, CultureInfo.InvariantCulture) : "";
            Line($"| {name} | {string.Join(" | ", names.Select(n => Cell(t => t.Report.Descriptors[n].Spearman, "0.000")))} | {Cell(t => t.Report.Cn!.F1Weighted, "0.000")} | {Cell(t => t.Report.Reconstruction.Mae, "0.0000")} | {Cell(t => t.Report.Styles.MaxFree, "0.00")} | {Cell(t => t.ProcessorSeconds, "0")} |");
        }

        Line($"| fast minus reference | {string.Join(" | ", names.Select(n => Signed(Difference(n))))} | | | | |");
        foreach (string name in new[] { "reference", "fast" })
            Line($"| {name} minus that by automatic differentiation | {string.Join(" | ", names.Select(n => Signed(Mean(presets[name], n) - Mean(presets[name + AutomaticDifferentiation], n))))} | | | | |");
        Line($"");
        Line($"Automatic differentiation computes the same losses and gradients with libtorch's own operations, one after the other; seeds take other ways since rounding differs. With the plateau rule of `reference` the quality of a seed hangs on when its metric happens to stand still; with the cosine of `fast` it does not.");
        Line($"");
        Line($"Rule: `fast` is the default only while its mean Spearman is not below that of `reference` on any descriptor by more than the standard error of `reference`.");
        string[] below = [.. names.Where(n => Difference(n) < -Statistics(reference, t => t.Report.Descriptors[n].Spearman).Error)];
        Line($"{(below.Length == 0 ? "It is not: the rule holds." : $"It is, on {string.Join(", ", below)}: the rule does not hold.")}");
        return text.ToString();

        double Difference(string n) => Mean(fast, n) - Mean(reference, n);
    }

    private static double Mean(IReadOnlyList<CuTrial> trials, string descriptor) => Statistics(trials, t => t.Report.Descriptors[descriptor].Spearman).Mean;

    private static (double Mean, double Error) Statistics(IReadOnlyList<CuTrial> trials, Func<CuTrial, double> value)
    {
        double mean = trials.Average(value);
        return (mean, Math.Sqrt(trials.Sum(t => Math.Pow(value(t) - mean, 2)) / (trials.Count - 1) / trials.Count));
    }

    private static string Signed(double v) => v.ToString("+0.000;-0.000;0.000", CultureInfo.InvariantCulture);
}
