using XanesMl.Inference.Evaluation;
using XanesMl.Spectra;
using XanesMl.Spectra.Features;

namespace XanesMl.Training.Evaluation;

/// <summary>Looks for what the spectrum does when one descriptor rises, in the model and in the data, and says it in words.</summary>
/// <remarks>
/// Two sources answer the same question. The model: style k of every row moves from its 5th to its 95th percentile, the row's other styles stay, both are decoded, and the
/// effect is the mean change. The data: least squares on all descriptors together (and the element as a class), so that descriptors that go along with each other are told
/// apart as far as a linear law can; the effect is the slope times the 5th to 95th percentile range. Errors and intervals come from a bootstrap over materials.
/// Features (positions and intensities of edge, pre-edge, main peak, pit, second peak) are tested one by one, Student's t with the bootstrap error, and kept at a false
/// discovery rate (Benjamini and Hochberg) within each source. Regions of energies are where the simultaneous band over all energies and descriptors (maximum of
/// |sample - estimate| / error) leaves zero out: a family-wise error rate. A finding must be noticeable too (<see cref="FindingsOptions.SmallestIntensity"/>,
/// <see cref="FindingsOptions.SmallestShift"/>): a decoder has no noise, so that whatever it does is significant.
/// </remarks>
public static class Findings
{
    /// <summary>Computes all findings.</summary>
    /// <param name="input">Rows and model.</param>
    /// <param name="options">How to look; null for the defaults.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="XanesDataException">No row, sizes that do not fit, or options outside their range.</exception>
    public static FindingsResult Compute(FindingsInput input, FindingsOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        options ??= new FindingsOptions();
        Check(input, options);
        var notes = new List<string>();
        var extractor = new SpectralFeatureExtractor(input.Rows.Grid);
        var model = FindingsInModel.Look(input, extractor, options, notes, cancellation);
        var data = FindingsInData.Look(input, extractor, options, notes, cancellation);
        double e0 = input.E0 ?? MeanEdge(input, extractor, notes, cancellation);
        var (modelTests, dataTests) = (Tested(model, e0, options), Tested(data, e0, options));
        var pairs = new List<FindingPair>();
        foreach (var d in input.Descriptors)
            foreach (var feature in FindingsFeature.All)
            {
                Finding? ours = modelTests.GetValueOrDefault((d.Name, feature.Quantity)), theirs = dataTests.GetValueOrDefault((d.Name, feature.Quantity));
                if (ours is not null || theirs is not null)
                    pairs.Add(new FindingPair(d.Name, feature.Quantity, ours, theirs, Agreement(ours, theirs)));
            }

        notes.Add(FormattableString.Invariant($"{options.Draws} bootstrap samples of the materials, seed {options.Seed}. Features: {modelTests.Count} tests in the model and {dataTests.Count} in the data, false discovery rate {options.Level:0.##} within each (Benjamini and Hochberg). Regions: simultaneous over all energies and descriptors, family-wise error rate {options.Level:0.##}. Changes below {options.SmallestIntensity:0.###} of the edge step or {options.SmallestShift:0.##} eV are not called findings."));
        return new FindingsResult
        {
            Features = pairs,
            Regions = [.. FindingsRegions.Of(model, input.Rows.Grid, e0, options), .. FindingsRegions.Of(data, input.Rows.Grid, e0, options)],
            KnownTrends = FindingsTrends.Look(input.Descriptors, pairs),
            Notes = notes,
            Options = options,
        };
    }

