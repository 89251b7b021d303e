using Xunit;
using XanesMl.Inference.Evaluation;
using XanesMl.Spectra;

namespace XanesMl.Inference.Tests.Evaluation;

// Oracle: scipy 1.10.1, scipy.stats.spearmanr, kendalltau and rankdata.
public class RankCorrelationTests
{
    private static readonly double[] X = [1, 2, 2, 3, 5, 5, 5, 8, 9, 10];
    private static readonly double[] Y = [2, 1, 3, 3, 4, 6, 4, 4, 9, 7];

    [Fact]
    public void Ties_get_the_mean_of_their_ranks() =>
        // scipy.stats.rankdata([3, 1, 3, 2, 3, 1])
        Assert.Equal([5, 1.5, 5, 3, 5, 1.5], RankCorrelation.AverageRanks([3, 1, 3, 2, 3, 1]));

    [Fact]
    public void Small_lists_with_ties()
    {
        Assert.Equal(0.9093749999999999, RankCorrelation.Spearman(X, Y), 1e-14);
        Assert.Equal(0.7804878048780488, RankCorrelation.KendallTauB(X, Y), 1e-14);
    }

    [Fact]
    public void Equal_infinities_are_ties()
    {
        double[] x = [1, double.PositiveInfinity, double.PositiveInfinity, 0, 5], y = [2, 3, 7, 1, 1];
        Assert.Equal(0.7894736842105264, RankCorrelation.Spearman(x, y), 1e-14);
        Assert.Equal(0.6666666666666666, RankCorrelation.KendallTauB(x, y), 1e-14);
    }

    [Fact]
    public void A_thousand_values_with_many_ties()
    {
        // i = numpy.arange(1, 1001); a = floor(40 sin(0.7 i) + 0.5); b = floor(20 sin(0.7 i) + 15 cos(0.1 i^2) + 0.5)
        var a = new double[1000];
        var b = new double[1000];
        for (int i = 1; i <= 1000; i++)
        {
            a[i - 1] = Math.Floor((40 * Math.Sin(i * 0.7)) + 0.5);
            b[i - 1] = Math.Floor((20 * Math.Sin(i * 0.7)) + (15 * Math.Cos(i * i * 0.1)) + 0.5);
        }

        Assert.Equal(0.8065466163623737, RankCorrelation.Spearman(a, b), 1e-13);
        Assert.Equal(0.6039126075393711, RankCorrelation.KendallTauB(a, b), 1e-13);
    }

    [Fact]
    public void Kendall_equals_the_count_of_all_pairs()
    {
        // Oracle: the definition, by a double loop.
        var random = new Random(5);
        for (int trial = 0; trial < 50; trial++)
        {
            int n = random.Next(3, 60);
            double[] x = [.. Enumerable.Range(0, n).Select(_ => (double)random.Next(12))];
            double[] y = [.. Enumerable.Range(0, n).Select(_ => (double)random.Next(12))];
            double sum = 0, differentX = 0, differentY = 0;
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < i; j++)
                {
                    sum += Math.Sign(x[i] - x[j]) * Math.Sign(y[i] - y[j]);
                    differentX += x[i] != x[j] ? 1 : 0;
                    differentY += y[i] != y[j] ? 1 : 0;
                }
            }

            Assert.Equal(sum / Math.Sqrt(differentX * differentY), RankCorrelation.KendallTauB(x, y), 1e-12);
        }
    }

    [Fact]
    public void Pairs_with_a_missing_value_are_dropped()
    {
        double[] x = [.. X, double.NaN, 4], y = [.. Y, 1, double.NaN];
        Assert.Equal(RankCorrelation.Spearman(X, Y), RankCorrelation.Spearman(x, y));
        Assert.Equal(RankCorrelation.KendallTauB(X, Y), RankCorrelation.KendallTauB(x, y));
    }

    [Theory]
    [InlineData(new double[] { }, new double[] { })]
    [InlineData(new[] { 1.0, 2 }, new[] { 1.0, 2 })]
    [InlineData(new[] { 1.0, 2, double.NaN }, new[] { 1.0, 2, 3 })]
    [InlineData(new[] { 0.1, 0.1, 0.1, 0.1 }, new[] { 1.0, 2, 3, 4 })]
    [InlineData(new[] { 1.0, 2, 3, 4 }, new[] { 1e300, 1e300, 1e300, 1e300 })]
    public void Too_little_to_say_gives_NaN(double[] x, double[] y)
    {
        Assert.True(double.IsNaN(RankCorrelation.Spearman(x, y)));
        Assert.True(double.IsNaN(RankCorrelation.KendallTauB(x, y)));
    }

    [Fact]
    public void A_perfect_order_is_one_and_its_reverse_minus_one()
    {
        double[] x = [1, 2, 3, 4, 5], y = [0.1, 5, 6, 7, 1e9], reversed = [5, 4, 3, 2, 1];
        Assert.Equal(1, RankCorrelation.Spearman(x, y), 1e-15);
        Assert.Equal(-1, RankCorrelation.Spearman(x, reversed), 1e-15);
        Assert.Equal(1, RankCorrelation.KendallTauB(x, y), 1e-15);
        Assert.Equal(-1, RankCorrelation.KendallTauB(x, reversed), 1e-15);
    }

    [Fact]
    public void Different_lengths_are_refused()
    {
        Assert.Contains("3 values", Assert.Throws<XanesDataException>(() => RankCorrelation.Spearman([1, 2, 3], [1, 2])).Message);
        Assert.Throws<XanesDataException>(() => RankCorrelation.KendallTauB([1, 2, 3], [1, 2]));
    }
}
