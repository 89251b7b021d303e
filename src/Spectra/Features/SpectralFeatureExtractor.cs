namespace XanesMl.Spectra.Features;

/// <summary>Extracts the features of normalized spectra that share one energy grid. Safe for use from several threads at once.</summary>
/// <remarks>
/// Everything is read off the local quadratic fit s(E) = a(E) with its slope b(E) and curvature 2 c(E) (<see cref="SpectralFeatureOptions.FitWidth"/>). Maxima, pits and
/// curvatures as descriptors of XANES follow Carbone et al., Phys. Rev. Mater. 3, 033604 (2019), and the RankAAE paper (Phys. Rev. Mater. 7, 053802 (2023)).
/// <list type="bullet">
/// <item>A maximum or minimum counts where the curve swings by at least d on both sides, d = max(SmallestPeak EdgeStep, 4 sigma), sigma the noise of s: 1.4826 times the
/// median absolute deviation of mu - s times the norm of the fit's coefficients. Its energy is where b is zero (Newton's steps E - b / 2c, at most half a grid step away).
/// The ends of the grid are neither.</item>
/// <item>Main peak: the highest maximum from the first point above half the edge step on, within MainPeakWindow. Pit: the first minimum above it. Second peak: the first maximum above the pit.</item>
/// <item>Edge: the last rise through half the edge step below the main peak (the first of all where there is no main peak), linear between two points.</item>
/// <item>Inflection: the largest slope from the lowest point after the last maximum below the edge up to the main peak, by the parabola through three points of b(E).
/// So a pre-edge peak, which may rise more steeply, is left out.</item>
/// <item>Pre-edge peak: the background B is the lower convex hull of s from PreEdgeWindow below the inflection up to it. The tail of an edge, Lorentzian or arctangent, is
/// convex, so that B is the tail itself where there is no peak and a straight line from foot to foot below one. The peak is the highest s - B whose apex lies below the edge. It
/// must reach max(SmallestPeak EdgeStep, 8 sigma), since a hull runs through the lowest points of the noise. Its left foot must lie FitWidth or more above the first point of the spectrum, and that point PreEdgeStart or more below the edge,
/// else its background is not known: what looks like a peak is then a shoulder of the edge. xraylarch's prepeaks fit a Lorentzian and a line instead: closer to the tail where the fit succeeds, in need of two windows chosen by hand. The straight line lies above a convex tail, so that heights are lower
/// bounds.</item>
/// </list>
/// </remarks>
public sealed class SpectralFeatureExtractor
{
    private const int FewestPoints = 8;

    private readonly LocalQuadratic _fit;

    /// <summary>Prepares for a grid.</summary>
    /// <param name="grid">Energies in eV, absolute or relative to an edge, at least 8.</param>
    /// <param name="options">How to look; null for the defaults.</param>
    /// <exception cref="XanesDataException">Fewer than 8 points, or an option that is not positive.</exception>
    public SpectralFeatureExtractor(EnergyGrid grid, SpectralFeatureOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(grid);
        Options = options ?? new SpectralFeatureOptions();
        Options.Validate();
        if (grid.Count < FewestPoints)
            throw new XanesDataException($"features need at least {FewestPoints} points, got {grid.Count}", remedy: "Give the spectrum on a finer grid.");
        Grid = grid;
        _fit = new LocalQuadratic(grid, Options.FitWidth);
    }

    /// <summary>The grid of the spectra.</summary>
    public EnergyGrid Grid { get; }

    /// <summary>How features are looked for.</summary>
    public SpectralFeatureOptions Options { get; }

    /// <summary>Extracts the features of one spectrum.</summary>
    /// <param name="mu">[grid.Count] normalized absorption, about <see cref="SpectralFeatureOptions.EdgeStep"/> far above the edge; all finite.</param>
    /// <param name="e0">Energy that offsets are relative to, in the grid's numbers; null: the inflection.</param>
    /// <exception cref="XanesDataException">Another number of values than the grid has, or one that is not finite.</exception>
    public SpectralFeatures Extract(ReadOnlySpan<double> mu, double? e0 = null)
    {
        Check(mu);
        var curve = new SmoothedCurve(Grid, _fit, mu, Options);
        double half = Options.EdgeStep / 2;
        int first = curve.FirstRise(half, 0, curve.Count - 1);
        int main = first < 0 ? -1 : curve.HighestMaximum(first, Options.MainPeakWindow);
        int rise = main < 0 ? first : curve.LastRise(half, 0, main);
        double edge = rise < 0 ? double.NaN : curve.Crossing(half, rise);
        var (inflection, slope) = rise < 0 ? (double.NaN, double.NaN) : curve.Steepest(rise, main < 0 ? curve.LastWithin(edge + Options.MainPeakWindow) : main);
        var (pit, second) = main < 0 ? (-1, -1) : curve.After(main);
        return new SpectralFeatures
        {
            E0 = e0 ?? inflection,
            EdgeEnergy = edge,
            InflectionEnergy = inflection,
            EdgeSlope = slope,
            PreEdge = double.IsNaN(inflection) ? PreEdgePeak.Missing : PreEdgeSearch.Find(Grid.Energies, curve.Values, inflection, edge, curve.SmallestPreEdge, Options),
            MainPeak = curve.Extremum(main, mu),
            Pit = curve.Extremum(pit, mu),
            SecondPeak = curve.Extremum(second, mu),
        };
    }

    /// <summary>The same for float32.</summary>
    /// <inheritdoc cref="Extract(ReadOnlySpan{double}, double?)"/>
    public SpectralFeatures Extract(ReadOnlySpan<float> mu, double? e0 = null)
    {
        var wide = new double[mu.Length];
        for (int i = 0; i < wide.Length; i++)
            wide[i] = mu[i];
        return Extract(wide, e0);
    }

    private void Check(ReadOnlySpan<double> mu)
    {
        if (mu.Length != Grid.Count)
            throw new XanesDataException($"{mu.Length} absorption values come with {Grid.Count} energies", remedy: "Give one value for each energy.");
        for (int i = 0; i < mu.Length; i++)
            if (!double.IsFinite(mu[i]))
                throw new XanesDataException(FormattableString.Invariant($"absorption is {mu[i]} at {Grid[i]:0.###} eV"), remedy: "Remove the point or repair the value.");
    }
}
