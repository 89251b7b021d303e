using XanesMl.Cli.Reporting;
using XanesMl.Inference.Evaluation;
using XanesMl.Training.Evaluation;

namespace XanesMl.Cli.Tests.Reporting;

/// <summary>The model against simple methods in words; oracle of every sentence: written by hand from the numbers given.</summary>
public sealed class SimpleMethodsTests
{
    private static DescriptorEvaluation Scores(double mae, double constant, double knn, double ridge, string unit = "") => new()
    {
        Spearman = 0.8, Kendall = 0.6, LinearR2 = 0.6, R2 = 0.6, Mae = mae, Rmse = mae, Coverage90 = 0.9, HalfWidth90 = mae, LabelledRows = 50, Unit = unit,
        Baseline = new DescriptorBaseline(new(constant), new(0.82, knn, 0.5), new(0.7, ridge, 0.4)),
    };

    private static EvaluationReport Report(params (string Name, DescriptorEvaluation D)[] descriptors) => SampleReport.Create() with { Descriptors = descriptors.ToDictionary(d => d.Name, d => d.D) };

    private static ComparisonDifference Difference(string descriptor, string method, string label, Standing standing) => new(
        new ComparisonMetric(descriptor + "." + label, descriptor, label, "", label != "MAE"), "this model", method, new BootstrapSummary(0.1, 0.1, -1, 1, 0.5), 0.5, standing != Standing.NotToldApart, standing == Standing.Better);

    private static SimpleMethods Judged(EvaluationReport report, params (string Descriptor, string Method, string Label, Standing Standing)[] known) =>
        new(report, [.. known.Select(k => Difference(k.Descriptor, k.Method, k.Label, k.Standing))], 40);

    [Fact]
    public void Only_differences_larger_than_the_noise_are_called_better_or_worse()
    {
        // On A the numbers favour the model, on C 5-NN; neither is more than noise.
        var methods = Judged(Report(("A", Scores(0.2, 0.9, 0.25, 0.4)), ("B", Scores(0.0261, 0.9, 0.0341, 0.4, "e")), ("C", Scores(0.3, 0.9, 0.28, 0.25)), ("D", Scores(0.5, 0.4, 0.3, 0.6))),
            ("A", "5-NN", "MAE", Standing.NotToldApart), ("B", "5-NN", "MAE", Standing.Better), ("C", "5-NN", "MAE", Standing.NotToldApart), ("D", "5-NN", "MAE", Standing.Worse), ("D", "5-NN", "Spearman", Standing.Worse),
            ("A", "ridge", "MAE", Standing.Better), ("B", "ridge", "MAE", Standing.Better), ("C", "ridge", "MAE", Standing.NotToldApart), ("D", "ridge", "MAE", Standing.Better),
            ("A", "constant", "MAE", Standing.Better), ("B", "constant", "MAE", Standing.Better), ("C", "constant", "MAE", Standing.Better), ("D", "constant", "MAE", Standing.Worse));
        Assert.Equal("Looking up the five most similar known spectra is worse on B (mean absolute error 0.0341 against the model's 0.0261 e); it is better on D (0.300 against 0.500); "
            + "it cannot be told apart from the model on A (0.250 against 0.200) and C (0.280 against 0.300).", methods.Summary());
        Assert.Equal(
        [
            "5 nearest neighbours on the raw spectrum have a smaller mean absolute error on D (0.300 against the model's 0.500); not told apart on A (0.250 against the model's 0.200) and C (0.280 against the model's 0.300).",
            "Ridge regression on the raw spectrum has a mean absolute error that is not told apart from the model's on C (0.250 against the model's 0.300).",
            "A constant, the mean of the known rows, has a smaller mean absolute error on D (0.400 against the model's 0.500).",
            "5 nearest neighbours order the rows better (Spearman) by D (0.820 against 0.800); not told apart by A (0.820 against 0.800), B (0.820 against 0.800) and C (0.820 against 0.800).",
            "Not told apart: the difference is within the noise of a paired bootstrap over the 40 held-out materials, at a false discovery rate of 5 %.",
        ], methods.Limits());
        // The smallest of all methods, not of two; marked is only what is clearly worse.
        Assert.Equal([("this model", "unclear", RowLook.Plain), ("this model", "better", RowLook.Plain), ("ridge", "unclear", RowLook.Plain), ("5-NN", "worse", RowLook.Marked)],
            RunPage.ScoreTable(methods).Rows.Select(r => (r.Cells[^2], r.Cells[^1], r.Look)));
    }

