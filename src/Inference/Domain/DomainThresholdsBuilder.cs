using System.Globalization;
using XanesMl.Inference.Models;
using XanesMl.Spectra;

namespace XanesMl.Inference.Domain;

/// <summary>Sets the thresholds of the domain check from training and validation rows.</summary>
/// <remarks>Each limit is the larger of the 99th percentiles on training and on validation rows, so each check flags about 1 % of validation rows
/// at most; a network fits its training rows better, and its validation rows are the ones that look like new data. Quantiles interpolate linearly
/// between order statistics (numpy's default). The covariance (denominator n - 1) gets a ridge of 1e-6 times its mean diagonal, so that styles that
/// repeat or never vary still give a precision matrix.</remarks>
public static class DomainThresholdsBuilder
{
    private const double LimitQuantile = 0.99;
    private const double Ridge = 1e-6;

    /// <summary>Fits the thresholds.</summary>
    /// <param name="trainStyles">[rows x styles] of the best trial on training rows, at least 2 rows.</param>
    /// <param name="trainErrors">[rows] reconstruction errors.</param>
    /// <param name="validationStyles">[rows x styles] on validation rows; may be empty, then training rows alone set the limits.</param>
    /// <param name="validationErrors">[rows].</param>
    /// <param name="styleCount">Styles of a row.</param>
    /// <exception cref="XanesDataException">Lengths that do not fit, too few rows, or a value that is not finite.</exception>
    public static DomainThresholds Fit(
        ReadOnlySpan<float> trainStyles, ReadOnlySpan<float> trainErrors, ReadOnlySpan<float> validationStyles, ReadOnlySpan<float> validationErrors, int styleCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(styleCount);
        Require("training", trainStyles, trainErrors, styleCount, minimum: 2);
        Require("validation", validationStyles, validationErrors, styleCount, minimum: 0);

        int rows = trainErrors.Length;
        double[] errors = Sorted(trainErrors), mean = new double[styleCount], min = new double[styleCount], max = new double[styleCount];
        Array.Fill(min, double.PositiveInfinity);
        Array.Fill(max, double.NegativeInfinity);
        for (int i = 0; i < trainStyles.Length; i++)
        {
            int s = i % styleCount;
            mean[s] += trainStyles[i] / (double)rows;
            min[s] = Math.Min(min[s], trainStyles[i]);
            max[s] = Math.Max(max[s], trainStyles[i]);
        }

        double[] precision = Precision(trainStyles, mean);
        double[] trainDistances = Distances(trainStyles, mean, precision), validationDistances = Distances(validationStyles, mean, precision);
        return new DomainThresholds
        {
            ReconstructionErrorPercentiles = [.. Enumerable.Range(0, 101).Select(p => Quantile(errors, p / 100.0))],
            ReconstructionErrorLimit = Limit(errors, Sorted(validationErrors)),
            StyleMin = min,
            StyleMax = max,
            StyleMean = mean,
            StylePrecision = precision,
            MahalanobisLimit = Limit(trainDistances, validationDistances),
        };
    }

    private static void Require(string part, ReadOnlySpan<float> styles, ReadOnlySpan<float> errors, int styleCount, int minimum)
    {
        if (errors.Length < minimum)
            throw new XanesDataException($"domain thresholds need at least {minimum} {part} rows, got {errors.Length}");
        if (styles.Length != (long)errors.Length * styleCount)
            throw new XanesDataException($"{errors.Length} {part} rows of {styleCount} styles need {(long)errors.Length * styleCount} values, got {styles.Length}");
        RequireFinite(part, "style", styles, styleCount);
        RequireFinite(part, "reconstruction error", errors, 1);
    }

    private static void RequireFinite(string part, string what, ReadOnlySpan<float> values, int width)
    {
        for (int i = 0; i < values.Length; i++)
            if (!float.IsFinite(values[i]))
                throw new XanesDataException($"{what} of {part} row {(i / width) + 1} is {values[i].ToString(CultureInfo.InvariantCulture)}",
                    remedy: "The model gives no usable numbers on its own data; train it again.");
    }

