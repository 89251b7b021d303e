using XanesMl.Cli.Reporting;
using XanesMl.Cli.Reporting.Numbers;
using XanesMl.Inference.Evaluation;
using XanesMl.Inference.Models;
using XanesMl.Training.Configuration;
using XanesMl.Training.Evaluation;
using XanesMl.Training.Runs;

namespace XanesMl.Cli.Tests.Reporting;

/// <summary>Summary, limits and table of a run whose numbers a reader can follow; oracle of every sentence: written by hand from SampleReport.</summary>
public sealed class RunWordsTests
{
    private static RunNumbers Numbers(EvaluationReport report, string split = "grouped", string name = "CT") => new()
    {
        Run = new CompletedRun
        {
            Folder = "run", DataHash = "0123", DataFiles = [], Options = new TrainingOptions(), OnnxDifference = 1e-6, Time = ("", ""), Report = report,
            Trials = [new(0, 1, 100, 90, 0.5, null, -0.2, 2) { Scores = new Dictionary<string, double> { ["inter_style"] = 0.4, ["spearman_CT"] = 0.90 } }, new(1, 2, 100, 80, 0.6, null, 0.2, 1) { Scores = new Dictionary<string, double> { ["inter_style"] = 0.3, ["spearman_CT"] = 0.95 } },
                new(2, 3, 12, 0, double.NaN, "rank loss is NaN", double.NaN, 0)],
        },
        Model = new ModelMetadata
        {
            FormatVersion = 1, Name = "Cu", Elements = ["Cu"], Edge = "K", EnergyAxis = EnergyAxis.Absolute, Energies = [8985, 8986, 8987],
            EdgeReferences = new Dictionary<string, double> { ["Cu"] = 8979 }, Normalization = NormalizationPolicy.Simulated,
            Descriptors = [new(name, "e", "charge transfer", 0, 2), new("CN", "", "neighbours", 4, 6)], StyleCount = 3, Calibrations = [], CoordinationThresholds = new ClassThresholds("CN", [4, 5, 6], [-0.5, 0.4]),
            Provenance = new Provenance
            {
                Origin = "trained", DataHash = "0123456789abcdef", SplitRows = [70, 15, 24], SplitKind = split, SplitSeed = 3, TrialSeeds = [2, 1],
                Configuration = "batch_size: 32\n", XanesMlVersion = "0.1.0", DataNotice = "Notice <of> the data",
            },
        },
        ModelId = "abcdef012345",
        Energies = [8985, 8986, 8987],
        Variation = new SpectralVariationResult([.. Enumerable.Range(0, 3).Select(s => new StyleSweep(s, [-1, 1], [[0, 1, 1], [0, 1.1, 1 - (0.1 * s)]], [0, 0.1, -0.1 * s]))], [[1, 0.7, 0.4], [0.7, 1, 0.9], [0.4, 0.9, 1]], new SpectralVariationOptions()),
        VariationOfRows = false,
        Ranking = TrialRanking.Rank([new(0, 0.4, [0.90]), new(1, 0.3, [0.95])]),
        Missing = ["The table is not here."],
    };

    [Fact]
    public void Summary_names_the_best_and_the_least_known_descriptor_and_where_neighbours_are_better()
    {
        Assert.Equal(
        [
            "The model reads 2 descriptors of the absorbing site (CT and CN) from K-edge spectra of Cu and was judged on 24 test spectra (grouped split).",
            "It knows CT best: its mean absolute error of 0.0398 e is 20 % of what always answering the mean would give; CN is known least, with 0.312 or 34 %.",
            "Looking up the five most similar known spectra has a larger mean absolute error on CT (0.0412 against the model's 0.0398 e) and a smaller mean absolute error on CN (0.283 against the model's 0.312); without the table it is not known whether a difference is more than chance.",
            "As a class, CN is right in 83 % of the 24 spectra with CN 4, 5 or 6 (weighted F1 0.86); CN 5 is told worst, with an F1 of 0.70.",
            "Its 90 % intervals hold the true value in 88 % of the cases.",
            "All of this is about spectra normalized as simulated ones are; how well it reads measured spectra has not been tested here.",
        ], RunSummary.Sentences(Numbers(SampleReport.Create())));
    }

