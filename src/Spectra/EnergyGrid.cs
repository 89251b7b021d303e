using System.Globalization;

namespace XanesMl.Spectra;

/// <summary>A strictly increasing list of photon energies in eV: absolute, or relative to an edge. Immutable.</summary>
public sealed class EnergyGrid : IEquatable<EnergyGrid>
{
    /// <summary>Two energies of two grids count as equal within this many eV: data files round to 1e-3 eV.</summary>
    public const double MatchTolerance = 2e-3;

    private readonly double[] _energies;

    /// <summary>Creates a grid from energies in eV.</summary>
    /// <param name="energies">At least two finite, strictly increasing values.</param>
    /// <exception cref="XanesDataException">Fewer than two values, or one that is not finite or not above its predecessor.</exception>
    public EnergyGrid(ReadOnlySpan<double> energies)
    {
        if (energies.Length < 2)
            throw new XanesDataException($"an energy grid needs at least 2 points, got {energies.Length}");
        for (int i = 0; i < energies.Length; i++)
        {
            if (!double.IsFinite(energies[i]))
                throw new XanesDataException($"energy number {i + 1} is {Text(energies[i])}", remedy: "Energies must be finite numbers in eV.");
            if (i > 0 && energies[i] <= energies[i - 1])
                throw new XanesDataException($"energy number {i + 1} ({Text(energies[i])} eV) is not above its predecessor ({Text(energies[i - 1])} eV)",
                    remedy: "Sort the points by energy and remove duplicates.");
        }

        _energies = energies.ToArray();
    }

    /// <summary>Number of points.</summary>
    public int Count => _energies.Length;

    /// <summary>All energies in eV.</summary>
    public ReadOnlySpan<double> Energies => _energies;

    /// <summary>All energies in eV, as memory that can be kept.</summary>
    public ReadOnlyMemory<double> Memory => _energies;

    /// <summary>Energy of point <paramref name="index"/> in eV.</summary>
    public double this[int index] => _energies[index];

    /// <summary>Lowest energy in eV.</summary>
    public double First => _energies[0];

    /// <summary>Highest energy in eV.</summary>
    public double Last => _energies[^1];

    /// <summary>A grid of <paramref name="count"/> equidistant points from <paramref name="first"/> to <paramref name="last"/> eV.</summary>
    public static EnergyGrid Uniform(double first, double last, int count)
    {
        if (count < 2)
            throw new XanesDataException($"an energy grid needs at least 2 points, got {count}");
        var e = new double[count];
        for (int i = 0; i < count; i++)
            e[i] = first + ((last - first) * i / (count - 1));
        return new EnergyGrid(e);
    }

    /// <summary>The same grid moved by <paramref name="shift"/> eV.</summary>
    public EnergyGrid Shift(double shift) => new(Array.ConvertAll(_energies, e => e + shift));

    /// <summary>True when both have the same number of points and no energy differs by more than <paramref name="tolerance"/> eV.</summary>
    public bool Matches(EnergyGrid other, double tolerance = MatchTolerance)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Count != Count)
            return false;
        for (int i = 0; i < _energies.Length; i++)
            if (Math.Abs(_energies[i] - other._energies[i]) > tolerance)
                return false;
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(EnergyGrid? other) => other is not null && _energies.AsSpan().SequenceEqual(other._energies);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as EnergyGrid);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Count, First, Last);

    /// <summary>"256 points, 8985 to 9069.56 eV".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Count} points, {First:0.###} to {Last:0.###} eV");

    private static string Text(double v) => v.ToString("R", CultureInfo.InvariantCulture);
}
