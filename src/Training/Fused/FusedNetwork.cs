using TorchSharp;
using XanesMl.Training.Networks;
using XanesMl.Training.Noise;
using static TorchSharp.torch;

namespace XanesMl.Training.Fused;

/// <summary>Forward and backward pass of a <see cref="FullyConnected"/> network on the CPU in float32, on the network's own parameters: matrix products by
/// libtorch, everything between two of them in one kernel. Nothing is allocated after the first batch.</summary>
internal sealed class FusedNetwork : IDisposable
{
    private readonly Block[] _blocks;
    private readonly FloatMatrix[] _gradients;
    private readonly float[] _scratch, _mean, _inverse;

    /// <summary>Takes the parameters of a network, which must live at least as long and stay where they are.</summary>
    /// <param name="network">A float32 network on the CPU.</param>
    /// <param name="capacity">Most rows of a batch.</param>
    public FusedNetwork(FullyConnected network, int capacity)
    {
        _blocks = [.. network.Layers().Select(l => new Block(l))];
        Capacity = capacity;
        _gradients = new FloatMatrix[_blocks.Length];
        for (int i = 0; i < _blocks.Length; i++)   // blocks in turn use two arrays, which stay in the cache
            _gradients[i] = i >= 2 && _gradients[i - 2].Columns == _blocks[i].Definition.Outputs ? _gradients[i - 2] : new FloatMatrix(capacity, _blocks[i].Definition.Outputs);
        Gradients = [.. _blocks.SelectMany(b => b.Gradients)];
        int widest = _blocks.Max(b => b.Stride);
        (_scratch, _mean, _inverse) = (new float[BlockKernels.MaskScratch(widest)], new float[widest], new float[widest]);
    }

    /// <summary>Most rows of a batch.</summary>
    public int Capacity { get; }

    /// <summary>Gradients of the parameters, in the order of the network's parameters(); <see cref="Backward"/> fills them.</summary>
    public IReadOnlyList<Tensor> Gradients { get; }

    /// <summary>Where the caller puts dL/d(output) before <see cref="Backward"/>, [rows, outputs]; overwritten by it.</summary>
    public FloatMatrix OutputGradient => _gradients[^1];

    internal IReadOnlyList<Block> Blocks => _blocks;

    /// <summary>Runs the network in training mode: statistics of the batch, which also move the running ones, and dropout.</summary>
    /// <param name="input">[rows, inputs].</param>
    /// <param name="rows">At least 2.</param>
    /// <param name="pass">Receives what the backward pass needs.</param>
    /// <param name="noise">Where dropout masks come from.</param>
    /// <returns>[rows, outputs], valid until the pass is used again.</returns>
    public FloatMatrix Train(FloatMatrix input, int rows, NetworkPass pass, VectorRandom noise)
    {
        for (int i = 0; i < _blocks.Length; i++)
        {
            var (block, at) = (_blocks[i], pass.Blocks[i]);
            if (!NeedsStatistics(i, input, rows, pass))
                continue;
            if (block.Definition.BatchNorm)
                BlockKernels.Statistics(at.Product.Values(rows), block.Bias, block.Slope, rows, at.Mean, at.Inverse, block.RunningMean, block.RunningVariance);
            bool drop = i < _blocks.Length - 1 && block.Definition.Dropout > 0;
            BlockKernels.Forward(at.Values(block, rows), block.Definition.Outputs, drop ? noise : null, block.Definition.Dropout, _scratch, at.Output.Values(rows));
        }

        return pass.Output;
    }

    /// <summary>Runs the network in evaluation mode: running statistics, no dropout. A backward pass cannot follow.</summary>
    public FloatMatrix Evaluate(FloatMatrix input, int rows, NetworkPass pass)
    {
        for (int i = 0; i < _blocks.Length; i++)
        {
            var (block, at) = (_blocks[i], pass.Blocks[i]);
            if (!NeedsStatistics(i, input, rows, pass))
                continue;
            Array.Clear(_mean);
            Array.Fill(_inverse, 1);
            for (int c = 0; c < block.RunningMean.Length; c++)
                (_mean[c], _inverse[c]) = (block.RunningMean[c], (float)(1 / Math.Sqrt(block.RunningVariance[c] + NetworkWeights.BatchNormEpsilon)));
            var values = new BlockValues(at.Product.Values(rows), block.Bias, block.Slope, _mean, _inverse, rows);
            BlockKernels.Forward(values, block.Definition.Outputs, masks: null, probability: 0, scratch: [], at.Output.Values(rows));
        }

        return pass.Output;
    }

