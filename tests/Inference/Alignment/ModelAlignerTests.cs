using System.Globalization;
using XanesMl.Inference.Alignment;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Spectra.Reading;
using XanesMl.TestSupport;
using Xunit;
using Xunit.Abstractions;

namespace XanesMl.Inference.Tests.Alignment;

/// <summary>Shifts that are known because the test made them, with the models of models/; and measured spectra, whose true shift nobody knows but which agree with each other.</summary>
public sealed class ModelAlignerTests(ITestOutputHelper output)
{
    private const double Iron = 7112;

    private static SpectrumModel Open(string name) => SpectrumModel.Open(SharedData.Repository("models", name));

    private static float[] Styles(SpectrumModel model, Random random) =>
        [.. Enumerable.Range(0, model.Metadata.StyleCount).Select(_ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];

    /// <summary>Spectra that the decoder draws from normal styles, moved by up to 6 eV: all that is lost is what leaves the model's range.</summary>
    [Theory]
    [InlineData("Cu", 0.0)]
    [InlineData("oxides-8", Iron)]
    public void Decoded_spectra_come_back_to_a_tenth_of_an_electronvolt(string name, double reference)
    {
        using var model = Open(name);
        var random = new Random(1);
        const int Count = 20;
        var errors = new List<double>();
        for (int i = 0; i < Count; i++)
        {
            double[] spectrum = Array.ConvertAll(model.DecodeStyles(Styles(model, random), 1), v => (double)v);
            double shift = (12 * random.NextDouble()) - 6;
            double[] energies = [.. model.Grid.Energies.ToArray().Select(e => e + reference - shift)];
            var r = ModelAligner.Align(model, energies, spectrum, "Fe");
            Assert.True(r.CorrelationAfter >= r.CorrelationBefore || double.IsNaN(r.CorrelationBefore));
            Assert.Equal(model.Metadata.StyleCount, r.Styles.Count);
            errors.Add(Math.Abs(r.Shift - shift));
        }

        errors.Sort();
        output.WriteLine(FormattableString.Invariant($"{name}: median {errors[Count / 2]:0.0000} eV, largest but one {errors[^2]:0.000}, largest {errors[^1]:0.000}"));
        // One in twenty may end in a neighbouring hollow.
        Assert.InRange(errors[Count / 2], 0, 0.01);
        Assert.InRange(errors[^2], 0, 0.1);
        Assert.InRange(errors[^1], 0, 0.5);
    }

    /// <summary>Simulated spectra, which the decoder draws only nearly, moved by -4 to 4 eV: iron of the embedded data with the model of eight elements, which knows them.
    /// A shift and another oxidation state look alike to a model, so this is as good as it gets; the edges alone are worse.</summary>
    [Fact]
    public void Simulated_spectra_come_back_better_than_by_their_edges()
    {
        using var model = Open("oxides-8");
        var table = SpectraTableReader.Read(SharedData.Repository("data", "Fe.csv.gz"));
        Compare(model, table, [.. Enumerable.Range(0, 40).Select(i => i * table.RowCount / 40)], medianBelow: 1.3);
    }

    /// <summary>The same with the copper model on 40 rows of its training table.</summary>
    [SharedDataFact]
    public void Simulated_copper_spectra_come_back_better_than_by_their_edges()
    {
        using var model = Open("Cu");
        var table = SpectraTableReader.Read(SharedData.Path("cu-feff", "feff_Cu_CT_CN_OCN_RSTD_MOOD_spec_3908.csv.gz"));
        Compare(model, table, [.. Enumerable.Range(0, 40).Select(i => i * table.RowCount / 40)], medianBelow: 1.2);
    }

    private void Compare(SpectrumModel model, SpectraTable table, int[] rows, double medianBelow)
    {
        List<double> found = [], byEdge = [];
        for (int i = 0; i < rows.Length; i++)
        {
            // In an order that has nothing to do with the rows'.
            double shift = -4 + (8.0 * (i * 7 % rows.Length) / rows.Length);
            double[] energies = [.. table.Grid.Energies.ToArray().Select(e => e - shift)];
            var r = ModelAligner.Align(model, energies, Array.ConvertAll(table.Spectrum(rows[i]).ToArray(), v => (double)v), table.Elements[rows[i]]);
            found.Add(Math.Abs(r.Shift - shift));
            byEdge.Add(Math.Abs(r.EdgeShift - shift));
        }

        found.Sort();
        byEdge.Sort();
        output.WriteLine(FormattableString.Invariant($"{rows.Length} rows: median {found[rows.Length / 2]:0.00} eV, nine of ten within {found[rows.Length * 9 / 10]:0.0}; edges alone {byEdge[rows.Length / 2]:0.00} and {byEdge[rows.Length * 9 / 10]:0.0}"));
        Assert.InRange(found[rows.Length / 2], 0, medianBelow);
        Assert.True(found[rows.Length / 2] < byEdge[rows.Length / 2]);
    }

    [Fact]
    public void Shift_of_the_edges_comes_first_and_the_search_stays_near_it()
    {
        using var model = Open("Cu");
        double[] mean = Array.ConvertAll(model.DecodeStyles(new float[model.Metadata.StyleCount], 1), v => (double)v);
        double[] far = [.. model.Grid.Energies.ToArray().Select(e => e - 137)];
        var r = ModelAligner.Align(model, far, mean);
        Assert.Equal(137, r.EdgeShift, 1e-6);
        Assert.Equal(137, r.Shift, 0.05);
        Assert.True(double.IsNaN(r.CorrelationBefore));
        Assert.False(r.AtLimit);
        Assert.Equal(1, r.Coverage, 1e-3);
        Assert.Empty(r.Warnings);
    }

    [Fact]
    public void A_shift_at_the_limit_is_said()
    {
        using var model = Open("Cu");
        double[] mean = Array.ConvertAll(model.DecodeStyles(new float[model.Metadata.StyleCount], 1), v => (double)v);
        // A foot 7.5 eV before the edge that is just above half the step: the edges suggest a shift that is as much wrong, beyond the reach of 1 eV.
        double[] energies = [.. Enumerable.Range(0, 400).Select(i => 8960 + (0.3 * i))];
        double[] spectrum = Array.ConvertAll(energies, e => e < 8985 ? 0 : mean[Math.Min(255, (int)((e - 8985) / 84.558 * 255))]);
        int rise = Array.FindIndex(spectrum, v => v >= 0.5);
        for (int i = rise - 25; i < rise; i++)
            spectrum[i] = 0.51;
        var r = ModelAligner.Align(model, energies, spectrum, options: new() { Reach = 1 });
        Assert.True(r.AtLimit);
        Assert.Contains("lies at the end of the search", string.Join('\n', r.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_spectrum_is_said_or_refused()
    {
        using var model = Open("Cu");
        using var relative = Open("oxides-8");
        double[] energies = model.Grid.Energies.ToArray(), zeros = new double[energies.Length], waves = Array.ConvertAll(energies, e => 0.4 * Math.Sin(e));
        string Message(Func<object> act) => Assert.Throws<XanesDataException>(act).Message;
        var warnings = ModelAligner.Align(model, energies, waves).Warnings;
        Assert.Contains(warnings, w => w.Contains("does not rise through 0.5", StringComparison.Ordinal));
        Assert.Contains(warnings, w => w.Contains("draws no spectrum like this one", StringComparison.Ordinal));
        Assert.Contains(ModelAligner.Align(model, energies, zeros).Warnings, w => w.Contains("do not rely on the shift", StringComparison.Ordinal));
        Assert.Contains("hardly overlap", Message(() => ModelAligner.Align(model, [7000, 7001, 7002, 7003], [0, 0, 0, 0])), StringComparison.Ordinal);
        Assert.Contains("256 energies come with 1 ", Message(() => ModelAligner.Align(model, energies, [1])), StringComparison.Ordinal);
        Assert.Contains("an absorption is NaN", Message(() => ModelAligner.Align(model, energies, [.. zeros[1..], double.NaN])), StringComparison.Ordinal);
        Assert.Contains("the element is not known", Message(() => ModelAligner.Align(relative, energies, zeros)), StringComparison.Ordinal);
        Assert.Contains("no reference energy for element Au", Message(() => ModelAligner.Align(relative, energies, zeros, "Au")), StringComparison.Ordinal);
        Assert.Contains("reach 0 eV", Message(() => ModelAligner.Align(model, energies, zeros, options: new() { Reach = 0 })), StringComparison.Ordinal);
    }

    /// <summary>Measured copper spectra of larch-default (flattened by larch) against the copper model. Oracle: spectra of one beamtime share its calibration, so their shifts must agree.</summary>
    [SharedDataFact]
    public void Measured_copper_spectra_of_one_beamtime_get_one_shift()
    {
        using var model = Open("Cu");
        AlignmentResult Align(string file)
        {
            double[][] rows = [.. File.ReadLines(SharedData.Path("experimental", "larch-default", file)).Skip(1).Select(l => Array.ConvertAll(l.Split(','), c => double.Parse(c, CultureInfo.InvariantCulture)))];
            var r = ModelAligner.Align(model, Array.ConvertAll(rows, x => x[0]), Array.ConvertAll(rows, x => x[5]));
            output.WriteLine(FormattableString.Invariant($"{file}: edges {r.EdgeShift:0.00}, shift {r.Shift:0.00} eV, correlation {r.CorrelationBefore:0.000} -> {r.CorrelationAfter:0.000}"));
            Assert.False(r.AtLimit);
            Assert.True(r.CorrelationAfter > r.CorrelationBefore);
            return r;
        }

        AlignmentResult[] glasses = [.. new[] { "10_CuXAFS_GlassGT1_001", "12_CuXAFS_GlassGT1_B_001", "14_CuXAFS_GlassGT1_D_001", "16_CuXAFS_GlassGT1_F_001", "18_CuXAFS_GlassGT1_H_001", "19_CuXAFS_GlassGT1_I_001" }
            .Select(n => Align($"Cu_larchprj_athena4_{n}_dat.csv"))];
        // What a model of oxides draws of a glass is less like it than its own oxides, and how much less depends on the seeds that it was trained with.
        Assert.All(glasses, r => Assert.InRange(r.CorrelationAfter, 0.985, 1));
        double[] shifts = [.. glasses.Select(r => r.Shift).Order()];
        Assert.InRange(shifts[^2] - shifts[0], 0, 0.5);
        Assert.InRange(shifts[^1] - shifts[0], 0, 1.5);
        AlignmentResult[] oxides = [.. new[] { "CuO_tenorite_13K_01", "Cu_azurite_13K_01" }.Select(n => Align($"Cu_xasdatalibrary_{n}.csv"))];
        Assert.All(oxides, r => Assert.InRange(r.CorrelationAfter, 0.99, 1));
        Assert.All(oxides, r => Assert.InRange(r.Shift, 4, 10));
    }
}
