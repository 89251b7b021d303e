namespace XanesMl.Spectra.Normalization;

/// <summary>Pre-edge subtraction and normalization of a measured spectrum, as xraylarch's pre_edge does it.</summary>
/// <remarks>Pre-edge: least-squares line a + bE through mu E^nvict; post-edge: polynomial through mu - pre; step = their distance at E0;
/// norm = (mu - pre)/step; flat = norm - r + r(E0) from E0 on, with r = (post - pre)/step. Numbers: docs/normalization.md.
/// For many spectra use <see cref="PreEdgeKernel"/>, which does the same without allocating.</remarks>
public static class PreEdgeNormalizer
{
    /// <summary>Normalizes one spectrum.</summary>
    /// <param name="energies">Energies in eV, strictly increasing: at least 14 where E0 is to be found, 5 where it is given.</param>
    /// <param name="mu">[energies.Length] absorption with any offset, slope and scale, not normalized before.</param>
    /// <param name="options">Ranges and degrees; null means xraylarch's choice of all.</param>
    /// <exception cref="XanesDataException">Data or options that cannot be used, an E0 outside the data, or a range with too few points.</exception>
    public static PreEdgeResult Normalize(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, PreEdgeOptions? options = null) =>
        Normalize(energies, mu, options ?? new PreEdgeOptions(), new NormalizationWorkspace());

    /// <inheritdoc cref="Normalize(ReadOnlySpan{double}, ReadOnlySpan{double}, PreEdgeOptions?)"/>
    /// <param name="energies">Energies in eV, strictly increasing: at least 14 where E0 is to be found, 5 where it is given.</param>
    /// <param name="mu">[energies.Length] absorption with any offset, slope and scale, not normalized before.</param>
    /// <param name="options">Ranges and degrees.</param>
    /// <param name="workspace">Memory, reused from spectrum to spectrum by one thread; the result's curves are its own.</param>
    public static PreEdgeResult Normalize(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, PreEdgeOptions options, NormalizationWorkspace workspace)
    {
        int n = mu.Length;
        double[] pre = new double[n], post = new double[n], norm = new double[n], flat = new double[n];
        var line = new double[2];
        var polynomial = new double[PreEdgeKernel.MostCoefficients];
        var p = PreEdgeKernel.Normalize(energies, mu, options, workspace, new PreEdgeCurves
        {
            PreEdge = pre, PostEdge = post, Norm = norm, Flat = flat, PreCoefficients = line, PostCoefficients = polynomial,
        });
        return new PreEdgeResult
        {
            Parameters = p, PreCoefficients = line, PostCoefficients = polynomial[..(p.NNorm + 1)], PreEdge = pre, PostEdge = post, Norm = norm, Flat = flat,
        };
    }
}
