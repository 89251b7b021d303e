namespace XanesMl.Training.Evaluation;

/// <summary>Standard normal numbers that are the same for a seed on every machine and in every version.</summary>
/// <remarks>SplitMix64 (Steele, Lea and Flood, OOPSLA 2014, doi 10.1145/2660193.2660195) gives 64 bits; their upper 53 give u in (0, 1]; Box and Muller turn two of them
/// into two normal numbers, sqrt(-2 ln u1) cos(2 pi u2) and the same with sin. System.Random does not promise its sequence between versions of .NET.</remarks>
public sealed class NormalDraws
{
    private ulong _state;
    private double _kept = double.NaN;

    /// <summary>Starts the sequence of a seed.</summary>
    public NormalDraws(int seed) => _state = unchecked((ulong)seed);

    /// <summary>The next number of N(0, 1).</summary>
    public double Next()
    {
        if (!double.IsNaN(_kept))
        {
            double kept = _kept;
            _kept = double.NaN;
            return kept;
        }

        double radius = Math.Sqrt(-2 * Math.Log(Uniform())), angle = 2 * Math.PI * Uniform();
        _kept = radius * Math.Sin(angle);
        return radius * Math.Cos(angle);
    }

    /// <summary>(bits + 1) / 2^53: never 0, so that its logarithm is finite.</summary>
    private double Uniform() => ((Bits() >> 11) + 1) * (1.0 / (1UL << 53));

    private ulong Bits()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
