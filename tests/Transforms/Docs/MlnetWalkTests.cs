using System.Xml.Linq;
using Microsoft.Data.Analysis;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using XanesMl.Inference.Evaluation;
using XanesMl.Spectra;
using XanesMl.Spectra.Reading;
using XanesMl.Spectra.Writing;
using XanesMl.TestSupport;
using XanesMl.Transforms.Data;
using XanesMl.Transforms.Evaluation;
using XanesMl.Transforms.Features;
using XanesMl.Transforms.Measured;
using XanesMl.Transforms.Scoring;
using XanesMl.Transforms.Tests.Support;
using Xunit;

namespace XanesMl.Transforms.Tests.Docs;

/// <summary>The code of docs/mlnet.md, run; and the check that the page shows this code and no other.</summary>
public sealed class MlnetWalkTests
{
    [Fact]
    public void The_pages_code_runs_and_gives_the_models_answers()
    {
        using var temporary = new TemporaryFolder();
        string csvPath = temporary.File("spectra.csv"), modelFolder = Fixture.Folder(temporary), zipPath = temporary.File("pipeline.zip");
        SpectraTableWriter.Write(Fixture.Table(30), csvPath);

        var mlContext = new MLContext(seed: 1);
        SpectraTable table = SpectraTableReader.Read(csvPath);
        IDataView data = mlContext.Data.LoadFromSpectraTable(table);
        using var pipeline = XanesPipeline.ForModel(mlContext, modelFolder).Fit(data);
        IDataView predicted = pipeline.Transform(data);
        string[] materials = [.. predicted.GetColumn<string>("MaterialId")];
        float[][] descriptors = [.. predicted.GetColumn<float[]>("Descriptors")];
        float[] errors = [.. predicted.GetColumn<float>("ReconstructionError")];
        mlContext.Model.Save(pipeline, data.Schema, zipPath);

        // Oracle: Fixtures/make_fixtures.py, row 7.
        Assert.Equal("mp-3", materials[7]);
        Assert.Equal(7.217852355, descriptors[7][1], 1e-5);
        Assert.Equal(1.130885169, errors[7], 1e-5);

        var fresh = new MLContext().RegisterXanes();
        ITransformer loaded = fresh.Model.Load(zipPath, out DataViewSchema inputSchema);
        IDataView again = loaded.Transform(fresh.Data.LoadFromSpectraTable(table));
        Assert.Equal(data.Schema.Count, inputSchema.Count);
        Assert.Equal(descriptors, again.GetColumn<float[]>("Descriptors"));
        (loaded as IDisposable)?.Dispose();

        EvaluationReport report = mlContext.EvaluateModel(predicted, modelFolder).Report;
        double rankOfCharge = report.Descriptors["CT"].Spearman;
        double reconstruction = report.Reconstruction.Mae;
        Assert.InRange(rankOfCharge, -1, 1);
        Assert.Equal(errors.Average(), reconstruction, 1e-5);

        IReadOnlyList<DescriptorMetrics> metrics = mlContext.EvaluateDescriptors(predicted, ["CT", "CN"]);
        double maeOfCharge = metrics[0].MeanAbsoluteError;
        Assert.Equal(Enumerable.Range(0, 30).Average(i => Math.Abs(descriptors[i][0] - table.Descriptor(i, 0))), maeOfCharge, 1e-5);

        RawSpectrum[] spectra = [.. Enumerable.Range(0, 30).Select(i => new RawSpectrum { Energy = table.Grid.Energies.ToArray(), Spectrum = table.Spectrum(i).ToArray(), Number = i })];
        var answers = new float[30][];
        var options = new PredictionEngineOptions { OwnsTransformer = false };
        using var engines = new ThreadLocal<PredictionEngine<RawSpectrum, Answer>>(
            () => mlContext.Model.CreatePredictionEngine<RawSpectrum, Answer>(pipeline, options), trackAllValues: true);
        Parallel.ForEach(spectra, s => answers[s.Number] = engines.Value!.Predict(s).Descriptors);
        for (int i = 0; i < 30; i++)
            Assert.Equal(descriptors[i][1], answers[i][1], 1e-5f);

        DataFrame frame = table.ToDataFrame();
        SpectraTable fromFrame = frame.ToSpectraTable();
        SpectraTable fromView = predicted.ToSpectraTable(new SpectraTableColumns { Descriptors = ["CT", "CN"] });
        DataFrame vectors = predicted.ToVectorFrame("MaterialId", "CT", "Spectrum", "Energy", "Descriptors", "Verdict");
        DataFrame trusted = vectors.Filter(vectors["CT"].ElementwiseGreaterThan(1.5));
        IDataView backAgain = trusted;
        Assert.Equal(Enumerable.Range(0, 30).Count(i => table.Descriptor(i, 0) > 1.5f), pipeline.Transform(backAgain).GetColumn<float[]>("Descriptors").Count(d => float.IsFinite(d[0])));
        Assert.Equal(table.Spectra.ToArray(), fromFrame.Spectra.ToArray());
        Assert.Equal(table.Descriptors.ToArray(), fromView.Descriptors.ToArray());
    }

