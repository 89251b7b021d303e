using Xunit;
using XanesMl.Spectra;
using XanesMl.Training.Importing;
using XanesMl.Training.Networks;

namespace XanesMl.Training.Tests.Importing;

/// <summary>Oracle: the layer numbers of the reference's Sequential (domain.md 2.1; 4i Linear, 4i+1 activation, 4i+2 BatchNorm, 4i+3 Dropout), written out by hand.</summary>
public sealed class WeightsImporterTests
{
    private const string Text = """
        FCEncoder(
          (main): Sequential(
            (0): Linear(in_features=3, out_features=2, bias=True)
            (1): Softplus(beta=2, threshold=20)
            (2): BatchNorm1d(2, eps=1e-05, momentum=0.1, affine=False, track_running_stats=True)
            (3): Dropout(p=0.25, inplace=False)
            (4): Linear(in_features=2, out_features=1, bias=True)
            (5): BatchNorm1d(1, eps=1e-05, momentum=0.1, affine=False, track_running_stats=True)
          )
        )

        FCDecoder(
          (main): Sequential(
            (0): Linear(in_features=1, out_features=3, bias=True)
            (1): ReLU()
          )
        )
        """;

    [Fact]
    public void A_number_left_out_is_an_activation_after_linear_and_dropout_elsewhere()
    {
        AutoencoderWeights weights = Import(Base());
        Assert.Equal([new(3, 2, Activation.Relu, true, 0), new(2, 1, Activation.None, true, 0)], weights.Encoder.Blocks.Select(b => b.Definition));
        Assert.Equal([new(1, 3, Activation.Softplus2, false, 0)], weights.Decoder.Blocks.Select(b => b.Definition));
    }

    [Fact]
    public void Options_settle_what_the_file_does_not_say()
    {
        AutoencoderWeights weights = Import(Base(), new()
        {
            HiddenActivation = Activation.Softplus2,
            DecoderOutput = ImportOptions.ParseActivation("ReLu"),
        });
        Assert.Equal(Activation.Softplus2, weights.Encoder.Blocks[0].Definition.Activation);
        Assert.Equal(Activation.Relu, weights.Decoder.Blocks[0].Definition.Activation);
        var byPath = new Dictionary<string, Activation> { ["encoder.main.1"] = Activation.None, ["decoder.main.1"] = Activation.Relu };
        weights = Import(Base(), new() { Activations = byPath });
        Assert.Equal(Activation.None, weights.Encoder.Blocks[0].Definition.Activation);
        Assert.Equal(Activation.Relu, weights.Decoder.Blocks[0].Definition.Activation);
    }

    [Fact]
    public void Modules_text_settles_everything()
    {
        AutoencoderWeights weights = Import(Base(), new() { ModulesText = Text });
        Assert.Equal([new(3, 2, Activation.Softplus2, true, 0.25), new(2, 1, Activation.None, true, 0)], weights.Encoder.Blocks.Select(b => b.Definition));
        Assert.Equal([new(1, 3, Activation.Relu, false, 0)], weights.Decoder.Blocks.Select(b => b.Definition));
    }

    [Fact]
    public void Names_may_be_capitalized_and_prefixed_and_other_networks_are_left_out()
    {
        Dictionary<string, NamedTensor> tensors = Base().ToDictionary(t => "model." + t.Key.Replace("encoder", "Encoder", StringComparison.Ordinal), t => t.Value);
        tensors["model.Style Discriminator.main.0.weight"] = Tensor("d", [1, 1], 1);
        Assert.Equal(3, Import(tensors).Encoder.Inputs);
    }

    [Fact]
    public void One_slope_for_all_channels_is_spread_and_a_missing_bias_is_zero()
    {
        Dictionary<string, NamedTensor> tensors = Base();
        tensors["encoder.main.1.weight"] = Tensor("", [1], 0.25f);
        tensors.Remove("encoder.main.0.bias");
        BlockWeights block = Import(tensors).Encoder.Blocks[0];
        Assert.Equal(Activation.PRelu, block.Definition.Activation);
        Assert.Equal([0.25f, 0.25f], block.Slope);
        Assert.Equal([0f, 0], block.Bias);
    }

    public static TheoryData<string, string, NamedTensor?> Broken() => new()
    {
        { "no tensors named decoder.main.N.weight", "decoder.main.0.weight", null },
        { "encoder.main.2 has no running_var", "encoder.main.2.running_var", null },
        { "takes 5 values and the layer before gives 2", "encoder.main.4.weight", Tensor("", [1, 5], 1) },
        { "encoder.main.0.bias has shape [3], 2 values are expected", "encoder.main.0.bias", Tensor("", [3], 1) },
        { "has NaN at element 0", "encoder.main.0.bias", Tensor("", [2], float.NaN) },
        { "running_var has -1", "encoder.main.2.running_var", Tensor("", [2], -1) },
        { "batch normalization with weight or bias", "encoder.main.2.weight", Tensor("", [2], 1) },
        { "encoder.main.0 has tensors", "encoder.main.0.weight", Tensor("", [2, 3, 1], 1) },
        { "belongs to no layer", "encoder.main.0.weight_ih", Tensor("", [1], 1) },
        { "does not follow a linear layer", "encoder.main.3.weight", Tensor("", [2], 1) },
        { "holds I64", "encoder.main.0.bias", NamedTensor.FromInt64s("b", [2], [1, 2]) },
        { "from 1 to 4", "decoder.main.0.weight", Tensor("", [4, 1], 1) },
    };

