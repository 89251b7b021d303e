using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using XanesMl.Inference.Models;
using ModelMetadata = XanesMl.Inference.Models.ModelMetadata;
using XanesMl.Spectra;

namespace XanesMl.Inference.Sessions;

/// <summary>A model ready to answer: spectra on its grid in, descriptors, styles and reconstructions out.</summary>
/// <remarks>Safe for use from several threads at once. Each call runs on the calling thread, in batches of 256 rows.</remarks>
public sealed class SpectrumModel : IDisposable
{
    private readonly OnnxSession _predictor;
    private readonly Lazy<OnnxSession> _encoder;
    private readonly Lazy<OnnxSession> _decoder;
    private readonly Lock _gate = new();
    private bool _disposed;

    /// <summary>Makes a model of a verified folder.</summary>
    public SpectrumModel(ModelFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        Folder = folder;
        Grid = new EnergyGrid([.. Metadata.Energies]);
        var outputs = OnnxContract.PredictorOutputs(Metadata.Calibrations.Count, Metadata.StyleCount, Grid.Count);
        _predictor = new OnnxSession(folder.Bytes(ModelFolder.PredictorFile), ModelFolder.PredictorFile, [.. outputs.Select(o => o.Name)]);
        _encoder = new(() => new OnnxSession(folder.Bytes(ModelFolder.EncoderFile), ModelFolder.EncoderFile, ModelTensors.Styles));
        _decoder = new(() => new OnnxSession(folder.Bytes(ModelFolder.DecoderFile), ModelFolder.DecoderFile, ModelTensors.Spectrum));
    }

    /// <summary>The folder it was made from.</summary>
    public ModelFolder Folder { get; }

    /// <summary>Content of model.json.</summary>
    public ModelMetadata Metadata => Folder.Metadata;

    /// <summary>Grid of the model's input; relative to the edge reference where <see cref="ModelMetadata.EnergyAxis"/> says so.</summary>
    public EnergyGrid Grid { get; }

    /// <summary>Opens and verifies a model folder.</summary>
    /// <exception cref="XanesModelException">See <see cref="ModelFolder.Open"/>.</exception>
    public static SpectrumModel Open(string folder) => new(ModelFolder.Open(folder));

    /// <summary>Begins to load ONNX Runtime on another thread, which takes some 30 ms of a program's start; for a program that has other things to do before its first model.
    /// A failure shows when the model is opened.</summary>
    /// <returns>Ends when the library is there. A process must not end before: the system would take the library down while it comes up.</returns>
    public static Task BeginLoading() => Task.Run(static () =>
    {
        try
        {
            OrtEnv.Instance();
        }
#pragma warning disable CA1031 // Whatever it is, the next use of the library throws it again, where somebody can say so.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    });

    /// <summary>Runs predictor.onnx.</summary>
    /// <param name="spectra">[rows x points] on the model's grid, normalized as the model's policy says.</param>
    /// <param name="rows">Number of spectra.</param>
    /// <exception cref="ArgumentException">The length of <paramref name="spectra"/> is not rows x points.</exception>
    /// <exception cref="XanesDataException">A value is not finite.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public PredictionBatch Predict(ReadOnlySpan<float> spectra, int rows)
    {
        RequireSpectra(spectra, rows);
        float[][] o = _predictor.Run(spectra, rows);
        int k = Metadata.Calibrations.Count, first = k > 0 ? 2 : 0;
        return new PredictionBatch
        {
            Rows = rows,
            DescriptorCount = k,
            Descriptors = k > 0 ? o[0] : [],
            DescriptorStd = k > 0 ? o[1] : [],
            Styles = o[first],
            Reconstruction = o[first + 1],
            ReconstructionError = o[first + 2],
        };
    }

    /// <summary>Runs encoder.onnx: [rows x points] spectra to [rows x styles].</summary>
    /// <inheritdoc cref="Predict" path="/exception"/>
    public float[] EncodeStyles(ReadOnlySpan<float> spectra, int rows)
    {
        RequireSpectra(spectra, rows);
        return Session(_encoder).Run(spectra, rows)[0];
    }

    /// <summary>Runs decoder.onnx: [rows x styles] to [rows x points] spectra.</summary>
    /// <inheritdoc cref="Predict" path="/exception"/>
    public float[] DecodeStyles(ReadOnlySpan<float> styles, int rows)
    {
        RequireLength(styles.Length, rows, Metadata.StyleCount, "styles");
        for (int i = 0; i < styles.Length; i++)
            if (!float.IsFinite(styles[i]))
                throw new XanesDataException(string.Create(CultureInfo.InvariantCulture,
                    $"style {(i % Metadata.StyleCount) + 1} of row {(i / Metadata.StyleCount) + 1} is {styles[i]}"), remedy: "Styles must be finite numbers.");
        return Session(_decoder).Run(styles, rows)[0];
    }

    /// <summary>Frees the native sessions; calls that are running end normally, later ones throw.</summary>
    public void Dispose()
    {
        lock (_gate)
            _disposed = true;
        _predictor.Dispose();
        if (_encoder.IsValueCreated)
            _encoder.Value.Dispose();
        if (_decoder.IsValueCreated)
            _decoder.Value.Dispose();
    }

    /// <summary>Creation and disposal exclude each other, so that no session is made after the model is gone.</summary>
    private OnnxSession Session(Lazy<OnnxSession> session)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return session.Value;
        }
    }

    private void RequireSpectra(ReadOnlySpan<float> spectra, int rows)
    {
        RequireLength(spectra.Length, rows, Grid.Count, "spectra");
        for (int i = 0; i < spectra.Length; i++)
            if (!float.IsFinite(spectra[i]))
                throw new XanesDataException(string.Create(CultureInfo.InvariantCulture,
                    $"spectrum {(i / Grid.Count) + 1} has the value {spectra[i]} at {Grid[i % Grid.Count]:0.###} eV"), remedy: "Spectra must be finite numbers.");
    }

    private static void RequireLength(int length, int rows, int width, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        if (length != (long)rows * width)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{rows} rows of {width} values need {(long)rows * width} values, got {length}"), name);
    }
}
