using XanesMl.Training.Configuration;
using XanesMl.Training.Losses;
using XanesMl.Training.Networks;
using XanesMl.Training.Noise;
using XanesMl.Training.Optimization;
using XanesMl.Training.Trials;
using static TorchSharp.torch;

namespace XanesMl.Training.Fused;

/// <summary>One batch of RankAAE on the CPU in float32: the same five steps as <see cref="TrainingStep"/>, with gradients written out instead of recorded.</summary>
/// <remarks>Random numbers are drawn in the same order, so that both agree to rounding for the same stream; a test compares them.</remarks>
internal sealed class FusedStep : IDisposable
{
    private readonly TrainingOptions _options;
    private readonly VectorRandom _random;
    private readonly RankCounts _counts;
    private readonly SmoothnessKernel _smoothness;
    private readonly FusedNetwork _encoder, _decoder, _discriminator;
    private readonly NetworkPass _encoderPass, _decoderPass, _realPass, _fakePass;
    private readonly FloatMatrix _styles, _realInput, _fakeInput, _fakeGradient;
    private readonly IReadOnlyList<Tensor> _both;
    private readonly float[] _draws;
    private readonly double[] _sums = new double[TrainingStep.LossNames.Count];

    /// <summary>Prepares work space and optimizers for the given networks.</summary>
    /// <param name="networks">The trial's networks, float32 on the CPU; not owned.</param>
    /// <param name="options">Rates, weights, switches.</param>
    /// <param name="random">Random numbers of the steps.</param>
    /// <param name="capacity">Most rows of a batch.</param>
    public FusedStep(RankAaeNetworks networks, TrainingOptions options, VectorRandom random, int capacity)
    {
        (_options, _random, _counts) = (options, random, new RankCounts(capacity));
        (_encoder, _decoder, _discriminator) = (new FusedNetwork(networks.Encoder, capacity), new FusedNetwork(networks.Decoder, capacity), new FusedNetwork(networks.Discriminator, capacity));
        (_encoderPass, _decoderPass, _realPass, _fakePass) = (new NetworkPass(_encoder), new NetworkPass(_decoder), new NetworkPass(_discriminator), new NetworkPass(_discriminator));
        int styles = networks.Encoder.Blocks[^1].Outputs;
        (_styles, _realInput, _fakeInput, _fakeGradient) = (new FloatMatrix(capacity, styles), new FloatMatrix(capacity, styles), new FloatMatrix(capacity, styles), new FloatMatrix(capacity, styles));
        _draws = new float[capacity * styles];
        _smoothness = new SmoothnessKernel(networks.Decoder.Blocks[^1].Outputs);
        _both = [.. _encoder.Gradients, .. _decoder.Gradients];
        Optimizers = new StepOptimizers(networks, options);
    }

    /// <summary>The optimizers of the five steps.</summary>
    public StepOptimizers Optimizers { get; }

    /// <summary>Runs the five steps on one batch.</summary>
    /// <param name="spectra">[rows, points], noise already added.</param>
    /// <param name="rows">At least 2.</param>
    /// <param name="ranks">[K][at least rows] ranks of the descriptors, negative where missing.</param>
    /// <param name="alpha">Strength of the gradient reversal.</param>
    /// <param name="smooth">Whether the smoothness step runs.</param>
    public void Run(FloatMatrix spectra, int rows, IReadOnlyList<int[]> ranks, double alpha, bool smooth)
    {
        using var off = no_grad();
        AdversarialStep(spectra, rows, alpha);

        var styles = _encoder.Train(spectra, rows, _encoderPass, _random);
        _sums[1] += LossKernels.Rank(styles, ranks, rows, _options.BalanceRanks, _counts, _encoder.OutputGradient);
        _encoder.Backward(spectra, rows, _encoderPass, inputGradient: null);
        Optimizers.Rank.Step(_encoder.Gradients);

        styles = _encoder.Train(spectra, rows, _encoderPass, _random);
        var output = _decoder.Train(styles, rows, _decoderPass, _random);
        _sums[2] += _options.FlexibleTarget
            ? LossKernels.FlexibleReconstruction(output, spectra, rows, _decoder.OutputGradient)
            : LossKernels.MeanSquare(output, spectra, rows, _decoder.OutputGradient);
        _decoder.Backward(styles, rows, _decoderPass, _encoder.OutputGradient);
        _encoder.Backward(spectra, rows, _encoderPass, inputGradient: null);
        Optimizers.Reconstruction.Step(_both);

        if (_options.ReferenceExact)
            _encoder.Train(spectra, rows, _encoderPass, _random);   // moves the running statistics as the reference's does
        Draw(_styles, rows, 1);
        output = _decoder.Train(_styles, rows, _decoderPass, _random);
        styles = _encoder.Train(output, rows, _encoderPass, _random);
        _sums[3] += LossKernels.MeanSquare(styles, _styles, rows, _encoder.OutputGradient);
        _encoder.Backward(output, rows, _encoderPass, _decoder.OutputGradient);
        _decoder.Backward(_styles, rows, _decoderPass, inputGradient: null);
        Optimizers.Mutual.Step(_both);

        if (!smooth)
            return;
        styles = _encoder.Train(spectra, rows, _encoderPass, _random);   // the step moves the decoder only
        output = _decoder.Train(styles, rows, _decoderPass, _random);
        _sums[4] += _smoothness.Loss(output, rows, _decoder.OutputGradient);
        _decoder.Backward(styles, rows, _decoderPass, inputGradient: null);
        Optimizers.Smooth.Step(_decoder.Gradients);
    }