    private static double Limit(double[] train, double[] validation)
    {
        double limit = Quantile(train, LimitQuantile);
        return validation.Length == 0 ? limit : Math.Max(limit, Quantile(validation, LimitQuantile));
    }

    /// <summary>Quantile of sorted values: x[f] + (h - f)(x[f+1] - x[f]) with h = q (n - 1), f = floor(h).</summary>
    internal static double Quantile(double[] sorted, double q)
    {
        double h = q * (sorted.Length - 1);
        int f = Math.Min((int)h, sorted.Length - 1), next = Math.Min(f + 1, sorted.Length - 1);
        return sorted[f] + ((h - f) * (sorted[next] - sorted[f]));
    }

    private static double[] Sorted(ReadOnlySpan<float> values)
    {
        var sorted = new double[values.Length];
        for (int i = 0; i < sorted.Length; i++)
            sorted[i] = values[i];
        Array.Sort(sorted);
        return sorted;
    }

    private static double[] Distances(ReadOnlySpan<float> styles, double[] mean, double[] precision)
    {
        var distances = new double[styles.Length / mean.Length];
        for (int i = 0; i < distances.Length; i++)
            distances[i] = DomainCheck.Distance(styles.Slice(i * mean.Length, mean.Length), mean, precision);
        Array.Sort(distances);
        return distances;
    }

    /// <summary>Inverse of the ridged covariance by its Cholesky factor L: the columns of the inverse solve L L^T x = e.</summary>
    private static double[] Precision(ReadOnlySpan<float> styles, double[] mean)
    {
        int n = mean.Length;
        double[] factor = Covariance(styles, mean);
        double trace = 0;
        for (int i = 0; i < n; i++)
            trace += factor[(i * n) + i];
        double ridge = Ridge * (trace > 0 ? trace / n : 1);
        for (int i = 0; i < n; i++)
            factor[(i * n) + i] += ridge;
        CholeskyInPlace(factor, n);

        var inverse = new double[n * n];
        var x = new double[n];
        for (int column = 0; column < n; column++)
        {
            for (int i = 0; i < n; i++)
            {
                double v = i == column ? 1 : 0;
                for (int j = 0; j < i; j++)
                    v -= factor[(i * n) + j] * x[j];
                x[i] = v / factor[(i * n) + i];
            }

            for (int i = n - 1; i >= 0; i--)
            {
                double v = x[i];
                for (int j = i + 1; j < n; j++)
                    v -= factor[(j * n) + i] * x[j];
                x[i] = v / factor[(i * n) + i];
            }

            for (int i = 0; i < n; i++)
                inverse[(i * n) + column] = x[i];
        }

        return inverse;
    }

    private static double[] Covariance(ReadOnlySpan<float> styles, double[] mean)
    {
        int n = mean.Length, rows = styles.Length / n;
        var covariance = new double[n * n];
        for (int r = 0; r < rows; r++)
            for (int i = 0; i < n; i++)
                for (int j = 0; j <= i; j++)
                    covariance[(i * n) + j] += (styles[(r * n) + i] - mean[i]) * (styles[(r * n) + j] - mean[j]) / (rows - 1);
        return covariance;
    }

    /// <summary>Lower triangle of a symmetric positive definite matrix to its Cholesky factor.</summary>
    private static void CholeskyInPlace(double[] a, int n)
    {
        for (int j = 0; j < n; j++)
        {
            for (int i = j; i < n; i++)
            {
                double v = a[(i * n) + j];
                for (int k = 0; k < j; k++)
                    v -= a[(i * n) + k] * a[(j * n) + k];
                // The ridge, 1e-6 of the mean variance, is far above rounding: every pivot is positive.
                a[(i * n) + j] = i == j ? Math.Sqrt(v) : v / a[(j * n) + j];
            }
        }
    }
}
