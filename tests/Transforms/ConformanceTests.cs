using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Spectra.Normalization;
using XanesMl.Transforms.Features;
using XanesMl.Transforms.Measured;
using XanesMl.Transforms.Resampling;
using XanesMl.Transforms.Scoring;
using XanesMl.Transforms.Tests.Support;
using Xunit;

namespace XanesMl.Transforms.Tests;

/// <summary>Every estimator of the catalog through the same harness.</summary>
public sealed class ConformanceTests
{
    private readonly MLContext _ml = new(seed: 1);

    private IDataView Rows(int count) => _ml.Data.LoadFromEnumerable(Fixture.Rows(count));

    [Fact]
    public void Resample_conforms() => new EstimatorConformance(_ml).Check(
        _ml.Transforms.Xanes().Resample("OnGrid", Spectra.EnergyGrid.Uniform(8984, 8997, 20)), Rows, null, ["Energy", "Spectrum"],
        new WrongInput(Without("Energy"), "Energy", "Vector<Double> or Vector<Single> of energies in eV", "missing"),
        new WrongInput(Replaced("Spectrum", "Element"), "Spectrum", "Vector<Single>", "got String"),
        new WrongInput(Replaced("Spectrum", "Energy"), "Spectrum", "Vector<Single>", "got Vector<Double, 12>"));

    [Fact]
    public void ExtractSpectralFeatures_conforms() => new EstimatorConformance(_ml).Check(
        _ml.Transforms.Xanes().ExtractSpectralFeatures(), Rows, null, ["Energy", "Spectrum"],
        new WrongInput(Without("Energy"), "Energy", "Vector<Double> or Vector<Single> of energies in eV", "missing"),
        new WrongInput(Replaced("Spectrum", "Element"), "Spectrum", "normalized absorption", "got String"));

    [Fact]
    public void ExtractSpectralFeatures_with_E0_conforms()
    {
        var read = _ml.Transforms.Xanes().ReadSpectrum("RawEnergy", "RawMu", new ReadSpectrumOptions { OnError = UnusableRow.Report })
            .Append(_ml.Transforms.Xanes().Normalize(new NormalizeOptions { OnError = UnusableRow.Report })).Fit(Measured(1, [""]));
        IDataView Read(int n) => read.Transform(Measured(n, [""]));
        new EstimatorConformance(_ml) { Many = 40 }.Check(
            _ml.Transforms.Xanes().ExtractSpectralFeatures(new ExtractSpectralFeaturesOptions { Spectrum = "Flat", E0 = "E0", Features = ["MainPeakOffset", "EdgeSlope"] }), Read, n => MeasuredFixture.Rows(n, [""]), read, ["Energy", "Flat", "E0"],
            new WrongInput(_ml.Transforms.DropColumns("E0").Fit(Read(1)).Transform(Read(1)), "E0", "Double or Single with E0", "missing"));
    }

    [Fact]
    public void AlignEnergy_conforms() => new EstimatorConformance(_ml).Check(
        _ml.Transforms.Xanes().AlignEnergy("Relative", "Energy", "Element", new Dictionary<string, double> { ["Cu"] = 8979, ["Ni"] = 8333 }), Rows, null, ["Energy", "Element"],
        new WrongInput(Without("Element"), "Element", "Text", "missing"),
        new WrongInput(Replaced("Element", "Number"), "Element", "Text", "got Int32"));

    [Fact]
    public void EncodeStyles_conforms() => new EstimatorConformance(_ml).Check(
        _ml.Transforms.Xanes().EncodeStyles("Z", "Spectrum", Fixture.Model("encoder.onnx")), Rows, null, ["Spectrum"],
        new WrongInput(Without("Spectrum"), "Spectrum", "Vector<Single, 12>", "missing"),
        new WrongInput(Replaced("Spectrum", "Styles"), "Spectrum", "Vector<Single, 12>", "got Vector<Single, 3>"));

    [Fact]
    public void EncodeStyles_in_place_conforms() => new EstimatorConformance(_ml).Check(
        _ml.Transforms.Xanes().EncodeStyles("Spectrum", "Spectrum", Fixture.Bare("encoder.onnx"), batchSize: 7), Rows, null, ["Spectrum"]);

    [Fact]
    public void DecodeSpectrum_conforms() => new EstimatorConformance(_ml).Check(
        _ml.Transforms.Xanes().DecodeSpectrum("Decoded", "Styles", Fixture.Model("decoder.onnx")), Rows, null, ["Styles"],
        new WrongInput(Replaced("Styles", "Spectrum"), "Styles", "Vector<Single, 3>", "got Vector<Single, 12>"));

    [Fact]
    public void PredictDescriptors_conforms() => new EstimatorConformance(_ml).Check(
        _ml.Transforms.Xanes().PredictDescriptors("Spectrum", Fixture.Model("predictor.onnx"), new DescriptorColumns { Styles = "Z" }), Rows, null, ["Spectrum"],
        new WrongInput(Replaced("Spectrum", "Styles"), "Spectrum", "Vector<Single, 12>", "got Vector<Single, 3>"));

