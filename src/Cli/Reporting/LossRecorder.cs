using XanesMl.Cli.Plotting;
using XanesMl.Training.Runs;
using XanesMl.Training.Trials;

namespace XanesMl.Cli.Reporting;

/// <summary>Keeps the losses that a run reports, for the loss figure.</summary>
internal sealed class LossRecorder : IProgress<TrainingProgress>
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<int, (int Seed, List<EpochReport> Reports)> _trials = [];
    private IProgress<TrainingProgress>? _next;

    /// <summary>Records, then passes on to <paramref name="next"/>.</summary>
    public LossRecorder Before(IProgress<TrainingProgress>? next)
    {
        _next = next;
        return this;
    }

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        lock (_lock)
        {
            if (!_trials.TryGetValue(value.Trial, out var trial))
                _trials[value.Trial] = trial = (value.Seed, []);
            if (value.Report.Losses.Count > 0)   // a trial that ended before its first epoch here has none
                trial.Reports.Add(value.Report);
        }

        _next?.Report(value);
    }

    /// <summary>One panel a loss, and one with the checkpoint metric.</summary>
    public IReadOnlyList<LossPanel> Panels()
    {
        lock (_lock)
        {
            var panels = new List<LossPanel>();
            for (int i = 0; i < TrainingStep.LossNames.Count; i++)
            {
                int loss = i;
                string name = TrainingStep.LossNames[i].Replace('_', ' ');
                panels.Add(Panel(name, name is "reconstruction" or "smoothness" or "mutual information", r => loss < r.Losses.Count ? r.Losses[loss] : double.NaN));
            }

            panels.Add(Panel("checkpoint metric (validation)", false, r => r.Validation?.Combined ?? double.NaN));
            return panels;
        }
    }

    private LossPanel Panel(string name, bool logarithmic, Func<EpochReport, double> value) => new(name, logarithmic,
        [.. _trials.Values.Select(t => ($"seed {t.Seed}", t.Reports.Select(r => (double)r.Epoch).ToArray(), t.Reports.Select(value).ToArray()))]);
}
