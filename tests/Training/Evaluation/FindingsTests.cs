using XanesMl.Inference.Models;
using XanesMl.Spectra;
using XanesMl.Training.Evaluation;
using Xunit;

namespace XanesMl.Training.Tests.Evaluation;

/// <summary>Findings where the truth is written into the spectra: edge 1.5 eV a unit of CT, main peak 0.1 a unit of OCN, nothing of NUL; CT and OCN go along with each other.</summary>
public sealed class FindingsTests
{
    private static readonly EnergyGrid s_grid = EnergyGrid.Uniform(-20, 60, 161);

    /// <summary>[rows] descriptors CT, OCN, NUL and, where asked for, their spectra with noise.</summary>
    private static SpectraTable Table(int materials, double noise, int seed, Func<double, double, double, float[]>? spectrum = null, double mixing = 0.8)
    {
        var normal = new NormalDraws(seed);
        var descriptors = new List<float>();
        var spectra = new List<float>();
        var names = new List<string>();
        for (int m = 0; m < materials; m++)
        {
            double level = normal.Next();
            for (int site = 0; site < 2; site++)
            {
                double ct = level + (0.3 * normal.Next()), ocn = (mixing * ct) + (Math.Sqrt(1 - (mixing * mixing)) * normal.Next()), nul = normal.Next();
                descriptors.AddRange([(float)ct, (float)ocn, (float)nul]);
                double offset = noise * normal.Next();   // what a material has of its own
                foreach (float v in (spectrum ?? Spectrum)(ct, ocn, nul))
                    spectra.Add(v + (float)((noise * normal.Next()) + offset));
                names.Add("m" + m.ToString(System.Globalization.CultureInfo.InvariantCulture));
            }
        }

        return new SpectraTable(s_grid, [.. spectra], ["CT", "OCN", "NUL"], [.. descriptors], [.. names], [.. names.Select((_, i) => (i % 2).ToString(System.Globalization.CultureInfo.InvariantCulture))], new string?[names.Count]);
    }

    private static float[] Spectrum(double ct, double ocn, double nul) => [.. s_grid.Energies.ToArray().Select(e =>
    {
        double x = e - (1.5 * ct);
        return (float)(0.5 + (Math.Atan(x / 1.5) / Math.PI) + ((0.6 + (0.1 * ocn)) * Math.Exp(-(x - 8) * (x - 8) / 12)) + (0.2 * Math.Exp(-(x - 26) * (x - 26) / 40)));
    })];

    private static FindingsInput Input(SpectraTable table, Func<float[], int, float[]>? decode = null) => new()
    {
        Rows = table, StyleCount = 3, Styles = table.Descriptors, E0 = 0,
        Descriptors = [.. table.DescriptorNames.Select(n => new DescriptorInfo(n, n == "CT" ? "e" : "", n, -3, 3))],
        Calibrations = [.. table.DescriptorNames.Select(_ => new Calibration { Kind = CalibrationKind.Linear, Coefficients = [0, 1] })],
        Decode = decode ?? ((z, n) => [.. Enumerable.Range(0, n).SelectMany(i => Spectrum(z[i * 3], z[(i * 3) + 1], z[(i * 3) + 2]))]),
    };

    private static Finding Data(FindingsResult r, string descriptor, string quantity) => r.Features.Single(p => p.Descriptor == descriptor && p.Quantity == quantity).Data!;

    private static Finding Model(FindingsResult r, string descriptor, string quantity) => r.Features.Single(p => p.Descriptor == descriptor && p.Quantity == quantity).Model!;

