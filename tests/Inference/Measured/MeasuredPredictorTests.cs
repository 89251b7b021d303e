using XanesMl.Inference.Domain;
using XanesMl.Inference.Measured;
using XanesMl.Inference.Models;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Normalization;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Inference.Tests.Measured;

/// <summary>Verdicts on spectra that the copper model's own decoder draws, taken through a simulated measurement, so that what is wrong with them is what the test made wrong.</summary>
public sealed class MeasuredPredictorTests : IDisposable
{
    private readonly SpectrumModel _model = SpectrumModel.Open(SharedData.Repository("models", "Cu"));

    public void Dispose() => _model.Dispose();

    private float[] Drawn => _model.DecodeStyles(new float[_model.Metadata.StyleCount], 1);

    private MeasuredSpectrum Scan(double shift = 0, string? element = "Cu") => SimulatedMeasurement.Of(_model.Grid, Drawn, shift, 0.001, new Random(1), element);

    private MeasuredPrediction Predict(MeasuredSpectrum s, MeasuredPredictionOptions? options = null) => new MeasuredPredictor(_model, options).Predict(s, "abc");

    private static MeasuredSpectrum Cut(MeasuredSpectrum s, double first, double last)
    {
        int[] kept = [.. Enumerable.Range(0, s.Energies.Length).Where(i => s.Energies.Span[i] >= first && s.Energies.Span[i] <= last)];
        return s with { Energies = Array.ConvertAll(kept, i => s.Energies.Span[i]), Mu = Array.ConvertAll(kept, i => s.Mu.Span[i]) };
    }

    private static void Refused(Verdict verdict, string reason, MeasuredPrediction p)
    {
        Assert.Equal(verdict, p.Prediction.Verdict);
        Assert.Contains(p.Prediction.Reasons, r => r.Contains(reason, StringComparison.Ordinal));
        Assert.All(p.Prediction.Estimates, e => Assert.True(double.IsNaN(e.Value)));
        Assert.True(p.Input.IsEmpty && p.Reconstruction.IsEmpty && p.Prediction.Styles.IsEmpty);
        Assert.Equal("abc", p.Prediction.Origin!.Sha256);
    }

