using System.Buffers.Text;
using XanesMl.Spectra.IO;
using XanesMl.Spectra.Reading;

namespace XanesMl.Spectra.Normalization;

/// <summary>Tabulated f2 and the background of MBACK. The table is the user's own (for instance from Chantler's or Cromer and Liberman's tables): none comes with this program.</summary>
public sealed record MbackOptions
{
    /// <summary>Highest degree of the background.</summary>
    public const int HighestOrder = 8;

    /// <summary>Default of <see cref="Order"/>.</summary>
    public const int DefaultOrder = 2;

    private const int MinimumPoints = 4;
    private const int MaximumPoints = 1_000_000;

    /// <summary>Takes a table.</summary>
    /// <param name="energies">Energies in eV, strictly increasing, at least 4, on both sides of the edge.</param>
    /// <param name="f2">[energies.Length] imaginary part of the anomalous scattering factor, electrons, above 0.</param>
    /// <exception cref="XanesDataException">A table that cannot be used.</exception>
    public MbackOptions(ReadOnlySpan<double> energies, ReadOnlySpan<double> f2)
    {
        EnergyIndex.CheckSpectrum(energies, f2, MinimumPoints);
        for (int i = 0; i < f2.Length; i++)
            if (f2[i] <= 0 || energies[i] <= 0)
                throw new XanesDataException(FormattableString.Invariant($"f2 at {energies[i]} eV is {f2[i]}"), "table of f2", remedy: "Give energies in eV and f2 in electrons, both above 0.");
        (Energies, F2) = (energies.ToArray(), f2.ToArray());
    }

    /// <summary>Energies of the table, eV.</summary>
    public ReadOnlyMemory<double> Energies { get; }

    /// <summary>f2 at these energies, electrons.</summary>
    public ReadOnlyMemory<double> F2 { get; }

    /// <summary>Degree of the background polynomial, 0 to 8. Default 2: more follows the oscillations of a short scan.</summary>
    public int Order { get; init; } = DefaultOrder;

    /// <summary>Energy of the emission line, eV (for instance K alpha), about which an erfc in the background describes scattering that fluorescence detectors see.
    /// Null: no such term. Default null.</summary>
    public double? EmissionEnergy { get; init; }

    /// <summary>Width of that erfc, eV. Null: found by least squares. Default null.</summary>
    public double? ErfcWidth { get; init; }

    /// <summary>Reads a table from a text file: energy in eV and f2 in the first two columns, separated by blanks, tabs, commas or semicolons; lines that begin with # are comments.</summary>
    /// <exception cref="XanesDataException">A file that cannot be read or is not such a table; says the line.</exception>
    public static MbackOptions Read(string path)
    {
        string full = FileProblems.FullPath(path);
        List<double> energies = [], f2 = [];
        try
        {
            Measured.RegularFile.Require(full, path);
            using var file = new FileStream(full, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
            var lines = new LineReader(file, path);
            while (lines.TryRead(out var line))
            {
                line = line.Trim(" \t"u8);
                if (line.IsEmpty || line[0] == '#')
                    continue;
                energies.Add(Number(ref line, path, lines.LineNumber, 1));
                f2.Add(Number(ref line, path, lines.LineNumber, 2));
                if (energies.Count > MaximumPoints)
                    throw new XanesDataException($"the table has more than {MaximumPoints} lines", path, remedy: "Give the part around the edge.");
            }
        }
        catch (Exception e) when (FileProblems.IsFileProblem(e))
        {
            throw FileProblems.Reading(path, e);
        }

        try
        {
            return new MbackOptions([.. energies], [.. f2]);
        }
        catch (XanesDataException e)
        {
            throw new XanesDataException(e.Problem, path, remedy: e.Remedy, inner: e);
        }
    }

    internal void Validate()
    {
        if (Order is < 0 or > HighestOrder)
            throw new XanesDataException($"the degree of the background is {Order}", "option Order", remedy: $"Give 0 to {HighestOrder}.");
        if (EmissionEnergy is { } line && (!double.IsFinite(line) || line <= 0))
            throw new XanesDataException(FormattableString.Invariant($"the emission energy is {line}"), "option EmissionEnergy", remedy: "Give an energy in eV.");
        if (ErfcWidth is { } width && (!double.IsFinite(width) || width <= 0))
            throw new XanesDataException(FormattableString.Invariant($"the width is {width}"), "option ErfcWidth", remedy: "Give a width in eV above 0.");
    }

    private static double Number(ref ReadOnlySpan<byte> rest, string path, long line, int column)
    {
        rest = rest.TrimStart(" \t"u8);
        if (column > 1 && !rest.IsEmpty && rest[0] is (byte)',' or (byte)';')
            rest = rest[1..].TrimStart(" \t"u8);
        int end = rest.IndexOfAny(" \t,;"u8);
        var cell = end < 0 ? rest : rest[..end];
        if (!Utf8Parser.TryParse(cell, out double value, out int used) || used != cell.Length || !double.IsFinite(value))
            throw new XanesDataException(cell.IsEmpty ? "the line has too few columns" : $"'{Text(cell)}' is not a number", path, line, column.ToString(System.Globalization.CultureInfo.InvariantCulture),
                "Give lines of energy in eV and f2; begin comments with #.");
        rest = end < 0 ? default : rest[end..];
        return value;
    }

    private static string Text(ReadOnlySpan<byte> cell) => System.Text.Encoding.UTF8.GetString(cell[..Math.Min(cell.Length, 40)]);
}

/// <summary>What MBACK found, on the energies of the spectrum.</summary>
public sealed record MbackResult
{
    /// <summary>s: what mu was multiplied by to lie on the scale of f2.</summary>
    public required double Scale { get; init; }

    /// <summary>Background in Legendre polynomials of the energy, mapped to -1..1 over <see cref="BackgroundRange"/>.</summary>
    public required IReadOnlyList<double> BackgroundCoefficients { get; init; }

    /// <summary>Energies in eV that the polynomials' -1 and 1 stand for.</summary>
    public required (double First, double Last) BackgroundRange { get; init; }

    /// <summary>Amplitude of the erfc; 0 without one.</summary>
    public required double ErfcAmplitude { get; init; }

    /// <summary>Width of the erfc in eV; null without one.</summary>
    public required double? ErfcWidth { get; init; }

    /// <summary>Jump of f2 at E0: the distance of the power laws that the table follows before and after the edge.</summary>
    public required double EdgeJump { get; init; }

    /// <summary>[n] s mu - background: the spectrum on the scale of f2.</summary>
    public required ReadOnlyMemory<double> Matched { get; init; }

    /// <summary>Root mean square of matched - f2 over the points of the fit, each side of the edge weighing the same.</summary>
    public required double Residual { get; init; }
}
