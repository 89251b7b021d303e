using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Inference.Models;
using XanesMl.Spectra;
using XanesMl.Transforms.Measured;
using XanesMl.Transforms.Resampling;
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

/// <summary>A pipeline from measured spectra. Columns that lead from one step to the next are set for you.</summary>
public sealed record MeasuredPipelineOptions
{
    /// <summary>Input: Text, path of each row's file; without effect where <see cref="Columns"/> says otherwise.</summary>
    public string Path { get; init; } = Defaults.PathColumn;

    /// <summary>Input: columns of energies and mu as an instrument gave them. Null: files are read.</summary>
    public (string Energy, string Mu)? Columns { get; init; }

    /// <summary>Columns that reading fills, and how to read.</summary>
    public ReadSpectrumOptions Read { get; init; } = new();

    /// <summary>Columns that normalization fills, and how to normalize.</summary>
    public NormalizeOptions Normalize { get; init; } = new();

    /// <summary>How to shift to the model's energy reference. Null: energies are right as they are, for instance calibrated with a foil and shifted by hand.</summary>
    public AlignToModelOptions? Align { get; init; } = new();

    /// <summary>Columns of the model's steps.</summary>
    public ModelPipelineOptions Model { get; init; } = new();

    /// <summary>What happens to a row that cannot be used: for all steps.</summary>
    public UnusableRow OnError { get; init; } = UnusableRow.Throw;
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
        var (align, resample, predict) = Steps(mlContext, ModelFolder.Open(modelFolder), options ?? new ModelPipelineOptions());
        return align is null ? resample.Append(predict) : align.Append(resample).Append(predict);
    }

    /// <summary>From measured files to a model's descriptors: read, normalized, shifted to the model's energy reference, resampled onto its grid, predicted.</summary>
    /// <param name="mlContext">Context that makes the steps.</param>
    /// <param name="modelFolder">A model folder's path; it is verified, and goes into the saved pipeline.</param>
    /// <param name="options">Columns and behaviour of each step; null for the defaults.</param>
    /// <remarks>Load models from trusted sources only. The shift stands in the column EnergyShift.</remarks>
    /// <exception cref="Inference.XanesModelException">The folder is missing or damaged.</exception>
    public static EstimatorChain<DescriptorPredictionTransformer> ForMeasured(MLContext mlContext, string modelFolder, MeasuredPipelineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentException.ThrowIfNullOrEmpty(modelFolder);
        options ??= new MeasuredPipelineOptions();
        var steps = mlContext.Transforms.Xanes();
        var read = (options.Columns is { } c ? steps.ReadSpectrum(c.Energy, c.Mu, options.Read with { OnError = options.OnError }) : steps.ReadSpectrum(options.Path, options.Read with { OnError = options.OnError }))
            .Append(steps.Normalize(options.Normalize with { Energy = options.Read.Energy, Mu = options.Read.Mu, Signal = options.Read.Signal, OnError = options.OnError }));
        string energy = options.Read.Energy;
        var folder = ModelFolder.Open(modelFolder);
        var (align, resample, predict) = Steps(mlContext, folder, options.Model with
        {
            Energy = options.Align is null ? energy : options.Align.ShiftedEnergy, Spectrum = options.Normalize.Spectrum, Element = options.Read.Element ?? options.Model.Element,
        });
        IEstimator<ITransformer> before = read;
        if (options.Align is { } shift)
            before = read.Append(new ModelAlignmentEstimator(folder, shift with { Energy = energy, Spectrum = options.Normalize.Flat ?? options.Normalize.Spectrum, Element = options.Read.Element, OnError = options.OnError }));
        return align is null ? before.Append(resample).Append(predict) : before.Append(align).Append(resample).Append(predict);
    }

    private static (EnergyAlignmentEstimator? Align, SpectrumResamplingEstimator Resample, DescriptorPredictionEstimator Predict) Steps(MLContext mlContext, ModelFolder folder, ModelPipelineOptions options)
    {
        var model = folder.Metadata;
        var outputs = options.Outputs ?? (model.Calibrations.Count > 0 ? new DescriptorColumns() : new DescriptorColumns { Descriptors = null, DescriptorStd = null });
        var steps = mlContext.Transforms.Xanes();
        bool relative = model.EnergyAxis == EnergyAxis.RelativeToEdge;
        return (relative ? steps.AlignEnergy(options.AlignedEnergy, options.Energy, options.Element, model.EdgeReferences) : null,
            steps.Resample(options.OnGrid, new EnergyGrid([.. model.Energies]), relative ? options.AlignedEnergy : options.Energy, options.Spectrum),
            steps.PredictDescriptors(options.OnGrid, folder.Bytes(ModelFolder.PredictorFile), outputs, options.BatchSize));
    }
}
