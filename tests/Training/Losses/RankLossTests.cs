using TorchSharp;
using Xunit;
using XanesMl.Training.Losses;
using XanesMl.Training.Trials;
using static TorchSharp.torch;

namespace XanesMl.Training.Tests.Losses;

/// <summary>Oracle: the definition of domain.md section 2.2 as a double sum over all pairs.</summary>
public sealed class RankLossTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Value_and_gradient_are_the_definitions_for_random_batches_with_ties_and_gaps(bool balance)
    {
        var random = new Random(balance ? 7 : 8);
        for (int round = 0; round < 200; round++)
        {
            int b = random.Next(2, 40), k = random.Next(1, 5), s = k + random.Next(0, 3);
            float[] descriptors = [.. Enumerable.Range(0, b * k).Select(_ => random.Next(8) == 0 ? float.NaN : random.Next(1 + random.Next(6)))];
            // few different values make ties among styles too
            double[] styles = [.. Enumerable.Range(0, b * s).Select(_ => round % 2 == 0 ? random.Next(5) * 0.5 : random.NextDouble())];
            int[][] ranks = [.. Enumerable.Range(0, k).Select(c => TrialData.DenseRanks([.. Enumerable.Range(0, b).Select(i => descriptors[(i * k) + c])]))];
            var (value, gradient) = Definition(descriptors, styles, b, k, s, balance);

            using var scope = NewDisposeScope();
            var z = tensor(styles, [b, s], requires_grad: true);
            var loss = RankAaeLosses.Rank(z, ranks, balance, new RankCounts(b));
            loss.backward();
            Assert.Equal(value, loss.item<double>(), 1e-12);
            double[] g = z.grad!.data<double>().ToArray();
            for (int i = 0; i < g.Length; i++)
                Assert.Equal(gradient[i], g[i], 1e-12);

            // the form for GPUs
            var y = tensor(styles, [b, s], requires_grad: true);
            var pairs = RankAaeLosses.RankOfPairs(y, stack([.. ranks.Select(r => tensor(r))], 1), balance);
            pairs.backward();
            Assert.Equal(value, pairs.item<double>(), 1e-12);
            double[] h = y.grad!.data<double>().ToArray();
            for (int i = 0; i < h.Length; i++)
                Assert.Equal(gradient[i], h[i], 1e-12);
        }
    }

    [Fact]
    public void Perfect_order_gives_minus_the_mean_distance()
    {
        // styles 0, 1, 2 with descriptors in the same order: sum over ordered pairs of |s_i - s_j| = 2 (1 + 1 + 2) = 8, over 3 * 2 pairs
        using var z = tensor(new double[] { 0, 1, 2 }, [3, 1]);
        using var loss = RankAaeLosses.Rank(z, [[0, 1, 2]], balance: false, new RankCounts(3));
        Assert.Equal(-8 / 6.0, loss.item<double>(), 1e-15);
    }

    private static (double Value, double[] Gradient) Definition(float[] d, double[] z, int b, int k, int s, bool balance)
    {
        double value = 0, norm = (((double)b * b) - b) * k;
        var gradient = new double[b * s];
        for (int c = 0; c < k; c++)
        {
            long same = 0, opposite = 0;
            void Pairs(Action<int, int, double, double> use)
            {
                for (int i = 0; i < b; i++)
                    for (int j = 0; j < b; j++)
                    {
                        float di = d[(i * k) + c], dj = d[(j * k) + c];
                        if (float.IsNaN(di) || float.IsNaN(dj))
                            continue;
                        double sign = Math.Sign(di - dj);
                        use(i, j, sign, (z[(i * s) + c] - z[(j * s) + c]) * sign);
                    }
            }

            Pairs((_, _, _, p) => _ = p > 0 ? same++ : p < 0 ? opposite++ : 0);
            double w = balance ? Math.Max(opposite, 1) / (double)Math.Max(Math.Max(same, 1), Math.Max(opposite, 1)) : 1;
            Pairs((i, j, sign, p) =>
            {
                double weight = p > 0 ? w : 1;
                value -= weight * p / norm;
                gradient[(i * s) + c] -= weight * sign / norm;
                gradient[(j * s) + c] += weight * sign / norm;
            });
        }

        return (value, gradient);
    }
}
