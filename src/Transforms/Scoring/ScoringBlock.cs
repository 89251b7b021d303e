using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;

namespace XanesMl.Transforms.Scoring;

/// <summary>Input and output memory of up to <c>rows</c> rows, used again for every run; belongs to one cursor or row.</summary>
internal sealed class ScoringBlock : IDisposable
{
    private readonly OnnxScorer _scorer;
    private readonly int _rows;
    private readonly int _width;
    private readonly Memory<float> _input;
    private readonly bool[] _missing;
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;
    private readonly (Memory<float> Values, int Width)[] _outputs;
    private readonly OrtValue[] _inputTensors;
    private readonly OrtValue[] _outputTensors;

    /// <param name="scorer">The shared session.</param>
    /// <param name="inputName">Name of the model's input.</param>
    /// <param name="outputs">Names of the model's outputs that somebody reads: the others are neither asked for nor copied.</param>
    /// <param name="rows">Capacity.</param>
    public ScoringBlock(OnnxScorer scorer, string inputName, IEnumerable<string> outputs, int rows)
    {
        (_scorer, _rows, _width) = (scorer, rows, scorer.InputWidth);
        _input = Aligned(rows, _width);
        _missing = new bool[rows];
        _inputNames = [inputName];
        _outputNames = [.. outputs.Distinct(StringComparer.Ordinal)];
        _outputs = Array.ConvertAll(_outputNames, name => (Aligned(rows, scorer.Outputs[name]), scorer.Outputs[name]));
        _inputTensors = [Tensor(_input, rows, _width)];
        _outputTensors = Array.ConvertAll(_outputs, o => Tensor(o.Values, rows, o.Width));
    }

    /// <summary>Place of an output that was asked for.</summary>
    public int IndexOf(string output) => Array.IndexOf(_outputNames, output);

    /// <summary>Puts an input row into place. A row with a value that is not finite counts as missing.</summary>
    public void Set(int row, in VBuffer<float> values)
    {
        var destination = _input.Span.Slice(row * _width, _width);
        values.CopyTo(destination);
        _missing[row] = !AllFinite(destination);
        if (_missing[row])
            destination.Clear();
    }

    /// <summary>Scores the first <paramref name="count"/> rows. Missing rows get NaN in every output: a calibration inside the graph
    /// could turn NaN into a number that looks right.</summary>
    public void Run(int count)
    {
        if (count == _rows)
        {
            _scorer.Run(count, _inputNames, _inputTensors, _outputNames, _outputTensors);
        }
        else
        {
            using var input = Tensor(_input, count, _width);
            OrtValue[] outputs = [.. _outputs.Select(a => Tensor(a.Values, count, a.Width))];
            try
            {
                _scorer.Run(count, _inputNames, [input], _outputNames, outputs);
            }
            finally
            {
                foreach (var o in outputs)
                    o.Dispose();
            }
        }

        for (int row = 0; row < count; row++)
            if (_missing[row])
                foreach (var (values, width) in _outputs)
                    values.Span.Slice(row * width, width).Fill(float.NaN);
    }

    /// <summary>Copies one row of an output into the caller's buffer.</summary>
    public void Get(int row, int output, ref VBuffer<float> destination)
    {
        var values = Row(row, output);
        var editor = VBufferEditor.Create(ref destination, values.Length);
        values.CopyTo(editor.Values);
        destination = editor.Commit();
    }

    /// <summary>Whether the input of a row counts as missing.</summary>
    public bool IsMissing(int row) => _missing[row];

    public void Dispose()
    {
        foreach (var t in _inputTensors)
            t.Dispose();
        foreach (var t in _outputTensors)
            t.Dispose();
    }

    /// <summary>One row of an output; valid until the next run.</summary>
    public ReadOnlySpan<float> Row(int row, int output)
    {
        var (values, width) = _outputs[output];
        return values.Span.Slice(row * width, width);
    }

    private static OrtValue Tensor(Memory<float> values, int rows, int width) =>
        OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, values[..(rows * width)], [rows, width]);

    /// <summary>Memory that begins on a 64-byte boundary. ONNX Runtime's vector code treats the ends of unaligned memory in another way and
    /// rounds differently there; where the garbage collector happens to put an array must not change a result.</summary>
    private static Memory<float> Aligned(int rows, int width)
    {
        const int Boundary = 64;
        int length = checked(rows * width);
        var array = GC.AllocateArray<float>(length + (Boundary / sizeof(float)), pinned: true);
        int misplaced = (int)(Marshal.UnsafeAddrOfPinnedArrayElement(array, 0) % Boundary);
        return array.AsMemory(misplaced == 0 ? 0 : (Boundary - misplaced) / sizeof(float), length);
    }

    /// <summary>A finite sum proves that all are finite; one that is not may also be an overflow, so that case is looked at value by value.</summary>
    private static bool AllFinite(ReadOnlySpan<float> values)
    {
        if (float.IsFinite(TensorPrimitives.Sum(values)))
            return true;
        foreach (float v in values)
            if (!float.IsFinite(v))
                return false;
        return true;
    }
}
