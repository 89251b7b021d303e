using XanesMl.Inference.Evaluation;
using XanesMl.Spectra;
using XanesMl.Spectra.Features;

namespace XanesMl.Training.Evaluation;

/// <summary>Evidence in the model: style k of every row is moved from its low to its high percentile, the row's other styles stay, and both are decoded.</summary>
/// <remarks>The effect is the mean over rows of the change; the bootstrap over materials says how far it depends on which other styles are there. It does not say how far
/// another training would differ.</remarks>
internal static class FindingsInModel
{
    public static FindingsEvidence Look(FindingsInput input, SpectralFeatureExtractor extractor, FindingsOptions options, List<string> notes, CancellationToken cancellation)
    {
        int[] rows = Thinned(input.Rows.RowCount, options.MostSweptRows);
        string[] materials = [.. rows.Select(i => input.Rows.Materials[i])];
        int count = input.Descriptors.Count, points = input.Rows.PointCount;
        if (count == 0)
            return FindingsEvidence.None(FindingSource.Model);
        float[] styles = [.. rows.SelectMany(i => input.Styles.Slice(i * input.StyleCount, input.StyleCount).ToArray())];
        var ranges = new List<FindingsRange>();
        var tests = new List<FindingsTest[]>();
        var changes = new double[rows.Length * count * points];
        for (int k = 0; k < count; k++)
        {
            cancellation.ThrowIfCancellationRequested();
            double[] column = RowMajor.Column(input.Styles.Span, input.StyleCount, k);
            var (low, high) = FindingsInData.RangeOf(column, options);
            float[] before = Decoded(input, styles, rows.Length, k, low), after = Decoded(input, styles, rows.Length, k, high);
            for (int i = 0; i < rows.Length; i++)
                for (int p = 0; p < points; p++)
                    changes[(((i * count) + k) * points) + p] = (double)after[(i * points) + p] - before[(i * points) + p];
            ranges.Add(Range(input, k, low, high));
            var first = FindingsFeature.Extract(extractor, before, rows.Length, cancellation);
            var last = FindingsFeature.Extract(extractor, after, rows.Length, cancellation);
            tests.Add([.. FindingsFeature.All.Select(f => Test(f, first, last, materials, options, cancellation))]);
        }

        var curves = Mean(changes, count * points, materials, options, cancellation);
        notes.Add(FormattableString.Invariant($"Model: each style moved from its {options.LowPercentile:0.#}th to its {options.HighPercentile:0.#}th percentile in {rows.Length} rows, the row's other styles as they are; an effect is the mean change."));
        if (input.Calibrations.Count < count)
            notes.Add("Model: without calibration the ranges are those of the style, in standard deviations.");
        return new FindingsEvidence { Source = FindingSource.Model, Ranges = ranges, Tests = tests, Curves = curves, Rows = rows.Length };
    }

    private static FindingsRange Range(FindingsInput input, int k, double low, double high) => k < input.Calibrations.Count
        ? new FindingsRange(input.Descriptors[k].Name, input.Descriptors[k].Unit, input.Calibrations[k].Evaluate(low), input.Calibrations[k].Evaluate(high))
        : new FindingsRange(input.Descriptors[k].Name, "standard deviations", low, high);

    private static FindingsTest Test(FindingsFeature feature, SpectralFeatures[] before, SpectralFeatures[] after, string[] materials, FindingsOptions options, CancellationToken cancellation)
    {
        int[] both = [.. Enumerable.Range(0, before.Length).Where(i => double.IsFinite(feature.Value(before[i])) && double.IsFinite(feature.Value(after[i])))];
        string[] theirs = [.. both.Select(i => materials[i])];
        int groups = theirs.Distinct(StringComparer.Ordinal).Count();
        if (groups < 2)
            return FindingsTest.Missing;
        var effects = Mean(Array.ConvertAll(both, i => feature.Value(after[i]) - feature.Value(before[i])), 1, theirs, options, cancellation);
        return effects is null ? FindingsTest.Missing
            : new FindingsTest(effects.Summary(0), both.Average(i => (feature.Energy(before[i]) + feature.Energy(after[i])) / 2), both.Length, groups);
    }

    /// <summary>Mean over rows: a regression on the constant.</summary>
    private static BootstrapEffects? Mean(double[] changes, int count, string[] materials, FindingsOptions options, CancellationToken cancellation)
    {
        var constant = new double[materials.Length];
        Array.Fill(constant, 1);
        return ClusterRegression.Fit([constant], changes, count, [0], materials, options, cancellation);
    }

    private static float[] Decoded(FindingsInput input, float[] styles, int rows, int style, double value)
    {
        float[] batch = [.. styles];
        for (int i = 0; i < rows; i++)
            batch[(i * input.StyleCount) + style] = (float)value;
        float[] spectra = input.Decode(batch, rows);
        if (spectra.Length != rows * input.Rows.PointCount)
            throw new XanesDataException($"the decoder gave {spectra.Length} values for {rows} spectra of {input.Rows.PointCount} points");
        return [.. spectra];
    }

    private static int[] Thinned(int rows, int most) => rows <= most ? [.. Enumerable.Range(0, rows)] : [.. Enumerable.Range(0, most).Select(i => (int)((long)i * rows / most))];
}
