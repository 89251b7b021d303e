using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Spectra;
using XanesMl.Transforms.Resampling;
using XanesMl.Transforms.Tests.Support;
using Xunit;

namespace XanesMl.Transforms.Tests.Resampling;

/// <summary>Values, the cache of energies, and rows that cannot be used.</summary>
public sealed class ResamplingTests
{
    private readonly MLContext _ml = new(seed: 1);

    private static readonly EnergyGrid s_grid = new([8984.0, 8985.0, 8985.5, 8990.25, 8995.75, 8996.0, 8997.0]);

    // Oracle: SciPy 1.10.1, interp1d(e, x, kind="quadratic")(clip(grid, e[0], e[-1])) of Fixture.Spectrum(0).
    private static readonly double[] s_expected = [0.017986210, 0.017986210, 0.059235057, 0.874261170, 1.062228176, 0.999088943, 0.999088943];

    [Fact]
    public void Values_are_those_of_SciPys_quadratic_spline_with_held_ends()
    {
        var view = _ml.Data.LoadFromSpectraTable(Fixture.Table(5));
        var rows = Views.Read(_ml.Transforms.Xanes().Resample("OnGrid", s_grid).Fit(view).Transform(view), "OnGrid");
        Assert.Equal(5, rows.Count);
        Close(s_expected, (float[])rows[0][0]);
    }

    [Fact]
    public void A_spectrum_on_the_grid_already_is_passed_on_unchanged()
    {
        var view = _ml.Data.LoadFromSpectraTable(Fixture.Table(3));
        var rows = Views.Read(_ml.Transforms.Xanes().Resample("OnGrid", Fixture.Grid.Shift(0.001)).Fit(view).Transform(view), "OnGrid", "Spectrum");
        Assert.All(rows, r => Assert.Equal((float[])r[1], (float[])r[0]));
    }

    [Fact]
    public void Rows_of_variable_size_and_Single_energies_are_taken()
    {
        // Two rows of the same straight line, sampled differently: a quadratic spline reproduces it exactly.
        VariableRow[] rows = [Line(8980, 9000, 21), Line(8981, 8999, 10)];
        var view = _ml.Data.LoadFromEnumerable(rows);
        var step = _ml.Transforms.Xanes().Resample("OnGrid", s_grid).Fit(view);
        foreach (var row in Views.Read(step.Transform(view), "OnGrid"))
            Close([.. s_grid.Energies.ToArray().Select(e => (e - 8980) / 20)], (float[])row[0], 1e-4);
    }

    [Fact]
    public void Energies_are_prepared_once_while_rows_share_them()
    {
        var view = _ml.Data.LoadFromSpectraTable(Fixture.Table(2));
        using var cursor = view.GetRowCursor(view.Schema);
        var resampler = new RowResampler(s_grid, "Energy", "Spectrum");
        var spectrum = new VBuffer<float>(Fixture.Points, Fixture.Spectrum(0));
        var destination = new float[s_grid.Count];
        double[] energies = [.. Fixture.Grid.Energies], others = [.. Fixture.Grid.Shift(0.5).Energies];
        foreach (var (e, made) in new[] { (energies, 1), (energies, 1), ([.. energies], 1), (others, 2), (energies, 3) })
        {
            resampler.Resample(cursor, e, in spectrum, destination);
            Assert.Equal(made, resampler.Made);
        }

        Close(s_expected, destination);
    }

    [Fact]
    public void A_missing_value_makes_the_row_missing_and_leaves_the_others_alone()
    {
        var rows = Fixture.Rows(3);
        rows[1].Spectrum[0] = float.NaN;
        var view = _ml.Data.LoadFromEnumerable(rows);
        var read = Views.Read(_ml.Transforms.Xanes().Resample("OnGrid", s_grid).Fit(view).Transform(view), "OnGrid");
        Assert.All((float[])read[1][0], v => Assert.True(float.IsNaN(v)));
        Assert.All((float[])read[0][0], v => Assert.True(float.IsFinite(v)));
        Assert.All((float[])read[2][0], v => Assert.True(float.IsFinite(v)));
    }

