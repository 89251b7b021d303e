using System.Xml.Linq;
using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Inference.Evaluation;
using XanesMl.Spectra;
using XanesMl.Training.Configuration;
using XanesMl.Training.Runs;
using XanesMl.Training.Tests;
using XanesMl.Training.Trainers;
using XanesMl.Transforms;
using XanesMl.Transforms.Evaluation;
using Xunit;

namespace XanesMl.Pipeline.Tests;

/// <summary>The code of docs/mlnet.md that trains; a test of the Transforms room checks that the page shows these lines.</summary>
public sealed class MlnetTraining
{
    [Fact]
    public void The_pages_trainer_trains_saves_and_cross_validates()
    {
        using var temporary = new TemporaryFolder();
        string runFolder = temporary.File("run"), zipPath = temporary.File("trained.zip");
        var mlContext = new MLContext(seed: 1);
        SpectraTable table = SyntheticTable.Create(300, 40);
        IDataView data = mlContext.Data.LoadFromSpectraTable(table);

        var trainer = mlContext.Regression.Trainers.RankAae(new RankAaeTrainerOptions
        {
            Descriptors = ["EDGE", "PEAK"],
            Training = new TrainingOptions { Epochs = 40, BatchSize = 64, Hidden = 16, Layers = 3, SplitFractions = [0.85, 0.15, 0], Seed = 1 },
            OutputFolder = runFolder,
        });
        using var trained = trainer.Fit(data);
        mlContext.Model.Save(trained, data.Schema, zipPath);
        var loaded = new MLContext().RegisterXanes().Model.Load(zipPath, out _);
        Assert.Equal(trained.Transform(data).GetColumn<float[]>("Descriptors"), loaded.Transform(data).GetColumn<float[]>("Descriptors"));
        (loaded as IDisposable)?.Dispose();
        AgreesWithTheEvaluationOfTheRun(mlContext, data, table, Path.Combine(runFolder, "model"));

        trainer = mlContext.Regression.Trainers.RankAae(new RankAaeTrainerOptions { Descriptors = ["EDGE", "PEAK"], Training = new TrainingOptions { Epochs = 30, BatchSize = 32, Hidden = 16, Layers = 3, SplitFractions = [0.85, 0.15, 0] } });
        var scored = trainer.Append(mlContext.Transforms.Xanes().SelectDescriptor("Score", "Descriptors", "EDGE"));
        var folds = mlContext.Regression.CrossValidate(data, scored, numberOfFolds: 2, labelColumnName: "EDGE", samplingKeyColumnName: "MaterialId");
        double meanR2 = folds.Average(f => f.Metrics.RSquared);
        Assert.InRange(meanR2, 0.2, 1);
        foreach (var fold in folds)
            (fold.Model as IDisposable)?.Dispose();
    }

    // Oracle: the Training room's evaluation of the same folder on the same rows.
    private static void AgreesWithTheEvaluationOfTheRun(MLContext mlContext, IDataView data, SpectraTable table, string modelFolder)
    {
        using var pipeline = XanesPipeline.ForModel(mlContext, modelFolder).Fit(data);
        var ours = mlContext.EvaluateModel(pipeline.Transform(data), modelFolder);
        EvaluationReport expected = ModelEvaluation.Evaluate(modelFolder, [table], EvaluationRows.All, resample: false);
        Assert.Equal((expected.Rows, 0L), (ours.Report.Rows, ours.Unpredicted));
        foreach (var (name, e) in expected.Descriptors)
        {
            var a = ours.Report.Descriptors[name];
            Assert.Equal(e.Spearman, a.Spearman, 1e-4);
            Assert.Equal(e.R2, a.R2, 1e-5);
            Assert.Equal(e.Mae, a.Mae, 1e-6);
            Assert.Equal(e.Coverage90, a.Coverage90, 0.02);
            Assert.Equal(e.HalfWidth90, a.HalfWidth90);
        }

        Assert.Equal(expected.Reconstruction.Mae, ours.Report.Reconstruction.Mae, 1e-6);
        Assert.Equal(expected.Styles.MaxInterstyle, ours.Report.Styles.MaxInterstyle, 1e-3);
    }

    /// <summary>The trainer's documentation: the table of characteristics, and a sample that makes it.</summary>
    [Fact]
    public void The_trainer_has_its_characteristics_and_a_sample_that_runs()
    {
        var mlContext = new MLContext(seed: 1);
        var trainer = mlContext.Regression.Trainers.RankAae(new RankAaeTrainerOptions { Descriptors = ["CT", "CN"] });
        var xml = XDocument.Load(Path.Combine(AppContext.BaseDirectory, "XanesMl.Training.xml"));
        var member = xml.Descendants("member").Single(m => m.Attribute("name")!.Value == "T:" + trainer.GetType().FullName);
        Assert.Contains("### Estimator Characteristics", member.Element("remarks")!.Value, StringComparison.Ordinal);
        Assert.Equal("var trainer = mlContext.Regression.Trainers.RankAae(new RankAaeTrainerOptions { Descriptors = [\"CT\", \"CN\"] });", member.Element("example")!.Element("code")!.Value.Trim());
    }
}
