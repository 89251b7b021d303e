using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Inference.Alignment;
using XanesMl.Inference.Predictions;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Normalization;
using XanesMl.TestSupport;
using XanesMl.Transforms.Measured;
using XanesMl.Transforms.Resampling;
using XanesMl.Transforms.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace XanesMl.Transforms.Tests;

/// <summary>From measured files to descriptors in one saved pipeline.</summary>
public sealed class MeasuredPipelineTests(ITestOutputHelper log)
{
    // Shifts are of the same float64 numbers. Resampling takes float32 in both ways, and ONNX Runtime sums batches of other sizes in another order.
    private const double DescriptorTolerance = 2e-5;
    private readonly MLContext _ml = new(seed: 1);

    // Oracle: the same kernels one after the other, and TablePredictor, which is what `xanesml predict` calls on the normalized table.
    [SharedDataFact]
    public void Raw_files_become_the_descriptors_that_the_command_line_gives()
    {
        string model = SharedData.Repository("models", "Cu");
        string[] files = [.. new[] { "xdi/cu_metal_rt.xdi", "xdi/Cu_Foil_rt_2016Foils.xdi", "xdi/CuO_tenorite_13K_01.xdi", "xdi/Cu_azurite_13K_01.xdi", "xdi/CuS_covellite_13K_01.xdi", "columns/cu.xmu" }
            .Select(f => SharedData.Path(["experimental", .. f.Split('/')]))];
        var rows = Array.ConvertAll(files, f => new FileRow { Path = f });
        var data = _ml.Data.LoadFromEnumerable(rows);
        using var temporary = new TemporaryFolder();
        string zip = temporary.File("measured.zip");
        using (var fitted = XanesPipeline.ForMeasured(_ml, model).Fit(data))
            _ml.Model.Save(fitted, data.Schema, zip);

        var loaded = new MLContext().RegisterXanes().Model.Load(zip, out _);
        var batch = Views.Read(loaded.Transform(data), "Descriptors", "EnergyShift", "E0", "EdgeStep", "Element", "Verdict");
        using var engine = _ml.Model.CreatePredictionEngine<FileRow, Answer>(loaded, new PredictionEngineOptions { OwnsTransformer = false });
        using var spectrumModel = SpectrumModel.Open(model);
        for (int i = 0; i < files.Length; i++)
        {
            var (expected, shift, normalized) = ByHand(spectrumModel, files[i]);
            float[] actual = (float[])batch[i][0], single = engine.Predict(rows[i]).Descriptors;
            Assert.Equal((normalized.E0, normalized.EdgeStep, "Cu"), ((double)batch[i][2], (double)batch[i][3], (string)batch[i][4]));
            Assert.Equal(shift, (double)batch[i][1]);
            for (int k = 0; k < actual.Length; k++)
            {
                Assert.Equal(expected[k], actual[k], DescriptorTolerance);
                Assert.Equal(actual[k], single[k], DescriptorTolerance);
            }

            log.WriteLine($"{Path.GetFileName(files[i])}: shift {batch[i][1]:0.00} eV, {batch[i][5]}, {string.Join(" ", actual.Select(v => v.ToString("0.00", System.Globalization.CultureInfo.InvariantCulture)))}; by hand within {actual.Zip(expected, (a, b) => Math.Abs(a - b)).Max():0.0e+0}");
        }

        (loaded as IDisposable)?.Dispose();
    }

    /// <summary>Every measured file of the test data that holds one spectrum goes through or reports why not; no row is lost.</summary>
    [SharedDataFact]
    public void Files_of_all_kinds_go_through_and_the_others_say_why()
    {
        string[] files = [.. Directory.EnumerateFiles(SharedData.Path("experimental", "beamlines")).Concat(Directory.EnumerateFiles(SharedData.Path("experimental", "columns"))).Order(StringComparer.Ordinal)];
        var data = _ml.Data.LoadFromEnumerable(Array.ConvertAll(files, f => new FileRow { Path = f }));
        var xanes = _ml.Transforms.Xanes();
        var steps = xanes.ReadSpectrum("Path", new ReadSpectrumOptions { OnError = UnusableRow.Report }).Append(xanes.Normalize(new NormalizeOptions { OnError = UnusableRow.Report }));
        var read = Views.Read(steps.Fit(data).Transform(data), "Error", "Spectrum", "E0");
        Assert.Equal(files.Length, read.Count);
        Assert.All(read, r => Assert.Equal(((string)r[0]).Length == 0, ((float[])r[1]).Length > 0 && Array.TrueForAll((float[])r[1], float.IsFinite)));
        int good = read.Count(r => ((string)r[0]).Length == 0);
        log.WriteLine($"{good} of {files.Length}; " + string.Join(" | ", read.Select(r => (string)r[0]).Where(e => e.Length > 0)));
        Assert.True(good >= files.Length * 2 / 3, $"{good} of {files.Length}");
    }

