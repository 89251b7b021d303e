using XanesMl.Spectra;
using XanesMl.Spectra.Normalization;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Measured;

/// <summary>Which curve of a normalization goes on to the model.</summary>
public enum NormalizedCurve
{
    /// <summary>norm with the slope and curvature above the edge taken out: 1 far above it, as simulated spectra have it.</summary>
    Flat,

    /// <summary>(mu - pre-edge) / edge step.</summary>
    Norm,
}

/// <summary>Columns and behaviour of Normalize. An output that is null is left out.</summary>
public sealed record NormalizeOptions
{
    /// <summary>Input: photon energies, eV, strictly increasing; Vector of Double or Single.</summary>
    public string Energy { get; init; } = Defaults.EnergyColumn;

    /// <summary>Input: absorption; Vector of Double or Single, as long as the energies.</summary>
    public string Mu { get; init; } = Defaults.MuColumn;

    /// <summary>Input: Text, a <see cref="Spectra.Measured.SignalKind"/> as ReadSpectrum writes it: what is normalized or simulated already is left as it is.
    /// Null: nothing is known, and an input that looks normalized is recognised by its levels (<see cref="NormalizationOptions.Input"/>).</summary>
    public string? Signal { get; init; } = Defaults.SignalColumn;

    /// <summary>Output: the normalized spectrum, Vector&lt;Single&gt;, as long as mu.</summary>
    public string Spectrum { get; init; } = Defaults.SpectrumColumn;

    /// <summary>What <see cref="Spectrum"/> holds.</summary>
    public NormalizedCurve Curve { get; init; } = NormalizedCurve.Flat;

    /// <summary>Output: (mu - pre-edge) / edge step in full precision, Vector&lt;Double&gt;.</summary>
    public string? Norm { get; init; } = Defaults.NormColumn;

    /// <summary>Output: the flattened curve in full precision, Vector&lt;Double&gt;: what AlignToModel wants.</summary>
    public string? Flat { get; init; } = Defaults.FlatColumn;

    /// <summary>Output: what was subtracted from mu, Vector&lt;Double&gt;.</summary>
    public string? PreEdge { get; init; } = Defaults.PreEdgeColumn;

    /// <summary>Output: what became 1, Vector&lt;Double&gt;.</summary>
    public string? PostEdge { get; init; } = Defaults.PostEdgeColumn;

    /// <summary>Output: edge energy, eV, Double; NaN where it is not known and not needed.</summary>
    public string? E0 { get; init; } = Defaults.E0Column;

    /// <summary>Output: what mu - pre-edge was divided by, Double; 1 where nothing was done.</summary>
    public string? EdgeStep { get; init; } = Defaults.EdgeStepColumn;

    /// <summary>Output: Text, joined by "; ".</summary>
    public string? Warnings { get; init; } = Defaults.NormalizationWarningsColumn;

    /// <summary>Output of <see cref="UnusableRow.Report"/>: Text, why the row has no spectrum. Where the input has a text column of this name, as ReadSpectrum makes one,
    /// what that says comes first.</summary>
    public string Error { get; init; } = Defaults.ErrorColumn;

    /// <summary>The way to normalize, ranges, degrees, E0, and what is known of the input.</summary>
    public NormalizationOptions Normalization { get; init; } = new();

    /// <summary>What happens to a row that cannot be normalized.</summary>
    public UnusableRow OnError { get; init; } = UnusableRow.Throw;

    internal NormalizeOptions Checked()
    {
        Normalization.Validate();
        Outputs.RequireDistinct([Spectrum, Norm, Flat, PreEdge, PostEdge, E0, EdgeStep, Warnings, OnError == UnusableRow.Report ? Columns.Named(Error, nameof(Error)) : null]);
        return this;
    }

    internal void Write(BinaryWriter w)
    {
        w.Write(Energy);
        w.Write(Mu);
        w.WriteOptional(Signal);
        w.Write(Spectrum);
        w.Write((int)Curve);
        foreach (string? column in new[] { Norm, Flat, PreEdge, PostEdge, E0, EdgeStep, Warnings })
            w.WriteOptional(column);
        w.Write(Error);
        w.Write((int)OnError);
        NormalizationState.Write(w, Normalization);
    }

    internal static NormalizeOptions Read(StateReader r) => new()
    {
        Energy = r.Name(), Mu = r.Name(), Signal = r.OptionalName(), Spectrum = r.Name(), Curve = r.Enum<NormalizedCurve>(), Norm = r.OptionalName(), Flat = r.OptionalName(), PreEdge = r.OptionalName(), PostEdge = r.OptionalName(),
        E0 = r.OptionalName(), EdgeStep = r.OptionalName(), Warnings = r.OptionalName(), Error = r.Name(), OnError = r.Enum<UnusableRow>(), Normalization = NormalizationState.Read(r),
    };
}

/// <summary>Normalization options in a saved pipeline: all of them, MBACK's table included.</summary>
internal static class NormalizationState
{
    private const int MostTablePoints = 1_000_000;

    public static void Write(BinaryWriter w, NormalizationOptions o)
    {
        w.Write((int)o.Kind);
        w.Write((int)o.Input);
        var p = o.PreEdge;
        foreach (double? value in new[] { p.E0, p.EdgeStep, p.Pre1, p.Pre2, p.Norm1, p.Norm2 })
            w.WriteOptional(value);
        w.WriteOptional(p.NNorm);
        w.Write(p.NVict);
        w.Write(o.RangeFirst);
        w.Write(o.RangeLast);
        w.Write(o.Mback is not null);
        if (o.Mback is not { } m)
            return;
        w.Write(m.Energies.Length);
        foreach (double e in m.Energies.Span)
            w.Write(e);
        foreach (double f in m.F2.Span)
            w.Write(f);
        w.Write(m.Order);
        w.WriteOptional(m.EmissionEnergy);
        w.WriteOptional(m.ErfcWidth);
    }

    public static NormalizationOptions Read(StateReader r)
    {
        var kind = r.Enum<NormalizationKind>();
        var input = r.Enum<InputState>();
        var preEdge = new PreEdgeOptions
        {
            E0 = r.OptionalDouble(), EdgeStep = r.OptionalDouble(), Pre1 = r.OptionalDouble(), Pre2 = r.OptionalDouble(), Norm1 = r.OptionalDouble(), Norm2 = r.OptionalDouble(),
            NNorm = r.OptionalInt(0, 100), NVict = r.Int(0, 100),
        };
        return new NormalizationOptions { Kind = kind, Input = input, PreEdge = preEdge, RangeFirst = r.Double(), RangeLast = r.Double(), Mback = r.Bool() ? ReadMback(r) : null };
    }

    private static MbackOptions ReadMback(StateReader r)
    {
        int n = r.Int(1, MostTablePoints);
        double[] energies = new double[n], f2 = new double[n];
        for (int i = 0; i < n; i++)
            energies[i] = r.Double();
        for (int i = 0; i < n; i++)
            f2[i] = r.Double();
        return new MbackOptions(energies, f2) { Order = r.Int(0, MbackOptions.HighestOrder), EmissionEnergy = r.OptionalDouble(), ErfcWidth = r.OptionalDouble() };
    }
}