    [Fact]
    public void What_was_put_in_is_found_with_its_size_in_both_sources()
    {
        var result = Findings.Compute(Input(Table(100, 0.01, 3)), new FindingsOptions { Draws = 300 });
        foreach (var edge in new[] { Data(result, "CT", "edge position"), Model(result, "CT", "edge position") })
        {
            Assert.True(edge.Found);
            Assert.Equal(1.5 * (edge.RangeTo - edge.RangeFrom), edge.Effect, 0.1);
        }

        var fromData = Data(result, "CT", "edge position");
        Assert.InRange(1.5 * (fromData.RangeTo - fromData.RangeFrom), fromData.Low - fromData.Error, fromData.High + fromData.Error);

        foreach (var peak in new[] { Data(result, "OCN", "main peak"), Model(result, "OCN", "main peak") })
        {
            Assert.True(peak.Found);
            Assert.Equal(0.1 * (peak.RangeTo - peak.RangeFrom), peak.Effect, 0.02);   // the 4 eV fit takes 4 % off the peak
            Assert.Equal(8, peak.Energy, 0.3);
        }

        Assert.Equal(FindingAgreement.Both, result.Features.Single(p => p is { Descriptor: "OCN", Quantity: "main peak" }).Agreement);
        Assert.StartsWith("main peak rises with OCN by 0.3", Data(result, "OCN", "main peak").Text, StringComparison.Ordinal);
        Assert.EndsWith("; data)", Data(result, "OCN", "main peak").Text, StringComparison.Ordinal);
        Assert.Contains(result.Regions, r => r is { Descriptor: "OCN", Source: FindingSource.Data, Effect: > 0.2 } && r.RegionFrom < 8 && r.RegionTo > 8 && Math.Abs(r.Energy - 8) < 1.5);
        Assert.All(result.KnownTrends, t => Assert.Equal(TrendVerdict.Both, t.Verdict));
        Assert.Contains("found in model and data", result.KnownTrends[0].Text, StringComparison.Ordinal);
    }

    /// <summary>CT and OCN have a correlation of 0.8: each keeps its own effect, and the one that does nothing is given none.</summary>
    [Fact]
    public void Descriptors_that_go_along_with_each_other_are_told_apart()
    {
        var result = Findings.Compute(Input(Table(150, 0.01, 4)), new FindingsOptions { Draws = 300 });
        Assert.False(Data(result, "CT", "main peak").Found);
        Assert.False(Data(result, "OCN", "edge position").Found);
        Assert.False(Model(result, "CT", "main peak").Found);
        Assert.DoesNotContain(result.Sentences, s => s.Contains("NUL", StringComparison.Ordinal));
    }

    /// <summary>Spectra that know nothing of any descriptor: all that is found is false. 200 tables; a rate of 0.05 gives 10, its standard deviation is 3; the bootstrap with
    /// 40 materials may be a little too bold.</summary>
    [Fact]
    public void Without_any_effect_findings_are_as_rare_as_the_level_says()
    {
        var options = new FindingsOptions { Draws = 150, SmallestIntensity = 0, SmallestShift = 0, FollowSteps = 1 };
        int features = 0, regions = 0;
        for (int seed = 0; seed < 200; seed++)
        {
            var found = Findings.Compute(Input(Table(40, 0.02, seed, (_, _, _) => Spectrum(0, 0, 0), mixing: 0.5), (z, n) => [.. Enumerable.Range(0, n).SelectMany(_ => Spectrum(0, 0, 0))]), options);
            features += found.Features.Any(p => p.Data is { Found: true }) ? 1 : 0;
            regions += found.Regions.Any(r => r.Source == FindingSource.Data) ? 1 : 0;
            Assert.DoesNotContain(found.Features, p => p.Model is { Found: true });
        }

        Assert.InRange(features, 1, 20);
        Assert.InRange(regions, 1, 20);
    }

    [Fact]
    public void Trends_that_are_not_there_are_reported_as_not_found()
    {
        var result = Findings.Compute(Input(Table(60, 0.02, 1, (_, _, _) => Spectrum(0, 0, 0)), (z, n) => [.. Enumerable.Range(0, n).SelectMany(_ => Spectrum(0, 0, 0))]), new FindingsOptions { Draws = 150 });
        Assert.All(result.KnownTrends, t => Assert.Equal(TrendVerdict.Neither, t.Verdict));
        Assert.Contains("found neither in the model nor in the data. Model: +0.000 +- 0.000 eV", result.KnownTrends[0].Text, StringComparison.Ordinal);
        var without = Findings.Compute(Input(Table(60, 0.01, 1)) with { Descriptors = [] }, new FindingsOptions { Draws = 150 });
        Assert.Equal(TrendVerdict.NotLookedFor, without.KnownTrends[0].Verdict);
        Assert.Contains("the model has no CT or OS", without.KnownTrends[0].Text, StringComparison.Ordinal);
        Assert.Empty(without.Features);
    }

