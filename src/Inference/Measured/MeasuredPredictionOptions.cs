using XanesMl.Inference.Alignment;
using XanesMl.Spectra;
using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Normalization;

namespace XanesMl.Inference.Measured;

/// <summary>How a measured spectrum is prepared for a model. The defaults need no knowledge of the spectrum.</summary>
public sealed record MeasuredPredictionOptions
{
    /// <summary>How to normalize; by default pre-edge and post-edge curves, and an input that is normalized already is left as it is.</summary>
    public NormalizationOptions Normalization { get; init; } = new();

    /// <summary>Symbol of the absorbing element where the caller knows better than the file; null: as the file or the edge says.</summary>
    public string? Element { get; init; }

    /// <summary>eV to add to the energies; null: found by alignment for measured spectra, 0 for simulated ones, whose energies are the model's own.</summary>
    public double? Shift { get; init; }

    /// <summary>How far and how finely a shift is searched for.</summary>
    public AlignmentOptions Alignment { get; init; } = new();

    /// <summary>Refuses options that no spectrum could be predicted with.</summary>
    /// <exception cref="XanesDataException">An option that cannot be used.</exception>
    public void Validate()
    {
        Normalization.Validate();
        if (Shift is { } shift && !(Math.Abs(shift) <= 1000))
            throw new XanesDataException(FormattableString.Invariant($"the shift is {shift} eV"), "option Shift", remedy: "Give the eV to add to the energies, at most 1000.");
        if (Element is not null && !KEdges.Elements.Contains(Element))
            throw new XanesDataException($"the element is '{Element}'", "option Element", remedy: (KEdges.Suggestion(Element) is { } near ? $"Did you mean {near}? " : "") + $"Known are {string.Join(" ", KEdges.Elements)}.");
    }
}
