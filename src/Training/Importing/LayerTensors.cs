using XanesMl.Spectra;

namespace XanesMl.Training.Importing;

/// <summary>The tensors of one numbered layer.</summary>
internal sealed class LayerTensors(string path)
{
    private const int MaxWidth = 32_768;

    private readonly Dictionary<string, NamedTensor> _tensors = new(StringComparer.Ordinal);

    public string Path { get; } = path;

    public bool IsBatchNorm => _tensors.ContainsKey("running_mean");

    public bool IsLinear => !IsBatchNorm && _tensors.TryGetValue("weight", out NamedTensor? w) && w.Shape.Count == 2;

    public bool IsPRelu => !IsBatchNorm && _tensors.TryGetValue("weight", out NamedTensor? w) && w.Shape.Count == 1 && !_tensors.ContainsKey("bias");

    public string Described => string.Join(", ", _tensors.Select(t => $"{t.Key} [{string.Join(", ", t.Value.Shape)}]"));

    public void Add(string kind, NamedTensor tensor, string source)
    {
        if (kind is not ("weight" or "bias" or "running_mean" or "running_var" or "num_batches_tracked"))
            throw new XanesDataException($"tensor {WeightsFile.Show(tensor.Name)} belongs to no layer of a fully connected RankAAE", source,
                remedy: "Linear, PReLU and BatchNorm1d layers are read");
        if (!_tensors.TryAdd(kind, tensor))
            throw new XanesDataException($"tensors {WeightsFile.Show(tensor.Name)} and {WeightsFile.Show(_tensors[kind].Name)} claim one place", source,
                remedy: "Give a file with one model");
    }

    /// <summary>[outputs, inputs] of a linear layer.</summary>
    public (int Outputs, int Inputs) LinearShape(string source)
    {
        IReadOnlyList<long> shape = _tensors["weight"].Shape;
        return shape[0] is > 0 and <= MaxWidth && shape[1] is > 0 and <= MaxWidth
            ? ((int)shape[0], (int)shape[1]) : throw new XanesDataException($"{Path} has widths {shape[1]} to {shape[0]}", source,
                remedy: $"1 to {MaxWidth} are read");
    }

    public bool Has(string kind) => _tensors.ContainsKey(kind);

    /// <summary>Finite values of a tensor with that many elements.</summary>
    public float[] Values(string kind, int count, string source)
    {
        if (!_tensors.TryGetValue(kind, out NamedTensor? tensor))
            throw new XanesDataException($"{Path} has no {kind}", source, remedy: "Export the whole model again");
        if (tensor.Count != count)
            throw new XanesDataException($"{Path}.{kind} has shape [{string.Join(", ", tensor.Shape)}], {count} values are expected", source,
                remedy: "Export the model again");
        float[] values = tensor.ToSingles();
        int bad = Array.FindIndex(values, v => !float.IsFinite(v));
        return bad < 0 ? values : throw new XanesDataException($"{Path}.{kind} has {values[bad]} at element {bad}", source,
            remedy: "The training diverged or the file is damaged");
    }

    /// <summary>Slopes of a PReLU: one a channel, or one for all.</summary>
    public float[] Slopes(int channels, string source) =>
        _tensors["weight"].Count == 1 ? [.. Enumerable.Repeat(Values("weight", 1, source)[0], channels)] : Values("weight", channels, source);
}
