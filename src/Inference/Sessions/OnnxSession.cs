using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using XanesMl.Inference.Models;

namespace XanesMl.Inference.Sessions;

/// <summary>One ONNX model in memory with one float input [N, width], run in batches with reused native tensors.</summary>
/// <remarks>One thread per call and sequential execution: these networks are too small to split, and the order of additions stays fixed.
/// Calls may come from several threads at once. After <see cref="Dispose"/> new calls throw; the native session goes when the last running call ends,
/// because running a freed session is undefined behaviour.</remarks>
internal sealed class OnnxSession : IDisposable
{
    /// <summary>Rows of one native call: large enough to hide its cost, small enough for the cache.</summary>
    public const int BatchRows = 256;

    private readonly InferenceSession _session;
    private readonly string _file;
    private readonly string[] _inputs;
    private readonly string[] _outputs;
    private readonly int _inputWidth;
    private readonly int[] _widths;
    private readonly ConcurrentBag<Buffers> _pool = [];
    private readonly Lock _gate = new();
    private int _running;
    private bool _disposed;

    /// <summary>Loads a model whose form <see cref="OnnxContract"/> has verified.</summary>
    /// <param name="model">Bytes of the ONNX file.</param>
    /// <param name="file">Name for error messages.</param>
    /// <param name="outputs">Names of the outputs to compute, in the order in which <see cref="Run"/> fills them.</param>
    public OnnxSession(ReadOnlyMemory<byte> model, string file, params string[] outputs)
    {
        _file = file;
        _session = Load(model, file);
        _inputs = [.. _session.InputMetadata.Keys];
        _outputs = outputs;
        _inputWidth = _session.InputMetadata[_inputs[0]].Dimensions[1];
        _widths = Array.ConvertAll(outputs, name => _session.OutputMetadata[name].Dimensions[1]);
    }

    /// <summary>Creates the native session.</summary>
    /// <param name="model">Bytes of the ONNX file.</param>
    /// <param name="file">Name for error messages.</param>
    /// <param name="toRun">False to look at it only: without the optimization of its graph, which takes longer than all the rest.</param>
    /// <exception cref="XanesModelException">The bytes are not a model that ONNX Runtime can run.</exception>
    public static InferenceSession Load(ReadOnlyMemory<byte> model, string file, bool toRun = true)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = toRun ? GraphOptimizationLevel.ORT_ENABLE_ALL : GraphOptimizationLevel.ORT_DISABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, // failures come as exceptions; nothing of it belongs on a program's stderr
        };
        try
        {
            return new InferenceSession(model.ToArray(), options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new XanesModelException("ONNX Runtime cannot load the file: " + MetadataRules.Short(e.Message, 200), file, remedy: ModelFolder.Restore, inner: e);
        }
    }

    /// <summary>Runs all rows.</summary>
    /// <param name="input">[rows x input width].</param>
    /// <param name="rows">Number of rows, 0 or more.</param>
    /// <returns>One array [rows x width] for each output.</returns>
    public float[][] Run(ReadOnlySpan<float> input, int rows)
    {
        Enter();
        try
        {
            if (!_pool.TryTake(out var buffers))
                buffers = new Buffers(_inputWidth, _widths);
            float[][] results = Array.ConvertAll(_widths, w => new float[checked(rows * w)]);
            for (int done = 0; done < rows; done += BatchRows)
                RunBatch(buffers, input[(done * _inputWidth)..], results, done, Math.Min(BatchRows, rows - done));
            _pool.Add(buffers);
            return results;
        }
        finally
        {
            Exit();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            if (_running > 0)
                return;
        }

        Free();
    }

    private void RunBatch(Buffers buffers, ReadOnlySpan<float> input, float[][] results, int done, int count)
    {
        input[..(count * _inputWidth)].CopyTo(buffers.Input.Span);
        try
        {
            buffers.Run(_session, _inputs, _outputs, count);
        }
        catch (OnnxRuntimeException e)
        {
            throw new XanesModelException("ONNX Runtime cannot run the model: " + MetadataRules.Short(e.Message, 200), _file, remedy: ModelFolder.Restore, inner: e);
        }

        for (int o = 0; o < results.Length; o++)
            buffers.Outputs[o].Span[..(count * _widths[o])].CopyTo(results[o].AsSpan(done * _widths[o]));
    }

    private void Enter()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(SpectrumModel));
            _running++;
        }
    }

    private void Exit()
    {
        bool last;
        lock (_gate)
            last = --_running == 0 && _disposed;
        if (last)
            Free();
    }

    private void Free()
    {
        while (_pool.TryTake(out var buffers))
            buffers.Dispose();
        _session.Dispose();
    }

    /// <summary>Pinned memory with its native views for a full batch; the views of a last, shorter batch live for one call. It begins on a 64-byte boundary: ONNX Runtime's vector
    /// code treats the ends of unaligned memory in another way and rounds differently there, and which buffer of the pool serves a call must not change a result.</summary>
    private sealed class Buffers : IDisposable
    {
        private readonly int[] _widths;
        private readonly OrtValue[] _input;
        private readonly OrtValue[] _outputs;
        private readonly RunOptions _options = new();

        public Buffers(int inputWidth, int[] widths)
        {
            _widths = [inputWidth, .. widths];
            Input = Aligned(BatchRows * inputWidth);
            Outputs = Array.ConvertAll(widths, w => Aligned(BatchRows * w));
            _input = [View(Input, BatchRows, inputWidth)];
            _outputs = [.. Outputs.Select((memory, o) => View(memory, BatchRows, widths[o]))];
        }

        public Memory<float> Input { get; }

        public Memory<float>[] Outputs { get; }

        public void Run(InferenceSession session, string[] inputs, string[] outputs, int count)
        {
            if (count == BatchRows)
            {
                session.Run(_options, inputs, _input, outputs, _outputs);
                return;
            }

            OrtValue[] results = [.. Outputs.Select((memory, o) => View(memory, count, _widths[o + 1]))];
            try
            {
                using var input = View(Input, count, _widths[0]);
                session.Run(_options, inputs, [input], outputs, results);
            }
            finally
            {
                foreach (var value in results)
                    value.Dispose();
            }
        }

        public void Dispose()
        {
            foreach (var value in _input.Concat(_outputs))
                value.Dispose();
            _options.Dispose();
        }

        private static OrtValue View(Memory<float> memory, int rows, int width) =>
            OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, memory[..(rows * width)], [rows, width]);

        private static Memory<float> Aligned(int length)
        {
            const int Boundary = 64;
            var array = GC.AllocateArray<float>(length + (Boundary / sizeof(float)), pinned: true);
            int misplaced = (int)(Marshal.UnsafeAddrOfPinnedArrayElement(array, 0) % Boundary);
            return array.AsMemory(misplaced == 0 ? 0 : (Boundary - misplaced) / sizeof(float), length);
        }
    }
}
