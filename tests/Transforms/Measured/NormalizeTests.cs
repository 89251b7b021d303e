using Microsoft.ML;
using XanesMl.Spectra;
using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Normalization;
using XanesMl.Transforms.Measured;
using XanesMl.Transforms.Tests.Support;
using Xunit;

namespace XanesMl.Transforms.Tests.Measured;

/// <summary>The normalization step against the kernel that it calls, option by option.</summary>
public sealed class NormalizeTests
{
    private readonly MLContext _ml = new(seed: 1);

    // Oracle: SpectrumNormalizer on the same vectors (larch's numbers are its own tests').
    [Fact]
    public void Every_curve_and_number_is_the_kernels()
    {
        var rows = Read(new NormalizeOptions(), MeasuredFixture.Rows(7, [""]), "Spectrum", "PreEdge", "PostEdge", "E0", "EdgeStep", "NormalizationWarnings", "Norm", "Flat");
        for (int i = 0; i < 7; i++)
        {
            var expected = SpectrumNormalizer.Normalize(MeasuredFixture.Energies, MeasuredFixture.Mu(i));
            Assert.Equal(Array.ConvertAll(expected.Flat.ToArray(), v => (float)v), rows[i][0]);
            Assert.Equal(expected.PreEdge.ToArray(), rows[i][1]);
            Assert.Equal(expected.PostEdge.ToArray(), rows[i][2]);
            Assert.Equal((expected.E0, expected.EdgeStep, ""), ((double)rows[i][3], (double)rows[i][4], (string)rows[i][5]));
            Assert.Equal(expected.Norm.ToArray(), rows[i][6]);
            Assert.Equal(expected.Flat.ToArray(), rows[i][7]);
            Assert.InRange((double)rows[i][4], 0.6, 1.0);
        }
    }

    public static TheoryData<string> Ways => ["norm", "ranges", "area", "min-max", "none", "mback"];

    [Theory]
    [MemberData(nameof(Ways))]
    public void Every_way_and_option_goes_through_and_survives_saving(string way)
    {
        double[] tableEnergies = [8000, 8500, 8978, 8979, 9500, 10000];
        var normalization = way switch
        {
            "norm" => new NormalizationOptions(),
            "ranges" => new NormalizationOptions { PreEdge = new PreEdgeOptions { E0 = 8986, EdgeStep = 0.7, Pre1 = -70, Pre2 = -25, Norm1 = 40, Norm2 = 140, NNorm = 1, NVict = 1 }, Input = InputState.Raw },
            "area" => new NormalizationOptions { Kind = NormalizationKind.Area, RangeFirst = -15, RangeLast = 60 },
            "min-max" => new NormalizationOptions { Kind = NormalizationKind.MinMax },
            "none" => new NormalizationOptions { Kind = NormalizationKind.None },
            _ => new NormalizationOptions { Kind = NormalizationKind.Mback, Mback = new MbackOptions(tableEnergies, [0.6, 0.55, 0.5, 3.9, 3.6, 3.3]) { Order = 1, EmissionEnergy = 8047.8, ErfcWidth = 300 } },
        };
        var options = new NormalizeOptions { Curve = way == "norm" ? NormalizedCurve.Norm : NormalizedCurve.Flat, Normalization = normalization, PostEdge = null, Warnings = "Notes" };
        var view = Input(MeasuredFixture.Rows(3, [""]));
        var step = _ml.Transforms.Xanes().Normalize(options).Fit(view);
        using var zip = new MemoryStream();
        _ml.Model.Save(step, view.Schema, zip);
        zip.Position = 0;
        var loaded = Assert.IsType<SpectrumNormalizationTransformer>(new MLContext().RegisterXanes().Model.Load(zip, out _));
        foreach (var transformer in new[] { step, loaded })
        {
            Assert.Null(transformer.GetOutputSchema(view.Schema).GetColumnOrNull("PostEdge"));
            var rows = Views.Read(transformer.Transform(view), "Spectrum", "E0", "EdgeStep", "Notes");
            for (int i = 0; i < 3; i++)
            {
                var expected = SpectrumNormalizer.Normalize(MeasuredFixture.Energies, MeasuredFixture.Mu(i), normalization);
                Assert.Equal(Array.ConvertAll((way == "norm" ? expected.Norm : expected.Flat).ToArray(), v => (float)v), rows[i][0]);
                Assert.Equal((expected.E0 ?? double.NaN, expected.EdgeStep, string.Join("; ", expected.Warnings)), ((double)rows[i][1], (double)rows[i][2], (string)rows[i][3]));
            }
        }
    }

