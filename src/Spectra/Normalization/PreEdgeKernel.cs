namespace XanesMl.Spectra.Normalization;

/// <summary>Where <see cref="PreEdgeKernel"/> writes its curves: memory of the caller, empty for what is not wanted.</summary>
public readonly ref struct PreEdgeCurves
{
    /// <summary>[n] or empty: pre-edge curve.</summary>
    public Span<double> PreEdge { get; init; }

    /// <summary>[n] or empty: post-edge curve.</summary>
    public Span<double> PostEdge { get; init; }

    /// <summary>[n] or empty: (mu - pre) / step. May be the memory of mu.</summary>
    public Span<double> Norm { get; init; }

    /// <summary>[n] or empty: norm with the post-edge curve's slope and curvature taken out from E0 on.</summary>
    public Span<double> Flat { get; init; }

    /// <summary>[2] or empty: a and b of the pre-edge curve (a + bE) E^-nvict.</summary>
    public Span<double> PreCoefficients { get; init; }

    /// <summary>[<see cref="PreEdgeKernel.MostCoefficients"/>] or empty: post-edge minus pre-edge curve in powers of E, constant first, nnorm + 1 of them.</summary>
    public Span<double> PostCoefficients { get; init; }
}

/// <summary>What a normalization used and found, without its curves.</summary>
public readonly record struct PreEdgeParameters
{
    /// <summary>Edge energy in eV, a measured energy.</summary>
    public required double E0 { get; init; }

    /// <summary>Index of <see cref="E0"/>.</summary>
    public required int E0Index { get; init; }

    /// <summary>What the spectrum was divided by, at least 1e-12.</summary>
    public required double EdgeStep { get; init; }

    /// <summary>Low end of the pre-edge fit, eV relative to E0.</summary>
    public required double Pre1 { get; init; }

    /// <summary>High end of the pre-edge fit, eV relative to E0.</summary>
    public required double Pre2 { get; init; }

    /// <summary>Low end of the post-edge fit, eV relative to E0.</summary>
    public required double Norm1 { get; init; }

    /// <summary>High end of the post-edge fit, eV relative to E0.</summary>
    public required double Norm2 { get; init; }

    /// <summary>Degree of the post-edge polynomial.</summary>
    public required int NNorm { get; init; }

    /// <summary>Victoreen power of the pre-edge line.</summary>
    public required int NVict { get; init; }

    /// <summary>Points of the pre-edge fit; the end is not included.</summary>
    public required Range PreRange { get; init; }

    /// <summary>Points of the post-edge fit; the end is not included.</summary>
    public required Range PostRange { get; init; }
}

/// <summary>The arithmetic of <see cref="PreEdgeNormalizer"/> on memory of the caller: nothing is allocated for a spectrum, so many can follow each other at full speed.</summary>
public static class PreEdgeKernel
{
    /// <summary>Most coefficients that a post-edge polynomial can have.</summary>
    public const int MostCoefficients = PreEdgeOptions.HighestDegree + 1;

    private const int MinimumPoints = 5;
    internal const double SmallestStep = 1e-12;

    /// <summary>Normalizes one spectrum.</summary>
    /// <param name="energies">Energies in eV, strictly increasing: at least 14 where E0 is to be found, 5 where it is given.</param>
    /// <param name="mu">[energies.Length] absorption with any offset, slope and scale, not normalized before.</param>
    /// <param name="options">Ranges and degrees.</param>
    /// <param name="workspace">Memory, reused from spectrum to spectrum by one thread.</param>
    /// <param name="curves">Where the results go.</param>
    /// <exception cref="XanesDataException">Data or options that cannot be used, an E0 outside the data, or a range with too few points.</exception>
    /// <exception cref="ArgumentException">A curve that is neither empty nor of the spectrum's length.</exception>
    public static PreEdgeParameters Normalize(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, PreEdgeOptions options, NormalizationWorkspace workspace, in PreEdgeCurves curves)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(workspace);
        options.Validate();
        EnergyIndex.CheckSpectrum(energies, mu, MinimumPoints);
        CheckCurves(curves, energies.Length);
        workspace.Reset();
        int edge = FitRanges.EdgeIndex(energies, mu, options, workspace);
        double e0 = energies[edge];
        var ranges = FitRanges.Resolve(energies, edge, options);
        var (preRange, postRange, degree) = (ranges.Pre, ranges.Post, ranges.Degree);
        var below = Weighted(energies, mu, preRange, options.NVict, workspace);
        FitRanges.CheckPoints(below.Length, 2, "pre-edge", ranges.Pre1, ranges.Pre2);
        var line = ScaledPolynomial.Fit(energies[preRange], below, degree: 1, workspace);
        var pre = curves.PreEdge.IsEmpty ? workspace.Take(mu.Length) : curves.PreEdge;
        line.At(energies, pre);
        for (int i = 0; options.NVict > 0 && i < pre.Length; i++)
            pre[i] *= Math.Pow(energies[i], -options.NVict);

