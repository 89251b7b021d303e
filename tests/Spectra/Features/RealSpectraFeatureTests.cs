using System.Globalization;
using XanesMl.Spectra.Features;
using XanesMl.Spectra.Reading;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Spectra.Tests.Features;

/// <summary>Features of simulated and measured spectra against the same formulas written with numpy 1.24 (numpy.linalg.solve for the fit, numpy.polyfit for the parabola, numpy.trapz).</summary>
public sealed class RealSpectraFeatureTests
{
    private const double None = double.NaN;

    [Theory]
    [InlineData("Ti", 1, 4966, new[] { 4976.43887, 10.4388715, 4980.85556, 14.8555612, 0.357156331, 4971.05927, 5.0592693, 0.0201084641, 0.0450489488, 4982.40978, 16.4097837, 1.80921646, -0.375877179, 4987.42753, 21.4275307, 1.02731048, 0.0596488493, 4992.10637, 26.1063684, 1.28818835, -0.0366897783 })]
    [InlineData("V", 3, 5465, new[] { 5478.03878, 13.03878, 5481.20797, 16.2079655, 0.291882111, 5474.23661, 9.23660683, 0.233289007, 0.720576019, 5483.1665, 18.1665, 1.43923795, -0.189787356, 5488.87046, 23.8704619, 0.948897605, 0.0451094201, 5493.43696, 28.4369563, 1.33854838, -0.131514973 })]
    [InlineData("Cr", 0, 5989, new[] { 6003.13066, 14.1306589, 6008.19042, 19.1904191, 0.269980804, 5996.74606, 7.74606007, 0.150902313, 0.396804483, 6009.5, 20.5, 1.48343681, -0.304071336, 6014.47707, 25.4770663, 0.874745912, 0.0644059153, 6021.0521, 32.0521, 1.19527382, -0.0125462087 })]
    [InlineData("Cu", 0, 8979, new[] { 8990.3968, 11.3967951, 8997.6444, 18.6444044, 0.218702352, None, None, None, None, 8999.8335, 20.8335, 1.36555342, -0.116261927, 9009.13129, 30.1312894, 0.920382083, 0.0174806632, 9017.80596, 38.8059554, 1.09925966, -0.00665109856 })]
    public void Embedded_spectra_agree_with_numpy(string element, int row, double e0, double[] expected)
    {
        var table = SpectraTableReader.Read(SharedData.Repository("data", element + ".csv.gz"));
        Same(expected, new SpectralFeatureExtractor(table.Grid).Extract(table.Spectrum(row), e0));
    }

    /// <summary>FEFF spectra of Cu that begin 7.7 eV below the mean edge: the bump at the foot of the rise is a shoulder of the edge. Those whose edge lies 10 eV or more above the first point keep what
    /// stands on a background of the fit's width.</summary>
    [SharedDataFact]
    public void Spectra_that_begin_at_the_edge_have_no_pre_edge_peak()
    {
        var table = SpectraTableReader.Read(SharedData.Path("cu-feff", "feff_Cu_CT_CN_OCN_RSTD_MOOD_spec_3908.csv.gz"));
        var extractor = new SpectralFeatureExtractor(table.Grid);
        SpectralFeatures[] features = [.. Enumerable.Range(0, 500).Select(i => extractor.Extract(table.Spectrum(i * 7)))];
        Assert.All(features.Where(f => f.EdgeEnergy < table.Grid[0] + 10), f => Assert.True(double.IsNaN(f.PreEdge.Energy)));
        Assert.InRange(features.Count(f => double.IsFinite(f.PreEdge.Energy)), 0, 40);
    }

    [SharedDataTheory]
    [InlineData("V_xasdatalibrary_V2O5", new[] { 5481.35588, -0.119194515, 5481.47507, 0.0, 0.116375578, 5471.19271, -10.2823631, 0.572345731, 1.64486922, 5495.24915, 13.7740767, 1.18228104, -0.0214775403, 5502.40017, 20.9250939, 1.09056246, 0.0102821443, 5507.95336, 26.4782826, 1.16732045, -0.0097964796 })]
    [InlineData("Cr_xasdatalibrary_k2cro4_rt_001", new[] { 6008.20172, -0.665320829, 6008.86705, 0.0, 0.1617661, 5994.84829, -14.0187587, 0.788228644, 1.85019983, 6013.308, 4.44095441, 0.93942153, -0.0137475162, 6014.94422, 6.07717513, 0.927333541, 0.0137526612, 6040.80599, 31.9389399, 1.26005272, -0.00806855125 })]
    [InlineData("Cu_xasdatalibrary_CuO_tenorite_13K_01", new[] { 8988.28005, 4.4694965, 8983.81056, 0.0, 0.135405024, None, None, None, None, 8997.81458, 14.0040188, 1.22545234, -0.0292777802, 9008.05938, 24.2488216, 0.93145619, 0.00899299361, 9012.43507, 28.6245082, 0.954583679, -0.00308028447 })]
    [InlineData("Cu_xasref_Cu_foil", new[] { 8985.0235, -4.82928454, 8989.85278, 0.0, 0.0848801413, 8981.12542, -8.72736006, 0.206612851, 0.784892046, 9002.79744, 12.9446557, 1.01902152, -0.0280702388, 9011.29083, 21.4380514, 0.866317288, 0.00591298823, 9025.30497, 35.4521825, 1.02793683, -0.00675370168 })]
    public void Measured_spectra_on_their_own_grids_agree_with_numpy(string file, double[] expected)
    {
        string[][] rows = [.. File.ReadLines(SharedData.Path("experimental", "larch-default", file + ".csv")).Select(l => l.Split(','))];
        int flat = Array.IndexOf(rows[0], "larch_flat");
        double[] energies = Column(0), mu = Column(flat);
        Same(expected, new SpectralFeatureExtractor(new EnergyGrid(energies)).Extract(mu));

        double[] Column(int c) => [.. rows.Skip(1).Select(r => double.Parse(r[c], CultureInfo.InvariantCulture))];
    }

    private static void Same(double[] expected, SpectralFeatures actual)
    {
        double[] values = actual.ToArray();
        for (int i = 0; i < expected.Length; i++)
            Assert.True((double.IsNaN(expected[i]) && double.IsNaN(values[i])) || Math.Abs(expected[i] - values[i]) <= 2e-5 * Math.Max(1, Math.Abs(expected[i]) / 1000),
                string.Create(CultureInfo.InvariantCulture, $"{SpectralFeatures.Names[i]}: expected {expected[i]}, got {values[i]}"));
    }
}
