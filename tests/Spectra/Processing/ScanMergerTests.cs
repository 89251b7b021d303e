using Xunit;
using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Processing;
using XanesMl.Spectra.Tests.Normalization;

namespace XanesMl.Spectra.Tests.Processing;

public sealed class ScanMergerTests
{
    private static readonly double[] s_energies = ScanExamples.Energies();

    private static MeasuredSpectrum Scan(double[] energies, double[] mu, string name = "a", string? element = "Fe", SignalKind signal = SignalKind.Transmission) => new()
    {
        Energies = energies, Mu = mu, Signal = signal, Name = name, Path = name + ".xdi", Format = "XDI 1.0", Columns = "mu = ln(i0 / itrans)", Element = element, Sample = "rust",
    };

    // Oracle: numpy 1.24.2: mean and std(ddof=1) of [1, 2, 4] are 2.3333333333333335 and 1.5275252316519468.
    [Fact]
    public void Mean_and_standard_deviation_of_three_scans()
    {
        var r = ScanMerger.Merge([.. new[] { 1.0, 2, 4 }.Select((f, i) => Scan(s_energies, Array.ConvertAll(ScanExamples.Mu(), m => f * m), "abc"[i].ToString()))]);
        double[] mu = ScanExamples.Mu();
        for (int i = 0; i < mu.Length; i += 50)
        {
            Assert.Equal(2.3333333333333335 * mu[i], r.Spectrum.Mu.Span[i], 1e-12);
            Assert.Equal(1.5275252316519468 * mu[i], r.StandardDeviation.Span[i], 1e-12);
        }

        Assert.Equal((3, "Fe", "rust", SignalKind.Transmission, "mean of 3 scans: mu = ln(i0 / itrans)"), (r.Scans, r.Spectrum.Element, r.Spectrum.Sample, r.Spectrum.Signal, r.Spectrum.Columns));
        Assert.Equal(s_energies, r.Spectrum.Energies.ToArray());
        Assert.Empty(r.Spectrum.Warnings);
    }

    // Oracle by hand: weights 3 and 1 of values 1 and 2: mean 1.25; variance (3 * 0.0625 + 0.5625) / (4 - 10/4) = 0.5. Weights of 1 are no weights.
    [Fact]
    public void Weights_count()
    {
        MeasuredSpectrum[] scans = [Scan([1, 2, 3], [1, 1, 1]), Scan([1, 2, 3], [2, 2, 2], "b")];
        var r = ScanMerger.Merge(scans, new() { Weights = [3, 1] });
        Assert.Equal([1.25, 1.25, 1.25], r.Spectrum.Mu.ToArray());
        Assert.Equal(Math.Sqrt(0.5), r.StandardDeviation.Span[0], 1e-15);
        Assert.Equal(ScanMerger.Merge(scans).StandardDeviation.ToArray(), ScanMerger.Merge(scans, new() { Weights = [7, 7] }).StandardDeviation.ToArray());
    }

    [Fact]
    public void Scans_on_other_energies_are_interpolated_onto_the_part_that_all_cover()
    {
        // An edge 3 eV wide: a line between points 0.5 eV apart is off by less than 0.5^2/8 times the second derivative, 0.65/(9 pi), so by 7e-4.
        static double[] Edge(double[] energies) => Array.ConvertAll(energies, e => Math.Atan((e - 7112) / 3) / Math.PI);
        double[] shifted = [.. Enumerable.Range(0, 600).Select(i => 6950.2 + (0.5 * i))];
        MeasuredSpectrum[] scans = [Scan(s_energies, Edge(s_energies)), Scan(shifted, Edge(shifted), "b")];
        var r = ScanMerger.Merge(scans);
        double[] energies = r.Spectrum.Energies.ToArray();
        Assert.Equal((6950.5, 7249.5), (energies[0], energies[^1]));
        Assert.All(Edge(energies).Zip(r.Spectrum.Mu.ToArray()), p => Assert.Equal(p.First, p.Second, 7e-4));
        Assert.Contains("overlap only in part", Assert.Single(r.Spectrum.Warnings), StringComparison.Ordinal);
        var onGrid = ScanMerger.Merge(scans, new() { Grid = new EnergyGrid([7110.1, 7111.7]) });
        Assert.Equal([7110.1, 7111.7], onGrid.Spectrum.Energies.ToArray());
        Assert.Equal(Math.Atan(-0.1) / Math.PI, onGrid.Spectrum.Mu.Span[1], 7e-4);
    }

    [Fact]
    public void Scans_that_do_not_belong_together_are_refused()
    {
        double[] mu = ScanExamples.Mu(), elsewhere = Array.ConvertAll(s_energies, e => e + 100);
        string Message(MergeOptions? options, params MeasuredSpectrum[] scans)
        {
            var e = Assert.Throws<XanesDataException>(() => ScanMerger.Merge(scans, options));
            Assert.False(string.IsNullOrEmpty(e.Remedy));
            return e.Message;
        }

        var a = Scan(s_energies, mu);
        Assert.Contains("a.xdi has element Fe, b.xdi has Co", Message(null, a, Scan(s_energies, mu, "b", "Co")), StringComparison.Ordinal);
        Assert.Contains("different elements or edges", Message(null, a, Scan(elsewhere, mu, "b", element: null)), StringComparison.Ordinal);
        Assert.Contains("scales differ", Message(null, a, Scan(s_energies, mu, "b", "Fe", SignalKind.Fluorescence)), StringComparison.Ordinal);
        Assert.Contains("1 scans are given", Message(null, a), StringComparison.Ordinal);
        Assert.Contains("2 scans come with 1 weights", Message(new() { Weights = [1] }, a, a), StringComparison.Ordinal);
        Assert.Contains("a weight is 0", Message(new() { Weights = [1, 0] }, a, a), StringComparison.Ordinal);
        Assert.Contains("no range in common", Message(null, Scan([1, 2, 3], [1, 2, 3]), Scan([4, 5, 6], [1, 2, 3], "b")), StringComparison.Ordinal);
        Assert.Contains("reaches beyond what all scans cover", Message(new() { Grid = new EnergyGrid([1, 2]) }, a, a), StringComparison.Ordinal);
    }
}
