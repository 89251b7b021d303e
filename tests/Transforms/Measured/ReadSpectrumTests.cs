using Microsoft.ML;
using XanesMl.Spectra;
using XanesMl.Spectra.Measured;
using XanesMl.Transforms.Measured;
using XanesMl.Transforms.Tests.Support;
using Xunit;

namespace XanesMl.Transforms.Tests.Measured;

/// <summary>Rows to spectra: files and columns, and what happens to those that are none.</summary>
public sealed class ReadSpectrumTests : IDisposable
{
    private static readonly string[] s_all = ["Energy", "Mu", "Element", "Name", "Signal", "Warnings"];
    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    // Oracle: the reader itself, on the same files.
    [Fact]
    public void A_row_has_what_the_reader_reads()
    {
        string[] files = MeasuredFixture.Files(_temporary);
        var rows = Read(_ml.Transforms.Xanes().ReadSpectrum(), MeasuredFixture.Rows(7, files), s_all);
        for (int i = 0; i < 7; i++)
        {
            var expected = Assert.Single(MeasuredSpectrumReader.Read(files[i]));
            Assert.Equal(expected.Energies.ToArray(), rows[i][0]);
            Assert.Equal(expected.Mu.ToArray(), rows[i][1]);
            Assert.Equal(("Cu", $"scan{i}", "Absorption", ""), ((string)rows[i][2], (string)rows[i][3], (string)rows[i][4], (string)rows[i][5]));
        }
    }

    [Fact]
    public void Columns_are_put_in_order_and_said_so()
    {
        var row = Read(_ml.Transforms.Xanes().ReadSpectrum("RawEnergy", "RawMu"), MeasuredFixture.Rows(1, [""]), s_all)[0];
        Assert.Equal(MeasuredFixture.Energies, row[0]);
        Assert.Equal(MeasuredFixture.Mu(0), row[1]);
        Assert.Equal("Cu", row[2]);
        Assert.Contains("turned round", (string)row[5], StringComparison.Ordinal);
    }

    [Fact]
    public void Columns_in_keV_are_eV_afterwards()
    {
        var rows = MeasuredFixture.Rows(1, [""]);
        rows[0].RawEnergy = [.. MeasuredFixture.Energies.Select(e => e / 1000)];
        Assert.Equal(MeasuredFixture.Energies, Read(_ml.Transforms.Xanes().ReadSpectrum("RawEnergy", "RawMu"), rows, "Energy")[0][0]);
    }

    [Theory]
    [InlineData("absent", "row 2: ")]
    [InlineData("empty path", "row 2: the path is empty")]
    [InlineData("text", "row 2: ")]
    [InlineData("two", "row 2: the file holds 2 spectra and none is chosen")]
    public void A_file_that_cannot_be_read_throws_or_is_reported_but_never_lost(string kind, string message)
    {
        string[] files = MeasuredFixture.Files(_temporary);
        string bad = _temporary.File("bad.dat");
        switch (kind)
        {
            case "absent": break;
            case "empty path": bad = ""; break;
            case "text": File.WriteAllText(bad, "Dear colleague,\nplease find the spectra attached.\n"); break;
            default: File.WriteAllLines(bad, TwoScans()); break;
        }

        var rows = MeasuredFixture.Rows(3, [files[0], bad, files[1]]);
        var e = Assert.Throws<XanesDataException>(() => Read(_ml.Transforms.Xanes().ReadSpectrum(), rows, "Mu"));
        Assert.Equal("Path", e.Column);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
        Assert.NotNull(e.Remedy);

        var reported = Read(_ml.Transforms.Xanes().ReadSpectrum("Path", new ReadSpectrumOptions { OnError = UnusableRow.Report }), rows, "Error", "Energy", "Mu", "Element", "Name", "Signal", "Warnings");
        Assert.Equal(3, reported.Count);
        Assert.Equal(e.Message, reported[1][0]);
        Assert.Empty((double[])reported[1][1]);
        Assert.Empty((double[])reported[1][2]);
        Assert.All(reported[1].Skip(3), v => Assert.Equal("", v));
        Assert.Equal(("", ""), ((string)reported[0][0], (string)reported[2][0]));
        Assert.Equal(MeasuredFixture.Points, ((double[])reported[2][2]).Length);
    }

