using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using XanesMl.Training.Networks;
using XanesMl.Training.Noise;

namespace XanesMl.Training.Fused;

/// <summary>What follows a matrix product within a block: bias, activation, batch normalization, dropout, in two passes over memory, and their
/// gradients in two more. PyTorch takes one pass and one array for each of them.</summary>
/// <remarks>
/// p = product, a = act(p + bias) with act(x) = x above 0 and slope x elsewhere (1 for none, 0 for ReLU), h = (a - mean) / sqrt(variance + eps),
/// y = h m, where m is 0 (dropped) or 1 / (1 - p). A dropped value is stored as -0, and a kept one never is, so that the backward pass reads the mask from y.
/// Backward, with d = dL/dy m: dL/da = (d - mean d - h mean(d h)) / sqrt(variance + eps) (Ioffe and Szegedy, ICML 2015).
/// All spans are padded to whole vectors (<see cref="FloatMatrix"/>).
/// </remarks>
internal static class BlockKernels
{
    // Rows whose dropout factors are drawn at once: they stay in the first-level cache.
    private const int MaskRows = 32;

    // Rows that are summed in float32 before the sum goes into float64.
    private const int SumRows = 32;

    private static Vector512<float> Zero => Vector512<float>.Zero;

    private static Vector512<float> Dropped => Vector512.Create(-0f);

    /// <summary>Mean and 1 / sqrt(variance + eps) of the activations of each column, and the running statistics after them.</summary>
    public static void Statistics(ReadOnlySpan<float> product, ReadOnlySpan<float> bias, ReadOnlySpan<float> slope, int rows, Span<float> mean, Span<float> inverse, Span<float> runningMean, Span<float> runningVariance)
    {
        const float momentum = 0.1f;   // PyTorch's default
        int stride = bias.Length;
        ref float p = ref MemoryMarshal.GetReference(product);
        for (int j = 0; j < stride; j += FloatMatrix.Lanes)
        {
            Vector512<float> b = Vector512.Create(bias[j..]), s = Vector512.Create(slope[j..]);
            var first = Activate(Vector512.LoadUnsafe(ref p, (nuint)j) + b, s);   // a shift against cancellation
            var total = default(LaneSums);
            nuint end = (nuint)(rows * stride);
            for (nuint from = (nuint)j; from < end; from += (nuint)(SumRows * stride))
            {
                Vector512<float> sum = Zero, squares = Zero;
                for (nuint i = from, until = Math.Min(end, from + (nuint)(SumRows * stride)); i < until; i += (nuint)stride)
                {
                    var v = Activate(Vector512.LoadUnsafe(ref p, i) + b, s) - first;
                    sum += v;
                    squares += v * v;
                }

                total.Add(sum, squares);
            }

            for (int lane = 0; lane < FloatMatrix.Lanes; lane++)
            {
                var (sum, squares) = total[lane];
                double shift = sum / rows, variance = Math.Max((squares / rows) - (shift * shift), 0);
                int c = j + lane;
                mean[c] = (float)(first[lane] + shift);
                inverse[c] = (float)(1 / Math.Sqrt(variance + NetworkWeights.BatchNormEpsilon));
                if (c >= runningMean.Length)
                    continue;
                runningMean[c] += momentum * (mean[c] - runningMean[c]);
                runningVariance[c] += momentum * ((float)(variance * rows / (rows - 1)) - runningVariance[c]);
            }
        }
    }

