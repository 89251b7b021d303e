using XanesMl.Inference.Evaluation;
using XanesMl.Spectra;
using XanesMl.Spectra.Features;

namespace XanesMl.Training.Evaluation;

/// <summary>Evidence in the data: partial regression of features and of the absorption at each energy on all descriptors together, elements as classes of their own.</summary>
internal static class FindingsInData
{
    // Fewer materials make neither a regression of several descriptors nor a bootstrap.
    private const int FewestMaterials = 10;

    public static FindingsEvidence Look(FindingsInput input, SpectralFeatureExtractor extractor, FindingsOptions options, List<string> notes, CancellationToken cancellation)
    {
        var (table, ranges) = Usable(input, options, notes);
        int materials = table.Materials.Distinct(StringComparer.Ordinal).Count();
        if (ranges.Count == 0 || materials < Math.Max(FewestMaterials, 2 * (ranges.Count + 1)))
        {
            notes.Add(ranges.Count == 0 ? "Data: no descriptor of the model varies in the rows." : $"Data: {materials} materials have all descriptors, too few for a regression.");
            return FindingsEvidence.None(FindingSource.Data);
        }

        double[][] columns = Columns(table, ranges);
        double[][] design = Design(columns, table.Elements);
        int[] wanted = [.. Enumerable.Range(1, ranges.Count)];
        foreach (int k in wanted)
            if (ClusterRegression.Inflation(design, k) is var v && v > ClusterRegression.LargestInflation)
                notes.Add(FormattableString.Invariant($"Data: {ranges[k - 1].Name} resembles the other descriptors (variance inflation {(double.IsInfinity(v) ? "infinite" : v.ToString("0", System.Globalization.CultureInfo.InvariantCulture))}), so its own part can hardly be told apart."));
        double[] spectra = [.. table.Spectra.ToArray().Select(v => (double)v)];
        var curves = ClusterRegression.Fit(design, spectra, table.PointCount, wanted, table.Materials, options, cancellation);
        var features = FindingsFeature.Extract(extractor, table.Spectra, table.RowCount, cancellation);
        var tests = ranges.Select(_ => new FindingsTest[FindingsFeature.All.Count]).ToArray();
        for (int f = 0; f < FindingsFeature.All.Count; f++)
            Test(FindingsFeature.All[f], f, features, columns, table, options, tests, cancellation);
        var evidence = new FindingsEvidence { Source = FindingSource.Data, Ranges = ranges, Tests = tests, Curves = curves, Rows = table.RowCount };
        notes.Add($"Data: {table.RowCount} rows of {materials} materials; regression on {string.Join(", ", ranges.Select(r => r.Name))} together"
            + (design.Length > ranges.Count + 1 ? ", each element with a level of its own" : "") + "; an effect is the slope times the range.");
        notes.AddRange(evidence.Rare(options));
        return evidence;
    }

    private static void Test(FindingsFeature feature, int number, SpectralFeatures[] features, double[][] columns, SpectraTable table, FindingsOptions options, FindingsTest[][] tests, CancellationToken cancellation)
    {
        int[] rows = [.. Enumerable.Range(0, features.Length).Where(i => double.IsFinite(feature.Value(features[i])))];
        string[] theirs = [.. rows.Select(i => table.Materials[i])];
        int groups = theirs.Distinct(StringComparer.Ordinal).Count(), looked = features.Length;
        FindingsTest? none = rows.Length < options.LeastKept * looked ? FindingsTest.Rare(rows.Length, looked) : null;
        if (none is null && feature.Jumps && Spread([.. rows.Select(i => feature.Energy(features[i]))], [.. rows.Select(i => table.Elements[i])]) is var spread && spread > options.WidestSpread)
            none = FindingsTest.Unstable(FormattableString.Invariant($"its positions in the middle 90 % of {rows.Length} rows spread over {spread:0} eV, so that the name stands for several features"), rows.Length, looked);
        BootstrapEffects? effects = null;
        if (none is null && groups >= FewestMaterials)
        {
            // Only elements that have the feature: another one's class would be empty.
            double[][] design = Design([.. columns.Select(c => Array.ConvertAll(rows, i => c[i]))], [.. rows.Select(i => table.Elements[i])]);
            double mean = rows.Average(i => feature.Value(features[i]));
            if (groups >= 2 * design.Length)
                effects = ClusterRegression.Fit(design, Array.ConvertAll(rows, i => feature.Value(features[i]) - mean), 1, [.. Enumerable.Range(1, tests.Length)], theirs, options, cancellation);
        }

        for (int k = 0; k < tests.Length; k++)
            tests[k][number] = none ?? (effects is null ? FindingsTest.Missing
                : new FindingsTest(effects.Summary(k), rows.Average(i => feature.Energy(features[i])), rows.Length, groups) { Looked = looked });
    }

