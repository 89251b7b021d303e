using XanesMl.Spectra;
using XanesMl.Training.Networks;

namespace XanesMl.Training.Importing;

/// <summary>Joins numbered layers into blocks of Linear, activation, batch normalization, dropout.</summary>
internal sealed class NetworkBuilder(string part, SortedDictionary<int, LayerTensors> layers, ImportOptions options, HashSet<string> used, string source)
{
    private readonly List<BlockWeights> _blocks = [];
    private BlockWeights? _open;
    private bool _activated;

    /// <summary>Builds from module classes, which settle everything.</summary>
    public NetworkWeights FromModules(IReadOnlyList<(int Index, TorchModule Module)> modules)
    {
        var seen = new HashSet<int>();
        foreach ((int index, TorchModule module) in modules)
        {
            string path = Path(index);
            if (!seen.Add(index))
                throw Error($"two modules at {path}", "Give one encoder and one decoder");
            layers.TryGetValue(index, out LayerTensors? tensors);
            if ((tensors is not null) != (module.ClassName is "Linear" or "PReLU" or "BatchNorm1d"))
                throw Error($"module {path} is {WeightsFile.Show(module.ClassName)} and has {(tensors is null ? "no tensors" : "tensors " + tensors.Described)}",
                    "Modules and weights must belong to one model");
            Take(path, module, tensors);
        }

        if (layers.Keys.FirstOrDefault(i => !seen.Contains(i), -1) is var missing and >= 0)
            throw Error($"{Path(missing)} has tensors and no module", "Modules and weights must belong to one model");
        return Finish();
    }

    /// <summary>Builds from the tensors alone. A number that is left out after a linear layer stands for an activation without tensors, one after an
    /// activation or a normalization for dropout.</summary>
    public NetworkWeights FromTensors()
    {
        int[] indices = [.. layers.Keys];
        for (int k = 0; k < indices.Length; k++)
        {
            int index = indices[k];
            LayerTensors layer = layers[index];
            if (layer.IsLinear)
            {
                OpenBlock(layer);
                bool last = k == indices.Length - 1;
                if (last || indices[k + 1] > index + 1)
                    Activate(Path(index + 1), Missing(index + 1, last));
            }
            else if (layer.IsPRelu)
            {
                Activate(layer.Path, Activation.PRelu, layer);
            }
            else if (layer.IsBatchNorm)
            {
                Normalize(layer);
            }
            else
            {
                throw Error($"{layer.Path} has tensors {layer.Described}", "Linear, PReLU and BatchNorm1d layers are read");
            }
        }

        return Finish();
    }

    private Activation Missing(int index, bool last)
    {
        if (options.Activations.TryGetValue(Path(index), out Activation given))
        {
            used.Add(Path(index));
            return given == Activation.PRelu ? throw Error($"PReLU is given for {Path(index)}, which has no slopes",
                "Correct the options") : given;
        }

        if (!last)
            return options.HiddenActivation;
        return part == "decoder" ? options.DecoderOutput ?? Activation.Softplus2 : Activation.None;
    }

    private void Take(string path, TorchModule module, LayerTensors? tensors)
    {
        switch (module.ClassName)
        {
            case "Linear" when tensors!.IsLinear:
                OpenBlock(tensors);
                break;
            case "PReLU" when tensors!.IsPRelu:
                Activate(path, Activation.PRelu, tensors);
                break;
            case "ReLU":
                Activate(path, Activation.Relu);
                break;
            case "Softplus":
                Require(path, module, "beta", 2);
                Activate(path, Activation.Softplus2);
                break;
            case "BatchNorm1d" when tensors!.IsBatchNorm:
                Require(path, module, "eps", NetworkWeights.BatchNormEpsilon);
                Normalize(tensors);
                break;
            case "Dropout":
                SetDropout(path, module.Settings.GetValueOrDefault("p"));
                break;
            case "Identity":
                break;
            default:
                throw Error($"module {path} is {WeightsFile.Show(module.ClassName)} with tensors {tensors?.Described ?? "none"}",
                    "Linear, PReLU, ReLU, Softplus, BatchNorm1d and Dropout are read");
        }
    }

    private void Require(string path, TorchModule module, string setting, double value)
    {
        if (!module.Settings.TryGetValue(setting, out double given) || Math.Abs(given - value) > 1e-9 * value)
            throw Error($"module {path} ({module.ClassName}) has {setting} {(module.Settings.ContainsKey(setting) ? given : "missing")}",
                $"Only {setting} = {value} is supported");
    }

    private void OpenBlock(LayerTensors layer)
    {
        Close();
        (int outputs, int inputs) = layer.LinearShape(source);
        if (_blocks.Count > 0 && _blocks[^1].Definition.Outputs != inputs)
            throw Error($"{layer.Path} takes {inputs} values and the layer before gives {_blocks[^1].Definition.Outputs}",
                "Export the model again");
        float[] bias = layer.Has("bias") ? layer.Values("bias", outputs, source) : new float[outputs];
        _open = new(new(inputs, outputs, Activation.None, false, 0), layer.Values("weight", checked(outputs * inputs), source), bias, [], [], []);
        _activated = false;
    }

    private void Activate(string path, Activation activation, LayerTensors? slopes = null)
    {
        if (_open is not { Definition.BatchNorm: false } block || _activated)
            throw Error($"an activation at {path} that does not follow a linear layer",
                "Blocks of Linear, activation, BatchNorm1d, Dropout are read");
        _activated = true;
        _open = block with
        {
            Definition = block.Definition with { Activation = activation },
            Slope = slopes?.Slopes(block.Definition.Outputs, source) ?? [],
        };
    }

    private void Normalize(LayerTensors layer)
    {
        if (_open is not { Definition.BatchNorm: false } block)
            throw Error($"a batch normalization at {layer.Path} that does not follow a linear layer or its activation",
                "Blocks of Linear, activation, BatchNorm1d, Dropout are read");
        if (layer.Has("weight") || layer.Has("bias"))
            throw Error($"{layer.Path} is a batch normalization with weight or bias",
                "Only affine=False is supported, as in the reference");
        int width = block.Definition.Outputs;
        float[] variance = layer.Values("running_var", width, source);
        if (Array.FindIndex(variance, v => v < 0) is var bad and >= 0)
            throw Error($"{layer.Path}.running_var has {variance[bad]} at element {bad}", "The file is damaged");
        _activated = true;
        _open = block with
        {
            Definition = block.Definition with { BatchNorm = true },
            RunningMean = layer.Values("running_mean", width, source),
            RunningVariance = variance,
        };
    }

    private void SetDropout(string path, double rate)
    {
        if (_open is null || rate is not (>= 0 and < 1))
            throw Error($"dropout with p = {rate} at {path}", "A rate from 0 to below 1 after a linear layer is expected");
        _open = _open with { Definition = _open.Definition with { Dropout = rate } };
    }

    private void Close()
    {
        if (_open is not null)
            _blocks.Add(_open);
        _open = null;
    }

    private NetworkWeights Finish()
    {
        Close();
        if (_blocks.Count == 0)
            throw Error($"the {part} has no linear layer", "A fully connected RankAAE (FC form) is expected");
        Activation last = _blocks[^1].Definition.Activation;
        if (part == "decoder" && options.DecoderOutput is { } wanted && wanted != last)
            throw Error($"the decoder ends with {last} and the options say {wanted}", "Leave the option out");
        return new(_blocks);
    }

    private string Path(int index) => $"{part}.main.{index}";

    private XanesDataException Error(string problem, string remedy) => new(problem, source, remedy: remedy);
}