    /// <summary>Sums of the losses since the last call, divided by <paramref name="batches"/>, [5].</summary>
    public double[] TakeMeanLosses(int batches)
    {
        double[] means = Array.ConvertAll(_sums, s => s / batches);
        Array.Clear(_sums);
        return means;
    }

    /// <summary>Styles and reconstruction in evaluation mode, for up to a batch of rows.</summary>
    /// <returns>Valid until the next call of any method.</returns>
    public (FloatMatrix Styles, FloatMatrix Reconstruction) Evaluate(FloatMatrix spectra, int rows)
    {
        using var off = no_grad();
        var styles = _encoder.Evaluate(spectra, rows, _encoderPass);
        return (styles, _decoder.Evaluate(styles, rows, _decoderPass));
    }

    /// <summary>E(D(z)) in evaluation mode.</summary>
    /// <returns>Valid until the next call of any method.</returns>
    public FloatMatrix EvaluateCycle(FloatMatrix styles, int rows)
    {
        using var off = no_grad();
        return _encoder.Evaluate(_decoder.Evaluate(styles, rows, _decoderPass), rows, _encoderPass);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Optimizers.Dispose();
        foreach (IDisposable d in new IDisposable[] { _encoder, _decoder, _discriminator, _encoderPass, _decoderPass, _realPass, _fakePass, _styles, _realInput, _fakeInput, _fakeGradient })
            d.Dispose();
    }

    private void AdversarialStep(FloatMatrix spectra, int rows, double alpha)
    {
        var fake = _encoder.Train(spectra, rows, _encoderPass, _random);
        if (_options.ReferenceExact)
            _decoder.Train(fake, rows, _decoderPass, _random);   // as above
        Draw(_styles, rows, 1);
        _sums[0] += Judge(_styles, rows, real: true, _realInput, _realPass, inputGradient: null, accumulate: false);
        if (_options.GradientReversal)
        {
            _sums[0] += Judge(fake, rows, real: false, _fakeInput, _fakePass, _fakeGradient, accumulate: true);
            CarryToEncoder(spectra, rows, -alpha);
            Optimizers.Discriminator.Step(_discriminator.Gradients);
            Optimizers.Generator.Step(_encoder.Gradients);
            return;
        }

        _sums[0] += Judge(fake, rows, real: false, _fakeInput, _fakePass, inputGradient: null, accumulate: true);
        Optimizers.Discriminator.Step(_discriminator.Gradients);
        fake = _encoder.Train(spectra, rows, _encoderPass, _random);
        Judge(fake, rows, real: true, _fakeInput, _fakePass, _fakeGradient, accumulate: false);
        CarryToEncoder(spectra, rows, 1);
        Optimizers.Generator.Step(_encoder.Gradients);
    }

    /// <summary>Cross entropy of the discriminator on noisy styles, its gradients, and that of its input.</summary>
    private double Judge(FloatMatrix styles, int rows, bool real, FloatMatrix input, NetworkPass pass, FloatMatrix? inputGradient, bool accumulate)
    {
        var judged = styles;
        if (_options.DiscriminatorNoise > 0)
        {
            Draw(input, rows, _options.DiscriminatorNoise);
            Span<float> x = input.Values(rows), s = styles.Values(rows);
            for (int i = 0; i < x.Length; i++)
                x[i] += s[i];
            judged = input;
        }

        var logits = _discriminator.Train(judged, rows, pass, _random);
        double loss = LossKernels.CrossEntropy(logits, rows, real, _discriminator.OutputGradient);
        _discriminator.Backward(judged, rows, pass, inputGradient, accumulate: accumulate);
        return loss;
    }

    private void CarryToEncoder(FloatMatrix spectra, int rows, double factor)
    {
        Span<float> from = _fakeGradient.Values(rows), to = _encoder.OutputGradient.Values(rows);
        float f = (float)factor;
        for (int i = 0; i < to.Length; i++)
            to[i] = f * from[i];
        _encoder.Backward(spectra, rows, _encoderPass, inputGradient: null);
    }

    private void Draw(FloatMatrix target, int rows, double sigma)
    {
        var draws = _draws.AsSpan(0, rows * target.Columns);
        _random.FillNormal(draws, (float)sigma);
        for (int i = 0; i < rows; i++)
            draws.Slice(i * target.Columns, target.Columns).CopyTo(target.Row(i));
    }
}
