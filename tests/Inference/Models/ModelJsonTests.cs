using System.Text;
using XanesMl.Inference.Models;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Inference.Tests.Models;

public sealed class ModelJsonTests
{
    [Fact]
    public void Serialize_then_parse_gives_every_value_back_bit_for_bit()
    {
        var metadata = TinyModel.Metadata() with
        {
            Metrics = new Dictionary<string, double> { ["a"] = 0.1 + 0.2, ["b"] = 1e-320, ["c"] = -double.MaxValue, ["d"] = Math.PI },
            Files = new Dictionary<string, string> { ["encoder.onnx"] = new('0', 64) },
        };
        byte[] json = ModelJson.Serialize(metadata);
        var back = ModelJson.Parse(json, "model.json");
        Assert.Equal(metadata.Energies, back.Energies);
        Assert.Equal(metadata.Metrics, back.Metrics);
        Assert.Equal(metadata.Domain!.StylePrecision, back.Domain!.StylePrecision);
        Assert.Equal(metadata.Descriptors, back.Descriptors);
        Assert.Equal(metadata.Provenance.Configuration, back.Provenance.Configuration);
        Assert.Equal(metadata.Provenance.DataNotice, back.Provenance.DataNotice);
        Assert.Equal(json, ModelJson.Serialize(back));
    }

    [Fact]
    public void Serialize_uses_snake_case_names_and_words_for_enumerations()
    {
        string json = Encoding.UTF8.GetString(ModelJson.Serialize(TinyModel.Metadata()));
        Assert.Contains("\"format_version\": 1", json, StringComparison.Ordinal);
        Assert.Contains("\"energy_axis\": \"Absolute\"", json, StringComparison.Ordinal);
        Assert.Contains("\"kind\": \"Linear\"", json, StringComparison.Ordinal);
        Assert.Contains("\"half_width90\": 0.25", json, StringComparison.Ordinal);
        Assert.Contains("\"xanes_ml_version\": \"0.1.0\"", json, StringComparison.Ordinal);
        Assert.DoesNotContain("\r", json, StringComparison.Ordinal);
        Assert.EndsWith("}\n", json, StringComparison.Ordinal);
    }

    [Fact]
    public void Metrics_that_are_not_finite_are_left_out()
    {
        var metadata = TinyModel.Metadata() with { Metrics = new Dictionary<string, double> { ["x"] = double.NaN, ["y"] = 2 } };
        Assert.Equal(["y"], ModelJson.Parse(ModelJson.Serialize(metadata), "m").Metrics.Keys);
        Assert.Equal("{\"y\":2}", ModelJson.ToOnnxProperties(metadata)["xanesml.metrics"]);
    }

