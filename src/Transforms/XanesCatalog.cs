using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.Runtime;
using XanesMl.Inference.Models;
using XanesMl.Spectra;
using XanesMl.Transforms.Pipeline;
using XanesMl.Transforms.Resampling;
using XanesMl.Transforms.Scoring;

namespace XanesMl.Transforms;

/// <summary>The front door: one method for each step. Get it from <c>mlContext.Transforms.Xanes()</c>.</summary>
/// <remarks>Steps save themselves into ML.NET's model zip and load back with <c>mlContext.Model.Load</c>; a process that has not made a
/// step yet calls <c>mlContext.RegisterXanes()</c> first.</remarks>
[SuppressMessage("Performance", "CA1822:Mark members as static", Justification = 
    "mlContext.Transforms.Xanes() hands out an instance, and making it registers the loaders")]
public sealed class XanesCatalog
{
    private static readonly ComponentVersion[] s_loaders =
    [
        SpectrumResamplingTransformer.Version, EnergyAlignmentTransformer.Version, StylesEncodingTransformer.Version,
        SpectrumDecodingTransformer.Version, DescriptorPredictionTransformer.Version, DescriptorSelectionTransformer.Version,
    ];

    internal XanesCatalog(IHostEnvironment environment) => Register(environment.ComponentCatalog);

    /// <summary>Puts spectra onto <paramref name="grid"/> by quadratic spline.</summary>
    /// <param name="outputColumnName">Vector&lt;Single, grid.Count&gt;; slots are named ENE_energy.</param>
    /// <param name="grid">Energies in eV, absolute or relative as those of the energy column.</param>
    /// <param name="energyColumnName">Vector of Double or Single, eV, strictly increasing.</param>
    /// <param name="spectrumColumnName">Vector of Single, as long as the energies.</param>
    public SpectrumResamplingEstimator Resample(
        string outputColumnName, EnergyGrid grid, string energyColumnName = Defaults.EnergyColumn, string spectrumColumnName = Defaults.SpectrumColumn)
    {
        ArgumentNullException.ThrowIfNull(grid);
        return new(new SpectrumResamplingTransformer(Columns.Named(outputColumnName, nameof(outputColumnName)), grid,
            Columns.Named(energyColumnName, nameof(energyColumnName)), Columns.Named(spectrumColumnName, nameof(spectrumColumnName))));
    }

    /// <summary>Subtracts the reference energy of the row's element from its energies.</summary>
    /// <param name="outputEnergyColumnName">Vector&lt;Double&gt;, eV relative to the reference.</param>
    /// <param name="energyColumnName">Vector of Double or Single, eV.</param>
    /// <param name="elementColumnName">Text, the element's symbol.</param>
    /// <param name="references">Reference energy of each element in eV, for instance a model's EdgeReferences.</param>
    /// <exception cref="XanesDataException">A reference is not finite, an element comes twice, or there is none.</exception>
    public EnergyAlignmentEstimator AlignEnergy(
        string outputEnergyColumnName, string energyColumnName, string elementColumnName, IReadOnlyDictionary<string, double> references)
    {
        ArgumentNullException.ThrowIfNull(references);
        return new(new EnergyAlignmentTransformer(Columns.Named(outputEnergyColumnName, nameof(outputEnergyColumnName)),
            Columns.Named(energyColumnName, nameof(energyColumnName)), Columns.Named(elementColumnName, nameof(elementColumnName)), references));
    }

    /// <summary>Turns spectra on the model's grid into styles. Load models from trusted sources only.</summary>
    /// <param name="outputColumnName">Vector&lt;Single, styles&gt;.</param>
    /// <param name="inputColumnName">Vector&lt;Single, points&gt;.</param>
    /// <param name="modelFolder">A verified model folder's path.</param>
    /// <param name="batchSize">Rows that a cursor reads ahead and scores in one run.</param>
    /// <exception cref="Inference.XanesModelException">The folder is missing or damaged.</exception>
    public StylesEncodingEstimator EncodeStyles(
        string outputColumnName, string inputColumnName, string modelFolder, int batchSize = Defaults.BatchSize) =>
        EncodeStyles(outputColumnName, inputColumnName, FromFolder(modelFolder, ModelFolder.EncoderFile), batchSize);

