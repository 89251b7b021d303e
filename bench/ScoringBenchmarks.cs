using BenchmarkDotNet.Attributes;
using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Training.Onnx;

namespace XanesMl.Bench;

/// <summary>Rows through an ML.NET view with an encoder: our cursor, the same with a run a row, and ML.NET's own ApplyOnnxModel.</summary>
[MemoryDiagnoser]
public class ScoringBenchmarks
{
    /// <summary>Rows of the view.</summary>
    public const int Rows = 10_000;

    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".onnx");
    private IDataView _batched = null!, _single = null!, _stock = null!;
    private readonly List<IDisposable> _owned = [];

    /// <summary>Makes the model and the three views; nothing runs yet.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var mlContext = new MLContext(seed: 1);
        byte[] encoder = OnnxWriter.Encoder(Generated.Encoder(), new Dictionary<string, string>());
        File.WriteAllBytes(_file, encoder);
        var data = mlContext.Data.LoadFromSpectraTable(Generated.Table(Rows));
        var xanes = mlContext.Transforms.Xanes();
        _batched = Use(xanes.EncodeStyles("Styles", "Spectrum", encoder).Fit(data));
        _single = Use(xanes.EncodeStyles("Styles", "Spectrum", encoder, batchSize: 1).Fit(data));
        _stock = Use(mlContext.Transforms.CopyColumns("spectrum", "Spectrum").Append(mlContext.Transforms.ApplyOnnxModel("styles", "spectrum", _file)).Fit(data));
        double difference = Enumerable.Zip(_batched.GetColumn<float[]>("Styles"), _stock.GetColumn<float[]>("styles")).Take(500)
            .Max(p => p.First.Zip(p.Second, (a, b) => Math.Abs((double)a - b)).Max());
        if (difference > 1e-6)
            throw new InvalidOperationException($"the two ways differ by {difference}: there is nothing to compare");

        IDataView Use<T>(T transformer)
            where T : ITransformer
        {
            if (transformer is IDisposable d)
                _owned.Add(d);
            return transformer.Transform(data);
        }
    }

    /// <summary>Frees the sessions.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _owned.ForEach(o => o.Dispose());
        File.Delete(_file);
    }

    /// <summary>256 rows a run.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Rows)]
    public float EncodeStyles() => Read(_batched, "Styles");

    /// <summary>One row a run.</summary>
    [Benchmark(OperationsPerInvoke = Rows)]
    public float EncodeStylesRowByRow() => Read(_single, "Styles");

    /// <summary>ML.NET's own transformer.</summary>
    [Benchmark(OperationsPerInvoke = Rows)]
    public float ApplyOnnxModel() => Read(_stock, "styles");

    private static float Read(IDataView view, string column)
    {
        using var cursor = view.GetRowCursor([view.Schema[column]]);
        var getter = cursor.GetGetter<VBuffer<float>>(view.Schema[column]);
        VBuffer<float> styles = default;
        float sum = 0;
        while (cursor.MoveNext())
        {
            getter(ref styles);
            sum += styles.GetItemOrDefault(0);
        }

        return sum;
    }
}
