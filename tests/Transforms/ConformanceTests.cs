using Microsoft.ML;
using Microsoft.ML.Data;
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

    /// <summary>A schema shape does not know sizes, but a wrong kind is refused before there is data at all.</summary>
    [Fact]
    public void A_wrong_kind_is_refused_by_the_shape()
    {
        var shape = EstimatorConformance.ShapeOf(null, Replaced("Spectrum", "Energy").Schema);
        var e = Assert.Throws<Spectra.XanesDataException>(() => _ml.Transforms.Xanes().EncodeStyles("Z", "Spectrum", Fixture.Bare("encoder.onnx")).GetOutputSchema(shape));
        Assert.Equal("column Spectrum: expected Vector<Single, 12>, got Vector<Double, known size>. Convert the column first, or name another.", e.Message);
    }

    private IDataView Without(string column) => _ml.Transforms.DropColumns(column).Fit(Rows(2)).Transform(Rows(2));

    private IDataView Replaced(string column, string by) => _ml.Transforms.DropColumns(column).Append(_ml.Transforms.CopyColumns(column, by)).Fit(Rows(2)).Transform(Rows(2));
}
