using System.Globalization;
using XanesMl.Inference.Evaluation;
using XanesMl.Inference.Models;
using XanesMl.Spectra;
using XanesMl.Training.Evaluation;
using Xunit;

namespace XanesMl.Training.Tests.Evaluation;

public sealed class ComparisonTests
{
    private static readonly int[] s_i = [.. Enumerable.Range(0, 24)];
    private static readonly string[] s_materials = Names(24, 3);

    private static ComparisonRows Small(string name, Func<int, double> style, Func<int, double> predicted) => new()
    {
        Name = name, Materials = s_materials,
        Descriptors = [new ComparisonDescriptor("CT", "e", [.. s_i.Select(Truth)], [.. s_i.Select(style)], [.. s_i.Select(predicted)])],
    };

    private static double Truth(int i) => i * 7 % 11;

    /// <summary>Oracle: the same draws (SplitMix64 and Lemire's multiplication written in Python), scipy.stats.spearmanr on the drawn rows, numpy.percentile, scipy.stats.t.</summary>
    [Fact]
    public void Intervals_and_p_values_are_those_of_numpy_with_the_same_draws()
    {
        var a = Small("a", i => Truth(i) + (i * 5 % 7 * 0.9), i => (0.8 * Truth(i)) + (i * 3 % 5 * 0.4));
        var b = Small("b", i => Truth(i) + (i * 4 % 9 * 0.7), i => (0.9 * Truth(i)) + (i * 2 % 7 * 0.3));
        var result = Comparison.Compute([a, b], paired: true, new ComparisonOptions { Draws = 200, Seed = 1 });
        Same(result.Metrics[0].Runs[0], 0.767624744263, 0.0412699158303, 0.66802177523, 0.815939990163);
        Same(result.Metrics[1].Runs[0], 0.725, 0.134306325096, 0.502059580705, 0.992261241912);
        Same(result.Metrics[2].Runs[0], 0.93130216189, 0.0202109487277, 0.88875275164, 0.963206734054);
        Same(result.Differences[0].Summary, 0.0973168379595, 0.0556142485022, 0.022759372201, 0.232009747984);
        Same(result.Differences[1].Summary, -0.141666666667, 0.1042225837, -0.351021306165, 0.0321644994272);
        Assert.Equal(0.123619284452, result.Differences[0].Summary.P, 1e-9);
        Assert.Equal(0.216224777601, result.Differences[1].Summary.P, 1e-9);
        Assert.Equal(["CT.spearman", "CT.mae", "CT.r2"], result.Metrics.Select(m => m.Metric.Key));
        Assert.All(result.Metrics, m => Assert.Equal(1, m.Best));
    }

    /// <summary>A weight of w is the same as a row that stands w times; oracle: this library's scores of the written-out rows.</summary>
    [Fact]
    public void Weights_stand_for_repeated_rows()
    {
        var rows = Made("x", 60, 0.5, 3);
        var scores = new ComparisonScores(rows);
        var random = new Random(3);
        for (int t = 0; t < 5; t++)
        {
            int[] weights = [.. Enumerable.Range(0, 60).Select(_ => t == 0 ? 1 : random.Next(4))];
            int[] written = [.. Enumerable.Range(0, 60).SelectMany(i => Enumerable.Repeat(i, weights[i]))];
            var d = rows.Descriptors[0];
            double[] truth = At(d.Truth), style = At(d.Style), predicted = At(d.Predicted!);
            int[] labelled = [.. Enumerable.Range(0, truth.Length).Where(i => !double.IsNaN(truth[i]))];
            var regression = RegressionMetrics.Of(truth, predicted);
            int[] classes = [4, 5, 6], actual = [.. labelled.Select(i => (int)truth[i])], given = [.. labelled.Select(i => rows.Thresholds!.Classify(style[i]))];
            double[] expected =
            [
                RankCorrelation.Spearman(style, truth), regression.Mae, regression.R2, ClassificationMetrics.WeightedF1(ClassificationMetrics.Confusion(classes, actual, given)),
                At(rows.ReconstructionError!).Average(), RankCorrelation.LargestSpearman([.. rows.Styles.Select(At)]), Math.Abs(RankCorrelation.Spearman(At(rows.Styles[0]), At(rows.Styles[1]))),
            ];
            double[] actualScores = scores.Of(weights);
            Assert.Equal(7, actualScores.Length);
            for (int s = 0; s < expected.Length; s++)
                Assert.Equal(expected[s], actualScores[s], 1e-10);

            double[] At(double[] column) => [.. written.Select(i => column[i])];
        }
    }

