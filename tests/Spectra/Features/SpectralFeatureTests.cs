using CsCheck;
using XanesMl.Spectra.Features;
using Xunit;

namespace XanesMl.Spectra.Tests.Features;

/// <summary>Features of curves whose truth is an expression.</summary>
public sealed class SpectralFeatureTests
{
    private static readonly EnergyGrid s_grid = EnergyGrid.Uniform(-30, 60, 301);   // 0.3 eV

    private static SpectralFeatures Of(SyntheticSpectrum spectrum, EnergyGrid? grid = null, double? e0 = null, SpectralFeatureOptions? options = null) =>
        new SpectralFeatureExtractor(grid ?? s_grid, options).Extract(spectrum.On(grid ?? s_grid), e0);

    /// <summary>Oracle: roots of the exact curve. The tolerances are what a fit 4 eV wide takes off features of sigma 2.5 eV.</summary>
    [Fact]
    public void Edge_and_extremes_are_those_of_the_exact_curve()
    {
        var truth = SyntheticSpectrum.Oxide;
        var f = Of(truth, e0: 0);
        Assert.Equal(SyntheticSpectrum.Root(e => truth.At(e) - 0.5, -4, 4), f.EdgeEnergy, 0.05);
        double main = SyntheticSpectrum.Root(truth.Slope, 5, 10), pit = SyntheticSpectrum.Root(truth.Slope, 11, 20), second = SyntheticSpectrum.Root(truth.Slope, 20, 30);
        Assert.Equal(main, f.MainPeak.Energy, 0.02);
        Assert.Equal(truth.At(main), f.MainPeak.Intensity, 0.005);
        Assert.Equal(truth.Curvature(main), f.MainPeak.Curvature, 0.1 * Math.Abs(truth.Curvature(main)));
        Assert.Equal(pit, f.Pit.Energy, 0.15);   // a pit between a narrow and a wide peak is no parabola
        Assert.Equal(truth.At(pit), f.Pit.Intensity, 0.002);
        Assert.True(f.Pit.Curvature > 0 && f.SecondPeak.Curvature < 0);
        Assert.Equal(second, f.SecondPeak.Energy, 0.02);
        Assert.Equal(truth.At(second), f.SecondPeak.Intensity, 0.002);
        Assert.Equal(truth.Curvature(second), f.SecondPeak.Curvature, 0.05 * Math.Abs(truth.Curvature(second)));
    }

    /// <summary>Oracle: the largest slope of the exact curve, on a grid of 1e-4 eV. A wide edge, since a narrow one is narrower than the fit.</summary>
    [Fact]
    public void Inflection_is_where_the_exact_curve_rises_most()
    {
        var truth = new SyntheticSpectrum(0, 4, (0.15, -15, 1.0), (0.3, 12, 4));
        double steepest = Enumerable.Range(-60_000, 120_000).Select(i => i * 1e-4).MaxBy(truth.Slope);
        var f = Of(truth);
        Assert.Equal(steepest, f.InflectionEnergy, 0.1);
        Assert.Equal(truth.Slope(steepest), f.EdgeSlope, 0.002);
        Assert.Equal(f.InflectionEnergy, f.E0);
    }

    /// <summary>Oracle: the Gaussian itself, sqrt(2 pi) A S. The straight background below a convex tail takes a little off, never adds.</summary>
    [Theory]
    [InlineData(0.02, 1.3)]
    [InlineData(0.12, 1.3)]
    [InlineData(0.5, 1.0)]
    public void Pre_edge_peak_is_measured_above_the_tail(double height, double sigma)
    {
        var f = Of(new SyntheticSpectrum(0, 1.2, (height, -10, sigma), (0.7, 7, 2.5)), options: new SpectralFeatureOptions { FitWidth = 2 });
        Assert.Equal(-10, f.PreEdge.Energy, 0.3);
        Assert.InRange(f.PreEdge.Height, 0.6 * height, height);
        Assert.InRange(f.PreEdge.Area / (Math.Sqrt(2 * Math.PI) * height * sigma), 0.5, 1);
    }

    [Fact]
    public void Pre_edge_area_is_nearly_that_of_a_strong_peak_far_below_the_edge()
    {
        var f = Of(new SyntheticSpectrum(0, 0.6, (0.5, -14, 1.0), (0.7, 7, 2.5)), options: new SpectralFeatureOptions { FitWidth = 2 });
        Assert.Equal(-14, f.PreEdge.Energy, 0.02);
        Assert.Equal(0.5, f.PreEdge.Height, 0.02);
        Assert.Equal(Math.Sqrt(2 * Math.PI) * 0.5, f.PreEdge.Area, 0.05);
    }

