using XanesMl.Spectra;
using XanesMl.Training.Networks;
using XanesMl.Training.Noise;

namespace XanesMl.Cli.Benchmarks;

/// <summary>Made-up input of realistic size: time depends on shapes, not on what the numbers mean.</summary>
internal static class Generated
{
    /// <summary>Energies of the published models.</summary>
    public const int Points = 256;

    /// <summary>Names of the published descriptors.</summary>
    public static IReadOnlyList<string> Descriptors { get; } = ["CT", "CN", "OCN", "RSTD", "MOOD"];

    /// <summary>Edge-like curves with 5 descriptors, two sites a material.</summary>
    public static SpectraTable Table(int rows)
    {
        var random = new Random(1);
        int k = Descriptors.Count;
        var spectra = new float[rows * Points];
        var descriptors = new float[rows * k];
        for (int i = 0; i < rows; i++)
        {
            for (int d = 0; d < k; d++)
                descriptors[(i * k) + d] = d == 1 ? random.Next(4, 7) : random.NextSingle();
            double edge = 40 + (20 * descriptors[i * k]), peak = descriptors[(i * k) + 3];
            for (int p = 0; p < Points; p++)
                spectra[(i * Points) + p] = (float)((1 / (1 + Math.Exp((edge - p) / 3))) + (peak * Math.Exp(-Math.Pow((p - edge - 12) / 8, 2))) + (0.01 * random.NextDouble()));
        }

        return new SpectraTable(EnergyGrid.Uniform(8985, 9070, Points), spectra, Descriptors, descriptors,
            [.. Enumerable.Range(0, rows).Select(i => $"m{i / 2}")], [.. Enumerable.Range(0, rows).Select(i => $"{i % 2}")], [.. Enumerable.Repeat("Cu", rows)]);
    }

    /// <summary>Scans as beamlines take them: 5 eV steps before the edge, 0.5 eV across it, equal steps of the photoelectron's k above.</summary>
    /// <param name="count">Spectra.</param>
    /// <param name="points">Energies of each.</param>
    public static (double[] Energies, double[][] Mu) Scans(int count, int points)
    {
        const double edge = 8979;
        var energies = new List<double>();
        for (double e = edge - 150; e < edge - 20; e += 5)
            energies.Add(e);
        for (double e = edge - 20; e < edge + 50; e += 0.5)
            energies.Add(e);
        // E - E0 = k^2 / 0.2625 eV with k in 1/angstrom.
        for (double k = Math.Sqrt(0.2625 * 50); energies.Count < points; k += 0.05)
            energies.Add(edge + (k * k / 0.2625));
        double[] grid = [.. energies];
        var random = new Random(1);
        return (grid, [.. Enumerable.Range(0, count).Select(_ => Scan(grid, edge + (4 * random.NextDouble()), random))]);
    }

    /// <summary>A published encoder's shape (256 to 6) with random numbers.</summary>
    public static NetworkWeights Encoder()
    {
        var random = new VectorRandom(1);
        return new NetworkWeights([.. new RankAaeShape { Points = Points, Styles = Descriptors.Count + 1 }.Encoder().Select(b => new BlockWeights(b,
            Uniform(b.Inputs * b.Outputs, (float)(1 / Math.Sqrt(b.Inputs))), Uniform(b.Outputs, 0.1f),
            b.Activation == Activation.PRelu ? [.. Enumerable.Repeat(0.01f, b.Outputs)] : [],
            b.BatchNorm ? Uniform(b.Outputs, 0.1f) : [], b.BatchNorm ? [.. Enumerable.Repeat(1f, b.Outputs)] : []))]);

        float[] Uniform(int count, float bound)
        {
            var values = new float[count];
            random.FillUniform(values, bound);
            return values;
        }
    }

    private static double[] Scan(double[] energies, double edge, Random random)
    {
        double step = 0.5 + random.NextDouble(), slope = 1e-4 * random.NextDouble();
        return Array.ConvertAll(energies, e => 0.3 - (slope * (e - edge)) + (step * ((0.5 + (Math.Atan((e - edge) / 1.5) / Math.PI))
            + (0.3 * Math.Exp(-Math.Pow((e - edge - 8) / 4, 2))) + (0.05 * Math.Sin(Math.Max(0, e - edge) / 15)))) + (1e-4 * random.NextDouble()));
    }
}
