using System.Globalization;
using XanesMl.Inference.Alignment;
using XanesMl.Inference.Models;
using XanesMl.Spectra;
using XanesMl.Spectra.Measured;

namespace XanesMl.Inference.Measured;

/// <summary>Whether a spectrum is of an element and edge that a model knows, by what the file says, what the caller says, and where the edge lies.</summary>
internal static class SpectrumIdentityCheck
{
    /// <summary>How far below the tabulated edge a spectrum may rise through half its step, eV: what energy scales of instruments are wrong by. Where a measured edge rises: docs/domain.md.</summary>
    public const double EdgeBelow = 10;

    /// <summary>How far above it, eV: the same, beyond the 17 eV of the highest oxidation states.</summary>
    public const double EdgeAbove = 27;

    /// <summary>What is wrong with the spectrum's element or edge; null where nothing is.</summary>
    /// <param name="model">The model.</param>
    /// <param name="spectrum">What the file says.</param>
    /// <param name="identity">What file and edge say together; its element is null where neither does.</param>
    /// <param name="declared">Element that the caller says, who knows better than the file; or null.</param>
    public static string? Problem(ModelMetadata model, MeasuredSpectrum spectrum, ElementIdentity identity, string? declared)
    {
        string known = string.Join(", ", model.Elements);
        if (declared is null)
        {
            if (spectrum.Edge is { } edge && !string.Equals(edge, model.Edge, StringComparison.OrdinalIgnoreCase))
                return $"the spectrum is of the {edge} edge{(identity.Element is null ? "" : " of " + identity.Element)}, the model of the {model.Edge} edge of {known}";
            if (identity.Warning is { } contradiction)
                return contradiction;
        }

        string? element = declared ?? identity.Element;
        if (element is not null)
            return model.Elements.Contains(element) ? null : $"the spectrum is of {element}, the model was trained on {known}";
        if (identity.E0 is { } e0)
            return string.Create(CultureInfo.InvariantCulture, $"nobody says the element, and the steepest rise, at {e0:0.0} eV, is no edge of {known}");
        return model.EnergyAxis == EnergyAxis.RelativeToEdge ? $"nobody says the element, and the model needs it: it knows {known}" : null;
    }

    /// <summary>Whether the edge lies where an instrument may put the element's edge; a sentence where it does not.</summary>
    /// <param name="element">The element; null or one without a tabulated edge is not judged.</param>
    /// <param name="energies">Photon energies, eV.</param>
    /// <param name="norm">Normalized absorption.</param>
    public static string? EdgeProblem(string? element, ReadOnlySpan<double> energies, ReadOnlySpan<double> norm)
    {
        if (element is null || !KEdges.Elements.Contains(element) || ModelAligner.HalfHeight(energies, norm) is not { } edge)
            return null;
        double off = edge - KEdges.Energy(element);
        return off is >= -EdgeBelow and <= EdgeAbove ? null : string.Create(CultureInfo.InvariantCulture,
            $"the edge rises at {edge:0.0} eV, {Math.Abs(off):0} eV {(off < 0 ? "below" : "above")} the K edge of {element} ({KEdges.Energy(element):0} eV): further than energy scales are wrong");
    }
}
