using XanesMl.Training.Runs;

namespace XanesMl.Cli.Terminal;

/// <summary>Progress as plain lines for pipes and log files: about twenty a run, however many trials and epochs it has, and one at each trial's end.</summary>
internal sealed class PlainProgress(TextWriter error) : IProgress<TrainingProgress>
{
    private const int Lines = 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<int, int> _epochs = [];
    private int _printed = -1;

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        lock (_lock)
        {
            _epochs[value.Trial] = value.Epoch;
            long done = _epochs.Values.Sum(e => (long)e), all = (long)value.Trials * value.Epochs;
            int step = (int)(Lines * done / Math.Max(1, all));
            if (step <= _printed && !value.Finished)
                return;
            _printed = Math.Max(_printed, step);
            error.WriteLine(ProgressText.Line(value));
        }
    }
}