    /// <summary>One bad file among good ones, in every step at once.</summary>
    [Fact]
    public void A_row_that_cannot_be_used_reports_and_the_others_are_predicted()
    {
        using var temporary = new TemporaryFolder();
        string[] files = MeasuredFixture.Files(temporary);
        string flat = temporary.File("flat.xmu");
        File.WriteAllLines(flat, ["# energy mu", "8980 1", "8990 1", "9000 1"]);
        var data = _ml.Data.LoadFromEnumerable(MeasuredFixture.Rows(4, [files[0], temporary.File("absent.xmu"), flat, files[1]]));
        string folder = Fixture.Folder(temporary);
        using var pipeline = XanesPipeline.ForMeasured(_ml, folder, new MeasuredPipelineOptions { OnError = UnusableRow.Report }).Fit(data);
        var rows = Views.Read(pipeline.Transform(data), "Error", "Descriptors", "Verdict", "EnergyShift");
        Assert.Equal(4, rows.Count);
        Assert.Contains("absent.xmu", (string)rows[1][0], StringComparison.Ordinal);
        Assert.Contains("row 3", (string)rows[2][0], StringComparison.Ordinal);
        foreach (int bad in new[] { 1, 2 })
        {
            Assert.All((float[])rows[bad][1], v => Assert.True(float.IsNaN(v)));
            Assert.Equal("out-of-domain", rows[bad][2]);
            Assert.True(double.IsNaN((double)rows[bad][3]));
        }

        foreach (int good in new[] { 0, 3 })
        {
            Assert.Equal("", rows[good][0]);
            Assert.All((float[])rows[good][1], v => Assert.True(float.IsFinite(v)));
        }

        using var strict = XanesPipeline.ForMeasured(_ml, folder).Fit(data);
        Assert.Contains("row 2", Assert.Throws<XanesDataException>(() => Views.Read(strict.Transform(data), "Descriptors")).Message, StringComparison.Ordinal);
    }

    /// <summary>Instruments' columns in place of files, with and without alignment; a relative model takes the element that the edge tells.</summary>
    [Theory]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public void Columns_of_an_instrument_go_through_the_same_steps(bool relative, bool align)
    {
        using var temporary = new TemporaryFolder();
        var data = _ml.Data.LoadFromEnumerable(MeasuredFixture.Rows(7, [""]));
        var options = new MeasuredPipelineOptions { Columns = ("RawEnergy", "RawMu"), Align = align ? new AlignToModelOptions() : null };
        using var pipeline = XanesPipeline.ForMeasured(_ml, Fixture.Folder(temporary, relative), options).Fit(data);
        var predicted = pipeline.Transform(data);
        Assert.Equal(align, predicted.Schema.GetColumnOrNull("EnergyShift") is not null);
        Assert.Equal(relative, predicted.Schema.GetColumnOrNull("AlignedEnergy") is not null);
        var rows = Views.Read(predicted, "Descriptors", "ModelSpectrum", "Element");
        Assert.All(rows, r => Assert.Equal("Cu", r[2]));
        Assert.All(rows, r => Assert.All((float[])r[0], v => Assert.True(float.IsFinite(v))));
        if (align)
            return;

        // Oracle: the steps' kernels by hand; 1e-6 for float32.
        for (int i = 0; i < 7; i++)
        {
            var flat = SpectrumNormalizer.Normalize(MeasuredFixture.Energies, MeasuredFixture.Mu(i)).Flat;
            float[] expected = new float[Fixture.Points], source = Array.ConvertAll(flat.ToArray(), v => (float)v);
            new Spectra.Resampling.GridResampler(new EnergyGrid(MeasuredFixture.Energies), Fixture.Grid).Resample(source, expected);
            for (int p = 0; p < Fixture.Points; p++)
                Assert.Equal(expected[p], ((float[])rows[i][1])[p], 1e-6f);
        }
    }

