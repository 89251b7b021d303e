using System.Globalization;

namespace XanesMl.Spectra.Writing;

/// <summary>Names of energy columns.</summary>
internal static class EnergyColumn
{
    /// <summary>"ENE_8985.332": three decimals as in RankAAE's own files where that loses nothing, else as many as read back to the same double.</summary>
    public static string Name(double energy)
    {
        string rounded = energy.ToString("F3", CultureInfo.InvariantCulture);
        bool exact = double.Parse(rounded, CultureInfo.InvariantCulture).Equals(energy);
        return "ENE_" + (exact ? rounded : energy.ToString("R", CultureInfo.InvariantCulture));
    }
}
