using XanesMl.Spectra;

namespace XanesMl.Training.Tests;

/// <summary>Smooth step-like curves whose edge position, peak height and ripple are the descriptors: quick to learn.</summary>
internal static class SyntheticTable
{
    /// <summary>Makes rows of [points] values with descriptors EDGE, PEAK, RIPPLE; the first <paramref name="missing"/> rows lack the labels of PEAK.</summary>
    public static SpectraTable Create(int rows, int points, int missing = 0, int seed = 1)
    {
        var random = new Random(seed);
        var grid = EnergyGrid.Uniform(8980, 8980 + (points - 1), points);
        var spectra = new float[rows * points];
        var descriptors = new float[rows * 3];
        for (int i = 0; i < rows; i++)
        {
            double edge = (points / 4.0) + (4 * random.NextDouble()), peak = random.NextDouble(), ripple = random.NextDouble();
            (descriptors[i * 3], descriptors[(i * 3) + 1], descriptors[(i * 3) + 2]) = ((float)edge, i < missing ? float.NaN : (float)peak, (float)ripple);
            for (int p = 0; p < points; p++)
                spectra[(i * points) + p] = (float)((1 / (1 + Math.Exp(edge - p))) + (peak * Math.Exp(-Math.Pow((p - edge - 4) / 3, 2))) + (0.2 * ripple * Math.Cos((p - edge) / 4)));
        }

        return new SpectraTable(grid, spectra, ["EDGE", "PEAK", "RIPPLE"], descriptors,
            [.. Enumerable.Range(0, rows).Select(i => $"m{i / 2}")], [.. Enumerable.Range(0, rows).Select(i => $"{i % 2}")], Enumerable.Repeat<string?>("Cu", rows).ToArray());
    }
}
