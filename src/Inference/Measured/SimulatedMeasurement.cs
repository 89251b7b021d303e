using XanesMl.Spectra;
using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Resampling;

namespace XanesMl.Inference.Measured;

/// <summary>Takes simulated spectra, which begin at the edge and end at 1, to what a beamline writes: a grid of steps of 5, 0.4 and 2 eV from 150 eV below to 400 eV above, an offset, a slope, a
/// scale, noise, and energies that are off by some eV.</summary>
/// <remarks>What a simulation does not have is made up in the plainest way: before its first energy the first value falls off to 0 with a decay length of 2 eV, beyond its last one the last value
/// goes to 1 with one of 30 eV. Neither is physics: the first 5 eV below the edge and all above 85 eV are not tested by this.</remarks>
public static class SimulatedMeasurement
{
    private const double Before = 2, After = 30;

    /// <summary>One spectrum as a beamline would write it.</summary>
    /// <param name="grid">Energies of the simulation, eV.</param>
    /// <param name="spectrum">[grid.Count] simulated absorption.</param>
    /// <param name="shift">eV that the energies are too high by.</param>
    /// <param name="noise">Standard deviation of the noise, of the edge step.</param>
    /// <param name="random">For noise, offset, slope and scale: the same state gives the same spectrum.</param>
    /// <param name="element">What the file says.</param>
    public static MeasuredSpectrum Of(EnergyGrid grid, ReadOnlySpan<float> spectrum, double shift, double noise, Random random, string? element)
    {
        ArgumentNullException.ThrowIfNull(grid);
        ArgumentNullException.ThrowIfNull(random);
        if (spectrum.Length != grid.Count)
            throw new ArgumentException($"the grid has {grid.Count} points, the spectrum {spectrum.Length}", nameof(spectrum));
        double[] energies = Energies(grid.First), mu = new double[energies.Length], values = new double[spectrum.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = spectrum[i];
        var spline = new QuadraticSpline(grid);
        var coefficients = new double[values.Length];
        spline.Solve(values, coefficients);
        double scale = 0.3 + (2 * random.NextDouble()), offset = random.NextDouble() - 0.3, slope = -2e-4 * random.NextDouble();
        for (int i = 0; i < mu.Length; i++)
        {
            double e = energies[i];
            double x = e < grid.First ? values[0] * Math.Exp((e - grid.First) / Before) : e > grid.Last ? 1 + ((values[^1] - 1) * Math.Exp((grid.Last - e) / After)) : spline.Evaluate(coefficients, e);
            mu[i] = scale * (offset + (slope * (e - grid.First)) + x + (noise * Normal(random)));
            energies[i] += shift;
        }

        return new MeasuredSpectrum
        {
            Energies = energies, Mu = mu, Signal = SignalKind.Absorption, Name = "simulated", Path = "simulated", Format = "simulated", Columns = "energy; mu", Element = element,
        };
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static double[] Energies(double edge)
    {
        var energies = new List<double>();
        for (double e = edge - 150; e < edge - 20; e += 5)
            energies.Add(e);
        for (double e = edge - 20; e < edge + 59.8; e += 0.4)
            energies.Add(e);
        for (double e = edge + 60; e <= edge + 400; e += 2)
            energies.Add(e);
        return [.. energies];
    }
}
