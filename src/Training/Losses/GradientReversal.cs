using TorchSharp;
using static TorchSharp.torch;

namespace XanesMl.Training.Losses;

/// <summary>Identity forward, gradient times -alpha backward (Ganin and Lempitsky, ICML 2015).</summary>
internal sealed class GradientReversal : autograd.SingleTensorFunction<GradientReversal>
{
    /// <inheritdoc/>
    public override string Name => nameof(GradientReversal);

    /// <summary>Reverses gradients through <paramref name="x"/>.</summary>
    public static Tensor Apply(Tensor x, double alpha) => apply(x, alpha);

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.save_data(nameof(vars), vars[1]);
        return ((Tensor)vars[0]).clone();
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor gradOutput) =>
        [gradOutput * -(double)ctx.get_data("vars"), null!];

    /// <summary>alpha at a fraction of all epochs: limit (2 / (1 + exp(-1e4 p / step)) - 1), domain.md section 2.2.</summary>
    public static double Alpha(double epochFraction, double step, double limit) =>
        limit * ((2 / (1 + Math.Exp(-1e4 / step * epochFraction))) - 1);
}
