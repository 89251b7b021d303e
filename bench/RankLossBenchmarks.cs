using BenchmarkDotNet.Attributes;
using TorchSharp;
using XanesMl.Training.Losses;
using static TorchSharp.torch;

namespace XanesMl.Bench;

/// <summary>The balanced rank loss of one batch, forward and backward: our counts against its definition over all pairs (domain of B x B x K numbers).</summary>
public class RankLossBenchmarks
{
    private const int Batch = 1024;

    private readonly int _k = Generated.Descriptors.Count;
    private readonly RankCounts _counts = new(Batch);
    private int[][] _ranks = [];
    private Tensor _styles = null!, _descriptors = null!;

    /// <summary>Draws styles and descriptors and checks that both ways give the same loss and gradient.</summary>
    [GlobalSetup]
    public void Setup()
    {
        set_num_threads(1);
        var random = new Random(1);
        _ranks = [.. Enumerable.Range(0, _k).Select(c => Enumerable.Range(0, Batch).Select(_ => random.Next(c == 1 ? 3 : 100_000)).ToArray())];
        float[] styles = [.. Enumerable.Range(0, Batch * (_k + 1)).Select(_ => (random.NextSingle() * 2) - 1)];
        _styles = tensor(styles, [Batch, _k + 1], requires_grad: true);
        _descriptors = tensor([.. Enumerable.Range(0, Batch * _k).Select(i => (float)_ranks[i % _k][i / _k])], [Batch, _k]);
        (double loss, float[] gradient) = (Counts(), Gradient());
        (double definition, float[] expected) = (Definition(), Gradient());
        double off = gradient.Zip(expected, (a, b) => Math.Abs((double)a - b)).Max(), scale = expected.Max(Math.Abs);
        if (Math.Abs(loss - definition) > 1e-4 * Math.Abs(definition) || off > 1e-4 * scale)
            throw new InvalidOperationException($"loss {loss} against {definition}, gradient off by {off} of {scale}: there is nothing to compare");
    }

    /// <summary>Frees the tensors.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _styles.Dispose();
        _descriptors.Dispose();
    }

    /// <summary>O(B log B) a descriptor.</summary>
    [Benchmark(Baseline = true)]
    public double Counts()
    {
        using var scope = NewDisposeScope();
        return Backward(RankAaeLosses.Rank(_styles, _ranks, balance: true, _counts));
    }

    /// <summary>- sum over i, j, k of w (s_i - s_j) sign(d_i - d_j) / ((B^2 - B) K).</summary>
    [Benchmark]
    public double Definition()
    {
        using var scope = NewDisposeScope();
        var s = _styles.narrow(1, 0, _k);
        var sign = (_descriptors.unsqueeze(1) - _descriptors.unsqueeze(0)).sign();
        var p = (s.unsqueeze(1) - s.unsqueeze(0)) * sign;
        Tensor weight;
        using (no_grad())
        {
            var concordant = p > 0;
            var same = concordant.sum([0, 1]).clamp_min(1).to(float32);
            var opposite = (p < 0).sum([0, 1]).clamp_min(1).to(float32);
            weight = where(concordant, (opposite / maximum(same, opposite)).expand_as(p), ones([], float32));
        }

        return Backward((weight * p).sum() / -((((double)Batch * Batch) - Batch) * _k));
    }

    private double Backward(Tensor loss)
    {
        using (no_grad())
            _styles.grad?.zero_();
        loss.backward();
        return loss.item<float>();
    }

    private float[] Gradient() => _styles.grad!.data<float>().ToArray();
}
