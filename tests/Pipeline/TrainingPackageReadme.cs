using XanesMl.Inference.Models;
using XanesMl.Spectra;
using XanesMl.Spectra.Reading;
using XanesMl.Spectra.Writing;
using XanesMl.TestSupport;
using XanesMl.Training.Configuration;
using XanesMl.Training.Runs;
using XanesMl.Training.Tests;
using Xunit;

namespace XanesMl.Pipeline.Tests;

/// <summary>The code of src/Training/README.md, which goes into the package: it runs here, with fewer epochs and paths of the test.</summary>
public sealed class TrainingPackageReadme
{
    private const string Begin = "        // README\n", End = "        // end\n";

    [Fact]
    public void The_code_trains_a_model()
    {
        using var temporary = new TemporaryFolder();
        string spectra = temporary.File("spectra.csv.gz"), run = temporary.File("run");
        var options = new TrainingOptions { Epochs = 20, Trials = 1, BatchSize = 64, Hidden = 16, Layers = 3 };
        var synthetic = SyntheticTable.Create(120, 20);
        SpectraTableWriter.Write(new SpectraTable(synthetic.Grid, synthetic.Spectra.ToArray(), ["CT", "CN", "RSTD"], synthetic.Descriptors.ToArray(),
            [.. synthetic.Materials], [.. synthetic.Sites], [.. synthetic.Elements]), spectra);
        var Console = new StringWriter { NewLine = "\n" };

        // README
        TrainingResult result = TrainingRun.Execute(new TrainingRequest
        {
            Table = SpectraTableReader.Read(spectra),
            EnergyAxis = EnergyAxis.Absolute,
            EdgeReferences = new Dictionary<string, double> { ["Cu"] = KEdges.Energy("Cu") },
            Name = "Cu",
            DataNotice = "simulated with FEFF",
            Options = options,
            OutputFolder = run,
        }, null, CancellationToken.None);
        Console.WriteLine($"{result.ModelFolder}: MAE of CT {result.Report.Descriptors["CT"].Mae}");
        // end

        Assert.StartsWith(temporary.File("run", "model") + ": MAE of CT 0.", Console.ToString(), StringComparison.Ordinal);
        Assert.Equal("Cu", ModelFolder.Open(result.ModelFolder).Metadata.Name);
    }

    [Fact]
    public void The_packages_README_holds_the_code()
    {
        string source = File.ReadAllText(SharedData.Repository("tests", "Pipeline", "TrainingPackageReadme.cs"));
        string body = string.Join('\n', source.Split(Begin)[1].Split(End)[0].Split('\n').Select(l => l.Length > 8 ? l[8..] : l))
            .Replace("Read(spectra)", "Read(\"spectra.csv.gz\")", StringComparison.Ordinal)
            .Replace("OutputFolder = run,", "OutputFolder = \"run\",", StringComparison.Ordinal)
            .Replace("Options = options,", "Options = new TrainingOptions { Epochs = 200, Trials = 4 },", StringComparison.Ordinal);
        Assert.Equal(body, File.ReadAllText(SharedData.Repository("src", "Training", "README.md")).Split("```csharp\n")[1].Split("```")[0]);
    }
}
