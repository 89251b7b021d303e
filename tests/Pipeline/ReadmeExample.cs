using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Spectra;
using XanesMl.Spectra.Reading;
using XanesMl.Spectra.Writing;
using XanesMl.TestSupport;
using XanesMl.Training.Configuration;
using XanesMl.Training.Runs;
using XanesMl.Training.Tests;
using XanesMl.Transforms;
using Xunit;

namespace XanesMl.Pipeline.Tests;

/// <summary>The C# example of README.md: it runs here, and the README must hold it letter by letter.</summary>
public sealed class ReadmeExample
{
    private const string Begin = "        // README\n", End = "        // end\n";

    [Fact]
    public void The_example_runs_and_gives_the_training_runs_numbers()
    {
        using var temporary = new TemporaryFolder();
        string spectra = temporary.File("spectra.csv"), modelFolder = temporary.File("run", "model"), zip = temporary.File("pipeline.zip");
        var synthetic = SyntheticTable.Create(200, 40);
        synthetic = new SpectraTable(synthetic.Grid, synthetic.Spectra.ToArray(), ["CT", "CN", "RSTD"], synthetic.Descriptors.ToArray(), [.. synthetic.Materials], [.. synthetic.Sites], [.. synthetic.Elements]);
        SpectraTableWriter.Write(synthetic, spectra);
        TrainingRun.Execute(new TrainingRequest
        {
            Table = synthetic, EnergyAxis = Inference.Models.EnergyAxis.Absolute, EdgeReferences = new Dictionary<string, double> { ["Cu"] = KEdges.Energy("Cu") },
            Name = "Cu", DataNotice = "made by a test", Options = new TrainingOptions { Epochs = 20, BatchSize = 64, Hidden = 16, Layers = 3 }, OutputFolder = temporary.File("run"),
        }, null, CancellationToken.None);
        var Console = new StringWriter { NewLine = "\n" };

        // README
        var mlContext = new MLContext(seed: 1);
        SpectraTable table = SpectraTableReader.Read(spectra);
        IDataView data = mlContext.Data.LoadFromSpectraTable(table);
        using var pipeline = XanesPipeline.ForModel(mlContext, modelFolder).Fit(data);
        mlContext.Model.Save(pipeline, data.Schema, zip);

        ITransformer loaded = new MLContext().RegisterXanes().Model.Load(zip, out _);
        float[][] descriptors = [.. loaded.Transform(data).GetColumn<float[]>("Descriptors")];
        for (int i = 0; i < table.RowCount; i++)
            Console.WriteLine($"{table.Materials[i]}: charge transfer {descriptors[i][0]:0.00} e, {descriptors[i][1]:0.0} oxygen neighbours");
        // end

        // Oracle: the folder's own ONNX session on the same rows.
        using var model = Inference.Sessions.SpectrumModel.Open(modelFolder);
        var expected = model.Predict(table.Spectra.Span, table.RowCount);
        string[] lines = Console.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(200, lines.Length);
        for (int i = 0; i < lines.Length; i++)
            Assert.Equal($"m{i / 2}: charge transfer {expected.Descriptors[i * 3]:0.00} e, {expected.Descriptors[(i * 3) + 1]:0.0} oxygen neighbours", lines[i]);
        (loaded as IDisposable)?.Dispose();
    }

    /// <summary>README.md has the example in its first csharp block, the using lines that it needs before it, and paths in place of the test's variables.</summary>
    [Fact]
    public void README_holds_the_example()
    {
        string source = File.ReadAllText(SharedData.Repository("tests", "Pipeline", "ReadmeExample.cs"));
        string body = source.Split(Begin)[1].Split(End)[0];
        string example = string.Join('\n', body.Split('\n').Select(l => l.Length > 8 ? l[8..] : l))
            .Replace("Read(spectra)", "Read(\"spectra.csv\")", StringComparison.Ordinal)
            .Replace("modelFolder", "\"models/Cu\"", StringComparison.Ordinal)
            .Replace("zip", "\"pipeline.zip\"", StringComparison.Ordinal);
        string[] parts = File.ReadAllText(SharedData.Repository("README.md")).Split("<!-- run: ReadmeExample -->\n```csharp\n");
        Assert.True(parts.Length == 2, "README.md needs the marker <!-- run: ReadmeExample --> before one block of C#:\n" + Usings + "\n" + example);
        Assert.Equal(Usings + "\n" + example, parts[1].Split("```")[0]);
        Assert.InRange(example.Split('\n').Count(l => l.Length > 0), 1, 10);
    }

    private const string Usings = """
        using Microsoft.ML;
        using Microsoft.ML.Data;
        using XanesMl.Spectra;
        using XanesMl.Spectra.Reading;
        using XanesMl.Transforms;

        """;
}
