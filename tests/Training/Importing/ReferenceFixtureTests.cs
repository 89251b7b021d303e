using System.Globalization;
using Xunit;
using Xunit.Abstractions;
using XanesMl.Spectra;
using XanesMl.TestSupport;
using XanesMl.Training.Importing;
using XanesMl.Training.Networks;
using XanesMl.Training.Onnx;
using XanesMl.Training.Tests.Onnx;

namespace XanesMl.Training.Tests.Importing;

/// <summary>Oracle: styles and reconstructions that the Python reference gave for 600 Cu spectra, recorded with 7 significant digits
/// (shared data, rankaae-reference). Rounding to 7 digits is up to 5e-7 for values from 1 to 10 and below 1e-7 for the rest.</summary>
public sealed class ReferenceFixtureTests(ITestOutputHelper log)
{
    private static readonly Dictionary<string, string> None = [];

    [SharedDataFact]
    public void Early_Cu_model_reproduces_the_recorded_outputs()
    {
        AutoencoderWeights weights = WeightsImporter.Import(File_("cu_20epochs.safetensors"), File.ReadAllText(File_("cu_20epochs_modules.txt")));
        Assert.Equal(
            [
                new(256, 64, Activation.Relu, true, 0.1), new(64, 64, Activation.Relu, true, 0.1), new(64, 64, Activation.Relu, true, 0.1),
                new(64, 16, Activation.Softplus2, true, 0.1), new(16, 6, Activation.None, true, 0),
            ],
            weights.Encoder.Blocks.Select(b => b.Definition));
        Assert.Equal(
            [
                new(6, 16, Activation.PRelu, true, 0.1), new(16, 64, Activation.PRelu, true, 0.1), new(64, 64, Activation.PRelu, true, 0.1),
                new(64, 64, Activation.PRelu, true, 0.1), new(64, 256, Activation.Softplus2, false, 0),
            ],
            weights.Decoder.Blocks.Select(b => b.Definition));
        Compare(weights, "cu_20epochs");
    }

    [SharedDataFact]
    public void Trained_V_model_reproduces_the_recorded_outputs()
    {
        AutoencoderWeights weights = WeightsImporter.Import(File_("v_job1.safetensors"));
        Assert.Equal([64, 64, 64, 64, 6], weights.Encoder.Blocks.Select(b => b.Definition.Outputs));
        Assert.All(weights.Encoder.Blocks.Take(4), b => Assert.Equal(Activation.PRelu, b.Definition.Activation));
        Compare(weights, "v_job1");
    }

    [SharedDataFact]
    public void Activations_by_path_stand_in_for_the_modules_text()
    {
        string path = File_("cu_20epochs.safetensors");
        AutoencoderWeights byText = WeightsImporter.Import(path, File.ReadAllText(File_("cu_20epochs_modules.txt")));
        AutoencoderWeights byPath = WeightsImporter.Import(path, new ImportOptions { Activations = new Dictionary<string, Activation> { ["encoder.main.13"] = Activation.Softplus2 } });
        Assert.Equal(byText.Encoder.Blocks.Select(b => b.Definition with { Dropout = 0 }), byPath.Encoder.Blocks.Select(b => b.Definition));
        Assert.Equal(byText.Decoder.Blocks.Select(b => b.Definition with { Dropout = 0 }), byPath.Decoder.Blocks.Select(b => b.Definition));
    }

    [SharedDataFact]
    public void Modules_of_another_model_are_refused()
    {
        XanesDataException e = Assert.Throws<XanesDataException>(
            () => WeightsImporter.Import(File_("v_job1.safetensors"), File.ReadAllText(File_("cu_20epochs_modules.txt"))));
        Assert.Contains("module encoder.main.1 is 'ReLU' and has tensors weight [64]", e.Message, StringComparison.Ordinal);
    }

    private void Compare(AutoencoderWeights weights, string name)
    {
        float[][] spectra = Table("spectra.txt");
        Assert.Equal((600, 256), (spectra.Length, spectra[0].Length));
        using var predictor = new OnnxRun(OnnxWriter.Predictor(new([new(weights.Encoder, weights.Decoder, [])]), None));
        Dictionary<string, float[]> outputs = predictor.Run(spectra);
        double styles = Difference(outputs["styles"], $"{name}_styles.txt"), reconstructions = Difference(outputs["reconstruction"], $"{name}_reconstructions.txt");
        log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: styles {styles:g3}, reconstructions {reconstructions:g3}"));
        Assert.InRange(styles, 0, 1e-5);
        Assert.InRange(reconstructions, 0, 1e-5);
    }

    private static double Difference(float[] actual, string file) => OnnxRun.MaxDifference(actual, Table(file).SelectMany(r => r.Select(v => (double)v)));

    private static float[][] Table(string file) => [.. File.ReadLines(File_(file)).Select(line =>
        line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(v => float.Parse(v, CultureInfo.InvariantCulture)).ToArray())];

    private static string File_(string name) => SharedData.Path("rankaae-reference", name);
}