    [Theory]
    [MemberData(nameof(Broken), DisableDiscoveryEnumeration = true)]
    public void Models_of_another_form_are_refused(string reason, string name, NamedTensor? tensor)
    {
        Dictionary<string, NamedTensor> tensors = Base();
        if (tensor is null)
            tensors.Remove(name);
        else
            tensors[name] = tensor;
        if (name.StartsWith("decoder", StringComparison.Ordinal))
            tensors.Remove("decoder.main.0.bias");
        XanesDataException e = Assert.Throws<XanesDataException>(() => Import(tensors));
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Softplus(beta=2, threshold=20)", "Softplus(beta=1, threshold=20)", "beta 1")]
    [InlineData("eps=1e-05", "eps=0.001", "eps 0.001")]
    [InlineData("(1): ReLU()", "(1): Tanh()", "'Tanh'")]
    [InlineData("(0): Linear(in_features=1, out_features=3, bias=True)", "(0): ReLU()", "is 'ReLU' and has tensors")]
    [InlineData("(3): Dropout(p=0.25, inplace=False)", "(3): Dropout(p=1.5, inplace=False)", "p = 1.5")]
    [InlineData("(1): ReLU()", "(0): ReLU()", "two modules at decoder.main.0")]
    [InlineData("(1): ReLU()", "(1): ReLU", "line 15: '(1): ReLU' is not a line")]
    [InlineData("FCDecoder", "Other", "the modules have no decoder")]
    [InlineData("    (5): BatchNorm1d(1, eps=1e-05, momentum=0.1, affine=False, track_running_stats=True)\n", "", "encoder.main.5 has tensors and no module")]
    public void Modules_text_that_does_not_fit_is_refused(string old, string changed, string reason)
    {
        Assert.Contains(old, Text, StringComparison.Ordinal);
        XanesDataException e = Assert.Throws<XanesDataException>(() => Import(Base(), new() { ModulesText = Text.Replace(old, changed, StringComparison.Ordinal) }));
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_meet_nothing_or_contradict_are_refused()
    {
        ImportOptions unused = new() { Activations = new Dictionary<string, Activation> { ["encoder.main.9"] = Activation.Relu } };
        Assert.Contains("'encoder.main.9'", Assert.Throws<XanesDataException>(() => Import(Base(), unused)).Message, StringComparison.Ordinal);
        ImportOptions contrary = new() { ModulesText = Text, DecoderOutput = Activation.Softplus2 };
        Assert.Contains("ends with Relu", Assert.Throws<XanesDataException>(() => Import(Base(), contrary)).Message, StringComparison.Ordinal);
        ImportOptions slopes = new() { Activations = new Dictionary<string, Activation> { ["encoder.main.1"] = Activation.PRelu } };
        Assert.Contains("has no slopes", Assert.Throws<XanesDataException>(() => Import(Base(), slopes)).Message, StringComparison.Ordinal);
        Assert.Contains("'Swish'", Assert.Throws<XanesDataException>(() => ImportOptions.ParseActivation("Swish")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_tensors_for_one_place_are_refused()
    {
        Dictionary<string, NamedTensor> tensors = Base();
        tensors["best.encoder.main.0.bias"] = Tensor("", [2], 1);
        Assert.Contains("claim one place", Assert.Throws<XanesDataException>(() => Import(tensors)).Message, StringComparison.Ordinal);
    }

    private static AutoencoderWeights Import(Dictionary<string, NamedTensor> tensors, ImportOptions? options = null) => WeightsImporter.Import(
        SafeTensorsWriter.ToBytes(tensors.Select(t => new NamedTensor(t.Key, t.Value.Type, t.Value.Shape, t.Value.Bytes.ToArray()))), "x.safetensors", options);

    /// <summary>Encoder 3-2-1 without slopes, decoder 1-3.</summary>
    private static Dictionary<string, NamedTensor> Base() => new()
    {
        ["encoder.main.0.weight"] = Tensor("", [2, 3], 1),
        ["encoder.main.0.bias"] = Tensor("", [2], 1),
        ["encoder.main.2.running_mean"] = Tensor("", [2], 1),
        ["encoder.main.2.running_var"] = Tensor("", [2], 1),
        ["encoder.main.2.num_batches_tracked"] = NamedTensor.FromInt64s("n", [], [3]),
        ["encoder.main.4.weight"] = Tensor("", [1, 2], 1),
        ["encoder.main.4.bias"] = Tensor("", [1], 1),
        ["encoder.main.5.running_mean"] = Tensor("", [1], 1),
        ["encoder.main.5.running_var"] = Tensor("", [1], 1),
        ["decoder.main.0.weight"] = Tensor("", [3, 1], 1),
        ["decoder.main.0.bias"] = Tensor("", [3], 1),
    };

    private static NamedTensor Tensor(string name, long[] shape, float value)
    {
        long count = shape.Aggregate(1L, (a, b) => a * b);
        return NamedTensor.FromSingles(name.Length > 0 ? name : "t", shape, [.. Enumerable.Repeat(value, (int)count)]);
    }
}
