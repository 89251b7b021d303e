using Xunit;
using XanesMl.Training.Noise;

namespace XanesMl.Training.Tests.Noise;

public sealed class VectorRandomTests
{
    [Fact]
    public void Normal_numbers_have_mean_0_and_the_given_deviation_and_normal_tails()
    {
        var x = new float[1_000_003];
        new VectorRandom(5).FillNormal(x, 2);
        double mean = x.Average(v => (double)v), variance = x.Average(v => (double)v * v), fourth = x.Average(v => Math.Pow(v / 2.0, 4));
        Assert.Equal(0, mean, 0.01);       // standard error 0.002
        Assert.Equal(4, variance, 0.04);   // standard error 0.006
        Assert.Equal(3, fourth, 0.05);     // standard error 0.01
        Assert.Equal(0.0227501, x.Count(v => v > 4) / 1_000_003.0, 0.0008);   // P(Z > 2), standard error 0.00015
    }

    [Fact]
    public void Keep_mask_drops_the_given_part_and_scales_the_rest()
    {
        var m = new float[100_003];
        new VectorRandom(6).FillKeepMask(m, 0.25);
        Assert.Equal(0.25, m.Count(v => v == 0) / 100_003.0, 0.01);
        Assert.All(m, v => Assert.True(v == 0 || v == 1 / 0.75f));
    }

    [Fact]
    public void Shuffle_is_a_permutation_that_reaches_every_order()
    {
        var random = new VectorRandom(9);
        var seen = new Dictionary<string, int>();
        for (int i = 0; i < 6000; i++)
        {
            int[] items = [0, 1, 2];
            random.Shuffle(items);
            string key = string.Join("", items);
            seen[key] = seen.GetValueOrDefault(key) + 1;
        }

        Assert.Equal(6, seen.Count);
        Assert.All(seen.Values, n => Assert.InRange(n, 850, 1150));   // expected 1000, deviation 29
    }

    [Fact]
    public void The_same_seed_and_stream_give_the_same_numbers_and_others_do_not()
    {
        float[] Draw(long seed, long stream)
        {
            var x = new float[20];
            new VectorRandom(seed, stream).FillUniform(x, 1);
            return x;
        }

        Assert.Equal(Draw(1, 2), Draw(1, 2));
        Assert.NotEqual(Draw(1, 2), Draw(1, 3));
        Assert.NotEqual(Draw(1, 2), Draw(2, 2));
        Assert.All(Draw(1, 2), v => Assert.InRange(v, -1, 1));
    }
}
