using Xunit;
using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Normalization;

namespace XanesMl.Spectra.Tests.Normalization;

public sealed class SpectrumNormalizerTests
{
    private readonly double[] _energies = ScanExamples.Energies(), _mu = ScanExamples.Mu();

    private MeasuredSpectrum Scan(double[] mu, SignalKind signal) => new()
    {
        Energies = _energies, Mu = mu, Signal = signal, Name = "scan", Path = "folder/scan.xdi", Format = "XDI 1.0", Columns = "energy (eV); mu",
    };

    [Fact]
    public void Default_is_the_pre_edge_normalization()
    {
        var r = SpectrumNormalizer.Normalize(_energies, _mu);
        var expected = PreEdgeNormalizer.Normalize(_energies, _mu);
        Assert.Equal((NormalizationKind.PreEdge, false, expected.E0, expected.EdgeStep, expected.NNorm, expected.NVict), (r.Kind, r.WasNormalized, r.E0, r.EdgeStep, r.NNorm, r.NVict));
        Assert.Equal(new FitLimits(expected.Pre1, expected.Pre2, expected.Norm1, expected.Norm2), r.Limits);
        Assert.Equal(expected.Flat.ToArray(), r.Flat.ToArray());
        Assert.Empty(r.Warnings);
    }

    [Fact]
    public void None_leaves_mu_as_it_is_and_still_finds_the_edge()
    {
        var r = SpectrumNormalizer.Normalize(_energies, _mu, new() { Kind = NormalizationKind.None });
        Assert.Equal((NormalizationKind.None, false, 1.0), (r.Kind, r.WasNormalized, r.EdgeStep));
        Assert.Equal(_mu, r.Norm.ToArray());
        Assert.InRange(r.E0!.Value, 7111, 7113);
        Assert.Empty(r.Warnings);

        var short_ = SpectrumNormalizer.Normalize(_energies.AsSpan(0, 5), _mu.AsSpan(0, 5), new() { Kind = NormalizationKind.None });
        Assert.Null(short_.E0);
        Assert.Contains("E0 is not found: the spectrum has 5 points", Assert.Single(short_.Warnings), StringComparison.Ordinal);
    }

    // Oracle: the definition. Range -20 to 80 eV about E0 on a 0.5 eV grid: 201 points; mean by the trapezoid rule.
    [Fact]
    public void Area_gives_a_mean_of_one_over_the_range()
    {
        var r = SpectrumNormalizer.Normalize(_energies, _mu, new() { Kind = NormalizationKind.Area, PreEdge = new() { E0 = 7112 } });
        int first = Array.IndexOf(_energies, 7092.0), last = Array.IndexOf(_energies, 7192.0);
        var part = r.Norm.Span[first..(last + 1)];
        double sum = -0.5 * (part[0] + part[^1]);
        foreach (double v in part)
            sum += v;
        Assert.Equal(1, sum * 0.5 / 100, 1e-12);
        Assert.Equal(0, part.ToArray().Min(), 1e-15);
        Assert.Equal((-20.0, 80.0), r.Range);
        Assert.Null(r.NNorm);
        for (int i = 0; i < _mu.Length; i += 100)
            Assert.Equal(_mu[i], r.PreEdge.Span[i] + (r.EdgeStep * r.Norm.Span[i]), 1e-12);
    }

    [Fact]
    public void MinMax_runs_from_zero_to_one_over_the_range_that_the_data_cover()
    {
        var r = SpectrumNormalizer.Normalize(_energies, _mu, new() { Kind = NormalizationKind.MinMax, RangeFirst = -500, RangeLast = 60, PreEdge = new() { E0 = 7112 } });
        double[] part = [.. Enumerable.Range(0, _energies.Length).Where(i => _energies[i] <= 7172).Select(i => r.Norm.Span[i])];
        Assert.Equal((0.0, 1.0), (part.Min(), part.Max()));
        Assert.Equal((-212.0, 60.0), r.Range);
    }