    /// <summary>Carries <see cref="OutputGradient"/> back through a pass of <see cref="Train"/>.</summary>
    /// <param name="input">The pass's input.</param>
    /// <param name="rows">The pass's rows.</param>
    /// <param name="pass">The pass.</param>
    /// <param name="inputGradient">Receives dL/d(input); null when nobody needs it.</param>
    /// <param name="accumulate">Add to <see cref="Gradients"/> instead of replacing them.</param>
    public void Backward(FloatMatrix input, int rows, NetworkPass pass, FloatMatrix? inputGradient, bool accumulate = false)
    {
        float keep = accumulate ? 1 : 0;
        for (int i = _blocks.Length - 1; i >= 0; i--)
        {
            var (block, at, gradient) = (_blocks[i], pass.Blocks[i], _gradients[i]);
            if (block.Definition.Activation == Activation.Softplus2)
            {
                SoftplusKernels.Backward(at.Output.Values(rows), rows, gradient.Values(rows), block.BiasSums);
            }
            else
            {
                float scale = i < _blocks.Length - 1 && block.Definition.Dropout > 0 ? VectorRandom.KeepScale(block.Definition.Dropout) : 0;
                BlockKernels.Backward(at.Values(block, rows), at.Output.Values(rows), scale, block.Definition.BatchNorm, gradient.Values(rows), block.BiasSums, block.SlopeSums);
            }

            block.WeightGradient.addmm_(gradient.Transposed(rows), (i == 0 ? input : pass.Blocks[i - 1].Output).View(rows), keep, 1);
            block.StoreSums(accumulate);
            var target = i > 0 ? _gradients[i - 1] : inputGradient;
            target?.View(rows).addmm_(gradient.View(rows), block.Weight.View(block.Definition.Outputs), 0, 1);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var b in _blocks)
            b.Dispose();
        foreach (var g in _gradients.Distinct())
            g.Dispose();
    }

    /// <summary>The product of a block and, where it ends in Softplus, its output too; otherwise the caller goes on, with one kind of statistics or the other.</summary>
    private bool NeedsStatistics(int index, FloatMatrix input, int rows, NetworkPass pass)
    {
        var (block, at) = (_blocks[index], pass.Blocks[index]);
        at.Product.View(rows).addmm_((index == 0 ? input : pass.Blocks[index - 1].Output).View(rows), block.Weight.Transposed(block.Definition.Outputs), 0, 1);
        block.Refresh();
        if (block.Definition.Activation != Activation.Softplus2)
            return true;
        SoftplusKernels.Forward(at.Product.Values(rows), block.Bias, rows, at.Output.Values(rows));
        return false;
    }

    /// <summary>Parameters, running statistics and gradients of one block. Vectors are padded copies, since a kernel reads whole vectors.</summary>
    internal sealed class Block : IDisposable
    {
        private readonly LayerParameters _layer;
        private readonly Tensor _biasGradient;
        private readonly Tensor? _slopeGradient;

        public Block(LayerParameters layer)
        {
            if (layer.Definition is { Activation: Activation.Softplus2 } d && (d.BatchNorm || d.Dropout > 0))
                throw new ArgumentException($"no kernel for batch normalization or dropout after Softplus: {d}", nameof(layer));
            _layer = layer;
            Definition = layer.Definition;
            Weight = FloatMatrix.Over(layer.Weight);
            Stride = FloatMatrix.Padded(Definition.Outputs);
            (Bias, Slope, BiasSums, SlopeSums) = (new float[Stride], new float[Stride], new float[Stride], new float[Stride]);
            Array.Fill(Slope, Definition.Activation == Activation.None ? 1f : 0f);
            if (Definition.Activation == Activation.Softplus2)
                Array.Fill(Bias, float.NegativeInfinity);   // in the padding: Softplus of 0 is not 0, that of this is
            using var off = no_grad();
            WeightGradient = zeros_like(layer.Weight).DetachFromDisposeScope();
            _biasGradient = zeros_like(layer.Bias).DetachFromDisposeScope();
            _slopeGradient = layer.Slope is null ? null : zeros_like(layer.Slope).DetachFromDisposeScope();
        }

