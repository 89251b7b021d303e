using XanesMl.Inference.Evaluation;
using XanesMl.Spectra;
using XanesMl.Spectra.Features;

namespace XanesMl.Training.Evaluation;

/// <summary>Evidence in the model: style k of every row is moved from its low to its high percentile, the row's other styles stay, and all steps between are decoded.</summary>
/// <remarks>The effect is the mean over rows of the change; the bootstrap over materials says how far it depends on which other styles are there. It does not say how far
/// another training would differ. A feature is followed from step to step: a row in which it jumps, appears or vanishes has no change of that feature.</remarks>
internal static class FindingsInModel
{
    // Part of the descriptor's range in the rows that a calibration must cover, else it is flat: dividing an effect by a range of nothing says nothing.
    internal const double FlatPart = 0.01;

    public static FindingsEvidence Look(FindingsInput input, SpectralFeatureExtractor extractor, FindingsOptions options, List<string> notes, CancellationToken cancellation)
    {
        Swept[] sweeps = Usable(input, options, notes);
        if (sweeps.Length == 0)
            return FindingsEvidence.None(FindingSource.Model);
        int[] rows = Thinned(input.Rows.RowCount, options.MostSweptRows);
        string[] materials = [.. rows.Select(i => input.Rows.Materials[i])];
        int count = sweeps.Length, points = input.Rows.PointCount;
        float[] styles = [.. rows.SelectMany(i => input.Styles.Slice(i * input.StyleCount, input.StyleCount).ToArray())];
        var tests = new List<FindingsTest[]>();
        var changes = new double[rows.Length * count * points];
        for (int k = 0; k < count; k++)
        {
            cancellation.ThrowIfCancellationRequested();
            var (style, low, high, _) = sweeps[k];
            var features = new SpectralFeatures[options.FollowSteps + 1][];
            for (int s = 0; s <= options.FollowSteps; s++)
            {
                float[] spectra = Decoded(input, styles, rows.Length, style, low + ((high - low) * s / options.FollowSteps));
                features[s] = FindingsFeature.Extract(extractor, spectra, rows.Length, cancellation);
                for (int i = 0; (s == 0 || s == options.FollowSteps) && i < rows.Length; i++)
                    for (int p = 0; p < points; p++)
                        changes[(((i * count) + k) * points) + p] += (s == 0 ? -1.0 : 1) * spectra[(i * points) + p];
            }

            tests.Add([.. FindingsFeature.All.Select(f => Test(f, features, materials, options, cancellation))]);
        }

        FindingsRange[] ranges = [.. sweeps.Select(s => s.Range)];
        var curves = Mean(changes, count * points, materials, options, cancellation);
        notes.Add(FormattableString.Invariant($"Model: each style moved from its {options.LowPercentile:0.#}th to its {options.HighPercentile:0.#}th percentile in {rows.Length} rows, the row's other styles as they are; an effect is the mean change. Features are followed over {options.FollowSteps} steps; a row in which one jumps by more than {options.LargestJump:0.#} eV between two steps, appears or vanishes is left out of its effect."));
        if (input.Calibrations.Count < input.Descriptors.Count)
            notes.Add("Model: without calibration the ranges are those of the style, in standard deviations.");
        var evidence = new FindingsEvidence { Source = FindingSource.Model, Ranges = ranges, Tests = tests, Curves = curves, Rows = rows.Length };
        notes.AddRange(evidence.Rare(options));
        return evidence;
    }

    /// <summary>Styles and the ends of their sweeps, in the direction in which the descriptor rises.</summary>
    private static Swept[] Usable(FindingsInput input, FindingsOptions options, List<string> notes)
    {
        var sweeps = new List<Swept>();
        for (int k = 0; k < input.Descriptors.Count; k++)
        {
            var (low, high) = FindingsInData.RangeOf(RowMajor.Column(input.Styles.Span, input.StyleCount, k), options);
            var d = input.Descriptors[k];
            if (k >= input.Calibrations.Count)
            {
                if (high > low)
                    sweeps.Add(new Swept(k, low, high, new FindingsRange(d.Name, "standard deviations", low, high)));
                else
                    notes.Add($"Model: the style of {d.Name} does not vary in the rows; it is left out.");
                continue;
            }

            double from = input.Calibrations[k].Evaluate(low), to = input.Calibrations[k].Evaluate(high);
            if (!(Math.Abs(to - from) > FlatPart * RangeInRows(input, d.Name, options)))
                notes.Add(FormattableString.Invariant($"Model: the calibration of {d.Name} is flat over the style's range ({from:0.###} to {to:0.###} {d.Unit}").TrimEnd() + "), so that nothing can be said of it; it is left out.");
            else
                sweeps.Add(to > from ? new Swept(k, low, high, new FindingsRange(d.Name, d.Unit, from, to)) : new Swept(k, high, low, new FindingsRange(d.Name, d.Unit, to, from)));
        }

        return [.. sweeps];
    }

