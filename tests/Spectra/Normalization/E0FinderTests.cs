using Xunit;
using XanesMl.Spectra.Normalization;

namespace XanesMl.Spectra.Tests.Normalization;

public sealed class E0FinderTests
{
    private static double[] Energies(int n, double step) => [.. Enumerable.Range(0, n).Select(i => 7000 + (step * i))];

    [Theory]
    [InlineData(20, 5.0)]
    [InlineData(99, 1.0)]
    [InlineData(2000, 0.1)]
    public void Centre_of_an_ideal_edge_is_found_to_one_step(int n, double step)
    {
        double[] e = Energies(n, step);
        double centre = e[n / 2];
        double[] mu = Array.ConvertAll(e, x => Math.Atan((x - centre) / (2 * step)));
        Assert.InRange(E0Finder.Find(e, mu), (n / 2) - 1, (n / 2) + 1);
    }

    [Fact]
    public void Glitch_at_the_start_of_the_scan_does_not_win()
    {
        double[] e = Energies(400, 0.5);
        double[] mu = Array.ConvertAll(e, x => 0.5 + (Math.Atan(x - 7100) / Math.PI) + (x < 7006 ? (x - 7006) * 2 : 0));
        Assert.Equal(7100, e[E0Finder.Find(e, mu)], 1.01);
    }

    [Fact]
    public void Too_few_points_are_refused() =>
        Assert.Contains("at least 14", Assert.Throws<XanesDataException>(() => E0Finder.Find(Energies(13, 1), new double[13])).Message, StringComparison.Ordinal);
}
