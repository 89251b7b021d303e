using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using TorchSharp;
using XanesMl.Spectra;
using XanesMl.Training.Onnx;
using XanesMl.Transforms;

namespace XanesMl.Cli.Benchmarks;

/// <summary>Rows a second through an encoder of the published shape: ONNX Runtime itself, our ML.NET step and ML.NET's own, on one thread and on all,
/// beside the rate of libtorch's matrix products in the same process.</summary>
/// <remarks>All ways take turns and the fastest turn of each counts, so that other work on the machine meets all of them.</remarks>
internal sealed class ScoringBenchmark : IDisposable
{
    private const int GemmSize = 1024;
    private const int GemmsPerTurn = 8;
    private const int Batch = 256;
    private const string Session = "session", Ours = "EncodeStyles", Stock = "ApplyOnnxModel";

    private readonly ScoringBenchmarkSize _size;
    private readonly Action<string> _say;
    private readonly int[] _threads = [.. new[] { 1, Environment.ProcessorCount }.Distinct()];
    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".onnx");
    private readonly List<IDisposable> _owned = [];
    private readonly List<(string Way, int Batch, int Threads, int Rows, Action Run)> _cases = [];
    private readonly MLContext _ml = new(seed: 1);
    private readonly byte[] _encoder = OnnxWriter.Encoder(Generated.Encoder(), new Dictionary<string, string>());

    /// <summary>Prepares a run.</summary>
    /// <param name="size">How much is measured.</param>
    /// <param name="say">Receives a line a turn.</param>
    public ScoringBenchmark(ScoringBenchmarkSize size, Action<string> say)
    {
        (_size, _say) = (size, say);
        File.WriteAllBytes(_file, _encoder);
    }

    /// <summary>Measures everything.</summary>
    public ScoringFigures Run()
    {
        _say(FormattableString.Invariant($"making {_size.Rows} spectra"));
        var table = Generated.Table(_size.Rows);
        var data = _ml.Data.LoadFromSpectraTable(table);
        var stock = View(_ml.Transforms.CopyColumns("spectrum", "Spectrum").Append(_ml.Transforms.ApplyOnnxModel("styles", "spectrum", _file)), data);
        AddSession();
        foreach (int batch in _size.Batches.Union([1, Batch]))
            Add(Ours, batch, View(_ml.Transforms.Xanes().EncodeStyles("styles", "Spectrum", _encoder, batch), data), "styles", _size.Rows);
        Add(Stock, 1, stock, "styles", _size.Rows);
        var raw = AddRaw(table.Grid);
        var gemm = Gemm();
        double difference = Difference(View(_ml.Transforms.Xanes().EncodeStyles("styles", "Spectrum", _encoder, Batch), data), stock);
        double[] fastest = FastestInTurn([.. _cases.Select(c => c.Run), raw.Whole, raw.Resampling, .. Enumerable.Repeat(gemm, GemmsPerTurn)]);
        return Figures(fastest, difference);
    }

    /// <summary>Frees the sessions.</summary>
    public void Dispose()
    {
        _owned.ForEach(o => o.Dispose());
        File.Delete(_file);
    }

    private ScoringFigures Figures(double[] fastest, double difference)
    {
        var shape = Generated.Encoder();
        double operations = 2 * shape.Blocks.Sum(b => (double)b.Definition.Inputs * b.Definition.Outputs);
        double rate = 2 * Math.Pow(GemmSize, 3) / fastest.TakeLast(GemmsPerTurn).Min(), limit = operations / rate;
        ScoringWay[] ways = [.. _cases.Select((c, i) => new ScoringWay(c.Way, c.Batch, c.Threads, 1e6 * fastest[i] / c.Rows, c.Rows / fastest[i], fastest[i] / c.Rows * c.Threads / limit))];
        double Time(string way, int batch, int threads) => ways.Single(w => w.Way == way && w.BatchSize == batch && w.Threads == threads).MicrosecondsPerRow;
        return new ScoringFigures
        {
            Machine = MachineFigures.Current(),
            Rows = _size.Rows,
            Points = Generated.Points,
            Styles = shape.Blocks[^1].Definition.Outputs,
            OperationsPerRow = operations,
            GemmGflops = rate / 1e9,
            LimitMicroseconds = 1e6 * limit,
            Ways = ways,
            LargestDifference = difference,
            Raw = new RawScoringFigures(_size.RawRows, _size.RawPoints, fastest[_cases.Count], fastest[_cases.Count + 1]),
            StockToOurs = Time(Stock, 1, 1) / Time(Ours, Batch, 1),
            StockToOursAllThreads = Time(Stock, 1, _threads[^1]) / Time(Ours, Batch, _threads[^1]),
            RowByRowToOurs = Time(Ours, 1, 1) / Time(Ours, Batch, 1),
        };
    }

    /// <summary>The runtime alone: the same full tensor again and again, nothing copied.</summary>
    private void AddSession()
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        var session = Owned(new InferenceSession(_encoder, options));
        var run = Owned(new RunOptions());
        string[] inputNames = [.. session.InputMetadata.Keys], outputNames = [.. session.OutputMetadata.Keys];
        int styles = session.OutputMetadata[outputNames[0]].Dimensions[1];
        foreach (int batch in _size.Batches)
        {
            var tensors = Enumerable.Range(0, _threads[^1]).Select(_ => (Input: Tensor(batch, Generated.Points, 0.5f), Output: Tensor(batch, styles, 0))).ToArray();
            foreach (int threads in _threads)
            {
                int runs = Math.Max(1, _size.Rows / batch / threads);
                _cases.Add((Session, batch, threads, runs * batch * threads, () => OnThreads(threads, t =>
                {
                    OrtValue[] input = [tensors[t].Input], output = [tensors[t].Output];
                    for (int i = 0; i < runs; i++)
                        session.Run(run, inputNames, input, outputNames, output);
                })));
            }
        }
    }

    private OrtValue Tensor(int rows, int width, float value)
    {
        float[] values = GC.AllocateArray<float>(rows * width, pinned: true);
        Array.Fill(values, value);
        return Owned(OrtValue.CreateTensorValueFromMemory(values, [rows, width]));
    }

    private void Add(string way, int batch, IDataView view, string column, int rows)
    {
        foreach (int threads in _threads)
            _cases.Add((way, batch, threads, rows, () => Read(view, column, threads)));
    }

    private (Action Whole, Action Resampling) AddRaw(EnergyGrid grid)
    {
        var random = new Random(2);
        var from = EnergyGrid.Uniform(grid.First - 5, grid.Last + 5, _size.RawPoints);
        var mu = new float[_size.RawRows * _size.RawPoints];
        for (int i = 0; i < mu.Length; i++)
            mu[i] = (i % _size.RawPoints > _size.RawPoints / 3 ? 1 : 0) + (0.1f * random.NextSingle());
        var data = _ml.Data.LoadFromSpectraTable(new SpectraTable(from, mu, [], [],
            [.. Enumerable.Range(0, _size.RawRows).Select(i => $"m{i}")], [.. Enumerable.Repeat("0", _size.RawRows)], [.. Enumerable.Repeat("Cu", _size.RawRows)]));
        var steps = _ml.Transforms.Xanes();
        var whole = View(steps.Resample("OnGrid", grid).Append(steps.EncodeStyles("styles", "OnGrid", _encoder, Batch)), data);
        var resampled = View(steps.Resample("OnGrid", grid), data);
        return (() => Read(whole, "styles", 1), () => Read(resampled, "OnGrid", 1));
    }

    private IDataView View<T>(IEstimator<T> estimator, IDataView data)
        where T : ITransformer
    {
        var transformer = estimator.Fit(data);
        if (transformer is IDisposable disposable)
            Owned(disposable);
        return transformer.Transform(data);
    }

    private T Owned<T>(T resource)
        where T : IDisposable
    {
        _owned.Add(resource);
        return resource;
    }

    /// <summary>Reads a vector column of all rows, by one cursor a thread.</summary>
    private static void Read(IDataView view, string column, int threads)
    {
        var columns = new[] { view.Schema[column] };
        var cursors = threads == 1 ? [view.GetRowCursor(columns)] : view.GetRowCursorSet(columns, threads);
        OnThreads(cursors.Length, t =>
        {
            using var cursor = cursors[t];
            var getter = cursor.GetGetter<VBuffer<float>>(cursor.Schema[column]);
            VBuffer<float> value = default;
            while (cursor.MoveNext())
                getter(ref value);
        });
    }

    private static double Difference(IDataView ours, IDataView stock)
    {
        double largest = 0;
        foreach (var (a, b) in Enumerable.Zip(ours.GetColumn<float[]>("styles"), stock.GetColumn<float[]>("styles")))
            for (int k = 0; k < a.Length; k++)
                largest = Math.Max(largest, Math.Abs((double)a[k] - b[k]));
        return largest;
    }

    private static Action Gemm()
    {
        torch.set_num_threads(1);
        var a = torch.rand(GemmSize, GemmSize);
        var b = torch.rand(GemmSize, GemmSize);
        var c = torch.zeros(GemmSize, GemmSize);
        return () => c.addmm_(a, b, 0, 1);
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

    private double[] FastestInTurn(Action[] cases)
    {
        var fastest = new double[cases.Length];
        Array.Fill(fastest, double.PositiveInfinity);
        for (int turn = 0; turn <= _size.Turns; turn++)   // turn 0 warms up
        {
            _say(FormattableString.Invariant($"turn {turn} of {_size.Turns}"));
            for (int i = 0; i < cases.Length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                cases[i]();
                if (turn > 0)
                    fastest[i] = Math.Min(fastest[i], Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
        }

        return fastest;
    }
}
