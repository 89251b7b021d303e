using XanesMl.Inference.Models;
using XanesMl.Inference.Predictions;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra.Reading;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Inference.Tests;

public sealed class DocumentationTests
{
    [Fact]
    public void The_page_lists_every_property_and_file()
    {
        string page = Page();
        foreach (string key in ModelJson.ToOnnxProperties(TinyModel.Metadata()).Keys)
            Assert.Contains($"`{key}`", page, StringComparison.Ordinal);
        foreach (string name in new[] { ModelFolder.EncoderFile, ModelFolder.DecoderFile, ModelFolder.PredictorFile, ModelFolder.MetadataFile, ModelFolder.CardFile, ModelFolder.SplitFile })
            Assert.Contains($"| `{name}` |", page, StringComparison.Ordinal);
    }

    /// <summary>The snippet of the page is this method's body, line by line, with the paths of the test in place of the page's.</summary>
    [Fact]
    public void The_snippet_of_the_page_runs()
    {
        using var temporary = new TemporaryFolder();
        string cu = TinyModel.Write(temporary.File("Cu")), scan = temporary.File("scan.csv");
        TinyModel.WriteCsv(scan, 0, [0.5f, -1, 1]);
        var Console = new StringWriter { NewLine = "\n" };
        // snippet
        using var model = SpectrumModel.Open(cu);
        var table = SpectraTableReader.Read(scan);
        foreach (var p in TablePredictor.Predict(model, table, resample: true))
            for (int k = 0; k < p.Estimates.Count; k++)
                Console.WriteLine($"{p.Material} {model.Metadata.Descriptors[k].Name} = {p.Estimates[k].Value:0.00} ({p.Estimates[k].Low:0.00} to {p.Estimates[k].High:0.00}) {p.Verdict}");
        // end
        Assert.Matches(@"^mp-0 CT = 1\.7[56] \(1\.6[56] to 1\.8[56]\) Ok\nmp-0 CN = (3\.99|4\.00) \(3\.7[45] to 4\.2[45]\) Ok\n$", Console.ToString());

        string source = File.ReadAllText(SharedData.Repository("tests", "Inference", "DocumentationTests.cs"));
        string body = source.Split("        // snippet\n")[1].Split("        // end\n")[0];
        string expected = string.Join('\n', body.Split('\n').Select(l => l.StartsWith("        ", StringComparison.Ordinal) ? l[8..] : l))
            .Replace("Open(cu)", "Open(\"models/Cu\")", StringComparison.Ordinal).Replace("Read(scan)", "Read(\"scan.csv\")", StringComparison.Ordinal);
        Assert.Equal(expected, Page().Split("```csharp\n")[1].Split("```")[0]);
    }

    private static string Page() => File.ReadAllText(SharedData.Repository("docs", "model-folder.md"));
}
