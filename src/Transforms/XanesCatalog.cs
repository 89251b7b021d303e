using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.Runtime;
using XanesMl.Inference.Models;
using XanesMl.Spectra;
using XanesMl.Spectra.Normalization;
using XanesMl.Transforms.Features;
using XanesMl.Transforms.Measured;
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
        SpectrumReadingTransformer.Version, SpectrumNormalizationTransformer.Version, ReconstructionErrorTransformer.Version, SpectrumVariationTransformer.Version,
        ModelAlignmentTransformer.Version, SpectralFeatureTransformer.Version,
    ];

    internal XanesCatalog(IHostEnvironment environment) => Register(environment.ComponentCatalog);

    /// <summary>Reads the file that each row names. What happens to a file that cannot be read: <see cref="ReadSpectrumOptions.OnError"/>.</summary>
    /// <param name="pathColumnName">Text, path of a file in any format of docs/formats.md.</param>
    /// <param name="options">Output columns, how to read, and what to do with a row that cannot be read; null for the defaults.</param>
    public SpectrumReadingEstimator ReadSpectrum(string pathColumnName = Defaults.PathColumn, ReadSpectrumOptions? options = null) =>
        new(new SpectrumReadingTransformer(Columns.Named(pathColumnName, nameof(pathColumnName)), null, null, options ?? new ReadSpectrumOptions()));

    /// <summary>Takes each row's columns of energies and mu as an instrument gave them: any order, eV or keV, repeated points.</summary>
    /// <param name="energyColumnName">Vector of Double or Single.</param>
    /// <param name="muColumnName">Vector of Double or Single, as long as the energies.</param>
    /// <param name="options">Output columns, unit, and what to do with a row that is no spectrum; null for the defaults.</param>
    public SpectrumReadingEstimator ReadSpectrum(string energyColumnName, string muColumnName, ReadSpectrumOptions? options = null) =>
        new(new SpectrumReadingTransformer(null, Columns.Named(energyColumnName, nameof(energyColumnName)), Columns.Named(muColumnName, nameof(muColumnName)), options ?? new ReadSpectrumOptions()));

    /// <summary>Normalizes what ReadSpectrum read: pre-edge, post-edge, flatten; E0 and edge step become columns too.</summary>
    /// <param name="options">Columns, the way to normalize with all its parameters, and what to do with a row that cannot be normalized; null for the defaults.</param>
    /// <exception cref="XanesDataException">An option that cannot be used.</exception>
    public SpectrumNormalizationEstimator Normalize(NormalizeOptions? options = null) => new(new SpectrumNormalizationTransformer(options ?? new NormalizeOptions()));

    /// <summary>Normalizes vectors of which nothing else is known.</summary>
    /// <param name="outputColumnName">Vector&lt;Single&gt; of mu's size: the flattened spectrum.</param>
    /// <param name="energyColumnName">Vector of Double or Single, eV, strictly increasing.</param>
    /// <param name="muColumnName">Vector of Double or Single, as long as the energies.</param>
    /// <param name="normalization">The way and its parameters; null for pre-edge and post-edge curves.</param>
    /// <exception cref="XanesDataException">An option that cannot be used.</exception>
    public SpectrumNormalizationEstimator Normalize(string outputColumnName, string energyColumnName, string muColumnName, NormalizationOptions? normalization = null) => Normalize(new NormalizeOptions
    {
        Spectrum = Columns.Named(outputColumnName, nameof(outputColumnName)), Energy = Columns.Named(energyColumnName, nameof(energyColumnName)), Mu = Columns.Named(muColumnName, nameof(muColumnName)),
        Signal = null, Norm = null, Flat = null, Normalization = normalization ?? new NormalizationOptions(),
    });

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

    /// <summary>Reads edge, pre-edge peak, main peak, pit and second peak off normalized spectra: descriptors that need no model.</summary>
    /// <param name="options">Columns, which features, and how they are looked for; null for all features and the defaults.</param>
    /// <exception cref="XanesDataException">An option that cannot be used, such as the name of a feature that does not exist.</exception>
    public SpectralFeatureEstimator ExtractSpectralFeatures(ExtractSpectralFeaturesOptions? options = null) => new(new SpectralFeatureTransformer(options ?? new ExtractSpectralFeaturesOptions()));

    /// <summary>Reads the features off the spectra of two columns.</summary>
    /// <param name="outputColumnName">Vector&lt;Single, 21&gt;; slots are the features' names.</param>
    /// <param name="energyColumnName">Vector of Double or Single, eV, strictly increasing.</param>
    /// <param name="spectrumColumnName">Vector of Double or Single, as long as the energies.</param>
    public SpectralFeatureEstimator ExtractSpectralFeatures(string outputColumnName, string energyColumnName = Defaults.EnergyColumn, string spectrumColumnName = Defaults.SpectrumColumn) =>
        ExtractSpectralFeatures(new ExtractSpectralFeaturesOptions { Output = Columns.Named(outputColumnName, nameof(outputColumnName)), Energy = Columns.Named(energyColumnName, nameof(energyColumnName)), Spectrum = Columns.Named(spectrumColumnName, nameof(spectrumColumnName)) });

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

    /// <summary>Shifts the energies of measured spectra to a model's reference; the shift is a column. Load models from trusted sources only.</summary>
    /// <param name="modelFolder">A verified model folder's path; all of it goes into the saved pipeline.</param>
    /// <param name="options">Columns, reach, and what to do with a row that cannot be aligned; null for the defaults.</param>
    /// <exception cref="Inference.XanesModelException">The folder is missing or damaged.</exception>
    public ModelAlignmentEstimator AlignToModel(string modelFolder, AlignToModelOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelFolder);
        return new(ModelFolder.Open(modelFolder), options ?? new AlignToModelOptions());
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

    /// <summary>Tells how well a model reproduces spectra, and whether it knows such spectra. Load models from trusted sources only.</summary>
    /// <param name="inputColumnName">Vector&lt;Single, points&gt;, on the model's grid.</param>
    /// <param name="modelFolder">A verified model folder's path.</param>
    /// <param name="columns">The columns to fill; null for all under their default names.</param>
    /// <param name="batchSize">Rows that a cursor reads ahead and scores in one run.</param>
    /// <exception cref="Inference.XanesModelException">The folder is missing or damaged.</exception>
    public ReconstructionErrorEstimator ReconstructionError(
        string inputColumnName, string modelFolder, ReconstructionErrorColumns? columns = null, int batchSize = Defaults.BatchSize) =>
        ReconstructionError(inputColumnName, FromFolder(modelFolder, ModelFolder.PredictorFile), columns, batchSize);

    /// <summary>Tells how well a model reproduces spectra, and whether it knows such spectra. Load models from trusted sources only.</summary>
    /// <param name="inputColumnName">Vector&lt;Single, points&gt;, on the model's grid.</param>
    /// <param name="predictor">Content of a predictor.onnx; copied. Its thresholds stand in its metadata_props.</param>
    /// <param name="columns">The columns to fill; null for all under their default names.</param>
    /// <param name="batchSize">Rows that a cursor reads ahead and scores in one run.</param>
    /// <exception cref="Inference.XanesModelException">The bytes are not a model with this input and these outputs.</exception>
    public ReconstructionErrorEstimator ReconstructionError(
        string inputColumnName, ReadOnlyMemory<byte> predictor, ReconstructionErrorColumns? columns = null, int batchSize = Defaults.BatchSize) =>
        new(Define(predictor, ModelFolder.PredictorFile, ModelTensors.Spectrum, inputColumnName, (columns ?? new ReconstructionErrorColumns()).ToOutputs(), batchSize));

    /// <summary>Shows how the spectrum changes with one style: decodes a sweep of it. Load models from trusted sources only.</summary>
    /// <param name="modelFolder">A verified model folder's path.</param>
    /// <param name="options">Which style, its range, the steps, and the columns.</param>
    /// <exception cref="Inference.XanesModelException">The folder is missing or damaged.</exception>
    /// <exception cref="XanesDataException">An option that does not fit the model.</exception>
    public SpectrumVariationEstimator VarySpectrum(string modelFolder, VarySpectrumOptions options) => VarySpectrum(FromFolder(modelFolder, ModelFolder.DecoderFile), options);

    /// <summary>Shows how the spectrum changes with one style: decodes a sweep of it. Load models from trusted sources only.</summary>
    /// <param name="decoder">Content of a decoder.onnx; copied.</param>
    /// <param name="options">Which style, its range, the steps, and the columns.</param>
    /// <exception cref="Inference.XanesModelException">The bytes are not a model with this input and output.</exception>
    /// <exception cref="XanesDataException">An option that does not fit the model.</exception>
    public SpectrumVariationEstimator VarySpectrum(ReadOnlyMemory<byte> decoder, VarySpectrumOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new(decoder.ToArray(), options);
    }

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