    [Fact]
    public void Equal_runs_have_no_difference()
    {
        var result = Comparison.Compute([Made("a", 100, 0.5, 1), Made("b", 100, 0.5, 1), Made("c", 100, 0.5, 1)], paired: true, new ComparisonOptions { Draws = 200 });
        Assert.All(result.Differences, d => Assert.True(d is { Summary.Estimate: 0, Summary.P: 1, Clear: false, Better: false }));
        Assert.All(result.Metrics, m => Assert.All(m.AsGood, Assert.True));
        Assert.Equal("b against a: no difference is larger than its noise (7 scores).", result.Sentences[0]);
    }

    /// <summary>The same noise on every row, a tenth less of it in the second run: far less than the width of each run's own interval, and clear because the samples are paired.</summary>
    [Fact]
    public void A_planted_improvement_is_found_though_it_is_smaller_than_each_interval()
    {
        ComparisonRows[] runs = [Made("old", 400, 0.5, 1), Made("new", 400, 0.45, 1)];
        var paired = Comparison.Compute(runs, paired: true, new ComparisonOptions { Draws = 400 });
        var mae = paired.Differences.Single(d => d.Metric.Key == "CN.mae");
        Assert.True(mae is { Clear: true, Better: true });
        Assert.Equal(0.9, 1 + (mae.Summary.Estimate / paired.Metrics.Single(m => m.Metric.Key == "CN.mae").Runs[0].Estimate), 1e-9);
        Assert.True(paired.Metrics.Single(m => m.Metric.Key == "CN.mae").Runs[1] is var s && s.High - s.Low > -mae.Summary.Estimate);
        Assert.StartsWith("new against old: better in ", paired.Sentences[0], StringComparison.Ordinal);
        Assert.Contains("CN MAE (-0.0", paired.Sentences[0], StringComparison.Ordinal);

        // Drawn independently, the same difference drowns.
        var unpaired = Comparison.Compute(runs, paired: false, new ComparisonOptions { Draws = 400 });
        Assert.True(unpaired.Differences.Single(d => d.Metric.Key == "CN.mae").Summary.Error > 3 * mae.Summary.Error);
        Assert.Empty(unpaired.AgainstBaselines);
    }

    /// <summary>Two runs that differ by chance only: 100 pairs, false discovery rate 0.05, so about 5 with any difference called clear; standard deviation 2.2.</summary>
    [Fact]
    public void Chance_is_seldom_called_a_difference()
    {
        int clear = 0;
        for (int seed = 0; seed < 100; seed++)
            clear += Comparison.Compute([Made("a", 120, 0.5, 2 * seed), Made("b", 120, 0.5, (2 * seed) + 1, truthSeed: 2 * seed)], paired: true, new ComparisonOptions { Draws = 150 }).Differences.Any(d => d.Clear) ? 1 : 0;
        Assert.InRange(clear, 0, 12);
    }

    [Fact]
    public void Simple_methods_are_beside_the_runs_and_never_best()
    {
        var table = SyntheticTable.Create(120, 40);
        var (train, validation, test) = (table.Select([.. Enumerable.Range(0, 60)]), table.Select([.. Enumerable.Range(60, 20)]), table.Select([.. Enumerable.Range(80, 40)]));
        var baselines = ComparisonRows.Baselines(train, validation, test, [.. table.DescriptorNames.Select(_ => "")]);
        Assert.Equal(["5-NN", "ridge", "constant"], baselines.Select(b => b.Name));
        var scored = Baselines.Score(train, validation, test, 4);
        ComparisonRows Poor(string name, double error) => baselines[0] with { Name = name, IsBaseline = false, Descriptors = [.. baselines[0].Descriptors.Select(d => d with { Predicted = Array.ConvertAll(d.Truth, v => v + error), Style = d.Truth })] };
        var result = Comparison.Compute([Poor("p", 50), Poor("q", 60), .. baselines], paired: true, new ComparisonOptions { Draws = 150 });
        foreach (string name in table.DescriptorNames)
        {
            var mae = result.Metrics.Single(m => m.Metric.Key == name + ".mae");
            Assert.Equal(scored.Descriptors[name].Knn5.Mae, mae.Runs[2].Estimate, 1e-9);
            Assert.Equal(scored.Descriptors[name].Ridge.Mae, mae.Runs[3].Estimate, 1e-9);
            Assert.Equal(scored.Descriptors[name].Constant.Mae, mae.Runs[4].Estimate, 1e-9);
            Assert.Equal(0, mae.Best);
        }

        // One run beside simple methods has the same differences, which the report of a run shows.
        var alone = Comparison.Compute([Poor("p", 50), .. baselines], paired: true, new ComparisonOptions { Draws = 150 });
        Assert.Empty(alone.Differences);
        Assert.Equal(result.AgainstBaselines.Where(d => d.Run == "p").Select(d => d.Summary), alone.AgainstBaselines.Select(d => d.Summary));
        Assert.Contains(result.Sentences, s => s.StartsWith("p against 5-NN: worse in ", StringComparison.Ordinal) && table.DescriptorNames.All(n => s.Contains(n + " MAE (+", StringComparison.Ordinal)));
    }