    [Fact]
    public void An_index_chooses_among_the_spectra_of_a_file_and_a_wrong_one_is_an_error()
    {
        string file = _temporary.File("two.spec");
        File.WriteAllLines(file, TwoScans());
        var rows = MeasuredFixture.Rows(3, [file]);
        (rows[1].Number, rows[2].Number) = (1, 2);
        var options = new ReadSpectrumOptions { Index = "Number", OnError = UnusableRow.Report };
        var read = Read(_ml.Transforms.Xanes().ReadSpectrum("Path", options), rows, "Mu", "Error");
        Assert.Equal(MeasuredFixture.Mu(0), read[0][0]);
        Assert.Equal(MeasuredFixture.Mu(1), read[1][0]);
        Assert.Contains("there is no spectrum 2: the file holds 2", (string)read[2][1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_changes_between_two_predictions_is_read_again()
    {
        string file = _temporary.File("live.xmu");
        var rows = MeasuredFixture.Rows(1, [file]);
        var step = _ml.Transforms.Xanes().ReadSpectrum("Path", new ReadSpectrumOptions { Index = "Number" }).Fit(_ml.Data.LoadFromEnumerable(rows));
        using var engine = _ml.Model.CreatePredictionEngine<MeasuredRow, ReadRow>(step);
        File.Copy(MeasuredFixture.Files(_temporary)[0], file);
        Assert.Equal(MeasuredFixture.Mu(0), engine.Predict(rows[0]).Mu);
        File.Copy(_temporary.File("scan3.xmu"), file, overwrite: true);
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(1));
        Assert.Equal(MeasuredFixture.Mu(3), engine.Predict(rows[0]).Mu);
    }

    [Fact]
    public void No_file_is_opened_for_columns_that_nobody_reads()
    {
        var rows = MeasuredFixture.Rows(2, [_temporary.File("absent")]);
        Assert.Equal(2, Read(_ml.Transforms.Xanes().ReadSpectrum(), rows, "Path", "Number").Count);
    }

    /// <summary>Every option comes back from a saved pipeline.</summary>
    [Fact]
    public void Options_survive_saving()
    {
        var options = new ReadSpectrumOptions
        {
            Energy = "E", Mu = "M", Element = null, Name = "N", Signal = null, Warnings = "W", Error = "X", Index = "Number", OnError = UnusableRow.Report,
            Reading = new MeasuredReadOptions
            {
                Energy = "1", Mu = null, I0 = "i0", Ifluor = ["f1", "f2"], Iref = "r", EnergyUnit = EnergyUnit.MonochromatorDegrees, DSpacing = 3.1356, EnergyOrigin = 8979, Signal = SignalChoice.Fluorescence,
                ApplyStoredShift = true, MaxBytes = 1L << 33, MaxSpectra = 7,
            },
        };
        var view = _ml.Data.LoadFromEnumerable(MeasuredFixture.Rows(1, [""]));
        using var zip = new MemoryStream();
        _ml.Model.Save(_ml.Transforms.Xanes().ReadSpectrum("Path", options).Fit(view), view.Schema, zip);
        zip.Position = 0;
        var loaded = Assert.IsType<SpectrumReadingTransformer>(new MLContext().RegisterXanes().Model.Load(zip, out _));
        Assert.Equal(options.Reading.Ifluor, loaded.Options.Reading.Ifluor);
        Assert.Equal(options with { Reading = loaded.Options.Reading }, loaded.Options);
        Assert.Equal(options.Reading with { Ifluor = loaded.Options.Reading.Ifluor }, loaded.Options.Reading);
    }

    [Fact]
    public void Columns_that_clash_are_refused()
    {
        Assert.Equal("Energy", Assert.Throws<XanesDataException>(() => _ml.Transforms.Xanes().ReadSpectrum("Path", new ReadSpectrumOptions { Mu = "Energy" })).Column);
        Assert.Throws<ArgumentException>(() => _ml.Transforms.Xanes().ReadSpectrum("Path", new ReadSpectrumOptions { Error = "", OnError = UnusableRow.Report }));
    }

    private List<object[]> Read(SpectrumReadingEstimator step, MeasuredRow[] rows, params string[] columns)
    {
        var view = _ml.Data.LoadFromEnumerable(rows);
        return Views.Read(step.Fit(view).Transform(view), columns);
    }

    // Two scans as SPEC writes them.
    private static IEnumerable<string> TwoScans() => Enumerable.Range(0, 2).SelectMany(k => (string[])
    [
        $"#S {k + 1} ascan energy", "#L energy mu",
        .. MeasuredFixture.Energies.Zip(MeasuredFixture.Mu(k), (e, m) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{e:R} {m:R}")),
    ]);

    private sealed class ReadRow
    {
        public double[] Mu { get; set; } = [];
    }
}
