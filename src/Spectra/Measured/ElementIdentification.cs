using System.Globalization;
using XanesMl.Spectra.Normalization;

namespace XanesMl.Spectra.Measured;

/// <summary>Where the element of a spectrum is known from.</summary>
public enum ElementOrigin
{
    /// <summary>It is not known.</summary>
    Unknown,

    /// <summary>The file says it.</summary>
    File,

    /// <summary>The energy of the edge says it.</summary>
    EdgeEnergy,
}

/// <summary>Which element and edge a spectrum belongs to.</summary>
/// <param name="Element">Symbol, or null where neither the file nor the edge says it.</param>
/// <param name="Edge">Absorption edge, or null.</param>
/// <param name="Origin">Who says it.</param>
/// <param name="E0">Energy of the steepest rise, eV; null where it cannot be found.</param>
/// <param name="Warning">What does not fit together, naming both sides; null where all fits.</param>
public sealed record ElementIdentity(string? Element, string? Edge, ElementOrigin Origin, double? E0, string? Warning);

/// <summary>Tells the element and edge of a measured spectrum: from what the file says, else from E0 against the K edges of <see cref="KEdges"/>.</summary>
/// <remarks>L edges of heavier elements lie close to K edges of the table (La L3 5483 eV to V, Pr L3 5964 eV to Cr, Er L3 8358 eV to Ni, Yb L3 8944 eV to Cu;
/// X-ray Data Booklet, Table 1-1): without metadata they are taken for those.</remarks>
public static class ElementIdentification
{
    /// <summary>How far below the tabulated edge E0 may lie, eV: an error of the energy scale.</summary>
    public const double Below = 30;

    /// <summary>How far above it, eV: E0 of the highest oxidation states lies up to 20 eV above the metal's, and the scale may be wrong too.</summary>
    public const double Above = 40;

    private const string Symbols =
        " H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe" +
        " Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf ";

    /// <summary>The element whose K edge lies at E0 (from <see cref="Below"/> below to <see cref="Above"/> above), or null.</summary>
    /// <param name="e0">Energy of the edge, eV.</param>
    public static string? FromE0(double e0)
    {
        foreach (string element in KEdges.Elements)
        {
            double d = e0 - KEdges.Energy(element);
            if (d >= -Below && d <= Above)
                return element;
        }

        return null;
    }

    /// <summary>Identifies a spectrum; finds E0 with <see cref="E0Finder"/>.</summary>
    public static ElementIdentity Identify(MeasuredSpectrum spectrum)
    {
        ArgumentNullException.ThrowIfNull(spectrum);
        double? e0 = null;
        try
        {
            e0 = spectrum.Energies.Span[E0Finder.Find(spectrum.Energies.Span, spectrum.Mu.Span)];
        }
        catch (XanesDataException)
        {
            // Too short for an edge: what the file says is all there is.
        }

        return Identify(spectrum, e0);
    }

    /// <summary>Identifies a spectrum whose E0 is known.</summary>
    /// <param name="spectrum">What the file says.</param>
    /// <param name="e0">E0 in eV; null where it is not known.</param>
    public static ElementIdentity Identify(MeasuredSpectrum spectrum, double? e0)
    {
        ArgumentNullException.ThrowIfNull(spectrum);
        string? byEdge = e0 is { } value ? FromE0(value) : null;
        if (spectrum.Element is not { } stated)
        {
            return byEdge is not null && (spectrum.Edge ?? "K") == "K"
                ? new ElementIdentity(byEdge, "K", ElementOrigin.EdgeEnergy, e0, null)
                : new ElementIdentity(null, spectrum.Edge, ElementOrigin.Unknown, e0, null);
        }

        return new ElementIdentity(stated, spectrum.Edge, ElementOrigin.File, e0, Disagreement(stated, spectrum.Edge, e0, byEdge));
    }

    /// <summary>True for the symbol of an element, H to Cf.</summary>
    internal static bool IsElement(string symbol) => Symbols.Contains(" " + symbol + " ", StringComparison.Ordinal);

    private static string? Disagreement(string stated, string? edge, double? e0, string? byEdge)
    {
        if (e0 is not { } at || edge is not (null or "K") || byEdge == stated)
            return null;
        bool known = KEdges.Elements.Contains(stated);
        if (!known && (byEdge is null || edge is null))
            return null; // an edge that the table does not have, or most likely an L edge
        string found = byEdge is null ? "where no K edge of Ca to Ge lies" : string.Create(CultureInfo.InvariantCulture, $"the K edge of {byEdge} ({KEdges.Energy(byEdge):0} eV)");
        string expected = known ? string.Create(CultureInfo.InvariantCulture, $" ({KEdges.Energy(stated):0} eV)") : "";
        return string.Create(CultureInfo.InvariantCulture, $"the file says {stated}{expected}, but the steepest rise is at {at:0.0} eV, {found}");
    }
}
