using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Inference.Predictions;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Normalization;
using XanesMl.Spectra.Reading;
using XanesMl.TestSupport;
using XanesMl.Transforms;
using Xunit;

namespace XanesMl.Packages.Tests;

/// <summary>A program outside the solution that has XanesMl.Inference and XanesMl.Transforms from a folder of packages: restored, built and run.</summary>
[Collection("packages")]
public sealed class ConsumerTests(BuiltPackages packages)
{
    [Fact]
    public void A_program_with_the_packages_only_gives_the_numbers_of_this_process()
    {
        string program = packages.NewFolder("consumer"), cache = packages.NewFolder("cache"), work = packages.NewFolder("work");
        foreach (string file in Directory.GetFiles(SharedData.Repository("tests", "Packages", "Consumer")))
            File.Copy(file, Path.Combine(program, Path.GetFileName(file)));
        File.WriteAllText(Path.Combine(program, "nuget.config"), Sources(cache));
        Dotnet.Run(program, "build", "-c", "Release", "-o", Path.Combine(program, "out"), $"-p:XanesMlVersion={BuiltPackages.Version}");
        AssertOnlyOurPackagesWereInstalled(cache);
        AssertNoTrainingLibrary(Path.Combine(program, "out"));

        string modelFolder = SharedData.Repository("models", "oxides-8");
        File.Copy(SharedData.Repository("data", "Cu.csv.gz"), Path.Combine(work, "spectra.csv.gz"));
        File.WriteAllText(Path.Combine(work, "scan.dat"), Scan());
        Directory.CreateDirectory(Path.Combine(work, "model"));
        foreach (string file in Directory.GetFiles(modelFolder))
            File.Copy(file, Path.Combine(work, "model", Path.GetFileName(file)));
        string[] expected = [.. InThisProcess(work)];
        string[] printed = Dotnet.Run(work, Path.Combine(program, "out", "Consumer.dll")).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(expected, printed.TakeWhile(l => l != "# Assemblies"));
        string[] loaded = [.. printed.SkipWhile(l => l != "# Assemblies").Skip(1)];
        Assert.Equal(["XanesMl.Inference", "XanesMl.Spectra", "XanesMl.Transforms"], loaded.Select(l => l.Split(',')[0]).Where(n => n.StartsWith("XanesMl.", StringComparison.Ordinal)));
        Assert.DoesNotContain(loaded, l => l.Contains("Torch", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The consumer's own lines, here on the assemblies of the solution; also writes the pipeline that both load.</summary>
    private static IEnumerable<string> InThisProcess(string work)
    {
        yield return "# Spectra";
        var table = SpectraTableReader.Read(Path.Combine(work, "spectra.csv.gz"));
        var scan = Assert.Single(MeasuredSpectrumReader.Read(Path.Combine(work, "scan.dat")));
        var normalized = PreEdgeNormalizer.Normalize(scan.Energies.Span, scan.Mu.Span);
        yield return string.Create(CultureInfo.InvariantCulture, $"{scan.Name}: E0 {normalized.E0} eV, edge step {normalized.EdgeStep}");

        yield return "# Inference";
        using var model = SpectrumModel.Open(Path.Combine(work, "model"));
        var predictions = TablePredictor.Predict(model, table, resample: true);
        Assert.True(predictions.Count > 10);
        foreach (var p in predictions)
            yield return string.Create(CultureInfo.InvariantCulture, $"{p.Material} {p.Site}: {p.Estimates[0].Value} {p.Estimates[0].Unit}, {p.Verdict}");

        yield return "# Transforms";
        var mlContext = new MLContext(seed: 1);
        var data = mlContext.Data.LoadFromSpectraTable(table);
        using var pipeline = XanesPipeline.ForModel(mlContext, Path.Combine(work, "model")).Fit(data);
        mlContext.Model.Save(pipeline, data.Schema, Path.Combine(work, "pipeline.zip"));
        foreach (float[] descriptors in pipeline.Transform(data).GetColumn<float[]>("Descriptors"))
            yield return string.Join(' ', descriptors.Select(d => d.ToString(CultureInfo.InvariantCulture)));
    }

    // Our packages come from the folder into a cache of this test alone; the others from where the build has them, so that nothing is downloaded.
    private string Sources(string cache)
    {
        string[] folders = [.. (BuiltPackages.Metadata("PackageRoot") + ";" + BuiltPackages.Metadata("PackageFolders")).Split(';', StringSplitOptions.RemoveEmptyEntries).Select(f => f.TrimEnd('/', '\\')).Distinct(StringComparer.Ordinal)];
        var fallback = string.Concat(folders.Select((f, i) => $"<add key=\"build{i}\" value=\"{f}\" />"));
        return $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{cache}" /></config>
              <packageSources><clear /><add key="built" value="{packages.Folder}" /></packageSources>
              <packageSourceMapping><clear /></packageSourceMapping>
              <fallbackPackageFolders><clear />{fallback}</fallbackPackageFolders>
            </configuration>
            """;
    }

    private static void AssertOnlyOurPackagesWereInstalled(string cache) =>
        Assert.Equal(["xanesml.inference", "xanesml.spectra", "xanesml.transforms"], Directory.GetDirectories(cache).Select(Path.GetFileName).Order(StringComparer.Ordinal));

    private static void AssertNoTrainingLibrary(string output)
    {
        string[] files = [.. Directory.EnumerateFiles(output, "*", SearchOption.AllDirectories).Select(f => Path.GetFileName(f))];
        Assert.Contains("XanesMl.Transforms.dll", files);
        Assert.DoesNotContain(files, f => f.Contains("torch", StringComparison.OrdinalIgnoreCase) || f == "XanesMl.Training.dll");
        using var graph = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "Consumer.deps.json")));
        Assert.DoesNotContain(graph.RootElement.GetProperty("libraries").EnumerateObject(), l => l.Name.Contains("torch", StringComparison.OrdinalIgnoreCase));
    }

    // An edge at copper's energy on a slope, with a header that needs no guessing.
    private static string Scan()
    {
        var text = new StringBuilder("# energy mu\n");
        for (double e = 8829; e <= 9379; e += e is > 8960 and < 9010 ? 0.5 : 5)
            text.Append(CultureInfo.InvariantCulture, $"{e:0.0} {0.3 + (0.0002 * (9000 - e)) + (1.1 * (0.5 + (Math.Atan((e - 8985) / 2) / Math.PI))):0.00000}\n");
        return text.ToString();
    }
}
