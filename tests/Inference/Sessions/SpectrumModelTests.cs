using XanesMl.Inference.Models;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Inference.Tests.Sessions;

public sealed class SpectrumModelTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly SpectrumModel _model;

    public SpectrumModelTests() => _model = SpectrumModel.Open(TinyModel.Write(_temporary.File("model")));

    public void Dispose()
    {
        _model.Dispose();
        _temporary.Dispose();
    }

    /// <summary>Oracle: numpy 1.24.2 in float64, printed by Fixtures/make_fixtures.py; float32 arithmetic agrees within 2e-5 (the pseudo-inverse has entries of about 10).</summary>
    [Fact]
    public void Predict_gives_what_numpy_gives()
    {
        float[] spectra = [.. Enumerable.Range(0, 12).Select(p => (float)(p / 11.0)), .. Enumerable.Range(0, 12).Select(p => (float)(TinyModel.Step(p) + (0.05 * Math.Sin(p))))];
        var batch = _model.Predict(spectra, 2);
        Close([-0.6960973, 0.9258418, 1.5473638, 4.8477561], batch.Descriptors);
        Close([0.0192683, 0.0353877, 0.0029442, 0.0034431], batch.DescriptorStd);
        Close([-4.353658, -4.0387705, -1.2367535, 0.0888391, -0.155687, 0.1668717], batch.Styles);
        Close(
            [
                0.0732659, 0.1079996, 0.1535389, 0.2531092, 0.392917, 0.475607, 0.5192142, 0.6252958, 0.7517904, 0.8327915, 0.8959468, 0.9535993,
                0.1201374, 0.2721796, 0.5066337, 0.7383036, 0.8820207, 0.9440231, 0.9691403, 0.9874838, 1.0048131, 1.0141363, 1.0123755, 1.0059854,
            ],
            batch.Reconstruction);
        Close([0.027048, 0.0283983], batch.ReconstructionError);
        Assert.Equal((2, 2), (batch.Rows, batch.DescriptorCount));
        Assert.Equal(batch.Styles, _model.EncodeStyles(spectra, 2));
    }

    /// <summary>Oracle: as above, D [0.5, -1, 2] + e.</summary>
    [Fact]
    public void DecodeStyles_gives_what_numpy_gives() => Close(
        [0.1244605, 0.2871424, 0.5371094, 0.7705433, 0.8833353, 0.8967511, 0.9083636, 0.9899187, 1.1165961, 1.1885552, 1.1535935, 1.0732595],
        _model.DecodeStyles([0.5f, -1, 2], 1));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(600)]
    public void Rows_do_not_depend_on_the_batch_they_come_in(int rows)
    {
        float[] spectra = Spectra(rows);
        var all = _model.Predict(spectra, rows);
        Assert.Equal((rows * 2, rows * 3, rows * 12, rows), (all.Descriptors.Length, all.Styles.Length, all.Reconstruction.Length, all.ReconstructionError.Length));
        foreach (int i in new[] { 0, 254, 255, 256, 599 }.Where(i => i < rows))
        {
            var one = _model.Predict(spectra.AsSpan(i * 12, 12), 1);
            // ONNX Runtime takes other kernels for one row, which add in another order.
            Close(Array.ConvertAll(one.Descriptors, v => (double)v), all.Descriptors[(i * 2)..((i * 2) + 2)], 1e-5);
            Close(Array.ConvertAll(one.Reconstruction, v => (double)v), all.Reconstruction[(i * 12)..((i * 12) + 12)], 1e-5);
        }
    }

    [Fact]
    public void Eight_threads_on_one_model_get_their_own_answers()
    {
        float[] spectra = Spectra(300);
        var expected = _model.Predict(spectra, 300);
        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            int first = i % 40;
            float[] descriptors = _model.Predict(spectra.AsSpan(first * 12, 260 * 12), 260).Descriptors;
            for (int k = 0; k < 260 * 2; k++)
                Assert.Equal(expected.Descriptors[(first * 2) + k], descriptors[k], 1e-5f);
        });
    }

    [Fact]
    public void A_model_without_calibrations_still_reconstructs()
    {
        using var model = SpectrumModel.Open(TinyModel.Write(_temporary.File("unlabelled"), labelled: false));
        float[] spectra = Spectra(3);
        var batch = model.Predict(spectra, 3);
        Assert.Equal(0, batch.DescriptorCount);
        Assert.Empty(batch.Descriptors);
        Assert.Equal(_model.Predict(spectra, 3).Reconstruction, batch.Reconstruction);
    }

    [Fact]
    public void Wrong_input_is_refused_before_the_model_runs()
    {
        Assert.Throws<ArgumentException>(() => _model.Predict(new float[13], 1));
        Assert.Throws<ArgumentException>(() => _model.EncodeStyles(new float[12], 2));
        Assert.Throws<ArgumentException>(() => _model.DecodeStyles(new float[12], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => _model.Predict([], -1));
        float[] spectra = Spectra(2);
        spectra[14] = float.NaN;
        var error = Assert.Throws<XanesDataException>(() => _model.Predict(spectra, 2));
        Assert.StartsWith("spectrum 2 has the value NaN at 8989 eV", error.Message, StringComparison.Ordinal);
        Assert.Throws<XanesDataException>(() => _model.DecodeStyles([0, float.PositiveInfinity, 0], 1));
    }

    [Fact]
    public void Every_method_says_that_the_model_was_disposed()
    {
        var model = new SpectrumModel(ModelFolder.Open(_temporary.File("model")));
        float[] spectra = Spectra(1);
        _ = model.EncodeStyles(spectra, 1);
        model.Dispose();
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => model.Predict(spectra, 1));
        Assert.Throws<ObjectDisposedException>(() => model.EncodeStyles(spectra, 1));
        Assert.Throws<ObjectDisposedException>(() => model.DecodeStyles(new float[3], 1));
    }

    /// <summary>Runs that overlap with Dispose end normally or say so; a native crash would end the test process.</summary>
    [Fact]
    public void Dispose_during_predictions_is_safe()
    {
        float[] spectra = Spectra(512);
        for (int round = 0; round < 10; round++)
        {
            var model = new SpectrumModel(ModelFolder.Open(_temporary.File("model")));
            var threads = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                while (true)
                    Assert.Equal(512, model.Predict(spectra, 512).Rows);
            })).ToArray();
            Thread.Sleep(5);
            model.Dispose();
            var all = Assert.Throws<AggregateException>(() => Task.WaitAll(threads));
            Assert.All(all.InnerExceptions, e => Assert.IsType<ObjectDisposedException>(e));
        }
    }

    /// <summary>Cost: a full batch allocates its results and little else; the native tensors are reused.</summary>
    [Fact]
    public void Full_batches_allocate_only_their_results()
    {
        float[] spectra = Spectra(256);
        _ = _model.Predict(spectra, 256);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++)
            _ = _model.Predict(spectra, 256);
        long each = (GC.GetAllocatedBytesForCurrentThread() - before) / 20, results = 256 * (2 + 2 + 3 + 12 + 1) * sizeof(float);
        Assert.InRange(each, results, results + 4096);
    }

    private static float[] Spectra(int rows)
    {
        var random = new Random(5);
        return [.. Enumerable.Range(0, rows).SelectMany(_ => TinyModel.Decode([Next(), Next(), Next()]))];
        float Next() => (float)((random.NextDouble() * 4) - 2);
    }

    private static void Close(double[] expected, float[] actual, double tolerance = 2e-5)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"value {i}: expected {expected[i]}, got {actual[i]}");
    }
}