    [Fact]
    public void The_pages_own_pipelines_fit()
    {
        using var temporary = new TemporaryFolder();
        string modelFolder = Fixture.Folder(temporary);
        var mlContext = new MLContext(seed: 1);
        IDataView data = mlContext.Data.LoadFromSpectraTable(Fixture.Table(100));

        var xanes = mlContext.Transforms.Xanes();
        var steps = xanes.EncodeStyles("Z", "Spectrum", modelFolder)
            .Append(xanes.DecodeSpectrum("Decoded", "Z", modelFolder))
            .Append(xanes.PredictDescriptors("Spectrum", modelFolder, new DescriptorColumns { Reconstruction = null }))
            .Append(xanes.SelectDescriptor("PredictedCN", "Descriptors", "CN"))
            .Append(xanes.ReconstructionError("Spectrum", modelFolder, new ReconstructionErrorColumns { Error = null, Verdict = null }))
            .Append(xanes.VarySpectrum(modelFolder, new VarySpectrumOptions { Descriptor = "CN", Styles = "Z", Steps = 20 }));
        using var model = steps.Fit(data);
        Assert.Equal(7.217852355, model.Transform(data).GetColumn<float>("PredictedCN").ElementAt(7), 1e-5);

        var head = mlContext.Transforms.Xanes().EncodeStyles("Features", "Spectrum", modelFolder)
            .Append(mlContext.Transforms.NormalizeMeanVariance("Features"))
            .AppendCacheCheckpoint(mlContext)
            .Append(mlContext.Regression.Trainers.Sdca("CT", maximumNumberOfIterations: 20));
        using var headModel = head.Fit(data);
        Assert.All(headModel.Transform(data).GetColumn<float>("Score"), s => Assert.True(float.IsFinite(s)));
    }

    [Fact]
    public void The_pages_features_stand_beside_predicted_descriptors()
    {
        using var temporary = new TemporaryFolder();
        string modelFolder = Fixture.Folder(temporary);
        var mlContext = new MLContext(seed: 1);
        var table = Fixture.Table(30);
        float[] spectra = table.Spectra.ToArray();
        spectra.AsSpan(5 * table.PointCount, table.PointCount).Fill(1);
        IDataView data = mlContext.Data.LoadFromSpectraTable(new SpectraTable(table.Grid, spectra, table.DescriptorNames, table.Descriptors.ToArray(), [.. table.Materials], [.. table.Sites], [.. table.Elements]));

        var features = new ExtractSpectralFeaturesOptions { Features = ["EdgeEnergy", "EdgeSlope", "MainPeakIntensity"] };
        var both = mlContext.Transforms.Xanes().ExtractSpectralFeatures(features)
            .Append(mlContext.Transforms.Xanes().PredictDescriptors("Spectrum", modelFolder))
            .Append(mlContext.Transforms.ReplaceMissingValues("SpectralFeatures", replacementMode: MissingValueReplacingEstimator.ReplacementMode.Mean))
            .Append(mlContext.Transforms.Concatenate("Features", "SpectralFeatures", "Descriptors"));
        using var bothFitted = both.Fit(data);
        float[][] beside = [.. bothFitted.Transform(data).GetColumn<float[]>("Features")];

        // Row 5 begins above half the edge step and has no edge: it gets the mean of the others, never 0 eV.
        var steps = mlContext.Transforms.Xanes().ExtractSpectralFeatures(features).Fit(data);
        float[][] raw = [.. steps.Transform(data).GetColumn<float[]>("SpectralFeatures")];
        int[] without = [.. Enumerable.Range(0, raw.Length).Where(i => float.IsNaN(raw[i][0]))];
        Assert.Contains(5, without);
        Assert.All(without, i => Assert.Equal(raw.Select(r => (double)r[0]).Where(double.IsFinite).Average(), beside[i][0], 0.01));
        Assert.All(beside, b => Assert.InRange(b[0], 8985, 9070));

        // Row 7: 1 / (1 + exp(-(p - 4.2))) and small steps; half of it between points 3 and 5.
        Assert.InRange(beside[7][0], 8988, 8990);
        Assert.Equal(7.217852355, beside[7][4], 1e-5);
    }

