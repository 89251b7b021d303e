using System.Globalization;
using XanesMl.Inference.Sessions;
using XanesMl.TestSupport;

namespace XanesMl.Cli.Tests.Commands;

/// <summary>import of the reference program's own weights.</summary>
public sealed class ImportTests
{
    // 600 spectra on 256 energies; the grid's numbers do not matter for the networks' answers.
    private static string GridTable(TempFolder folder) => folder.Write("grid.csv",
        "MPID," + string.Join(',', Enumerable.Range(0, 256).Select(i => (8985 + (i / 3.0)).ToString("'ENE_'0.000", CultureInfo.InvariantCulture))) + "\nm," + string.Join(',', Enumerable.Repeat("1", 256)) + "\n");

    private static float[] Numbers(string file) => [.. File.ReadLines(SharedData.Path("rankaae-reference", file))
        .SelectMany(l => l.Split([' ', ',', '\t'], StringSplitOptions.RemoveEmptyEntries)).Select(t => float.Parse(t, CultureInfo.InvariantCulture))];

    [SharedDataTheory]
    [InlineData("cu_20epochs", "cu_20epochs_modules.txt")]
    [InlineData("v_job1", null)]
    public void Imported_model_answers_as_its_authors_recorded(string name, string? modules)
    {
        using var folder = new TempFolder();
        string[] more = modules is null ? [] : ["--modules", SharedData.Path("rankaae-reference", modules)];
        var run = CliRun.InProcess(["import", "--weights", SharedData.Path("rankaae-reference", name + ".safetensors"), "--out", folder["model"], "--grid", GridTable(folder), .. more]);
        Assert.True(run.Code == 0, run.Error);
        using var model = SpectrumModel.Open(folder["model"]);
        Assert.Equal(["Cu"], model.Metadata.Elements);
        float[] spectra = Numbers("spectra.txt"), styles = Numbers(name + "_styles.txt"), reconstructions = Numbers(name + "_reconstructions.txt");
        var answers = model.Predict(spectra, spectra.Length / 256);
        // Oracle: outputs that the reference program recorded (data/README.md), float32 in PyTorch.
        Assert.Equal(styles.Length, answers.Styles.Length);
        Assert.All(styles.Zip(answers.Styles), p => Assert.Equal(p.First, p.Second, 1e-5f));
        Assert.All(reconstructions.Zip(answers.Reconstruction), p => Assert.Equal(p.First, p.Second, 1e-5f));
        Assert.Equal(["grid.csv", "model"], folder.Entries());
    }

    [SharedDataFact]
    public void Grid_of_another_length_is_refused()
    {
        using var folder = new TempFolder();
        string grid = folder.Write("grid.csv", SyntheticCsv.Create(2));
        CliRun.InProcess("import", "--weights", SharedData.Path("rankaae-reference", "v_job1.safetensors"), "--out", folder["model"], "--grid", grid)
            .AssertBadInput("v_job1.safetensors", "256 energies", "24");
        Assert.Equal(["grid.csv"], folder.Entries());
    }
}
