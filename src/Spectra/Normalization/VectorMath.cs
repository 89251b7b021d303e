using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace XanesMl.Spectra.Normalization;

/// <summary>Loops over doubles that the processor does several at a time.</summary>
internal static class VectorMath
{
    /// <summary>Sum of products.</summary>
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        int width = Vector<double>.Count, i = 0;
        b = b[..a.Length];
        Vector<double> even = default, odd = default;
        for (; i <= a.Length - (2 * width); i += 2 * width)
        {
            even += new Vector<double>(a[i..]) * new Vector<double>(b[i..]);
            odd += new Vector<double>(a[(i + width)..]) * new Vector<double>(b[(i + width)..]);
        }

        double sum = Vector.Sum(even + odd);
        for (; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    /// <summary>y += factor * x.</summary>
    public static void AddScaled(double factor, ReadOnlySpan<double> x, Span<double> y)
    {
        int width = Vector<double>.Count, i = 0;
        y = y[..x.Length];
        for (; i <= x.Length - width; i += width)
            (new Vector<double>(y[i..]) + (factor * new Vector<double>(x[i..]))).CopyTo(y[i..]);
        for (; i < x.Length; i++)
            y[i] += factor * x[i];
    }

    /// <summary>Four neighbouring values of a sliding sum: result[r] = sum over m of kernel[m] * data[m + r].</summary>
    /// <param name="kernel">Weights.</param>
    /// <param name="data">At least three values more than <paramref name="kernel"/>.</param>
    /// <param name="result">[4].</param>
    public static void SlidingDot(ReadOnlySpan<double> kernel, ReadOnlySpan<double> data, Span<double> result)
    {
        int width = Vector<double>.Count, m = 0;
        ref double k = ref MemoryMarshal.GetReference(kernel);
        ref double d = ref MemoryMarshal.GetReference(data[..(kernel.Length + 3)]);
        Vector<double> s0 = default, s1 = default, s2 = default, s3 = default;
        // One load of the kernel serves four sums.
        for (; m <= kernel.Length - width; m += width)
        {
            var w = Load(ref k, m);
            s0 += w * Load(ref d, m);
            s1 += w * Load(ref d, m + 1);
            s2 += w * Load(ref d, m + 2);
            s3 += w * Load(ref d, m + 3);
        }

        (result[0], result[1], result[2], result[3]) = (Vector.Sum(s0), Vector.Sum(s1), Vector.Sum(s2), Vector.Sum(s3));
        for (; m < kernel.Length; m++)
            for (int r = 0; r < 4; r++)
                result[r] += kernel[m] * data[m + r];
    }

    private static Vector<double> Load(ref double first, int index) => Vector.LoadUnsafe(ref first, (nuint)index);
}
