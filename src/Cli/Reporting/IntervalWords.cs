using XanesMl.Cli.Reporting.Numbers;
using XanesMl.Training.Evaluation;

namespace XanesMl.Cli.Reporting;

/// <summary>Whether 90 % intervals hold what they promise, in words.</summary>
internal static class IntervalWords
{
    /// <summary>The sentence of a run; null where nothing is to be said.</summary>
    public static string? Narrow(RunNumbers run)
    {
        (string Name, double Coverage)[] all = [.. run.Run.Report.Descriptors.Where(d => double.IsFinite(d.Value.Coverage90)).Select(d => (d.Key, d.Value.Coverage90))];
        (string, CoverageBand)[] bands = run.Rows is not { } rows ? [] : [.. rows.Bands.SelectMany((levels, k) => levels.Where(b => b.Level == 0.9).Select(b => (run.Model.Descriptors[k].Name, b)))];
        return Narrow(all, bands, run.Rows?.Materials);
    }

    /// <summary>The sentence.</summary>
    /// <param name="coverage">Coverage of the 90 % intervals by descriptor.</param>
    /// <param name="bands">What chance explains, by descriptor; empty where it is not known.</param>
    /// <param name="materials">Materials of the scored rows; null without rows.</param>
    public static string? Narrow(IReadOnlyList<(string Descriptor, double Coverage)> coverage, IReadOnlyList<(string Descriptor, CoverageBand Band)> bands, int? materials)
    {
        if (bands.Count > 0)
        {
            string[] narrow = [.. bands.Where(b => b.Band.TooNarrow).Select(b => $"{b.Descriptor} ({RunSummary.Percent(b.Band.Measured)}; chance explains {RunSummary.Percent(b.Band.Low)} or more)")];
            return narrow.Length == 0 ? null
                : $"90 % intervals are too narrow for {RunSummary.Listed(narrow)}: by more than the choice of the {materials} held-out materials and of the calibration rows explains, {bands.Count} {(bands.Count == 1 ? "descriptor" : "descriptors")} tested at once.";
        }

        string[] low = [.. coverage.Where(c => c.Coverage < 0.9).Select(c => $"{c.Descriptor} ({RunSummary.Percent(c.Coverage)})")];
        return low.Length == 0 ? null : $"90 % intervals hold fewer rows than they promise for {RunSummary.Listed(low)}; "
            + (materials is { } m ? $"the {m} held-out {(m == 1 ? "material is" : "materials are")} too few to tell whether that is more than chance." : "without the table it is not known whether that is more than chance.");
    }
}
