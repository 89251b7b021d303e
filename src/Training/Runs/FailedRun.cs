using XanesMl.Spectra;

namespace XanesMl.Training.Runs;

/// <summary>A run or a choice of which no trial can make a model: what went wrong and what helps.</summary>
internal static class FailedRun
{
    /// <summary>The error; its remedy fits the failure that it names, one that another attempt may not have before all others.</summary>
    /// <param name="records">Trials without a usable one, at least one.</param>
    /// <param name="folder">The run folder.</param>
    /// <param name="kept">Whether the folder still holds what the trials left.</param>
    public static XanesDataException Error(IReadOnlyList<TrialRecord> records, string folder, bool kept)
    {
        var named = records.FirstOrDefault(r => r.Transient) ?? records[0];
        string remedy = named.Transient ? "Everything trained so far is kept: go on with the same command line and --resume."
            : named.Diverged ? "A smaller lr_base often helps a diverging trial." + (kept ? " The trials that failed are kept: give another --out." : "")
            : kept ? "The trials are kept: go on with --resume where other keep_weights help, or give another --out."
            : "Change what the failure names.";
        return new XanesDataException("every trial failed: " + named.Failure!.TrimEnd('.'), folder, remedy: remedy);
    }
}
