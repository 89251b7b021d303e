namespace XanesMl.Spectra.Normalization;

/// <summary>Ranges and degrees of the normalization. Everything that is null is chosen as xraylarch chooses it; the result says what was used.
/// Energies are in eV relative to E0.</summary>
public sealed record PreEdgeOptions
{
    /// <summary>Absolute edge energy in eV; the nearest measured energy is used. Null: <see cref="E0Finder"/>.</summary>
    public double? E0 { get; init; }

    /// <summary>Edge step to divide by. Null: post-edge minus pre-edge curve at E0.</summary>
    public double? EdgeStep { get; init; }

    /// <summary>Low end of the pre-edge fit. Null: the second point's energy rounded to 5 eV (2 eV where E0 is among the first 21 points); never before the data.</summary>
    public double? Pre1 { get; init; }

    /// <summary>High end of the pre-edge fit. Null: half of <see cref="Pre1"/>.</summary>
    public double? Pre2 { get; init; }

    /// <summary>Low end of the post-edge fit. Null: a third of norm2 rounded to 5 eV, at most 25; always 10 eV or more below norm2.</summary>
    public double? Norm1 { get; init; }

    /// <summary>High end of the post-edge fit. Null: the last energy rounded to 5 eV; never past the data. Negative: the last energy.</summary>
    public double? Norm2 { get; init; }

    /// <summary>Degree of the post-edge polynomial, 0 to 5. Null: 2, or 1 where norm2 - norm1 is below 300 eV, or 0 where it is below 30 eV.</summary>
    public int? NNorm { get; init; }

    /// <summary>Power of E that mu is multiplied by for the pre-edge line, 0 to 4 (Victoreen: 3 or 4). Default 0, a plain line.</summary>
    public int NVict { get; init; }

    internal const int HighestDegree = 5;
    internal const int HighestVictoreen = 4;

    internal void Validate()
    {
        Check(E0, nameof(E0), "Give an energy in eV.");
        Check(Pre1, nameof(Pre1), "Give an energy in eV relative to E0.");
        Check(Pre2, nameof(Pre2), "Give an energy in eV relative to E0.");
        Check(Norm1, nameof(Norm1), "Give an energy in eV relative to E0.");
        Check(Norm2, nameof(Norm2), "Give an energy in eV relative to E0.");
        Check(EdgeStep, nameof(EdgeStep), "Give a number above 0.");
        if (EdgeStep is <= 0)
            throw new XanesDataException(FormattableString.Invariant($"the edge step is {EdgeStep}"), "option EdgeStep", remedy: "Give a number above 0.");
        if (NNorm is < 0 or > HighestDegree)
            throw new XanesDataException($"the degree of the post-edge polynomial is {NNorm}", "option NNorm", remedy: $"Give 0 to {HighestDegree}.");
        if (NVict is < 0 or > HighestVictoreen)
            throw new XanesDataException($"the Victoreen power is {NVict}", "option NVict", remedy: $"Give 0 to {HighestVictoreen}.");
    }

    private static void Check(double? value, string name, string remedy)
    {
        if (value is { } v && !double.IsFinite(v))
            throw new XanesDataException(FormattableString.Invariant($"the value is {v}"), "option " + name, remedy: remedy);
    }
}

/// <summary>A normalized spectrum with every intermediate, on the energies that went in.</summary>
public sealed record PreEdgeResult
{
    /// <summary>What was used and found.</summary>
    public required PreEdgeParameters Parameters { get; init; }

    /// <inheritdoc cref="PreEdgeParameters.E0"/>
    public double E0 => Parameters.E0;

    /// <inheritdoc cref="PreEdgeParameters.E0Index"/>
    public int E0Index => Parameters.E0Index;

    /// <inheritdoc cref="PreEdgeParameters.EdgeStep"/>
    public double EdgeStep => Parameters.EdgeStep;

    /// <inheritdoc cref="PreEdgeParameters.Pre1"/>
    public double Pre1 => Parameters.Pre1;

    /// <inheritdoc cref="PreEdgeParameters.Pre2"/>
    public double Pre2 => Parameters.Pre2;

    /// <inheritdoc cref="PreEdgeParameters.Norm1"/>
    public double Norm1 => Parameters.Norm1;

    /// <inheritdoc cref="PreEdgeParameters.Norm2"/>
    public double Norm2 => Parameters.Norm2;

    /// <inheritdoc cref="PreEdgeParameters.NNorm"/>
    public int NNorm => Parameters.NNorm;

    /// <inheritdoc cref="PreEdgeParameters.NVict"/>
    public int NVict => Parameters.NVict;

    /// <inheritdoc cref="PreEdgeParameters.PreRange"/>
    public Range PreRange => Parameters.PreRange;

    /// <inheritdoc cref="PreEdgeParameters.PostRange"/>
    public Range PostRange => Parameters.PostRange;

    /// <summary>a and b of the pre-edge curve (a + bE) E^-nvict.</summary>
    public required IReadOnlyList<double> PreCoefficients { get; init; }

    /// <summary>Coefficients of post-edge minus pre-edge curve in powers of E, constant first.</summary>
    public required IReadOnlyList<double> PostCoefficients { get; init; }

    /// <summary>Pre-edge curve at every energy.</summary>
    public required ReadOnlyMemory<double> PreEdge { get; init; }

    /// <summary>Post-edge curve at every energy.</summary>
    public required ReadOnlyMemory<double> PostEdge { get; init; }

    /// <summary>(mu - pre) / step.</summary>
    public required ReadOnlyMemory<double> Norm { get; init; }

    /// <summary>Norm with the post-edge curve's slope and curvature taken out from E0 on.</summary>
    public required ReadOnlyMemory<double> Flat { get; init; }
}
