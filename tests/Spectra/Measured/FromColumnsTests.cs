using XanesMl.Spectra.Measured;
using Xunit;

namespace XanesMl.Spectra.Tests.Measured;

/// <summary>Columns in memory get the care that a file's columns get.</summary>
public sealed class FromColumnsTests
{
    [Fact]
    public void Energies_are_put_in_order_averaged_and_turned_into_eV()
    {
        var s = MeasuredSpectrumReader.FromColumns([8.99, 8.98, 8.98, 8.97], [3, 2, 4, 1], "scan 7", element: "Cu");
        Assert.Equal([8970, 8980, 8990], s.Energies.ToArray());
        Assert.Equal([1, 3, 3], s.Mu.ToArray());
        Assert.Equal(("scan 7", "Cu", SignalKind.Absorption), (s.Name, s.Element, s.Signal));
        Assert.Contains(s.Warnings, w => w.Contains("turned round", StringComparison.Ordinal));
        Assert.Contains(s.Warnings, w => w.Contains("averaged", StringComparison.Ordinal));
        Assert.Contains(s.Warnings, w => w.Contains("keV", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(new double[0], new double[0], "0 energies come with 0")]
    [InlineData(new[] { 8980.0, 8990 }, new[] { 1.0 }, "2 energies come with 1")]
    [InlineData(new[] { 8980.0, 8980 }, new[] { 1.0, 2 }, "only 1 usable point")]
    [InlineData(new[] { -5.0, 5 }, new[] { 1.0, 2 }, "no photon energies")]
    [InlineData(new[] { 8980.0, double.NaN, double.NaN }, new[] { 1.0, 2, 3 }, "2 of 3 points")]
    public void What_is_no_spectrum_is_refused(double[] energies, double[] mu, string message)
    {
        var e = Assert.Throws<XanesDataException>(() => MeasuredSpectrumReader.FromColumns(energies, mu, "scan 7"));
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
        Assert.Equal("scan 7", e.InputSource);
        Assert.NotNull(e.Remedy);
    }
}
