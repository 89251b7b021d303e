using Xunit;
using XanesMl.Spectra.Normalization;

namespace XanesMl.Spectra.Tests.Normalization;

public sealed class PreEdgeKernelTests
{
    private readonly double[] _energies = ScanExamples.Energies(), _mu = ScanExamples.Mu();

    [Fact]
    public void Kernel_gives_the_normalizers_numbers_whatever_went_through_its_workspace_before()
    {
        var workspace = new NormalizationWorkspace();
        var expected = PreEdgeNormalizer.Normalize(_energies, _mu);
        double[] norm = new double[_mu.Length], flat = new double[_mu.Length], line = new double[2], polynomial = new double[PreEdgeKernel.MostCoefficients];
        for (int points = _mu.Length; points > 500; points -= 250)
            PreEdgeKernel.Normalize(_energies.AsSpan(0, points), _mu.AsSpan(0, points), new PreEdgeOptions { NVict = 3 }, workspace, default);
        var p = PreEdgeKernel.Normalize(_energies, _mu, new PreEdgeOptions(), workspace, new PreEdgeCurves { Norm = norm, Flat = flat, PreCoefficients = line, PostCoefficients = polynomial });
        Assert.Equal((expected.E0, expected.EdgeStep, expected.Norm1, expected.PostRange), (p.E0, p.EdgeStep, p.Norm1, p.PostRange));
        Assert.Equal(expected.Norm.ToArray(), norm);
        Assert.Equal(expected.Flat.ToArray(), flat);
        Assert.Equal(expected.PreCoefficients, line);
        Assert.Equal(expected.PostCoefficients, polynomial[..(p.NNorm + 1)]);
    }

    [Fact]
    public void Norm_may_take_the_place_of_mu()
    {
        double[] mu = [.. _mu], flat = new double[mu.Length];
        var expected = PreEdgeNormalizer.Normalize(_energies, _mu);
        PreEdgeKernel.Normalize(_energies, mu, new PreEdgeOptions(), new NormalizationWorkspace(), new PreEdgeCurves { Norm = mu, Flat = flat });
        Assert.Equal(expected.Norm.ToArray(), mu);
        Assert.Equal(expected.Flat.ToArray(), flat);
    }

    // The cost that must not grow: bytes of this thread over a thousand spectra of three sizes.
    [Fact]
    public void Nothing_is_allocated_for_a_spectrum()
    {
        var workspace = new NormalizationWorkspace();
        var options = new PreEdgeOptions();
        double[] norm = new double[_mu.Length], flat = new double[_mu.Length], pre = new double[_mu.Length], post = new double[_mu.Length];
        Run(3);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run(333);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run(int times)
        {
            for (int i = 0; i < times; i++)
            {
                foreach (int n in (ReadOnlySpan<int>)[700, 2001, 1400])
                {
                    PreEdgeKernel.Normalize(_energies.AsSpan(0, n), _mu.AsSpan(0, n), options, workspace, new PreEdgeCurves
                    {
                        PreEdge = pre.AsSpan(0, n), PostEdge = post.AsSpan(0, n), Norm = norm.AsSpan(0, n), Flat = flat.AsSpan(0, n),
                    });
                    E0Finder.Find(_energies.AsSpan(0, n), _mu.AsSpan(0, n), workspace);
                }
            }
        }
    }

    [Fact]
    public void Curves_of_another_length_are_refused()
    {
        Assert.Throws<ArgumentException>(() => PreEdgeKernel.Normalize(_energies, _mu, new(), new(), new PreEdgeCurves { Norm = new double[7] }));
        Assert.Throws<ArgumentException>(() => PreEdgeKernel.Normalize(_energies, _mu, new(), new(), new PreEdgeCurves { PostCoefficients = new double[2] }));
    }
}