    private static double RangeInRows(FindingsInput input, string name, FindingsOptions options)
    {
        if (!input.Rows.DescriptorNames.Contains(name, StringComparer.Ordinal))
            return 0;
        var (from, to) = FindingsInData.RangeOf([.. input.Rows.DescriptorColumn(name).Where(float.IsFinite).Select(v => (double)v)], options);
        return to > from ? to - from : 0;
    }

    /// <summary>Change of a feature between the ends of the sweeps of the rows that keep it on the way.</summary>
    private static FindingsTest Test(FindingsFeature feature, SpectralFeatures[][] sweep, string[] materials, FindingsOptions options, CancellationToken cancellation)
    {
        var followed = FollowedRows.Of(feature, sweep, options);
        int rows = materials.Length, first = 0, last = sweep.Length - 1;
        if (followed.Present < options.LeastKept * rows)
            return FindingsTest.Rare(followed.Present, rows);
        if (followed.Kept.Length < options.LeastKept * rows)
            return FindingsTest.Unstable(followed.Words(rows), followed.Kept.Length, rows);
        string[] theirs = [.. followed.Kept.Select(i => materials[i])];
        int groups = theirs.Distinct(StringComparer.Ordinal).Count();
        if (groups < 2)
            return FindingsTest.Missing;
        var effects = Mean(Array.ConvertAll(followed.Kept, i => feature.Value(sweep[last][i]) - feature.Value(sweep[first][i])), 1, theirs, options, cancellation);
        return effects is null ? FindingsTest.Missing
            : new FindingsTest(effects.Summary(0), followed.Kept.Average(i => (feature.Energy(sweep[first][i]) + feature.Energy(sweep[last][i])) / 2), followed.Kept.Length, groups) { Looked = rows };
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
        return spectra;
    }

    private static int[] Thinned(int rows, int most) => rows <= most ? [.. Enumerable.Range(0, rows)] : [.. Enumerable.Range(0, most).Select(i => (int)((long)i * rows / most))];

    /// <summary>One sweep: the style, its first and last value, and the descriptor's range that they stand for.</summary>
    private sealed record Swept(int Style, double Low, double High, FindingsRange Range);

    /// <summary>What becomes of a feature on the way of the sweeps.</summary>
    private sealed record FollowedRows(int[] Kept, int Present, int Jumps, int Appears, int Vanishes)
    {
        public static FollowedRows Of(FindingsFeature feature, SpectralFeatures[][] sweep, FindingsOptions options)
        {
            var kept = new List<int>();
            int present = 0, jumps = 0, appears = 0, vanishes = 0;
            for (int i = 0; i < sweep[0].Length; i++)
            {
                double[] places = [.. sweep.Select(s => double.IsFinite(feature.Value(s[i])) ? feature.Energy(s[i]) : double.NaN)];
                if (places.All(double.IsNaN))
                    continue;
                present++;
                if (double.IsNaN(places[0]) != double.IsNaN(places[^1]))
                    (appears, vanishes) = double.IsNaN(places[0]) ? (appears + 1, vanishes) : (appears, vanishes + 1);
                else if (feature.Jumps ? Steady(places, options.LargestJump) : double.IsFinite(places[0]))
                    kept.Add(i);
                else
                    jumps++;
            }

            return new FollowedRows([.. kept], present, jumps, appears, vanishes);
        }

        /// <summary>"in 176 of 585 rows another one takes its name, in 266 it appears".</summary>
        public string Words(int rows)
        {
            string[] parts = [.. new[] { (Jumps, "another one takes its name"), (Appears, "it appears"), (Vanishes, "it vanishes") }.Where(p => p.Item1 > 0).OrderByDescending(p => p.Item1).Select(p => FormattableString.Invariant($"in {p.Item1} {p.Item2}"))];
            return FormattableString.Invariant($"of {rows} rows it stays one and the same in {Kept.Length}; ") + string.Join(", ", parts);
        }

        // A step where the feature is missing is a jump too: NaN is below nothing.
        private static bool Steady(double[] places, double largest)
        {
            for (int s = 1; s < places.Length; s++)
                if (!(Math.Abs(places[s] - places[s - 1]) <= largest))
                    return false;
            return true;
        }
    }
}