    /// <summary>Turns spectra on the model's grid into styles. Load models from trusted sources only.</summary>
    /// <param name="outputColumnName">Vector&lt;Single, styles&gt;.</param>
    /// <param name="inputColumnName">Vector&lt;Single, points&gt;.</param>
    /// <param name="encoder">Content of an encoder.onnx; copied.</param>
    /// <param name="batchSize">Rows that a cursor reads ahead and scores in one run.</param>
    /// <exception cref="Inference.XanesModelException">The bytes are not a model with this input and output.</exception>
    public StylesEncodingEstimator EncodeStyles(
        string outputColumnName, string inputColumnName, ReadOnlyMemory<byte> encoder, int batchSize = Defaults.BatchSize) =>
        new(Define(encoder, ModelFolder.EncoderFile, ModelTensors.Spectrum, inputColumnName,
            [new(ModelTensors.Styles, Columns.Named(outputColumnName, nameof(outputColumnName)))], batchSize));

    /// <summary>Turns styles into spectra on the model's grid. Load models from trusted sources only.</summary>
    /// <param name="outputColumnName">Vector&lt;Single, points&gt;; slots are named ENE_energy where the model knows its grid.</param>
    /// <param name="inputColumnName">Vector&lt;Single, styles&gt;.</param>
    /// <param name="modelFolder">A verified model folder's path.</param>
    /// <param name="batchSize">Rows that a cursor reads ahead and scores in one run.</param>
    /// <exception cref="Inference.XanesModelException">The folder is missing or damaged.</exception>
    public SpectrumDecodingEstimator DecodeSpectrum(
        string outputColumnName, string inputColumnName, string modelFolder, int batchSize = Defaults.BatchSize) =>
        DecodeSpectrum(outputColumnName, inputColumnName, FromFolder(modelFolder, ModelFolder.DecoderFile), batchSize);

    /// <summary>Turns styles into spectra on the model's grid. Load models from trusted sources only.</summary>
    /// <param name="outputColumnName">Vector&lt;Single, points&gt;; slots are named ENE_energy where the model knows its grid.</param>
    /// <param name="inputColumnName">Vector&lt;Single, styles&gt;.</param>
    /// <param name="decoder">Content of a decoder.onnx; copied.</param>
    /// <param name="batchSize">Rows that a cursor reads ahead and scores in one run.</param>
    /// <exception cref="Inference.XanesModelException">The bytes are not a model with this input and output.</exception>
    public SpectrumDecodingEstimator DecodeSpectrum(
        string outputColumnName, string inputColumnName, ReadOnlyMemory<byte> decoder, int batchSize = Defaults.BatchSize) =>
        new(Define(decoder, ModelFolder.DecoderFile, ModelTensors.Styles, inputColumnName,
            [new(ModelTensors.Spectrum, Columns.Named(outputColumnName, nameof(outputColumnName)))], batchSize));

    /// <summary>Predicts descriptors of spectra on the model's grid. Load models from trusted sources only.</summary>
    /// <param name="inputColumnName">Vector&lt;Single, points&gt;.</param>
    /// <param name="modelFolder">A verified model folder's path.</param>
    /// <param name="columns">The columns to fill; null for all under their default names.</param>
    /// <param name="batchSize">Rows that a cursor reads ahead and scores in one run.</param>
    /// <exception cref="Inference.XanesModelException">The folder is missing or damaged, or its predictor has no such output.</exception>
    public DescriptorPredictionEstimator PredictDescriptors(
        string inputColumnName, string modelFolder, DescriptorColumns? columns = null, int batchSize = Defaults.BatchSize) =>
        PredictDescriptors(inputColumnName, FromFolder(modelFolder, ModelFolder.PredictorFile), columns, batchSize);