    [Fact]
    public void SelectDescriptor_conforms()
    {
        using var predict = _ml.Transforms.Xanes().PredictDescriptors("Spectrum", Fixture.Model("predictor.onnx"), new DescriptorColumns { Styles = "Z" }).Fit(Rows(1));
        new EstimatorConformance(_ml).Check(_ml.Transforms.Xanes().SelectDescriptor("CN", "Descriptors", "CN"), n => predict.Transform(Rows(n)), predict, ["Descriptors"],
            new WrongInput(Rows(1), "Descriptors", "known-size Vector<Single> with slot names", "missing"),
            new WrongInput(_ml.Transforms.CopyColumns("Descriptors", "Spectrum").Fit(Rows(1)).Transform(Rows(1)), "Descriptors", "slot names", "Vector<Single, 12> without slot names"),
            new WrongInput(_ml.Transforms.CopyColumns("Descriptors", "Z").Fit(predict.Transform(Rows(1))).Transform(predict.Transform(Rows(1))), "Descriptors", "no slot 'CN'", "Style1, Style2, Style3"));
    }

    [Fact]
    public void ReconstructionError_conforms() => new EstimatorConformance(_ml).Check(
        _ml.Transforms.Xanes().ReconstructionError("Spectrum", Fixture.Model("predictor.onnx")), Rows, null, ["Spectrum"],
        new WrongInput(Without("Spectrum"), "Spectrum", "Vector<Single, 12>", "missing"),
        new WrongInput(Replaced("Spectrum", "Energy"), "Spectrum", "Vector<Single, 12>", "got Vector<Double, 12>"));

    [Fact]
    public void VarySpectrum_conforms() => new EstimatorConformance(_ml) { Many = 60 }.Check(
        _ml.Transforms.Xanes().VarySpectrum(Fixture.Model("decoder.onnx"), new VarySpectrumOptions { Descriptor = "CN", Steps = 4 }), Rows, null, ["Styles"],
        new WrongInput(Replaced("Styles", "Spectrum"), "Styles", "Vector<Single, 3>", "got Vector<Single, 12>"));

    [Fact]
    public void VarySpectrum_without_styles_conforms() => new EstimatorConformance(_ml) { Many = 60 }.Check(
        _ml.Transforms.Xanes().VarySpectrum(Fixture.Bare("decoder.onnx"), new VarySpectrumOptions { Style = 3, Styles = null, Steps = 3 }), Rows, null, []);

    [Fact]
    public void AlignToModel_conforms()
    {
        using var temporary = new TemporaryFolder();
        new EstimatorConformance(_ml) { Many = 12 }.Check(
            _ml.Transforms.Xanes().AlignToModel(Fixture.Folder(temporary), new AlignToModelOptions { Spectrum = "Spectrum", Search = new() { CoarseStep = 1, Starts = 2 }, OnError = UnusableRow.Report }), Rows, null, ["Energy", "Spectrum", "Element"],
            new WrongInput(Without("Energy"), "Energy", "energies in eV", "missing"),
            new WrongInput(Replaced("Spectrum", "Element"), "Spectrum", "absorption", "got String"),
            new WrongInput(Replaced("Element", "Number"), "Element", "Text", "got Int32"));
    }

    [Theory]
    [InlineData(UnusableRow.Throw)]
    [InlineData(UnusableRow.Report)]
    public void ReadSpectrum_of_files_conforms(UnusableRow onError)
    {
        using var temporary = new TemporaryFolder();
        string[] files = MeasuredFixture.Files(temporary);
        new EstimatorConformance(_ml) { Many = 21 }.Check(
            _ml.Transforms.Xanes().ReadSpectrum("Path", new ReadSpectrumOptions { OnError = onError, Index = "Number" }), n => Measured(n, files), n => MeasuredFixture.Rows(n, files), null, ["Path", "Number"],
            new WrongInput(_ml.Transforms.DropColumns("Path").Fit(Measured(1, files)).Transform(Measured(1, files)), "Path", "path of a file", "missing"),
            new WrongInput(Swapped(files, "Path", "Number"), "Path", "path of a file", "got Int32"),
            new WrongInput(Swapped(files, "Number", "Path"), "Number", "place of the spectrum", "got String"));
    }

    [Fact]
    public void ReadSpectrum_of_columns_conforms()
    {
        new EstimatorConformance(_ml) { Many = 70 }.Check(
            _ml.Transforms.Xanes().ReadSpectrum("RawEnergy", "RawMu", new ReadSpectrumOptions { StatedElement = "Element" }), n => Measured(n, [""]), n => MeasuredFixture.Rows(n, [""]), null, ["RawEnergy", "RawMu", "Element"],
            new WrongInput(Swapped([""], "RawMu", "Path"), "RawMu", "absorption", "got String"));
    }

