namespace XanesMl.Training.Trials;

/// <summary>What trains one trial's networks: <see cref="TensorEngine"/> on any device, <see cref="FusedEngine"/> on the CPU in float32.</summary>
internal interface ITrialEngine : IDisposable
{
    /// <summary>The optimizers.</summary>
    StepOptimizers Optimizers { get; }

    /// <summary>Trains on one batch.</summary>
    /// <param name="rows">Training rows, at least 2.</param>
    /// <param name="ranks">[K][at least as many] descriptor ranks of these rows, negative where missing.</param>
    /// <param name="alpha">Strength of the gradient reversal.</param>
    /// <param name="smooth">Whether the smoothness step runs.</param>
    void Train(ReadOnlySpan<int> rows, IReadOnlyList<int[]> ranks, double alpha, bool smooth);

    /// <summary>Mean losses since the last call, [5].</summary>
    double[] TakeMeanLosses(int batches);

    /// <summary>Looks at the validation rows in evaluation mode.</summary>
    ValidationPass Validate();
}

/// <summary>What the networks make of the validation rows.</summary>
/// <param name="Styles">[styles][validation rows].</param>
/// <param name="Reconstruction">Mean squared error of the reconstruction.</param>
/// <param name="MutualInformation">MSE(E(D(z)), z) for the trial's fixed draw of z.</param>
internal sealed record ValidationPass(double[][] Styles, double Reconstruction, double MutualInformation);

/// <summary>Ways to train a trial.</summary>
internal enum TrialEngine
{
    /// <summary><see cref="FusedEngine"/>.</summary>
    Fused,

    /// <summary><see cref="TensorEngine"/> with noise and rank counts from the CPU.</summary>
    Tensors,

    /// <summary><see cref="TensorEngine"/> with noise and ranks on the device, for GPUs; it runs on the CPU too, which is how it is tested.</summary>
    TensorsOnDevice,
}
