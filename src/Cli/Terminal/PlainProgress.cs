using XanesMl.Training.Runs;

namespace XanesMl.Cli.Terminal;

/// <summary>Progress as plain lines for pipes and log files: about twenty a run, however many trials and epochs it has, and one at each trial's end.</summary>
internal sealed class PlainProgress(TextWriter error) : IProgress<TrainingProgress>
{
    private const int Lines = 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<int, TrainingProgress> _last = [];
    private int _printed = -1;

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        lock (_lock)
        {
            value = ProgressText.WithLastValidation(value, _last.GetValueOrDefault(value.Trial));
            _last[value.Trial] = value;
            int step = (int)(Lines * value.Done);
            if (step <= _printed && !value.Finished)
                return;
            _printed = Math.Max(_printed, step);
            error.WriteLine(ProgressText.Line(value));
        }
    }
}