    [Fact]
    public void Normalize_conforms()
    {
        var read = _ml.Transforms.Xanes().ReadSpectrum("RawEnergy", "RawMu", new ReadSpectrumOptions { OnError = UnusableRow.Report }).Fit(Measured(1, [""]));
        IDataView Read(int n) => read.Transform(Measured(n, [""]));
        new EstimatorConformance(_ml) { Many = 70 }.Check(
            _ml.Transforms.Xanes().Normalize(new NormalizeOptions { OnError = UnusableRow.Report }), Read, n => MeasuredFixture.Rows(n, [""]), read, ["Energy", "Mu", "Signal", "Error"],
            new WrongInput(_ml.Transforms.DropColumns("Signal").Fit(Read(1)).Transform(Read(1)), "Signal", "kind of signal", "missing"),
            new WrongInput(_ml.Transforms.DropColumns("Mu").Append(_ml.Transforms.CopyColumns("Mu", "Name")).Fit(Read(1)).Transform(Read(1)), "Mu", "absorption", "got String"));
    }

    [Fact]
    public void Normalize_of_vectors_of_known_size_keeps_the_size()
    {
        var step = _ml.Transforms.Xanes().Normalize("Norm", "Energy", "Spectrum", new NormalizationOptions { Kind = NormalizationKind.MinMax, PreEdge = new() { E0 = 8989 }, Input = InputState.Raw });
        new EstimatorConformance(_ml).Check(step, Rows, null, ["Energy", "Spectrum"]);
        Assert.Equal("Vector<Single, 12>", step.Fit(Rows(1)).GetOutputSchema(Rows(1).Schema)["Norm"].Type.ToString());
    }

    [Fact]
    public void A_score_conforms_and_is_described_as_MLNETs_own_scores_are()
    {
        using var predict = _ml.Transforms.Xanes().PredictDescriptors("Spectrum", Fixture.Model("predictor.onnx"), new DescriptorColumns { Styles = "Z" }).Fit(Rows(1));
        new EstimatorConformance(_ml).Check(_ml.Transforms.Xanes().SelectDescriptor("Score", "Descriptors", "CN"), n => predict.Transform(Rows(n)), predict, ["Descriptors"]);

        // Oracle: what a stock regression trainer says of its Score.
        var table = _ml.Data.LoadFromSpectraTable(Fixture.Table(30));
        using var styles = _ml.Transforms.Xanes().EncodeStyles("Features", "Spectrum", Fixture.Bare("encoder.onnx")).Fit(table);
        var stock = _ml.Regression.Trainers.LbfgsPoissonRegression("CT").Fit(styles.Transform(table)).Transform(styles.Transform(table));
        var again = predict.Transform(stock);
        var ours = _ml.Transforms.Xanes().SelectDescriptor("Score", "Descriptors", "CN").Fit(again).Transform(again);
        Assert.Equal(Annotations(stock.Schema["Score"]).Select(a => (a.Name, a.Type)), Annotations(ours.Schema["Score"]).Select(a => (a.Name, a.Type)));
        foreach (var (name, _, value) in Annotations(stock.Schema["Score"]))
            Assert.Equal(name == "ScoreColumnSetId" ? (object)((uint)value + 1) : value, Annotations(ours.Schema["Score"]).Single(a => a.Name == name).Value);
    }

    private static List<(string Name, string Type, object Value)> Annotations(DataViewSchema.Column column) => [.. column.Annotations.Schema.OrderBy(c => c.Name, StringComparer.Ordinal).Select(c =>
    {
        ReadOnlyMemory<char> text = default;
        uint key = 0;
        if (c.Type is TextDataViewType)
            column.Annotations.GetValue(c.Name, ref text);
        else
            column.Annotations.GetValue(c.Name, ref key);
        return (c.Name, c.Type.ToString()!, c.Type is TextDataViewType ? (object)text.ToString() : key);
    })];

    /// <summary>A schema shape does not know sizes, but a wrong kind is refused before there is data at all.</summary>
    [Fact]
    public void A_wrong_kind_is_refused_by_the_shape()
    {
        var shape = EstimatorConformance.ShapeOf(null, Replaced("Spectrum", "Energy").Schema);
        var e = Assert.Throws<Spectra.XanesDataException>(() => _ml.Transforms.Xanes().EncodeStyles("Z", "Spectrum", Fixture.Bare("encoder.onnx")).GetOutputSchema(shape));
        Assert.Equal("column Spectrum: expected Vector<Single, 12>, got Vector<Double, known size>. Convert the column first, or name another.", e.Message);
    }

    private IDataView Measured(int count, string[] files) => _ml.Data.LoadFromEnumerable(MeasuredFixture.Rows(count, files));

    private IDataView Swapped(string[] files, string column, string by) =>
        _ml.Transforms.DropColumns(column).Append(_ml.Transforms.CopyColumns(column, by)).Fit(Measured(1, files)).Transform(Measured(1, files));

    private IDataView Without(string column) => _ml.Transforms.DropColumns(column).Fit(Rows(2)).Transform(Rows(2));

    private IDataView Replaced(string column, string by) => _ml.Transforms.DropColumns(column).Append(_ml.Transforms.CopyColumns(column, by)).Fit(Rows(2)).Transform(Rows(2));
}