    [Fact]
    public void The_pages_measured_files_are_read_and_predicted()
    {
        using var temporary = new TemporaryFolder();
        string modelFolder = Fixture.Folder(temporary), zipPath = temporary.File("measured.zip");
        string[] paths = [.. MeasuredFixture.Files(temporary)[..3], temporary.File("absent.xmu")];
        var mlContext = new MLContext(seed: 1);
        IDataView files = mlContext.Data.LoadFromEnumerable(paths.Select(p => new SpectrumFile { Path = p }));
        var options = new MeasuredPipelineOptions { OnError = UnusableRow.Report };
        using var measured = XanesPipeline.ForMeasured(mlContext, modelFolder, options).Fit(files);
        IDataView answers = measured.Transform(files);
        string[] problems = [.. answers.GetColumn<string>("Error")];
        double[] shifts = [.. answers.GetColumn<double>("EnergyShift")];
        float[][] found = [.. answers.GetColumn<float[]>("Descriptors")];
        mlContext.Model.Save(measured, files.Schema, zipPath);
        Assert.Equal([true, true, true, false], problems.Select(p => p.Length == 0));
        Assert.Equal([true, true, true, false], shifts.Select(double.IsFinite));
        Assert.Equal([true, true, true, false], found.Select(d => float.IsFinite(d[0])));
        var loaded = new MLContext().RegisterXanes().Model.Load(zipPath, out _);
        Assert.Equal(found, loaded.Transform(files).GetColumn<float[]>("Descriptors"));
        (loaded as IDisposable)?.Dispose();
    }

    /// <summary>The samples of the estimators' documentation, one a step, in an order in which they make a pipeline.</summary>
    [Fact]
    public void The_samples_of_the_documentation_run()
    {
        using var temporary = new TemporaryFolder();
        string modelFolder = Fixture.Folder(temporary);
        var mlContext = new MLContext(seed: 1);
        IDataView data = mlContext.Data.LoadFromEnumerable(MeasuredFixture.Files(temporary).Select(f => new SpectrumFile { Path = f }));
        Run(() =>
        {
            var steps = mlContext.Transforms.Xanes().ReadSpectrum("Path", new ReadSpectrumOptions { OnError = UnusableRow.Report });
            return steps;
        });
        Run(() =>
        {
            var steps = mlContext.Transforms.Xanes().Normalize(new NormalizeOptions { Normalization = new() { PreEdge = new() { Norm1 = 50 } } });
            return steps;
        });
        Run(() =>
        {
            var step = mlContext.Transforms.Xanes().AlignToModel(modelFolder);
            return step;
        });
        Run(() =>
        {
            var step = mlContext.Transforms.Xanes().AlignEnergy("AlignedEnergy", "Energy", "Element", new Dictionary<string, double> { ["Cu"] = 8979 });
            return step;
        });
        Run(() =>
        {
            var step = mlContext.Transforms.Xanes().Resample("OnGrid", EnergyGrid.Uniform(8985, 9069, 253));
            return step;
        });
        Run(() => mlContext.Transforms.Xanes().Resample("ModelSpectrum", Fixture.Grid, "ModelEnergy"));
        Run(() =>
        {
            var step = mlContext.Transforms.Xanes().ExtractSpectralFeatures(new ExtractSpectralFeaturesOptions { E0 = "E0", Features = ["EdgeOffset", "MainPeakIntensity"] });
            return step;
        });
        Run(() =>
        {
            var step = mlContext.Transforms.Xanes().ReconstructionError("ModelSpectrum", modelFolder);
            return step;
        });
        Run(() =>
        {
            var step = mlContext.Transforms.Xanes().EncodeStyles("Styles", "ModelSpectrum", modelFolder);
            return step;
        });
        Run(() =>
        {
            var step = mlContext.Transforms.Xanes().DecodeSpectrum("Decoded", "Styles", modelFolder);
            return step;
        });
        Run(() =>
        {
            var step = mlContext.Transforms.Xanes().PredictDescriptors("ModelSpectrum", modelFolder);
            return step;
        });
        Run(() =>
        {
            var step = mlContext.Transforms.Xanes().VarySpectrum(modelFolder, new VarySpectrumOptions { Descriptor = "CN" });
            return step;
        });
        Run(() =>
        {
            var step = mlContext.Transforms.Xanes().SelectDescriptor("Score", "Descriptors", "CN");
            return step;
        });
        Assert.All(data.GetColumn<float>("Score"), s => Assert.True(float.IsFinite(s)));
        Assert.All(data.GetColumn<float[]>("OnGrid"), s => Assert.Equal(253, s.Length));

        void Run(Func<IEstimator<ITransformer>> make) => data = make().Fit(data).Transform(data);
    }

