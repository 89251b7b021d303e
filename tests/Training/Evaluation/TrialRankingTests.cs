using Xunit;
using XanesMl.Inference.Evaluation;
using XanesMl.Spectra;
using XanesMl.Training.Evaluation;

namespace XanesMl.Training.Tests.Evaluation;

public class TrialRankingTests
{
    private static readonly TrialScores[] Four =
        [new(0, 0.3, [0.9, 0.8, 0.7]), new(1, 0.2, [0.95, 0.7, 0.7]), new(2, 0.5, [0.85, 0.9, 0.7]), new(3, 0.4, [0.92, 0.82, 0.7])];

    [Fact]
    public void Scores_are_sums_of_z_scores()
    {
        // Oracle: numpy 1.24.2, z = (T - T.mean(0)) / T.std(0), the constant last column 0; score = -z[:, 0] + z[:, 1:].sum(1).
        var ranked = TrialRanking.Rank(Four);
        Assert.Equal([1, 0, 3, 2], ranked.Select(t => t.Trial));
        double[] scores = [1.10397480872, 0.239666790917, 0.175426818249, -1.51906841788];
        double[] z1 = [-1.3416407865, 1.23624507554, -1.47391105332, 0];
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(scores[i], ranked[i].Score, 1e-10);
            Assert.Equal(z1[i], ranked[0].ZScores[i], 1e-10);
        }

        Assert.Equal([0.2, 0.95, 0.7, 0.7], ranked[0].Values);
    }

    [Fact]
    public void Failed_trials_come_last_and_do_not_disturb_the_others()
    {
        var ranked = TrialRanking.Rank([new(7, double.NaN, [0.99, 0.99, 0.99]), .. Four, new(8, 0.1, [double.NaN, 0.9, 0.9])]);
        Assert.Equal([1, 0, 3, 2, 7, 8], ranked.Select(t => t.Trial));
        Assert.Equal(1.10397480872, ranked[0].Score, 1e-10);
        Assert.True(double.IsNaN(ranked[4].Score) && ranked[5].ZScores.All(double.IsNaN));
    }

    [Fact]
    public void A_column_that_no_trial_has_does_not_fail_them_all()
    {
        var ranked = TrialRanking.Rank([.. Four.Select(t => t with { Descriptors = [.. t.Descriptors, double.NaN] })]);
        Assert.Equal([1, 0, 3, 2], ranked.Select(t => t.Trial));
        Assert.Equal(1.10397480872, ranked[0].Score, 1e-10);
    }

    [Fact]
    public void A_single_trial_and_equal_trials_score_zero_in_their_order()
    {
        Assert.Equal(0, Assert.Single(TrialRanking.Rank([Four[0]])).Score);
        Assert.Equal([5, 2, 9], TrialRanking.Rank([new(5, 0.1, [0.3]), new(2, 0.1, [0.3]), new(9, 0.1, [0.3])]).Select(t => t.Trial));
    }

    [Fact]
    public void A_report_gives_F1_for_the_class_descriptor_and_Spearman_for_the_others()
    {
        var report = Report("validation");
        var scores = TrialScores.From(4, report);
        Assert.Equal(4, scores.Trial);
        Assert.Equal(0.33, scores.InterStyle);
        Assert.Equal([0.9, 0.75], scores.Descriptors);
        Assert.Equal([0.9, 0.8], TrialScores.From(4, report with { Cn = null }).Descriptors);
        Assert.Contains("test rows", Assert.Throws<XanesDataException>(() => TrialScores.From(4, Report("test"))).Message);
    }

    [Fact]
    public void The_table_shows_values_and_z_scores()
    {
        string[] lines = TrialRanking.Table(TrialRanking.Rank(Four), ["CT", "CN", "OCN"]).Split('\n');
        Assert.Equal("trial\tscore\tinter-style\tCT\tCN\tOCN", lines[0]);
        Assert.Equal("1\t1.10\t0.200 (-1.34)\t0.950 (+1.24)\t0.700 (-1.47)\t0.700 (0.00)", lines[1]);
        Assert.Equal(6, lines.Length);
    }

    [Fact]
    public void Unequal_trials_are_refused()
    {
        Assert.Throws<XanesDataException>(() => TrialRanking.Rank([]));
        Assert.Contains("trial 6 has 1", Assert.Throws<XanesDataException>(() => TrialRanking.Rank([Four[0], new(6, 0.1, [0.5])])).Message);
    }

    private static EvaluationReport Report(string split)
    {
        static DescriptorEvaluation Descriptor(double spearman) => new()
        {
            Spearman = spearman, Kendall = 0, LinearR2 = 0, R2 = 0, Mae = 0, Rmse = 0, Coverage90 = 0, HalfWidth90 = 0, LabelledRows = 1, Unit = "",
        };
        return new EvaluationReport
        {
            Split = split,
            Rows = 1,
            Descriptors = new Dictionary<string, DescriptorEvaluation> { ["CT"] = Descriptor(0.9), ["CN"] = Descriptor(0.8) },
            Cn = new ClassEvaluation { F1Weighted = 0.75, F1 = [], Confusion = [], Classes = [], Thresholds = [], Rows = 1 },
            Reconstruction = new ReconstructionEvaluation { Mae = 0, MaeStd = 0 },
            Styles = new StyleEvaluation([], 0.33, 0.2),
        };
    }
}
