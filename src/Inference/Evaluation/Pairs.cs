using XanesMl.Spectra;

namespace XanesMl.Inference.Evaluation;

/// <summary>Pairs of values in which neither is missing.</summary>
internal static class Pairs
{
    /// <summary>Copies of both lists without the positions where either is NaN.</summary>
    /// <exception cref="XanesDataException">The lists differ in length.</exception>
    public static (double[] X, double[] Y) WithoutNaN(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        RequireSameLength(x.Length, y.Length);
        var a = new double[x.Length];
        var b = new double[x.Length];
        int n = 0;
        for (int i = 0; i < x.Length; i++)
        {
            if (double.IsNaN(x[i]) || double.IsNaN(y[i]))
                continue;
            (a[n], b[n]) = (x[i], y[i]);
            n++;
        }

        return n == x.Length ? (a, b) : (a[..n], b[..n]);
    }

    public static void RequireSameLength(int first, int second)
    {
        if (first != second)
            throw new XanesDataException($"{first} values cannot be paired with {second}", remedy: "Give both lists one value for each row.");
    }
}
