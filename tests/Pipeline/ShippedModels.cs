using XanesMl.Inference.Domain;
using XanesMl.Inference.Measured;
using XanesMl.Inference.Predictions;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Spectra.Measured;
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

    /// <summary>Without limits of their own, measured spectra are judged by those for simulated ones, which let copper metal pass.</summary>
    [Theory]
    [InlineData("Cu")]
    [InlineData("oxides-8")]
    public void Every_model_has_limits_for_measured_spectra(string name)
    {
        using var model = SpectrumModel.Open(SharedData.Repository("models", name));
        Assert.NotNull(model.Metadata.Domain!.Measured);
    }

    /// <summary>Models of oxides have never seen a metal. Eight measured spectra, and two files as facilities wrote them.</summary>
    [SharedDataTheory]
    [InlineData("larch-default", "Cu_xasdatalibrary_Cu_Foil_rt_2016Foils.csv")]
    [InlineData("larch-default", "Cu_xasdatalibrary_cu_metal_10K.csv")]
    [InlineData("larch-default", "Cu_xasdatalibrary_cu_metal_rt.csv")]
    [InlineData("larch-default", "Cu_xasref_Cu_foil.csv")]
    [InlineData("larch-default", "Cu_larchprj_cu_01_cu050k_dat.csv")]
    [InlineData("larch-default", "Cu_larchprj_cu_02_cu150k_dat.csv")]
    [InlineData("larch-default", "Cu_larchprj_cu_ex_01_cu150k_dat.csv")]
    [InlineData("larch-default", "Cu_larchprj_dispersive_01_cu_08_calib.csv")]
    [InlineData("xdi", "Cu_Foil_rt_2016Foils.xdi")]
    [InlineData("columns", "cu_metal_rt.xdi")]
    public void Copper_metal_is_never_ok(string folder, string file)
    {
        using var model = SpectrumModel.Open(SharedData.Repository("models", "Cu"));
        var predictor = new MeasuredPredictor(model, new MeasuredPredictionOptions { Element = "Cu" });
        var spectrum = MeasuredSpectrumReader.Read(SharedData.Path("experimental", folder, file))[0];
        var p = predictor.Predict(spectrum).Prediction;
        Assert.True(p.Verdict >= Verdict.OutOfDomain, $"{p.Verdict.ToText()}: {string.Join("; ", p.Reasons)}");
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
