using System.Globalization;
using Spectre.Console;
using XanesMl.Training.Runs;

namespace XanesMl.Cli.Terminal;

/// <summary>Progress on a terminal: one line a trial, redrawn at most five times a second.</summary>
internal sealed class LiveProgress(IAnsiConsole console, TimeProvider clock) : IProgress<TrainingProgress>
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(200);

    private static readonly (string Header, int Width)[] s_columns =
        [("trial", 9), ("epoch", 11), ("adv", 6), ("rank", 7), ("recon", 6), ("mi", 6), ("smooth", 6), ("W", 5), ("inter", 5), ("left", 6)];

    private readonly Lock _lock = new();
    private readonly SortedDictionary<int, TrainingProgress> _trials = [];
    private LiveDisplayContext? _display;
    private long _drawn;

    /// <summary>Shows the display while <paramref name="work"/> runs, and returns its result.</summary>
    public T Run<T>(Func<IProgress<TrainingProgress>, T> work)
    {
        return console.Live(new Text("")).Overflow(VerticalOverflow.Crop).Cropping(VerticalOverflowCropping.Top).Start(context =>
        {
            lock (_lock)
                _display = context;
            try
            {
                return work(this);
            }
            finally
            {
                Draw(force: true);
            }
        });
    }

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        lock (_lock)
            _trials[value.Trial] = ProgressText.WithLastValidation(value, _trials.GetValueOrDefault(value.Trial));
        Draw(force: value.Finished);
    }

    /// <summary>The display as it stands: running trials one a line, then finished ones as a count.</summary>
    internal Table Render()
    {
        lock (_lock)
        {
            var table = new Table().Border(TableBorder.None);
            // Fixed widths: columns that follow their content would jump with every drawing.
            foreach (var (header, width) in s_columns)
                table.AddColumn(new TableColumn(header).RightAligned().NoWrap().Width(width));
            foreach (var p in _trials.Values.Where(p => !p.Finished))
                table.AddRow([.. Cells(p).Select(c => new Text(c))]);
            TrainingProgress[] finished = [.. _trials.Values.Where(p => p.Finished)];
            if (finished.Length > 0)
            {
                string[] cells = Cells(finished[^1]);
                (cells[0], cells[^1]) = ($"{finished.Max(p => p.TrialsEnded)}/{finished[^1].TrialsHere} done", "");
                table.AddRow([.. cells.Select(c => new Text(c))]);
            }

            return table;
        }
    }

    private static string[] Cells(TrainingProgress p)
    {
        var losses = Enumerable.Range(0, 5).Select(i => i < p.Report.Losses.Count ? ProgressText.Short(p.Report.Losses[i]) : "-");
        var validation = p.Report.Validation is { } v
            ? new[] { v.MinShapiro.ToString("0.00", CultureInfo.InvariantCulture), v.MaxInterstyle.ToString("0.00", CultureInfo.InvariantCulture) } : ["-", "-"];
        return [$"{p.Trial + 1}/{p.Trials}", $"{p.Epoch}/{p.Epochs}", .. losses, .. validation, ProgressText.Duration(p.Remaining)];
    }

    private void Draw(bool force)
    {
        lock (_lock)
        {
            long now = clock.GetTimestamp();
            if (_display is null || (!force && _drawn != 0 && clock.GetElapsedTime(_drawn, now) < s_interval))
                return;
            _drawn = now;
            _display.UpdateTarget(Render());
        }
    }
}
