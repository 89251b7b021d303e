using XanesMl.Spectra.Measured;

namespace XanesMl.Bench.Domain;

/// <summary>Scans about copper's edge that hold no spectrum.</summary>
internal static class Nonsense
{
    /// <summary>One of six kinds: a constant, a constant with noise, noise alone, a slope with noise, a random walk, a wave.</summary>
    public static MeasuredSpectrum Of(int i, Random random)
    {
        double[] energies = [.. Enumerable.Range(0, 600).Select(k => 8880 + (0.6 * k))], mu = new double[energies.Length];
        double phase = 6 * random.NextDouble(), length = 2 + (40 * random.NextDouble()), walk = 0;
        for (int k = 0; k < mu.Length; k++)
        {
            double noise = random.NextDouble() - 0.5;
            walk += noise;
            mu[k] = (i % 6) switch
            {
                0 => 0.7,
                1 => 0.7 + (0.01 * noise),
                2 => noise,
                3 => (1e-3 * k) + (0.05 * noise),
                4 => walk,
                _ => Math.Sin((energies[k] / length) + phase),
            };
        }

        return new MeasuredSpectrum { Energies = energies, Mu = mu, Signal = SignalKind.Absorption, Name = "nonsense", Path = "nonsense", Index = i, Format = "none", Columns = "energy; mu", Element = "Cu" };
    }
}