        public BlockDefinition Definition { get; }

        public FloatMatrix Weight { get; }

        public int Stride { get; }

        public float[] Bias { get; }

        public float[] Slope { get; }

        public float[] BiasSums { get; }

        public float[] SlopeSums { get; }

        public Tensor WeightGradient { get; }

        public Span<float> RunningMean => _layer.RunningMean is { } t ? Floats(t) : [];

        public Span<float> RunningVariance => _layer.RunningVariance is { } t ? Floats(t) : [];

        // Batch normalization right after a linear layer takes its bias away again: the gradient is 0 exactly. What rounding makes of it must not reach AdamW, which
        // scales any gradient to a full step: the bias would run away, and the running mean, which evaluation uses, would lag behind it.
        private bool CancelsBias => Definition is { Activation: Activation.None, BatchNorm: true };

        /// <summary>In the order of the network's parameters: weight, bias, slope.</summary>
        public IEnumerable<Tensor> Gradients => _slopeGradient is null ? [WeightGradient, _biasGradient] : [WeightGradient, _biasGradient, _slopeGradient];

        /// <summary>Takes the current bias and slope.</summary>
        public void Refresh()
        {
            Floats(_layer.Bias).CopyTo(Bias);
            if (_layer.Slope is { } slope)
                Floats(slope).CopyTo(Slope);
        }

        public void StoreSums(bool accumulate)
        {
            if (!CancelsBias)
                Store(BiasSums, Floats(_biasGradient), accumulate);
            if (_slopeGradient is not null)
                Store(SlopeSums, Floats(_slopeGradient), accumulate);
        }

        public void Dispose()
        {
            Weight.Dispose();
            WeightGradient.Dispose();
            _biasGradient.Dispose();
            _slopeGradient?.Dispose();
        }

        private static void Store(ReadOnlySpan<float> sums, Span<float> target, bool accumulate)
        {
            if (!accumulate)
                sums[..target.Length].CopyTo(target);
            else
                for (int i = 0; i < target.Length; i++)
                    target[i] += sums[i];
        }

        private static Span<float> Floats(Tensor t) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(t.bytes);
    }
}

/// <summary>What a forward pass leaves for its backward pass. One network may have several, as the discriminator has for real and for encoded styles.</summary>
internal sealed class NetworkPass : IDisposable
{
    /// <summary>Allocates the work space.</summary>
    public NetworkPass(FusedNetwork network) => Blocks = [.. network.Blocks.Select(b => new BlockPass(b, network.Capacity))];

    /// <summary>[rows, outputs] of the last forward pass.</summary>
    public FloatMatrix Output => Blocks[^1].Output;

    internal BlockPass[] Blocks { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var b in Blocks)
        {
            b.Product.Dispose();
            b.Output.Dispose();
        }
    }

    internal sealed class BlockPass(FusedNetwork.Block block, int capacity)
    {
        /// <summary>The matrix product, before the bias.</summary>
        public FloatMatrix Product { get; } = new(capacity, block.Definition.Outputs);

        public FloatMatrix Output { get; } = new(capacity, block.Definition.Outputs);

        /// <summary>Mean of the activations; 0 without batch normalization.</summary>
        public float[] Mean { get; } = new float[block.Stride];

        /// <summary>1 / sqrt(variance + eps); 1 without batch normalization.</summary>
        public float[] Inverse { get; } = [.. Enumerable.Repeat(1f, block.Stride)];

        public BlockValues Values(FusedNetwork.Block b, int rows) => new(Product.Values(rows), b.Bias, b.Slope, Mean, Inverse, rows);
    }
}
