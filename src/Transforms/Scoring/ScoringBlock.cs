using System.Numerics.Tensors;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;

namespace XanesMl.Transforms.Scoring;

/// <summary>Input and output memory of up to <c>rows</c> rows, used again for every run; belongs to one cursor or row.</summary>
internal sealed class ScoringBlock : IDisposable
{
    private readonly OnnxScorer _scorer;
    private readonly int _rows;
    private readonly int _width;
    private readonly float[] _input;
    private readonly float[]?[] _outputs;
    private readonly bool[] _missing;
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;
    private readonly (float[] Values, int Width)[] _asked;
    private readonly OrtValue[] _inputTensors;
    private readonly OrtValue[] _outputTensors;

    /// <param name="scorer">The shared session.</param>
    /// <param name="inputName">Name of the model's input.</param>
    /// <param name="outputs">All outputs of the step.</param>
    /// <param name="active">[outputs] those that somebody reads: the others are neither asked for nor copied.</param>
    /// <param name="rows">Capacity.</param>
    public ScoringBlock(OnnxScorer scorer, string inputName, IReadOnlyList<ScoredOutput> outputs, ReadOnlySpan<bool> active, int rows)
    {
        (_scorer, _rows, _width) = (scorer, rows, scorer.InputWidth);
        _input = new float[checked(rows * _width)];
        _missing = new bool[rows];
        _outputs = new float[outputs.Count][];
        var names = new List<string>();
        var asked = new List<(float[], int)>();
        for (int i = 0; i < outputs.Count; i++)
        {
            if (!active[i])
                continue;
            int width = scorer.Outputs[outputs[i].ModelOutput];
            var values = _outputs[i] = new float[checked(rows * width)];
            names.Add(outputs[i].ModelOutput);
            asked.Add((values, width));
        }

        _inputNames = [inputName];
        _outputNames = [.. names];
        _asked = [.. asked];
        _inputTensors = [Tensor(_input, rows, _width)];
        _outputTensors = [.. asked.Select(a => Tensor(a.Item1, rows, a.Item2))];
    }

    /// <summary>Puts an input row into place. A row with a value that is not finite counts as missing.</summary>
    public void Set(int row, in VBuffer<float> values)
    {
        var destination = _input.AsSpan(row * _width, _width);
        values.CopyTo(destination);
        _missing[row] = !AllFinite(destination);
        if (_missing[row])
            destination.Clear();
    }

    /// <summary>Scores the first <paramref name="count"/> rows. Missing rows get NaN in every output: a calibration inside the graph could turn NaN into a number that looks right.</summary>
    public void Run(int count)
    {
        if (count == _rows)
        {
            _scorer.Run(count, _inputNames, _inputTensors, _outputNames, _outputTensors);
        }
        else
        {
            using var input = Tensor(_input, count, _width);
            OrtValue[] outputs = [.. _asked.Select(a => Tensor(a.Values, count, a.Width))];
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
                foreach (var (values, width) in _asked)
                    values.AsSpan(row * width, width).Fill(float.NaN);
    }

    /// <summary>Copies one row of an active output into the caller's buffer.</summary>
    public void Get(int row, int output, ref VBuffer<float> destination)
    {
        var values = Row(row, output);
        var editor = VBufferEditor.Create(ref destination, values.Length);
        values.CopyTo(editor.Values);
        destination = editor.Commit();
    }

    /// <summary>The one value of a row of a scalar output.</summary>
    public float Get(int row, int output) => Row(row, output)[0];

    public void Dispose()
    {
        foreach (var t in _inputTensors)
            t.Dispose();
        foreach (var t in _outputTensors)
            t.Dispose();
    }

    private ReadOnlySpan<float> Row(int row, int output)
    {
        var values = _outputs[output]!;
        int width = values.Length / _rows;
        return values.AsSpan(row * width, width);
    }

    private static OrtValue Tensor(float[] values, int rows, int width) =>
        OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, values.AsMemory(0, rows * width), [rows, width]);

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
