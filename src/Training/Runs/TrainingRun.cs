using TorchSharp;
using XanesMl.Spectra;
using XanesMl.Training.Configuration;
using XanesMl.Training.Trials;

namespace XanesMl.Training.Runs;

/// <summary>From a table to a verified model folder: split, trials, ranking on validation rows, calibration, ONNX, evaluation on test rows.</summary>
public static class TrainingRun
{
    /// <summary>Largest difference that ONNX Runtime may show to TorchSharp in float64, unless float32 itself differs more in TorchSharp too.</summary>
    public const double OnnxTolerance = 1e-5;

    /// <summary>Name of the model folder within a run folder.</summary>
    public const string ModelFolderName = "model";

    /// <summary>Name of the folder of trials within a run folder.</summary>
    public const string TrialsFolderName = "trials";

    /// <summary>The options that <see cref="Execute"/> trains a request with: those of the request, checked, with a batch size of at most the training rows where
    /// neither a configuration nor a caller has set one. Reads nothing and writes nothing.</summary>
    /// <param name="request">What to train.</param>
    /// <exception cref="XanesDataException">Input that cannot be trained on.</exception>
    public static TrainingOptions Resolve(TrainingRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return RunPlan.Resolve(request).Options;
    }

    /// <summary>Runs all of it and blocks until done. The run folder is this process's own meanwhile.</summary>
    /// <param name="request">What to train and where to put it.</param>
    /// <param name="progress">Receives reports, from several threads.</param>
    /// <param name="cancel">Ends the run after the current epochs; everything is saved and can be resumed.</param>
    /// <exception cref="XanesDataException">Input that cannot be trained on (nothing has been written then), a folder that another process works in,
    /// every trial failed, or the disk refused. What the trials left is removed only where none has a checkpoint and another attempt would fail the same way.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; saved.</exception>
    public static TrainingResult Execute(TrainingRequest request, IProgress<TrainingProgress>? progress, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(request);
        var plan = RunPlan.Create(request);
        using var data = TrialData.Create(plan.Table, plan.Split.Train, plan.Split.Validation, RunChecks.ChooseDevice(plan.Options), torch.float32);
        var record = new RunRecord(plan);
        record.RequireUsable();
        IReadOnlyList<TrialRecord> trained;
        using (record.MakeFolder(RunLock.Exclusive))
        {
            var all = new TrialRange(0, plan.Options.Trials - 1);
            if (request.Resume)
                TrialRunner.RequireOwn(plan, all);
            TrialFolder.RemoveLeftovers(plan.Folder);
            record.Begin();
            trained = CollapsedTrials.Marked(plan, new TrialRunner(plan, data, all, progress).Run(cancel));
            if (trained.Any(t => t.Failure is null))
                return EnsembleModel.Build(plan, record, trained, t => new TrialFolder(plan.Folder, t.Trial));
            // hours of training may be behind a checkpoint, and a full disk is no reason to lose them
            if (request.Resume || trained.Any(t => t.Transient || File.Exists(new TrialFolder(plan.Folder, t.Trial).Checkpoint)))
                throw FailedRun.Error(trained, request.OutputFolder, kept: true);
            record.Abandon();
        }

        record.RemoveFolder();
        throw FailedRun.Error(trained, request.OutputFolder, kept: false);
    }

    /// <summary>Trains some of a run's trials and leaves their weights and scores in trials/NNN, without a model: <see cref="TrialSelection"/> makes that
    /// when all are there. Other processes may train other trials in the same folder at the same time.</summary>
    /// <param name="request">What to train: the same in every process.</param>
    /// <param name="range">The trials of this process.</param>
    /// <param name="progress">Receives reports, from several threads.</param>
    /// <param name="cancel">Ends after the current epochs; everything is saved and can be resumed.</param>
    /// <returns>How each trial of the range ended; failed ones included, none ranked.</returns>
    /// <exception cref="XanesDataException">Input that cannot be trained on, a folder of another run, or a trial that another process trains.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; saved.</exception>
    public static IReadOnlyList<TrialOutcome> ExecuteRange(TrainingRequest request, TrialRange range, IProgress<TrainingProgress>? progress, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(request);
        var plan = RunPlan.Create(request);
        range.RequireWithin(plan.Options.Trials);
        using var data = TrialData.Create(plan.Table, plan.Split.Train, plan.Split.Validation, RunChecks.ChooseDevice(plan.Options), torch.float32);
        var record = new RunRecord(plan);
        record.RequireShareable(range);
        using var shared = record.MakeFolder(RunLock.Shared);
        var own = new List<RunLock>();
        try
        {
            for (int i = range.First; i <= range.Last; i++)
            {
                string folder = new TrialFolder(plan.Folder, i).Path;
                Directory.CreateDirectory(folder);
                own.Add(RunLock.Exclusive(folder));
            }

            if (request.Resume)
                TrialRunner.RequireOwn(plan, range);
            record.BeginShared();
            return EnsembleModel.Outcomes(CollapsedTrials.Marked(plan, new TrialRunner(plan, data, range, progress).Run(cancel)), [], 0);
        }
        finally
        {
            own.ForEach(l => l.Dispose());
        }
    }
}