        var above = workspace.Take(postRange.End.Value - postRange.Start.Value);
        FitRanges.CheckPoints(above.Length, degree + 1, "post-edge", ranges.Norm1, ranges.Norm2);
        mu[postRange].CopyTo(above);
        VectorMath.AddScaled(-1, pre[postRange], above);
        var polynomial = ScaledPolynomial.Fit(energies[postRange], above, degree, workspace);
        double step = Math.Max(SmallestStep, options.EdgeStep ?? Math.Abs(polynomial.At(e0)));
        var rise = workspace.Take(mu.Length);
        polynomial.At(energies, rise);
        WriteCurves(mu, pre, rise, edge, step, curves);
        if (!curves.PreCoefficients.IsEmpty)
            line.ToPowers(curves.PreCoefficients);
        if (!curves.PostCoefficients.IsEmpty)
            polynomial.ToPowers(curves.PostCoefficients);
        return new PreEdgeParameters
        {
            E0 = e0, E0Index = edge, EdgeStep = step, Pre1 = ranges.Pre1, Pre2 = ranges.Pre2, Norm1 = ranges.Norm1, Norm2 = ranges.Norm2, NNorm = degree, NVict = options.NVict,
            PreRange = preRange, PostRange = postRange,
        };
    }

    private static Span<double> Weighted(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, Range range, int nvict, NormalizationWorkspace workspace)
    {
        var weighted = workspace.Take(range.End.Value - range.Start.Value);
        mu[range].CopyTo(weighted);
        for (int i = 0; nvict > 0 && i < weighted.Length; i++)
            weighted[i] *= Math.Pow(energies[range.Start.Value + i], nvict);
        return weighted;
    }

    private static void WriteCurves(ReadOnlySpan<double> mu, ReadOnlySpan<double> pre, ReadOnlySpan<double> rise, int edge, double step, in PreEdgeCurves curves)
    {
        var post = curves.PostEdge;
        for (int i = 0; i < post.Length; i++)
            post[i] = pre[i] + rise[i];
        // Flat before norm, which may take mu's place.
        var flat = curves.Flat;
        double atEdge = rise[edge] / step;
        for (int i = 0; i < flat.Length; i++)
            flat[i] = i < edge ? (mu[i] - pre[i]) / step : ((mu[i] - pre[i]) / step) - (rise[i] / step) + atEdge;
        var norm = curves.Norm;
        for (int i = 0; i < norm.Length; i++)
            norm[i] = (mu[i] - pre[i]) / step;
    }

    private static void CheckCurves(in PreEdgeCurves curves, int points)
    {
        if (!Fits(curves.PreEdge, points) || !Fits(curves.PostEdge, points) || !Fits(curves.Norm, points) || !Fits(curves.Flat, points))
            throw new ArgumentException($"a curve for {points} points is neither of that length nor empty", nameof(curves));
        if (!Fits(curves.PreCoefficients, 2) || !Fits(curves.PostCoefficients, MostCoefficients))
            throw new ArgumentException($"coefficients need memory for 2 and for {MostCoefficients} numbers, or none", nameof(curves));
    }

    private static bool Fits(ReadOnlySpan<double> curve, int length) => curve.IsEmpty || curve.Length == length;
}