    /// <summary>Width of the middle 90 % of the positions, each less the median of its element.</summary>
    private static double Spread(double[] positions, string?[] elements)
    {
        var centred = new double[positions.Length];
        foreach (var element in Enumerable.Range(0, positions.Length).GroupBy(i => elements[i]))
        {
            double[] own = [.. element.Select(i => positions[i]).Order()];
            double median = SpectralVariation.Percentile(own, 50);
            foreach (int i in element)
                centred[i] = positions[i] - median;
        }

        Array.Sort(centred);
        return SpectralVariation.Percentile(centred, 95) - SpectralVariation.Percentile(centred, 5);
    }

    /// <summary>Rows that have every descriptor that varies, thinned out by whole materials where they are too many.</summary>
    private static (SpectraTable Table, List<FindingsRange> Ranges) Usable(FindingsInput input, FindingsOptions options, List<string> notes)
    {
        var table = input.Rows;
        var ranges = new List<FindingsRange>();
        foreach (var d in input.Descriptors)
        {
            if (!table.DescriptorNames.Contains(d.Name, StringComparer.Ordinal))
            {
                notes.Add($"Data: the table has no {d.Name}.");
                continue;
            }

            double[] present = [.. table.DescriptorColumn(d.Name).Where(float.IsFinite).Select(v => (double)v)];
            if (RangeOf(present, options) is var (from, to) && to > from)
                ranges.Add(new FindingsRange(d.Name, d.Unit, from, to));
            else
                notes.Add($"Data: {d.Name} does not vary in the rows.");
        }

        int[] columns = [.. ranges.Select(r => table.IndexOfDescriptor(r.Name))];
        int[] rows = [.. Enumerable.Range(0, table.RowCount).Where(i => columns.All(k => float.IsFinite(table.Descriptor(i, k))))];
        if (rows.Length < table.RowCount)
            notes.Add($"Data: {table.RowCount - rows.Length} rows without one of the descriptors are left out.");
        if (rows.Length > options.MostRows)
        {
            int every = (rows.Length + options.MostRows - 1) / options.MostRows;
            var kept = rows.Select(i => table.Materials[i]).Distinct(StringComparer.Ordinal).Where((_, n) => n % every == 0).ToHashSet(StringComparer.Ordinal);
            rows = [.. rows.Where(i => kept.Contains(table.Materials[i]))];
            notes.Add($"Data: every {every}th material only, to stay within {options.MostRows} rows.");
        }

        return (table.Select(rows), ranges);
    }

    /// <summary>Percentiles of the values; the whole range where the percentiles meet, as those of a class that nearly all rows have.</summary>
    internal static (double From, double To) RangeOf(double[] values, FindingsOptions options)
    {
        if (values.Length == 0)
            return (double.NaN, double.NaN);
        double[] sorted = [.. values];
        Array.Sort(sorted);
        double from = SpectralVariation.Percentile(sorted, options.LowPercentile), to = SpectralVariation.Percentile(sorted, options.HighPercentile);
        return to > from ? (from, to) : (sorted[0], sorted[^1]);
    }

    /// <summary>[descriptors][rows] in units of their ranges, mean 0.</summary>
    private static double[][] Columns(SpectraTable table, List<FindingsRange> ranges) => [.. ranges.Select(r =>
    {
        double[] values = Array.ConvertAll(table.DescriptorColumn(r.Name), v => (double)v);
        double mean = values.Average();
        return Array.ConvertAll(values, v => (v - mean) / (r.To - r.From));
    })];

    /// <summary>Constant, descriptors, and one column for each element but the first.</summary>
    private static double[][] Design(double[][] columns, IReadOnlyList<string?> elements)
    {
        var constant = new double[elements.Count];
        Array.Fill(constant, 1);
        return [constant, .. columns, .. elements.Distinct().OrderBy(e => e, StringComparer.Ordinal).Skip(1).Select(own => elements.Select(e => e == own ? 1.0 : 0).ToArray())];
    }
}
