using System.Numerics.Tensors;
using MathNet.Numerics.Distributions;
using XanesMl.Spectra;

namespace XanesMl.Training.Evaluation;

/// <summary>Coefficients of a regression and their bootstrap samples.</summary>
/// <param name="Estimates">[effects].</param>
/// <param name="Samples">[draws][effects]; a sample that cannot be solved is all NaN.</param>
/// <param name="Groups">Materials that were drawn.</param>
/// <param name="Parameters">Columns of the design.</param>
internal sealed record BootstrapEffects(double[] Estimates, double[][] Samples, int Groups, int Parameters)
{
    /// <summary>What is said of one effect. The samples are spread by sqrt(G / (G - q)): a bootstrap of G units knows nothing of the q parameters that were fitted to them, and
    /// its errors would be too small.</summary>
    public BootstrapSummary Summary(int effect)
    {
        double centre = Estimates[effect], spread = Math.Sqrt((double)Groups / Math.Max(1, Groups - Parameters));
        return BootstrapSummary.Of(centre, Array.ConvertAll(Samples, s => centre + (spread * (s[effect] - centre))), Groups - Parameters);
    }

    /// <summary>[draws] largest |sample - estimate| / error over all effects, sorted: the distribution of simultaneous bands (Davison and Hinkley 1997, section 4.2). Here
    /// errors are those of the samples as they are.</summary>
    public double[] LargestDeviations()
    {
        double[] errors = [.. Enumerable.Range(0, Estimates.Length).Select(e => BootstrapSummary.Of(Estimates[e], Array.ConvertAll(Samples, s => s[e]), 1).Error)];
        var largest = new List<double>();
        foreach (double[] s in Samples)
        {
            double most = 0;
            for (int e = 0; e < s.Length; e++)
                if (errors[e] > 0)
                    most = Math.Max(most, Math.Abs(s[e] - Estimates[e]) / errors[e]);
            if (!double.IsNaN(s[0]))
                largest.Add(most);
        }

        largest.Sort();
        return [.. largest];
    }

    /// <summary>The normal deviate that is as rare as <paramref name="t"/> of Student's distribution: bootstrap maxima have normal tails, estimate / error has Student's.</summary>
    public double AsNormal(double t) => -Normal.InvCDF(0, 1, Math.Max(1e-300, StudentT.CDF(0, 1, Math.Max(1, Groups - Parameters), -Math.Abs(t))));

    /// <summary>The other way round.</summary>
    public double AsStudent(double z) => -StudentT.InvCDF(0, 1, Math.Max(1, Groups - Parameters), Normal.CDF(0, 1, -Math.Abs(z)));
}

/// <summary>Least squares of many targets on one design, b = (X'X)^-1 X'Y, with a bootstrap over materials.</summary>
/// <remarks>X'X and X'Y are sums over materials, so that a bootstrap sample is a weighted sum of them: no row is read twice.</remarks>
internal static class ClusterRegression
{
    /// <summary>Fits and draws.</summary>
    /// <param name="design">[parameters][rows].</param>
    /// <param name="targets">[rows x count], row-major, without NaN.</param>
    /// <param name="count">Number of targets.</param>
    /// <param name="wanted">Parameters whose coefficients are wanted: effect w x count + t.</param>
    /// <param name="materials">[rows].</param>
    /// <param name="options">Draws and seed.</param>
    /// <param name="cancellation">Stops between two draws.</param>
    /// <returns>Null where the design is singular.</returns>
    public static BootstrapEffects? Fit(double[][] design, double[] targets, int count, int[] wanted, IReadOnlyList<string> materials, FindingsOptions options, CancellationToken cancellation)
    {
        int q = design.Length, rows = materials.Count;
        if (targets.Length != rows * count)
            throw new XanesDataException($"{rows} rows come with {targets.Length} values of {count} targets");
        var bootstrap = new MaterialBootstrap(materials, options.Seed);
        var products = new double[bootstrap.Groups][];
        for (int g = 0; g < products.Length; g++)
            products[g] = new double[q * (q + count)];
        for (int i = 0; i < rows; i++)
            Add(products[bootstrap.GroupOfRow[i]], design, i, targets.AsSpan(i * count, count));

        var ones = new int[bootstrap.Groups];
        Array.Fill(ones, 1);
        if (Solve(products, ones, q, count, wanted) is not { } estimates)
            return null;
        var draws = new double[options.Draws][];
        for (int d = 0; d < draws.Length; d++)
        {
            cancellation.ThrowIfCancellationRequested();
            draws[d] = Solve(products, bootstrap.Next(), q, count, wanted) ?? NaN(estimates.Length);
        }

        return new BootstrapEffects(estimates, draws, bootstrap.Groups, q);
    }

