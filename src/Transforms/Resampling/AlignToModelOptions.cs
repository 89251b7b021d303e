using XanesMl.Inference.Alignment;
using XanesMl.Transforms.Measured;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Resampling;

/// <summary>Columns and behaviour of AlignToModel. An output that is null is left out.</summary>
public sealed record AlignToModelOptions
{
    /// <summary>Input: photon energies, eV, strictly increasing; Vector of Double or Single.</summary>
    public string Energy { get; init; } = Defaults.EnergyColumn;

    /// <summary>Input: flattened (or normalized) absorption; Vector of Double or Single, as long as the energies.</summary>
    public string Spectrum { get; init; } = Defaults.FlatColumn;

    /// <summary>Input: Text, the element's symbol; empty where it is not known, which only a model with absolute energies takes. Null: never known.</summary>
    public string? Element { get; init; } = Defaults.ElementColumn;

    /// <summary>Output: energies plus shift, eV, Vector&lt;Double&gt;. May replace the input's column.</summary>
    public string ShiftedEnergy { get; init; } = Defaults.ShiftedEnergyColumn;

    /// <summary>Output: the shift, eV, Double; NaN for a row without spectrum. Not to be left out: a shift is never silent.</summary>
    public string Shift { get; init; } = Defaults.ShiftColumn;

    /// <summary>Output: correlation of the shifted spectrum with the most similar one that the decoder draws, Double.</summary>
    public string? Correlation { get; init; } = Defaults.ShiftCorrelationColumn;

    /// <summary>Output: Text, joined by "; ".</summary>
    public string? Warnings { get; init; } = Defaults.ShiftWarningsColumn;

    /// <summary>Output of <see cref="UnusableRow.Report"/>: Text, why the row has no shift. Where the input has a text column of this name, what that says comes first.</summary>
    public string Error { get; init; } = Defaults.ErrorColumn;

    /// <summary>How far and how finely to search.</summary>
    public AlignmentOptions Search { get; init; } = new();

    /// <summary>What happens to a row that cannot be aligned.</summary>
    public UnusableRow OnError { get; init; } = UnusableRow.Throw;

    internal AlignToModelOptions Checked()
    {
        Outputs.RequireDistinct([Columns.Named(ShiftedEnergy, nameof(ShiftedEnergy)), Columns.Named(Shift, nameof(Shift)), Correlation, Warnings, OnError == UnusableRow.Report ? Columns.Named(Error, nameof(Error)) : null]);
        return this;
    }

    internal void Write(BinaryWriter w)
    {
        w.Write(Energy);
        w.Write(Spectrum);
        w.WriteOptional(Element);
        w.Write(ShiftedEnergy);
        w.Write(Shift);
        w.WriteOptional(Correlation);
        w.WriteOptional(Warnings);
        w.Write(Error);
        w.Write((int)OnError);
        w.Write(Search.Reach);
        w.Write(Search.CoarseStep);
        w.Write(Search.Starts);
    }

    internal static AlignToModelOptions Read(StateReader r) => new()
    {
        Energy = r.Name(), Spectrum = r.Name(), Element = r.OptionalName(), ShiftedEnergy = r.Name(), Shift = r.Name(), Correlation = r.OptionalName(), Warnings = r.OptionalName(), Error = r.Name(),
        OnError = r.Enum<UnusableRow>(), Search = new AlignmentOptions { Reach = r.Double(), CoarseStep = r.Double(), Starts = r.Int(1, 100) },
    };
}
