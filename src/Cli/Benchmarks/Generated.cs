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
}
