using Xunit;
using XanesMl.Spectra.Normalization;

namespace XanesMl.Spectra.Tests.Normalization;

public sealed class MbackTests
{
    // A made-up table with iron's edge: power laws on both sides.
    private static readonly double[] s_table = [6800, 6900, 7000, 7080, 7111, 7113, 7150, 7300, 7500, 7700, 8000];
    private static readonly PreEdgeOptions s_ranges = new() { E0 = 7112, Pre1 = -150, Pre2 = -50, Norm1 = 100, Norm2 = 700 };

    private readonly double[] _energies = ScanExamples.Energies();

    private static double Below(double e) => 0.48 * Math.Pow(e / 7112, -1.9);

    private static double Above(double e) => 3.9 * Math.Pow(e / 7112, -1.8);

    private static MbackOptions Table() => new(s_table, Array.ConvertAll(s_table, e => e < 7112 ? Below(e) : Above(e)));

    // A spectrum that is built from the model: f2 with an edge of 1.5 eV width, background and scale are known.
    private double[] Built(double scale, Func<double, double> background) => Array.ConvertAll(_energies, e =>
    {
        double step = Math.Abs(e - 7112) > 40 ? (e > 7112 ? 1 : 0) : 0.5 + (Math.Atan((e - 7112) / 1.5) / Math.PI);
        return (Below(e) + (step * (Above(e) - Below(e))) + background(e)) / scale;
    });

    [Fact]
    public void Scale_and_background_of_a_built_spectrum_come_back()
    {
        // The fit runs from 6962 to 7811.5 eV (index_of and nearest, the end not included): u is -1 and 1 there.
        double U(double e) => (e - 7386.75) / 424.75;
        var r = MbackNormalizer.Normalize(_energies, Built(2.5, e => 0.7 - (0.3 * U(e)) + (0.2 * ((1.5 * U(e) * U(e)) - 0.5))), Table(), s_ranges);
        Assert.Equal((6962.0, 7811.5), r.Mback!.BackgroundRange);
        Assert.Equal(2.5, r.Mback.Scale, 1e-10);
        Assert.Equal(0.7, r.Mback.BackgroundCoefficients[0], 1e-9);
        Assert.Equal(-0.3, r.Mback.BackgroundCoefficients[1], 1e-9);
        Assert.Equal(0.2, r.Mback.BackgroundCoefficients[2], 1e-9);
        Assert.Equal(3.9 - 0.48, r.Mback.EdgeJump, 1e-9);
        Assert.Equal(3.42 / 2.5, r.EdgeStep, 1e-9);
        Assert.InRange(r.Mback.Residual, 0, 1e-10);
        Assert.Equal((0.0, null), (r.Mback.ErfcAmplitude, r.Mback.ErfcWidth));
        for (int i = 0; i < _energies.Length; i++)
        {
            double e = _energies[i], step = Math.Abs(e - 7112) > 40 ? (e > 7112 ? 1 : 0) : 0.5 + (Math.Atan((e - 7112) / 1.5) / Math.PI);
            Assert.Equal(step * (Above(e) - Below(e)) / 3.42, r.Norm.Span[i], 1e-9);
            Assert.Equal(Below(e) + (step * (Above(e) - Below(e))), r.Mback.Matched.Span[i], 1e-9);
        }

        Assert.Equal(1, r.Flat.Span[1000], 1e-9);
    }

    // Scattering that a fluorescence detector lets through above K alpha: erfc of 300 eV width about 6404 eV, amplitude 1.5.
    [Fact]
    public void Erfc_of_a_built_spectrum_comes_back()
    {
        double[] mu = Built(0.8, e => 0.1 + (1.5 * ErrorFunction.Complement((e - 6404) / 300)));
        var found = MbackNormalizer.Normalize(_energies, mu, Table() with { Order = 0, EmissionEnergy = 6404 }, s_ranges).Mback!;
        Assert.Equal(0.8, found.Scale, 1e-6);
        Assert.Equal(300, found.ErfcWidth!.Value, 0.01);
        Assert.Equal(1.5, found.ErfcAmplitude, 1e-3);
        var given = MbackNormalizer.Normalize(_energies, mu, Table() with { Order = 0, EmissionEnergy = 6404, ErfcWidth = 300 }, s_ranges).Mback!;
        Assert.Equal(1.5, given.ErfcAmplitude, 1e-8);
        Assert.Equal(0.1, given.BackgroundCoefficients[0], 1e-9);
    }