    // Oracle: the model's own answer to the spectrum that the measurement was made of; normalizing loses some per cent of scale.
    [Fact]
    public void A_spectrum_of_the_domain_gets_its_descriptors_back()
    {
        var direct = _model.Predict(Drawn, 1);
        var p = Predict(Scan(shift: 3));
        Assert.Equal(Verdict.Ok, p.Prediction.Verdict);
        Assert.Empty(p.Prediction.Reasons);
        Assert.Equal(-3, p.Prediction.Origin!.EnergyShift!.Value, 1.0);
        Assert.Equal(p.Alignment!.Shift, p.Prediction.Origin.EnergyShift);
        Assert.Equal(direct.Descriptors[0], p.Prediction.Estimates[0].Value, 0.15);
        Assert.Equal((_model.Grid.Count, _model.Grid.Count), (p.Input.Length, p.Reconstruction.Length));
        Assert.InRange(p.Prediction.Origin.E0!.Value, 8979, 9005);
        Assert.Equal(["correlation", "kind", "nnorm", "norm1", "norm2", "nvict", "pre1", "pre2"], p.Prediction.Origin.Parameters.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Another_element_is_wrong_whoever_says_it()
    {
        Refused(Verdict.WrongElementOrEdge, "the spectrum is of Fe, the model was trained on Cu", Predict(Scan(element: "Fe")));
        Refused(Verdict.WrongElementOrEdge, "the spectrum is of Ni, the model was trained on Cu", Predict(Scan(), new() { Element = "Ni" }));
        // nobody says it, but the edge is vanadium's, or nobody's
        Refused(Verdict.WrongElementOrEdge, "the spectrum is of V, the model was trained on Cu", Predict(Scan(KEdges.Energy("V") - KEdges.Energy("Cu"), element: null)));
        Refused(Verdict.WrongElementOrEdge, "nobody says the element, and the steepest rise", Predict(Scan(200, element: null)));
    }

    [Fact]
    public void A_caller_knows_the_element_better_than_the_file() => Assert.Equal(Verdict.Ok, Predict(Scan(element: "Fe"), new() { Element = "Cu" }).Prediction.Verdict);

    [Fact]
    public void A_file_that_contradicts_itself_or_names_another_edge_is_wrong()
    {
        Refused(Verdict.WrongElementOrEdge, "the file says Cu (8979 eV), but the steepest rise is at", Predict(Scan(-1200)));
        Refused(Verdict.WrongElementOrEdge, "of the L3 edge of Cu, the model of the K edge of Cu", Predict(Scan() with { Edge = "L3" }));
        Assert.Equal(Verdict.Ok, Predict(Scan() with { Edge = "K" }).Prediction.Verdict);
    }

    /// <summary>Copper's decoded edge rises 11 eV above the table: 30 eV lower is 19 below it, 20 higher 31 above; both still within what tells the element.</summary>
    [Theory]
    [InlineData(-30, "below the K edge of Cu")]
    [InlineData(20, "above the K edge of Cu")]
    public void An_edge_further_off_than_instruments_are_is_wrong_unless_a_shift_was_given(double shift, string reason)
    {
        Refused(Verdict.WrongElementOrEdge, reason, Predict(Scan(shift)));
        Assert.True(Predict(Scan(shift), new() { Shift = -shift }).Prediction.Verdict < Verdict.RangeTooShort);
    }

    [Fact]
    public void Energies_far_from_the_models_are_another_edge_even_without_an_edge_in_them()
    {
        double[] energies = [.. Enumerable.Range(0, 200).Select(i => 5000.0 + i)];
        var flat = Scan() with { Element = null, Energies = energies, Mu = Array.ConvertAll(energies, _ => 1.0), Signal = SignalKind.Normalized };
        Refused(Verdict.WrongElementOrEdge, "away from the model's", Predict(flat, new() { Element = "Cu" }));
    }

    [Fact]
    public void Too_little_before_or_after_the_edge_is_an_extrapolation_and_then_no_answer()
    {
        // Where a beamline would have it: simulated energies of copper are some 8 eV too high.
        var scan = Scan(-8);
        double e0 = Predict(scan).Prediction.Origin!.E0!.Value;
        void Warned(MeasuredSpectrum s, string reason)
        {
            var p = Predict(s);
            Assert.InRange(p.Prediction.Verdict, Verdict.Extrapolating, Verdict.OutOfDomain);
            Assert.Contains(p.Prediction.Reasons, r => r.Contains(reason, StringComparison.Ordinal));
            Assert.False(p.Input.IsEmpty);
        }

        Warned(Cut(scan, e0 - 24, double.PositiveInfinity), "eV before the edge, too little to normalize it well");
        Refused(Verdict.RangeTooShort, "do not reach from 10 eV before to 30 eV after the K edge of Cu (8979 eV)", Predict(Cut(scan, e0 - 9, double.PositiveInfinity)));
        Warned(Cut(scan, 0, e0 + 60), "eV after the edge, too little to normalize it well");
        Warned(Cut(scan, 0, e0 + 60), "% of the model's energies");
        Refused(Verdict.RangeTooShort, "eV after the edge, too little to normalize it at all", Predict(Cut(scan, 0, e0 + 27)));
        var normalized = scan with { Mu = Predict(scan).Normalization!.Flat, Signal = SignalKind.Normalized };
        Refused(Verdict.RangeTooShort, "% of the model's energies", Predict(Cut(normalized, 0, _model.Grid.First + 30)));
    }

    [Fact]
    public void What_looks_normalized_is_said_unless_it_was_declared()
    {
        var flat = Scan() with { Mu = Predict(Scan()).Normalization!.Flat };
        var p = Predict(flat);
        Assert.Equal(Verdict.AlreadyNormalized, p.Prediction.Verdict);
        Assert.Contains("declare it as normalized or raw", Assert.Single(p.Prediction.Reasons), StringComparison.Ordinal);
        Assert.Null(p.Prediction.Origin!.EdgeStep);
        Assert.Equal(Verdict.Ok, Predict(flat with { Signal = SignalKind.Normalized }).Prediction.Verdict);
        Assert.Equal(Verdict.Ok, Predict(flat, new() { Normalization = new() { Input = InputState.Normalized } }).Prediction.Verdict);

        // both speak: normalized, and nothing that the model draws
        double[] waves = [.. flat.Energies.ToArray().Select((e, i) => flat.Mu.Span[i] + (e > 9000 && e < 9060 ? 0.3 * Math.Sin(e / 6) : 0))];
        var both = Predict(flat with { Mu = waves });
        Assert.Equal(Verdict.OutOfDomain, both.Prediction.Verdict);
        Assert.Contains(both.Prediction.Reasons, r => r.Contains("looks normalized", StringComparison.Ordinal));
        Assert.Contains(both.Prediction.Reasons, r => r.Contains("nearest spectrum that the model can draw", StringComparison.Ordinal));
    }

    [Fact]
    public void Simulated_spectra_keep_their_energies()
    {
        var p = Predict(new MeasuredSpectrum
        {
            Energies = _model.Grid.Memory, Mu = Array.ConvertAll(Drawn, v => (double)v), Signal = SignalKind.Simulated, Name = "xmu", Path = "xmu.dat", Format = "FEFF", Columns = "omega; mu", Element = "Cu",
        });
        Assert.Equal((Verdict.Ok, 0.0), (p.Prediction.Verdict, p.Prediction.Origin!.EnergyShift));
        Assert.Null(p.Alignment);
        Assert.Equal(_model.Predict(Drawn, 1).Descriptors[0], p.Prediction.Estimates[0].Value, 1e-3);
    }

    [Fact]
    public void What_cannot_be_used_has_a_verdict_and_no_numbers()
    {
        Refused(Verdict.OutOfDomain, "no edge", Predict(Scan() with { Mu = new double[Scan().Mu.Length] }));
        Refused(Verdict.RangeTooShort, "the energies, 8990.2 to 8990.6 eV, do not reach", Predict(Cut(Scan(), 8990, 8990.9)));
        using var relative = SpectrumModel.Open(SharedData.Repository("models", "oxides-8"));
        var unknown = new MeasuredPredictor(relative).Predict(Scan(element: null) with { Edge = "L3" }, "abc");
        Assert.Equal(Verdict.WrongElementOrEdge, unknown.Prediction.Verdict);
    }

    /// <summary>The verdict never contradicts alignment's warnings, whatever limits the model has: here limits that let everything pass, none, and no thresholds at all.</summary>
    [Fact]
    public void A_shift_that_alignment_does_not_trust_is_never_ok()
    {
        var domain = _model.Metadata.Domain! with { ReconstructionErrorLimit = 99, MahalanobisLimit = 99, StyleMin = [.. new double[6].Select(_ => -99.0)], StyleMax = [.. new double[6].Select(_ => 99.0)], Measured = null };
        var all = new MeasuredThresholds { ReconstructionErrorLimit = 99, MahalanobisLimit = 99, StyleMargin = 9, CorrelationLimit = -1, EarlyAbsorptionLimit = 99 };
        var whole = Scan() with { Mu = Predict(Scan()).Normalization!.Flat, Signal = SignalKind.Normalized };
        var wavy = whole with { Mu = Array.ConvertAll([.. whole.Energies.ToArray().Zip(whole.Mu.ToArray())], p => p.Second + (p.First > 9005 && p.First < 9080 ? 0.4 * Math.Sin(p.First / 3) : 0)) };
        // 0.2 eV of reach leave no room inside the first and last coarse steps
        var narrow = new MeasuredPredictionOptions { Alignment = new() { Reach = 0.2, CoarseStep = 0.2 } };
        foreach (var (limits, worst) in new (DomainThresholds?, Verdict)[] { (domain with { Measured = all }, Verdict.Extrapolating), (domain, Verdict.OutOfDomain), (null, Verdict.OutOfDomain) })
        {
            var odd = new MeasuredPredictor(_model, null, limits).Predict(wavy).Prediction;
            Assert.Contains(odd.Origin!.Warnings, w => w.Contains("do not rely on the shift", StringComparison.Ordinal));
            Assert.Equal(worst, odd.Verdict);
            Assert.Contains(odd.Reasons, r => r.Contains("the model draws no spectrum like this one: correlation 0.", StringComparison.Ordinal));
            // the same at a given shift, where nothing is aligned
            Assert.Equal(worst, new MeasuredPredictor(_model, new() { Shift = 0 }, limits).Predict(wavy).Prediction.Verdict);

            var edge = new MeasuredPredictor(_model, narrow, limits).Predict(Scan());
            Assert.True(edge.Alignment!.AtLimit);
            Assert.Equal(Verdict.Extrapolating, edge.Prediction.Verdict);
            Assert.Contains(edge.Prediction.Reasons, r => r.Contains("lies at the end of the search", StringComparison.Ordinal));
        }
    }

    /// <summary>The coverage of intervals is known for simulated spectra only, and every measured result with numbers says so, last.</summary>
    [Fact]
    public void Intervals_of_measured_spectra_come_with_a_warning()
    {
        Assert.Equal(MeasuredPredictor.IntervalWarning, Predict(Scan()).Prediction.Origin!.Warnings[^1]);
        Assert.Equal(MeasuredPredictor.IntervalWarning, Predict(Scan(), new() { Shift = 0 }).Prediction.Origin!.Warnings[^1]);
        Assert.DoesNotContain(MeasuredPredictor.IntervalWarning, Predict(Scan(element: "Fe")).Prediction.Origin!.Warnings);
        Assert.DoesNotContain(MeasuredPredictor.IntervalWarning, Predict(Scan() with { Energies = _model.Grid.Memory, Mu = Array.ConvertAll(Drawn, v => (double)v), Signal = SignalKind.Simulated }).Prediction.Origin!.Warnings);
    }

    /// <summary>Options that do not fit a good spectrum are errors, whatever the verdict would be; a bad spectrum is none of the options' fault.</summary>
    [Theory]
    [InlineData(5.0, null, null, "option E0: 5 eV lies outside the scan")]
    [InlineData(9900.0, null, null, "option E0: 9900 eV lies outside the scan")]
    [InlineData(null, 900.0, 901.0, "no points are left for the pre-edge fit")]
    public void An_option_that_does_not_fit_the_spectrum_is_an_error(double? e0, double? pre1, double? pre2, string says)
    {
        var options = new MeasuredPredictionOptions { Normalization = new() { PreEdge = new() { E0 = e0, Pre1 = pre1, Pre2 = pre2 } } };
        var e = Assert.Throws<XanesDataException>(() => Predict(Scan(), options));
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
        if (e0 is null)
            Refused(Verdict.OutOfDomain, "", Predict(Scan() with { Mu = new double[Scan().Mu.Length] }, options));
        else
            Assert.Throws<XanesDataException>(() => Predict(Scan(element: "Fe"), options));
    }

    /// <summary>Limits for measured spectra decide on correlation and early absorption: the same spectrum with limits on either side of what it has.</summary>
    [Fact]
    public void Limits_for_measured_spectra_are_used_where_there_are_any()
    {
        var domain = _model.Metadata.Domain! with { Measured = null };
        var limits = new MeasuredThresholds { ReconstructionErrorLimit = 1, MahalanobisLimit = 99, StyleMargin = 9, CorrelationLimit = 0.9, EarlyAbsorptionLimit = 0.9 };
        Verdict With(MeasuredThresholds m, double? shift = null) => new MeasuredPredictor(_model, new() { Shift = shift }, domain with { Measured = m }).Predict(Scan()).Prediction.Verdict;
        Assert.Equal(Verdict.Ok, With(limits));
        Assert.Equal(Verdict.OutOfDomain, With(limits with { CorrelationLimit = 1 }));
        Assert.Equal(Verdict.OutOfDomain, With(limits with { EarlyAbsorptionLimit = 0 }));
        Assert.Equal(Verdict.OutOfDomain, With(limits with { ReconstructionErrorLimit = 0 }));
        // also where the shift is given: 8 eV off, nothing that the decoder draws looks like this
        Assert.Equal(Verdict.Ok, With(limits, shift: 0));
        Assert.Equal(Verdict.OutOfDomain, With(limits with { CorrelationLimit = 0.99 }, shift: 30));
    }

    [Fact]
    public async Task Threads_share_a_predictor_and_get_the_same_answer()
    {
        var predictor = new MeasuredPredictor(_model);
        var expected = predictor.Predict(Scan()).Prediction.Estimates;
        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => predictor.Predict(Scan()).Prediction.Estimates)));
        Assert.All(all, e => Assert.Equal(expected, e));
    }
}
