using XanesMl.Inference.Domain;
using XanesMl.Inference.Predictions;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Spectra.Reading;
using XanesMl.TestSupport;
using XanesMl.Training.Runs;
using Xunit;

namespace XanesMl.Pipeline.Tests;

/// <summary>The models of models/: whole, and as good on data at hand as their cards say at least roughly.</summary>
public sealed class ShippedModels
{
    [Fact]
    public void Every_folder_opens_and_has_a_configuration_beside_it()
    {
        string[] folders = Directory.GetDirectories(SharedData.Repository("models"));
        Assert.NotEmpty(folders);
        foreach (string folder in folders)
        {
            using var model = SpectrumModel.Open(folder);
            Assert.Equal(Path.GetFileName(folder), model.Metadata.Name);
            Assert.True(File.Exists(folder + ".yaml"), folder + ".yaml");
            Assert.NotEmpty(model.Metadata.Calibrations);
        }
    }

    [Fact]
    public void The_model_of_eight_elements_knows_the_embedded_spectra()
    {
        string folder = SharedData.Repository("models", "oxides-8");
        var tables = SpectraTableReader.ReadMany([SharedData.Repository("data")]);
        var report = ModelEvaluation.Evaluate(folder, tables, EvaluationRows.All, resample: true);
        Assert.True(report.Descriptors["OS"].Mae < 0.2, $"{report.Descriptors["OS"].Mae}");
        Assert.True(report.Descriptors["CN"].Spearman > 0.8, $"{report.Descriptors["CN"].Spearman}");
        using var model = SpectrumModel.Open(folder);
        var predictions = tables.SelectMany(t => TablePredictor.Predict(model, t, resample: true)).ToArray();
        Assert.True(predictions.Count(p => p.Verdict == Verdict.OutOfDomain) <= 0.1 * predictions.Length);
    }

    /// <summary>The table that it was trained on, and spectra of another element, which it must not know.</summary>
    [SharedDataFact]
    public void The_copper_model_knows_its_table_and_not_vanadium()
    {
        string folder = SharedData.Repository("models", "Cu");
        var table = SpectraTableReader.Read(SharedData.Path("cu-feff", "feff_Cu_CT_CN_OCN_RSTD_MOOD_spec_3908.csv.gz"));
        var report = ModelEvaluation.Evaluate(folder, [table], EvaluationRows.All, resample: false);
        Assert.True(report.Descriptors["CT"].Spearman > 0.93, $"{report.Descriptors["CT"].Spearman}");
        Assert.True(report.Reconstruction.Mae < 0.045, $"{report.Reconstruction.Mae}");
        using var model = SpectrumModel.Open(folder);
        var known = TablePredictor.Predict(model, table, resample: false);
        Assert.True(known.Count(p => p.Verdict == Verdict.OutOfDomain) <= 0.05 * known.Count);

        // vanadium spectra moved to copper's energies, so that only their shape can tell
        var vanadium = SpectraTableReader.Read(SharedData.Repository("data", "V.csv.gz"));
        var moved = vanadium.WithSpectra(vanadium.Grid.Shift(KEdges.Energy("Cu") - KEdges.Energy("V") + 4), vanadium.Spectra.ToArray());
        var unknown = TablePredictor.Predict(model, moved, resample: true);
        Assert.All(unknown, p => Assert.True(p.Verdict >= Verdict.OutOfDomain, p.Verdict.ToText()));
    }
}
