using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Inference.Models;
using XanesMl.Spectra;
using XanesMl.Transforms.Scoring;

namespace XanesMl.Transforms;

/// <summary>Columns of a model's pipeline.</summary>
public sealed record ModelPipelineOptions
{
    /// <summary>Input: absolute energies, eV; Vector of Double or Single.</summary>
    public string Energy { get; init; } = Defaults.EnergyColumn;

    /// <summary>Input: absorption, Vector&lt;Single&gt;, normalized as the model's policy says.</summary>
    public string Spectrum { get; init; } = Defaults.SpectrumColumn;

    /// <summary>Input: element symbol, text; read only for a model whose grid is relative to the edge.</summary>
    public string Element { get; init; } = Defaults.ElementColumn;

    /// <summary>Added for a relative model: energies minus the element's reference.</summary>
    public string AlignedEnergy { get; init; } = Defaults.AlignedEnergyColumn;

    /// <summary>Added: the spectrum on the model's grid.</summary>
    public string OnGrid { get; init; } = Defaults.OnGridColumn;

    /// <summary>Added: what the model answers. Null for all that the model has.</summary>
    public DescriptorColumns? Outputs { get; init; }

    /// <summary>Rows that a cursor scores in one run.</summary>
    public int BatchSize { get; init; } = Defaults.BatchSize;
}

/// <summary>Whole pipelines.</summary>
public static class XanesPipeline
{
    /// <summary>From spectra as they are to a model's descriptors:
    /// aligned to the element's reference if the model is relative, resampled onto its grid, predicted.</summary>
    /// <param name="mlContext">Context that makes the steps.</param>
    /// <param name="modelFolder">A model folder's path; it is verified. Its predictor goes into the saved pipeline, so the folder is not needed later.</param>
    /// <param name="options">Column names and batch size; null for the defaults.</param>
    /// <remarks>Load models from trusted sources only.</remarks>
    /// <exception cref="Inference.XanesModelException">The folder is missing or damaged.</exception>
    public static EstimatorChain<DescriptorPredictionTransformer> ForModel(MLContext mlContext, string modelFolder, ModelPipelineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentException.ThrowIfNullOrEmpty(modelFolder);
        options ??= new ModelPipelineOptions();
        var folder = ModelFolder.Open(modelFolder);
        var model = folder.Metadata;
        var grid = new EnergyGrid([.. model.Energies]);
        var outputs = options.Outputs ?? (model.Calibrations.Count > 0 ? new DescriptorColumns() : new DescriptorColumns { Descriptors = null, DescriptorStd = null });
        var steps = mlContext.Transforms.Xanes();
        var predict = steps.PredictDescriptors(options.OnGrid, folder.Bytes(ModelFolder.PredictorFile), outputs, options.BatchSize);
        if (model.EnergyAxis == EnergyAxis.Absolute)
            return steps.Resample(options.OnGrid, grid, options.Energy, options.Spectrum).Append(predict);
        return steps.AlignEnergy(options.AlignedEnergy, options.Energy, options.Element, model.EdgeReferences)
            .Append(steps.Resample(options.OnGrid, grid, options.AlignedEnergy, options.Spectrum))
            .Append(predict);
    }
}
