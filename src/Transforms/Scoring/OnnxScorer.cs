using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using XanesMl.Inference;

namespace XanesMl.Transforms.Scoring;

/// <summary>One ONNX Runtime session, shared by every cursor, row and prediction engine of a transformer; thread-safe.</summary>
/// <remarks>Running a session that has been disposed of is undefined behaviour in ONNX Runtime. Users are counted here: Dispose
/// makes new runs throw <see cref="ObjectDisposedException"/> and frees the session when the last run in progress has ended.
/// One intra-op thread: a network of 64 wide layers is slower with more, and rows are scored by several cursors at once anyhow.</remarks>
internal sealed class OnnxScorer : IDisposable
{
    private const string Remedy = "Give a model that XanesMl exported for this step.";

    private readonly string _what;
    private readonly RunOptions _options = new();
    private readonly Dictionary<string, int> _outputs;
    private InferenceSession? _session;
    private int _users = 1;
    private int _disposed;
    private long _runs;
    private long _rows;

    /// <summary>Opens a model from its bytes; no file is written.</summary>
    /// <param name="model">The ONNX file's content: one input [N, width] and outputs [N, width], float32, N free.</param>
    /// <param name="input">Name that the input must have.</param>
    /// <param name="what">What the model is, for errors: "encoder.onnx".</param>
    /// <exception cref="XanesModelException">Not an ONNX model, or one of another form.</exception>
    public OnnxScorer(ReadOnlyMemory<byte> model, string input, string what)
    {
        _what = what;
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        try
        {
            _session = new InferenceSession(model.ToArray(), options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new XanesModelException($"ONNX Runtime cannot load the {model.Length} bytes: {e.Message}", what, remedy: Remedy, inner: e);
        }

        try
        {
            if (_session.InputMetadata.Count != 1 || !_session.InputMetadata.ContainsKey(input))
                throw new XanesModelException($"the one input must be '{input}'", what, string.Join(", ", _session.InputMetadata.Keys), Remedy);
            InputWidth = Width(_session.InputMetadata[input], input, what);
            _outputs = _session.OutputMetadata.ToDictionary(o => o.Key, o => Width(o.Value, o.Key, what));
            Properties = new Dictionary<string, string>(_session.ModelMetadata.CustomMetadataMap);
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    /// <summary>Values of one input row.</summary>
    public int InputWidth { get; }

    /// <summary>Values of one row of each output, by name.</summary>
    public IReadOnlyDictionary<string, int> Outputs => _outputs;

    /// <summary>The model's metadata_props.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; }

    /// <summary>Runs so far: what tests of laziness and batching count.</summary>
    public long Runs => Interlocked.Read(ref _runs);

    /// <summary>Rows scored so far.</summary>
    public long Rows => Interlocked.Read(ref _rows);

    /// <summary>Scores rows into tensors that the caller owns.</summary>
    /// <exception cref="ObjectDisposedException">The transformer has been disposed of.</exception>
    public void Run(int rows, string[] inputNames, OrtValue[] inputs, string[] outputNames, OrtValue[] outputs)
    {
        Interlocked.Increment(ref _users);
        try
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, typeof(ModelScoringTransformer));
            _session!.Run(_options, inputNames, inputs, outputNames, outputs);
            Interlocked.Increment(ref _runs);
            Interlocked.Add(ref _rows, rows);
        }
        catch (OnnxRuntimeException e)
        {
            throw new XanesModelException($"ONNX Runtime cannot run the model: {e.Message}", _what, remedy: Remedy, inner: e);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Ends the session as soon as nobody uses it.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            Leave();
    }

    private void Leave()
    {
        // The count starts at one for the owner, so it reaches zero only after Dispose. A late Run can take it from zero to one and
        // back, but has thrown by then: the exchange makes the second arrival at zero harmless.
        if (Interlocked.Decrement(ref _users) == 0 && Interlocked.Exchange(ref _session, null) is { } session)
        {
            session.Dispose();
            _options.Dispose();
        }
    }

    private static int Width(NodeMetadata node, string name, string what)
    {
        if (!node.IsTensor || node.ElementDataType != TensorElementType.Float || node.Dimensions.Length != 2 || node.Dimensions[1] < 1)
            throw new XanesModelException($"'{name}' must be a float32 tensor [N, width]", what,
                node.IsTensor ? $"{node.ElementDataType} [{string.Join(", ", node.Dimensions)}]" : $"{node.OnnxValueType}", Remedy);
        if (node.Dimensions[0] >= 0)
            throw new XanesModelException($"the batch axis of '{name}' must be dynamic", what, $"{node.Dimensions[0]}", "Export the model with a dynamic batch axis.");
        return node.Dimensions[1];
    }
}
