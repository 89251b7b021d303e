using XanesMl.Spectra;
using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Normalization;

namespace XanesMl.Inference.Measured;

/// <summary>Tells errors of the caller's options from what is wrong with a spectrum: the first are errors, the second verdicts.</summary>
internal static class OptionCheck
{
    /// <summary>Refuses an edge energy that is none of the spectrum's energies.</summary>
    /// <exception cref="XanesDataException">It is not.</exception>
    public static void RequireE0(MeasuredSpectrum spectrum, NormalizationOptions options)
    {
        var energies = spectrum.Energies.Span;
        if (options.PreEdge.E0 is { } e0 && !energies.IsEmpty && !(e0 >= energies[0] && e0 <= energies[^1]))
            throw new XanesDataException(FormattableString.Invariant($"option E0: {e0} eV lies outside the scan, {energies[0]} to {energies[^1]} eV"), spectrum.Path,
                remedy: "Give the absolute edge energy in eV, or leave it out to have it found.");
    }

    /// <summary>Whether a spectrum that could not be normalized can be without the edge energy, ranges and degrees that the caller gave.</summary>
    public static bool IsAtFault(MeasuredSpectrum spectrum, NormalizationOptions options)
    {
        var defaults = new PreEdgeOptions();
        if (options.PreEdge == defaults)
            return false;
        try
        {
            SpectrumNormalizer.Normalize(spectrum, options with { PreEdge = defaults });
            return true;
        }
        catch (XanesDataException)
        {
            return false;
        }
    }
}