    /// <summary>y = (act(p + bias) - mean) inverse m.</summary>
    /// <param name="block">The block's numbers.</param>
    /// <param name="columns">True width.</param>
    /// <param name="masks">Where dropout factors come from; null for none.</param>
    /// <param name="probability">Of dropping.</param>
    /// <param name="scratch">Work space of at least <see cref="MaskScratch"/> numbers when there are masks.</param>
    /// <param name="output">Receives y.</param>
    public static void Forward(in BlockValues block, int columns, VectorRandom? masks, double probability, Span<float> scratch, Span<float> output)
    {
        int stride = block.Bias.Length, rows = block.Rows;
        ref float p = ref MemoryMarshal.GetReference(block.Product);
        ref float y = ref MemoryMarshal.GetReference(output);
        for (int first = 0; first < rows; first += MaskRows)
        {
            int count = Math.Min(MaskRows, rows - first);
            if (masks is not null)
                DrawMask(masks, probability, count, columns, stride, scratch);
            ref float m = ref MemoryMarshal.GetReference(scratch);
            for (int j = 0; j < stride; j += FloatMatrix.Lanes)
            {
                Vector512<float> b = Vector512.Create(block.Bias[j..]), s = Vector512.Create(block.Slope[j..]), mu = Vector512.Create(block.Mean[j..]), inv = Vector512.Create(block.Inverse[j..]);
                nuint from = (nuint)((first * stride) + j), end = from + (nuint)(count * stride);
                if (masks is null)
                {
                    for (nuint i = from; i < end; i += (nuint)stride)
                        ((Activate(Vector512.LoadUnsafe(ref p, i) + b, s) - mu) * inv).StoreUnsafe(ref y, i);
                    continue;
                }

                for (nuint i = from, at = (nuint)j; i < end; i += (nuint)stride, at += (nuint)stride)
                {
                    var factor = Vector512.LoadUnsafe(ref m, at);
                    var kept = ((Activate(Vector512.LoadUnsafe(ref p, i) + b, s) - mu) * inv * factor) + Zero;   // + 0 turns -0 into 0
                    Vector512.ConditionalSelect(Vector512.Equals(factor, Zero), Dropped, kept).StoreUnsafe(ref y, i);
                }
            }
        }
    }

    /// <summary>Numbers of work space that <see cref="Forward"/> needs.</summary>
    public static int MaskScratch(int stride) => 2 * MaskRows * stride;

