using XanesMl.Spectra;

namespace XanesMl.Inference.Alignment;

/// <summary>How far and how finely a shift is searched for.</summary>
public sealed record AlignmentOptions
{
    /// <summary>Largest distance from the shift that the edges suggest, eV. Default 10: simulations and beamlines disagree by a few eV.</summary>
    public double Reach { get; init; } = 10;

    /// <summary>Step of the first search, eV. Default 1.</summary>
    public double CoarseStep { get; init; } = 1;

    /// <summary>How many of the best places of the first search are refined. Default 8. With 16, and steps of 0.5 eV, measured spectra correlate a little better with what the decoder
    /// draws, at three times the time; known shifts come back no better (docs/normalization.md).</summary>
    public int Starts { get; init; } = 8;

    /// <summary>With more starts than this the result is tried again from either side.</summary>
    internal const int MostWithoutShake = 8;

    internal void Validate()
    {
        if (!(Reach is > 0 and <= 100) || !(CoarseStep >= 0.01) || CoarseStep > Reach || Starts is < 1 or > 100)
            throw new XanesDataException(FormattableString.Invariant($"reach {Reach} eV, step {CoarseStep} eV, {Starts} starts"), "option alignment",
                remedy: "Give a reach of at most 100 eV, a step from 0.01 eV to the reach, and 1 to 100 starts.");
    }
}

/// <summary>The shift that puts a spectrum on a model's energy reference, and how it was found.</summary>
public sealed record AlignmentResult
{
    /// <summary>eV to add to the spectrum's energies.</summary>
    public required double Shift { get; init; }

    /// <summary>eV that bring the edges of the spectrum and of the model's mean spectrum together, where each first reaches half its step: the middle of the search.
    /// 0 where either has no such place.</summary>
    public required double EdgeShift { get; init; }

    /// <summary>Pearson's correlation of the spectrum and the most similar spectrum that the model's decoder can draw, without any shift;
    /// NaN where less than half of the model's energies are covered then.</summary>
    public required double CorrelationBefore { get; init; }

    /// <summary>The same at <see cref="Shift"/>.</summary>
    public required double CorrelationAfter { get; init; }

    /// <summary>Whether the best shift lies at an end of the search, so that a better one may lie outside.</summary>
    public required bool AtLimit { get; init; }

    /// <summary>[styles] of the spectrum that the decoder draws most like the shifted one.</summary>
    public required IReadOnlyList<double> Styles { get; init; }

    /// <summary>Fraction of the model's energy range that the shifted spectrum covers.</summary>
    public required double Coverage { get; init; }

    /// <summary>What a careful reader would want to know; empty when all is well.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}
