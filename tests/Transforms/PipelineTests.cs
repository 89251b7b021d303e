using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Inference;
using XanesMl.Inference.Models;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Transforms.Tests.Support;
using Xunit;

namespace XanesMl.Transforms.Tests;

/// <summary>Whole pipelines: from a model folder, through a saved file, into another process and into the future.</summary>
public sealed class PipelineTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void A_model_folder_becomes_a_pipeline_from_raw_spectra_to_descriptors()
    {
        using var temporary = new TemporaryFolder();
        var view = _ml.Data.LoadFromSpectraTable(Fixture.Table(8));
        using var pipeline = XanesPipeline.ForModel(_ml, Fixture.Folder(temporary)).Fit(view);
        var predicted = pipeline.Transform(view);
        var rows = Views.Read(predicted, "Descriptors", "DescriptorStd", "Styles", "ReconstructionError");

        // Oracle: Fixtures/make_fixtures.py; the spectra are on the model's grid, so that resampling passes them on.
        Assert.Equal(1.575537029, ((float[])rows[0][0])[0], 1e-5);
        Assert.Equal(7.217852355, ((float[])rows[7][0])[1], 1e-5);
        Assert.Equal(-4.863017091, ((float[])rows[7][2])[2], 1e-5);
        Assert.Equal(1.130885169, (float)rows[7][3], 1e-5);
        Assert.Equal(["CT", "CN"], EstimatorConformance.SlotNames(predicted.Schema["Descriptors"]));
        Assert.Null(predicted.Schema.GetColumnOrNull("AlignedEnergy"));
    }

    [Fact]
    public void A_relative_model_gives_the_same_answer_at_every_elements_own_energies()
    {
        using var temporary = new TemporaryFolder();
        var rows = Fixture.Rows(2);
        rows[1].Spectrum = rows[0].Spectrum;
        rows[1].Energy = Array.ConvertAll(rows[0].Energy, e => e - 8979 + 8333);
        var view = _ml.Data.LoadFromEnumerable(rows);
        using var pipeline = XanesPipeline.ForModel(_ml, Fixture.Folder(temporary, relative: true), new ModelPipelineOptions { Outputs = new DescriptorColumns { Styles = "Z" } }).Fit(view);
        var read = Views.Read(pipeline.Transform(view), "Descriptors", "AlignedEnergy");
        Assert.Equal(read[0], read[1]);
        Assert.Equal(1.575537029, ((float[])read[0][0])[0], 1e-5);
        Assert.Equal(6.0, ((double[])read[1][1])[0], 1e-9);
    }

    [Fact]
    public void The_steps_of_a_folder_and_of_its_bytes_are_the_same()
    {
        using var temporary = new TemporaryFolder();
        string folder = Fixture.Folder(temporary);
        var view = _ml.Data.LoadFromSpectraTable(Fixture.Table(3));
        var xanes = _ml.Transforms.Xanes();
        using var byFolder = xanes.EncodeStyles("Z", "Spectrum", folder).Append(xanes.DecodeSpectrum("D", "Z", folder)).Append(xanes.PredictDescriptors("D", folder)).Fit(view);
        using var byBytes = xanes.EncodeStyles("Z", "Spectrum", Fixture.Bare("encoder.onnx")).Append(xanes.DecodeSpectrum("D", "Z", Fixture.Bare("decoder.onnx")))
            .Append(xanes.PredictDescriptors("D", Fixture.Bare("predictor.onnx"))).Fit(view);
        Assert.Equal(Views.Read(byBytes.Transform(view), "Z", "D", "Descriptors"), Views.Read(byFolder.Transform(view), "Z", "D", "Descriptors"));
    }

    // Oracle: the Inference room's SpectrumModel on the same folder.
    [Fact]
    public void The_pipeline_answers_as_the_Inference_room_does()
    {
        using var temporary = new TemporaryFolder();
        string folder = Fixture.Folder(temporary);
        var table = Fixture.Table(300);
        var view = _ml.Data.LoadFromSpectraTable(table);
        using var pipeline = XanesPipeline.ForModel(_ml, folder).Fit(view);
        using var model = SpectrumModel.Open(folder);
        var expected = model.Predict(table.Spectra.Span, table.RowCount);
        float[] actual = [.. pipeline.Transform(view).GetColumn<float[]>("Descriptors").SelectMany(d => d)];
        Assert.Equal(600, actual.Length);
        for (int i = 0; i < actual.Length; i++)
            Assert.Equal(expected.Descriptors[i], actual[i], 1e-5f);
    }

    [Fact]
    public void A_damaged_folder_is_refused()
    {
        using var temporary = new TemporaryFolder();
        string folder = Fixture.Folder(temporary);
        string predictor = Path.Combine(folder, ModelFolder.PredictorFile);
        byte[] bytes = File.ReadAllBytes(predictor);
        bytes[^1] ^= 1;
        File.WriteAllBytes(predictor, bytes);
        Assert.Throws<XanesModelException>(() => XanesPipeline.ForModel(_ml, folder));
        Assert.Throws<XanesModelException>(() => XanesPipeline.ForModel(_ml, temporary.File("nothing")));
    }

    [Fact]
    public void Every_step_survives_saving_in_one_pipeline()
    {
        var view = _ml.Data.LoadFromEnumerable(Fixture.Rows(40));
        using var pipeline = (IDisposable)EveryStep.Estimator(_ml).Fit(view);
        using var zip = new MemoryStream();
        _ml.Model.Save((ITransformer)pipeline, view.Schema, zip);
        zip.Position = 0;
        var loaded = new MLContext().RegisterXanes().Model.Load(zip, out _);
        Assert.Equal(Views.Read(((ITransformer)pipeline).Transform(view), EveryStep.Columns), Views.Read(loaded.Transform(view), EveryStep.Columns));
        (loaded as IDisposable)?.Dispose();
    }

    // Fixtures/pipeline-1.zip was written once, by XanesMl 0.1.0 with ML.NET 5.0.1: Model.Save(EveryStep.Estimator(ml).Fit(rows), rows.Schema, path).
    // Never write it again: when the format changes, add a second file.
    [Fact]
    public void A_pipeline_of_the_first_version_still_loads_and_answers_the_same()
    {
        var view = _ml.Data.LoadFromEnumerable(Fixture.Rows(40));
        var old = new MLContext().RegisterXanes().Model.Load(Fixture.File("pipeline-1.zip"), out var schema);
        Assert.Equal(view.Schema.Select(c => (c.Name, c.Type.ToString())), schema.Select(c => (c.Name, c.Type.ToString())));
        var now = EveryStep.Estimator(_ml).Fit(view);
        Assert.Equal(Views.Read(now.Transform(view), EveryStep.Columns), Views.Read(old.Transform(view), EveryStep.Columns));
        (old as IDisposable)?.Dispose();
        (now as IDisposable)?.Dispose();
    }

    [Fact]
    public void Every_measured_step_survives_saving_in_one_pipeline()
    {
        using var temporary = new TemporaryFolder();
        var view = _ml.Data.LoadFromEnumerable(MeasuredFixture.Rows(9, [""]));
        var pipeline = EveryMeasuredStep.Estimator(_ml, Fixture.Folder(temporary)).Fit(view);
        using var zip = new MemoryStream();
        _ml.Model.Save(pipeline, view.Schema, zip);
        zip.Position = 0;
        var loaded = new MLContext().RegisterXanes().Model.Load(zip, out _);
        Assert.Equal(Views.Read(pipeline.Transform(view), EveryMeasuredStep.Columns), Views.Read(loaded.Transform(view), EveryMeasuredStep.Columns));
        (pipeline as IDisposable)?.Dispose();
        (loaded as IDisposable)?.Dispose();
    }

    // Fixtures/pipeline-2.zip was written once, by XanesMl 0.1.0 with ML.NET 5.0.1: Model.Save(EveryMeasuredStep.Estimator(ml, folder).Fit(rows), rows.Schema, path). Never write it again.
    [Fact]
    public void A_pipeline_of_the_second_version_still_loads_and_answers_the_same()
    {
        using var temporary = new TemporaryFolder();
        var view = _ml.Data.LoadFromEnumerable(MeasuredFixture.Rows(9, [""]));
        var old = new MLContext().RegisterXanes().Model.Load(Fixture.File("pipeline-2.zip"), out _);
        var now = EveryMeasuredStep.Estimator(_ml, Fixture.Folder(temporary)).Fit(view);
        var expected = Views.Read(now.Transform(view), EveryMeasuredStep.Columns);
        var actual = Views.Read(old.Transform(view), EveryMeasuredStep.Columns);
        Assert.Equal(expected.Count, actual.Count);
        for (int i = 0; i < expected.Count; i++)
            Assert.Equal(expected[i], actual[i]);
        (old as IDisposable)?.Dispose();
        (now as IDisposable)?.Dispose();
    }

    [Fact]
    public void Another_process_that_has_only_the_inference_rooms_loads_the_pipeline()
    {
        using var temporary = new TemporaryFolder();
        var view = _ml.Data.LoadFromSpectraTable(Fixture.Table(5));
        using var pipeline = XanesPipeline.ForModel(_ml, Fixture.Folder(temporary)).Fit(view);
        string zip = temporary.File("pipeline.zip"), spectra = temporary.File("spectra.txt");
        _ml.Model.Save(pipeline, view.Schema, zip);
        Directory.Delete(temporary.File("model"), recursive: true);
        File.WriteAllLines(spectra, [Line(Fixture.Grid.Energies.ToArray()), .. Enumerable.Range(0, 5).Select(i => Line(Array.ConvertAll(Fixture.Spectrum(i), v => (double)v)))]);

        string[] output = Run("XanesMl.Transforms.Loader.dll", zip, spectra);
        var expected = Views.Read(pipeline.Transform(view), "Descriptors").ConvertAll(r => string.Join(' ', ((float[])r[0]).Select(v => v.ToString("R", CultureInfo.InvariantCulture))));
        Assert.Equal(expected, output[..5]);
        Assert.Equal("XanesMl.Inference XanesMl.Spectra XanesMl.Transforms XanesMl.Transforms.Loader", output[5]);
    }

    /// <summary>ML.NET's own trainers read our columns: styles as features, then permutation importance by slot name.</summary>
    [Fact]
    public void MLNETs_trainers_and_importance_read_the_styles()
    {
        var table = Fixture.Table(200);
        var view = _ml.Data.LoadFromSpectraTable(table);
        using var encode = _ml.Transforms.Xanes().EncodeStyles("Features", "Spectrum", Fixture.Bare("encoder.onnx")).Fit(view);
        var features = encode.Transform(view);
        var model = _ml.Regression.Trainers.LbfgsPoissonRegression("CT").Fit(features);
        var importance = _ml.Regression.PermutationFeatureImportance((ITransformer)model, features, "CT", permutationCount: 1);
        Assert.Equal(["Style1", "Style2", "Style3"], importance.Keys.Order());
    }

    private static string Line(double[] values) => string.Join(' ', values.Select(v => v.ToString("R", CultureInfo.InvariantCulture)));

    private static string[] Run(string program, params string[] arguments)
    {
        string host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
        var start = new ProcessStartInfo(host) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string a in (string[])["exec", Path.Combine(AppContext.BaseDirectory, program), .. arguments])
            start.ArgumentList.Add(a);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.True(process.WaitForExit(60_000), "the process did not end");
        Assert.True(process.ExitCode == 0, errors.GetAwaiter().GetResult());
        return lines;
    }
}
