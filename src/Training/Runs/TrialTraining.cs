using System.Diagnostics;
using System.Globalization;
using System.Text;
using XanesMl.Spectra.IO;
using XanesMl.Training.Configuration;
using XanesMl.Training.Networks;
using XanesMl.Training.Trials;

namespace XanesMl.Training.Runs;

/// <summary>Trains one trial from its start or its checkpoint to its end, and leaves its files: a checkpoint and a loss table now and then,
/// at the end the weights and then the record that says that they are whole.</summary>
internal sealed class TrialTraining : IDisposable
{
    private readonly RunPlan _plan;
    private readonly TrialFolder _folder;
    private readonly TrialProgress _progress;
    private readonly TrialTrainer _trainer;
    private StringBuilder _rows = new(LossHeader);

    /// <summary>Makes the trial's networks.</summary>
    public TrialTraining(RunPlan plan, TrialData data, TrialFolder folder, TrialProgress progress)
    {
        (_plan, _folder, _progress) = (plan, folder, progress);
        folder.Prepare();
        _trainer = new TrialTrainer(data, plan.Options, plan.Options.Seed + folder.Index, plan.Request.Engine);
    }

    /// <summary>The last epoch that ran here, or null.</summary>
    public EpochReport? Last { get; private set; }

    /// <summary>Header of losses.csv.</summary>
    internal static string LossHeader { get; } =
        "epoch,learning_rate," + string.Join(',', TrainingStep.LossNames) + ",min_shapiro,validation_reconstruction,validation_mutual_information,max_interstyle,validation_rank,metric\n";

    /// <summary>Trains to the end, the time limit or the cancellation.</summary>
    /// <param name="resume">Take up the checkpoint if there is one.</param>
    /// <param name="cancel">Ends after the current epoch, with a checkpoint and without a record.</param>
    /// <exception cref="OperationCanceledException">Cancelled; saved.</exception>
    public TrialRecord Run(bool resume, CancellationToken cancel)
    {
        // from here on the trial's weights move on: what an earlier record says of them is no longer true
        File.Delete(_folder.Record);
        if (resume && File.Exists(_folder.Checkpoint))
        {
            TrialCheckpoint.Restore(_trainer, _folder.Checkpoint, _plan.Identity.Hash);
            _rows = KeptLosses(_folder.Losses, _trainer.Epoch);
        }

        _progress.Started(_folder.Index, _trainer.Epoch);
        bool complete;
        try
        {
            complete = Train(cancel);
        }
        catch (TrialDivergedException e)
        {
            SaveLosses();
            return End(Ended(complete: true) with { Failure = e.Message, Diverged = true });
        }

        var record = Ended(complete);
        if (!complete)
            cancel.ThrowIfCancellationRequested();
        if (_plan.Options.KeepWeights == KeptWeights.Best && _trainer.BestEpoch == 0)
            return End(record with
            {
                Failure = string.Create(CultureInfo.InvariantCulture, $"no checkpoint metric of trial with seed {_trainer.Seed} was finite in {_trainer.Epoch} epochs. ")
                    + "Look at the validation rows more often (validation_interval), or use keep_weights: last.",
            });
        var weights = _plan.Options.KeepWeights == KeptWeights.Last ? _trainer.Networks.ToWeights() : _trainer.Best;
        using var runner = new AutoencoderRunner(weights);
        var scores = ValidationScores.Of(runner, _plan.Validation, weights.Encoder.Outputs).Named();
        return End(record with { Scores = scores, WeightsSha256 = TrialWeights.Save(_folder.Weights, weights) });
    }

    /// <summary>The record of a trial that trouble outside of it has stopped where it stands; not written.</summary>
    /// <param name="trouble">What the disk or a native library said.</param>
    public TrialRecord Stopped(Exception trouble) => Ended(complete: false) with { Failure = trouble.Message, Transient = true };

    public void Dispose() => _trainer.Dispose();

    /// <summary>Whether all epochs are done.</summary>
    private bool Train(CancellationToken cancel)
    {
        var options = _plan.Options;
        var limit = options.TimeoutHours > 0 ? TimeSpan.FromHours(options.TimeoutHours) : TimeSpan.MaxValue;
        var started = Stopwatch.StartNew();
        while (_trainer.Epoch < options.Epochs)
        {
            if (cancel.IsCancellationRequested || started.Elapsed > limit)
            {
                Save();
                return false;
            }

            long before = Stopwatch.GetTimestamp();
            Last = _trainer.RunEpoch();
            Append(Last);
            if (_trainer.Epoch % options.CheckpointInterval == 0 || _trainer.Epoch == options.Epochs)
                Save();
            _progress.Epoch(_folder.Index, Last, Stopwatch.GetElapsedTime(before));
        }

        return true;
    }

    private TrialRecord Ended(bool complete) => _plan.NewRecord(_folder.Index) with
    {
        Epochs = _trainer.Epoch, BestEpoch = _trainer.BestEpoch, BestMetric = _trainer.BestEpoch == 0 ? double.NaN : _trainer.BestMetric, Complete = complete,
    };

    private TrialRecord End(TrialRecord record)
    {
        record.Write(_folder.Record);
        return record;
    }

    /// <summary>The losses go first: a checkpoint never is ahead of its loss table, and surplus rows are cut on resume.</summary>
    private void Save()
    {
        SaveLosses();
        TrialCheckpoint.Save(_trainer, _folder.Checkpoint, _plan.Identity.Hash);
    }

    private void SaveLosses()
    {
        byte[] text = Encoding.UTF8.GetBytes(_rows.ToString());
        AtomicFile.Write(_folder.Losses, s => s.Write(text));
    }

    private void Append(EpochReport r)
    {
        string[] validation = r.Validation is { } v
            ? [.. new[] { v.MinShapiro, v.Reconstruction, v.MutualInformation, v.MaxInterstyle, v.Rank, v.Combined }.Select(Text)]
            : ["", "", "", "", "", ""];
        _rows.AppendJoin(',', [Text(r.Epoch), Text(r.LearningRate), .. r.Losses.Select(Text), .. validation]).Append('\n');
    }

    /// <summary>The saved rows up to the checkpoint's epoch.</summary>
    private static StringBuilder KeptLosses(string path, int epoch) => File.Exists(path)
        ? new StringBuilder().AppendJoin('\n', File.ReadLines(path).Take(epoch + 1)).Append('\n')
        : new StringBuilder(LossHeader);

    private static string Text(double v) => v.ToString("G9", CultureInfo.InvariantCulture);
}
