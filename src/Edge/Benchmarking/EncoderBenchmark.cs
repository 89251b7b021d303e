using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using XanesMl.Inference.Models;
using XanesMl.Inference.Sessions;

namespace XanesMl.Edge.Benchmarking;

/// <summary>Spectra a second through the encoder alone, by batch size and threads, beside the rate of a large matrix product of the same library.</summary>
/// <remarks>The limit is that of xanesml bench scoring: operations over the rate of a 1024^3 product on one thread. Here ONNX Runtime multiplies, there libtorch. All ways take turns and
/// the fastest turn of each counts, so that other work on the machine meets all of them.</remarks>
internal sealed class EncoderBenchmark : IDisposable
{
    private const int GemmSize = 1024, Turns = 6, RowsOfATurn = 1 << 15;
    private static readonly int[] s_batches = [1, 16, 64, 256, 1024, 4096];

    private readonly List<IDisposable> _owned = [];
    private readonly SpectrumModel _model;
    private readonly byte[] _encoder;

    /// <summary>For the encoder of a model.</summary>
    public EncoderBenchmark(SpectrumModel model) => (_model, _encoder) = (model, model.Folder.Bytes(ModelFolder.EncoderFile).ToArray());

    /// <summary>Measures.</summary>
    /// <param name="seconds">About how long at most.</param>
    public EncoderFigures Run(double seconds)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        var session = Owned(new InferenceSession(_encoder, options));
        var product = Owned(new InferenceSession(OnnxBytes.Product(GemmSize), options));
        int[] threads = [.. Enumerable.Range(1, Environment.ProcessorCount).Where(t => t == Environment.ProcessorCount || int.IsPow2(t))];
        List<(int Batch, int Threads, int Rows, Action Run)> ways = [];
        foreach (int batch in s_batches)
            foreach (int t in threads)
                ways.Add(Way(session, batch, t));
        double[] a = [.. Fastest([Gemm(product), .. ways.Select(w => w.Run)], seconds)];
        long multiplyAdds = OnnxBytes.MultiplyAdds(_encoder);
        double rate = 2 * Math.Pow(GemmSize, 3) / a[0], limit = 2 * multiplyAdds / rate;
        return new EncoderFigures
        {
            Model = _model.Metadata.Name, MultiplyAdds = multiplyAdds, GemmGflops = rate / 1e9, LimitMicroseconds = 1e6 * limit,
            Ways = [.. ways.Select((w, i) => new EncoderWay(w.Batch, w.Threads, w.Rows / a[i + 1], a[i + 1] / w.Rows * w.Threads / limit))],
        };
    }

    public void Dispose() => _owned.ForEach(o => o.Dispose());

    private (int Batch, int Threads, int Rows, Action Run) Way(InferenceSession session, int batch, int threads)
    {
        int runs = Math.Max(1, (batch == 1 ? RowsOfATurn / 16 : RowsOfATurn) / batch / threads);
        string[] input = [.. session.InputMetadata.Keys], output = [.. session.OutputMetadata.Keys];
        var options = Owned(new RunOptions());
        var tensors = Enumerable.Range(0, threads).Select(_ => ((OrtValue[])[Tensor(batch, _model.Grid.Count)], (OrtValue[])[Tensor(batch, _model.Metadata.StyleCount)])).ToArray();
        return (batch, threads, runs * batch * threads, () => OnThreads(threads, t =>
        {
            for (int i = 0; i < runs; i++)
                session.Run(options, input, tensors[t].Item1, output, tensors[t].Item2);
        }));
    }

    private Action Gemm(InferenceSession product)
    {
        OrtValue[] factors = [Tensor(GemmSize, GemmSize), Tensor(GemmSize, GemmSize)], result = [Tensor(GemmSize, GemmSize)];
        var options = Owned(new RunOptions());
        return () => product.Run(options, ["a", "b"], factors, ["c"], result);
    }

    // On a 64-byte boundary, as the sessions of the product have it.
    private OrtValue Tensor(int rows, int width)
    {
        const int Boundary = 64 / sizeof(float);
        float[] array = GC.AllocateArray<float>((rows * width) + Boundary, pinned: true);
        int skip = (int)(Marshal.UnsafeAddrOfPinnedArrayElement(array, 0) / sizeof(float) % Boundary);
        var memory = array.AsMemory(skip == 0 ? 0 : Boundary - skip, rows * width);
        memory.Span.Fill(0.5f);
        return Owned(OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, memory, [rows, width]));
    }

    private T Owned<T>(T resource)
        where T : IDisposable
    {
        _owned.Add(resource);
        return resource;
    }

    private static double[] Fastest(Action[] ways, double seconds)
    {
        var fastest = new double[ways.Length];
        Array.Fill(fastest, double.PositiveInfinity);
        var watch = Stopwatch.StartNew();
        for (int turn = 0; turn <= Turns && (turn < 2 || watch.Elapsed.TotalSeconds < seconds); turn++)
        {
            for (int i = 0; i < ways.Length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                ways[i]();
                if (turn > 0)   // turn 0 warms up
                    fastest[i] = Math.Min(fastest[i], Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
        }

        return fastest;
    }

    private static void OnThreads(int count, Action<int> work)
    {
        if (count == 1)
        {
            work(0);
            return;
        }

        Thread[] threads = [.. Enumerable.Range(0, count).Select(t => new Thread(() => work(t)))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
    }
}
