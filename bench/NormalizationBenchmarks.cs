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

    /// <summary>Makes the scans.</summary>
    [GlobalSetup]
    public void Setup() => (_energies, _mu) = Generated.Scans(Different, Points);

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
}