    // Oracle: numpy 1.24.2, numpy.linalg.lstsq on the weighted equations of the remarks of MbackNormalizer.
    [Fact]
    public void A_spectrum_that_the_model_does_not_meet_gives_numpys_least_squares()
    {
        var r = MbackNormalizer.Normalize(_energies, ScanExamples.Mu(), Table(), s_ranges);
        Assert.Equal(2.78243771, r.Mback!.Scale, 6e-9);
        Assert.Equal(0.00437738, r.Mback.Residual, 6e-9);
        foreach (var (energy, norm, flat) in new[] { (7100.0, 0.034299974906488645, 0.034299974906488645), (7113, 0.6954209129128434, 0.6956719836779117), (7131, 1.2240968222667867, 1.228850410314838), (7500, 0.9081098377834003, 0.998620365137042) })
        {
            int i = Array.IndexOf(_energies, energy);
            Assert.Equal(norm, r.Norm.Span[i], 1e-9);
            Assert.Equal(flat, r.Flat.Span[i], 1e-9);
        }
    }

    // Oracle: scipy 1.10.1, scipy.special.erfc.
    [Theory]
    [InlineData(-3, 1.9999779095030015)]
    [InlineData(-0.5, 1.5204998778130465)]
    [InlineData(0, 1)]
    [InlineData(0.1, 0.8875370839817152)]
    [InlineData(1, 0.15729920705028513)]
    [InlineData(2.4999, 0.0004071699003334512)]
    [InlineData(2.5, 0.00040695201744495886)]
    [InlineData(3, 2.2090496998585438e-05)]
    [InlineData(5, 1.5374597944280347e-12)]
    [InlineData(10, 2.088487583762545e-45)]
    public void Erfc_is_scipys(double x, double expected) => Assert.Equal(1, ErrorFunction.Complement(x) / expected, 5e-12);

    [Fact]
    public void Table_is_read_from_two_columns()
    {
        using var folder = new TemporaryFolder();
        string path = folder.WriteText("f2.dat", "# made up\n6800 0.52\n7111,0.48\r\n 7113\t; 3.9 extra\n\n8000 3.2\n");
        var table = MbackOptions.Read(path);
        Assert.Equal([6800, 7111, 7113, 8000], table.Energies.ToArray());
        Assert.Equal([0.52, 0.48, 3.9, 3.2], table.F2.ToArray());
    }

    [Theory]
    [InlineData("6800 0.5\n7000\n", "line 2, column 2: the line has too few columns")]
    [InlineData("6800 0.5\n7000 abc\n", "line 2, column 2: 'abc' is not a number")]
    [InlineData("6800 0.5\n7000 nan\n", "line 2, column 2: 'nan' is not a number")]
    [InlineData("6800 0.5\n7000 0.4\n6900 0.3\n7100 3\n", "point 3: energy 6900 eV is not above")]
    [InlineData("6800 0.5\n7000 0.4\n7100 3\n", "3 points, at least 4")]
    [InlineData("6800 0.5\n7000 0.4\n7100 -3\n7200 1\n", "f2 at 7100 eV is -3")]
    public void Bad_tables_are_refused_with_file_and_line(string text, string problem)
    {
        using var folder = new TemporaryFolder();
        string path = folder.WriteText("f2.dat", text);
        var e = Assert.Throws<XanesDataException>(() => MbackOptions.Read(path));
        Assert.Contains(path, e.Message, StringComparison.Ordinal);
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.Throws<XanesDataException>(() => MbackOptions.Read(folder["absent"]));
    }

    [Fact]
    public void Tables_and_spectra_that_do_not_fit_are_refused()
    {
        string Message(double[] mu, MbackOptions o, PreEdgeOptions? r = null) => Assert.Throws<XanesDataException>(() => MbackNormalizer.Normalize(_energies, mu, o, r ?? s_ranges)).Message;
        double[] mu = ScanExamples.Mu();
        Assert.Contains("reaches from 7000 to 8000 eV", Message(mu, new([7000, 7111, 7113, 8000], [0.5, 0.48, 3.9, 3.2])), StringComparison.Ordinal);
        Assert.Contains("near 7310 eV, does not lie between", Message(mu, new([6800, 7300, 7320, 8000], [0.5, 0.48, 3.9, 3.2])), StringComparison.Ordinal);
        Assert.Contains("its scale comes out as", Message(Array.ConvertAll(mu, m => -m), Table()), StringComparison.Ordinal);
        Assert.Contains("degree of the background is 9", Message(mu, Table() with { Order = 9 }), StringComparison.Ordinal);
        Assert.Contains("width is 0", Message(mu, Table() with { ErfcWidth = 0 }), StringComparison.Ordinal);
        Assert.Contains("emission energy is NaN", Message(mu, Table() with { EmissionEnergy = double.NaN }), StringComparison.Ordinal);
    }
}
