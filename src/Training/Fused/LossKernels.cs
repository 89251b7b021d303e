using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using XanesMl.Training.Losses;

namespace XanesMl.Training.Fused;

/// <summary>Value and gradient of each loss in one pass: the formulas of <see cref="RankAaeLosses"/>.</summary>
/// <remarks>Matrices are [rows, columns] padded to whole vectors; the padding of gradients is left as it is, 0.</remarks>
internal static class LossKernels
{
    /// <summary>Mean binary cross entropy of logits against 1 (<paramref name="real"/>) or 0.</summary>
    /// <param name="logits">[rows, 1].</param>
    /// <param name="rows">B.</param>
    /// <param name="real">Target.</param>
    /// <param name="gradient">Receives d/dlogit.</param>
    public static double CrossEntropy(FloatMatrix logits, int rows, bool real, FloatMatrix gradient)
    {
        ReadOnlySpan<float> x = logits.Values(rows);
        Span<float> g = gradient.Values(rows);
        int stride = logits.Stride, gradientStride = gradient.Stride;
        double sum = 0, sign = real ? -1 : 1;
        for (int i = 0; i < rows; i++)
        {
            double t = sign * x[i * stride], e = Math.Exp(-Math.Abs(t));
            sum += Math.Max(t, 0) + Math.Log(1 + e);   // softplus(t)
            g[i * gradientStride] = (float)(sign * (t > 0 ? 1 / (1 + e) : e / (1 + e)) / rows);
        }

        return sum / rows;
    }

    /// <summary>Mean squared difference of two matrices of one form, and its gradient by <paramref name="output"/>.</summary>
    public static double MeanSquare(FloatMatrix output, FloatMatrix target, int rows, FloatMatrix gradient)
    {
        ref float o = ref MemoryMarshal.GetReference(output.Values(rows));
        ref float t = ref MemoryMarshal.GetReference(target.Values(rows));
        ref float g = ref MemoryMarshal.GetReference(gradient.Values(rows));
        double count = (double)rows * output.Columns, sum = 0;
        var factor = Vector512.Create((float)(2 / count));
        int stride = output.Stride;
        for (int row = 0; row < rows; row++)
        {
            var squares = Vector512<float>.Zero;
            for (nuint i = (nuint)(row * stride), end = i + (nuint)stride; i < end; i += FloatMatrix.Lanes)
            {
                var d = Vector512.LoadUnsafe(ref o, i) - Vector512.LoadUnsafe(ref t, i);
                squares += d * d;
                (d * factor).StoreUnsafe(ref g, i);
            }

            sum += Vector512.Sum(squares);
        }

        return sum / count;
    }

    /// <summary>Reconstruction that forgives a scale within 0.7 to 1.3.</summary>
    public static double FlexibleReconstruction(FloatMatrix output, FloatMatrix input, int rows, FloatMatrix gradient)
    {
        ref float o = ref MemoryMarshal.GetReference(output.Values(rows));
        ref float x = ref MemoryMarshal.GetReference(input.Values(rows));
        ref float g = ref MemoryMarshal.GetReference(gradient.Values(rows));
        int stride = output.Stride, points = output.Columns;
        double count = (double)rows * points, scales = 0, sum = 0;
        var factor = Vector512.Create((float)(2 / count));
        for (int row = 0; row < rows; row++)
        {
            nuint from = (nuint)(row * stride), end = from + (nuint)stride;
            Vector512<float> sumOut = Vector512<float>.Zero, sumIn = Vector512<float>.Zero;
            for (nuint i = from; i < end; i += FloatMatrix.Lanes)
            {
                sumOut += Vector512.LoadUnsafe(ref o, i);
                sumIn += Vector512.LoadUnsafe(ref x, i);
            }

            double meanOut = Vector512.Sum(sumOut) / (double)points, meanIn = Math.Abs(Vector512.Sum(sumIn) / (double)points);
            double scale = Math.Abs(meanOut) / meanIn;
            double sign = meanOut > 0 ? 1 : meanOut < 0 ? -1 : 0;   // Math.Sign throws at NaN, where a diverging trial goes on to say so itself
            scales += (scale - 1) * (scale - 1);
            // d/do_j of 0.1 mean((r - 1)^2), the same for all points of the row
            var pull = Vector512.Create((float)(0.2 * (scale - 1) * sign / (meanIn * points * rows)));
            var clamped = Vector512.Create((float)Math.Clamp(scale, 0.7, 1.3));
            var squares = Vector512<float>.Zero;
            for (nuint i = from; i < end; i += FloatMatrix.Lanes)
            {
                var d = Vector512.LoadUnsafe(ref o, i) - (clamped * Vector512.LoadUnsafe(ref x, i));
                squares += d * d;
                ((d * factor) + pull).StoreUnsafe(ref g, i);
            }

            sum += Vector512.Sum(squares);
        }

        ClearPadding(gradient, rows);
        return (0.1 * scales / rows) + (sum / count);
    }

    /// <summary>Kendall rank loss and its gradient.</summary>
    /// <param name="styles">[rows, S].</param>
    /// <param name="ranks">[K][at least rows] ranks of the descriptors, negative where missing.</param>
    /// <param name="rows">B.</param>
    /// <param name="balance">Weigh concordant pairs down.</param>
    /// <param name="counts">Work space.</param>
    /// <param name="gradient">Receives the gradient by the styles.</param>
    public static double Rank(FloatMatrix styles, IReadOnlyList<int[]> ranks, int rows, bool balance, RankCounts counts, FloatMatrix gradient)
    {
        double norm = (((double)rows * rows) - rows) * ranks.Count, loss = 0;
        ReadOnlySpan<float> s = styles.Values(rows);
        Span<float> g = gradient.Values(rows);
        Span<double> column = counts.Column(rows), weights = counts.Gradient(rows);
        g.Clear();
        for (int k = 0; k < ranks.Count; k++)
        {
            for (int i = 0; i < rows; i++)
                column[i] = s[(i * styles.Stride) + k];
            loss += counts.Loss(ranks[k].AsSpan(0, rows), column, balance, weights);
            for (int i = 0; i < rows; i++)
                g[(i * gradient.Stride) + k] = (float)(-weights[i] / norm);
        }

        return loss / norm;
    }

    private static void ClearPadding(FloatMatrix matrix, int rows)
    {
        if (matrix.Stride == matrix.Columns)
            return;
        var values = matrix.Values(rows);
        for (int i = 0; i < rows; i++)
            values.Slice((i * matrix.Stride) + matrix.Columns, matrix.Stride - matrix.Columns).Clear();
    }
}