    /// <summary>A model that has learned the opposite of the data is told so.</summary>
    [Fact]
    public void A_model_that_contradicts_the_data_is_said_to()
    {
        var result = Findings.Compute(Input(Table(60, 0.01, 2), (z, n) => [.. Enumerable.Range(0, n).SelectMany(i => Spectrum(-z[i * 3], z[(i * 3) + 1], 0))]), new FindingsOptions { Draws = 150 });
        Assert.Equal(FindingAgreement.Opposite, result.Features.Single(p => p is { Descriptor: "CT", Quantity: "edge position" }).Agreement);
        Assert.Equal(TrendVerdict.OppositeSigns, result.KnownTrends[0].Verdict);
        Assert.Contains("found in model and data with opposite signs", result.KnownTrends[0].Text, StringComparison.Ordinal);
        Assert.Contains("The expected sign is +.", result.KnownTrends[0].Text, StringComparison.Ordinal);
    }

    private static Finding Made(FindingSource source, double effect, bool found = true, double error = 0.1, double energy = 0, double to = 1) => new()
    {
        Text = "", Descriptor = "CT", Source = source, Kind = FindingKind.Feature, Quantity = "edge position", EffectUnit = "eV", Energy = energy, Effect = effect, Error = error, Low = 0, High = 0, P = 0, Q = 0,
        RangeFrom = 0, RangeTo = to, RangeUnit = "e", Rows = 10, Looked = 10, Materials = 10, Found = found,
    };

    [Theory]
    [InlineData(2, true, 2, true, 1, TrendVerdict.Both, "found in model and data")]
    [InlineData(-2, true, -2, true, 0, TrendVerdict.Both, "found in model and data")]
    [InlineData(2, true, -2, true, 0, TrendVerdict.OppositeSigns, "found in model and data with opposite signs")]
    [InlineData(-2, true, 2, true, 1, TrendVerdict.OppositeSigns, "found in model and data with opposite signs")]
    [InlineData(2, true, 2, false, 1, TrendVerdict.ModelOnly, "found in the model only")]
    [InlineData(2, false, 2, true, 1, TrendVerdict.DataOnly, "found in the data only, not in the model")]
    [InlineData(2, false, 2, false, 1, TrendVerdict.Neither, "found neither in the model nor in the data")]
    [InlineData(-2, true, -2, true, 1, TrendVerdict.Neither, "found neither in the model nor in the data")]
    public void A_trend_has_one_verdict(double model, bool inModel, double data, bool inData, int expected, TrendVerdict verdict, string words)
    {
        Assert.Equal(verdict, FindingsTrends.Verdict(Made(FindingSource.Model, model, inModel), Made(FindingSource.Data, data, inData), expected));
        Assert.Equal(words, new KnownTrend("", "CT", expected, null, null, verdict, "").Words);
    }

    /// <summary>Oracle: by hand. 2 +- 0.1 against 2.4 +- 0.1 are 2.8 combined errors apart, 2.5 are 3.5; the same slope over twice the range is the same size; 5 eV is the same place.</summary>
    [Theory]
    [InlineData(2.4, 1, 0, FindingAgreement.Both)]
    [InlineData(2.5, 1, 0, FindingAgreement.SameSign)]
    [InlineData(4, 2, 0, FindingAgreement.Both)]
    [InlineData(2, 2, 0, FindingAgreement.SameSign)]
    [InlineData(2, 1, 4.9, FindingAgreement.Both)]
    [InlineData(2, 1, 5.1, FindingAgreement.SameSign)]
    [InlineData(-2, 1, 0, FindingAgreement.Opposite)]
    public void Findings_of_one_sign_agree_in_size_and_place_too(double effect, double range, double energy, FindingAgreement expected) =>
        Assert.Equal(expected, Findings.Agreement(Made(FindingSource.Model, 2), Made(FindingSource.Data, effect, energy: energy, to: range)));

