using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace XanesMl.Training.Optimization;

/// <summary>AdamW (Loshchilov and Hutter, ICLR 2019) as PyTorch 1.13 computes it, in one pass over each parameter.</summary>
/// <remarks>Not TorchSharp's own: that one passes about six temporary Scalar objects a parameter to native code, and nothing keeps them alive
/// during the call. When the garbage collector ran in that moment libtorch read freed memory ("Unknown scalar type", seen in about one of four runs of
/// our tests). This one gives the CPU plain memory, and other devices scalars that live until the step is done.</remarks>
public sealed class AdamW : IDisposable
{
    private readonly double _beta1, _beta2, _epsilon, _weightDecay;
    private readonly Entry[] _entries;

    /// <summary>Prepares the moments, all zero.</summary>
    /// <param name="parameters">What to move; float32 or float64, all on one device.</param>
    /// <param name="learningRate">Step size.</param>
    /// <param name="beta1">Decay of the first moment.</param>
    /// <param name="beta2">Decay of the second moment.</param>
    /// <param name="weightDecay">Decoupled weight decay.</param>
    /// <param name="epsilon">Added to the root of the second moment.</param>
    public AdamW(IEnumerable<Parameter> parameters, double learningRate, double beta1 = 0.9, double beta2 = 0.999, double weightDecay = 0.01, double epsilon = 1e-8)
    {
        (LearningRate, _beta1, _beta2, _weightDecay, _epsilon) = (learningRate, beta1, beta2, weightDecay, epsilon);
        _entries = [.. parameters.Select(p => new Entry(p, Zeros(p), Zeros(p)))];

        static Tensor Zeros(Parameter p)
        {
            using var off = no_grad();
            return zeros(p.shape, p.dtype, p.device).DetachFromDisposeScope();
        }
    }

    /// <summary>Step size of the next step.</summary>
    public double LearningRate { get; set; }

    /// <summary>Steps done.</summary>
    public long StepCount { get; internal set; }

    /// <summary>First and second moments of each parameter, in the parameters' order; live.</summary>
    internal IEnumerable<(Tensor First, Tensor Second)> Moments => _entries.Select(e => (e.First, e.Second));

    /// <summary>Moves every parameter that has a gradient.</summary>
    /// <param name="gradients">Gradients in the parameters' order, for callers that keep them; null: those of automatic differentiation.</param>
    public void Step(IReadOnlyList<Tensor>? gradients = null)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        StepCount++;
        double correction1 = 1 - Math.Pow(_beta1, StepCount), correction2 = Math.Sqrt(1 - Math.Pow(_beta2, StepCount));
        double size = LearningRate / correction1, keep = 1 - (LearningRate * _weightDecay);
        for (int i = 0; i < _entries.Length; i++)
        {
            var e = _entries[i];
            if ((gradients is null ? e.Parameter.grad : gradients[i]) is not { } gradient)
                continue;
            if (e.Parameter.device_type != DeviceType.CPU)
                StepOnDevice(e, gradient, size, keep, correction2);
            else if (e.Parameter.dtype == ScalarType.Float64)
                StepOnCpu<double>(e, gradient, size, keep, correction2);
            else
                StepOnCpu<float>(e, gradient, size, keep, correction2);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var e in _entries)
        {
            e.First.Dispose();
            e.Second.Dispose();
        }
    }

    private void StepOnCpu<T>(Entry entry, Tensor gradient, double size, double keep, double correction2)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var contiguous = gradient.is_contiguous() ? gradient : gradient.contiguous();
        Span<T> p = Values<T>(entry.Parameter), g = Values<T>(contiguous), m = Values<T>(entry.First), v = Values<T>(entry.Second);
        T b1 = T.CreateChecked(_beta1), b2 = T.CreateChecked(_beta2), o1 = T.CreateChecked(1 - _beta1), o2 = T.CreateChecked(1 - _beta2);
        T decay = T.CreateChecked(keep), step = T.CreateChecked(size), root = T.CreateChecked(correction2), eps = T.CreateChecked(_epsilon);
        int i = 0;
        for (int width = Vector<T>.Count; i <= p.Length - width; i += width)
        {
            var gi = new Vector<T>(g[i..]);
            var mi = (new Vector<T>(m[i..]) * b1) + (gi * o1);
            var vi = (new Vector<T>(v[i..]) * b2) + (gi * gi * o2);
            mi.CopyTo(m[i..]);
            vi.CopyTo(v[i..]);
            var denominator = (Vector.SquareRoot(vi) / new Vector<T>(root)) + new Vector<T>(eps);
            ((new Vector<T>(p[i..]) * decay) - (mi * step / denominator)).CopyTo(p[i..]);
        }

        for (; i < p.Length; i++)
        {
            m[i] = (m[i] * b1) + (g[i] * o1);
            v[i] = (v[i] * b2) + (g[i] * g[i] * o2);
            p[i] = (p[i] * decay) - (m[i] * step / ((T.Sqrt(v[i]) / root) + eps));
        }

        GC.KeepAlive(contiguous);
        GC.KeepAlive(entry);
    }

    private void StepOnDevice(Entry entry, Tensor gradient, double size, double keep, double correction2)
    {
        using Scalar b1 = _beta1, b2 = _beta2, o1 = 1 - _beta1, o2 = 1 - _beta2, decay = keep, minusSize = -size, inverseRoot = 1 / correction2, eps = _epsilon;
        entry.Parameter.mul_(decay);
        entry.First.mul_(b1).add_(gradient, o1);
        entry.Second.mul_(b2).addcmul_(gradient, gradient, o2);
        entry.Parameter.addcdiv_(entry.First, entry.Second.sqrt().mul_(inverseRoot).add_(eps), minusSize);
    }

    private static Span<T> Values<T>(Tensor t)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(t.bytes);

    private sealed record Entry(Parameter Parameter, Tensor First, Tensor Second);
}
