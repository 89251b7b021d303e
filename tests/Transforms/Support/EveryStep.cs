using Microsoft.ML;
using XanesMl.Inference.Models;

namespace XanesMl.Transforms.Tests.Support;

/// <summary>One pipeline that has every step of the catalog, for tests of saved files.</summary>
internal static class EveryStep
{
    public static readonly string[] Columns = ["Relative", "OnGrid", "Descriptors", "DescriptorStd", "Z", "Reconstruction", "ReconstructionError", "Encoded", "Decoded", "CN"];

    public static IEstimator<ITransformer> Estimator(MLContext ml)
    {
        var xanes = ml.Transforms.Xanes();
        var model = Fixture.Metadata(relative: true);
        return xanes.AlignEnergy("Relative", "Energy", "Element", new Dictionary<string, double> { ["Cu"] = 8979, ["Ni"] = 8977.5 })
            .Append(xanes.Resample("OnGrid", new Spectra.EnergyGrid([.. model.Energies]), "Relative", "Spectrum"))
            .Append(xanes.PredictDescriptors("OnGrid", Fixture.Model("predictor.onnx", relative: true), new DescriptorColumns { Styles = "Z" }, batchSize: 16))
            .Append(xanes.EncodeStyles("Encoded", "OnGrid", Fixture.Model("encoder.onnx", relative: true)))
            .Append(xanes.DecodeSpectrum("Decoded", "Encoded", Fixture.Model("decoder.onnx", relative: true)))
            .Append(xanes.SelectDescriptor("CN", "Descriptors", "CN"));
    }
}
