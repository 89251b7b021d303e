using System.Diagnostics;
using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Text;
using XanesMl.Spectra;
using XanesMl.Spectra.IO;
using XanesMl.Training.Configuration;
using XanesMl.Training.Networks;
using XanesMl.Training.Trials;

namespace XanesMl.Training.Runs;

/// <summary>Trains the trials of a run, one thread each, with checkpoints, a loss table each, and time left.</summary>
internal sealed class TrialRunner
{
    /// <summary>Weights of a finished trial, or why there are none.</summary>
    internal sealed record Trained(int Index, int Seed, AutoencoderWeights? Weights, int Epochs, int BestEpoch, double BestMetric, string? Failure);

    private const string CheckpointFile = "checkpoint.safetensors";
    private const string LossFile = "losses.csv";

    private readonly TrialData _data;
    private readonly TrainingOptions _options;
    private readonly string _folder, _identity;
    private readonly IProgress<TrainingProgress>? _progress;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private long _epochsRun;
    private long _epochsLeft;

    /// <summary>Prepares a runner.</summary>
    /// <param name="data">Rows to learn from.</param>
    /// <param name="options">Options.</param>
    /// <param name="folder">Folder trials/ of the run.</param>
    /// <param name="identity">What a checkpoint must have been written for.</param>
    /// <param name="progress">Receives every report, from the trials' threads.</param>
    public TrialRunner(TrialData data, TrainingOptions options, string folder, string identity, IProgress<TrainingProgress>? progress) =>
        (_data, _options, _folder, _identity, _progress) = (data, options, folder, identity, progress);

    /// <summary>Header of losses.csv.</summary>
    internal static string LossHeader { get; } =
        "epoch,learning_rate," + string.Join(',', TrainingStep.LossNames) + ",min_shapiro,validation_reconstruction,validation_mutual_information,max_interstyle,validation_rank,metric\n";

    /// <summary>Folder of a trial: trials/NNN.</summary>
    public string FolderOf(int index) => Path.Combine(_folder, index.ToString("000", CultureInfo.InvariantCulture));

    /// <summary>Refuses checkpoints of another run, before anything of this one is written.</summary>
    /// <exception cref="XanesDataException">A checkpoint of other data, options or seeds, or a damaged one.</exception>
    public void RequireOwnCheckpoints()
    {
        for (int i = 0; i < _options.Trials; i++)
            if (Path.Combine(FolderOf(i), CheckpointFile) is var file && File.Exists(file))
                TrialCheckpoint.RequireSame(file, _identity, _options.Seed + i);
    }

