using System.Diagnostics;
using TorchSharp;
using XanesMl.Training.Configuration;
using XanesMl.Training.Networks;
using XanesMl.Training.Trials;

namespace XanesMl.Cli.Benchmarks;

/// <summary>Time and memory of training on made-up spectra of the published shape, beside the rate of libtorch's matrix products in the same process.</summary>
/// <remarks>Shared machines are noisy: cases take turns and the fastest turn counts, so that all of them meet the same noise.</remarks>
internal sealed class TrainingBenchmark
{
    private const int GemmSize = 1024;

    private static readonly int[] s_productBatches = [64, 128, 1024];

    private readonly TrainingOptions _published = new TrainingOptions { Epochs = 100_000, SmoothEpochs = 100_000 }.Validated();
    private readonly TrainingBenchmarkSize _size;
    private readonly Action<string> _say;

    /// <summary>Prepares a run.</summary>
    /// <param name="size">How much is measured.</param>
    /// <param name="say">Receives a line a measurement.</param>
    public TrainingBenchmark(TrainingBenchmarkSize size, Action<string> say) => (_size, _say) = (size, say);

    /// <summary>Measures everything.</summary>
    public TrainingFigures Run()
    {
        _say("one trial");
        using var data = Data(_size.TrainRows, _size.ValidationRows);
        double baseline = Resident();
        double oneTrial = Memory(data, Math.Min(20, _size.MemoryEpochs))[^1].Megabytes;
        double exact, lean, gemm;
        using (var a = new TrialTrainer(data, _published, seed: 1))
        using (var b = new TrialTrainer(data, _published with { ReferenceExact = false }, seed: 1))
        {
            double[] fastest = FastestInTurn(_size.Turns, () => a.RunEpoch(), () => b.RunEpoch(), Gemm());
            (exact, lean, gemm) = (fastest[0], fastest[1], fastest[2]);
        }

        double rate = 2 * Math.Pow(GemmSize, 3) / gemm;
        double operations = EpochArithmetic.Operations(TrialTrainer.Shape(_published, data), _size.TrainRows, _size.ValidationRows);
        double limit = operations / rate;
        return new TrainingFigures
        {
            Machine = MachineFigures.Current(),
            TrainRows = _size.TrainRows,
            ValidationRows = _size.ValidationRows,
            Points = Generated.Points,
            BatchSize = _published.BatchSize,
            GemmGflops = rate / 1e9,
            GflopPerEpoch = operations / 1e9,
            ArithmeticLimitSeconds = limit,
            OneTrial = [new("reference_exact: true", exact, exact / limit), new("reference_exact: false", lean, lean / limit)],
            BatchedProducts = [.. s_productBatches.Select(BatchedProduct)],
            ManyTrials = [.. _size.Trials.Select(n => Many(data, n))],
            BaselineMegabytes = baseline,
            OneTrialMegabytes = oneTrial,
            Memory = Memory(data, _size.MemoryEpochs),
            Rows = [.. _size.Rows.Select(n => Point(n, Math.Min(n, _published.BatchSize)))],
            Batches = [.. _size.Batches.Select(b => Point(_size.RowsOfBatches, b))],
        };
    }

    /// <summary>Resident memory while one trial trains: it must not grow.</summary>
    private MemoryPoint[] Memory(TrialData data, int epochs)
    {
        using var trainer = new TrialTrainer(data, _published, seed: 1);
        var points = new List<MemoryPoint>();
        for (int epoch = 1; epoch <= epochs; epoch++)
        {
            trainer.RunEpoch();
            if (epoch == 20 || epoch == epochs || epoch % 500 == 0)
            {
                points.Add(new MemoryPoint(epoch, Resident()));
                _say(FormattableString.Invariant($"epoch {epoch}: {points[^1].Megabytes:0} MB"));
            }
        }

        return [.. points];
    }

