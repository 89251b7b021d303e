using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using XanesMl.Training.Losses;

namespace XanesMl.Training.Fused;

/// <summary>mean((y - G y)^2) with the 17-tap Gaussian G and replicated ends, and its gradient, by direct sums: 34 products a point where a matrix takes as many as
/// a spectrum has points, twice.</summary>
internal sealed class SmoothnessKernel
{
    private const int Half = RankAaeLosses.SmoothingTaps / 2;

    private readonly int _points, _padded;
    private readonly float[] _kernel, _input, _rest, _restPadded;

    /// <summary>Prepares the work space of one thread.</summary>
    /// <param name="points">Energies of a spectrum.</param>
    public SmoothnessKernel(int points)
    {
        (_points, _padded) = (points, FloatMatrix.Padded(points));
        _kernel = [.. RankAaeLosses.SmoothingKernel().Select(v => (float)v)];
        (_input, _rest, _restPadded) = (new float[_padded + (2 * Half)], new float[_padded], new float[_padded + (2 * Half)]);
    }

    /// <summary>Value; <paramref name="gradient"/> receives the gradient by the output.</summary>
    public double Loss(FloatMatrix output, int rows, FloatMatrix gradient)
    {
        double count = (double)rows * _points, sum = 0;
        float factor = (float)(2 / count);
        for (int row = 0; row < rows; row++)
            sum += Row(output.Row(row), factor, gradient.Row(row));
        return sum / count;
    }

    private double Row(ReadOnlySpan<float> y, float factor, Span<float> gradient)
    {
        _input.AsSpan(0, Half).Fill(y[0]);
        y.CopyTo(_input.AsSpan(Half));
        _input.AsSpan(Half + _points).Fill(y[^1]);
        Residual(_input, _rest);
        double squares = TensorPrimitives.SumOfSquares<float>(_rest);

        // The transpose: point m takes back what it gave to its neighbours; the ends also what their replicas gave.
        _rest.AsSpan(0, _points).CopyTo(_restPadded.AsSpan(Half));
        Residual(_restPadded, _rest);
        double low = 0, high = 0;
        for (int j = 0; j < Math.Min(Half, _points); j++)
        {
            for (int t = 0; t < Half - j; t++)
            {
                low += _kernel[t] * _restPadded[Half + j];
                high += _kernel[t] * _restPadded[Half + _points - 1 - j];
            }
        }

        _rest[0] -= (float)low;
        _rest[_points - 1] -= (float)high;
        for (int j = 0; j < _points; j++)
            gradient[j] = factor * _rest[j];
        return squares;
    }

    /// <summary>value - G value; <paramref name="padded"/> holds the values from index Half on. The kernel is symmetric: taps t and 16 - t share a product.</summary>
    private void Residual(float[] padded, float[] result)
    {
        ref float p = ref MemoryMarshal.GetArrayDataReference(padded);
        ref float r = ref MemoryMarshal.GetArrayDataReference(result);
        Vector512<float> k0 = Vector512.Create(_kernel[0]), k1 = Vector512.Create(_kernel[1]), k2 = Vector512.Create(_kernel[2]), k3 = Vector512.Create(_kernel[3]), k4 = Vector512.Create(_kernel[4]),
            k5 = Vector512.Create(_kernel[5]), k6 = Vector512.Create(_kernel[6]), k7 = Vector512.Create(_kernel[7]), centre = Vector512.Create(1 - _kernel[8]);
        for (nuint j = 0; j < (nuint)_padded; j += FloatMatrix.Lanes)
        {
            var even = (Pair(ref p, j, 0) * k0) + (Pair(ref p, j, 2) * k2) + (Pair(ref p, j, 4) * k4) + (Pair(ref p, j, 6) * k6);
            var odd = (Pair(ref p, j, 1) * k1) + (Pair(ref p, j, 3) * k3) + (Pair(ref p, j, 5) * k5) + (Pair(ref p, j, 7) * k7);
            ((Vector512.LoadUnsafe(ref p, j + Half) * centre) - (even + odd)).StoreUnsafe(ref r, j);
        }

        result.AsSpan(_points).Clear();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Pair(ref float values, nuint at, nuint tap) =>
        Vector512.LoadUnsafe(ref values, at + tap) + Vector512.LoadUnsafe(ref values, at + (2 * Half) - tap);
}
