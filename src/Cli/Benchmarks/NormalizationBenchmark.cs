using System.Diagnostics;
using XanesMl.Spectra.Normalization;

namespace XanesMl.Cli.Benchmarks;

/// <summary>Normalizes made-up scans as xraylarch does, E0 found, all defaults, on one thread.</summary>
/// <param name="spectra">Spectra of a turn.</param>
/// <param name="points">Energies of each.</param>
/// <param name="turns">Turns of which the fastest counts.</param>
internal sealed class NormalizationBenchmark(int spectra = 10_000, int points = 400, int turns = 7)
{
    private const int Different = 200;

    /// <summary>Measures.</summary>
    public NormalizationFigures Run()
    {
        var (energies, mu) = Generated.Scans(Math.Min(Different, spectra), points);
        var workspace = new NormalizationWorkspace();
        var options = new PreEdgeOptions();
        double[] norm = new double[points], flat = new double[points];
        double fastest = double.PositiveInfinity;
        long allocated = 0;
        for (int turn = -1; turn < turns; turn++)   // the first turn warms up
        {
            long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
            for (int i = 0; i < spectra; i++)
                PreEdgeKernel.Normalize(energies, mu[i % mu.Length], options, workspace, new PreEdgeCurves { Norm = norm, Flat = flat });
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (turn >= 0)
                (fastest, allocated) = (Math.Min(fastest, seconds), GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return new NormalizationFigures(MachineFigures.Current(), spectra, points, 1e6 * fastest / spectra, spectra / fastest, (double)allocated / spectra);
    }
}

/// <summary>Result of the normalization benchmark, one thread.</summary>
/// <param name="Machine">Where.</param>
/// <param name="Spectra">Spectra of a turn.</param>
/// <param name="Points">Energies of each.</param>
/// <param name="MicrosecondsPerSpectrum">Time of the fastest turn.</param>
/// <param name="SpectraPerSecond">Rate of the fastest turn.</param>
/// <param name="BytesPerSpectrum">Managed memory that a spectrum allocates.</param>
internal sealed record NormalizationFigures(MachineFigures Machine, int Spectra, int Points, double MicrosecondsPerSpectrum, double SpectraPerSecond, double BytesPerSpectrum);