    [Fact]
    public void Limits_tell_split_baselines_failed_trials_and_what_differs_between_seeds()
    {
        string[] limits = [.. RunLimits.Sentences(Numbers(SampleReport.Create()))];
        Assert.Contains("Split: grouped (whole materials together), seed 3: 70 training, 15 validation and 24 test rows. Test rows chose nothing: weights saw training rows; trials, thresholds and calibration saw training and validation rows.", limits);
        Assert.Contains("5 nearest neighbours on the raw spectrum have a smaller mean absolute error on CN (0.283 against the model's 0.312); without the table it is not known whether a difference is more than chance.", limits);
        Assert.DoesNotContain(limits, l => l.StartsWith("Ridge", StringComparison.Ordinal) || l.StartsWith("A constant", StringComparison.Ordinal) || l.StartsWith("A principal", StringComparison.Ordinal));
        Assert.Contains("1 of 3 trials failed: seed 3, rank loss is NaN.", limits);
        Assert.Contains("Between the seeds the score that differs most on validation rows is spearman CT: 0.900 to 0.950.", limits);
        Assert.Contains("Styles are not independent: the largest |Spearman| of two is 0.41.", limits);
        Assert.Equal("The table is not here.", RunLimits.Unknown(Numbers(SampleReport.Create()))[0]);
    }

    [Fact]
    public void Without_baselines_or_test_rows_the_words_say_so()
    {
        var report = SampleReport.Create(baselines: false) with { Split = "validation" };
        string[] limits = [.. RunLimits.Sentences(Numbers(report, "positional"))];
        Assert.Contains(limits, l => l.Contains("by the position of rows", StringComparison.Ordinal) && l.Contains("There are no test rows", StringComparison.Ordinal));
        Assert.Contains("No simple method was scored on these rows, so how hard the task is cannot be told.", limits);
        Assert.Contains("Mean absolute errors: CT 0.0398 e and CN 0.312.", RunSummary.Sentences(Numbers(report)));
    }

    [Fact]
    public void A_page_of_hostile_names_stays_well_formed()
    {
        const string Hostile = "<b>&\"'";
        var numbers = Numbers(SampleReport.Create(), Hostile, Hostile);
        var figures = RunFigures.Of(numbers);
        string page = RunPage.Create(numbers, figures.ToDictionary(f => f.Figure.Name), [("check " + Hostile, Hostile)]);
        HtmlPageTests.Parse(page);
        Assert.DoesNotContain("<b>&", page, StringComparison.Ordinal);
        Assert.Contains("Notice &lt;of&gt; the data", page, StringComparison.Ordinal);
        Assert.Equal(["cn_classes", "spectral_variation", "spectral_difference", "correlations", "trials"], figures.Select(f => f.Figure.Name));
    }

    /// <summary>Oracle: by hand, 20 right of 24 with a class, of 30 in all.</summary>
    [Fact]
    public void Rows_of_other_classes_are_counted_and_said()
    {
        string[] sentences = [.. RunSummary.Sentences(Numbers(SampleReport.Create() with { Rows = 30 }))];
        Assert.Contains("As a class, CN is right in 83 % of the 24 spectra with CN 4, 5 or 6 (67 % of all 30; weighted F1 0.86); CN 5 is told worst, with an F1 of 0.70.", sentences);
    }

    /// <summary>Oracle: Ti 4966 and Cu 8979 eV of the X-ray Data Booklet, as everywhere in this project.</summary>
    [Fact]
    public void E0_is_defined_for_every_axis()
    {
        var model = Numbers(SampleReport.Create()).Model;
        Assert.Equal("E0 is 8979 eV (tabulated K edge of Cu).", RunPage.EdgeText(model));
        Assert.Equal("E0 is 8980.5 eV (edge, as the model's description has it, of Cu).", RunPage.EdgeText(model with { EdgeReferences = new Dictionary<string, double> { ["Cu"] = 8980.5 } }));
        var two = new Dictionary<string, double> { ["Cu"] = 8979, ["Ti"] = 4966 };
        Assert.Equal("E0 is the 0 of the energy axis, the tabulated K edge of Ti (4966 eV) and Cu (8979 eV).", RunPage.EdgeText(model with { EnergyAxis = EnergyAxis.RelativeToEdge, EdgeReferences = two }));
        Assert.Equal("", RunPage.EdgeText(model with { EdgeReferences = two })); // then the notes of the findings have the mean edge
    }

    [Fact]
    public void The_table_has_descriptors_with_units_and_the_smallest_error()
    {
        var rows = RunPage.ScoreTable(SimpleMethods.Of(Numbers(SampleReport.Create()))).Rows;
        Assert.Equal([(RowLook.Plain, "this model"), (RowLook.Plain, "5-NN")], rows.Select(r => (r.Look, r.Cells[^2])));
        Assert.Equal(["CT (e)", "0.957", "0.910", "0.0398"], rows[0].Cells[..4]);
        Assert.Equal("CN", rows[1].Cells[0]);
    }
}
