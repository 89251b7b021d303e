using Spectre.Console.Testing;
using XanesMl.Cli.Terminal;
using XanesMl.Training.Runs;
using XanesMl.Training.Trials;

namespace XanesMl.Cli.Tests.Terminal;

public sealed class ProgressTests
{
    private static TrainingProgress At(int trial, int epoch, int trials = 4, int epochs = 1500, bool finished = false, bool validated = true, double? done = null, int ended = 0, string? failure = null) => new()
    {
        Trial = trial,
        Trials = trials,
        Seed = trial + 1,
        Epoch = epoch,
        Epochs = epochs,
        Report = new EpochReport(epoch, [1.21, -0.092, 0.0051, 0.31, 0.0001], 1e-3, validated ? new ValidationMetrics(0.95, 0.0049, 0.3, 0.31, -0.09) : null),
        Remaining = TimeSpan.FromSeconds(130),
        Done = done ?? (double)epoch / epochs,
        TrialsEnded = ended,
        TrialsHere = trials,
        Finished = finished,
        Failure = failure,
    };

    [Fact]
    public void Line_names_trial_epoch_losses_and_time_left() => Assert.Equal(
        "trial 1/4 epoch 300/1500 adv 1.21 rank -0.092 recon 0.0051 mi 0.310 smooth 0.0001 W 0.95 inter 0.31 left 2m10s",
        ProgressText.Line(At(0, 300)));

    [Fact]
    public void Line_without_validation_leaves_its_metrics_out() => Assert.Equal(
        "trial 2/4 epoch 1500/1500 adv 1.21 rank -0.092 recon 0.0051 mi 0.310 smooth 0.0001 done left 2m10s",
        ProgressText.Line(At(1, 1500, finished: true, validated: false)));

    [Fact]
    public void Line_of_a_failed_trial_says_why_in_one_line() => Assert.Equal(
        "trial 3/4 epoch 17/1500 failed: the rank loss is NaN. Lower lr_base", ProgressText.Line(At(2, 17, finished: true, failure: "the rank loss is NaN.\nLower lr_base")));

    [Theory]
    [InlineData(0.4, "0s")]
    [InlineData(59, "59s")]
    [InlineData(130, "2m10s")]
    [InlineData(3900, "1h05m")]
    [InlineData(-5, "0s")]
    public void Duration_is_short(double seconds, string expected) => Assert.Equal(expected, ProgressText.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(double.NaN, "-")]
    [InlineData(double.PositiveInfinity, "inf")]
    [InlineData(123.4, "123")]
    [InlineData(12.34, "12.3")]
    [InlineData(-0.0921, "-0.092")]
    [InlineData(0.00512, "0.0051")]
    public void Short_keeps_about_three_digits(double value, string expected) => Assert.Equal(expected, ProgressText.Short(value));

    [Theory]
    [InlineData(1, 1500)]
    [InlineData(4, 1500)]
    [InlineData(1, 7)]
    public void Plain_progress_writes_about_twenty_lines_a_run(int trials, int epochs)
    {
        using var text = new StringWriter { NewLine = "\n" };
        var progress = new PlainProgress(text);
        for (int epoch = 1; epoch <= epochs; epoch++)
            for (int trial = 0; trial < trials; trial++)
                progress.Report(At(trial, epoch, trials, epochs, finished: epoch == epochs));
        string[] lines = text.ToString().TrimEnd('\n').Split('\n');
        Assert.InRange(lines.Length, Math.Min(epochs, 20), 20 + 1 + trials);
        Assert.StartsWith($"trial 1/{trials} epoch 1/", lines[0], StringComparison.Ordinal);
        Assert.Contains($"trial {trials}/{trials} epoch {epochs}/{epochs}", lines[^1], StringComparison.Ordinal);
        Assert.Equal(trials, lines.Count(l => l.Contains(" done ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Plain_progress_repeats_the_last_look_at_validation_rows()
    {
        using var text = new StringWriter { NewLine = "\n" };
        var progress = new PlainProgress(text);
        progress.Report(At(0, 10, 1, 100));
        progress.Report(At(1, 10, 1, 100, validated: false, done: 0.2));
        progress.Report(At(0, 50, 1, 100, validated: false));
        string[] lines = text.ToString().TrimEnd('\n').Split('\n');
        Assert.Contains("W 0.95 inter 0.31", lines[^1], StringComparison.Ordinal);
        Assert.DoesNotContain(" W ", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Live_display_has_one_line_for_each_running_trial_and_counts_the_finished()
    {
        using var console = new TestConsole();
        console.Profile.Width = 100;
        var live = new LiveProgress(console, new ManualClock());
        live.Report(At(0, 1500, finished: true, ended: 1));
        live.Report(At(1, 1500, finished: true, ended: 2));
        live.Report(At(2, 300));
        live.Report(At(3, 280, validated: false));
        console.Write(live.Render());
        string[] lines = [.. console.Output.Split('\n').Select(l => string.Join(' ', l.Split(' ', StringSplitOptions.RemoveEmptyEntries))).Where(l => l.Length > 0)];
        Assert.Equal(
        [
            "trial epoch adv rank recon mi smooth W inter left",
            "3/4 300/1500 1.21 -0.092 0.0051 0.310 0.0001 0.95 0.31 2m10s",
            "4/4 280/1500 1.21 -0.092 0.0051 0.310 0.0001 - - 2m10s",
            "2/4 done 1500/1500 1.21 -0.092 0.0051 0.310 0.0001 0.95 0.31",
        ], lines);
    }

    [Fact]
    public void Live_display_counts_trials_that_an_earlier_run_finished()
    {
        using var console = new TestConsole();
        console.Profile.Width = 100;
        var live = new LiveProgress(console, new ManualClock());
        live.Report(At(3, 1500, finished: true, ended: 3));
        console.Write(live.Render());
        Assert.Contains("3/4 done", console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Live_display_draws_at_most_five_times_a_second()
    {
        using var console = new TestConsole();
        console.Profile.Width = 100;
        console.Interactive().EmitAnsiSequences();
        var clock = new ManualClock();
        int result = new LiveProgress(console, clock).Run(progress =>
        {
            for (int epoch = 1; epoch <= 1000; epoch++)
            {
                progress.Report(At(0, epoch));
                clock.Advance(TimeSpan.FromMilliseconds(2));
            }

            return 7;
        });
        Assert.Equal(7, result);
        // 2 s of reports: ten drawings, the first and the last one. Each drawing writes the header once.
        int drawings = console.Output.Split("smooth").Length - 1;
        Assert.InRange(drawings, 10, 14);
        Assert.Contains("1000/1500", console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Notice_of_a_host_without_terminal_is_one_safe_line()
    {
        using var error = new StringWriter { NewLine = "\n" };
        new CliHost { Out = TextWriter.Null, Error = error }.Say("a\nb\u001b[1m");
        Assert.Equal("a b\\x1b[1m\n", error.ToString());
    }

    private sealed class ManualClock : TimeProvider
    {
        private long _ticks = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan by) => _ticks += by.Ticks;

        public override long GetTimestamp() => _ticks;
    }
}