    /// <summary>Two maxima above the pit, at 30 and 44 eV, that stay where they are: the first one grows out of the curve with OCN, and takes the name of the second peak from the other.</summary>
    private static float[] Growing(double ct, double ocn) => [.. Spectrum(ct, 0, 0).Zip(s_grid.Energies.ToArray(), (mu, e) => (float)(mu + (0.12 * Math.Max(0, ocn) * Bump(e - (1.5 * ct), 30, 8))
        + (0.2 * Bump(e - (1.5 * ct), 44, 8)) - (0.2 * Bump(e - (1.5 * ct), 26, 40))))];

    private static double Bump(double x, double at, double width) => Math.Exp(-(x - at) * (x - at) / width);

    [Fact]
    public void A_name_that_passes_to_another_peak_is_no_motion()
    {
        var table = Table(60, 0.0005, 5, (ct, ocn, _) => Growing(0.2 * ct, ocn), mixing: 0);
        var result = Findings.Compute(Input(table, (z, n) => [.. Enumerable.Range(0, n).SelectMany(i => Growing(0.2 * z[i * 3], z[(i * 3) + 1]))]), new FindingsOptions { Draws = 150 });
        var second = result.Features.Single(p => p is { Descriptor: "OCN", Quantity: "second peak position" });
        Assert.Equal(FindingAgreement.ChangesPlace, second.Agreement);
        Assert.True(double.IsNaN(second.Model!.Effect) && double.IsNaN(second.Data!.Effect) && !second.Model.Found && !second.Data.Found);
        Assert.True(second.Model.Text.StartsWith("second peak changes place with OCN: of 120 rows it stays one and the same in 0; in 120 another one takes its name (OCN ", StringComparison.Ordinal), second.Model.Text);
        Assert.Matches("^second peak changes place in the data: its positions in the middle 90 % of 120 rows spread over 1[4-6] eV", second.Data.Text);
        Assert.DoesNotContain(result.Features, p => p is { Quantity: "second peak", Descriptor: "OCN" });

        // CT moves everything by 0.3 eV a unit, and the same peaks keep their names.
        var moved = Model(result, "CT", "second peak position");
        Assert.True(moved.Found && moved.Moves is null);
        Assert.Equal(0.3 * (moved.RangeTo - moved.RangeFrom), moved.Effect, 0.15);
    }

    /// <summary>A calibration that does not rise says nothing: no range of nothing, and no sentence. One that falls is swept so that the descriptor rises.</summary>
    [Fact]
    public void A_flat_calibration_is_left_out_and_a_falling_one_turned_round()
    {
        var input = Input(Table(40, 0.01, 2));
        Calibration Linear(double slope) => new() { Kind = CalibrationKind.Linear, Coefficients = [4, slope] };
        var result = Findings.Compute(input with { Calibrations = [Linear(-1), Linear(0), Linear(1)] }, new FindingsOptions { Draws = 150 });
        Assert.Contains(result.Notes, n => n.StartsWith("Model: the calibration of OCN is flat over the style's range (4 to 4)", StringComparison.Ordinal));
        Assert.All(result.Features.Where(p => p.Descriptor == "OCN"), p => Assert.Null(p.Model));
        Assert.DoesNotContain(result.Regions, r => r is { Descriptor: "OCN", Source: FindingSource.Model });
        var edge = Model(result, "CT", "edge position");
        Assert.True(edge.RangeFrom < edge.RangeTo && edge.Effect < 0);
    }

    /// <summary>An element's own level must not pass for a descriptor: here V lies 3 eV lower and has the lower CT, and within an element CT does nothing.</summary>
    [Fact]
    public void Elements_have_levels_of_their_own()
    {
        var table = Table(80, 0.01, 6, (_, _, _) => Spectrum(0, 0, 0));
        float[] descriptors = table.Descriptors.ToArray(), spectra = table.Spectra.ToArray();
        string?[] elements = [.. Enumerable.Range(0, table.RowCount).Select(i => i / 2 % 2 == 0 ? "V" : "Cu")];
        for (int i = 0; i < table.RowCount; i++)
        {
            descriptors[i * 3] += elements[i] == "V" ? -2 : 2;
            if (elements[i] == "V")
                Spectrum(-2, 0, 0).CopyTo(spectra, i * 161);
        }

        var mixed = new SpectraTable(s_grid, spectra, table.DescriptorNames, descriptors, [.. table.Materials], [.. table.Sites], elements);
        var result = Findings.Compute(Input(mixed), new FindingsOptions { Draws = 150 });
        Assert.False(Data(result, "CT", "edge position").Found);
        Assert.Contains(result.Notes, n => n.Contains("each element with a level of its own", StringComparison.Ordinal));
        var alone = Findings.Compute(Input(new SpectraTable(s_grid, spectra, table.DescriptorNames, descriptors, [.. table.Materials], [.. table.Sites], new string?[160])), new FindingsOptions { Draws = 150 });
        Assert.True(Data(alone, "CT", "edge position").Found);
    }