    /// <summary>Each estimator's documentation: the table of characteristics, and a sample that stands in this file. Source: the XML file that the compiler writes.</summary>
    [Fact]
    public void Every_estimator_has_its_characteristics_and_a_sample_that_runs()
    {
        var xml = XDocument.Load(Path.Combine(AppContext.BaseDirectory, "XanesMl.Transforms.xml"));
        string[] here = Lines(Walk);
        Type[] estimators = [.. typeof(XanesCatalog).Assembly.GetExportedTypes().Where(t => t.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEstimator<>)))];
        Assert.Equal(12, estimators.Length);
        foreach (var type in estimators)
        {
            var member = xml.Descendants("member").Single(m => m.Attribute("name")!.Value == "T:" + type.FullName);
            Assert.Contains("### Estimator Characteristics", member.Element("remarks")!.Value, StringComparison.Ordinal);
            string[] sample = [.. member.Element("example")!.Element("code")!.Value.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0)];
            Assert.NotEmpty(sample);
            Assert.All(sample, line => Assert.Contains(line, here));
        }
    }

    [Fact]
    public void Every_line_of_code_on_the_page_stands_in_a_file_that_runs()
    {
        string[] page = File.ReadAllLines(SharedData.Repository("docs", "mlnet.md"));
        string[] here = [.. Lines(Walk), .. Lines(SharedData.Repository("tests", "Pipeline", "MlnetTraining.cs"))];
        int blocks = 0, lines = 0;
        for (int i = 0; i < page.Length; i++)
        {
            if (!page[i].StartsWith("```csharp", StringComparison.Ordinal))
                continue;
            blocks++;
            Assert.Equal("<!-- run -->", page[i - 1]);
            for (i++; page[i] != "```"; i++)
            {
                if (page[i].Trim().Length == 0)
                    continue;
                Assert.Contains(page[i].Trim(), here);
                lines++;
            }
        }

        Assert.Equal(15, blocks);
        Assert.True(lines > 70, $"only {lines} lines of code were found on the page");
    }

    private static string Walk => SharedData.Repository("tests", "Transforms", "Docs", "MlnetWalkTests.cs");

    private static string[] Lines(string file) => [.. File.ReadLines(file).Select(l => l.Trim())];
}

public sealed class SpectrumFile
{
    public string Path { get; set; } = "";
}

public sealed class RawSpectrum
{
    public double[] Energy { get; set; } = [];
    public float[] Spectrum { get; set; } = [];
    public int Number { get; set; }
}

public sealed class Answer
{
    public float[] Descriptors { get; set; } = [];
}
