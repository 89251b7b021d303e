namespace XanesMl.Spectra.Normalization;

/// <summary>How a spectrum is normalized.</summary>
public enum NormalizationKind
{
    /// <summary>Pre-edge line and post-edge polynomial, <see cref="PreEdgeNormalizer"/>.</summary>
    PreEdge,

    /// <summary>Not at all: norm is mu.</summary>
    None,

    /// <summary>To a mean of 1 over a range of energies: mu above its lowest value there, divided by its area over the range's width.</summary>
    Area,

    /// <summary>To 0 at the lowest and 1 at the highest value in a range of energies.</summary>
    MinMax,

    /// <summary>Matched to the tabulated f2 of the element, <see cref="MbackNormalizer"/>.</summary>
    Mback,
}

/// <summary>What is known of the input.</summary>
public enum InputState
{
    /// <summary>Look: an input that is declared or looks normalized is left as it is, with a warning.</summary>
    Recognize,

    /// <summary>The input is normalized: leave it as it is.</summary>
    Normalized,

    /// <summary>The input is raw, whatever it looks like or its file says: normalize it.</summary>
    Raw,
}

/// <summary>One way to normalize, with its parameters. Everything that is null is chosen, and the result says what was used.</summary>
public sealed record NormalizationOptions
{
    /// <summary>The way. Default: pre-edge and post-edge curves.</summary>
    public NormalizationKind Kind { get; init; } = NormalizationKind.PreEdge;

    /// <summary>What is known of the input. Default: look whether it is normalized already, since normalizing twice distorts without a sign of it.</summary>
    public InputState Input { get; init; } = InputState.Recognize;

    /// <summary>Fit ranges, degrees and E0; MBACK takes E0 and the ranges from here, the others E0.</summary>
    public PreEdgeOptions PreEdge { get; init; } = new();

    /// <summary>Low end of the range of <see cref="NormalizationKind.Area"/> and <see cref="NormalizationKind.MinMax"/>, eV relative to E0. Default -20, where XANES begins.</summary>
    public double RangeFirst { get; init; } = -20;

    /// <summary>High end of that range, eV relative to E0. Default 80, where XANES ends.</summary>
    public double RangeLast { get; init; } = 80;

    /// <summary>Table and background of <see cref="NormalizationKind.Mback"/>; required there.</summary>
    public MbackOptions? Mback { get; init; }

    /// <summary>Refuses options that no spectrum could be normalized with, before any is read.</summary>
    /// <exception cref="XanesDataException">An option that cannot be used.</exception>
    public void Validate()
    {
        PreEdge.Validate();
        Mback?.Validate();
        if (!double.IsFinite(RangeFirst) || !double.IsFinite(RangeLast) || RangeFirst >= RangeLast)
            throw new XanesDataException(FormattableString.Invariant($"the range is {RangeFirst} to {RangeLast} eV"), "option RangeFirst", remedy: "Give two energies relative to E0, the lower one first.");
        if (Kind == NormalizationKind.Mback && Mback is null)
            throw new XanesDataException("MBACK needs tabulated f2 of the element", "option Mback", remedy: "Give the table as a file of two columns (energy in eV, f2) or as arrays.");
    }
}

/// <summary>A normalized spectrum on the energies that went in, and what was done to it.</summary>
public sealed record NormalizationResult
{
    /// <summary>What was done: <see cref="NormalizationKind.None"/> where the input was normalized already.</summary>
    public required NormalizationKind Kind { get; init; }

    /// <summary>Whether the input was declared or recognised as normalized and therefore left as it is.</summary>
    public required bool WasNormalized { get; init; }

    /// <summary>Edge energy in eV, a measured energy; null where it cannot be found and is not needed.</summary>
    public required double? E0 { get; init; }

    /// <summary>What mu - pre-edge was divided by; 1 where nothing was done.</summary>
    public required double EdgeStep { get; init; }

    /// <summary>[n] what was subtracted from mu.</summary>
    public required ReadOnlyMemory<double> PreEdge { get; init; }

    /// <summary>[n] what became 1.</summary>
    public required ReadOnlyMemory<double> PostEdge { get; init; }

    /// <summary>[n] (mu - pre-edge) / step.</summary>
    public required ReadOnlyMemory<double> Norm { get; init; }

    /// <summary>[n] norm with the slope and curvature above the edge taken out; equal to norm for the ways that know none.</summary>
    public required ReadOnlyMemory<double> Flat { get; init; }

    /// <summary>Fit ranges, eV relative to E0; null where nothing was fitted.</summary>
    public FitLimits? Limits { get; init; }

    /// <summary>Degree of the post-edge polynomial; null where there is none.</summary>
    public int? NNorm { get; init; }

    /// <summary>Victoreen power; null where there is no pre-edge line.</summary>
    public int? NVict { get; init; }

    /// <summary>The range of area and min-max that the data cover, eV relative to E0; null for the other ways.</summary>
    public (double First, double Last)? Range { get; init; }

    /// <summary>Scale, background and matched f2; null for the other ways.</summary>
    public MbackResult? Mback { get; init; }

    /// <summary>What a careful reader would want to know.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}

/// <summary>Ranges of the two fits that were used, eV relative to E0.</summary>
/// <param name="Pre1">Low end of the pre-edge fit.</param>
/// <param name="Pre2">High end of the pre-edge fit.</param>
/// <param name="Norm1">Low end of the post-edge fit.</param>
/// <param name="Norm2">High end of the post-edge fit.</param>
public readonly record struct FitLimits(double Pre1, double Pre2, double Norm1, double Norm2);