    [Fact]
    public void What_cannot_be_told_apart_or_is_missing_is_said()
    {
        var table = Table(60, 0.01, 7);
        float[] d = table.Descriptors.ToArray();
        for (int i = 0; i < table.RowCount; i++)
            (d[(i * 3) + 2], d[i * 3]) = (i < 100 ? d[i * 3] : float.NaN, d[i * 3]);   // NUL repeats CT, and some rows lack it
        var result = Findings.Compute(Input(new SpectraTable(s_grid, table.Spectra.ToArray(), table.DescriptorNames, d, [.. table.Materials], [.. table.Sites], new string?[120])), new FindingsOptions { Draws = 150 });
        Assert.Contains(result.Notes, n => n.Contains("CT resembles the other descriptors (variance inflation infinite)", StringComparison.Ordinal));
        Assert.Contains(result.Notes, n => n.Contains("20 rows without one of the descriptors are left out", StringComparison.Ordinal));
        Assert.All(result.Features, p => Assert.Null(p.Data));

        Assert.Contains("too few", string.Join(' ', Findings.Compute(Input(Table(6, 0.01, 1)), new FindingsOptions { Draws = 100 }).Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_seed_gives_the_same_findings_and_another_seed_nearly_the_same()
    {
        var input = Input(Table(60, 0.01, 8));
        var one = Findings.Compute(input, new FindingsOptions { Draws = 200 });
        Assert.Equal(one.Sentences, Findings.Compute(input, new FindingsOptions { Draws = 200 }).Sentences);
        var other = Findings.Compute(input, new FindingsOptions { Draws = 200, Seed = 2 });
        Assert.Equal(Data(one, "OCN", "main peak").Effect, Data(other, "OCN", "main peak").Effect);
        Assert.NotEqual(Data(one, "OCN", "main peak").Error, Data(other, "OCN", "main peak").Error);
        Assert.Equal(Data(one, "OCN", "main peak").Error, Data(other, "OCN", "main peak").Error, 0.3 * Data(one, "OCN", "main peak").Error);
    }

    [Fact]
    public void Input_that_does_not_fit_is_refused()
    {
        var input = Input(Table(12, 0.01, 1));
        Assert.Contains("24 rows come with", Assert.Throws<XanesDataException>(() => Findings.Compute(input with { Styles = new float[30] })).Message, StringComparison.Ordinal);
        Assert.Contains("99 draws", Assert.Throws<XanesDataException>(() => Findings.Compute(input, new FindingsOptions { Draws = 99 })).Message, StringComparison.Ordinal);
        Assert.Contains("level 1", Assert.Throws<XanesDataException>(() => Findings.Compute(input, new FindingsOptions { Level = 1 })).Message, StringComparison.Ordinal);
        Assert.Contains("0 steps", Assert.Throws<XanesDataException>(() => Findings.Compute(input, new FindingsOptions { FollowSteps = 0 })).Message, StringComparison.Ordinal);
        Assert.Contains("part 2", Assert.Throws<XanesDataException>(() => Findings.Compute(input, new FindingsOptions { LeastKept = 2 })).Message, StringComparison.Ordinal);
        Assert.Contains("the decoder gave 5 values", Assert.Throws<XanesDataException>(() => Findings.Compute(input with { Decode = (_, _) => new float[5] })).Message, StringComparison.Ordinal);
        Assert.Throws<OperationCanceledException>(() => Findings.Compute(input, cancellation: new CancellationToken(canceled: true)));
    }
}
