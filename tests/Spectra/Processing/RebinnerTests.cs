using Xunit;
using XanesMl.Spectra.Processing;
using XanesMl.Spectra.Tests.Normalization;

namespace XanesMl.Spectra.Tests.Processing;

public sealed class RebinnerTests
{
    private readonly double[] _energies = ScanExamples.Energies();

    [Fact]
    public void Grid_has_three_regions_with_the_steps_that_were_asked_for()
    {
        double[] grid = Rebinner.Grid(6900, 7900, 7112, new RebinOptions()).Energies.ToArray();
        // 7082 - 18 * 10 = 6902 is the lowest pre-edge point; XANES from 7082 to 7162 in 160 steps; then k.
        Assert.Equal(6902, grid[0]);
        Assert.All(Enumerable.Range(0, 18), i => Assert.Equal(10, grid[i + 1] - grid[i], 1e-9));
        Assert.Equal(7082, grid[18]);
        Assert.All(Enumerable.Range(18, 160), i => Assert.Equal(0.5, grid[i + 1] - grid[i], 1e-9));
        Assert.Equal(7162, grid[178], 1e-9);
        double[] k = [.. grid[178..].Select(e => Math.Sqrt(0.2624682843 * (e - 7112)))]; // 2m/hbar^2 of CODATA 2018
        Assert.All(Enumerable.Range(0, k.Length - 1), i => Assert.Equal(0.05, k[i + 1] - k[i], 1e-6));
        Assert.InRange(grid[^1], 7900 - 15, 7900);
    }

    [Fact]
    public void Averages_keep_the_area_and_lie_on_a_straight_line_exactly()
    {
        double[] line = Array.ConvertAll(_energies, e => 3 - (0.01 * (e - 7000)));
        var (grid, mu) = Rebinner.Rebin(_energies, line, new() { E0 = 7112 });
        for (int i = 1; i < mu.Length - 1; i++)
        {
            // A bin's centre of gravity is the middle of its two ends.
            double middle = 0.25 * (grid[i - 1] + (2 * grid[i]) + grid[i + 1]);
            Assert.Equal(3 - (0.01 * (middle - 7000)), mu[i], 1e-10);
        }

        // Bins that tile the data: sum of value times width is the trapezoid integral of the points.
        double[] scan = ScanExamples.Mu(), random = [.. Enumerable.Range(0, 40).Select(i => 6950 + (i * 20.0) + (7 * Math.Sin(i)))];
        var bins = new EnergyGrid(random);
        double[] averages = Rebinner.Average(_energies, scan, bins);
        double sum = 0, low = (1.5 * bins[0]) - (0.5 * bins[1]), first = low;
        for (int i = 0; i < bins.Count; i++)
        {
            double high = i == bins.Count - 1 ? (1.5 * bins[^1]) - (0.5 * bins[^2]) : 0.5 * (bins[i] + bins[i + 1]);
            sum += averages[i] * (high - low);
            low = high;
        }

        Assert.Equal(Integral(scan, first, low), sum, 1e-9);
    }

    [Fact]
    public void Noise_of_a_fine_scan_averages_out()
    {
        var random = new Random(1);
        double[] fine = [.. Enumerable.Range(0, 40_000).Select(i => 7000 + (0.01 * i))];
        double[] mu = Array.ConvertAll(fine, e => 1 + (random.NextDouble() - 0.5));
        var (grid, averaged) = Rebinner.Rebin(fine, mu, new() { E0 = 7112 });
        double[] xanes = [.. Enumerable.Range(1, grid.Count - 2).Where(i => grid[i] > 7083 && grid[i] < 7160).Select(i => averaged[i] - 1)];
        // 50 points a bin: the deviation of uniform noise, 1/sqrt(12), over the root of 50.
        Assert.Equal(1 / Math.Sqrt(12 * 50), Math.Sqrt(xanes.Average(v => v * v)), 0.01);
    }

    [Fact]
    public void A_bin_without_a_point_gets_the_line_through_it()
    {
        double[] averages = Rebinner.Average([0, 10, 20], [0, 1, 0], new EnergyGrid([3, 4, 5]));
        Assert.Equal([0.3, 0.4, 0.5], averages.Select(a => Math.Round(a, 12)));
    }

    [Fact]
    public void Wrong_options_and_grids_are_refused()
    {
        string Message(Func<object> act) => Assert.Throws<XanesDataException>(act).Message;
        double[] mu = ScanExamples.Mu();
        Assert.Contains("a step is 0", Message(() => Rebinner.Rebin(_energies, mu, new() { KStep = 0 })), StringComparison.Ordinal);
        Assert.Contains("XANES region is 20 to 10 eV", Message(() => Rebinner.Rebin(_energies, mu, new() { XanesFirst = 20, XanesLast = 10 })), StringComparison.Ordinal);
        Assert.Contains("reaches beyond the data", Message(() => Rebinner.Average(_energies, mu, new EnergyGrid([6800, 7000]))), StringComparison.Ordinal);
        Assert.Contains("0 points of the new grid", Message(() => Rebinner.Grid(6900, 7900, 20_000, new() { PreEdgeStep = 1e5 })), StringComparison.Ordinal);
        Assert.Contains("at most 1000000 points", Message(() => Rebinner.Rebin(_energies, mu, new() { E0 = 7112, XanesFirst = -1e6, XanesStep = 0.001 })), StringComparison.Ordinal);
    }

    // Without the check the wave numbers from E0 to the data are 1e10 points.
    [Theory]
    [InlineData(-1e18)]
    [InlineData(6899)]
    [InlineData(7901)]
    [InlineData(1e18)]
    [InlineData(double.NaN)]
    public void An_edge_outside_the_scan_is_refused_at_once(double e0)
    {
        Assert.Contains("lies outside the scan, 6900 to 7900 eV", Assert.Throws<XanesDataException>(() => Rebinner.Rebin(_energies, ScanExamples.Mu(), new() { E0 = e0 })).Message, StringComparison.Ordinal);
        if (Math.Abs(e0) > 1e6 || double.IsNaN(e0))
            Assert.Contains("at most 1000000 points", Assert.Throws<XanesDataException>(() => Rebinner.Grid(6900, 7900, e0, new())).Message, StringComparison.Ordinal);
    }

    private double Integral(double[] mu, double from, double to)
    {
        double sum = 0;
        const int Steps = 2_000_000;
        // Midpoints of steps so small that each lies within one segment but for a few.
        for (int s = 0; s < Steps; s++)
        {
            double e = from + ((s + 0.5) * (to - from) / Steps);
            int i = (int)((e - 6900) / 0.5);
            sum += mu[i] + ((e - _energies[i]) / 0.5 * (mu[i + 1] - mu[i]));
        }

        return sum * (to - from) / Steps;
    }
}