    [Fact]
    public void A_feature_that_is_not_there_is_NaN()
    {
        // No Gaussian: an edge and nothing else.
        var bare = Of(new SyntheticSpectrum(0, 1.5));
        Assert.Equal(0, bare.EdgeEnergy, 0.01);
        Assert.Equal(0, bare.InflectionEnergy, 0.01);
        Assert.All(new[] { bare.PreEdge.Energy, bare.PreEdge.Height, bare.PreEdge.Area, bare.MainPeak.Energy, bare.Pit.Energy, bare.SecondPeak.Intensity }, v => Assert.True(double.IsNaN(v)));

        // A white line only: after it the curve falls to a pit or the end of the grid, and never rises again by 0.005.
        var white = Of(new SyntheticSpectrum(0, 0.3, (0.7, 7, 2.5)));
        Assert.False(double.IsNaN(white.MainPeak.Energy));
        Assert.True(double.IsNaN(white.SecondPeak.Energy));

        // The spectrum begins above half the step: where the edge lies is not known.
        var cut = Of(SyntheticSpectrum.Oxide, EnergyGrid.Uniform(2, 60, 200));
        Assert.True(double.IsNaN(cut.EdgeEnergy) && double.IsNaN(cut.E0) && double.IsNaN(cut.MainPeak.Energy));

        // The spectrum begins within the pre-edge peak: there is no background on its left.
        Assert.True(double.IsNaN(Of(SyntheticSpectrum.Oxide, EnergyGrid.Uniform(-9.5, 60, 233)).PreEdge.Height));

        // The left foot is nearer to the first point than the fit is wide; 4 eV lower there is background enough.
        Assert.True(double.IsNaN(Of(SyntheticSpectrum.Oxide, EnergyGrid.Uniform(-15, 60, 251)).PreEdge.Height));
        Assert.Equal(-9, Of(SyntheticSpectrum.Oxide, EnergyGrid.Uniform(-20, 60, 267)).PreEdge.Energy, 0.4);

        // A shoulder 4 eV below the edge of a spectrum that begins 9 eV below it, and the same spectrum from 20 eV below.
        var shoulder = new SyntheticSpectrum(0, 0.5, (0.3, -4, 0.8), (0.7, 7, 2.5));
        Assert.True(double.IsNaN(Of(shoulder, EnergyGrid.Uniform(-9.5, 60, 233), options: new SpectralFeatureOptions { FitWidth = 2 }).PreEdge.Height));
        Assert.False(double.IsNaN(Of(shoulder, EnergyGrid.Uniform(-20, 60, 267), options: new SpectralFeatureOptions { FitWidth = 2 }).PreEdge.Height));

        // Nothing at all.
        var flat = new SpectralFeatureExtractor(s_grid).Extract(new double[301]);
        Assert.All(flat.ToArray(), v => Assert.True(double.IsNaN(v)));
    }

    /// <summary>A peak too small for the noise is no peak: false pre-edge peaks of a bare edge with noise are rare.</summary>
    [Fact]
    public void Noise_makes_no_features()
    {
        var edge = new SyntheticSpectrum(0, 1.5, (0.5, 7, 3));
        var extractor = new SpectralFeatureExtractor(s_grid);
        var random = new Random(5);
        int preEdge = 0;
        for (int t = 0; t < 100; t++)
            preEdge += double.IsNaN(extractor.Extract(Noisy(edge.On(s_grid), 0.02, random)).PreEdge.Height) ? 0 : 1;
        Assert.InRange(preEdge, 0, 5);
    }

    [Fact]
    public void Noise_moves_features_little()
    {
        var extractor = new SpectralFeatureExtractor(s_grid);
        var clean = extractor.Extract(SyntheticSpectrum.Oxide.On(s_grid));
        var random = new Random(6);
        SpectralFeatures[] noisy = [.. Enumerable.Range(0, 50).Select(_ => extractor.Extract(Noisy(SyntheticSpectrum.Oxide.On(s_grid), 0.01, random)))];
        Within(f => f.EdgeEnergy, 0.06);
        Within(f => f.MainPeak.Energy, 0.2);
        Within(f => f.MainPeak.Intensity, 0.02);
        Within(f => f.Pit.Energy, 1);
        Within(f => f.PreEdge.Energy, 0.7);
        Within(f => f.PreEdge.Height, 0.03);

        // Largest of 50: about 2.5 standard deviations.
        void Within(Func<SpectralFeatures, double> of, double tolerance) => Assert.All(noisy, f => Assert.Equal(of(clean), of(f), tolerance));
    }

    [Theory]
    [InlineData(181, 0.03)]   // 0.5 eV
    [InlineData(91, 0.3)]     // 1 eV
    public void A_coarse_grid_has_the_same_features(int points, double tolerance)
    {
        var fine = Of(SyntheticSpectrum.Oxide);
        var coarse = Of(SyntheticSpectrum.Oxide, EnergyGrid.Uniform(-30, 60, points));
        Assert.Equal(fine.EdgeEnergy, coarse.EdgeEnergy, tolerance);
        Assert.Equal(fine.InflectionEnergy, coarse.InflectionEnergy, tolerance);
        Assert.Equal(fine.MainPeak.Energy, coarse.MainPeak.Energy, tolerance);
        Assert.Equal(fine.MainPeak.Intensity, coarse.MainPeak.Intensity, tolerance / 10);
        Assert.Equal(fine.Pit.Energy, coarse.Pit.Energy, tolerance);
        Assert.Equal(fine.PreEdge.Energy, coarse.PreEdge.Energy, tolerance);
    }