    /// <summary>Predicts descriptors of spectra on the model's grid. Load models from trusted sources only.</summary>
    /// <param name="inputColumnName">Vector&lt;Single, points&gt;.</param>
    /// <param name="predictor">Content of a predictor.onnx; copied.</param>
    /// <param name="columns">The columns to fill; null for all under their default names.</param>
    /// <param name="batchSize">Rows that a cursor reads ahead and scores in one run.</param>
    /// <exception cref="Inference.XanesModelException">The bytes are not a model with this input and these outputs.</exception>
    public DescriptorPredictionEstimator PredictDescriptors(
        string inputColumnName, ReadOnlyMemory<byte> predictor, DescriptorColumns? columns = null, int batchSize = Defaults.BatchSize) =>
        new(Define(predictor, ModelFolder.PredictorFile, ModelTensors.Spectrum, inputColumnName, (columns ?? new DescriptorColumns()).ToOutputs(), batchSize));

    /// <summary>Takes one named slot of a vector as a scalar Single.</summary>
    /// <param name="outputColumnName">Single.</param>
    /// <param name="inputColumnName">Known-size Vector&lt;Single&gt; with slot names.</param>
    /// <param name="slotName">For instance a descriptor's name, "CN".</param>
    public DescriptorSelectionEstimator SelectDescriptor(string outputColumnName, string inputColumnName, string slotName) =>
        new(new DescriptorSelectionTransformer(Columns.Named(outputColumnName, nameof(outputColumnName)),
            Columns.Named(inputColumnName, nameof(inputColumnName)), Columns.Named(slotName, nameof(slotName))));

    internal static void Register(ComponentCatalog catalog) => ModelPersistence.Register(catalog, s_loaders);

    private static ScoringDefinition Define(
        ReadOnlyMemory<byte> model, string what, string modelInput, string inputColumn, IReadOnlyList<ScoredOutput> outputs, int batchSize) =>
        new(model.ToArray(), what, modelInput, Columns.Named(inputColumn, "inputColumnName"), outputs, batchSize);

    private static ReadOnlyMemory<byte> FromFolder(string path, string file)
    {
        ArgumentException.ThrowIfNullOrEmpty(path, "modelFolder");
        return ModelFolder.Open(path).Bytes(file);
    }
}

/// <summary>Columns that a prediction fills; null leaves an output out.</summary>
public sealed record DescriptorColumns
{
    /// <summary>Vector&lt;Single, K&gt;: descriptors in their units, slots named after them. Null for a model without calibrated descriptors.</summary>
    public string? Descriptors { get; init; } = Defaults.DescriptorsColumn;

    /// <summary>Vector&lt;Single, K&gt;: standard deviation over the ensemble, same units and slots.</summary>
    public string? DescriptorStd { get; init; } = Defaults.DescriptorStdColumn;

    /// <summary>Vector&lt;Single, styles&gt;.</summary>
    public string? Styles { get; init; } = Defaults.StylesColumn;

    /// <summary>Vector&lt;Single, points&gt;: the spectrum as the model sees it.</summary>
    public string? Reconstruction { get; init; } = Defaults.ReconstructionColumn;

    /// <summary>Single: mean absolute difference of spectrum and reconstruction.</summary>
    public string? ReconstructionError { get; init; } = Defaults.ReconstructionErrorColumn;

    internal IReadOnlyList<ScoredOutput> ToOutputs()
    {
        ScoredOutput?[] all =
        [
            Output(ModelTensors.Descriptors, Descriptors), Output(ModelTensors.DescriptorStd, DescriptorStd), Output(ModelTensors.Styles, Styles),
            Output(ModelTensors.Reconstruction, Reconstruction), Output(ModelTensors.ReconstructionError, ReconstructionError),
        ];
        return [.. all.OfType<ScoredOutput>()];
    }

    private static ScoredOutput? Output(string modelOutput, string? column) =>
        string.IsNullOrEmpty(column) ? null : new ScoredOutput(modelOutput, column, modelOutput == ModelTensors.ReconstructionError);
}
