using Xunit;
using XanesMl.Training.Runs;

namespace XanesMl.Training.Tests.Runs;

/// <summary>Oracle: a simulation of workers that take the next trial when they are free; it knows the true time that is left.</summary>
public sealed class RemainingTimeTests
{
    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(8, 4, 0)]
    [InlineData(5, 4, 0)]    // the fifth trial runs alone: half of the whole time
    [InlineData(9, 2, 0)]
    [InlineData(8, 4, 5)]    // five trials were finished, or half done, by an earlier run
    [InlineData(3, 2, 2)]
    public void Estimate_is_near_the_truth_and_does_not_jump(int trials, int workers, int resumed)
    {
        const int Epochs = 400;
        var random = new Random(1);
        int[] left = [.. Enumerable.Range(0, trials).Select(i => i >= resumed ? Epochs : i % 2 == 0 ? 0 : Epochs / 2)];
        var remaining = new RemainingTime(left, (long)trials * Epochs, workers);
        // an epoch takes 0.8 to 1.2 s, every fiftieth three times that (a checkpoint), a worker's first one 5 s more
        double[][] cost = [.. left.Select(n => Enumerable.Range(0, n).Select(e => (0.8 + (0.4 * random.NextDouble())) * (e % 50 == 49 ? 3 : 1) + (e == 0 ? 5 : 0)).ToArray())];
        double total = Simulate(cost, workers, _ => { });
        double last = double.NaN, largestRise = 0, largestError = 0;
        int done = 0, all = left.Sum();
        Simulate(cost, workers, e =>
        {
            if (e.Epoch < 0)
            {
                remaining.Start(e.Trial, left[e.Trial]);
                return;
            }

            remaining.Epoch(e.Trial, cost[e.Trial][e.Epoch]);
            double estimate = remaining.Estimate().TotalSeconds, truth = total - e.Time;
            if (++done > all / 20)
            {
                largestError = Math.Max(largestError, Math.Abs(estimate - truth));
                largestRise = Math.Max(largestRise, estimate - last);
            }

            last = estimate;
        });
        Assert.InRange(largestError, 0, 0.08 * total);
        // the first checkpoint, at epoch 50, is news of 4 % more time an epoch
        Assert.InRange(largestRise, 0, 0.04 * total);
        Assert.Equal(0, remaining.Estimate().TotalSeconds);
        Assert.Equal(1, remaining.Done, 1e-12);
    }

    [Fact]
    public void Work_of_earlier_runs_is_done_but_is_no_speed()
    {
        var remaining = new RemainingTime([0, 0, 100], 300, 2);
        Assert.Equal(2.0 / 3, remaining.Done, 1e-12);
        Assert.Equal(0, remaining.Estimate().TotalSeconds);
        remaining.Start(2, 100);
        remaining.Epoch(2, 9);     // the first epoch stands in until there is another
        Assert.Equal(99 * 9, remaining.Estimate().TotalSeconds, 1e-9);
        remaining.Epoch(2, 2);
        Assert.Equal(98 * 2, remaining.Estimate().TotalSeconds, 1e-9);
    }

    [Fact]
    public void A_trial_that_fails_leaves_nothing_to_do()
    {
        var remaining = new RemainingTime([10, 10], 20, 1);
        remaining.Start(0, 10);
        remaining.Epoch(0, 1);
        remaining.End(0);
        Assert.Equal(10, remaining.Estimate().TotalSeconds, 1e-9);
        Assert.Equal(0.5, remaining.Done, 1e-12);
    }

    private sealed record Event(int Trial, int Epoch, double Time);

    /// <summary>Reports every start (epoch -1) and every end of an epoch in the order of time; returns when the last trial ends.</summary>
    private static double Simulate(double[][] cost, int workers, Action<Event> report)
    {
        var queue = new PriorityQueue<(int Trial, int Epoch), double>();
        int next = 0;
        double now = 0;
        void Take()
        {
            while (next < cost.Length && cost[next].Length == 0)
                next++;
            if (next == cost.Length)
                return;
            report(new Event(next, -1, now));
            queue.Enqueue((next, 0), now + cost[next][0]);
            next++;
        }

        for (int w = 0; w < workers; w++)
            Take();
        while (queue.TryDequeue(out var at, out double time))
        {
            now = time;
            report(new Event(at.Trial, at.Epoch, now));
            if (at.Epoch + 1 < cost[at.Trial].Length)
                queue.Enqueue((at.Trial, at.Epoch + 1), now + cost[at.Trial][at.Epoch + 1]);
            else
                Take();
        }

        return now;
    }
}
