namespace XanesMl.Spectra.Normalization;

/// <summary>Smooths y(x) as xraylarch's smooth does: resample linearly to a uniform grid, convolve with a Lorentzian of one step's width, interpolate back.</summary>
internal static class LorentzianSmoothing
{
    private const int PaddingSteps = 5;
    private const int GridPointsPerPoint = 50;
    private const int Block = 4; // values of the convolution that are computed together

    /// <summary>Smooths values.</summary>
    /// <param name="x">Strictly increasing.</param>
    /// <param name="y">[x.Length] values.</param>
    /// <param name="step">Step of the uniform grid, and sigma of the Lorentzian.</param>
    /// <param name="workspace">Memory.</param>
    /// <param name="smooth">[x.Length] smoothed values at the same x.</param>
    public static void Smooth(ReadOnlySpan<double> x, ReadOnlySpan<double> y, double step, NormalizationWorkspace workspace, Span<double> smooth)
    {
        // The grid's ends are whole multiples of the step, cut towards zero.
        double low = step * Math.Truncate((x[0] - (PaddingSteps * step)) / step);
        double high = step * Math.Truncate((x[^1] + (PaddingSteps * step)) / step);
        int n = (int)Math.Min(1 + Math.Truncate(Math.Abs(high - low + (step * 0.1)) / step), (double)GridPointsPerPoint * x.Length);
        double spacing = (high - low) / (n - 1);
        // Some values beyond the end, so that the last block is a whole one.
        var mirrored = workspace.Take((3 * n) - 1 + Block);
        var uniform = mirrored.Slice(n - 1, n);
        ResampleLinearly(x, y, low, spacing, uniform);
        Mirror(mirrored, n);

        // Of the Lorentzian xraylarch takes one point more on the right: d = -(n-1) to n.
        var kernel = workspace.Lorentzian(n)[1..];
        double sum = 0;
        foreach (double w in kernel)
            sum += w;
        var convolved = workspace.Take(n + Block);
        int done = 0; // everything below is computed or not needed
        for (int i = 0; i < smooth.Length; i++)
        {
            // Only the two grid points on either side of x are needed, so only their blocks are convolved.
            double position = (x[i] - low) / spacing;
            int k = Math.Clamp((int)position, 0, n - 2);
            for (int block = Math.Max(done, k); block <= k + 1; block = done)
            {
                VectorMath.SlidingDot(kernel, mirrored[block..], convolved.Slice(block, Block));
                done = block + Block;
            }

            double a = convolved[k] / sum, b = convolved[k + 1] / sum;
            smooth[i] = a + ((position - k) * (b - a));
        }
    }

    private static void ResampleLinearly(ReadOnlySpan<double> x, ReadOnlySpan<double> y, double low, double spacing, Span<double> uniform)
    {
        for (int i = 0, at = 0; i < uniform.Length; i++)
        {
            double e = low + (i * spacing);
            while (at < x.Length - 2 && x[at + 1] <= e)
                at++;
            uniform[i] = e <= x[0] ? y[0] : e >= x[^1] ? y[^1] : y[at] + ((e - x[at]) * (y[at + 1] - y[at]) / (x[at + 1] - x[at]));
        }
    }

    // n - 1 values before the grid, mirrored at its first point, and n behind it, mirrored half a step beyond its last.
    private static void Mirror(Span<double> mirrored, int n)
    {
        var uniform = mirrored.Slice(n - 1, n);
        for (int k = 1; k < n; k++)
            mirrored[n - 1 - k] = uniform[k];
        for (int k = n; k < 2 * n; k++)
            mirrored[n - 1 + k] = uniform[(2 * n) - 1 - k];
        mirrored[((3 * n) - 1)..].Clear();
    }
}