    /// <summary>Oracle: Benjamini and Hochberg's formula on the p values against 5-NN alone; the easy differences against the constant must not help.</summary>
    [Fact]
    public void Every_simple_method_is_a_family_of_its_own()
    {
        var run = Made("a", 120, 0.5, 1);
        ComparisonRows Method(string name, double noise, int seed) => Made(name, 120, noise, seed, truthSeed: 1) with { IsBaseline = true };
        var result = Comparison.Compute([run, Made("b", 120, 0.5, 7, truthSeed: 1), Method("5-NN", 0.55, 3), Method("constant", 5, 4)], paired: true, new ComparisonOptions { Draws = 150 });
        foreach (string name in new[] { "5-NN", "constant" })
        {
            ComparisonDifference[] family = [.. result.AgainstBaselines.Where(d => d.Against == name)];
            Assert.Equal(MultipleTests.FalseDiscoveryRate([.. family.Select(d => d.Summary.P)]), family.Select(d => d.Q));
        }

        double[] pooled = MultipleTests.FalseDiscoveryRate([.. result.AgainstBaselines.Select(d => d.Summary.P)]);
        Assert.Contains(result.AgainstBaselines.Select((d, i) => (d, i)), p => p.d.Against == "5-NN" && p.d.Q > 1.2 * pooled[p.i]);
    }

    [Fact]
    public void Runs_of_different_tables_are_not_ranked()
    {
        var result = Comparison.Compute([Made("a", 100, 0.1, 1), Made("b", 60, 2, 2)], paired: false, new ComparisonOptions { Draws = 150, OneTask = false });
        Assert.False(result.OneTask);
        Assert.Empty(result.Differences);
        Assert.All(result.Metrics, m => Assert.True(m.Best == -1 && !m.AsGood.Any(g => g) && m.Runs.All(r => double.IsFinite(r.Estimate))));
        Assert.Equal(["The runs are of different tables: their tasks differ, and no score is better or worse than one of another table."], result.Sentences);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        var a = Made("a", 30, 0.5, 1);
        Refused("1 run to compare", () => Comparison.Compute([a], true));
        Refused("names repeat: a, a", () => Comparison.Compute([a, a], true));
        Refused("its rows are not those of a", () => Comparison.Compute([a, Made("b", 33, 0.5, 1)], true));
        Refused("99 draws", () => Comparison.Compute([a, a with { Name = "b" }], true, new ComparisonOptions { Draws = 99 }));
        Refused("fewer than 2 materials", () => Comparison.Compute([a, a with { Name = "b", Materials = [.. Enumerable.Repeat("m", 30)] }], false));
        Refused("reconstruction has not 30 rows", () => Comparison.Compute([a, a with { Name = "b", ReconstructionError = [1] }], true));

        static void Refused(string part, Action action) => Assert.Contains(part, Assert.Throws<XanesDataException>(action).Message, StringComparison.Ordinal);
    }

    /// <summary>A run on CN 4, 5, 6: errors of a given size that are the same numbers for a seed, so that two sizes are comparable row by row.</summary>
    private static ComparisonRows Made(string name, int rows, double noise, int seed, int? truthSeed = null)
    {
        var errors = new NormalDraws((seed * 7) + 5);
        var values = new NormalDraws(truthSeed ?? seed);
        double[] truth = [.. Enumerable.Range(0, rows).Select(i => i % 10 == 9 ? double.NaN : Math.Clamp(Math.Round(5 + (0.9 * values.Next())), 4, 6))];
        double[] style = new double[rows], predicted = new double[rows], free = new double[rows], reconstruction = new double[rows];
        for (int i = 0; i < rows; i++)
        {
            double e = noise * errors.Next(), t = double.IsNaN(truth[i]) ? 5 : truth[i];
            (style[i], predicted[i], free[i], reconstruction[i]) = (t + e, t + e, errors.Next(), Math.Abs(e));
        }

        return new ComparisonRows
        {
            Name = name, Materials = Names(rows, 3), Descriptors = [new ComparisonDescriptor("CN", "", truth, style, predicted)], Styles = [style, free], ReconstructionError = reconstruction,
            Thresholds = new ClassThresholds("CN", [4, 5, 6], [4.5, 5.5]),
        };
    }

