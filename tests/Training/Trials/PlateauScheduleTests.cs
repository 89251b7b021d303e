using Xunit;
using XanesMl.Training.Trials;

namespace XanesMl.Training.Tests.Trials;

/// <summary>Oracle: torch.optim.lr_scheduler.ReduceLROnPlateau(mode="min", threshold=0.01) of PyTorch 1.13 stepped with minus the metric.</summary>
public sealed class PlateauScheduleTests
{
    [Fact]
    public void Falls_after_patience_and_counts_a_value_within_1_percent_below_as_better()
    {
        var s = new PlateauSchedule(0.1, 2);
        // best, then within 1 %: better; then three clearly worse: the third is one more than patience
        foreach (double m in new[] { 1.0, 0.995, 0.9, 0.9 })
            s.Step(m);
        Assert.Equal(1, s.Scale);
        Assert.Equal(0.995, s.Best);
        Assert.Equal(2, s.BadSteps);
        s.Step(0.9);
        Assert.Equal(0.1, s.Scale, 1e-15);
        Assert.Equal(0, s.BadSteps);
    }

    [Fact]
    public void Metric_below_zero_has_to_rise_by_1_percent()
    {
        var s = new PlateauSchedule(0.5, 0);
        s.Step(-1);
        s.Step(-0.995);
        Assert.Equal(0.5, s.Scale);
        s.Step(-0.98);
        Assert.Equal(-0.98, s.Best);
    }
}
