using Microsoft.ML.OnnxRuntime;
using Xunit;
using XanesMl.TestSupport;
using XanesMl.Training.Importing;
using XanesMl.Training.Networks;
using XanesMl.Training.Onnx;

namespace XanesMl.Training.Tests.Importing;

public sealed class DocumentationTests
{
    [Fact]
    public void The_snippet_of_import_md_runs()
    {
        string path = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N") + ".pt");
        File.WriteAllBytes(path, TorchFileBuilder.StateDicts());
        var properties = new Dictionary<string, string>();
        try
        {
            AutoencoderWeights weights = WeightsImporter.Import(path);
            byte[] encoder = OnnxWriter.Encoder(weights.Encoder, properties);
            byte[] decoder = OnnxWriter.Decoder(weights.Decoder, properties);
            using var session = new InferenceSession(encoder);
            Assert.Equal([-1, 3], session.InputMetadata["spectrum"].Dimensions);
            Assert.NotEmpty(decoder);
        }
        finally
        {
            File.Delete(path);
        }

        string[] source = [.. File.ReadLines(SharedData.Repository("tests", "Training", "Importing", "DocumentationTests.cs")).Select(l => l.Trim())];
        string[] snippet = File.ReadAllText(SharedData.Repository("docs", "import.md")).Split("```")[1].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("csharp", snippet[0]);
        Assert.All(snippet.Skip(1), line => Assert.Contains(line, source));
    }
}
