using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using TorchSharp;
using XanesMl.Training.Configuration;
using XanesMl.Training.Trials;

namespace XanesMl.Bench;

/// <summary>Epochs of one trial on 4,900 training and 1,050 validation spectra of 256 points at batch 1024: the published shape.</summary>
[SuppressMessage("Design", "CA1001", Justification = "BenchmarkDotNet calls Cleanup.")]
public class TrainingBenchmarks
{
    private const int TrainRows = 4_900, ValidationRows = 1_050;

    private TrialData _data = null!;
    private TrialTrainer _trainer = null!;

    /// <summary>Whether the forward passes run whose results the reference program does not use.</summary>
    [Params(true, false)]
    public bool ReferenceExact { get; set; } = true;

    /// <summary>Makes the networks and runs a first epoch, which also makes the optimizers' state.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _data = TrialData.Create(Generated.Table(TrainRows + ValidationRows), [.. Enumerable.Range(0, TrainRows)], [.. Enumerable.Range(TrainRows, ValidationRows)], torch.CPU, torch.float32);
        _trainer = new TrialTrainer(_data, new TrainingOptions { ReferenceExact = ReferenceExact }, seed: 1);
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
