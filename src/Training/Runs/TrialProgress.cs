using XanesMl.Training.Configuration;
using XanesMl.Training.Trials;

namespace XanesMl.Training.Runs;

/// <summary>Turns the epochs of all trials of a process into reports with the time that is left. Safe for several threads.</summary>
internal sealed class TrialProgress
{
    private readonly Lock _lock = new();
    private readonly TrainingOptions _options;
    private readonly TrialRange _range;
    private readonly RemainingTime _remaining;
    private readonly IProgress<TrainingProgress>? _progress;
    private int _ended;

    public TrialProgress(TrainingOptions options, TrialRange range, RemainingTime remaining, IProgress<TrainingProgress>? progress) =>
        (_options, _range, _remaining, _progress) = (options, range, remaining, progress);

    /// <summary>A worker has taken up a trial at the given epoch.</summary>
    public void Started(int trial, int epoch)
    {
        lock (_lock)
            _remaining.Start(trial - _range.First, _options.Epochs - epoch);
    }

    /// <summary>A trial has done an epoch.</summary>
    public void Epoch(int trial, EpochReport report, TimeSpan took)
    {
        lock (_lock)
            _remaining.Epoch(trial - _range.First, took.TotalSeconds);
        int every = _options.Verbose ? 1 : Math.Max(1, _options.Epochs / 100);
        // the last epoch is reported with the trial's end
        if (report.Epoch < _options.Epochs && (report.Epoch % every == 0 || report.Epoch == 1))
            Send(trial, report, failure: null, finished: false);
    }

    /// <summary>A trial has ended.</summary>
    /// <param name="record">How.</param>
    /// <param name="last">The last epoch that this process ran, or null.</param>
    public void Ended(TrialRecord record, EpochReport? last = null)
    {
        lock (_lock)
        {
            _remaining.End(record.Trial - _range.First);
            _ended++;
        }

        Send(record.Trial, last ?? new EpochReport(record.Epochs, [], double.NaN, null), record.Failure, finished: true);
    }

    private void Send(int trial, EpochReport report, string? failure, bool finished)
    {
        if (_progress is null)
            return;
        TimeSpan left;
        double done;
        int ended;
        lock (_lock)
            (left, done, ended) = (_remaining.Estimate(), _remaining.Done, _ended);
        _progress.Report(new TrainingProgress
        {
            Trial = trial,
            Trials = _options.Trials,
            Seed = _options.Seed + trial,
            Epoch = report.Epoch,
            Epochs = _options.Epochs,
            Report = report,
            Remaining = left,
            Done = done,
            TrialsEnded = ended,
            TrialsHere = _range.Count,
            Finished = finished,
            Failure = failure,
        });
    }
}
