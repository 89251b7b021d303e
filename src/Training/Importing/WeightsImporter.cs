using System.Text.RegularExpressions;
using XanesMl.Spectra;
using XanesMl.Training.Networks;

namespace XanesMl.Training.Importing;

/// <summary>Turns the weights of a RankAAE model of the Python reference into plain data.</summary>
/// <remarks>Reads safetensors and torch.save files, told apart by their content. Layers are found by their names, {encoder,decoder}.main.N.{weight, bias,
/// running_mean, running_var}, whatever stands before them and however it is capitalized; a discriminator and anything else is left out.
/// See docs/import.md.</remarks>
public static partial class WeightsImporter
{
    /// <summary>Reads encoder and decoder from a file.</summary>
    /// <param name="path">A .safetensors or .pt file.</param>
    /// <param name="options">What the file does not say; null for the defaults.</param>
    /// <returns>Both networks in evaluation mode; widths agree, numbers are finite. Dropout rates are 0 where neither file nor text gives them.</returns>
    /// <exception cref="XanesDataException">The file is damaged, or is not a fully connected RankAAE.</exception>
    public static AutoencoderWeights Import(string path, ImportOptions? options = null) =>
        Import(WeightsFile.ReadAll(path, SafeTensorsReader.MaxFileBytes), path, options);

    /// <summary>Reads encoder and decoder from a file whose printed modules are at hand.</summary>
    /// <param name="path">A .safetensors or .pt file.</param>
    /// <param name="modulesText">Text that Python's print gives for encoder and decoder; null where there is none.</param>
    /// <exception cref="XanesDataException">File or text is damaged, they disagree, or the model is not a fully connected RankAAE.</exception>
    public static AutoencoderWeights Import(string path, string? modulesText) => Import(path, new ImportOptions { ModulesText = modulesText });

    /// <summary>Reads encoder and decoder from the content of a file.</summary>
    /// <param name="content">The whole file.</param>
    /// <param name="source">Name of the file, for errors.</param>
    /// <param name="options">What the file does not say; null for the defaults.</param>
    /// <exception cref="XanesDataException">The content is damaged, or is not a fully connected RankAAE.</exception>
    public static AutoencoderWeights Import(byte[] content, string source, ImportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(content);
        options ??= new();
        IReadOnlyDictionary<string, NamedTensor> tensors;
        IReadOnlyList<TorchModule> modules = [];
        // A safetensors file has '{' after its eight length bytes; a zip file begins with PK, an old PyTorch file with the pickle protocol.
        if (content.Length > 8 && content[8] == (byte)'{' && !content.AsSpan().StartsWith("PK"u8))
            tensors = SafeTensorsReader.Read(content, source).Tensors;
        else
            (tensors, modules) = TorchPickleReader.Read(content, source);

        if (options.ModulesText is { } text)
        {
            if (modules.Count > 0)
                throw new XanesDataException("the file has its modules in it, and a text of modules was given too", source,
                    remedy: "Leave the text out");
            modules = ModulesText.Parse(text, "modules text");
        }

        var used = new HashSet<string>(StringComparer.Ordinal);
        NetworkWeights encoder = Network("encoder", tensors, modules, options, used, source);
        NetworkWeights decoder = Network("decoder", tensors, modules, options, used, source);
        if (options.Activations.Keys.FirstOrDefault(k => !used.Contains(k)) is { } unused)
            throw new XanesDataException($"the activation given for {WeightsFile.Show(unused)} meets no place without tensors", source,
                remedy: "Remove it or correct its path");
        if (encoder.Outputs != decoder.Inputs || encoder.Inputs != decoder.Outputs)
            throw new XanesDataException(
                $"the encoder goes from {encoder.Inputs} to {encoder.Outputs} and the decoder from {decoder.Inputs} to {decoder.Outputs}", source,
                    remedy: "Both must belong to one model");
        return new(encoder, decoder);
    }

    private static NetworkWeights Network(string part, IReadOnlyDictionary<string, NamedTensor> tensors, IReadOnlyList<TorchModule> modules,
        ImportOptions options, HashSet<string> used, string source)
    {
        var layers = new SortedDictionary<int, LayerTensors>();
        foreach ((string name, NamedTensor tensor) in tensors)
        {
            Match m = TensorName().Match(name);
            if (!m.Success || !m.Groups["part"].Value.Equals(part, StringComparison.OrdinalIgnoreCase))
                continue;
            int index = int.Parse(m.Groups["index"].Value, System.Globalization.CultureInfo.InvariantCulture);
            if (!layers.TryGetValue(index, out LayerTensors? layer))
                layers[index] = layer = new($"{part}.main.{index}");
            layer.Add(m.Groups["kind"].Value, tensor, source);
        }

        if (layers.Count == 0)
            throw new XanesDataException($"no tensors named {part}.main.N.weight", source,
                remedy: "A fully connected RankAAE (FC form) is expected; other forms are not read");

        List<(int Index, TorchModule Module)> described = [];
        foreach (TorchModule module in modules)
        {
            Match m = ModulePath().Match(module.Path);
            if (m.Success && m.Groups["part"].Value.Equals(part, StringComparison.OrdinalIgnoreCase))
                described.Add((int.Parse(m.Groups["index"].Value, System.Globalization.CultureInfo.InvariantCulture), module));
        }

        if (described.Count == 0 && modules.Count > 0)
            throw new XanesDataException($"the modules have no {part}", source, remedy: "Give the printed modules of encoder and decoder");
        var builder = new NetworkBuilder(part, layers, options, used, source);
        return described.Count > 0 ? builder.FromModules(described) : builder.FromTensors();
    }

    [GeneratedRegex(@"(^|\.)(?<part>encoder|decoder)\.main\.(?<index>\d{1,4})\.(?<kind>\w+)$",
        RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex TensorName();

    [GeneratedRegex(@"(^|\.)\w*?(?<part>encoder|decoder)\w*(\.main)?\.(?<index>\d{1,4})$",
        RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ModulePath();
}
