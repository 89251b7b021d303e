using XanesMl.Spectra;

namespace XanesMl.Training.Runs;

/// <summary>Makes of trials that were trained elsewhere what <see cref="TrainingRun.Execute"/> makes of its own: the same files, byte for byte
/// where the trials are the same.</summary>
public static class TrialSelection
{
    /// <summary>Ranks the trials on validation rows, calibrates, exports and evaluates.</summary>
    /// <param name="trials">The trials.</param>
    /// <param name="request">The table that they were trained on, where to write, and <see cref="GatheredTrials.Options"/>, of which top_n and calibration may be others.
    /// Resume and Parallelism do not matter.</param>
    /// <exception cref="XanesDataException">Another table, split or configuration than the trials', no trial with weights, damaged weights, or an output folder that holds something else.</exception>
    public static TrainingResult Execute(GatheredTrials trials, TrainingRequest request)
    {
        ArgumentNullException.ThrowIfNull(trials);
        ArgumentNullException.ThrowIfNull(request);
        var plan = RunPlan.Create(request with { Resume = false });
        if (plan.Identity.Difference(trials.Identity, "this choice", "the trials") is { } difference)
            throw new XanesDataException("the trials belong to another run: " + difference, trials.Folders[0], remedy: "Give the table that they were trained on, whole and in its order.");
        foreach (var r in trials.Records)
            r.RequireScores(trials.FolderOf(r).Record, plan.Table.DescriptorNames);
        var records = CollapsedTrials.Marked(plan, trials.Records);
        if (records.All(r => r.Failure is not null))
            throw FailedRun.Error([.. records.Where(r => !r.Transient)], trials.Folders[0], kept: true);

        var record = new RunRecord(plan, trials.Folders);
        record.RequireUsable();
        using (record.MakeFolder(RunLock.Exclusive))
        {
            TrialFolder.RemoveLeftovers(plan.Folder);
            record.Begin();
            return EnsembleModel.Build(plan, record, records, trials.FolderOf);
        }
    }
}