    [Fact]
    public void Too_few_materials_or_no_rows_are_said_and_a_tie_is_a_tie()
    {
        var report = Report(("A", Scores(0.2, 0.9, 0.2, 0.4)), ("B", Scores(0.3, 0.25, 0.4, 0.28)));
        const string Numbers = "Looking up the five most similar known spectra has a larger mean absolute error on B (0.400 against the model's 0.300) and the same mean absolute error on A (0.200 against the model's 0.200); ";
        Assert.Equal(Numbers + "the 7 held-out materials are too few to tell whether a difference is more than chance.", new SimpleMethods(report, [], 7).Summary());
        Assert.Equal(Numbers + "without the table it is not known whether a difference is more than chance.", new SimpleMethods(report, [], null).Summary());
        Assert.Equal("Ridge regression on the raw spectrum has a smaller mean absolute error on B (0.280 against the model's 0.300); the 1 held-out material is too few to tell whether a difference is more than chance.",
            new SimpleMethods(report, [], 1).Limits().First());
        Assert.Equal([("this model and 5-NN", "-"), ("constant", "-")], RunPage.ScoreTable(new SimpleMethods(report, [], null)).Rows.Select(r => (r.Cells[^2], r.Cells[^1])));
        Assert.Null(new SimpleMethods(SampleReport.Create(baselines: false), [], 7).Summary());
    }

    [Fact]
    public void One_group_alone_says_every_or_any()
    {
        var report = Report(("A", Scores(0.2, 0.9, 0.25, 0.4)), ("B", Scores(0.3, 0.9, 0.2, 0.4)));
        SimpleMethods All(Standing s) => Judged(report, ("A", "5-NN", "MAE", s), ("B", "5-NN", "MAE", s));
        const string Numbers = "A (mean absolute error 0.250 against the model's 0.200) and B (0.200 against 0.300)";
        Assert.Equal($"Looking up the five most similar known spectra is worse on every descriptor: {Numbers}.", All(Standing.Better).Summary());
        Assert.Equal($"Looking up the five most similar known spectra is better on every descriptor: {Numbers}; prefer that where only values are wanted.", All(Standing.Worse).Summary());
        Assert.Equal($"Looking up the five most similar known spectra cannot be told apart from the model on any descriptor: {Numbers}.", All(Standing.NotToldApart).Summary());
    }

    [Fact]
    public void Intervals_are_called_too_narrow_only_beyond_chance()
    {
        CoverageBand Band(double measured, double low) => new(0.9, measured, low, 1, 2);
        Assert.Equal("90 % intervals are too narrow for A (78 %; chance explains 83 % or more): by more than the choice of the 40 held-out materials and of the calibration rows explains, 2 descriptors tested at once.",
            IntervalWords.Narrow([("A", 0.78), ("B", 0.85)], [("A", Band(0.78, 0.83)), ("B", Band(0.85, 0.83))], 40));
        Assert.Null(IntervalWords.Narrow([("B", 0.85)], [("B", Band(0.85, 0.83))], 40));
        Assert.Equal("90 % intervals hold fewer rows than they promise for B (85 %); the 7 held-out materials are too few to tell whether that is more than chance.", IntervalWords.Narrow([("B", 0.85), ("C", 0.95)], [], 7));
        Assert.Equal("90 % intervals hold fewer rows than they promise for B (85 %); without the table it is not known whether that is more than chance.", IntervalWords.Narrow([("B", 0.85)], [], null));
        Assert.Null(IntervalWords.Narrow([("C", 0.95)], [], 7));
    }
}
