using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using XanesMl.Spectra;
using XanesMl.Spectra.IO;
using XanesMl.Training.Importing;
using XanesMl.Training.Networks;

namespace XanesMl.Training.Runs;

/// <summary>Encoder and decoder of an ended trial as a safetensors file that also says how its blocks are made: "encoder.N.weight", "bias",
/// "slope", "mean", "variance" with N from 0, and the form of the blocks as JSON in the metadata.</summary>
internal static class TrialWeights
{
    private const string Format = "xanesml-weights-1";
    private static readonly JsonSerializerOptions s_json = new() { Converters = { new JsonStringEnumConverter<Activation>() }, RespectRequiredConstructorParameters = true };

    private const string Remedy = "Delete trial.json beside it and train this trial again with --resume.";

    /// <summary>Writes the weights; returns the SHA-256 of the file.</summary>
    public static string Save(string path, AutoencoderWeights weights)
    {
        var tensors = new List<NamedTensor>();
        Add(tensors, "encoder", weights.Encoder);
        Add(tensors, "decoder", weights.Decoder);
        byte[] bytes = SafeTensorsWriter.ToBytes(tensors, new Dictionary<string, string>
        {
            ["format"] = Format,
            ["encoder"] = Blocks(weights.Encoder),
            ["decoder"] = Blocks(weights.Decoder),
        });
        AtomicFile.Write(path, s => s.Write(bytes));
        return Hash(bytes);
    }

    /// <summary>Whether the file is there with the given SHA-256.</summary>
    public static bool IsIntact(string path, string? sha256) => File.Exists(path) && Hash(File.ReadAllBytes(path)) == sha256;

    /// <summary>Reads weights that <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <param name="sha256">What its SHA-256 must be.</param>
    /// <exception cref="XanesDataException">Not readable, another file than the one that was written, or not of this form.</exception>
    public static AutoencoderWeights Load(string path, string? sha256)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new XanesDataException("the weights cannot be read: " + e.Message.TrimEnd('.'), path, remedy: Remedy, inner: e);
        }

        if (Hash(bytes) != sha256)
            throw new XanesDataException($"the file is damaged: its SHA-256 is {Hash(bytes)}, trial.json has {sha256}", path, remedy: Remedy);
        var file = SafeTensorsReader.Read(bytes, path);
        if (file.Metadata.GetValueOrDefault("format") != Format)
            throw new XanesDataException($"the format is '{file.Metadata.GetValueOrDefault("format")}', '{Format}' is known", path, remedy: Remedy);
        return new AutoencoderWeights(Read(file, path, "encoder"), Read(file, path, "decoder"));
    }

    private static void Add(List<NamedTensor> tensors, string network, NetworkWeights weights)
    {
        for (int i = 0; i < weights.Blocks.Count; i++)
        {
            var b = weights.Blocks[i];
            tensors.Add(NamedTensor.FromSingles($"{network}.{i}.weight", [b.Definition.Outputs, b.Definition.Inputs], b.Weight));
            foreach (var (part, values) in new[] { ("bias", b.Bias), ("slope", b.Slope), ("mean", b.RunningMean), ("variance", b.RunningVariance) })
                tensors.Add(NamedTensor.FromSingles($"{network}.{i}.{part}", [values.Length], values));
        }
    }

    private static string Blocks(NetworkWeights weights) => JsonSerializer.Serialize(weights.Blocks.Select(b => b.Definition), s_json);

    private static NetworkWeights Read(SafeTensors file, string path, string network)
    {
        BlockDefinition[] blocks;
        try
        {
            blocks = JsonSerializer.Deserialize<BlockDefinition[]>(file.Metadata.GetValueOrDefault(network, ""), s_json) is { Length: > 0 } read && read.All(b => b is not null) ? read
                : throw new XanesDataException($"no blocks of the {network}", path, remedy: Remedy);
        }
        catch (JsonException e)
        {
            throw new XanesDataException($"the blocks of the {network} are not JSON: {e.Message.TrimEnd('.')}", path, remedy: Remedy, inner: e);
        }

        return new NetworkWeights([.. blocks.Select((b, i) =>
        {
            float[] Part(string part, long count)
            {
                float[] values = file.Tensors.TryGetValue($"{network}.{i}.{part}", out var t) ? t.ToSingles() : throw new XanesDataException($"tensor {network}.{i}.{part} is missing", path, remedy: Remedy);
                return values.Length == count ? values : throw new XanesDataException($"tensor {network}.{i}.{part} has {values.Length} numbers, its block {count}", path, remedy: Remedy);
            }

            if (i > 0 && b.Inputs != blocks[i - 1].Outputs)
                throw new XanesDataException($"block {i} of the {network} takes {b.Inputs} numbers, the block before gives {blocks[i - 1].Outputs}", path, remedy: Remedy);
            int norm = b.BatchNorm ? b.Outputs : 0;
            return new BlockWeights(b, Part("weight", (long)b.Inputs * b.Outputs), Part("bias", b.Outputs), Part("slope", b.Activation == Activation.PRelu ? b.Outputs : 0), Part("mean", norm), Part("variance", norm));
        })]);
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
