using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using TorchSharp;
using XanesMl.Training.Configuration;
using XanesMl.Training.Trials;

namespace XanesMl.Bench;

/// <summary>Epochs of one trial on 4,900 training and 1,050 validation spectra of 256 points at batch 1024, the published shape: as it is, and with parts left out, which shows where
/// time goes.</summary>
[SuppressMessage("Design", "CA1001", Justification = "BenchmarkDotNet calls Cleanup.")]
public class TrainingBenchmarks
{
    private const int TrainRows = 4_900, ValidationRows = 1_050;

    private TrialData _data = null!;
    private TrialTrainer _trainer = null!;

    /// <summary>Names of the cases, the published configuration first.</summary>
    public static IReadOnlyList<string> Cases { get; } =
    [
        "reference_exact: true", "reference_exact: false", "the latter without dropout", "... and without noise", "... and without the smoothness step", "... and without looks at validation rows",
        "libtorch's automatic differentiation, true", "libtorch's automatic differentiation, false",
    ];

    /// <summary>One of <see cref="Cases"/>.</summary>
    [ParamsSource(nameof(Cases))]
    public string Case { get; set; } = Cases[0];

    /// <summary>Makes the networks and runs a first epoch, which also makes the work space.</summary>
    [GlobalSetup]
    public void Setup()
    {
        int number = Cases.ToList().IndexOf(Case);
        var engine = number < 6 ? TrialEngine.Fused : TrialEngine.Tensors;
        var options = new TrainingOptions { ReferenceExact = number is 0 or 6 };
        if (number is >= 2 and < 6)
            options = options with { Dropout = 0, DiscriminatorDropout = 0 };
        if (number is >= 3 and < 6)
            options = options with { SpectrumNoise = 0, DiscriminatorNoise = 0 };
        if (number is >= 4 and < 6)
            options = options with { SmoothEpochs = 0 };
        if (number is 5)
            options = options with { ValidationInterval = 1_000_000 };
        _data = TrialData.Create(Generated.Table(TrainRows + ValidationRows), [.. Enumerable.Range(0, TrainRows)], [.. Enumerable.Range(TrainRows, ValidationRows)], torch.CPU, torch.float32);
        _trainer = new TrialTrainer(_data, options, seed: 1, engine);
        Epoch();
    }

    /// <summary>Frees the tensors.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _trainer.Dispose();
        _data.Dispose();
    }

    /// <summary>One epoch: 5 batches of five steps each, and the validation metric.</summary>
    [Benchmark]
    public double Epoch() => _trainer.RunEpoch().Losses[2];
}