    [Fact]
    public void ToOnnxProperties_has_one_property_for_each_thing_of_the_contract()
    {
        var properties = ModelJson.ToOnnxProperties(TinyModel.Metadata());
        Assert.Equal(
            [
                "xanesml.calibrations", "xanesml.configuration", "xanesml.coordination_thresholds", "xanesml.data_hash", "xanesml.data_notice",
                "xanesml.descriptors", "xanesml.domain", "xanesml.edge", "xanesml.edge_references", "xanesml.elements", "xanesml.energies",
                "xanesml.energy_axis", "xanesml.format_version", "xanesml.metrics", "xanesml.name", "xanesml.normalization", "xanesml.origin",
                "xanesml.seeds", "xanesml.split", "xanesml.style_count", "xanesml.version",
            ],
            properties.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("1", properties["xanesml.format_version"]);
        Assert.Equal("\"K\"", properties["xanesml.edge"]);
        Assert.Equal("[\"Cu\"]", properties["xanesml.elements"]);
        Assert.Equal("[8985,8987,8989,8991,8993,8995,8997,8999,9001,9003,9005,9007]", properties["xanesml.energies"]);
        Assert.Equal("{\"Cu\":8979,\"Ni\":8333}", properties["xanesml.edge_references"]);
        Assert.Equal("{\"kind\":\"grouped\",\"seed\":7,\"rows\":[70,15,15]}", properties["xanesml.split"]);
        Assert.Equal("[11,12]", properties["xanesml.seeds"]);
        Assert.Equal("\"trials: 2\\nlr_base: 0.001\\n\"", properties["xanesml.configuration"]);
        Assert.Equal("{\"CT.spearman\":0.30000000000000004}", properties["xanesml.metrics"]);
        Assert.DoesNotContain("xanesml.domain", ModelJson.ToOnnxProperties(TinyModel.Metadata(labelled: false)).Keys);
    }

    public static TheoryData<string, string, string> Damage => new()
    {
        { "\"format_version\": 1", "\"format_version\": 99", "format_version must be 1, found 99" },
        { "\"format_version\": 1", "\"format_version\": \"1\"", "format_version must be 1" },
        { "\"format_version\": 1", "\"format_versiom\": 1", "has no format_version" },
        { "\"edge\": \"K\"", "\"edgy\": \"K\"", "edgy" },
        { "\"edge\": \"K\"", "\"edge\": null", "null" },
        { "\"edge\": \"K\"", "\"edge\": \"K\", \"edge\": \"L\"", "edge" },
        { "\"edge\": \"K\"", "\"edge\": \"\"", "edge must not be empty" },
        { "\"energy_axis\": \"Absolute\"", "\"energy_axis\": \"Absolutely\"", "energy_axis" },
        { "\"energy_axis\": \"Absolute\"", "\"energy_axis\": 7", "energy_axis" },
        { "8987", "NaN", "line 11" },
        { "8987", "\"NaN\"", "energies" },
        { "8987", "8984", "energy number 2 (8984 eV) is not above its predecessor" },
        { "8987", "1e999", "energ" },
        { "\"style_count\": 3", "\"style_count\": 1", "descriptors must be at most style_count (1), found 2" },
        { "\"style_count\": 3", "\"style_count\": 2000000000", "style_count must be 1 to" },
        { "\"style_count\": 3", "\"style_count\": 4", "domain: style_min must be 4 numbers, found 3" },
        { "\"name\": \"CN\"", "\"name\": \"CT\"", "descriptors must not repeat" },
        { "\"kind\": \"Linear\"", "\"kind\": \"Quadratic\"", "wrong number of coefficients" },
        { "\"kind\": \"Linear\"", "\"kind\": \"Isotonic\"", "isotonic has no coefficients" },
        { "\"half_width90\": 0.25", "\"half_width90\": -0.25", "half_width90" },
        { "\"descriptor\": \"CN\"", "\"descriptor\": \"XX\"", "coordination_thresholds must belong" },
        { "\"origin\": \"trained\"", "\"origin\": \"found\"", "origin" },
        { "\"split_kind\": \"grouped\"", "\"split_kind\": \"tossed\"", "split_kind" },
        { "\"elements\": [", "\"elements\": [ null,", "elements" },
        { "\"calibrations\": [", "\"calibrations\": [ null,", "calibrations" },
        { "\"descriptors\": [", "\"descriptors\": [ null,", "descriptors must not hold null" },
        { "\"files\": {", "\"files\": { \"../x\": \"" + "0000000000000000000000000000000000000000000000000000000000000000\",", "files may only list plain file names beside model.json, found '../x'" },
        { "\"files\": {", "\"files\": { \"/etc/passwd\": \"00\",", "plain file names" },
        { "\"files\": {", "\"files\": { \"model.json\": \"00\",", "plain file names" },
        { "\"files\": {", "\"files\": { \"a\\u0000b\": \"00\",", "plain file names" },
        { "\"files\": {", "\"files\": { \"x.onnx\": \"00\",", "64 lower-case" },
        { "\"files\": {", "\"files\": { \"x.onnx\": null,", "64 lower-case" },
    };

    [Theory]
    [MemberData(nameof(Damage))]
    public void Parse_refuses_damage_and_says_what(string before, string after, string expected)
    {
        var metadata = TinyModel.Metadata() with { Files = new Dictionary<string, string> { ["encoder.onnx"] = new('0', 64) } };
        string json = Encoding.UTF8.GetString(ModelJson.Serialize(metadata));
        int at = json.IndexOf(before, StringComparison.Ordinal);
        Assert.True(at >= 0, "the test's text must be in model.json");
        string damaged = string.Concat(json.AsSpan(0, at), after, json.AsSpan(at + before.Length));
        var error = Assert.Throws<XanesModelException>(() => ModelJson.Parse(Encoding.UTF8.GetBytes(damaged), "model.json"));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("model.json: ", error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Remedy);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("PK\u0003\u0004")]
    public void Parse_refuses_what_is_not_an_object_of_ours(string text) =>
        Assert.Throws<XanesModelException>(() => ModelJson.Parse(Encoding.UTF8.GetBytes(text), "model.json"));

    [Fact]
    public void Parse_of_invalid_utf8_and_of_deep_nesting_is_an_error_of_ours()
    {
        Assert.Throws<XanesModelException>(() => ModelJson.Parse([(byte)'{', (byte)'"', 0xff, 0xfe, (byte)'"', (byte)':', (byte)'1', (byte)'}'], "model.json"));
        Assert.Throws<XanesModelException>(() => ModelJson.Parse(Encoding.ASCII.GetBytes(new string('[', 100_000)), "model.json"));
    }

    [Fact]
    public void Serialize_refuses_values_outside_the_contract()
    {
        var metadata = TinyModel.Metadata();
        var error = Assert.Throws<XanesModelException>(() => ModelJson.Serialize(metadata with { Energies = [1, double.NaN] }));
        Assert.Contains("energy number 2 is NaN", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<XanesModelException>(() => ModelJson.ToOnnxProperties(metadata with { EnergyAxis = EnergyAxis.RelativeToEdge, EdgeReferences = new Dictionary<string, double>() }));
        Assert.Contains("must have element 'Cu'", error.Message, StringComparison.Ordinal);
    }
}
