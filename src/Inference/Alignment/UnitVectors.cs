using System.Numerics;
using System.Runtime.InteropServices;

namespace XanesMl.Inference.Alignment;

/// <summary>Curves with their mean taken out and their length made 1, so that a scalar product of two is their correlation.</summary>
internal static class UnitVectors
{
    /// <summary>Takes the mean out and makes the length 1; returns the length that it was divided by, 1 for a constant curve, which becomes zeros and correlates with nothing.</summary>
    public static double Normalize(Span<double> u)
    {
        double mean = Sum(u) / u.Length;
        foreach (ref double v in u)
            v -= mean;
        double squares = Dot(u, u);
        double length = squares > 0 ? Math.Sqrt(squares) : 1, scale = 1 / length;
        foreach (ref double v in u)
            v *= scale;
        return length;
    }

    /// <summary>Turns the derivative d of a curve into that of its unit vector u, times <paramref name="scale"/>: (d - mean - u (u . d)) scale.</summary>
    public static void Differentiate(Span<double> d, ReadOnlySpan<double> u, double scale)
    {
        double mean = Sum(d) / d.Length, along = Dot(d, u);
        for (int i = 0; i < d.Length; i++)
            d[i] = (d[i] - mean - (along * u[i])) * scale;
    }

    /// <summary>Adds <paramref name="factor"/> times b to a.</summary>
    public static void Add(Span<double> a, ReadOnlySpan<double> b, double factor)
    {
        var sums = MemoryMarshal.Cast<double, Vector<double>>(a);
        var terms = MemoryMarshal.Cast<double, Vector<double>>(b[..a.Length]);
        for (int i = 0; i < sums.Length; i++)
            sums[i] += terms[i] * factor;
        for (int i = sums.Length * Vector<double>.Count; i < a.Length; i++)
            a[i] += b[i] * factor;
    }

    public static double Sum(ReadOnlySpan<double> a)
    {
        var lanes = MemoryMarshal.Cast<double, Vector<double>>(a);
        var sums = Vector<double>.Zero;
        foreach (var v in lanes)
            sums += v;
        double sum = Vector.Sum(sums);
        for (int i = lanes.Length * Vector<double>.Count; i < a.Length; i++)
            sum += a[i];
        return sum;
    }

    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var left = MemoryMarshal.Cast<double, Vector<double>>(a);
        var right = MemoryMarshal.Cast<double, Vector<double>>(b[..a.Length]);
        Vector<double> even = Vector<double>.Zero, odd = Vector<double>.Zero;
        int i = 0;
        for (; i + 1 < left.Length; i += 2)
        {
            even += left[i] * right[i];
            odd += left[i + 1] * right[i + 1];
        }

        if (i < left.Length)
            even += left[i] * right[i];
        double sum = Vector.Sum(even + odd);
        for (i = left.Length * Vector<double>.Count; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }
}
