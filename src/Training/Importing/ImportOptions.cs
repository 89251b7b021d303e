using XanesMl.Spectra;
using XanesMl.Training.Networks;

namespace XanesMl.Training.Importing;

/// <summary>What a weights file may not say itself: activations without parameters leave no trace in a state_dict or a safetensors file.</summary>
public sealed record ImportOptions
{
    /// <summary>Text that Python prints for the modules ("print(model)"), encoder and decoder one after the other; null where there is none.
    /// It settles every activation and dropout rate.</summary>
    public string? ModulesText { get; init; }

    /// <summary>Activation of hidden layers that have neither a slope tensor nor an entry in <see cref="Activations"/>. ReLU, as in the early reference models.</summary>
    public Activation HiddenActivation { get; init; } = Activation.Relu;

    /// <summary>Activation after the decoder's last layer ("decoder_activation" of the reference's configuration); null for what the file says, and Softplus(beta = 2)
    /// where it says nothing. When the file or <see cref="ModulesText"/> says something else, the import fails.</summary>
    public Activation? DecoderOutput { get; init; }

    /// <summary>Activations by module path, for instance "encoder.main.13" -> Softplus2. Every entry must meet a place without tensors.</summary>
    public IReadOnlyDictionary<string, Activation> Activations { get; init; } = new Dictionary<string, Activation>();

    /// <summary>Activation by its name in a configuration: Softplus (beta = 2), ReLU, PReLU or None, in any case.</summary>
    /// <exception cref="XanesDataException">Another name.</exception>
    public static Activation ParseActivation(string name) => name?.Trim().ToUpperInvariant() switch
    {
        "SOFTPLUS" => Activation.Softplus2,
        "RELU" => Activation.Relu,
        "PRELU" => Activation.PRelu,
        "NONE" or "IDENTITY" => Activation.None,
        _ => throw new XanesDataException($"activation {WeightsFile.Show(name ?? "")}", remedy: "Softplus, ReLU, PReLU and None are known"),
    };
}