    // Oracle: ModelAligner on the same vectors.
    [Fact]
    public void AlignToModel_adds_the_shift_that_the_aligner_finds_and_reports_it()
    {
        using var temporary = new TemporaryFolder();
        string folder = Fixture.Folder(temporary);
        var rows = Fixture.Rows(4);
        rows[2].Spectrum[0] = float.NaN;
        var data = _ml.Data.LoadFromEnumerable(rows);
        using var step = _ml.Transforms.Xanes().AlignToModel(folder, new AlignToModelOptions { Spectrum = "Spectrum", Search = new AlignmentOptions { Reach = 3 } }).Fit(data);
        var read = Views.Read(step.Transform(data), "ModelEnergy", "EnergyShift", "ShiftCorrelation", "ShiftWarnings");
        using var model = SpectrumModel.Open(folder);
        foreach (int i in new[] { 0, 1, 3 })
        {
            var expected = ModelAligner.Align(model, rows[i].Energy, Array.ConvertAll(rows[i].Spectrum, v => (double)v), rows[i].Element, new AlignmentOptions { Reach = 3 });
            Assert.Equal(expected.Shift, (double)read[i][1]);
            Assert.Equal(expected.CorrelationAfter, (double)read[i][2]);
            Assert.Equal(rows[i].Energy[5] + (double)read[i][1], ((double[])read[i][0])[5], 1e-9);
            Assert.Equal(expected.Warnings.Count == 0, ((string)read[i][3]).Length == 0);
        }

        Assert.Equal(rows[2].Energy, read[2][0]);
        Assert.True(double.IsNaN((double)read[2][1]));
    }

    [Theory]
    [InlineData(UnusableRow.Throw)]
    [InlineData(UnusableRow.Report)]
    public void A_row_that_cannot_be_aligned_throws_or_reports(UnusableRow onError)
    {
        using var temporary = new TemporaryFolder();
        var rows = Fixture.Rows(2);
        rows[1].Energy = Array.ConvertAll(rows[1].Energy, e => e - 2000);
        var data = _ml.Data.LoadFromEnumerable(rows);
        using var step = _ml.Transforms.Xanes().AlignToModel(Fixture.Folder(temporary, relative: true), new AlignToModelOptions { Spectrum = "Spectrum", OnError = onError }).Fit(data);
        rows[0].Element = "Xx";
        if (onError == UnusableRow.Throw)
        {
            var e = Assert.Throws<XanesDataException>(() => Views.Read(step.Transform(data), "EnergyShift"));
            Assert.Contains("row 1: the model has no reference energy for element Xx", e.Message, StringComparison.Ordinal);
            return;
        }

        var read = Views.Read(step.Transform(data), "Error", "EnergyShift", "ModelEnergy");
        Assert.Contains("row 1: the model has no reference energy for element Xx", (string)read[0][0], StringComparison.Ordinal);
        Assert.True(double.IsNaN((double)read[0][1]));
        Assert.Equal(rows[0].Energy, read[0][2]);
    }

    [Fact]
    public void A_damaged_model_within_a_pipeline_is_refused()
    {
        using var temporary = new TemporaryFolder();
        var data = _ml.Data.LoadFromEnumerable(Fixture.Rows(1));
        using var step = _ml.Transforms.Xanes().AlignToModel(Fixture.Folder(temporary), new AlignToModelOptions { Spectrum = "Spectrum" }).Fit(data);
        string zip = temporary.File("pipeline.zip");
        _ml.Model.Save(step, data.Schema, zip);
        using (var archive = System.IO.Compression.ZipFile.Open(zip, System.IO.Compression.ZipArchiveMode.Update))
        {
            var entry = archive.Entries.Single(e => e.FullName.EndsWith("decoder.onnx", StringComparison.Ordinal));
            using var stream = entry.Open();
            stream.Position = 40;
            int b = stream.ReadByte();
            stream.Position = 40;
            stream.WriteByte((byte)(b ^ 1));
        }

        Exception? e = Assert.ThrowsAny<Exception>(() => new MLContext().RegisterXanes().Model.Load(zip, out _));
        while (e is not null and not XanesDataException)
            e = e.InnerException;
        Assert.Contains("SHA-256", Assert.IsType<XanesDataException>(e).Message, StringComparison.Ordinal);
    }

    private static (double[] Descriptors, double Shift, NormalizationResult Normalized) ByHand(SpectrumModel model, string file)
    {
        var spectrum = Assert.Single(MeasuredSpectrumReader.Read(file));
        var normalized = SpectrumNormalizer.Normalize(spectrum);
        var alignment = ModelAligner.Align(model, spectrum.Energies.Span, normalized.Flat.Span, "Cu");
        var grid = new EnergyGrid(spectrum.Energies.Span).Shift(alignment.Shift);
        var table = new SpectraTable(grid, Array.ConvertAll(normalized.Flat.ToArray(), v => (float)v), [], [], ["m"], ["0"], ["Cu"]);
        var prediction = Assert.Single(TablePredictor.Predict(model, table, resample: true));
        return ([.. prediction.Estimates.Select(d => d.Value)], alignment.Shift, normalized);
    }

    private sealed class FileRow
    {
        public string Path { get; set; } = "";
    }

    private sealed class Answer
    {
        public float[] Descriptors { get; set; } = [];
    }
}
