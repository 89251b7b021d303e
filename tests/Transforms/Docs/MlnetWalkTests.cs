using Microsoft.Data.Analysis;
using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Spectra;
using XanesMl.Spectra.Reading;
using XanesMl.Spectra.Writing;
using XanesMl.TestSupport;
using XanesMl.Transforms.Data;
using XanesMl.Transforms.Evaluation;
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
            .Append(xanes.SelectDescriptor("PredictedCN", "Descriptors", "CN"));
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
    public void Every_line_of_code_on_the_page_stands_in_this_file()
    {
        string[] page = File.ReadAllLines(SharedData.Repository("docs", "mlnet.md"));
        string[] here = [.. File.ReadLines(SharedData.Repository("tests", "Transforms", "Docs", "MlnetWalkTests.cs")).Select(l => l.Trim())];
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

        Assert.Equal(8, blocks);
        Assert.True(lines > 40, $"only {lines} lines of code were found on the page");
    }
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
