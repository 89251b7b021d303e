using TorchSharp;
using static TorchSharp.torch;

namespace XanesMl.Training.Losses;

/// <summary>Identity forward, gradient times -alpha backward (Ganin and Lempitsky, ICML 2015).</summary>
internal static class GradientReversal
{
    /// <summary>Reverses gradients through <paramref name="x"/>.</summary>
    /// <remarks>x - (1 + alpha) (x - detached x): the bracket is exactly 0, its gradient is 1, so the value is x to the bit and the gradient 1 - (1 + alpha).
    /// A custom autograd function would do the same through a managed callback.</remarks>
    public static Tensor Apply(Tensor x, double alpha)
    {
        using Scalar factor = 1 + alpha;
        return x - ((x - x.detach()) * factor);
    }

    /// <summary>alpha at a fraction of all epochs: limit (2 / (1 + exp(-1e4 p / step)) - 1), domain.md section 2.2.</summary>
    public static double Alpha(double epochFraction, double step, double limit) =>
        limit * ((2 / (1 + Math.Exp(-1e4 / step * epochFraction))) - 1);
}
