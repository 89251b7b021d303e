using BenchmarkDotNet.Attributes;
using XanesMl.Spectra.Normalization;

namespace XanesMl.Bench;

/// <summary>Normalizing measured spectra of 400 points, E0 found, all defaults: the kernel, and the way that returns records.</summary>
[MemoryDiagnoser]
public class NormalizationBenchmarks
{
    /// <summary>Spectra of a run.</summary>
    public const int Spectra = 10_000;

    /// <summary>Points of a spectrum.</summary>
    public const int Points = 400;

    private const int Different = 200;

    private readonly NormalizationWorkspace _workspace = new();
    private readonly PreEdgeOptions _options = new();
    private readonly double[] _norm = new double[Points], _flat = new double[Points];
    private double[] _energies = [];
    private double[][] _mu = [];

    /// <summary>Makes scans as beamlines take them: 5 eV steps before the edge, 0.5 eV across it, equal steps of the photoelectron's k above.</summary>
    [GlobalSetup]
    public void Setup()
    {
        const double Edge = 8979;
        var energies = new List<double>();
        for (double e = Edge - 150; e < Edge - 20; e += 5)
            energies.Add(e);
        for (double e = Edge - 20; e < Edge + 50; e += 0.5)
            energies.Add(e);
        // E - E0 = k^2 / 0.2625 eV with k in 1/angstrom.
        for (double k = Math.Sqrt(0.2625 * 50); energies.Count < Points; k += 0.05)
            energies.Add(Edge + (k * k / 0.2625));
        _energies = [.. energies];
        var random = new Random(1);
        _mu = [.. Enumerable.Range(0, Different).Select(_ => Scan(_energies, Edge + (4 * random.NextDouble()), random))];
    }

    /// <summary>The kernel with memory of its caller: norm and flat.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Spectra)]
    public double Kernel()
    {
        double sum = 0;
        for (int i = 0; i < Spectra; i++)
            sum += PreEdgeKernel.Normalize(_energies, _mu[i % Different], _options, _workspace, new PreEdgeCurves { Norm = _norm, Flat = _flat }).EdgeStep;
        return sum;
    }

    /// <summary>A result record with all curves for every spectrum.</summary>
    [Benchmark(OperationsPerInvoke = Spectra)]
    public double Records()
    {
        double sum = 0;
        for (int i = 0; i < Spectra; i++)
            sum += PreEdgeNormalizer.Normalize(_energies, _mu[i % Different]).EdgeStep;
        return sum;
    }

    private static double[] Scan(double[] energies, double edge, Random random)
    {
        double step = 0.5 + random.NextDouble(), slope = 1e-4 * random.NextDouble();
        return Array.ConvertAll(energies, e => 0.3 - (slope * (e - edge)) + (step * ((0.5 + (Math.Atan((e - edge) / 1.5) / Math.PI))
            + (0.3 * Math.Exp(-Math.Pow((e - edge - 8) / 4, 2))) + (0.05 * Math.Sin(Math.Max(0, e - edge) / 15)))) + (1e-4 * random.NextDouble()));
    }
}