    /// <summary>Trials on all cores, one thread each, as a run trains them.</summary>
    private ManyTrialsFigures Many(TrialData data, int trials)
    {
        int threads = Math.Min(Environment.ProcessorCount, trials), epochs = _size.EpochsOfTrials, next = -1;
        _say(FormattableString.Invariant($"{trials} trials on {threads} threads"));
        long start = Stopwatch.GetTimestamp();
        var workers = Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            for (int index; (index = Interlocked.Increment(ref next)) < trials;)
            {
                using var trainer = new TrialTrainer(data, _published, seed: index);
                for (int e = 0; e < epochs; e++)
                    trainer.RunEpoch();
            }
        })).ToArray();
        Array.ForEach(workers, w => w.Start());
        Array.ForEach(workers, w => w.Join());
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new ManyTrialsFigures(trials, threads, seconds / epochs, trials * epochs / seconds, Resident());
    }

    /// <summary>A size of data or batch: time of an epoch, memory on top of what the process had before.</summary>
    private ScalePoint Point(int rows, int batch)
    {
        _say(FormattableString.Invariant($"{rows} rows, batch {batch}"));
        GC.Collect();
        double before = Resident();
        using var data = Data(rows, Math.Max(100, rows / 5));
        using var trainer = new TrialTrainer(data, _published with { BatchSize = batch }, seed: 1);
        double seconds = FastestInTurn(rows > 20_000 ? 3 : 5, () => trainer.RunEpoch())[0];
        double dataMegabytes = (double)(data.TrainRows + data.ValidationRows) * Generated.Points * sizeof(float) / (1 << 20);
        return new ScalePoint(rows, batch, seconds, 1e6 * seconds / rows, dataMegabytes, Resident() - before);
    }

    /// <summary>Whether one batched product over trials would beat a product a trial: the hidden layers of eight trials, both ways in turn.</summary>
    private BatchedProductFigures BatchedProduct(int batch)
    {
        const int trials = 8, width = 64;
        using var scope = torch.NewDisposeScope();
        using var off = torch.no_grad();
        torch.Tensor inputs = torch.rand(trials, batch, width), weights = torch.rand(trials, width, width), results = torch.zeros(trials, batch, width);
        var one = Enumerable.Range(0, trials).Select(i => (Input: inputs[i], Weight: weights[i], Result: results[i])).ToArray();
        double[] fastest = FastestInTurn(10 * _size.Turns, () => Array.ForEach(one, t => t.Result.addmm_(t.Input, t.Weight, 0, 1)), () => torch.bmm(inputs, weights).Dispose());
        return new BatchedProductFigures(batch, trials, 1e6 * fastest[0], 1e6 * fastest[1], fastest[0] / fastest[1]);
    }

    private static TrialData Data(int rows, int validation) => TrialData.Create(Generated.Table(rows + validation),
        [.. Enumerable.Range(0, rows)], [.. Enumerable.Range(rows, validation)], torch.CPU, torch.float32);

    private static Action Gemm()
    {
        var a = torch.rand(GemmSize, GemmSize);
        var b = torch.rand(GemmSize, GemmSize);
        var c = torch.zeros(GemmSize, GemmSize);
        return () => c.addmm_(a, b, 0, 1);
    }

    private static double[] FastestInTurn(int turns, params Action[] cases)
    {
        torch.set_num_threads(1);
        var fastest = new double[cases.Length];
        Array.Fill(fastest, double.PositiveInfinity);
        for (int turn = -1; turn < turns; turn++)   // the first turn warms up
        {
            for (int i = 0; i < cases.Length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                cases[i]();
                if (turn >= 0)
                    fastest[i] = Math.Min(fastest[i], Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
        }

        return fastest;
    }

    private static double Resident()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64 / (double)(1 << 20);
    }
}

/// <summary>How much the training benchmark measures.</summary>
internal sealed record TrainingBenchmarkSize
{
    /// <summary>A minute or so: the published shape.</summary>
    public static TrainingBenchmarkSize Standard { get; } = new();

    /// <summary>Some ten minutes: also memory over 2,000 epochs, and curves over rows and batch sizes.</summary>
    public static TrainingBenchmarkSize Full { get; } = new()
    {
        MemoryEpochs = 2_000,
        Rows = [500, 1_000, 2_000, 5_000, 10_000, 20_000, 57_000],
        Batches = [64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192],
    };

    public int TrainRows { get; init; } = 4_900;

    public int ValidationRows { get; init; } = 1_050;

    /// <summary>Turns of which the fastest counts.</summary>
    public int Turns { get; init; } = 30;

    /// <summary>Epochs of the memory measurement.</summary>
    public int MemoryEpochs { get; init; } = 40;

    /// <summary>Numbers of trials that train at once.</summary>
    public IReadOnlyList<int> Trials { get; init; } = [8, 32];

    /// <summary>Epochs of each of these trials.</summary>
    public int EpochsOfTrials { get; init; } = 5;

    /// <summary>Curve over training rows.</summary>
    public IReadOnlyList<int> Rows { get; init; } = [];

    /// <summary>Curve over batch sizes.</summary>
    public IReadOnlyList<int> Batches { get; init; } = [];

    /// <summary>Training rows of that curve.</summary>
    public int RowsOfBatches { get; init; } = 16_384;
}