    /// <summary>Trains all trials, or continues them from their checkpoints.</summary>
    /// <param name="resume">Take up checkpoints that are there.</param>
    /// <param name="parallelism">Trials at once.</param>
    /// <param name="cancel">Ends every trial after its current epoch; checkpoints are saved first.</param>
    /// <exception cref="OperationCanceledException">The run was cancelled; everything is saved.</exception>
    public IReadOnlyList<Trained> Run(bool resume, int parallelism, CancellationToken cancel)
    {
        _epochsLeft = (long)_options.Trials * _options.Epochs;
        var results = new Trained[_options.Trials];
        // Threads of our own: a trial blocks its thread for minutes, and a native setting (one intra-op thread) belongs to it.
        int next = -1;
        Exception? unexpected = null;
        var workers = Enumerable.Range(0, Math.Clamp(parallelism, 1, _options.Trials)).Select(i => new Thread(() =>
        {
            try
            {
                for (int index; (index = Interlocked.Increment(ref next)) < results.Length && !cancel.IsCancellationRequested;)
                    results[index] = RunOne(index, resume, cancel);
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

    private Trained RunOne(int index, bool resume, CancellationToken cancel)
    {
        int seed = _options.Seed + index;
        try
        {
            return Train(index, seed, resume, cancel);
        }
        catch (TrialDivergedException e)
        {
            return new Trained(index, seed, null, 0, 0, double.NaN, e.Message);
        }
        catch (Exception e) when (e is XanesDataException or IOException or UnauthorizedAccessException or System.Runtime.InteropServices.ExternalException)
        {
            // one trial's trouble (disk, native library) does not stop the others; the run fails only when none is left
            return new Trained(index, seed, null, 0, 0, double.NaN, e.Message);
        }
    }

    private Trained Train(int index, int seed, bool resume, CancellationToken cancel)
    {
        string folder = FolderOf(index), checkpoint = Path.Combine(folder, CheckpointFile), losses = Path.Combine(folder, LossFile);
        Directory.CreateDirectory(folder);
        using var trainer = new TrialTrainer(_data, _options, seed);
        var rows = new StringBuilder(LossHeader);
        if (resume && File.Exists(checkpoint))
        {
            TrialCheckpoint.Restore(trainer, checkpoint, _identity);
            rows = KeptLosses(losses, trainer.Epoch);
            Interlocked.Add(ref _epochsLeft, -trainer.Epoch);
        }

        var limit = _options.TimeoutHours > 0 ? TimeSpan.FromHours(_options.TimeoutHours) : TimeSpan.MaxValue;
        var started = Stopwatch.StartNew();
        int every = _options.Verbose ? 1 : Math.Max(1, _options.Epochs / 100);
        while (trainer.Epoch < _options.Epochs)
        {
            bool stop = cancel.IsCancellationRequested || started.Elapsed > limit;
            if (stop || (trainer.Epoch > 0 && trainer.Epoch % _options.CheckpointInterval == 0))
                Save(trainer, checkpoint, losses, rows);
            if (stop)
                break;
            var report = trainer.RunEpoch();
            Append(rows, report);
            long run = Interlocked.Increment(ref _epochsRun), left = Interlocked.Decrement(ref _epochsLeft);
            if (trainer.Epoch % every == 0 || trainer.Epoch == _options.Epochs || trainer.Epoch == 1)
                _progress?.Report(new TrainingProgress
                {
                    Trial = index, Trials = _options.Trials, Seed = seed, Epoch = trainer.Epoch, Epochs = _options.Epochs, Report = report,
                    Remaining = TimeSpan.FromSeconds(_clock.Elapsed.TotalSeconds / run * left), Finished = trainer.Epoch == _options.Epochs,
                });
        }

        if (trainer.Epoch == _options.Epochs)
            Save(trainer, checkpoint, losses, rows);
        if (_options.KeepWeights == KeptWeights.Best && trainer.BestEpoch == 0)
            return new Trained(index, seed, null, trainer.Epoch, 0, double.NaN,
                $"no checkpoint metric of trial with seed {seed} was finite in {trainer.Epoch} epochs. Look at the validation rows more often (validation_interval), or use keep_weights: last.");
        return new Trained(index, seed, _options.KeepWeights == KeptWeights.Last ? trainer.Networks.ToWeights() : trainer.Best, trainer.Epoch, trainer.BestEpoch, trainer.BestMetric, null);
    }

    private void Save(TrialTrainer trainer, string checkpoint, string losses, StringBuilder rows)
    {
        TrialCheckpoint.Save(trainer, checkpoint, _identity);
        byte[] text = Encoding.UTF8.GetBytes(rows.ToString());
        AtomicFile.Write(losses, s => s.Write(text));
    }

    private static void Append(StringBuilder rows, EpochReport r)
    {
        string[] validation = r.Validation is { } v
            ? [.. new[] { v.MinShapiro, v.Reconstruction, v.MutualInformation, v.MaxInterstyle, v.Rank, v.Combined }.Select(Text)]
            : ["", "", "", "", "", ""];
        rows.AppendJoin(',', [Text(r.Epoch), Text(r.LearningRate), .. r.Losses.Select(Text), .. validation]).Append('\n');
    }

    /// <summary>The saved rows up to the checkpoint's epoch.</summary>
    private static StringBuilder KeptLosses(string path, int epoch) => File.Exists(path)
        ? new StringBuilder().AppendJoin('\n', File.ReadLines(path).Take(epoch + 1)).Append('\n')
        : new StringBuilder(LossHeader);

    private static string Text(double v) => v.ToString("G9", CultureInfo.InvariantCulture);
}