    /// <summary>Turns dL/dy into dL/dp in place and sums the gradients of bias and slope.</summary>
    /// <param name="block">The numbers of the forward pass.</param>
    /// <param name="output">Its y.</param>
    /// <param name="scale">1 / (1 - p) where values were dropped; 0 when none were.</param>
    /// <param name="normalized">Whether mean and inverse are those of the batch, and so depend on its rows.</param>
    /// <param name="gradient">dL/dy, becomes dL/dp.</param>
    /// <param name="biasGradient">Receives the sums of dL/dp.</param>
    /// <param name="slopeGradient">Receives the sums of dL/da x over x at or below 0.</param>
    public static void Backward(in BlockValues block, ReadOnlySpan<float> output, float scale, bool normalized, Span<float> gradient, Span<float> biasGradient, Span<float> slopeGradient)
    {
        int stride = block.Bias.Length, rows = block.Rows;
        ref float p = ref MemoryMarshal.GetReference(block.Product);
        ref float y = ref MemoryMarshal.GetReference(output);
        ref float g = ref MemoryMarshal.GetReference(gradient);
        bool dropped = scale > 0;
        var factor = Vector512.Create(scale);
        nuint step = (nuint)stride;
        for (int j = 0; j < stride; j += FloatMatrix.Lanes)
        {
            Vector512<float> b = Vector512.Create(block.Bias[j..]), s = Vector512.Create(block.Slope[j..]), mu = Vector512.Create(block.Mean[j..]), inv = Vector512.Create(block.Inverse[j..]);
            nuint from = (nuint)j, end = (nuint)(rows * stride);
            Vector512<float> meanD = Zero, meanDh = Zero;
            if (normalized)
            {
                var total = default(LaneSums);
                for (nuint at = from; at < end; at += SumRows * step)
                {
                    Vector512<float> sum = Zero, products = Zero;
                    for (nuint i = at, until = Math.Min(end, at + (SumRows * step)); i < until; i += step)
                    {
                        var h = (Activate(Vector512.LoadUnsafe(ref p, i) + b, s) - mu) * inv;
                        var d = dropped ? Masked(ref g, ref y, i, factor) : Vector512.LoadUnsafe(ref g, i);
                        sum += d;
                        products += d * h;
                    }

                    total.Add(sum, products);
                }

                (meanD, meanDh) = total.Means(rows);
            }

            Vector512<float> sumBias = Zero, sumSlope = Zero;
            for (nuint i = from; i < end; i += step)
            {
                var x = Vector512.LoadUnsafe(ref p, i) + b;
                var positive = Vector512.GreaterThan(x, Zero);
                var h = (Vector512.ConditionalSelect(positive, x, x * s) - mu) * inv;
                var d = dropped ? Masked(ref g, ref y, i, factor) : Vector512.LoadUnsafe(ref g, i);
                if (normalized)
                    d = (d - meanD - (h * meanDh)) * inv;
                sumSlope += Vector512.ConditionalSelect(positive, Zero, d * x);
                d = Vector512.ConditionalSelect(positive, d, d * s);
                sumBias += d;
                d.StoreUnsafe(ref g, i);
            }

            sumBias.CopyTo(biasGradient[j..]);
            sumSlope.CopyTo(slopeGradient[j..]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Masked(ref float gradient, ref float output, nuint at, Vector512<float> factor)
    {
        var kept = Vector512.LoadUnsafe(ref gradient, at) * factor;
        var wasDropped = Vector512.Equals(Vector512.LoadUnsafe(ref output, at).AsInt32(), Dropped.AsInt32());
        return Vector512.ConditionalSelect(wasDropped.AsSingle(), Zero, kept);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Activate(Vector512<float> x, Vector512<float> slope) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(x, Zero), x, x * slope);

    /// <summary>Factors of <paramref name="rows"/> rows at the beginning of <paramref name="scratch"/>, spread to the stride; the stream is that of an unpadded matrix.</summary>
    private static void DrawMask(VectorRandom masks, double probability, int rows, int columns, int stride, Span<float> scratch)
    {
        if (columns == stride)
        {
            masks.FillKeepMask(scratch[..(rows * columns)], probability);
            return;
        }

        var tight = scratch.Slice(MaskRows * stride, rows * columns);
        masks.FillKeepMask(tight, probability);
        for (int i = 0; i < rows; i++)
            tight.Slice(i * columns, columns).CopyTo(scratch[(i * stride)..]);
    }
}

/// <summary>Two sums a lane in float64.</summary>
internal struct LaneSums
{
    private Vector512<double> _firstLow, _firstHigh, _secondLow, _secondHigh;

    /// <summary>The sums of a lane.</summary>
    public readonly (double First, double Second) this[int lane] => lane < FloatMatrix.Lanes / 2
        ? (_firstLow[lane], _secondLow[lane]) : (_firstHigh[lane - (FloatMatrix.Lanes / 2)], _secondHigh[lane - (FloatMatrix.Lanes / 2)]);

    /// <summary>Adds sums of a few rows.</summary>
    public void Add(Vector512<float> first, Vector512<float> second)
    {
        var (low, high) = Vector512.Widen(first);
        _firstLow += low;
        _firstHigh += high;
        (low, high) = Vector512.Widen(second);
        _secondLow += low;
        _secondHigh += high;
    }

    /// <summary>The sums divided by the number of rows.</summary>
    public readonly (Vector512<float> First, Vector512<float> Second) Means(int rows)
    {
        var n = Vector512.Create((double)rows);
        return (Vector512.Narrow(_firstLow / n, _firstHigh / n), Vector512.Narrow(_secondLow / n, _secondHigh / n));
    }
}

/// <summary>What both passes of a block read.</summary>
/// <param name="product">[rows, stride] products before the bias.</param>
/// <param name="bias">[stride].</param>
/// <param name="slope">[stride] slopes below zero.</param>
/// <param name="mean">[stride] means of the activations, 0 without batch normalization.</param>
/// <param name="inverse">[stride] 1 / sqrt(variance + eps), 1 without batch normalization.</param>
/// <param name="rows">Rows.</param>
internal readonly ref struct BlockValues(ReadOnlySpan<float> product, ReadOnlySpan<float> bias, ReadOnlySpan<float> slope, ReadOnlySpan<float> mean, ReadOnlySpan<float> inverse, int rows)
{
    public ReadOnlySpan<float> Product { get; } = product;

    public ReadOnlySpan<float> Bias { get; } = bias;

    public ReadOnlySpan<float> Slope { get; } = slope;

    public ReadOnlySpan<float> Mean { get; } = mean;

    public ReadOnlySpan<float> Inverse { get; } = inverse;

    public int Rows { get; } = rows;
}
