namespace XanesMl.Training.Networks;

/// <summary>Activation after a linear layer.</summary>
public enum Activation
{
    /// <summary>None.</summary>
    None,

    /// <summary>max(x, 0) + slope * min(x, 0) with one trained slope per channel.</summary>
    PRelu,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>log(1 + exp(2 x)) / 2.</summary>
    Softplus2,
}

/// <summary>One block of a fully connected network: Linear, activation, batch normalization without affine part, dropout, in this order.</summary>
/// <param name="Inputs">Width of the block's input.</param>
/// <param name="Outputs">Width of its output.</param>
/// <param name="Activation">Activation after the linear layer.</param>
/// <param name="BatchNorm">Whether batch normalization follows.</param>
/// <param name="Dropout">Probability that a value is zeroed in training; 0 for none.</param>
public sealed record BlockDefinition(int Inputs, int Outputs, Activation Activation, bool BatchNorm, double Dropout);

/// <summary>Trained numbers of one block, in evaluation mode. Plain data: what importers make, what the exporter writes.</summary>
/// <param name="Definition">The block's form.</param>
/// <param name="Weight">[Outputs x Inputs] row-major.</param>
/// <param name="Bias">[Outputs].</param>
/// <param name="Slope">[Outputs] slopes of PReLU; empty otherwise.</param>
/// <param name="RunningMean">[Outputs] of batch normalization; empty without.</param>
/// <param name="RunningVariance">[Outputs] of batch normalization; empty without.</param>
public sealed record BlockWeights(BlockDefinition Definition, float[] Weight, float[] Bias, float[] Slope, float[] RunningMean, float[] RunningVariance);

/// <summary>A whole network as plain data.</summary>
/// <param name="Blocks">Blocks from input to output; each takes what its predecessor gives.</param>
public sealed record NetworkWeights(IReadOnlyList<BlockWeights> Blocks)
{
    /// <summary>Epsilon of every batch normalization, as in PyTorch.</summary>
    public const double BatchNormEpsilon = 1e-5;

    /// <summary>Width of the input.</summary>
    public int Inputs => Blocks[0].Definition.Inputs;

    /// <summary>Width of the output.</summary>
    public int Outputs => Blocks[^1].Definition.Outputs;
}

/// <summary>Encoder and decoder of one trained or imported RankAAE.</summary>
/// <param name="Encoder">Spectrum to styles.</param>
/// <param name="Decoder">Styles to spectrum.</param>
public sealed record AutoencoderWeights(NetworkWeights Encoder, NetworkWeights Decoder);
