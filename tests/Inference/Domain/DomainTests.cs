using XanesMl.Inference.Domain;
using XanesMl.Spectra;
using Xunit;

namespace XanesMl.Inference.Tests.Domain;

public sealed class DomainTests
{
    private static float[] TrainStyles => [.. Enumerable.Range(0, 40).SelectMany(i => new[] { (float)Math.Sin(i), (float)(Math.Cos(2 * i) + (0.3 * Math.Sin(i))), ((i % 7) - 3) / 2f })];

    private static float[] TrainErrors => [.. Enumerable.Range(0, 40).Select(i => (float)(0.01 * (1 + (i * 17 % 40)) / 40))];

    private static float[] ValidationStyles => [.. Enumerable.Range(0, 10).SelectMany(j => new[] { (float)(1.5 * Math.Sin(j + 0.5)), (float)Math.Cos(3 * j), (float)(((j % 5) - 2) / 1.5) })];

    private static float[] ValidationErrors => [.. Enumerable.Range(0, 10).Select(j => (float)(0.02 * (1 + (j * 3 % 10)) / 10))];

    /// <summary>Oracle: numpy 1.24.2. m = S.mean(0); C = cov(S.T); C += 1e-6 trace(C)/3 eye(3); P = inv(C); percentile(E, p);
    /// limits = max of quantile(., 0.99) on both parts of the errors and of sqrt(einsum('ni,ij,nj->n', S - m, P, S - m)).</summary>
    [Fact]
    public void Fit_gives_what_numpy_gives()
    {
        var t = DomainThresholdsBuilder.Fit(TrainStyles, TrainErrors, ValidationStyles, ValidationErrors, 3);
        Close([0.028827456, 0.014550975, -0.0625], t.StyleMean);
        Close([2.09770533, -0.503640329, -0.020357829, -0.503640329, 1.91023619, 0.048243941, -0.020357829, 0.048243941, 1.011773731], t.StylePrecision);
        Close([0.00025, 0.0003475, 0.005125, 0.0099025, 0.01], [.. new[] { 0, 1, 50, 99, 100 }.Select(p => t.ReconstructionErrorPercentiles[p])]);
        Assert.Equal(0.019819999523, t.ReconstructionErrorLimit, 1e-9);
        Assert.Equal(3.0536918457, t.MahalanobisLimit, 1e-7);
        Assert.Equal(101, t.ReconstructionErrorPercentiles.Count);
        Assert.Equal(TrainStyles.Where((_, i) => i % 3 == 1).Min(), (float)t.StyleMin[1]);
        Assert.Equal(TrainStyles.Where((_, i) => i % 3 == 2).Max(), (float)t.StyleMax[2]);
    }

    [Fact]
    public void Fit_without_validation_rows_takes_the_limits_of_training_rows()
    {
        var t = DomainThresholdsBuilder.Fit(TrainStyles, TrainErrors, [], [], 3);
        Assert.Equal(0.0099025, t.ReconstructionErrorLimit, 1e-8);
        Assert.Equal(2.3525457966, t.MahalanobisLimit, 1e-7);
    }

    /// <summary>Style 3 repeats style 1 and style 4 never varies: the covariance has rank 2, the ridge makes it invertible.</summary>
    [Fact]
    public void Fit_of_a_singular_covariance_still_separates()
    {
        float[] styles = [.. Enumerable.Range(0, 50).SelectMany(i => new[] { (float)Math.Sin(i), (float)Math.Cos(i), (float)Math.Sin(i), 0.25f })];
        var t = DomainThresholdsBuilder.Fit(styles, new float[50], [], [], 4);
        Assert.All(t.StylePrecision, p => Assert.True(double.IsFinite(p)));
        var check = new DomainCheck(t);
        Assert.Equal(Verdict.Ok, check.Assess(styles.AsSpan(40, 4), 0).Verdict);
        Assert.Equal(Verdict.OutOfDomain, check.Assess([0.1f, 0.1f, -0.1f, 0.25f], 0).Verdict);
        Assert.Equal(Verdict.OutOfDomain, check.Assess([0.1f, 0.1f, 0.1f, 0.30f], 0).Verdict);
    }

    [Fact]
    public void Fit_of_styles_that_never_vary_is_finite()
    {
        var t = DomainThresholdsBuilder.Fit(new float[20], new float[10], [], [], 2);
        Close([1e6, 0, 0, 1e6], t.StylePrecision);
        Assert.Equal(Verdict.Ok, new DomainCheck(t).Assess([0, 0], 0).Verdict);
    }

