using XanesMl.Spectra;
using XanesMl.Spectra.Measured;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Measured;

/// <summary>What a step does with a row that it can make nothing of.</summary>
public enum UnusableRow
{
    /// <summary>Reading the row throws <see cref="XanesDataException"/> with the row's number, the file and the remedy. The default: nothing is lost unseen.</summary>
    Throw,

    /// <summary>The row stays, without values (empty or NaN), and its error column says why; an empty error column means that all is well.</summary>
    Report,
}

/// <summary>Columns and behaviour of ReadSpectrum. A column that is null is left out.</summary>
public sealed record ReadSpectrumOptions
{
    /// <summary>Output: photon energies, eV, strictly increasing; Vector&lt;Double&gt; of variable size.</summary>
    public string Energy { get; init; } = Defaults.EnergyColumn;

    /// <summary>Output: absorption as measured; Vector&lt;Double&gt;, as long as the energies.</summary>
    public string Mu { get; init; } = Defaults.MuColumn;

    /// <summary>Output: Text, the absorbing element as the file says it, else from the energy of the edge; empty where neither tells.</summary>
    public string? Element { get; init; } = Defaults.ElementColumn;

    /// <summary>Output: Text, name of the spectrum within its file.</summary>
    public string? Name { get; init; } = Defaults.NameColumn;

    /// <summary>Output: Text, a <see cref="SignalKind"/>: what mu is. Normalize reads it, so that a normalized file is not normalized again.</summary>
    public string? Signal { get; init; } = Defaults.SignalColumn;

    /// <summary>Output: Text, what a careful reader would want to know, joined by "; ".</summary>
    public string? Warnings { get; init; } = Defaults.WarningsColumn;

    /// <summary>Output of <see cref="UnusableRow.Report"/>: Text, why the row has no spectrum.</summary>
    public string Error { get; init; } = Defaults.ErrorColumn;

    /// <summary>Input: Int32, place of the spectrum in its file, counted from 0. Null: each file must hold exactly one, and a file with more is an error,
    /// since the others would be lost unseen.</summary>
    public string? Index { get; init; }

    /// <summary>Input beside energy and mu columns: Text, the element where it is known. Null: it is told from the energy of the edge.</summary>
    public string? StatedElement { get; init; }

    /// <summary>How to read a file: columns, unit, signal, limits.</summary>
    public MeasuredReadOptions Reading { get; init; } = new();

    /// <summary>What happens to a row that cannot be read.</summary>
    public UnusableRow OnError { get; init; } = UnusableRow.Throw;

    internal ReadSpectrumOptions Checked()
    {
        Outputs.RequireDistinct([Energy, Mu, Element, Name, Signal, Warnings, OnError == UnusableRow.Report ? Columns.Named(Error, nameof(Error)) : null]);
        return this;
    }

    internal void Write(BinaryWriter w)
    {
        w.Write(Energy);
        w.Write(Mu);
        foreach (string? column in new[] { Element, Name, Signal, Warnings, Index, StatedElement })
            w.WriteOptional(column);
        w.Write(Error);
        w.Write((int)OnError);
        foreach (string? column in new[] { Reading.Energy, Reading.Mu, Reading.I0, Reading.Itrans, Reading.Iref })
            w.WriteOptional(column);
        w.Write(Reading.Ifluor.Count);
        foreach (string column in Reading.Ifluor)
            w.Write(column);
        w.Write((int)Reading.EnergyUnit);
        w.WriteOptional(Reading.DSpacing);
        w.WriteOptional(Reading.EnergyOrigin);
        w.Write((int)Reading.Signal);
        w.Write(Reading.ApplyStoredShift);
        w.Write(Reading.MaxBytes);
        w.Write(Reading.MaxSpectra);
    }

    internal static ReadSpectrumOptions Read(StateReader r)
    {
        string energy = r.Name(), mu = r.Name();
        string? element = r.OptionalName(), name = r.OptionalName(), signal = r.OptionalName(), warnings = r.OptionalName(), index = r.OptionalName(), stated = r.OptionalName();
        string error = r.Name();
        var onError = r.Enum<UnusableRow>();
        string? e = r.OptionalName(), m = r.OptionalName(), i0 = r.OptionalName(), itrans = r.OptionalName(), iref = r.OptionalName();
        var ifluor = new string[r.Int(0, MostDetectors)];
        for (int i = 0; i < ifluor.Length; i++)
            ifluor[i] = r.Name();
        var reading = new MeasuredReadOptions
        {
            Energy = e, Mu = m, I0 = i0, Itrans = itrans, Iref = iref, Ifluor = ifluor, EnergyUnit = r.Enum<EnergyUnit>(), DSpacing = r.OptionalDouble(), EnergyOrigin = r.OptionalDouble(),
            Signal = r.Enum<SignalChoice>(), ApplyStoredShift = r.Bool(), MaxBytes = r.Long(1, long.MaxValue), MaxSpectra = r.Int(1, int.MaxValue),
        };
        return new ReadSpectrumOptions
        {
            Energy = energy, Mu = mu, Element = element, Name = name, Signal = signal, Warnings = warnings, Index = index, StatedElement = stated, Error = error, OnError = onError, Reading = reading,
        };
    }

    private const int MostDetectors = 10_000;
}

/// <summary>Checks on the columns that a step adds.</summary>
internal static class Outputs
{
    public static void RequireDistinct(IEnumerable<string?> columns)
    {
        if (columns.OfType<string>().GroupBy(c => c, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1 || g.Key.Length == 0) is { } odd)
            throw new XanesDataException(odd.Key.Length == 0 ? "an output column has an empty name" : "two outputs would fill one column", column: odd.Key, remedy: "Give each a name of its own.");
    }
}
