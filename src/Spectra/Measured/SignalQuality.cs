namespace XanesMl.Spectra.Measured;

/// <summary>Compares signals of one scan: how large the step is over the noise.</summary>
internal static class SignalQuality
{
    private const double MadToSigma = 1.4826; // median absolute deviation of a normal distribution to its standard deviation

    /// <summary>Largest rise between the means of two neighbouring windows, over the noise from second differences. Only for comparing signals on the same points.</summary>
    /// <param name="energies">[n], in file order.</param>
    /// <param name="signal">[n]; values that are not finite are skipped.</param>
    public static double Of(ReadOnlySpan<double> energies, ReadOnlySpan<double> signal)
    {
        var y = new List<double>(signal.Length);
        foreach (double v in signal)
            if (double.IsFinite(v))
                y.Add(v);
        int w = Math.Max(3, y.Count / 40);
        if (y.Count < 2 * w + 3)
            return 0;
        bool downward = energies[0] > energies[^1];
        double before = 0, after = 0, rise = double.NegativeInfinity;
        for (int i = 0; i < w; i++)
            (before, after) = (before + y[i], after + y[w + i]);
        for (int i = 0; ; i++)
        {
            rise = Math.Max(rise, (downward ? before - after : after - before) / w);
            if (i + 2 * w >= y.Count)
                break;
            before += y[i + w] - y[i];
            after += y[i + 2 * w] - y[i + w];
        }

        var second = new double[y.Count - 2];
        for (int i = 0; i < second.Length; i++)
            second[i] = Math.Abs(y[i + 2] - 2 * y[i + 1] + y[i]);
        Array.Sort(second);
        double noise = MadToSigma * second[second.Length / 2] / Math.Sqrt(6); // variance of y[i+2] - 2 y[i+1] + y[i] is 6 sigma^2
        double complete = (double)y.Count / signal.Length;
        double quality = rise / noise * complete * complete; // a detector that counts nothing half of the time is worth less
        return double.IsFinite(quality) ? quality : rise > 0 ? double.MaxValue : 0;
    }
}
