using XanesMl.Inference.Domain;
using XanesMl.Inference.Evaluation;
using XanesMl.Inference.Models;
using XanesMl.Inference.Predictions;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Training.Evaluation;

namespace XanesMl.Cli.Reporting.Numbers;

/// <summary>F1 over the threshold for validation rows, which chose the thresholds, and for the scored rows.</summary>
/// <param name="Descriptor">Index of the class descriptor.</param>
/// <param name="Validation">A curve for each boundary.</param>
/// <param name="Scored">The same boundaries.</param>
internal sealed record ClassNumbers(int Descriptor, IReadOnlyList<ThresholdCurve> Validation, IReadOnlyList<ThresholdCurve> Scored);

/// <summary>What the model says of held-out rows, and everything that figures show of it. N rows, K descriptors, S styles.</summary>
internal sealed record RowNumbers
{
    /// <summary>Levels at which intervals are measured.</summary>
    public static IReadOnlyList<double> Levels { get; } = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95];

    private const int ThresholdSteps = 121;

    /// <summary>The scored rows.</summary>
    public required SpectraTable Table { get; init; }

    /// <summary>Which they are: "test" or "validation".</summary>
    public required string Which { get; init; }

    /// <summary>The model's answers.</summary>
    public required PredictionBatch Answers { get; init; }

    /// <summary>[S][N] styles.</summary>
    public required IReadOnlyList<double[]> Styles { get; init; }

    /// <summary>[K][N] true values; NaN = missing.</summary>
    public required IReadOnlyList<double[]> Truth { get; init; }

    /// <summary>[K][N] predictions with their 90 % intervals; empty for a model without calibrations.</summary>
    public required IReadOnlyList<DescriptorEstimate[]> Estimates { get; init; }

    /// <summary>All pairs of styles and descriptors.</summary>
    public required StyleRelations Relations { get; init; }

    /// <summary>[S] styles beside a normal distribution.</summary>
    public required IReadOnlyList<QuantilePlot> Quantiles { get; init; }

    /// <summary>[S] Shapiro-Wilk test of each style.</summary>
    public required IReadOnlyList<ShapiroWilkResult> Shapiro { get; init; }

    /// <summary>Classes of the coordination number, or null.</summary>
    public ClassNumbers? Classes { get; init; }

    /// <summary>[K] intervals at several levels; empty for a model without calibrations.</summary>
    public required IReadOnlyList<IntervalCoverage> Coverage { get; init; }

    /// <summary>[K][levels] how far each coverage may lie from its level by chance; empty for too few materials, and of a descriptor without labels.</summary>
    public required IReadOnlyList<IReadOnlyList<CoverageBand>> Bands { get; init; }

    /// <summary>The model against 5-NN, ridge and constant in every descriptor's Spearman, MAE and R2; empty for too few materials.</summary>
    public required IReadOnlyList<ComparisonDifference> Against { get; init; }

    /// <summary>What chance explains of one coverage, or null where it is not known.</summary>
    public CoverageBand? Band(int descriptor, double level) => descriptor >= Bands.Count ? null : Bands[descriptor].FirstOrDefault(b => b.Level == level);

    /// <summary>Number of materials of the scored rows.</summary>
    public int Materials => MaterialsOf(Table.Materials);

    /// <summary>[K] predicted minus true values in bins; null where no row has a label.</summary>
    public required IReadOnlyList<Histogram?> Residuals { get; init; }

    /// <summary>Rows from the best reconstruction to the worst.</summary>
    public required int[] ByReconstruction { get; init; }

    /// <summary>Rows of each verdict of the domain check.</summary>
    public required IReadOnlyDictionary<Verdict, int> Verdicts { get; init; }

    /// <summary>Descriptor by descriptor, the scores of each element; empty for a single element.</summary>
    public required IReadOnlyList<(string Descriptor, IReadOnlyList<GroupScores> Elements)> Elements { get; init; }

    /// <summary>Materials on both sides of the split.</summary>
    public required SplitFacts Split { get; init; }

    /// <summary>The scores of metrics.json, computed again from the model folder.</summary>
    public required EvaluationReport Scores { get; init; }

    /// <summary>Computes all of it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="table">The run's table.</param>
    /// <param name="split">The model's split of it.</param>
    public static RowNumbers Of(SpectrumModel model, SpectraTable table, ModelSplit split)
    {
        var m = model.Metadata;
        var scored = table.Select(split.Test.Count > 0 ? split.Test : split.Validation);
        var validation = table.Select(split.Validation);
        var answers = model.Predict(scored.Spectra.Span, scored.RowCount);
        var known = model.Predict(validation.Spectra.Span, validation.RowCount);
        int k = m.Descriptors.Count, s = m.StyleCount;
        double[][] styles = [.. Enumerable.Range(0, s).Select(i => RowMajor.Column(answers.Styles, s, i))];
        double[][] truth = [.. Enumerable.Range(0, k).Select(i => RowMajor.Column(scored.Descriptors.Span, k, i))];
        bool calibrated = m.Calibrations.Count > 0;
        DescriptorEstimate[][] estimates = calibrated ? [.. Enumerable.Range(0, k).Select(i => EstimatesOf(answers, m, i))] : [];
        IntervalCoverage[] coverage = calibrated ? [.. Enumerable.Range(0, k).Select(i => IntervalCoverage.Measure(Levels, m.Calibrations[i].HalfWidth90, RowsOf(known, validation, i), RowsOf(answers, scored, i)))] : [];
        return new RowNumbers
        {
            Table = scored,
            Which = split.Test.Count > 0 ? "test" : "validation",
            Answers = answers,
            Styles = styles,
            Truth = truth,
            Estimates = estimates,
            Relations = StyleRelations.Of(answers.Styles, s, scored.Descriptors.Span, k),
            Quantiles = [.. styles.Select(c => QuantilePlot.Normal(c))],
            Shapiro = [.. styles.Select(c => ShapiroWilk.Test(c))],
            Classes = ClassesOf(m, styles, truth, known, validation),
            Coverage = coverage,
            Bands = BandsOf(coverage, validation, scored.Materials),
            Against = AgainstOf(m, table, split, scored, styles, truth, estimates),
            Residuals = [.. estimates.Select((e, i) => ResidualsOf(truth[i], e))],
            ByReconstruction = [.. Enumerable.Range(0, scored.RowCount).OrderBy(i => answers.ReconstructionError[i]).ThenBy(i => i)],
            Verdicts = VerdictsOf(m, answers),
            Elements = calibrated ? ElementsOf(m, table, split, scored, truth, estimates) : [],
            Split = SplitFacts.Of(table, split),
            Scores = ScoresOf(m, scored, answers, split.Test.Count > 0 ? "test" : "validation"),
        };
    }

    private static DescriptorEstimate[] EstimatesOf(PredictionBatch a, ModelMetadata m, int k) =>
        [.. Enumerable.Range(0, a.Rows).Select(i => DescriptorEstimate.From(a.Descriptors[(i * a.DescriptorCount) + k], a.DescriptorStd[(i * a.DescriptorCount) + k], m.Calibrations[k].HalfWidth90, m.Descriptors[k].Unit))];

    private static IntervalRows RowsOf(PredictionBatch a, SpectraTable rows, int k) => new(
        [.. Enumerable.Range(0, a.Rows).Select(i => float.IsNaN(rows.Descriptor(i, k)) ? double.NaN : (double)rows.Descriptor(i, k) - a.Descriptors[(i * a.DescriptorCount) + k])],
        [.. Enumerable.Range(0, a.Rows).Select(i => (double)a.DescriptorStd[(i * a.DescriptorCount) + k])]);

    /// <summary>What chance explains of each descriptor's coverage; all descriptors are tested at once.</summary>
    private static IReadOnlyList<IReadOnlyList<CoverageBand>> BandsOf(IntervalCoverage[] coverage, SpectraTable validation, IReadOnlyList<string> materials)
    {
        if (MaterialsOf(materials) < ComparisonPlan.FewestMaterials)
            return [];
        int[] known = [.. coverage.Select((_, k) => Enumerable.Range(0, validation.RowCount).Count(i => !float.IsNaN(validation.Descriptor(i, k))))];
        return [.. coverage.Select((c, k) => known[k] == 0 ? [] : (IReadOnlyList<CoverageBand>)[.. Levels.Select((p, l) => CoverageNoise.Of(p, c.Held[l], materials, known[k], coverage.Length)).OfType<CoverageBand>()])];
    }

    /// <summary>The model against simple methods on the same rows, as xanesml report --compare has it; empty for too few materials.</summary>
    private static IReadOnlyList<ComparisonDifference> AgainstOf(ModelMetadata m, SpectraTable table, ModelSplit split, SpectraTable scored, double[][] styles, double[][] truth, DescriptorEstimate[][] estimates)
    {
        if (m.Descriptors.Count == 0 || MaterialsOf(scored.Materials) < ComparisonPlan.FewestMaterials)
            return [];
        var model = new ComparisonRows
        {
            Name = "this model", Materials = scored.Materials,
            Descriptors = [.. m.Descriptors.Select((d, k) => new ComparisonDescriptor(d.Name, d.Unit, truth[k], styles[k], estimates.Length == 0 ? null : [.. estimates[k].Select(e => e.Value)]))],
        };
        bool tested = split.Test.Count > 0;
        var simple = ComparisonRows.Baselines(table.Select(split.Train), table.Select(tested ? split.Validation : []), scored, [.. m.Descriptors.Select(d => d.Unit)]);
        return Comparison.Compute([model, .. simple], paired: true).AgainstBaselines;
    }

    private static int MaterialsOf(IReadOnlyList<string> materials) => materials.Distinct(StringComparer.Ordinal).Count();

    private static ClassNumbers? ClassesOf(ModelMetadata m, double[][] styles, double[][] truth, PredictionBatch known, SpectraTable validation)
    {
        if (m.CoordinationThresholds is not { } t || m.Descriptors.ToList().FindIndex(d => d.Name == t.Descriptor) is not (>= 0 and var k))
            return null;
        bool any = truth[k].Any(v => t.Classes.Contains((int)Math.Round(double.IsNaN(v) ? -1 : v)));
        return !any ? null : new ClassNumbers(k,
            ThresholdCurve.Of(RowMajor.Column(known.Styles, m.StyleCount, k), RowMajor.Column(validation.Descriptors.Span, m.Descriptors.Count, k), t.Classes, ThresholdSteps),
            ThresholdCurve.Of(styles[k], truth[k], t.Classes, ThresholdSteps));
    }

    /// <summary>Bins over a range that holds 98 of 100 residuals, symmetric about 0: a few strays must not make one bar of all others. Their number grows with the
    /// root of the rows, up to 30, and is even, so that 0 is an edge.</summary>
    private static Histogram? ResidualsOf(double[] truth, DescriptorEstimate[] estimates)
    {
        double[] residuals = [.. estimates.Select((e, i) => e.Value - truth[i]).Where(r => !double.IsNaN(r))];
        if (residuals.Length == 0)
            return null;
        double[] sizes = [.. residuals.Select(Math.Abs).Order()];
        double width = Math.Max(sizes[Math.Max(0, (int)Math.Ceiling(0.98 * sizes.Length) - 1)], 1e-6);
        return Histogram.Of(residuals, 2 * Math.Clamp((int)Math.Round(0.7 * Math.Sqrt(residuals.Length)), 4, 15), -width, width);
    }

    private static SortedDictionary<Verdict, int> VerdictsOf(ModelMetadata m, PredictionBatch a)
    {
        var check = new DomainCheck(m.Domain);
        var verdicts = new SortedDictionary<Verdict, int>();
        for (int i = 0; i < a.Rows; i++)
        {
            var verdict = check.Assess(a.Styles.AsSpan(i * m.StyleCount, m.StyleCount), a.ReconstructionError[i]).Verdict;
            verdicts[verdict] = verdicts.GetValueOrDefault(verdict) + 1;
        }

        return verdicts;
    }

    private static IReadOnlyList<(string Descriptor, IReadOnlyList<GroupScores> Elements)> ElementsOf(ModelMetadata m, SpectraTable table, ModelSplit split, SpectraTable scored, double[][] truth, DescriptorEstimate[][] estimates)
    {
        string[] elements = [.. table.Elements.OfType<string>().Distinct(StringComparer.Ordinal).OrderBy(e => m.EdgeReferences.GetValueOrDefault(e)).ThenBy(e => e, StringComparer.Ordinal)];
        if (elements.Length < 2)
            return [];
        var fitted = table.Select(split.Test.Count > 0 ? [.. split.Train, .. split.Validation] : split.Train);
        return [.. m.Descriptors.Select((d, k) => (d.Name, GroupScores.Of(elements, scored.Elements, truth[k], [.. estimates[k].Select(e => e.Value)],
            fitted.Elements, RowMajor.Column(fitted.Descriptors.Span, m.Descriptors.Count, k))))];
    }

    private static EvaluationReport ScoresOf(ModelMetadata m, SpectraTable rows, PredictionBatch a, string which) => ModelEvaluator.Evaluate(EvaluationInput.Of(m, rows, a, which));
}