    private static Dictionary<(string, string), Finding> Tested(FindingsEvidence evidence, double e0, FindingsOptions options)
    {
        double[] q = MultipleTests.FalseDiscoveryRate([.. evidence.Tests.SelectMany(t => t).Select(t => t.Summary.P)]);
        var found = new Dictionary<(string, string), Finding>();
        for (int k = 0; k < evidence.Ranges.Count; k++)
        {
            for (int f = 0; f < FindingsFeature.All.Count; f++)
            {
                var (feature, test, range, adjusted) = (FindingsFeature.All[f], evidence.Tests[k][f], evidence.Ranges[k], q[(k * FindingsFeature.All.Count) + f]);
                if (double.IsNaN(adjusted))
                    continue;
                var finding = new Finding
                {
                    Text = "", Descriptor = range.Name, Source = evidence.Source, Kind = FindingKind.Feature, Quantity = feature.Quantity, EffectUnit = feature.Unit, Energy = test.Energy - e0,
                    Effect = test.Summary.Estimate, Error = test.Summary.Error, Low = test.Summary.Low, High = test.Summary.High, P = test.Summary.P, Q = adjusted,
                    RangeFrom = range.From, RangeTo = range.To, RangeUnit = range.Unit, Rows = test.Rows, Materials = test.Materials,
                    Found = adjusted <= options.Level && Math.Abs(test.Summary.Estimate) >= feature.Smallest(options),
                };
                found[(range.Name, feature.Quantity)] = finding with { Text = FindingsText.Feature(feature, finding) };
            }
        }

        return found;
    }

    private static FindingAgreement Agreement(Finding? model, Finding? data) => (model is { Found: true }, data is { Found: true }) switch
    {
        (true, true) => Math.Sign(model!.Effect) == Math.Sign(data!.Effect) ? FindingAgreement.Both : FindingAgreement.Opposite,
        (true, false) => FindingAgreement.ModelOnly,
        (false, true) => FindingAgreement.DataOnly,
        _ => FindingAgreement.Neither,
    };

    private static double MeanEdge(FindingsInput input, SpectralFeatureExtractor extractor, List<string> notes, CancellationToken cancellation)
    {
        double[] edges = [.. FindingsFeature.Extract(extractor, input.Rows.Spectra, input.Rows.RowCount, cancellation).Select(f => f.EdgeEnergy).Where(double.IsFinite)];
        double e0 = edges.Length == 0 ? 0 : edges.Average();
        notes.Add(edges.Length == 0 ? "Energies are those of the grid: no E0 is known and no row has an edge." : FormattableString.Invariant($"E0 is the mean edge position of the rows, {e0:0.0} eV."));
        return e0;
    }

    private static void Check(FindingsInput input, FindingsOptions o)
    {
        if (input.Rows.RowCount == 0)
            throw new XanesDataException("no row to look for findings in");
        if (input.Descriptors.Count > input.StyleCount)
            throw new XanesDataException($"{input.Descriptors.Count} descriptors for {input.StyleCount} styles", remedy: "Every descriptor needs a style of its own.");
        if (RowMajor.Rows(input.Styles.Span, input.StyleCount, "styles") != input.Rows.RowCount)
            throw new XanesDataException($"{input.Rows.RowCount} rows come with {input.Styles.Length} values of {input.StyleCount} styles");
        if (o.Draws < 100)
            throw new XanesDataException($"{o.Draws} draws", nameof(o.Draws), remedy: "Give at least 100.");
        if (!(o.Level > 0 && o.Level < 1))
            throw new XanesDataException(FormattableString.Invariant($"level {o.Level}"), nameof(o.Level), remedy: "Give a rate between 0 and 1, such as 0.05.");
        if (!(o.LowPercentile >= 0 && o.LowPercentile < o.HighPercentile && o.HighPercentile <= 100))
            throw new XanesDataException(FormattableString.Invariant($"percentiles {o.LowPercentile} to {o.HighPercentile}"), nameof(o.LowPercentile), remedy: "They must increase and lie between 0 and 100.");
        if (!(o.SmallestIntensity >= 0 && o.SmallestShift >= 0))
            throw new XanesDataException("a smallest change below 0", nameof(o.SmallestIntensity), remedy: "Give 0 or more.");
        if (o.MostRows < 1 || o.MostSweptRows < 2)
            throw new XanesDataException($"at most {Math.Min(o.MostRows, o.MostSweptRows)} rows", nameof(o.MostRows), remedy: "Give at least 2.");
    }
}
