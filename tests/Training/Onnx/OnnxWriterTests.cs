using Xunit;
using XanesMl.Inference.Models;
using XanesMl.Training.Networks;
using XanesMl.Training.Onnx;

namespace XanesMl.Training.Tests.Onnx;

/// <summary>Oracle: <see cref="PlainForward"/> in float64 and Calibration.Evaluate. Tolerances are float32's rounding over a few layers of values near 1.</summary>
public sealed class OnnxWriterTests
{
    private static readonly Dictionary<string, string> Properties = new() { ["name"] = "test", ["element"] = "Cu" };

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(300)]
    public void Encoder_and_decoder_agree_with_a_float64_forward(int batch)
    {
        var random = new Random(batch);
        NetworkWeights encoder = PlainForward.Encoder(random, 31, 4), decoder = PlainForward.Decoder(random, 4, 31);
        float[][] spectra = Rows(random, batch, 31), styles = Rows(random, batch, 4);
        using var encoding = new OnnxRun(OnnxWriter.Encoder(encoder, Properties));
        using var decoding = new OnnxRun(OnnxWriter.Decoder(decoder, Properties));
        Assert.InRange(OnnxRun.MaxDifference(encoding.Run(spectra)["styles"], spectra.SelectMany(x => Forward(encoder, x))), 0, 1e-5);
        Assert.InRange(OnnxRun.MaxDifference(decoding.Run(styles)["spectrum"], styles.SelectMany(x => Forward(decoder, x))), 0, 1e-5);
    }

    [Fact]
    public void A_normalization_goes_into_a_linear_layer_where_there_is_one_and_its_mean_is_no_burden()
    {
        NetworkWeights encoder = PlainForward.Encoder(new Random(1), 31, 4);
        Assert.Equal(["Gemm", "Mul", "Max", "Gemm", "Min", "Exp", "Add", "Log", "Max", "Mul", "Gemm", "Relu", "Gemm"], Operators(OnnxWriter.Encoder(encoder, Properties)));

        // After the last activation there is no linear layer to take it.
        NetworkWeights open = PlainForward.Random(new Random(2), new BlockDefinition(5, 3, Activation.Relu, true, 0));
        Assert.Equal(["Gemm", "Relu", "Sub", "Mul"], Operators(OnnxWriter.Encoder(open, Properties)));
        AssertEncodes(open, Rows(new Random(3), 4, 5), 1e-5);
    }

    /// <summary>Oracle: log(1 + exp(2 x)) / 2 in float64, far beyond where exp of float32 overflows (88) and where 1 + exp is 1.</summary>
    [Fact]
    public void Softplus_is_exact_from_tiny_to_huge()
    {
        var soft = new NetworkWeights([new(new(1, 1, Activation.Softplus2, false, 0), [1], [0], [], [], [])]);
        float[] x = [-1000, -60, -20, -8, -1, -0.01f, 0, 0.3f, 1, 5, 8.3f, 20, 39.9f, 40, 40.1f, 44, 45, 100, 1e6f];
        using var run = new OnnxRun(OnnxWriter.Decoder(soft, Properties));
        float[] actual = run.Run([.. x.Select(v => new[] { v })])["spectrum"];
        Assert.All(x.Zip(actual), p => Assert.Equal(p.First > 20 ? p.First : Math.Log(1 + Math.Exp(2.0 * p.First)) / 2, p.Second, 2e-7 * Math.Max(1, Math.Abs(p.First))));
    }

    /// <summary>Slopes below 0, between 0 and 1, and above 1 in one layer; a mean of 50 deviations, which float32 would lose in a bias: the error without the node is about 50 times larger.</summary>
    [Fact]
    public void Every_slope_and_a_large_mean_are_exact()
    {
        NetworkWeights sharp = Sharp(new Random(6));
        Assert.Equal(["Gemm", "Mul", "Max", "Sub", "Gemm", "Mul", "Max", "Gemm"], Operators(OnnxWriter.Encoder(sharp, Properties)));
        AssertEncodes(sharp, Rows(new Random(7), 300, 16), 1e-5);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(300, 3)]
    public void Predictor_agrees_with_members_evaluated_one_by_one(int batch, int members)
    {
        var random = new Random(members);
        PredictorDefinition definition = Definition(random, members, 31, 5);
        float[][] spectra = Rows(random, batch, 31);
        using var run = new OnnxRun(OnnxWriter.Predictor(definition, Properties));
        Dictionary<string, float[]> outputs = run.Run(spectra);
        AssertAgrees(definition, spectra, outputs, 3e-5);
        if (members == 1)
            Assert.All(outputs["descriptor_std"], v => Assert.Equal(0f, v));
    }

    [Fact]
    public void Predictor_with_as_many_descriptors_as_styles_needs_no_slice()
    {
        var random = new Random(9);
        PredictorDefinition definition = Definition(random, 2, 31, 4);
        byte[] model = OnnxWriter.Predictor(definition, Properties);
        Assert.DoesNotContain("Slice", Operators(model));
        float[][] spectra = Rows(random, 7, 31);
        using var run = new OnnxRun(model);
        AssertAgrees(definition, spectra, run.Run(spectra), 3e-5);
    }

    [Fact]
    public void Predictor_without_calibrations_gives_styles_and_reconstruction_only()
    {
        var random = new Random(5);
        var member = new PredictorMember(PlainForward.Encoder(random, 31, 4), PlainForward.Decoder(random, 4, 31), []);
        float[][] spectra = Rows(random, 7, 31);
        using var run = new OnnxRun(OnnxWriter.Predictor(new([member]), Properties));
        Dictionary<string, float[]> outputs = run.Run(spectra);
        Assert.Equal(["reconstruction", "reconstruction_error", "styles"], outputs.Keys.Order(StringComparer.Ordinal));
        AssertAgrees(new([member]), spectra, outputs, 1e-5);
    }

    [Fact]
    public void Calibration_is_exact_at_and_beyond_the_knots_and_for_constants()
    {
        // The encoder is the identity, so that styles can be chosen.
        float[] unit = [1, 0, 0, 0, 1, 0, 0, 0, 1];
        var identity = new NetworkWeights([new(new(3, 3, Activation.None, false, 0), unit, new float[3], [], [], [])]);
        Calibration[] curves =
        [
            PlainForward.Isotonic((-1, 2), (-0.5, 2), (0.25, 4), (0.25 + 1e-12, 5), (3, 6)), PlainForward.Isotonic((0.5, 7)), PlainForward.Polynomial(1.5),
        ];
        using var run = new OnnxRun(OnnxWriter.Predictor(new([new(identity, identity, curves)]), Properties));
        float[] styles = [-100, -1, -0.75f, -0.5f, 0.24f, 0.26f, 1, 3, 50];
        float[] actual = run.Run([.. styles.Select(s => new[] { s, s, s })])["descriptors"];
        double worst = OnnxRun.MaxDifference(actual, styles.SelectMany(s => curves.Select(c => c.Evaluate(s))));
        Assert.InRange(worst, 0, 1e-6);
    }

    [Fact]
    public void Files_carry_their_properties_and_are_the_same_every_time()
    {
        NetworkWeights encoder = PlainForward.Encoder(new Random(1), 31, 4);
        byte[] model = OnnxWriter.Encoder(encoder, Properties);
        Assert.Equal(model, OnnxWriter.Encoder(encoder, new Dictionary<string, string>(Properties.Reverse())));
        using var run = new OnnxRun(model);
        Assert.Equal(Properties, run.Session.ModelMetadata.CustomMetadataMap);
        Assert.Equal("XanesMl", run.Session.ModelMetadata.ProducerName);
        Assert.Equal([-1, 31], run.Session.InputMetadata["spectrum"].Dimensions);
        Assert.Equal([-1, 4], run.Session.OutputMetadata["styles"].Dimensions);
    }

    [Fact]
    public void Wrong_widths_are_refused_before_anything_is_written()
    {
        var random = new Random(1);
        NetworkWeights encoder = PlainForward.Encoder(random, 31, 4), decoder = PlainForward.Decoder(random, 4, 31);
        var broken = new NetworkWeights([encoder.Blocks[0], encoder.Blocks[2]]);
        Assert.Contains("block 1 of encoder", Assert.Throws<ArgumentException>(() => OnnxWriter.Encoder(broken, Properties)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => OnnxWriter.Predictor(new([]), Properties));
        Assert.Throws<ArgumentException>(() => OnnxWriter.Predictor(new([new(encoder, PlainForward.Decoder(random, 3, 31), [])]), Properties));
        Calibration[] tooMany = [.. Enumerable.Repeat(PlainForward.Polynomial(0, 1), 5)];
        Assert.Throws<ArgumentException>(() => OnnxWriter.Predictor(new([new(encoder, decoder, tooMany)]), Properties));
        Calibration unsorted = PlainForward.Isotonic((1, 0), (0, 1));
        Assert.Contains("strictly increasing", Assert.Throws<ArgumentException>(() => OnnxWriter.Predictor(new([new(encoder, decoder, [unsorted])]), Properties)).Message,
            StringComparison.Ordinal);
    }

    [OnnxCheckerFact]
    public void Every_graph_passes_the_checker_and_strict_shape_inference()
    {
        // Oracle: onnx.checker.check_model(full_check) and infer_shapes(check_type, strict_mode, data_prop) of Debian's python3-onnx 1.12.
        const string script = """
            import sys, onnx
            from onnx import checker, shape_inference
            for path in sys.argv[1:]:
                m = onnx.load(path)
                checker.check_model(m, full_check=True)
                i = shape_inference.infer_shapes(m, check_type=True, strict_mode=True, data_prop=True)
                known = {v.name: v for v in list(i.graph.value_info) + list(i.graph.output)}
                for n in i.graph.node:
                    for o in n.output:
                        dims = known[o].type.tensor_type.shape.dim
                        assert dims[0].dim_param == "batch" and all(d.dim_value > 0 for d in dims[1:]), (path, o, dims)
                print(m.ir_version, m.opset_import[0].version, len(m.graph.node))
            """;
        var random = new Random(4);
        PredictorDefinition one = Definition(random, 1, 31, 5), three = Definition(random, 3, 31, 4);
        var bare = new PredictorDefinition([one.Members[0] with { Calibrations = [] }]);
        byte[][] models =
        [
            OnnxWriter.Encoder(one.Members[0].Encoder, Properties), OnnxWriter.Encoder(Sharp(random), Properties),
            OnnxWriter.Decoder(one.Members[0].Decoder, Properties), OnnxWriter.Predictor(one, Properties), OnnxWriter.Predictor(three, Properties), OnnxWriter.Predictor(bare, Properties),
        ];
        string folder = Directory.CreateTempSubdirectory("xanesml-test-").FullName;
        try
        {
            string[] paths = [.. models.Select((m, i) => Path.Combine(folder, $"{i}.onnx"))];
            for (int i = 0; i < paths.Length; i++)
                File.WriteAllBytes(paths[i], models[i]);
            (int code, string output) = OnnxCheckerFactAttribute.Execute(script, paths);
            Assert.True(code == 0, output);
            string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(models.Length, lines.Length);
            Assert.All(lines, l => Assert.StartsWith("8 17 ", l, StringComparison.Ordinal));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static NetworkWeights Sharp(Random random)
    {
        NetworkWeights network = PlainForward.Random(random, new BlockDefinition(16, 8, Activation.PRelu, true, 0), new BlockDefinition(8, 8, Activation.PRelu, true, 0), new BlockDefinition(8, 4, Activation.None, true, 0));
        float[] slopes = [-1.6f, -0.2f, 0, 0.01f, 0.9f, 1, 1.3f, 2.5f];
        BlockWeights first = network.Blocks[0] with { Slope = slopes }, second = network.Blocks[1] with { Slope = slopes };
        float deviation = MathF.Sqrt(first.RunningVariance[6]);
        first = first with { Bias = [.. first.Bias.Select((b, i) => i == 6 ? b + (50 * deviation) : b)], RunningMean = [.. first.RunningMean.Select((m, i) => i == 6 ? m + (50 * deviation) : m)] };
        return new([first, second, network.Blocks[2]]);
    }

    private static void AssertEncodes(NetworkWeights network, float[][] x, double tolerance)
    {
        using var run = new OnnxRun(OnnxWriter.Encoder(network, Properties));
        Assert.InRange(OnnxRun.MaxDifference(run.Run(x)["styles"], x.SelectMany(r => Forward(network, r))), 0, tolerance);
    }

    private static void AssertAgrees(PredictorDefinition definition, float[][] spectra, Dictionary<string, float[]> outputs, double tolerance)
    {
        PredictorMember first = definition.Members[0];
        List<double> styles = [], reconstruction = [], error = [], mean = [], spread = [];
        foreach (float[] x in spectra)
        {
            double[] z = Forward(first.Encoder, x), y = PlainForward.Run(first.Decoder, z);
            styles.AddRange(z);
            reconstruction.AddRange(y);
            error.Add(y.Select((v, i) => Math.Abs(v - x[i])).Average());
            for (int k = 0; k < first.Calibrations.Count; k++)
            {
                double[] values = [.. definition.Members.Select(m => m.Calibrations[k].Evaluate(Forward(m.Encoder, x)[k]))];
                double average = values.Average();
                mean.Add(average);
                spread.Add(Math.Sqrt(values.Select(v => (v - average) * (v - average)).Average()));
            }
        }

        Assert.InRange(OnnxRun.MaxDifference(outputs["styles"], styles), 0, tolerance);
        Assert.InRange(OnnxRun.MaxDifference(outputs["reconstruction"], reconstruction), 0, tolerance);
        Assert.InRange(OnnxRun.MaxDifference(outputs["reconstruction_error"], error), 0, tolerance);
        if (first.Calibrations.Count > 0)
        {
            Assert.InRange(OnnxRun.MaxDifference(outputs["descriptors"], mean), 0, tolerance);
            Assert.InRange(OnnxRun.MaxDifference(outputs["descriptor_std"], spread), 0, tolerance);
        }
    }

    private static PredictorDefinition Definition(Random random, int members, int points, int styles) => new([.. Enumerable.Range(0, members).Select(m => new PredictorMember(
        PlainForward.Encoder(random, points, styles),
        PlainForward.Decoder(random, styles, points),
        [
            PlainForward.Isotonic((-1.5, 4), (-0.5 + (0.1 * m), 4.2), (0.1, 5), (1.25, 6)), PlainForward.Polynomial(0.3, 0.7 + (0.1 * m)),
            PlainForward.Polynomial(0.3, 0.7, -0.05 * m), PlainForward.Isotonic((-0.2, 0.01), (0.3, 0.02 + (0.01 * m))),
        ]))]);

    private static double[] Forward(NetworkWeights network, float[] x) => PlainForward.Run(network, Array.ConvertAll(x, v => (double)v));

    private static float[][] Rows(Random random, int rows, int width) => [.. Enumerable.Range(0, rows).Select(_ => PlainForward.Draw(random, width, 1))];

    private static IEnumerable<string> Operators(byte[] model) => Training.Onnx.Proto.ModelProto.Parser.ParseFrom(model).Graph.Node.Select(n => n.OpType);
}
