namespace XanesMl.Spectra.Features;

/// <summary>A maximum or minimum of the curve; all NaN where there is none.</summary>
/// <param name="Energy">Where the slope of the local fit is zero, eV.</param>
/// <param name="Intensity">Value of the local fit there, in the spectrum's units.</param>
/// <param name="Curvature">Second derivative of the local fit there, per eV^2: negative at a maximum; the sharper, the larger its size.</param>
public readonly record struct CurveExtremum(double Energy, double Intensity, double Curvature)
{
    /// <summary>There is none.</summary>
    public static CurveExtremum Missing { get; } = new(double.NaN, double.NaN, double.NaN);
}

/// <summary>The pre-edge peak above its background; all NaN where there is none.</summary>
/// <param name="Energy">Centroid, eV: integral of E (mu - B) over integral of mu - B.</param>
/// <param name="Height">Largest mu - B, in the spectrum's units.</param>
/// <param name="Area">Integral of mu - B, the spectrum's units times eV.</param>
public readonly record struct PreEdgePeak(double Energy, double Height, double Area)
{
    /// <summary>There is none.</summary>
    public static PreEdgePeak Missing { get; } = new(double.NaN, double.NaN, double.NaN);
}

/// <summary>What a spectroscopist reads off a XANES spectrum. Energies are those of the spectrum's grid, eV; a feature that is not there is NaN, never a guess.</summary>
/// <remarks>The rules are those of <see cref="SpectralFeatureExtractor"/> and docs/features.md.</remarks>
public sealed record SpectralFeatures
{
    private static readonly (string Name, string Unit, Func<SpectralFeatures, double> Value)[] s_all =
    [
        ("EdgeEnergy", "eV", f => f.EdgeEnergy), ("EdgeOffset", "eV", f => f.EdgeEnergy - f.E0),
        ("InflectionEnergy", "eV", f => f.InflectionEnergy), ("InflectionOffset", "eV", f => f.InflectionEnergy - f.E0), ("EdgeSlope", "1/eV", f => f.EdgeSlope),
        ("PreEdgeEnergy", "eV", f => f.PreEdge.Energy), ("PreEdgeOffset", "eV", f => f.PreEdge.Energy - f.E0), ("PreEdgeHeight", "", f => f.PreEdge.Height), ("PreEdgeArea", "eV", f => f.PreEdge.Area),
        .. Extremum("MainPeak", f => f.MainPeak), .. Extremum("Pit", f => f.Pit), .. Extremum("SecondPeak", f => f.SecondPeak),
    ];

    /// <summary>Names of all features in the order of <see cref="ToArray"/>; "...Offset" is relative to <see cref="E0"/>.</summary>
    public static IReadOnlyList<string> Names { get; } = Array.ConvertAll(s_all, f => f.Name);

    /// <summary>Unit of each of <see cref="Names"/>: "eV", "1/eV", "1/eV^2", or "" for multiples of the edge step.</summary>
    public static IReadOnlyList<string> Units { get; } = Array.ConvertAll(s_all, f => f.Unit);

    /// <summary>Energy that offsets are relative to, eV: the given one, else <see cref="InflectionEnergy"/>.</summary>
    public required double E0 { get; init; }

    /// <summary>Where the curve rises through half the edge step for the last time below the main peak, eV.</summary>
    public required double EdgeEnergy { get; init; }

    /// <summary>Where the main edge rises most steeply, eV.</summary>
    public required double InflectionEnergy { get; init; }

    /// <summary>Slope there, the spectrum's units per eV.</summary>
    public required double EdgeSlope { get; init; }

    /// <summary>Peak below the edge.</summary>
    public required PreEdgePeak PreEdge { get; init; }

    /// <summary>Main peak, the white line.</summary>
    public required CurveExtremum MainPeak { get; init; }

    /// <summary>First minimum above the main peak.</summary>
    public required CurveExtremum Pit { get; init; }

    /// <summary>First maximum above the pit.</summary>
    public required CurveExtremum SecondPeak { get; init; }

    /// <summary>All values in the order of <see cref="Names"/>.</summary>
    public double[] ToArray() => Array.ConvertAll(s_all, f => f.Value(this));

    private static (string, string, Func<SpectralFeatures, double>)[] Extremum(string name, Func<SpectralFeatures, CurveExtremum> of) =>
    [
        (name + "Energy", "eV", f => of(f).Energy), (name + "Offset", "eV", f => of(f).Energy - f.E0), (name + "Intensity", "", f => of(f).Intensity), (name + "Curvature", "1/eV^2", f => of(f).Curvature),
    ];
}
