namespace XanesMl.Spectra.Normalization;

/// <summary>Recognises a measured spectrum that is normalized already, so that it is not normalized twice.</summary>
/// <remarks>Needs points on both sides of the edge: a simulated XANES that begins at the edge cannot be told this way and must be declared.
/// How often the answer is right on measured spectra: docs/normalization.md.</remarks>
public static class NormalizedCheck
{
    private const double CurveTolerance = 0.1;
    private const double LevelTolerance = 0.05;

    /// <summary>True when the spectrum lies near 0 before the edge and near 1 after it: either the curves that were fitted to it say so
    /// (pre-edge curve within 0.1 of 0, edge step within 0.1 of 1), or its mean levels do (within 0.05; a flattened spectrum).</summary>
    /// <param name="energies">Energies in eV that <paramref name="result"/> was computed from.</param>
    /// <param name="mu">[energies.Length] absorption that <paramref name="result"/> was computed from.</param>
    /// <param name="result">Outcome of <see cref="PreEdgeNormalizer.Normalize(ReadOnlySpan{double}, ReadOnlySpan{double}, PreEdgeOptions)"/> with default ranges.</param>
    public static bool LooksNormalized(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, PreEdgeResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (energies.Length != mu.Length || result.PreEdge.Length != mu.Length)
            throw new ArgumentException($"{energies.Length} energies, {mu.Length} absorption values and a result of {result.PreEdge.Length} points do not belong together");
        bool curves = Math.Abs(result.EdgeStep - 1) <= CurveTolerance
            && Math.Abs(result.PreEdge.Span[0]) <= CurveTolerance
            && Math.Abs(result.PreEdge.Span[result.E0Index]) <= CurveTolerance;
        return curves || LevelsAreNormalized(energies, mu, result);
    }

    private static bool LevelsAreNormalized(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, PreEdgeResult result)
    {
        double below = 0, above = 0;
        int countBelow = 0, countAbove = 0;
        for (int i = 0; i < mu.Length; i++)
        {
            if (i < result.PreRange.End.Value)
                (below, countBelow) = (below + mu[i], countBelow + 1);
            else if (energies[i] >= result.E0 + result.Norm1)
                (above, countAbove) = (above + mu[i], countAbove + 1);
        }

        return countAbove > 0 && Math.Abs(below / countBelow) <= LevelTolerance && Math.Abs((above / countAbove) - 1) <= LevelTolerance;
    }
}