    /// <summary>Largest variance inflation factor that still counts as told apart.</summary>
    public const double LargestInflation = 10;

    /// <summary>Variance inflation of parameter <paramref name="k"/>: how much its coefficient's variance grows because the other columns resemble it; infinite where
    /// they hold it altogether. Column 0 is the constant.</summary>
    public static double Inflation(double[][] design, int k)
    {
        double[] y = design[k];
        double mean = y.Average(), total = y.Sum(v => (v - mean) * (v - mean));
        double[][] others = [.. design.Where((_, j) => j != k)];
        var product = new double[others.Length * (others.Length + 1)];
        for (int i = 0; i < y.Length; i++)
            Add(product, others, i, y.AsSpan(i, 1));
        if (Solve([product], [1], others.Length, 1, [.. Enumerable.Range(0, others.Length)]) is not { } b)
            return double.PositiveInfinity;
        double rest = 0;
        for (int i = 0; i < y.Length; i++)
            rest += Math.Pow(y[i] - others.Select((c, j) => c[i] * b[j]).Sum(), 2);
        return rest <= 1e-10 * total ? double.PositiveInfinity : total / rest;
    }

    private static void Add(double[] sums, double[][] design, int row, ReadOnlySpan<double> y)
    {
        int q = design.Length, width = q + y.Length;
        for (int a = 0; a < q; a++)
        {
            double x = design[a][row];
            for (int b = 0; b < q; b++)
                sums[(a * width) + b] += x * design[b][row];
            var target = sums.AsSpan((a * width) + q, y.Length);
            TensorPrimitives.MultiplyAdd(y, x, target, target);
        }
    }

    /// <summary>Cholesky's decomposition of the weighted X'X; null where it is singular.</summary>
    private static double[]? Solve(double[][] products, int[] weights, int q, int count, int[] wanted)
    {
        int width = q + count;
        var s = new double[q * width];
        for (int g = 0; g < weights.Length; g++)
            if (weights[g] > 0)
                TensorPrimitives.MultiplyAdd(products[g], (double)weights[g], s, s);
        for (int a = 0; a < q; a++)
        {
            double whole = s[(a * width) + a];
            for (int c = 0; c < a; c++)
                Subtract(s, width, a, c, s[(c * width) + a]);
            double pivot = s[(a * width) + a];
            if (!(pivot > 1e-10 * whole))
                return null;
            TensorPrimitives.Multiply(s.AsSpan((a * width) + a, width - a), 1 / Math.Sqrt(pivot), s.AsSpan((a * width) + a, width - a));
        }

        for (int a = q - 1; a >= 0; a--)
        {
            var right = s.AsSpan((a * width) + q, count);
            for (int c = a + 1; c < q; c++)
                TensorPrimitives.MultiplyAdd(s.AsSpan((c * width) + q, count), -s[(a * width) + c], right, right);
            TensorPrimitives.Multiply(right, 1 / s[(a * width) + a], right);
        }

        var effects = new double[wanted.Length * count];
        for (int w = 0; w < wanted.Length; w++)
            s.AsSpan((wanted[w] * width) + q, count).CopyTo(effects.AsSpan(w * count));
        return effects;
    }

    /// <summary>Row a minus factor times row c, from column a on.</summary>
    private static void Subtract(double[] s, int width, int a, int c, double factor)
    {
        var target = s.AsSpan((a * width) + a, width - a);
        TensorPrimitives.MultiplyAdd(s.AsSpan((c * width) + a, width - a), -factor, target, target);
    }

    private static double[] NaN(int length)
    {
        var v = new double[length];
        Array.Fill(v, double.NaN);
        return v;
    }
}
