using System.Globalization;

namespace XanesMl.Spectra.Measured;

/// <summary>Turns an energy column into eV.</summary>
internal static class EnergyColumn
{
    /// <summary>h c in eV angstrom: exact in the SI of 2019 (CODATA 2018: 1239.841984... eV nm).</summary>
    public const double PlanckLight = 12398.419843320026;

    private const double LowestEv = 200, HighestEv = 300_000, LowestKev = 0.2;

    /// <summary>Energies in eV and how they came about.</summary>
    /// <param name="values">The column, [n]; changed in place.</param>
    /// <param name="label">Its label.</param>
    /// <param name="unit">Its unit apart from the label, or null.</param>
    /// <param name="labelled">False where the label is only a number.</param>
    /// <param name="options">What the caller knows.</param>
    /// <param name="source">What the file says; its warnings grow.</param>
    public static string ToElectronVolt(double[] values, string label, string? unit, bool labelled, MeasuredReadOptions options, SpectrumSource source)
    {
        double? origin = options.EnergyOrigin ?? source.EnergyOrigin;
        var (low, high) = Range(values);
        if (origin is { } zero && low < LowestEv && (low < 0 || options.EnergyOrigin is not null))
        {
            for (int i = 0; i < values.Length; i++)
                values[i] += zero;
            source.Warnings.Add(string.Create(CultureInfo.InvariantCulture, $"energies are relative to {zero} eV ({(options.EnergyOrigin is null ? "as the file says" : "option EnergyOrigin")}), which was added"));
            return $"{label} (eV, relative to {MeasuredText.Text(zero)})";
        }

        var chosen = options.EnergyUnit != EnergyUnit.Auto ? options.EnergyUnit : Guess(values, label, unit, labelled, low, high, source);
        switch (chosen)
        {
            case EnergyUnit.KiloElectronVolt:
                // 8.979 keV are 8979 eV, not 8979.000000000002: scaled in decimal where it fits.
                for (int i = 0; i < values.Length; i++)
                    values[i] = double.IsFinite(values[i]) && Math.Abs(values[i]) < 1e6 ? (double)((decimal)values[i] * 1000m) : values[i] * 1000;
                return label.Contains("keV", StringComparison.OrdinalIgnoreCase) ? label : $"{label} (keV)";
            case EnergyUnit.MonochromatorDegrees:
                return FromAngle(values, label, options.DSpacing ?? source.DSpacing, source);
            default:
                return label.Contains("eV)", StringComparison.Ordinal) ? label : $"{label} (eV)";
        }
    }

    private static EnergyUnit Guess(double[] values, string label, string? unit, bool labelled, double low, double high, SpectrumSource source)
    {
        var said = ColumnRoles.UnitOf(label, unit);
        bool fitsEv = low >= LowestEv && high <= HighestEv, fitsKev = low >= LowestKev && high < LowestEv;
        if (said == EnergyUnit.MonochromatorDegrees)
            return said;
        if (said == EnergyUnit.KiloElectronVolt && fitsEv)
        {
            source.Warnings.Add($"the label says keV, but {MeasuredText.Text(low)} to {MeasuredText.Text(high)} can only be eV");
            return EnergyUnit.ElectronVolt;
        }

        if (said == EnergyUnit.ElectronVolt && fitsKev)
        {
            source.Warnings.Add($"the label says eV, but {MeasuredText.Text(low)} to {MeasuredText.Text(high)} can only be keV");
            return EnergyUnit.KiloElectronVolt;
        }

        if (said != EnergyUnit.Auto)
            return said;
        if (fitsEv)
            return EnergyUnit.ElectronVolt;
        if (fitsKev && !labelled && values[0] > values[^1] && high < 90)
            throw new XanesDataException($"{MeasuredText.Text(low)} to {MeasuredText.Text(high)}, running downward without a label, may be monochromator angles or keV", source.Path,
                column: label, remedy: "Say the unit (EnergyUnit), and for angles the spacing of the crystal planes (DSpacing).");
        if (fitsKev)
        {
            source.Warnings.Add($"the energy has no unit; {MeasuredText.Text(low)} to {MeasuredText.Text(high)} is taken as keV");
            return EnergyUnit.KiloElectronVolt;
        }

        throw new XanesDataException($"values from {MeasuredText.Text(low)} to {MeasuredText.Text(high)} are no photon energies in eV or keV", source.Path, column: label,
            remedy: low < 0 ? "If they are relative to an edge, give its energy (EnergyOrigin)." : "Name the energy column, or say its unit.");
    }

    // Bragg's law, first order: E = h c / (2 d sin(theta)).
    private static string FromAngle(double[] values, string label, double? spacing, SpectrumSource source)
    {
        if (spacing is not { } d)
            throw new XanesDataException("the column holds monochromator angles, and the file does not say the spacing of the crystal planes", source.Path, column: label,
                remedy: "Give it in angstrom (DSpacing): Si 111 has 3.1356, Si 220 1.9202, Si 311 1.6375.");
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] is <= 0 or >= 90)
                throw new XanesDataException($"{MeasuredText.Text(values[i])} degrees is no Bragg angle", source.Path, column: label, remedy: "Angles lie between 0 and 90 degrees; say the unit of the column.");
            values[i] = PlanckLight / (2 * d * Math.Sin(values[i] * Math.PI / 180));
        }

        return $"hc / (2 d sin {label}), d = {MeasuredText.Text(d)} angstrom";
    }

    private static (double Low, double High) Range(double[] values)
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (double v in values)
            if (double.IsFinite(v))
                (low, high) = (Math.Min(low, v), Math.Max(high, v));
        return (low, high);
    }
}
