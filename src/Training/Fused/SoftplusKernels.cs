using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace XanesMl.Training.Fused;

/// <summary>The decoder's last activation, y = log(1 + exp(2 x)) / 2 with x = product + bias, and its gradient.</summary>
internal static class SoftplusKernels
{
    /// <summary>y of every element.</summary>
    public static void Forward(ReadOnlySpan<float> product, ReadOnlySpan<float> bias, int rows, Span<float> output)
    {
        int stride = bias.Length;
        ref float p = ref MemoryMarshal.GetReference(product);
        ref float b = ref MemoryMarshal.GetReference(bias);
        ref float y = ref MemoryMarshal.GetReference(output);
        for (nuint i = 0, end = (nuint)(rows * stride); i < end; i += (nuint)stride)
        {
            for (nuint j = 0; j < (nuint)stride; j += FloatMatrix.Lanes)
            {
                var t = (Vector512.LoadUnsafe(ref p, i + j) + Vector512.LoadUnsafe(ref b, j)) * 2f;
                var tail = LogOnePlus(Vector512.Exp(-Vector512.Abs(t)));   // log(1 + e^t) = max(t, 0) + log(1 + e^-|t|)
                ((Vector512.Max(t, Vector512<float>.Zero) + tail) * 0.5f).StoreUnsafe(ref y, i + j);
            }
        }
    }

    /// <summary>Turns dL/dy into dL/dx in place, with dy/dx = 1 - exp(-2 y), and sums it over the rows.</summary>
    public static void Backward(ReadOnlySpan<float> output, int rows, Span<float> gradient, Span<float> biasGradient)
    {
        int stride = biasGradient.Length;
        biasGradient.Clear();
        ref float y = ref MemoryMarshal.GetReference(output);
        ref float g = ref MemoryMarshal.GetReference(gradient);
        ref float sums = ref MemoryMarshal.GetReference(biasGradient);
        var one = Vector512.Create(1f);
        for (nuint i = 0, end = (nuint)(rows * stride); i < end; i += (nuint)stride)
        {
            for (nuint j = 0; j < (nuint)stride; j += FloatMatrix.Lanes)
            {
                var d = Vector512.LoadUnsafe(ref g, i + j) * (one - Vector512.Exp(Vector512.LoadUnsafe(ref y, i + j) * -2f));
                d.StoreUnsafe(ref g, i + j);
                (Vector512.LoadUnsafe(ref sums, j) + d).StoreUnsafe(ref sums, j);
            }
        }
    }

    /// <summary>log(1 + e) = 2 artanh(e / (2 + e)) for e in [0, 1]: seven terms of the series, relative error below 2e-8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> LogOnePlus(Vector512<float> e)
    {
        var t = e / (e + Vector512.Create(2f));
        var q = t * t;
        var sum = Vector512.Create(2f / 13);
        sum = Vector512.FusedMultiplyAdd(sum, q, Vector512.Create(2f / 11));
        sum = Vector512.FusedMultiplyAdd(sum, q, Vector512.Create(2f / 9));
        sum = Vector512.FusedMultiplyAdd(sum, q, Vector512.Create(2f / 7));
        sum = Vector512.FusedMultiplyAdd(sum, q, Vector512.Create(2f / 5));
        sum = Vector512.FusedMultiplyAdd(sum, q, Vector512.Create(2f / 3));
        sum = Vector512.FusedMultiplyAdd(sum, q, Vector512.Create(2f));
        return sum * t;
    }
}
