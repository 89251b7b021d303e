using XanesMl.Inference.Domain;
using XanesMl.Inference.Predictions;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Inference.Tests.Predictions;

public sealed class TablePredictorTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly SpectrumModel _absolute;
    private readonly SpectrumModel _relative;

    public TablePredictorTests()
    {
        _absolute = SpectrumModel.Open(TinyModel.Write(_temporary.File("absolute")));
        _relative = SpectrumModel.Open(TinyModel.Write(_temporary.File("relative"), relative: true));
    }

    public void Dispose()
    {
        _absolute.Dispose();
        _relative.Dispose();
        _temporary.Dispose();
    }

    /// <summary>Oracle: spectra that the decoder made of known styles; descriptors 1.5 + 0.5 s1 and 5 + s2 of both members of make_fixtures.py,
    /// the second member's styles being 1.02 s + 0.01: mean 1.5 + 0.5 (1.01 s1 + 0.005), spread 0.5 |0.02 s1 + 0.01| / 2.</summary>
    [Fact]
    public void Predict_gives_descriptors_intervals_classes_and_verdicts()
    {
        var table = Table(TinyModel.Grid, "Cu", [0.5f, -1, 1], [0, 0.2f, 0], [0, 1, 2.5f], [4, 4, 4]);
        var p = TablePredictor.Predict(_absolute, table, resample: false);
        Assert.Equal(["m0", "m1", "m2", "m3"], p.Select(r => r.Material));
        Assert.Equal(1.5 + (0.5 * 0.51), p[0].Estimates[0].Value, 1e-4);
        Assert.Equal(5 - 1.005, p[0].Estimates[1].Value, 1e-4);
        Assert.Equal(("e", ""), (p[0].Estimates[0].Unit, p[0].Estimates[1].Unit));
        double half = Math.Sqrt(Math.Pow(1.645 * 0.25 * 0.02, 2) + (0.1 * 0.1));
        Assert.Equal(half, p[0].Estimates[0].High - p[0].Estimates[0].Value, 1e-5);
        Assert.Equal([4, 5, 6, 6], p.Select(r => r.CoordinationClass));
        Assert.Equal([Verdict.Ok, Verdict.Ok, Verdict.Extrapolating, Verdict.OutOfDomain], p.Select(r => r.Verdict));
        Assert.Equal("style 3 is 2.5, training covers -2 to 2", Assert.Single(p[2].Reasons));
        Assert.Empty(p[0].Reasons);
        Assert.InRange(p[0].ReconstructionError, 0, 1e-5);
        Assert.Equal(0.5f, p[0].Styles.Span[0], 1e-4f);
    }

    [Fact]
    public void A_spectrum_that_the_model_cannot_rebuild_is_out_of_the_domain()
    {
        float[] odd = [.. Enumerable.Range(0, 12).Select(i => i % 2 == 0 ? 1.1f : 0.9f)];
        var p = TablePredictor.Predict(_absolute, new SpectraTable(TinyModel.Grid, odd, [], [], ["m"], ["0"], ["Cu"]), resample: false)[0];
        Assert.Equal(Verdict.OutOfDomain, p.Verdict);
        Assert.Contains(p.Reasons, r => r.StartsWith("reconstruction error", StringComparison.Ordinal));
        Assert.Equal(100, p.ErrorPercentile);
    }

    [Fact]
    public void An_element_that_the_model_was_not_trained_on_is_the_wrong_element()
    {
        var p = TablePredictor.Predict(_absolute, Table(TinyModel.Grid, "Zn", [0f, 0, 0]), resample: false)[0];
        Assert.Equal(Verdict.WrongElementOrEdge, p.Verdict);
        Assert.Equal("the model was not trained on Zn but on Cu", Assert.Single(p.Reasons));
        Assert.Equal(["e", ""], p.Estimates.Select(e => e.Unit));
        Assert.All(p.Estimates, e => Assert.True(double.IsNaN(e.Value) && double.IsNaN(e.Low) && double.IsNaN(e.High)));
        Assert.True(p.Styles.IsEmpty && p.CoordinationClass is null && double.IsNaN(p.ReconstructionError));
    }

    [Fact]
    public void A_model_without_labels_or_thresholds_claims_nothing()
    {
        using var model = SpectrumModel.Open(TinyModel.Write(_temporary.File("unlabelled"), labelled: false));
        var p = TablePredictor.Predict(model, Table(TinyModel.Grid, "Cu", [0f, 0, 0]), resample: false)[0];
        Assert.Equal(Verdict.NotChecked, p.Verdict);
        Assert.Empty(p.Estimates);
        Assert.Null(p.CoordinationClass);
        Assert.True(double.IsNaN(p.ErrorPercentile));
    }

    [Fact]
    public void Another_grid_needs_resample_and_the_error_names_both()
    {
        var table = Table(TinyModel.Grid.Shift(0.5), "Cu", [0f, 0, 0]);
        var error = Assert.Throws<XanesDataException>(() => TablePredictor.Predict(_absolute, table, resample: false));
        Assert.Contains("12 points, 8985.5 to 9007.5 eV, the model has 12 points, 8985 to 9007 eV", error.Message, StringComparison.Ordinal);
        Assert.Contains("--resample", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Oracle: a quadratic spline reproduces a parabola exactly, so a parabola sampled on another grid must give what the parabola
    /// sampled on the model's grid gives (1e-4: the pseudo-inverse multiplies float32 rounding by about 10).</summary>
    [Fact]
    public void Resample_puts_spectra_onto_the_models_grid()
    {
        var fine = EnergyGrid.Uniform(8980, 9010, 61);
        var direct = TablePredictor.Predict(_absolute, Curves(TinyModel.Grid, Parabola, "Cu"), resample: false)[0];
        var resampled = TablePredictor.Predict(_absolute, Curves(fine, Parabola, "Cu"), resample: true)[0];
        Assert.Equal(direct.Estimates[0].Value, resampled.Estimates[0].Value, 1e-4);
        Assert.Equal(direct.Estimates[1].Value, resampled.Estimates[1].Value, 1e-4);
        Assert.DoesNotContain(resampled.Reasons, r => r.Contains("covers", StringComparison.Ordinal) && r.Contains('%', StringComparison.Ordinal));
    }

    /// <summary>The decoder's base curve (styles 0, inside the domain), measured on the first 10 of 12 points: 18 of 22 eV = 82 %; it ends flat, so the
    /// held values fit and nothing but the coverage speaks against it.</summary>
    [Fact]
    public void Resample_of_a_short_spectrum_says_how_much_it_covers()
    {
        var p = TablePredictor.Predict(_absolute, Curves(EnergyGrid.Uniform(8985, 9003, 10), e => TinyModel.Step((int)Math.Round((e - 8985) / 2)), "Cu"), resample: true)[0];
        Assert.Equal(Verdict.Extrapolating, p.Verdict);
        Assert.Equal("the spectrum covers 82 % of the model's energies", Assert.Single(p.Reasons));

        var flat = TablePredictor.Predict(_absolute, Curves(EnergyGrid.Uniform(8996, 9020, 25), _ => 1, "Cu"), resample: true)[0];
        Assert.Equal(Verdict.OutOfDomain, flat.Verdict);
        Assert.Contains("the spectrum covers 50 % of the model's energies", flat.Reasons);

        // Below half there is no answer, as for a measured file.
        var shorter = TablePredictor.Predict(_absolute, Curves(EnergyGrid.Uniform(8997, 9020, 24), _ => 1, "Cu"), resample: true)[0];
        Assert.Equal(Verdict.RangeTooShort, shorter.Verdict);
        Assert.Equal("the spectrum covers 45 % of the model's energies", Assert.Single(shorter.Reasons));
        Assert.All(shorter.Estimates, e => Assert.True(double.IsNaN(e.Value)));
    }

    [Fact]
    public void Resample_of_another_edge_is_refused()
    {
        var error = Assert.Throws<XanesDataException>(() => TablePredictor.Predict(_absolute, Curves(EnergyGrid.Uniform(7100, 7200, 101), _ => 1, "Fe"), resample: true));
        Assert.Contains("do not overlap the model's: 101 points, 7100 to 7200 eV, the model has 12 points, 8985 to 9007 eV", error.Message, StringComparison.Ordinal);
        Assert.Contains("this one is for Cu", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The relative model has the same networks on energies minus 8979 eV for Cu and 8333 eV for Ni.</summary>
    [Fact]
    public void A_relative_model_subtracts_the_reference_of_each_rows_element()
    {
        var expected = TablePredictor.Predict(_absolute, Table(TinyModel.Grid, "Cu", [0.5f, -1, 1]), resample: false)[0];
        foreach (var grid in new[] { TinyModel.Grid, TinyModel.Grid.Shift(-8979) })
        {
            var p = TablePredictor.Predict(_relative, Table(grid, "Cu", [0.5f, -1, 1]), resample: false)[0];
            Assert.Equal(expected.Estimates, p.Estimates);
            Assert.Equal(Verdict.Ok, p.Verdict);
        }

        var nickel = Curves(EnergyGrid.Uniform(8334, 8364, 61), e => Parabola(e - 8333 + 8979), "Ni");
        var copper = Curves(TinyModel.Grid, Parabola, "Cu");
        var ni = TablePredictor.Predict(_relative, nickel, resample: true)[0];
        Assert.Equal("the model was not trained on Ni but on Cu", Assert.Single(ni.Reasons));
        Assert.Empty(ni.Styles.ToArray());
        // the same energies as copper's reference would need: the parabola comes out at copper's own answer
        var moved = TablePredictor.Predict(_relative, Curves(EnergyGrid.Uniform(8980, 9010, 61), Parabola, "Cu"), resample: true)[0];
        Assert.Equal(TablePredictor.Predict(_relative, copper, resample: false)[0].Estimates[0].Value, moved.Estimates[0].Value, 1e-4);
    }

    [Fact]
    public void A_relative_model_refuses_rows_whose_reference_it_does_not_know()
    {
        var unknown = Assert.Throws<XanesDataException>(() => TablePredictor.Predict(_relative, Table(TinyModel.Grid, null, [0f, 0, 0]), resample: true));
        Assert.Contains("the element of row 1 is not known", unknown.Message, StringComparison.Ordinal);
        var other = Assert.Throws<XanesDataException>(() => TablePredictor.Predict(_relative, Table(TinyModel.Grid, "Fe", [0f, 0, 0]), resample: true));
        Assert.Contains("row 1 is of element Fe", other.Message, StringComparison.Ordinal);
        Assert.Contains("It has Cu, Ni.", other.Message, StringComparison.Ordinal);
    }

    /// <summary>More rows than one chunk of 4,096: every row is itself, in order.</summary>
    [Fact]
    public void Large_tables_keep_their_order()
    {
        var table = Table(TinyModel.Grid, "Cu", [.. Enumerable.Range(0, 5000).Select(i => new[] { (i % 100) / 50f, 0, 0 })]);
        var p = TablePredictor.Predict(_absolute, table, resample: false);
        Assert.Equal(5000, p.Count);
        for (int i = 0; i < p.Count; i++)
            Assert.Equal((i % 100) / 50f, p[i].Styles.Span[0], 1e-3f);
    }

    [Fact]
    public void A_table_without_rows_gives_no_predictions() =>
        Assert.Empty(TablePredictor.Predict(_absolute, Table(TinyModel.Grid, "Cu"), resample: false));

    private static double Parabola(double energy) => 0.4 + (0.03 * (energy - 8985)) - (0.0006 * (energy - 8985) * (energy - 8985));

    private static SpectraTable Table(EnergyGrid grid, string? element, params float[][] styles) =>
        new(grid, TinyModel.Decode(styles), [], [], [.. styles.Select((_, i) => $"m{i}")], [.. styles.Select((_, i) => $"{i}")], [.. styles.Select(_ => element)]);

    private static SpectraTable Curves(EnergyGrid grid, Func<double, double> curve, string element) =>
        new(grid, [.. grid.Energies.ToArray().Select(e => (float)curve(e))], [], [], ["m"], ["0"], [element]);
}
