namespace XanesMl.Inference.Evaluation;

/// <summary>How far predictions lie from the true values, over the rows in which both are known.</summary>
/// <param name="Rows">Rows that count.</param>
/// <param name="Mae">Mean absolute error, in the values' unit; NaN without rows.</param>
/// <param name="Rmse">Root of the mean squared error, in the values' unit; NaN without rows.</param>
/// <param name="R2">1 - sum (y - p)^2 / sum (y - mean y)^2: 1 is perfect, 0 is the mean, below 0 is worse than the mean; NaN for constant y.</param>
public readonly record struct RegressionMetrics(int Rows, double Mae, double Rmse, double R2)
{
    /// <summary>Compares predictions with true values.</summary>
    /// <param name="truth">[n] true values; NaN = missing.</param>
    /// <param name="predicted">[n] predictions; NaN = missing.</param>
    /// <exception cref="Spectra.XanesDataException">The lists differ in length.</exception>
    public static RegressionMetrics Of(ReadOnlySpan<double> truth, ReadOnlySpan<double> predicted)
    {
        var (y, p) = Pairs.WithoutNaN(truth, predicted);
        if (y.Length == 0)
            return new RegressionMetrics(0, double.NaN, double.NaN, double.NaN);
        double absolute = 0, squared = 0, mean = 0;
        for (int i = 0; i < y.Length; i++)
        {
            double d = y[i] - p[i];
            absolute += Math.Abs(d);
            squared += d * d;
            mean += y[i];
        }

        mean /= y.Length;
        double total = 0;
        bool constant = true;
        foreach (double v in y)
        {
            total += (v - mean) * (v - mean);
            constant &= v == y[0];
        }

        return new RegressionMetrics(y.Length, absolute / y.Length, Math.Sqrt(squared / y.Length), constant ? double.NaN : 1 - (squared / total));
    }

    /// <summary>R2 of the best straight line between two quantities: the square of Pearson's correlation.</summary>
    /// <param name="x">[n] values; NaN = missing.</param>
    /// <param name="y">[n] values; NaN = missing.</param>
    /// <returns>0 to 1; NaN with fewer than 3 pairs or a constant side.</returns>
    /// <exception cref="Spectra.XanesDataException">The lists differ in length.</exception>
    public static double LinearR2(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        var (a, b) = Pairs.WithoutNaN(x, y);
        if (a.Length < 3)
            return double.NaN;
        double r = RankCorrelation.Pearson(a, b);
        return r * r;
    }
}