    [Fact]
    public void Moving_the_energies_moves_every_energy_and_nothing_else() => Generated.Sample((spectrum, grid, shift) =>
    {
        var here = Of(spectrum, grid);
        var there = new SpectralFeatureExtractor(grid.Shift(shift)).Extract(spectrum.On(grid));
        double[] a = here.ToArray(), b = there.ToArray();
        for (int i = 0; i < a.Length; i++)
            Assert.Equal(a[i] + (SpectralFeatures.Names[i].EndsWith("Energy", StringComparison.Ordinal) ? shift : 0), b[i], 1e-6);
    }, iter: 100);

    [Fact]
    public void Scaling_with_the_edge_step_scales_intensities_and_moves_nothing() => Generated.Sample((spectrum, grid, number) =>
    {
        double scale = Math.Pow(10, number / 5000);
        var one = Of(spectrum, grid);
        var scaled = new SpectralFeatureExtractor(grid, new SpectralFeatureOptions { EdgeStep = scale }).Extract([.. spectrum.On(grid).Select(v => v * scale)]);
        double[] a = one.ToArray(), b = scaled.ToArray();
        for (int i = 0; i < a.Length; i++)
        {
            bool position = SpectralFeatures.Names[i].EndsWith("Energy", StringComparison.Ordinal) || SpectralFeatures.Names[i].EndsWith("Offset", StringComparison.Ordinal);
            Assert.Equal(a[i], position ? b[i] : b[i] / scale, 1e-6);
        }
    }, iter: 100);

    [Fact]
    public void Hostile_input_gives_a_reason()
    {
        var extractor = new SpectralFeatureExtractor(s_grid);
        Assert.Contains("300 absorption values come with 301 energies", Assert.Throws<XanesDataException>(() => extractor.Extract(new double[300])).Message, StringComparison.Ordinal);
        double[] broken = SyntheticSpectrum.Oxide.On(s_grid);
        broken[10] = double.NaN;
        Assert.Contains("absorption is NaN at -27 eV", Assert.Throws<XanesDataException>(() => extractor.Extract(broken)).Message, StringComparison.Ordinal);
        Assert.Contains("at least 8 points, got 7", Assert.Throws<XanesDataException>(() => new SpectralFeatureExtractor(EnergyGrid.Uniform(0, 6, 7))).Message, StringComparison.Ordinal);
        Assert.Contains("FitWidth is -1", Assert.Throws<XanesDataException>(() => new SpectralFeatureExtractor(s_grid, new SpectralFeatureOptions { FitWidth = -1 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_the_numbers_are_every_answer_is_a_number_or_NaN() => Gen.Double[-3, 3].Array[8, 60].Sample(mu =>
    {
        var f = new SpectralFeatureExtractor(EnergyGrid.Uniform(0, mu.Length, mu.Length)).Extract(mu);
        Assert.DoesNotContain(f.ToArray(), double.IsInfinity);
        if (!double.IsNaN(f.Pit.Energy))
            Assert.True(f.Pit.Energy >= f.MainPeak.Energy && !(f.SecondPeak.Energy < f.Pit.Energy));
    }, iter: 300);

    [Fact]
    public void Names_and_values_belong_together()
    {
        var f = Of(SyntheticSpectrum.Oxide, e0: -1.5);
        double[] v = f.ToArray();
        Assert.Equal(21, v.Length);
        Assert.Equal((v.Length, v.Length), (SpectralFeatures.Names.Count, SpectralFeatures.Units.Count));
        Assert.Equal(f.MainPeak.Energy + 1.5, Value("MainPeakOffset"));
        Assert.Equal(f.EdgeEnergy + 1.5, Value("EdgeOffset"));
        Assert.Equal(f.PreEdge.Area, Value("PreEdgeArea"));
        Assert.Equal(f.SecondPeak.Curvature, Value("SecondPeakCurvature"));

        double Value(string name) => v[SpectralFeatures.Names.ToList().IndexOf(name)];
    }

    private static double[] Noisy(double[] mu, double sigma, Random random) =>
        [.. mu.Select(m => m + (sigma * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];

    private static Gen<(SyntheticSpectrum Spectrum, EnergyGrid Grid, double Number)> Generated { get; } =
        Gen.Select(Gen.Double[0.5, 3], Gen.Double[0.02, 0.4], Gen.Double[0.1, 1], Gen.Double[0.05, 0.5], Gen.Int[100, 300], Gen.Double[-9000, 9000]).Select((width, pre, main, second, points, number) =>
            (new SyntheticSpectrum(0, width, (pre, -10, 1.3), (main, 7, 2.5), (second, 24, 4)), EnergyGrid.Uniform(-30, 60, points), number));
}
