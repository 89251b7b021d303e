using System.Globalization;
using XanesMl.Inference.Domain;
using XanesMl.Spectra;
using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Normalization;

namespace XanesMl.Inference.Measured;

/// <summary>Whether a spectrum reaches far enough to either side of the edge, for its normalization and for the model. Where the limits come from: docs/domain.md.</summary>
internal static class RangeCheck
{
    /// <summary>Fraction of the model's range below which an answer is an extrapolation.</summary>
    public const double CoverageForOk = 0.95;

    /// <summary>Fraction of the model's range below which there is no answer.</summary>
    public const double CoverageForAnAnswer = 0.5;

    /// <summary>eV before the edge below which the pre-edge line is a guess.</summary>
    public const double BeforeForOk = 30;

    /// <summary>eV before the edge below which there is no line.</summary>
    public const double BeforeForAnAnswer = 10;

    /// <summary>eV after the edge below which the edge step is a guess.</summary>
    public const double AfterForOk = 60;

    /// <summary>eV after the edge below which there is no edge step.</summary>
    public const double AfterForAnAnswer = 30;

    // No instrument and no simulation is off by more: further away it is another edge.
    private const double OtherEdge = 200;

    /// <summary>Judges what a normalization of ours had to work with.</summary>
    public static void Normalization(MeasuredSpectrum spectrum, NormalizationResult normalization, Findings findings)
    {
        if (normalization.Kind == NormalizationKind.None || normalization.E0 is not { } e0)
            return;
        Side("before", e0 - spectrum.Energies.Span[0], BeforeForOk, BeforeForAnAnswer, findings);
        Side("after", spectrum.Energies.Span[^1] - e0, AfterForOk, AfterForAnAnswer, findings);
    }

    /// <summary>Whether some shift brings enough of the spectrum to the model's energies, or the given one does.</summary>
    /// <param name="model">The model's grid.</param>
    /// <param name="first">First energy on the model's axis, eV.</param>
    /// <param name="last">Last energy.</param>
    /// <param name="shift">The shift where it is given.</param>
    /// <param name="findings">Gets what speaks against it.</param>
    public static bool CanAlign(EnergyGrid model, double first, double last, double? shift, Findings findings)
    {
        double away = Math.Max(model.First - last, first - model.Last) - (shift is { } s ? Math.Abs(s) : 0);
        if (away > OtherEdge)
        {
            findings.Add(Verdict.WrongElementOrEdge, string.Create(CultureInfo.InvariantCulture, $"the energies, {first:0.#} to {last:0.#} eV, are {away:0} eV away from the model's, {model.First:0.#} to {model.Last:0.#} eV"));
            return false;
        }

        double overlap = shift is { } given ? Math.Min(last + given, model.Last) - Math.Max(first + given, model.First) : Math.Min(last - first, model.Last - model.First);
        double coverage = overlap / (model.Last - model.First);
        if (coverage < CoverageForAnAnswer)
            Coverage(coverage, findings);
        return coverage >= CoverageForAnAnswer;
    }

    /// <summary>Judges the part of the model's range that was measured.</summary>
    public static void Coverage(double coverage, Findings findings)
    {
        if (coverage < CoverageForOk)
            findings.Add(coverage < CoverageForAnAnswer ? Verdict.RangeTooShort : Verdict.Extrapolating,
                string.Create(CultureInfo.InvariantCulture, $"the spectrum covers {Math.Max(0, 100 * coverage):0} % of the model's energies"));
    }

    private static void Side(string where, double width, double ok, double answer, Findings findings)
    {
        if (width < ok)
            findings.Add(width < answer ? Verdict.RangeTooShort : Verdict.Extrapolating,
                string.Create(CultureInfo.InvariantCulture, $"the spectrum reaches {Math.Max(0, width):0.#} eV {where} the edge, too little to normalize it {(width < answer ? "at all" : "well")}: {ok:0} eV are needed"));
    }
}