    /// <summary>What the file says of itself counts: twice normalized is distorted without a sign of it.</summary>
    [Theory]
    [InlineData(SignalKind.Absorption, false)]
    [InlineData(SignalKind.Normalized, true)]
    [InlineData(SignalKind.Simulated, true)]
    public void A_signal_that_is_normalized_is_left_as_it_is(SignalKind signal, bool untouched)
    {
        var rows = Array.ConvertAll(MeasuredFixture.Rows(1, [""]), r => new Declared { Energy = MeasuredFixture.Energies, Mu = MeasuredFixture.Mu(0), Signal = signal.ToString() });
        var view = _ml.Data.LoadFromEnumerable(rows);
        var row = Views.Read(_ml.Transforms.Xanes().Normalize().Fit(view).Transform(view), "Spectrum", "EdgeStep")[0];
        Assert.Equal(untouched, Array.ConvertAll(MeasuredFixture.Mu(0), v => (float)v).SequenceEqual((float[])row[0]));
        Assert.Equal(untouched, (double)row[1] == 1.0);
    }

    [Theory]
    [InlineData("flat", "row 2: ")]
    [InlineData("nan", "row 2: point 5 has energy 8908 eV and absorption NaN")]
    [InlineData("order", "row 2: point 4: energy")]
    [InlineData("signal", "row 2: Signal: 'XANES' is no kind of signal")]
    public void A_row_that_cannot_be_normalized_throws_or_is_reported(string damage, string message)
    {
        Declared[] rows = [.. Enumerable.Range(0, 3).Select(i => new Declared { Energy = [.. MeasuredFixture.Energies], Mu = MeasuredFixture.Mu(i) })];
        switch (damage)
        {
            case "flat": (rows[1].Energy, rows[1].Mu) = (rows[1].Energy[..6], rows[1].Mu[..6]); break;
            case "nan": rows[1].Mu[4] = double.NaN; break;
            case "order": rows[1].Energy[3] = 8900; break;
            default: rows[1].Signal = "XANES"; break;
        }

        var view = _ml.Data.LoadFromEnumerable(rows);
        var e = Assert.Throws<XanesDataException>(() => Views.Read(_ml.Transforms.Xanes().Normalize().Fit(view).Transform(view), "Spectrum"));
        Assert.Equal("Mu", e.Column);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
        var reported = Views.Read(_ml.Transforms.Xanes().Normalize(new NormalizeOptions { OnError = UnusableRow.Report }).Fit(view).Transform(view), "Error", "Spectrum", "E0", "PreEdge");
        Assert.Equal(e.Message, reported[1][0]);
        Assert.Equal(rows[1].Mu.Length, ((float[])reported[1][1]).Length);
        Assert.All((float[])reported[1][1], v => Assert.True(float.IsNaN(v)));
        Assert.True(double.IsNaN((double)reported[1][2]));
        Assert.Equal(("", ""), ((string)reported[0][0], (string)reported[2][0]));
        Assert.All((float[])reported[2][1], v => Assert.True(float.IsFinite(v)));
    }

    /// <summary>The reason of the first step that failed reaches the end of the chain.</summary>
    [Fact]
    public void The_error_of_the_step_in_front_is_kept()
    {
        using var temporary = new TemporaryFolder();
        var view = _ml.Data.LoadFromEnumerable(MeasuredFixture.Rows(2, [temporary.File("absent.xmu"), MeasuredFixture.Files(temporary)[0]]));
        var xanes = _ml.Transforms.Xanes();
        var read = xanes.ReadSpectrum("Path", new ReadSpectrumOptions { OnError = UnusableRow.Report });
        string first = (string)Views.Read(read.Fit(view).Transform(view), "Error")[0][0];
        var rows = Views.Read(read.Append(xanes.Normalize(new NormalizeOptions { OnError = UnusableRow.Report })).Fit(view).Transform(view), "Error", "Spectrum");
        Assert.Contains("absent.xmu", first, StringComparison.Ordinal);
        Assert.Equal((first, ""), ((string)rows[0][0], (string)rows[1][0]));
        Assert.Empty((float[])rows[0][1]);
    }

    [Fact]
    public void Options_that_no_spectrum_could_be_normalized_with_are_refused_at_once()
    {
        Assert.Throws<XanesDataException>(() => _ml.Transforms.Xanes().Normalize(new NormalizeOptions { Normalization = new() { Kind = NormalizationKind.Mback } }));
        Assert.Equal("E0", Assert.Throws<XanesDataException>(() => _ml.Transforms.Xanes().Normalize(new NormalizeOptions { EdgeStep = "E0" })).Column);
    }

    private IDataView Input(MeasuredRow[] rows)
    {
        var view = _ml.Data.LoadFromEnumerable(rows);
        return _ml.Transforms.Xanes().ReadSpectrum("RawEnergy", "RawMu").Fit(view).Transform(view);
    }

    private List<object[]> Read(NormalizeOptions options, MeasuredRow[] rows, params string[] columns)
    {
        var view = Input(rows);
        return Views.Read(_ml.Transforms.Xanes().Normalize(options).Fit(view).Transform(view), columns);
    }

    private sealed class Declared
    {
        public double[] Energy { get; set; } = [];

        public double[] Mu { get; set; } = [];

        public string Signal { get; set; } = nameof(SignalKind.Absorption);
    }
}
