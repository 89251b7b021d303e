using XanesMl.Inference.Alignment;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;

namespace XanesMl.Inference.Measured;

/// <summary>A normalized spectrum as a model sees it, and what only the spectrum beside the model's grid can tell.</summary>
/// <param name="Input">[points] on the model's grid, end values held outside its range.</param>
/// <param name="Shift">eV that were added to the energies.</param>
/// <param name="Coverage">Fraction of the model's energy range that it covers.</param>
/// <param name="Alignment">How the shift was found; null where it was given.</param>
/// <param name="Correlation">With the most similar spectrum that the decoder can draw; NaN where nobody asked.</param>
/// <param name="EarlyAbsorption">Largest normalized absorption (mean of three points) within 30 eV before the model's first energy; 0 where nothing was measured there.</param>
internal sealed record PreparedSpectrum(float[] Input, double Shift, double Coverage, AlignmentResult? Alignment, double Correlation, double EarlyAbsorption)
{
    private const double Early = 30;
    private const int EarlyPoints = 3; // one point may be a glitch

    /// <summary>Aligns where no shift is given, and puts the spectrum on the model's grid.</summary>
    /// <param name="model">The model.</param>
    /// <param name="energies">Photon energies, eV.</param>
    /// <param name="norm">Normalized absorption.</param>
    /// <param name="element">For the reference of a model with relative energies.</param>
    /// <param name="shift">eV to add; null to find it.</param>
    /// <param name="judged">Whether the correlation is wanted at a given shift.</param>
    /// <param name="options">Of the alignment.</param>
    /// <exception cref="XanesDataException">Energies that hardly overlap the model's, or data that cannot be used.</exception>
    public static PreparedSpectrum Of(SpectrumModel model, ReadOnlySpan<double> energies, ReadOnlySpan<double> norm, string? element, double? shift, bool judged, AlignmentOptions options)
    {
        var spectrum = new ShiftedSpectrum(new EnergyGrid(energies).Shift(-ModelAligner.Reference(model, element)), norm);
        var alignment = shift is null ? ModelAligner.Align(model, spectrum, norm, options) : null;
        double used = shift ?? alignment!.Shift;
        double correlation = alignment?.CorrelationAfter ?? (judged ? ModelAligner.CorrelationAt(model, spectrum, used) : double.NaN);
        var values = new double[model.Grid.Count];
        spectrum.Values(model.Grid.Energies, used, values);
        return new PreparedSpectrum(Array.ConvertAll(values, v => (float)v), used, spectrum.Coverage(model.Grid, used), alignment, correlation,
            Before(spectrum.Grid.Energies, norm, model.Grid.First - used));
    }

    private static double Before(ReadOnlySpan<double> energies, ReadOnlySpan<double> norm, double first)
    {
        double largest = 0;
        for (int i = EarlyPoints - 1; i < energies.Length && energies[i] < first; i++)
            if (energies[i - EarlyPoints + 1] >= first - Early)
                largest = Math.Max(largest, (norm[i] + norm[i - 1] + norm[i - 2]) / EarlyPoints);
        return largest;
    }
}
