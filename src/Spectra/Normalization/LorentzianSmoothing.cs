namespace XanesMl.Spectra.Normalization;

/// <summary>Smooths y(x) as xraylarch's smooth does: resample linearly to a uniform grid, convolve with a Lorentzian of one step's width, interpolate back.</summary>
internal static class LorentzianSmoothing
{
    private const int PaddingSteps = 5;
    private const int GridPointsPerPoint = 50;

    /// <summary>Smoothed values at the same x.</summary>
    /// <param name="x">Strictly increasing.</param>
    /// <param name="y">[x.Length] values.</param>
    /// <param name="step">Step of the uniform grid, and sigma of the Lorentzian.</param>
    public static double[] Smooth(ReadOnlySpan<double> x, ReadOnlySpan<double> y, double step)
    {
        // The grid's ends are whole multiples of the step, cut towards zero.
        double low = step * Math.Truncate((x[0] - (PaddingSteps * step)) / step);
        double high = step * Math.Truncate((x[^1] + (PaddingSteps * step)) / step);
        int n = (int)Math.Min(1 + Math.Truncate(Math.Abs(high - low + (step * 0.1)) / step), (double)GridPointsPerPoint * x.Length);
        double spacing = (high - low) / (n - 1);
        var uniform = new double[n];
        for (int i = 0, at = 0; i < n; i++)
        {
            double e = low + (i * spacing);
            while (at < x.Length - 2 && x[at + 1] <= e)
                at++;
            uniform[i] = e <= x[0] ? y[0] : e >= x[^1] ? y[^1] : y[at] + ((e - x[at]) * (y[at + 1] - y[at]) / (x[at + 1] - x[at]));
        }

        double[] window = Window(n);
        var result = new double[x.Length];
        for (int i = 0; i < result.Length; i++)
        {
            // Only the two grid points on either side of x are needed, so only they are convolved.
            double position = (x[i] - low) / spacing;
            int k = Math.Clamp((int)position, 0, n - 2);
            double a = Convolved(uniform, window, k), b = Convolved(uniform, window, k + 1);
            result[i] = a + ((position - k) * (b - a));
        }

        return result;
    }

    // 1 / (1 + (j - n)^2) for j = 0 .. 2n-1, so one point longer on the left; sum 1.
    private static double[] Window(int n)
    {
        var w = new double[2 * n];
        double sum = 0;
        for (int j = 0; j < w.Length; j++)
            sum += w[j] = 1 / (1 + ((double)(j - n) * (j - n)));
        for (int j = 0; j < w.Length; j++)
            w[j] /= sum;
        return w;
    }

    // One value of the convolution with the grid mirrored at its ends: at the low end about the first point, at the high end about half a step beyond the last.
    private static double Convolved(double[] y, double[] window, int i)
    {
        int n = y.Length;
        double sum = 0;
        for (int j = 0; j < window.Length; j++)
        {
            int k = i + n - j;
            if (k < 0)
                k = -k;
            else if (k >= n)
                k = (2 * n) - 1 - k;
            sum += window[j] * y[k];
        }

        return sum;
    }
}