    private static void Same(BootstrapSummary actual, double estimate, double error, double low, double high)
    {
        Assert.Equal(estimate, actual.Estimate, 1e-9);
        Assert.Equal(error, actual.Error, 1e-9);
        Assert.Equal(low, actual.Low, 1e-9);
        Assert.Equal(high, actual.High, 1e-9);
    }

    private static string[] Names(int rows, int sites) => [.. Enumerable.Range(0, rows).Select(i => "m" + (i / sites).ToString(CultureInfo.InvariantCulture))];
}

/// <summary>Which rows runs may be compared on.</summary>
public sealed class ComparisonPlanTests
{
    private static readonly string[] s_pairs = [.. Enumerable.Range(0, 200).Select(i => "m" + (i / 2).ToString(CultureInfo.InvariantCulture))];

    private static ModelSplit Split(Func<int, int> part, string hash = "h") =>
        new("grouped", 1, [0.7, 0.15, 0.15], hash, Of(part, 0), Of(part, 1), Of(part, 2));

    private static int[] Of(Func<int, int> part, int which) => [.. Enumerable.Range(0, 200).Where(i => part(i) == which)];

    [Fact]
    public void Equal_splits_are_compared_on_their_test_rows()
    {
        var split = Split(i => i < 100 ? 0 : i < 120 ? 1 : 2);
        var plan = ComparisonPlan.Choose([split, split], [s_pairs, s_pairs]);
        Assert.True(plan.Paired);
        Assert.Equal(split.Test, plan.Rows[1]);
        Assert.Equal("All runs have the same 80 test rows of 40 materials.", plan.Text);
    }

    [Fact]
    public void Other_splits_are_compared_on_what_no_run_has_seen()
    {
        // Test rows 120..199 and 100..179; the second has trained on 180..199. Of the common 120..179 row 121 is a sibling of no row that either has seen.
        var plan = ComparisonPlan.Choose([Split(i => i < 100 ? 0 : i < 120 ? 1 : 2), Split(i => i < 80 || i >= 180 ? 0 : i < 100 ? 1 : 2)], [s_pairs, s_pairs]);
        Assert.True(plan.Paired);
        Assert.Equal(Enumerable.Range(120, 60), plan.Rows[0]);
        Assert.Contains("The runs' test rows differ. Compared are the 60 rows of 30 materials", plan.Text, StringComparison.Ordinal);
        Assert.Contains("80 to 80 rows", plan.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_whose_material_a_run_has_trained_on_is_left_out()
    {
        // The second split goes by rows: of each of the materials of 120..139 it has trained on one site.
        var plan = ComparisonPlan.Choose([Split(i => i < 100 ? 0 : i < 120 ? 1 : 2), Split(i => i < 100 || (i < 140 && i % 2 == 0) ? 0 : i < 110 ? 1 : 2)], [s_pairs, s_pairs]);
        Assert.Equal(Enumerable.Range(140, 60), plan.Rows[0]);
    }

    [Fact]
    public void Too_few_common_rows_or_other_tables_are_not_paired()
    {
        var first = Split(i => i < 100 ? 0 : i < 120 ? 1 : 2);
        var opposite = Split(i => i >= 60 ? 0 : i < 20 ? 1 : 2);
        var plan = ComparisonPlan.Choose([first, opposite], [s_pairs, s_pairs]);
        Assert.False(plan.Paired);
        Assert.Equal(opposite.Test, plan.Rows[1]);
        Assert.Contains("Only 0 rows of 0 materials are unseen by all runs", plan.Text, StringComparison.Ordinal);
        var other = ComparisonPlan.Choose([first, first with { DataHash = "x" }], [s_pairs, s_pairs]);
        Assert.False(other.Paired);
        Assert.False(other.OneTask);
        Assert.True(plan.OneTask);
        Assert.Contains("different tables, so that their tasks differ", other.Text, StringComparison.Ordinal);
    }
}
