using XanesMl.Spectra.Normalization;

namespace XanesMl.Spectra.Processing;

/// <summary>What counts as a glitch: a few neighbouring points far off the curve through the points around them.</summary>
public sealed record DeglitchOptions
{
    /// <summary>How far off, in robust standard deviations of the points nearby. Default 10: noise reaches 4 or 5.</summary>
    public double Threshold { get; init; } = 10;

    /// <summary>How far off at least, as a fraction of the range of mu. Default 0.01: what is smaller does no harm, and in a scan without noise everything else would be an outlier.</summary>
    public double SmallestDeviation { get; init; } = 0.01;

    /// <summary>Most neighbouring points of one glitch, 1 to 5. Default 3.</summary>
    public int WidestGlitch { get; init; } = 3;

    /// <summary>Where the protected range begins, eV relative to E0: no point in it is removed, since true features there are as sharp as glitches. Default -30.</summary>
    public double ProtectFirst { get; init; } = -30;

    /// <summary>Where the protected range ends, eV relative to E0. Default 50. Give a value below <see cref="ProtectFirst"/> to protect nothing.</summary>
    public double ProtectLast { get; init; } = 50;

    /// <summary>Absolute E0 in eV. Null: <see cref="E0Finder"/> on a running median.</summary>
    public double? E0 { get; init; }

    /// <summary>Most points to remove, as a fraction of all. Default 0.05: what has more is not a scan with glitches.</summary>
    public double MostRemoved { get; init; } = 0.05;

    internal void Validate()
    {
        if (!(Threshold > 0) || !(SmallestDeviation >= 0) || !(MostRemoved is >= 0 and <= 0.5) || WidestGlitch is < 1 or > 5 || !double.IsFinite(ProtectFirst) || !double.IsFinite(ProtectLast))
            throw new XanesDataException(FormattableString.Invariant(
                $"threshold {Threshold}, smallest deviation {SmallestDeviation}, widest glitch {WidestGlitch}, protected {ProtectFirst} to {ProtectLast} eV, at most {MostRemoved}"), "option deglitch",
                remedy: "Give a threshold above 0, a deviation of 0 or more, 1 to 5 points, finite energies and a fraction from 0 to 0.5.");
    }
}

/// <summary>A spectrum without its glitches.</summary>
public sealed record DeglitchResult
{
    /// <summary>Energies that are left, eV.</summary>
    public required ReadOnlyMemory<double> Energies { get; init; }

    /// <summary>Absorption at these energies.</summary>
    public required ReadOnlyMemory<double> Mu { get; init; }

    /// <summary>Energies of the points that were removed, ascending, eV.</summary>
    public required IReadOnlyList<double> Removed { get; init; }
}

/// <summary>Removes glitches: single points or short runs that stand apart from the curve through their neighbours. Points are removed, never made up.</summary>
/// <remarks>A run is compared with the cubic through the two points on either side of it. Its deviation is the smallest of its points', which must all lie on one side;
/// the scale is 1.4826 times the median, over the 15 places to either side, of the largest deviation in such a run. The run that is farthest off goes first, and everything is computed again.
/// The two outermost points at either end are never removed.</remarks>
public static class Deglitcher
{
    /// <summary>Removes the glitches of one spectrum.</summary>
    /// <param name="energies">Energies in eV, strictly increasing.</param>
    /// <param name="mu">[energies.Length] absorption, of any offset and scale.</param>
    /// <param name="options">What counts as a glitch; null means the defaults.</param>
    /// <exception cref="XanesDataException">Data or options that cannot be used, or more glitches than <see cref="DeglitchOptions.MostRemoved"/>.</exception>
    public static DeglitchResult Remove(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, DeglitchOptions? options = null)
    {
        options ??= new DeglitchOptions();
        options.Validate();
        EnergyIndex.CheckSpectrum(energies, mu, minimum: 2);
        bool protects = options.ProtectFirst <= options.ProtectLast;
        double e0 = !protects ? double.NaN : options.E0 ?? energies[E0Finder.Find(energies, WithoutSpikes(mu, options.WidestGlitch))];
        var removed = new List<double>();
        var search = new GlitchSearch(energies, mu, options, (e0 + options.ProtectFirst, e0 + options.ProtectLast));
        int most = (int)(options.MostRemoved * energies.Length);
        while (search.Worst() is { } run)
        {
            removed.AddRange(search.Energies.Slice(run.Start, run.Length));
            if (removed.Count > most)
                throw new XanesDataException(FormattableString.Invariant($"more than {most} of {energies.Length} points look like glitches, the worst near {removed[0]} eV"),
                    remedy: "Raise the threshold or the smallest deviation, or remove the points by hand.");
            search.Remove(run.Start, run.Length);
        }

        removed.Sort();
        return new DeglitchResult { Energies = search.Energies.ToArray(), Mu = search.Mu.ToArray(), Removed = removed };
    }

    // Running median: it takes glitches out and keeps a rising edge, so that a glitch is not taken for the edge. Only E0 is found from it.
    private static double[] WithoutSpikes(ReadOnlySpan<double> mu, int widest)
    {
        var medians = new double[mu.Length];
        Span<double> near = stackalloc double[(2 * widest) + 1];
        for (int i = 0; i < medians.Length; i++)
        {
            int reach = Math.Min(widest, Math.Min(i, medians.Length - 1 - i));
            mu.Slice(i - reach, (2 * reach) + 1).CopyTo(near);
            near[..((2 * reach) + 1)].Sort();
            medians[i] = near[reach];
        }

        return medians;
    }
}
