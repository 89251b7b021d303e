using Microsoft.ML;
using XanesMl.Transforms.Measured;
using XanesMl.Transforms.Resampling;
using XanesMl.Transforms.Scoring;

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

/// <summary>One pipeline with the steps and columns that version 2 of saved files added: measured spectra, judgement, variation, score.</summary>
internal static class EveryMeasuredStep
{
    public static readonly string[] Columns =
    [
        "Energy", "Mu", "Element", "Name", "Signal", "Warnings", "Spectrum", "Norm", "Flat", "PreEdge", "PostEdge", "E0", "EdgeStep", "NormalizationWarnings", "ModelEnergy", "EnergyShift", "ShiftCorrelation",
        "ShiftWarnings", "Error", "OnGrid", "Descriptors", "Styles", "ReconstructionError", "Verdict", "Percentile", "Reasons", "Variation", "Residual", "Score",
    ];

    /// <param name="ml">Context.</param>
    /// <param name="folder">The tiny model, <see cref="Fixture.Folder"/>.</param>
    public static IEstimator<ITransformer> Estimator(MLContext ml, string folder)
    {
        var xanes = ml.Transforms.Xanes();
        return xanes.ReadSpectrum("RawEnergy", "RawMu", new ReadSpectrumOptions { OnError = UnusableRow.Report })
            .Append(xanes.Normalize(new NormalizeOptions { OnError = UnusableRow.Report }))
            .Append(xanes.AlignToModel(folder, new AlignToModelOptions { OnError = UnusableRow.Report, Search = new() { CoarseStep = 0.25, Starts = 8 } }))
            .Append(xanes.Resample("OnGrid", Fixture.Grid, "ModelEnergy", "Spectrum"))
            .Append(xanes.PredictDescriptors("OnGrid", Fixture.Judging()))
            .Append(xanes.ReconstructionError("OnGrid", Fixture.Judging(), new ReconstructionErrorColumns { Error = null, Percentile = "Percentile", Verdict = null, Reasons = "Reasons" }))
            .Append(xanes.VarySpectrum(Fixture.Model("decoder.onnx"), new VarySpectrumOptions { Descriptor = "CN", Steps = 3 }))
            .Append(xanes.SelectDescriptor("Score", "Descriptors", "CT"));
    }
}