    [Theory]
    [InlineData("length", "Spectrum", "row 2: 11 absorption values come with 12 energies")]
    [InlineData("order", "Energy", "row 2: energy number 3 (8984 eV) is not above its predecessor (8986 eV)")]
    [InlineData("nan", "Energy", "row 2: energy number 1 is NaN")]
    [InlineData("kev", "Energy", "row 2: the energies do not overlap")]
    [InlineData("one", "Energy", "row 2: an energy grid needs at least 2 points, got 1")]
    public void A_row_that_cannot_be_used_is_named(string damage, string column, string message)
    {
        VariableRow[] rows = [Line(8985, 8996, 12), Line(8985, 8996, 12)];
        switch (damage)
        {
            case "length": rows[1].Spectrum = rows[1].Spectrum[1..]; break;
            case "order": rows[1].Energy[2] = 8984; break;
            case "nan": rows[1].Energy[0] = float.NaN; break;
            case "kev": rows[1].Energy = Array.ConvertAll(rows[1].Energy, e => e / 1000); break;
            default: (rows[1].Energy, rows[1].Spectrum) = ([8985], [1]); break;
        }

        var view = _ml.Data.LoadFromEnumerable(rows);
        var e = Assert.Throws<XanesDataException>(() => Views.Read(_ml.Transforms.Xanes().Resample("OnGrid", s_grid).Fit(view).Transform(view), "OnGrid"));
        Assert.Equal(column, e.Column);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
        Assert.NotNull(e.Remedy);
    }

    /// <summary>What ReadSpectrum and Normalize report leaves a row without points behind.</summary>
    [Fact]
    public void A_row_without_points_is_missing_and_leaves_the_others_alone()
    {
        VariableRow[] rows = [Line(8985, 8996, 12), Line(8985, 8996, 12), Line(8985, 8996, 12)];
        var clean = Views.Read(_ml.Transforms.Xanes().Resample("OnGrid", s_grid).Fit(_ml.Data.LoadFromEnumerable(rows)).Transform(_ml.Data.LoadFromEnumerable(rows)), "OnGrid");
        (rows[1].Energy, rows[1].Spectrum) = ([], []);
        var view = _ml.Data.LoadFromEnumerable(rows);
        var read = Views.Read(_ml.Transforms.Xanes().Resample("OnGrid", s_grid).Fit(view).Transform(view), "OnGrid");
        Assert.Equal(clean[0], read[0]);
        Assert.Equal(clean[2], read[2]);
        Assert.Equal(s_grid.Count, ((float[])read[1][0]).Length);
        Assert.All((float[])read[1][0], v => Assert.True(float.IsNaN(v)));
    }

    [Fact]
    public void AlignEnergy_subtracts_the_elements_reference_in_double()
    {
        var view = _ml.Data.LoadFromEnumerable(Fixture.Rows(2));
        var step = _ml.Transforms.Xanes().AlignEnergy("Relative", "Energy", "Element", new Dictionary<string, double> { ["Ni"] = 8333.0625, ["Cu"] = 8979 }).Fit(view);
        var rows = Views.Read(step.Transform(view), "Relative");
        Assert.Equal([.. Enumerable.Range(0, 12).Select(i => 6.0 + i)], (double[])rows[0][0]);
        Assert.Equal([.. Enumerable.Range(0, 12).Select(i => 651.9375 + i)], (double[])rows[1][0]);
    }

    [Fact]
    public void AlignEnergy_names_the_row_of_an_element_without_reference()
    {
        var view = _ml.Data.LoadFromEnumerable(Fixture.Rows(2));
        var step = _ml.Transforms.Xanes().AlignEnergy("Relative", "Energy", "Element", new Dictionary<string, double> { ["Cu"] = 8979 }).Fit(view);
        var e = Assert.Throws<XanesDataException>(() => Views.Read(step.Transform(view), "Relative"));
        Assert.Equal("column Element: row 2: element 'Ni' has no reference energy. Known are Cu; remove the row or give the energy.", e.Message);
    }

    [Fact]
    public void AlignEnergy_refuses_references_that_are_none()
    {
        var xanes = _ml.Transforms.Xanes();
        Assert.Throws<XanesDataException>(() => xanes.AlignEnergy("R", "Energy", "Element", new Dictionary<string, double>()));
        Assert.Throws<XanesDataException>(() => xanes.AlignEnergy("R", "Energy", "Element", new Dictionary<string, double> { ["Cu"] = double.NaN }));
        Assert.Throws<XanesDataException>(() => xanes.AlignEnergy("R", "Energy", "Element", new Dictionary<string, double> { [""] = 1 }));
    }

    private static VariableRow Line(float first, float last, int points)
    {
        float[] e = [.. Enumerable.Range(0, points).Select(i => first + ((last - first) * i / (points - 1)))];
        return new VariableRow { Energy = e, Spectrum = Array.ConvertAll(e, v => (v - 8980) / 20) };
    }

    private static void Close(double[] expected, float[] actual, double tolerance = 1e-6)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], tolerance);
    }

    private sealed class VariableRow
    {
        public float[] Energy { get; set; } = [];

        public float[] Spectrum { get; set; } = [];
    }
}
