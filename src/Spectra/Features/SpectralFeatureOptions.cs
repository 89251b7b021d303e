namespace XanesMl.Spectra.Features;

/// <summary>How features are looked for. Widths are in eV, not in points, so that the same spectrum on another grid has the same features.</summary>
public sealed record SpectralFeatureOptions
{
    /// <summary>Full width of the local quadratic fit, eV. 4 eV is about the natural width of a feature of a 3d K edge (core hole 1 to 1.5 eV, instrument 1 to 2 eV):
    /// wider fits round peaks off, narrower ones follow the noise. Where a grid has fewer than 5 points in it, the fit takes the 5 nearest.</summary>
    public double FitWidth { get; init; } = 4;

    /// <summary>Edge step of the spectrum: 1 for a normalized one. Half of it is the level of the edge position.</summary>
    public double EdgeStep { get; init; } = 1;

    /// <summary>The main peak is the highest maximum within this many eV above the point where the spectrum first reaches half the edge step.</summary>
    public double MainPeakWindow { get; init; } = 30;

    /// <summary>The pre-edge peak is looked for within this many eV below the steepest rise.</summary>
    public double PreEdgeWindow { get; init; } = 25;

    /// <summary>A pre-edge peak is looked for only in a spectrum that begins at least this many eV below the edge: 1s to 3d transitions of a 3d oxide lie 4 to 12 eV below the
    /// half step, and simulated spectra often begin above them.</summary>
    public double PreEdgeStart { get; init; } = 10;

    /// <summary>Smallest swing that makes a maximum, a minimum or a pre-edge peak, in units of <see cref="EdgeStep"/>; where the noise is larger, four of its standard
    /// deviations (after the fit; eight for a pre-edge peak) take its place.</summary>
    public double SmallestPeak { get; init; } = 0.005;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="XanesDataException">A value that is not finite and positive.</exception>
    public void Validate()
    {
        foreach (var (name, value) in new[]
        {
            (nameof(FitWidth), FitWidth), (nameof(EdgeStep), EdgeStep), (nameof(MainPeakWindow), MainPeakWindow), (nameof(PreEdgeWindow), PreEdgeWindow), (nameof(PreEdgeStart), PreEdgeStart), (nameof(SmallestPeak), SmallestPeak),
        })
            if (!(value > 0 && double.IsFinite(value)))
                throw new XanesDataException(FormattableString.Invariant($"{name} is {value}"), "feature options", remedy: "Give a positive number.");
    }
}
