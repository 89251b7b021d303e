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
/// discovery rate (Benjamini and Hochberg) within each source. A name such as "second peak" passes from one maximum to another: positions and intensities are given only where it stays with one. Regions of energies are where the simultaneous band over all energies and descriptors (maximum of
/// |sample - estimate| / error) leaves zero out: a family-wise error rate. A finding must be noticeable too (<see cref="FindingsOptions.SmallestIntensity"/>,
/// <see cref="FindingsOptions.SmallestShift"/>): a decoder has no noise, so that whatever it does is significant.
/// </remarks>
public static class Findings
{
    // Model and data are alike up to so many combined standard errors, and so far apart, eV.
    internal const double MostErrors = 3, FarApart = 5;

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
        double edge = MeanEdge(input, extractor, cancellation), e0 = input.E0 ?? (double.IsNaN(edge) ? 0 : edge);
        if (input.E0 is null)
            notes.Add(double.IsNaN(edge) ? "Energies are those of the grid: no E0 is known and no row has an edge." : FormattableString.Invariant($"E0 is the mean edge position of the rows, {e0:0.0} eV."));
        if (edge - input.Rows.Grid[0] < extractor.Options.PreEdgeStart)
            notes.Add(FormattableString.Invariant($"The grid begins {edge - input.Rows.Grid[0]:0.0#} eV below the mean edge position: a pre-edge peak is told from a shoulder of the edge only in a spectrum that begins {extractor.Options.PreEdgeStart:0.#} eV below its edge."));
        var (modelTests, dataTests) = (Tested(model, e0, options), Tested(data, e0, options));
        var pairs = new List<FindingPair>();
        foreach (var d in input.Descriptors)
            foreach (var feature in FindingsFeature.All)
            {
                Finding? ours = modelTests.GetValueOrDefault((d.Name, feature.Quantity)), theirs = dataTests.GetValueOrDefault((d.Name, feature.Quantity));
                if (ours is not null || theirs is not null)
                    pairs.Add(new FindingPair(d.Name, feature.Quantity, ours, theirs, Agreement(ours, theirs)));
            }

        notes.Add(FormattableString.Invariant($"{options.Draws} bootstrap samples of the materials, seed {options.Seed}. Features: {modelTests.Values.Count(Sized)} tests in the model and {dataTests.Values.Count(Sized)} in the data, false discovery rate {options.Level:0.##} within each (Benjamini and Hochberg). Regions: simultaneous over all energies and descriptors, family-wise error rate {options.Level:0.##}. Changes below {options.SmallestIntensity:0.###} of the edge step or {options.SmallestShift:0.##} eV are not called findings."));
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
                if (double.IsNaN(adjusted) && !(test.Moves is not null && feature.IsPosition))
                    continue;
                var finding = new Finding
                {
                    Text = "", Descriptor = range.Name, Source = evidence.Source, Kind = FindingKind.Feature, Quantity = feature.Quantity, EffectUnit = feature.Unit, Energy = test.Energy - e0,
                    Effect = test.Summary.Estimate, Error = test.Summary.Error, Low = test.Summary.Low, High = test.Summary.High, P = test.Summary.P, Q = adjusted,
                    RangeFrom = range.From, RangeTo = range.To, RangeUnit = range.Unit, Rows = test.Rows, Looked = test.Looked, Moves = test.Moves, Materials = test.Materials,
                    Found = adjusted <= options.Level && Math.Abs(test.Summary.Estimate) >= feature.Smallest(options),
                };
                found[(range.Name, feature.Quantity)] = finding with { Text = FindingsText.Feature(feature, finding) };
            }
        }

        return found;
    }

    private static bool Sized(Finding f) => f.Moves is null;

    /// <summary>Whether model and data say the same of a feature.</summary>
    internal static FindingAgreement Agreement(Finding? model, Finding? data) => (model is { Found: true }, data is { Found: true }) switch
    {
        (true, true) => Math.Sign(model!.Effect) != Math.Sign(data!.Effect) ? FindingAgreement.Opposite : Alike(model, data) ? FindingAgreement.Both : FindingAgreement.SameSign,
        _ when model?.Moves is not null || data?.Moves is not null => FindingAgreement.ChangesPlace,
        (true, false) => FindingAgreement.ModelOnly,
        (false, true) => FindingAgreement.DataOnly,
        _ => FindingAgreement.Neither,
    };

    /// <summary>As large for the same change of the descriptor, since the ranges differ, and at the same place. Where a range is in standard deviations of the style only places are compared.</summary>
    private static bool Alike(Finding model, Finding data)
    {
        if (Math.Abs(model.Energy - data.Energy) > FarApart)
            return false;
        double inModel = model.RangeTo - model.RangeFrom, inData = data.RangeTo - data.RangeFrom;
        double difference = (model.Effect / inModel) - (data.Effect / inData), error = Math.Sqrt(Math.Pow(model.Error / inModel, 2) + Math.Pow(data.Error / inData, 2));
        return model.RangeUnit != data.RangeUnit || Math.Abs(difference) <= MostErrors * error;
    }

    private static double MeanEdge(FindingsInput input, SpectralFeatureExtractor extractor, CancellationToken cancellation)
    {
        double[] edges = [.. FindingsFeature.Extract(extractor, input.Rows.Spectra, input.Rows.RowCount, cancellation).Select(f => f.EdgeEnergy).Where(double.IsFinite)];
        return edges.Length == 0 ? double.NaN : edges.Average();
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
        if (o.FollowSteps < 1 || o.FollowSteps > 1000)
            throw new XanesDataException($"{o.FollowSteps} steps", nameof(o.FollowSteps), remedy: "Give 1 to 1000.");
        if (!(o.LargestJump > 0 && o.WidestSpread > 0 && o.LeastKept > 0 && o.LeastKept <= 1))
            throw new XanesDataException(FormattableString.Invariant($"jump {o.LargestJump}, spread {o.WidestSpread}, part {o.LeastKept}"), nameof(o.LargestJump), remedy: "Give positive numbers, and a part of at most 1.");
        if (o.MostRows < 1 || o.MostSweptRows < 2)
            throw new XanesDataException($"at most {Math.Min(o.MostRows, o.MostSweptRows)} rows", nameof(o.MostRows), remedy: "Give at least 2.");
    }
}
