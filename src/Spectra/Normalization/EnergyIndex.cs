namespace XanesMl.Spectra.Normalization;

/// <summary>Finds points by energy with xraylarch's two rules, and checks a measured spectrum before anything is computed from it.</summary>
internal static class EnergyIndex
{
    /// <summary>Last index with E_i at or below the value; 0 where all are above.</summary>
    public static int Of(ReadOnlySpan<double> energies, double value)
    {
        int i = energies.BinarySearch(value);
        return i >= 0 ? i : Math.Max(0, ~i - 1);
    }

    /// <summary>Index of the energy nearest to the value; the lower one where two are equally near.</summary>
    public static int Nearest(ReadOnlySpan<double> energies, double value)
    {
        int low = Of(energies, value);
        return low + 1 < energies.Length && Math.Abs(energies[low + 1] - value) < Math.Abs(energies[low] - value) ? low + 1 : low;
    }

    /// <summary>Throws unless the energies increase strictly, everything is finite and there are enough points.</summary>
    public static void CheckSpectrum(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, int minimum)
    {
        if (energies.Length != mu.Length)
            throw new XanesDataException($"{energies.Length} energies come with {mu.Length} absorption values", remedy: "Give one value for each energy.");
        if (energies.Length < minimum)
            throw TooFew(energies.Length, minimum);
        for (int i = 0; i < energies.Length; i++)
        {
            if (!double.IsFinite(energies[i]) || !double.IsFinite(mu[i]))
                throw new XanesDataException(FormattableString.Invariant($"point {i + 1} has energy {energies[i]} eV and absorption {mu[i]}"), remedy: "Remove points that are not finite.");
            if (i > 0 && energies[i] <= energies[i - 1])
                throw new XanesDataException(FormattableString.Invariant($"point {i + 1}: energy {energies[i]} eV is not above its predecessor, {energies[i - 1]} eV"),
                    remedy: "Sort the points by energy and merge repeated ones.");
        }
    }

    /// <summary>The error for a spectrum with too few points.</summary>
    public static XanesDataException TooFew(int points, int minimum) =>
        new($"the spectrum has {points} points, at least {minimum} are needed", remedy: "Give the whole measured scan.");
}
