using CsCheck;
using Xunit;
using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Normalization;
using XanesMl.Spectra.Processing;

namespace XanesMl.Spectra.Tests.Processing;

/// <summary>Any finite increasing data, however silly, give finite results or our own error.</summary>
public sealed class HostileDataTests
{
    private static readonly Gen<(double[] Energies, double[] Mu)> s_scans =
        Gen.Select(Gen.Double[1e-3, 60], Gen.OneOf(Gen.Double[-3, 3], Gen.Const(0.0), Gen.Double[-1e9, 1e9])).Array[1, 80].Select(points =>
        {
            var energies = new double[points.Length];
            double at = 6900;
            for (int i = 0; i < energies.Length; i++)
                energies[i] = at += points[i].Item1;
            return (energies, Array.ConvertAll(points, p => p.Item2));
        });

    [Fact]
    public void Normalization_of_every_kind()
    {
        double[] table = [6000, 7000, 7100, 7113, 7300, 12000];
        var f2 = new MbackOptions(table, [0.6, 0.5, 0.48, 3.9, 3.7, 1.5]);
        Gen.Select(s_scans, Gen.Int[0, 4], Gen.Int[0, 2], Gen.Int[0, 5]).Sample((scan, kind, input, order) => Finite(() =>
        {
            var r = SpectrumNormalizer.Normalize(scan.Energies, scan.Mu, new() { Kind = (NormalizationKind)kind, Input = (InputState)input, Mback = f2 with { Order = order } });
            return [.. r.Norm.Span, .. r.Flat.Span, .. r.PreEdge.Span, .. r.PostEdge.Span, r.EdgeStep];
        }), iter: 1500);
    }

    [Fact]
    public void Deglitching_and_rebinning() => Gen.Select(s_scans, Gen.Int[1, 5], Gen.Bool).Sample((scan, width, protect) => Finite(() =>
    {
        var r = Deglitcher.Remove(scan.Energies, scan.Mu, new() { WidestGlitch = width, ProtectLast = protect ? 50 : -100 });
        Assert.Equal(scan.Energies.Length, r.Energies.Length + r.Removed.Count);
        return Rebinner.Rebin(r.Energies.Span, r.Mu.Span).Mu;
    }), iter: 1500);

    [Fact]
    public void Merging() => Gen.Select(s_scans, s_scans).Sample((a, b) => Finite(() =>
    {
        static MeasuredSpectrum Scan((double[] Energies, double[] Mu) s) => new()
        {
            Energies = s.Energies, Mu = s.Mu, Signal = SignalKind.Absorption, Name = "s", Path = "s", Format = "", Columns = "",
        };
        var r = ScanMerger.Merge([Scan(a), Scan(b)]);
        return [.. r.Spectrum.Mu.Span, .. r.StandardDeviation.Span];
    }), iter: 1500);

    private static void Finite(Func<double[]> act)
    {
        try
        {
            Assert.All(act(), v => Assert.True(double.IsFinite(v)));
        }
        catch (XanesDataException e)
        {
            Assert.False(string.IsNullOrEmpty(e.Remedy));
        }
    }
}
