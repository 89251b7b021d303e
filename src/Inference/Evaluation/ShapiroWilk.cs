using MathNet.Numerics;
using MathNet.Numerics.Distributions;

namespace XanesMl.Inference.Evaluation;

/// <summary>Result of a Shapiro-Wilk test.</summary>
/// <param name="W">Statistic, at most 1: the nearer to 1, the nearer the sample is to a normal distribution.</param>
/// <param name="PValue">Probability of a W this small or smaller from a normal distribution.</param>
public readonly record struct ShapiroWilkResult(double W, double PValue);

/// <summary>Shapiro-Wilk test of normality by Royston's approximation, algorithm AS R94 (Appl. Statist. 44, 547 (1995)), uncensored samples.</summary>
/// <remarks>Royston checked the approximation for 3 to 5000 values. Beyond that W is computed by the same formula and is still comparable between
/// styles, but the p-value is an extrapolation. NaN values are dropped. Fewer than 3 values or a constant sample give NaN: a collapsed style
/// must not pass for a normal one.</remarks>
public static class ShapiroWilk
{
    // Coefficients of Royston (1995), lowest order first.
    private static readonly double[] LastWeight = [0, 0.221157, -0.147981, -2.07119, 4.434685, -2.706056];
    private static readonly double[] SecondLastWeight = [0, 0.042981, -0.293762, -1.752461, 5.682633, -3.582633];
    private static readonly double[] SmallShift = [-2.273, 0.459];
    private static readonly double[] SmallMean = [0.544, -0.39978, 0.025054, -6.714e-4];
    private static readonly double[] SmallLogDeviation = [1.3822, -0.77857, 0.062767, -0.0020322];
    private static readonly double[] LargeMean = [-1.5861, -0.31082, -0.083751, 0.0038915];
    private static readonly double[] LargeLogDeviation = [-0.4803, -0.082676, 0.0030302];

    /// <summary>Tests a sample.</summary>
    /// <param name="sample">[n] values in any order; NaN = missing.</param>
    public static ShapiroWilkResult Test(ReadOnlySpan<double> sample)
    {
        double[] x = Array.FindAll(sample.ToArray(), v => !double.IsNaN(v));
        Array.Sort(x);
        int n = x.Length;
        if (n < 3 || !double.IsFinite(x[^1] - x[0]) || x[^1] - x[0] < 1e-19)
            return new ShapiroWilkResult(double.NaN, double.NaN);
        double complement = ComplementOfW(x, Weights(n));
        return new ShapiroWilkResult(1 - complement, PValue(complement, n));
    }

    /// <summary>Weights of the n/2 largest order statistics, largest first; those of the smallest are their negatives.</summary>
    private static double[] Weights(int n)
    {
        int half = n / 2;
        if (n == 3)
            return [Math.Sqrt(0.5)];
        var m = new double[half];
        double sum = 0;
        for (int i = 0; i < half; i++)
        {
            m[i] = -Normal.InvCDF(0, 1, (i + 1 - 0.375) / (n + 0.25));
            sum += 2 * m[i] * m[i];
        }

        double root = Math.Sqrt(sum), u = 1 / Math.Sqrt(n);
        double last = Polynomial.Evaluate(u, LastWeight) + (m[0] / root);
        int fixedWeights = n > 5 ? 2 : 1;
        double second = n > 5 ? Polynomial.Evaluate(u, SecondLastWeight) + (m[1] / root) : 0;
        double numerator = sum - (2 * m[0] * m[0]), denominator = 1 - (2 * last * last);
        if (n > 5)
        {
            numerator -= 2 * m[1] * m[1];
            denominator -= 2 * second * second;
        }

        double factor = Math.Sqrt(numerator / denominator);
        for (int i = fixedWeights; i < half; i++)
            m[i] /= factor;
        m[0] = last;
        if (n > 5)
            m[1] = second;
        return m;
    }

    /// <summary>1 - W, computed as (|a||x| - a.x)(|a||x| + a.x) / (|a||x|)^2 so that it keeps its digits where W is near 1.</summary>
    private static double ComplementOfW(double[] sorted, double[] weights)
    {
        int n = sorted.Length;
        double range = sorted[^1] - sorted[0], origin = sorted[n / 2], mean = 0;
        for (int i = 0; i < n; i++)
            mean += (sorted[i] - origin) / range;
        mean /= n;
        double aa = 0, xx = 0, ax = 0;
        for (int i = 0; i < n; i++)
        {
            int mirrored = Math.Min(i, n - 1 - i);
            double a = mirrored >= weights.Length ? 0 : i < n - 1 - i ? -weights[mirrored] : weights[mirrored];
            double d = ((sorted[i] - origin) / range) - mean;
            aa += a * a;
            xx += d * d;
            ax += a * d;
        }

        double product = Math.Sqrt(aa * xx);
        return Math.Max(0, (product - ax) * (product + ax) / (aa * xx));
    }

    private static double PValue(double complement, int n)
    {
        if (n == 3)
            return Math.Max(0, 6 / Math.PI * (Math.Asin(Math.Sqrt(1 - complement)) - Math.Asin(Math.Sqrt(0.75))));
        if (complement == 0)
            return 1;
        double y = Math.Log(complement), mean, deviation;
        if (n <= 11)
        {
            double shift = Polynomial.Evaluate(n, SmallShift);
            if (y >= shift)
                return 0;
            y = -Math.Log(shift - y);
            mean = Polynomial.Evaluate(n, SmallMean);
            deviation = Math.Exp(Polynomial.Evaluate(n, SmallLogDeviation));
        }
        else
        {
            double logN = Math.Log(n);
            mean = Polynomial.Evaluate(logN, LargeMean);
            deviation = Math.Exp(Polynomial.Evaluate(logN, LargeLogDeviation));
        }

        return 0.5 * SpecialFunctions.Erfc((y - mean) / deviation / Math.Sqrt(2));
    }
}