    [Fact]
    public void Normalized_input_is_recognised_by_word_or_by_look_and_left_as_it_is()
    {
        double[] done = ScanExamples.NormalizedMu();
        foreach (var kind in Enum.GetValues<NormalizationKind>().Where(k => k is not (NormalizationKind.None or NormalizationKind.Mback)))
        {
            var looks = SpectrumNormalizer.Normalize(Scan(done, SignalKind.Absorption), new() { Kind = kind });
            Assert.Equal((NormalizationKind.None, true), (looks.Kind, looks.WasNormalized));
            Assert.Equal(done, looks.Flat.ToArray());
            Assert.Contains("looks normalized", Assert.Single(looks.Warnings), StringComparison.Ordinal);
        }

        // A file's word counts even where the numbers look raw, and the user's word counts above both.
        Assert.True(SpectrumNormalizer.Normalize(Scan(_mu, SignalKind.Normalized)).WasNormalized);
        Assert.Contains("simulated", SpectrumNormalizer.Normalize(Scan(_mu, SignalKind.Simulated)).Warnings[0], StringComparison.Ordinal);
        Assert.True(SpectrumNormalizer.Normalize(Scan(_mu, SignalKind.Transmission), new() { Input = InputState.Normalized }).WasNormalized);
        var raw = SpectrumNormalizer.Normalize(Scan(done, SignalKind.Normalized), new() { Input = InputState.Raw });
        Assert.Equal((NormalizationKind.PreEdge, false), (raw.Kind, raw.WasNormalized));
        Assert.False(SpectrumNormalizer.Normalize(Scan(_mu, SignalKind.Transmission)).WasNormalized);
    }

    [Theory]
    [InlineData(1.0, 0.0)]
    [InlineData(1e6, 0.0)]
    [InlineData(0.0, 0.0)]
    [InlineData(1.0, 1e-10)]
    [InlineData(1.0, -1e-10)]
    [InlineData(0.0, 1e-13)]
    public void A_spectrum_without_an_edge_is_refused_with_its_step(double level, double step)
    {
        double[] mu = Array.ConvertAll(_energies, e => level + (e > 7112 ? step : 0));
        var options = new NormalizationOptions { PreEdge = new() { E0 = 7112 } };
        var e = Assert.Throws<XanesDataException>(() => SpectrumNormalizer.Normalize(_energies, mu, options));
        Assert.Contains("there is no edge: its step is ", e.Problem, StringComparison.Ordinal);
        Assert.Contains("E0 and fit ranges by hand", e.Remedy, StringComparison.Ordinal);
        // xraylarch's numbers stay those of the arithmetic below.
        Assert.InRange(PreEdgeNormalizer.Normalize(_energies, mu, options.PreEdge).EdgeStep, 1e-12, 1e-3);
    }

    [Fact]
    public void Small_edges_on_a_large_background_are_normalized()
    {
        double[] mu = Array.ConvertAll(_energies, e => 100 + (e > 7112 ? 1e-4 : 0));
        Assert.Equal(1e-4, SpectrumNormalizer.Normalize(_energies, mu, new() { PreEdge = new() { E0 = 7112 } }).EdgeStep, 1e-8);
    }

    [Fact]
    public void Fit_ranges_on_the_wrong_side_of_the_edge_are_said()
    {
        string Warning(PreEdgeOptions options) => Assert.Single(SpectrumNormalizer.Normalize(_energies, _mu, new() { PreEdge = options with { E0 = 7112 } }).Warnings);
        Assert.Equal("the pre-edge fit reaches 30 eV above E0", Warning(new() { Pre1 = -100, Pre2 = 30 }));
        Assert.Equal("the post-edge fit begins 15 eV below E0", Warning(new() { Norm1 = -15, Norm2 = 300 }));
    }

    [Fact]
    public void Unusable_input_is_refused_with_the_file_and_a_remedy()
    {
        string Message(Func<object> act)
        {
            var e = Assert.Throws<XanesDataException>(act);
            Assert.False(string.IsNullOrEmpty(e.Remedy));
            return e.Message;
        }

        Assert.StartsWith("folder/scan.xdi: option E0: E0 9000 eV lies outside", Message(() => SpectrumNormalizer.Normalize(Scan(_mu, SignalKind.Absorption), new() { PreEdge = new() { E0 = 9000 } })), StringComparison.Ordinal);
        Assert.Contains("option Mback: MBACK needs tabulated f2", Message(() => SpectrumNormalizer.Normalize(_energies, _mu, new() { Kind = NormalizationKind.Mback })), StringComparison.Ordinal);
        Assert.Contains("the range is 80 to -20 eV", Message(() => SpectrumNormalizer.Normalize(_energies, _mu, new() { RangeFirst = 80, RangeLast = -20 })), StringComparison.Ordinal);
        Assert.Contains("has 0 points", Message(() => SpectrumNormalizer.Normalize(_energies, _mu, new() { Kind = NormalizationKind.MinMax, RangeFirst = 900, RangeLast = 950 })), StringComparison.Ordinal);
        Assert.Contains("is 0 everywhere", Message(() => SpectrumNormalizer.Normalize(_energies, new double[_mu.Length], new() { Kind = NormalizationKind.Area, PreEdge = new() { E0 = 7112 } })), StringComparison.Ordinal);
        Assert.Contains("E0 9000 eV lies outside", Message(() => SpectrumNormalizer.Normalize(_energies, _mu, new() { Kind = NormalizationKind.None, PreEdge = new() { E0 = 9000 } })), StringComparison.Ordinal);
    }
}