    /// <summary>Each check flags about 1 % of validation rows that look like training rows: 2,000 normal draws, so 20 expected.</summary>
    [Fact]
    public void About_one_percent_of_validation_rows_are_flagged_by_each_check()
    {
        var random = new Random(3);
        float[] train = [.. Normal(random, 6 * 8000)], validation = [.. Normal(random, 6 * 2000)];
        float[] trainErrors = [.. Normal(random, 8000).Select(Math.Abs)], errors = [.. Normal(random, 2000).Select(Math.Abs)];
        var check = new DomainCheck(DomainThresholdsBuilder.Fit(train, trainErrors, validation, errors, 6));
        int byError = 0, byStyle = 0;
        for (int i = 0; i < errors.Length; i++)
        {
            var a = check.Assess(validation.AsSpan(i * 6, 6), errors[i]);
            byError += a.Reasons.Any(r => r.StartsWith("reconstruction", StringComparison.Ordinal)) ? 1 : 0;
            byStyle += a.Reasons.Any(r => r.StartsWith("style distance", StringComparison.Ordinal)) ? 1 : 0;
        }

        Assert.InRange(byError, 5, 20);
        Assert.InRange(byStyle, 5, 20);
    }

    [Fact]
    public void Assess_names_each_finding()
    {
        var t = DomainThresholdsBuilder.Fit(TrainStyles, TrainErrors, ValidationStyles, ValidationErrors, 3);
        var check = new DomainCheck(t);
        var ok = check.Assess([0, 0, 0], 0.005125);
        Assert.Equal(Verdict.Ok, ok.Verdict);
        Assert.Empty(ok.Reasons);
        Assert.Equal(50, ok.ErrorPercentile, 1e-3);

        var beyond = check.Assess([1.2f, 0, 0], 0.001);
        Assert.Equal(Verdict.Extrapolating, beyond.Verdict);
        Assert.StartsWith("style 1 is 1.2, training covers -1 to 1", Assert.Single(beyond.Reasons), StringComparison.Ordinal);

        var error = check.Assess([0, 0, 0], 0.5);
        Assert.Equal(Verdict.OutOfDomain, error.Verdict);
        Assert.Equal("reconstruction error 0.5 is above the limit 0.0198", Assert.Single(error.Reasons));
        Assert.Equal(100, error.ErrorPercentile);

        var far = check.Assess([9, 9, 9], 0);
        Assert.Equal(Verdict.OutOfDomain, far.Verdict);
        Assert.Equal(4, far.Reasons.Count);
        Assert.Equal(0, far.ErrorPercentile);
    }

    [Fact]
    public void Assess_counts_values_that_are_not_finite_as_out_of_the_domain()
    {
        var check = new DomainCheck(DomainThresholdsBuilder.Fit(TrainStyles, TrainErrors, [], [], 3));
        Assert.Equal(Verdict.OutOfDomain, check.Assess([float.NaN, 0, 0], 0).Verdict);
        var error = check.Assess([0, 0, 0], double.NaN);
        Assert.Equal(Verdict.OutOfDomain, error.Verdict);
        Assert.Equal(100, error.ErrorPercentile);
    }

    [Fact]
    public void Assess_without_thresholds_does_not_pretend()
    {
        var a = new DomainCheck(null).Assess([1, 2], 0.1);
        Assert.Equal(Verdict.NotChecked, a.Verdict);
        Assert.Single(a.Reasons);
        Assert.Equal(double.NaN, a.ErrorPercentile);
    }

    [Fact]
    public void Wrong_lengths_and_values_are_refused()
    {
        Assert.Throws<XanesDataException>(() => DomainThresholdsBuilder.Fit(new float[3], new float[1], [], [], 3));
        Assert.Throws<XanesDataException>(() => DomainThresholdsBuilder.Fit(new float[7], new float[2], [], [], 3));
        var error = Assert.Throws<XanesDataException>(() => DomainThresholdsBuilder.Fit(new float[6], [0, float.NaN], [], [], 3));
        Assert.Contains("reconstruction error of training row 2 is NaN", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new DomainCheck(DomainThresholdsBuilder.Fit(new float[6], new float[2], [], [], 3)).Assess([0], 0));
    }

    private static IEnumerable<float> Normal(Random random, int count)
    {
        for (int i = 0; i < count; i++)
            yield return (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
    }

    private static void Close(double[] expected, IReadOnlyList<double> actual)
    {
        Assert.Equal(expected.Length, actual.Count);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 1e-7 * Math.Max(1, Math.Abs(expected[i])));
    }
}
