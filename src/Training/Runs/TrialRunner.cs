using System.Runtime.ExceptionServices;
using XanesMl.Spectra;
using XanesMl.Training.Importing;
using XanesMl.Training.Trials;

namespace XanesMl.Training.Runs;

/// <summary>Trains the trials of a run, one thread each, and continues those that were trained before.</summary>
internal sealed class TrialRunner
{
    private readonly RunPlan _plan;
    private readonly TrialData _data;
    private readonly TrialRange _range;
    private readonly TrialFolder[] _folders;
    private readonly TrialProgress _progress;
    private readonly bool _resume;

    /// <summary>Prepares a runner; the caller has the locks.</summary>
    /// <param name="plan">What to train.</param>
    /// <param name="data">Rows to learn from.</param>
    /// <param name="range">Which trials.</param>
    /// <param name="progress">Receives every report, from the trials' threads.</param>
    public TrialRunner(RunPlan plan, TrialData data, TrialRange range, IProgress<TrainingProgress>? progress)
    {
        (_plan, _data, _range, _resume) = (plan, data, range, plan.Request.Resume);
        _folders = [.. Enumerable.Range(range.First, range.Count).Select(i => new TrialFolder(plan.Folder, i))];
        Parallelism = Math.Clamp(plan.Request.Parallelism, 1, range.Count);
        int[] left = [.. _folders.Select(f => plan.Options.Epochs - (_resume ? EpochOf(f) : 0))];
        _progress = new TrialProgress(plan.Options, range, new RemainingTime(left, (long)range.Count * plan.Options.Epochs, Parallelism), progress);
    }

    /// <summary>Trials at once.</summary>
    public int Parallelism { get; }

    /// <summary>Refuses trials of another run, before anything of this one is written.</summary>
    /// <exception cref="XanesDataException">A checkpoint or a record of other data, options or seeds, or a damaged one.</exception>
    public static void RequireOwn(RunPlan plan, TrialRange range)
    {
        for (int i = range.First; i <= range.Last; i++)
        {
            var folder = new TrialFolder(plan.Folder, i);
            int seed = plan.Options.Seed + i;
            if (File.Exists(folder.Record))
            {
                var record = TrialRecord.Read(folder.Record);
                string? difference = plan.Identity.Difference(record.Identity, "this run", "that trial")
                    ?? (record.Seed == seed && record.Trial == i ? null : $"seed is {seed} in this run and {record.Seed} in that trial");
                if (difference is not null)
                    throw new XanesDataException("the trial belongs to another run: " + difference, folder.Path, remedy: "Resume with the same input, or give another --out.");
                record.RequireScores(folder.Record, plan.Table.DescriptorNames);
            }

            if (File.Exists(folder.Checkpoint))
                TrialCheckpoint.RequireSame(folder.Checkpoint, plan.Identity.Hash, seed);
        }
    }

    /// <summary>Trains all trials of the range, or continues them.</summary>
    /// <param name="cancel">Ends every trial after its current epoch; checkpoints are saved first.</param>
    /// <returns>A record for each trial, in their order.</returns>
    /// <exception cref="OperationCanceledException">The run was cancelled; everything is saved.</exception>
    public IReadOnlyList<TrialRecord> Run(CancellationToken cancel)
    {
        var results = new TrialRecord[_range.Count];
        // Threads of our own: a trial blocks its thread for minutes, and a native setting (one intra-op thread) belongs to it.
        int next = -1;
        Exception? unexpected = null;
        var workers = Enumerable.Range(0, Parallelism).Select(i => new Thread(() =>
        {
            try
            {
                for (int at; (at = Interlocked.Increment(ref next)) < results.Length && !cancel.IsCancellationRequested;)
                    results[at] = RunOne(_folders[at], cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                // the trial is saved; the caller's thread says so for all of them
            }
            catch (Exception e)   // kept for the caller's thread: on this one it would end the process
            {
                Interlocked.CompareExchange(ref unexpected, e, null);
            }
        }) { IsBackground = true, Name = $"trial worker {i}" }).ToArray();
        Array.ForEach(workers, w => w.Start());
        Array.ForEach(workers, w => w.Join());
        if (unexpected is not null)
            ExceptionDispatchInfo.Throw(unexpected);
        cancel.ThrowIfCancellationRequested();
        return results;
    }

    private TrialRecord RunOne(TrialFolder folder, CancellationToken cancel)
    {
        TrialTraining? training = null;
        try
        {
            if (Reusable(folder) is { } earlier)
            {
                _progress.Ended(earlier);
                return earlier;
            }

            training = new TrialTraining(_plan, _data, folder, _progress);
            var record = training.Run(_resume, cancel);
            _progress.Ended(record, training.Last);
            return record;
        }
        catch (Exception e) when (e is XanesDataException or IOException or UnauthorizedAccessException or System.Runtime.InteropServices.ExternalException)
        {
            // one trial's trouble (disk, native library) does not stop the others; the run fails only when none is left
            var failed = training?.Stopped(e) ?? _plan.NewRecord(folder.Index) with { Failure = e.Message, Transient = true };
            _progress.Ended(failed, training?.Last);
            return failed;
        }
        finally
        {
            training?.Dispose();
        }
    }

    /// <summary>The record of a trial that an earlier run brought to its end, or null where there is something left to do.</summary>
    private TrialRecord? Reusable(TrialFolder folder)
    {
        if (!_resume || !File.Exists(folder.Record))
            return null;
        var record = TrialRecord.Read(folder.Record);
        bool ended = record.Complete && record.KeepWeights == _plan.Options.KeepWeights;
        return ended && (record.Failure is not null || TrialWeights.IsIntact(folder.Weights, record.WeightsSha256)) ? record : null;
    }

    private int EpochOf(TrialFolder folder)
    {
        if (Reusable(folder) is not null)
            return _plan.Options.Epochs;
        return File.Exists(folder.Checkpoint) && SafeTensorsReader.Read(folder.Checkpoint).Metadata.TryGetValue("epoch", out string? text)
            && int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out int epoch) ? Math.Clamp(epoch, 0, _plan.Options.Epochs) : 0;
    }
}
