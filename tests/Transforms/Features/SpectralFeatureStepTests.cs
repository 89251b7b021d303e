using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Spectra;
using XanesMl.Spectra.Features;
using XanesMl.Spectra.Reading;
using XanesMl.TestSupport;
using XanesMl.Transforms.Features;
using XanesMl.Transforms.Pipeline;
using XanesMl.Transforms.Tests.Support;
using Xunit;

namespace XanesMl.Transforms.Tests.Features;

/// <summary>The step against the extractor that it wraps, whose own tests compare with numpy.</summary>
public sealed class SpectralFeatureStepTests
{
    private readonly MLContext _ml = new(seed: 1);

    private sealed class Row
    {
        public double[] Energy { get; set; } = [];

        public float[] Spectrum { get; set; } = [];

        public double E0 { get; set; } = double.NaN;
    }

    [Fact]
    public void Values_are_the_extractors_and_slots_have_their_names()
    {
        var table = SpectraTableReader.Read(SharedData.Repository("data", "V.csv.gz"));
        var view = _ml.Transforms.Xanes().ExtractSpectralFeatures().Fit(_ml.Data.LoadFromSpectraTable(table)).Transform(_ml.Data.LoadFromSpectraTable(table));
        Assert.Equal(SpectralFeatures.Names, Columns.SlotNamesOf(view.Schema["SpectralFeatures"])!);
        float[][] features = [.. view.GetColumn<float[]>("SpectralFeatures")];
        var extractor = new SpectralFeatureExtractor(table.Grid);
        Assert.Equal(table.RowCount, features.Length);
        for (int i = 0; i < table.RowCount; i++)
            Assert.Equal(Array.ConvertAll(extractor.Extract(table.Spectrum(i)).ToArray(), v => (float)v), features[i]);
    }

    [Fact]
    public void Rows_may_have_grids_and_E0_of_their_own_and_missing_ones_are_NaN()
    {
        EnergyGrid fine = EnergyGrid.Uniform(-20, 60, 161), coarse = EnergyGrid.Uniform(-20, 60, 81);
        float[] Curve(EnergyGrid grid) => [.. grid.Energies.ToArray().Select(e => (float)(0.5 + (Math.Atan(e) / Math.PI) + (0.5 * Math.Exp(-(e - 8) * (e - 8) / 10))))];
        Row[] rows =
        [
            new() { Energy = [.. fine.Energies], Spectrum = Curve(fine), E0 = 2 }, new() { Energy = [.. coarse.Energies], Spectrum = Curve(coarse) },
            new(), new() { Energy = [.. fine.Energies], Spectrum = [.. Curve(fine).Select((v, i) => i == 5 ? float.NaN : v)], E0 = 2 },
        ];
        var step = _ml.Transforms.Xanes().ExtractSpectralFeatures(new ExtractSpectralFeaturesOptions { Output = "F", E0 = "E0", Features = ["MainPeakOffset", "InflectionOffset", "MainPeakEnergy"] });
        var data = _ml.Data.LoadFromEnumerable(rows);
        float[][] f = [.. step.Fit(data).Transform(data).GetColumn<float[]>("F")];
        Assert.Equal(f[0][2] - 2, f[0][0], 1e-5f);
        Assert.Equal(0, f[1][1]);
        Assert.Equal(f[0][2], f[1][2], 0.1f);
        Assert.All(f[2..], v => Assert.All(v, x => Assert.True(float.IsNaN(x))));
    }

    [Fact]
    public void Features_stand_beside_predicted_descriptors_in_one_pipeline_and_survive_saving()
    {
        using var temporary = new TemporaryFolder();
        var data = _ml.Data.LoadFromSpectraTable(Fixture.Table(12));
        using var pipeline = XanesPipeline.ForModel(_ml, Fixture.Folder(temporary)).Append(_ml.Transforms.Xanes().ExtractSpectralFeatures("Read"))
            .Append(_ml.Transforms.Concatenate("Features", "Descriptors", "Read")).Fit(data) as IDisposable;
        var fitted = (ITransformer)pipeline!;
        string zip = temporary.File("with-features.zip");
        _ml.Model.Save(fitted, data.Schema, zip);
        var fresh = new MLContext().RegisterXanes();
        var loaded = fresh.Model.Load(zip, out _);
        var again = loaded.Transform(fresh.Data.LoadFromSpectraTable(Fixture.Table(12)));
        Assert.Equal(fitted.Transform(data).GetColumn<float[]>("Features"), again.GetColumn<float[]>("Features"));
        string[] slots = Columns.SlotNamesOf(again.Schema["Features"])!;
        Assert.Equal(2 + SpectralFeatures.Names.Count, slots.Length);
        Assert.EndsWith("EdgeEnergy", slots[2], StringComparison.Ordinal);
        (loaded as IDisposable)?.Dispose();
    }

    [Fact]
    public void Bad_options_and_rows_say_what_is_wrong()
    {
        var xanes = _ml.Transforms.Xanes();
        Assert.Contains("no spectral feature 'WhiteLine'", Assert.Throws<XanesDataException>(() => xanes.ExtractSpectralFeatures(new ExtractSpectralFeaturesOptions { Features = ["WhiteLine"] })).Message, StringComparison.Ordinal);
        Assert.Contains("features repeat", Assert.Throws<XanesDataException>(() => xanes.ExtractSpectralFeatures(new ExtractSpectralFeaturesOptions { Features = ["EdgeSlope", "EdgeSlope"] })).Message, StringComparison.Ordinal);
        Assert.Contains("FitWidth is 0", Assert.Throws<XanesDataException>(() => xanes.ExtractSpectralFeatures(new ExtractSpectralFeaturesOptions { Search = new() { FitWidth = 0 } })).Message, StringComparison.Ordinal);
        Wrong("row 1: 3 absorption values come with 9 energies", new Row { Energy = [1, 2, 3, 4, 5, 6, 7, 8, 9], Spectrum = [1, 2, 3] });
        Wrong("row 1: features need at least 8 points, got 3", new Row { Energy = [1, 2, 3], Spectrum = [1, 2, 3] });
        Wrong("row 1: energy number 3 (2 eV) is not above its predecessor", new Row { Energy = [1, 3, 2, 4, 5, 6, 7, 8], Spectrum = new float[8] });

        void Wrong(string part, Row row)
        {
            var data = _ml.Data.LoadFromEnumerable(new[] { row });
            var view = xanes.ExtractSpectralFeatures().Fit(data).Transform(data);
            Assert.Contains(part, Assert.Throws<XanesDataException>(() => view.GetColumn<float[]>("SpectralFeatures").ToArray()).Message, StringComparison.Ordinal);
        }
    }
}
